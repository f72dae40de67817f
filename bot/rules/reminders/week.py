"""The headteacher's week: told once in each week, with the digest of its first school morning."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from bot.rules.calendar import Calendar
from bot.rules.reminders.digest import Line, Why
from bot.rules.reminders.stages import Item, Stage
from bot.rules.school import Role
from bot.rules.turns import Waiting

FEATURE = "monday"
# Who may see the school's week. It is told to the first of these who is not away (`digest.heads`).
READERS = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})
WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def lines(readers: Collection[int], calendar: Calendar, today: date) -> Iterator[Line]:
    """Return the week's line for each of these people, from the week's first school day on.

    Like every stage it asks what is reached, not what day it is: after a Monday that was missed it comes on Tuesday.
    """
    if not readers:
        return
    monday = monday_of(today)
    days = (monday + timedelta(days=number) for number in range(today.weekday() + 1))
    first = next((day for day in days if calendar.is_school_day(day)), None)
    if first is None:
        return
    year, week, _ = monday.isocalendar()
    key = f"{FEATURE}-{year}-W{week:02}"
    for person_id in readers:
        item = Item(FEATURE, key, person_id, first, Stage("week", first))
        yield Line(person_id, Why.WEEK, item, f"{key}-{person_id}")


# ── what stands in it: each feature gives its own, and they are added up ───────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Late:
    """One kind of training, and for how many people or classes it is overdue."""

    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Week:
    """The week of one school, as one person may see it, or what one feature gives to it.

    Waits: for this person's decision, for anybody's action on a report, for the filter, for the post. Overdue: kinds of
    training, people who should have read the policy, the policy's review (since when; `review_open`: reviewers asked to
    sign already). The rest is what happened in the week from `first` on, the last one that is over.
    """

    first: date = date.min
    decisions: tuple[Waiting, ...] = ()
    reports: tuple[Waiting, ...] = ()
    filter: int = 0
    letters: int = 0
    training: tuple[Late, ...] = ()
    reading: int = 0
    review_since: date | None = None
    review_open: bool = False
    asked: int = 0
    decided: int = 0
    reported: int = 0
    dealt_with: int = 0
    trained: int = 0
    read: int = 0

    @property
    def last(self) -> date:
        """Return the Sunday of the week in which it happened."""
        return self.first + WEEK - timedelta(days=1)

    @property
    def waits(self) -> int:
        """Return how many things wait."""
        return len(self.decisions) + len(self.reports) + self.filter + self.letters

    @property
    def overdue(self) -> int:
        """Return how many things are overdue."""
        return sum(late.count for late in self.training) + self.reading + (self.review_since is not None)


def added_up(parts: Iterable[Week], first: date) -> Week:
    """Return the whole week of what the features gave: numbers are added, lists follow one another, a day is one's."""
    found: dict[str, Any] = {}
    for part in parts:
        for name in GIVEN:
            found[name] = _both(found.get(name), getattr(part, name))
    return Week(**{**found, "first": first, "review_open": bool(found.get("review_open"))})


def _both(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


GIVEN = tuple(each.name for each in fields(Week) if each.name != "first")
