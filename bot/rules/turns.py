"""Whose turn it is: what waits for somebody, and who is next where somebody cannot be told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.notices import Notice
from bot.rules import deciding
from bot.rules.people import Person


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for one person. `name`: "AR-7"; `action` and `value`: the button that leads on."""

    feature: str
    name: str
    action: str
    value: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked for something and must not wait in silence; which message of theirs, about which record."""

    notice: Notice
    record: int
    person_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """Whose turn a record is as it stands now: groups of people in their order, without anybody who is barred.

    `absent`: for whom the next may act too, as far as this record goes.
    """

    groups: tuple[tuple[Person, ...], ...]
    asker: Asker | None = None
    absent: frozenset[int] = frozenset()

    def next(self, tried: Collection[int]) -> tuple[Person, ...]:
        """Return who is asked instead of those who could not be told; where all who are left are absent, these too."""
        left = (tuple(person for person in group if person.person_id not in tried) for group in self.groups)
        return deciding.asked(filter(None, left), self.absent)
