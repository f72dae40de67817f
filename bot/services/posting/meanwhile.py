"""What consent and the clock change about checks and posts."""

from bot.changes import ConsentChanged
from bot.context import Context, Transaction
from bot.services import drafts
from bot.services.posting import checks, duties, published


def consent_changed(tx: Transaction, change: ConsentChanged) -> None:
    """Tell whoever holds a check that is out of date; have the posts looked at when what they rest on ends."""
    checks.consent_changed(tx, change)
    published.consent_changed(tx, change)


def tick(context: Context) -> None:
    """Look through the open checks, ask whose phone is to be cleared, and forget what was never sent. Raises Busy."""
    checks.tick(context)
    duties.tick(context)
    drafts.tick(context)
