"""What a button carries, so that it opens its own record and none that a restored backup has put in its place.

After a restore a number may be given out again; the instant at which the record was written down is not.
"""

from datetime import datetime

ANY_BUTTON = None  # instead of a button's token: a message of ours names its record by itself


def value_of(number: int, at: datetime) -> str:
    """Return what a record's buttons carry: its number, and the token by which it opens this very record."""
    return f"{number}:{token_of(at)}"


def token_of(at: datetime) -> str:
    """Return the token of what was written down at an instant."""
    return f"{at:%Y%m%d%H%M%S%f}"


def is_its_own(token: str | None, at: datetime) -> bool:
    """Return whether a button belongs to what was written down at this instant. `token`: its own, or ANY_BUTTON."""
    return token is ANY_BUTTON or token == token_of(at)
