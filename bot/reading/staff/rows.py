"""The staff list as read: who works here, since when, and which classes they teach."""

from dataclasses import dataclass
from datetime import date

from bot.reading.columns import Finding


@dataclass(frozen=True, slots=True)
class Member:
    """One row of the staff list."""

    email: str
    name: str
    job: str
    started_on: date | None
    classes: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class StaffList:
    """A staff list as read: rows that can be taken, and what is wrong with the others."""

    members: tuple[Member, ...]
    problems: tuple[Finding, ...]
