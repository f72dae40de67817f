"""Photo consent in Slack: look-ups, the record, and the roll's import. Policy §4."""

from handlers.consent import ledger, look_up, roll_import

ROUTES = (*look_up.ROUTES, *ledger.ROUTES, *roll_import.ROUTES)
