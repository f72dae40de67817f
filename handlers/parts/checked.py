"""A check of a picture in one line, without a child in it: in the message about it, and on Home."""

from datetime import datetime

from bot.rules.posting.checks import Verdict
from bot.services.posting.checks import Checked
from bot.wording import Wording, page

RESULT = page("posting/result")
OPENERS = {Verdict.GO: "go", Verdict.CHANGES: "changes", Verdict.STOP: "stop"}


def said(found: Checked, now: datetime) -> Wording:
    """Return how a check stands."""
    places = [place.surface.name for place in found.result.places]
    if found.check.ended_at is not None:
        return over(found)
    if found.check.stale_at is not None:
        return RESULT.text("letter_stale", places=places)
    if found.check.until <= now:
        return RESULT.text("letter_old", places=places)
    return RESULT.text(f"letter_{OPENERS[found.result.verdict]}", places=places)


def over(found: Checked) -> Wording:
    """Return what became of a check that is over."""
    return RESULT.text("over", posts=found.posted_names)
