"""Terms, INSET days and closures as they were found in a file."""

from dataclasses import dataclass

from bot.reading.columns import Finding
from bot.rules.calendar import Period


@dataclass(frozen=True, slots=True)
class Found:
    """One period and the place in the file where it stands. `starts`, `ends`: the file's own words for the columns."""

    line: int
    period: Period
    starts: str = "start"
    ends: str = "end"


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A file as read: what can be imported, and what is wrong with the rest.

    `lost`: the lines of what was refused and is, or may be, a term.
    """

    periods: tuple[Period, ...]
    problems: tuple[Finding, ...]
    lost: frozenset[int] = frozenset()
