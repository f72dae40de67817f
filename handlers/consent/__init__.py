"""Photo consent in Slack: look-ups, the record, and the roll's import. Policy §4."""

from handlers.consent import form, gaps, ledger, look_up, looks, roll_import, undo, undo_import

ROUTES = (
    *look_up.ROUTES,
    *form.ROUTES,
    *ledger.ROUTES,
    *gaps.ROUTES,
    *roll_import.ROUTES,
    *looks.ROUTES,
    *undo.ROUTES,
    *undo_import.ROUTES,
)
NOTICES = {**looks.NOTICES, **undo.NOTICES, **undo_import.NOTICES}
