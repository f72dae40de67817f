"""Words looked for in texts, in capital or small letters, and records called by their number."""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.engine import Connection

FOLDED = "casefold"  # our own function in SQLite, whose lower() knows no letter beyond A to Z


def occurs(connection: Connection, word: str, texts: Iterable[ColumnElement[str]]) -> ColumnElement[bool]:
    """Return the condition that a word occurs in one of the texts: "école" is found in "ÉCOLE"."""
    if connection.dialect.name != "sqlite" or word.isascii():  # ours takes three times as long
        return or_(*(text.icontains(word, autoescape=True) for text in texts))
    folded = word.casefold()
    return or_(*(func.casefold(text).contains(folded, autoescape=True) for text in texts))


def called(kind: str, word: str) -> int | None:
    """Return the number of the record that a word names: of "ar-7" 7, if the kind is "AR"; None for anything else."""
    # Not str.isdigit: it takes "²". At most nine digits: more are no number that every database takes.
    found = re.fullmatch(f"{kind}-([0-9]{{1,9}})", word, re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else None
