"""What was posted before, as a table tells it."""

from dataclasses import dataclass
from datetime import date

from bot.reading.columns import Finding

# Our columns, as the office reads of them.
WHERE, DAY, PLACE, PUPILS, MEDIUM, ADULTS = "Where", "Posted on", "Link or place", "Pupils", "Photo or video", "Adults"


@dataclass(frozen=True, slots=True)
class Told:
    """One row; which place and which children it means is still to be found out. `medium`: "" where it says nothing."""

    line: int
    where: str
    posted_on: date
    place: str
    names: str
    medium: str
    adults: str


@dataclass(frozen=True, slots=True)
class PostsTable:
    """A table as read, before anything on record is looked at. `problems`: rows that cannot be taken, and why."""

    rows: tuple[Told, ...]
    problems: tuple[Finding, ...]
