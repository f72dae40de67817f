"""How the school stands, for its governors: training, reading, review, response times by term. Counts, never names.

Policy §5.5, 7.3, 7.5, 9, 10. A count of one or two people would tell who they are, so it is said as "fewer than 3", and
the other counts beside it are loosened until nobody can work it out by subtraction.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from bot.clock import SCHOOL_YEAR_STARTS
from bot.rules import content
from bot.rules.calendar import Calendar, Kind, Period, school_year
from bot.rules.people import Person
from bot.rules.school import Audience, Role, Training
from bot.rules.training import Due, State

FEWEST = 3  # people; fewer than these could be told apart
PEOPLE = frozenset({Audience.STAFF, Audience.TEACHERS})  # whose training is somebody's own
# Who may have it: those who answer for the policy (§10.1), and who stands in for them.
READERS = frozenset(
    {
        Role.HEADTEACHER,
        Role.DEPUTY_HEADTEACHER,
        Role.GOVERNOR,
        Role.CHAIR_OF_GOVERNORS,
        Role.DATA_PROTECTION_OFFICER,
    }
)


# ── counts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Count:
    """How many people, between `least` and `most`: the same where it may be said exactly."""

    least: int
    most: int

    @property
    def is_few(self) -> bool:
        """Return whether it is one or two people, which is all that is said."""
        return 0 < self.least < self.most < FEWEST


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are done, due and overdue; where nobody is due yet, `due` is zero."""

    done: Count
    due: Count
    overdue: Count


FEW = Count(1, FEWEST - 1)


def sayable(done: int, due: int, overdue: int) -> Counts | None:
    """Return these counts of people so that nobody is told apart; None where that cannot be done.

    Counts of one and two become "fewer than 3". The total is known, so one of the others becomes a range, else a
    subtraction would tell the small one. Which one depends on what is said anyway, never on its size: that tells too.
    """
    exact = (done, due, overdue)
    small = sum(0 < number < FEWEST for number in exact)
    if not small:
        return _exact(*exact)
    told = [FEW if 0 < number < FEWEST else Count(number, number) for number in exact]
    place = next((place for place, number in enumerate(exact) if number >= FEWEST), None)
    if place is None:
        return None
    known = sum(number for number in exact if number >= FEWEST) - exact[place]
    most = sum(exact) - known - small * FEW.least
    least = sum(exact) - known - small * FEW.most
    told[place] = Count(least, most)
    # A range that began lower would tell: what is fewer than three is never said as a range.
    return Counts(*told) if least >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the school is with one thing. `of`: how many are asked; `counts`: None where they are too few to say."""

    name: str
    audience: Audience
    of: int
    counts: Counts | None

    @property
    def group(self) -> Count:
        """Return how many are asked, as it may be said: a group of one or two people is "fewer than 3" itself."""
        is_few = self.audience in PEOPLE and 0 < self.of < FEWEST
        return FEW if is_few else Count(self.of, self.of)

    @property
    def percent(self) -> int | None:
        """Return how much is done, in whole per cent and never too much; None where it cannot be said."""
        return 100 * self.counts.done.least // self.of if self.counts else None


def training(kinds: Iterable[Training], dues: Iterable[Due], today: date) -> tuple[Progress, ...]:
    """Return how far the school is with each kind. Classes and the parents' session are counted exactly."""
    states = [State.DONE, State.DUE, State.OVERDUE]
    found = Counter((each.kind.key, each.state(today)) for each in dues)
    progress = []
    for kind in kinds:
        exact = [found[kind.key, state] for state in states]
        loosened = sayable(*exact) if kind.is_personal else _exact(*exact)
        progress.append(Progress(kind.name, kind.audience, sum(exact), loosened))
    return tuple(progress)


def _exact(*numbers: int) -> Counts | None:
    return Counts(*(Count(number, number) for number in numbers)) if any(numbers) else None


def reading(label: str, done: int, waiting: int) -> Progress:
    """Return how many of the staff have read and understood a version of the policy."""
    return Progress(label, Audience.STAFF, done + waiting, sayable(done, waiting, 0))


# ── terms ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Term:
    """One term: from its first day until the next one begins, holidays included."""

    name: str
    first: date


# name → months in which the middle of its halves lies, and where it begins if the school has given no terms [K]
_SEASONS: dict[str, tuple[frozenset[int], tuple[int, int]]] = {
    "Autumn": (frozenset({8, 9, 10, 11, 12}), SCHOOL_YEAR_STARTS),
    "Spring": (frozenset({1, 2, 3}), (1, 1)),
    "Summer": (frozenset({4, 5, 6, 7}), (4, 1)),
}


def terms(calendar: Calendar, today: date) -> tuple[Term, ...]:
    """Return the terms of this school year that have begun and all of the last, the oldest first."""
    this = school_year(today)
    found = sorted((_term(calendar, name, year) for year in (this - 1, this) for name in _SEASONS), key=_begins)
    return tuple(each for each in found if each.first <= today)


def _begins(term: Term) -> date:
    return term.first


def _term(calendar: Calendar, season: str, year: int) -> Term:
    """Two halves make one term; without any of its own a term begins on its usual day."""
    months, (month, day) = _SEASONS[season]
    calendar_year = year if season == "Autumn" else year + 1
    halves = [
        each.first
        for each in calendar.periods
        if each.kind is Kind.TERM and each.school_year == year and _middle(each).month in months
    ]
    return Term(f"{season} {calendar_year}", min(halves, default=date(calendar_year, month, day)))


def _middle(period: Period) -> date:
    return period.first + (period.last - period.first) / 2


# ── response times ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Answered:
    """One request or report: the days on which it came and was dealt with, None while it is open."""

    came: date
    dealt_with: date | None


@dataclass(frozen=True, slots=True)
class Times:
    """What came in one term. `median`, `longest`: school days until it was dealt with, None while nothing was."""

    term: str
    came: int
    still_open: int
    median: float | None = None
    longest: int | None = None


class SchoolDays:
    """How many school days lie between two days, asked often: they are counted once."""

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        self._days = [day for day in days if calendar.is_school_day(day)]

    def between(self, first: date, last: date) -> int:
        """Return how many school days lie after `first`, up to and with `last`."""
        return bisect_right(self._days, last) - bisect_right(self._days, first)


def times(periods: Sequence[Term], found: Iterable[Answered], days: SchoolDays) -> tuple[Times, ...]:
    """Return the response times of each term. What came before the first of them is left out."""
    by_term: dict[int, list[Answered]] = {number: [] for number in range(len(periods))}
    begins = [each.first for each in periods]
    for each in found:
        number = bisect_right(begins, each.came) - 1
        if number >= 0:
            by_term[number].append(each)
    return tuple(_times(periods[number].name, those, days) for number, those in by_term.items())


def _times(term: str, found: Sequence[Answered], days: SchoolDays) -> Times:
    waited = [days.between(each.came, each.dealt_with) for each in found if each.dealt_with]
    still_open = len(found) - len(waited)
    if not waited:
        return Times(term, len(found), still_open)
    return Times(term, len(found), still_open, float(median(waited)), max(waited))


def published(
    periods: Sequence[Term], posts: Iterable[date], take_downs: Iterable[Answered], days: SchoolDays
) -> tuple["Published", ...]:
    """Return what was posted and had to come down in each term, from the first in which there was anything."""
    logged = times(periods, (Answered(day, day) for day in posts), days)
    told = [
        Published(down.term, post.came, down)
        for post, down in zip(logged, times(periods, take_downs, days), strict=True)
    ]
    first = next((number for number, each in enumerate(told) if each.posts or each.take_downs.came), len(told))
    return tuple(told[first:])


def since_any(terms: Sequence[Times]) -> tuple[Times, ...]:
    """Return the terms from the first in which anything came."""
    first = next((number for number, each in enumerate(terms) if each.came), len(terms))
    return tuple(terms[first:])


def may_be_counted(way: str, denied: Collection[int], readers: Iterable[Person]) -> bool:
    """Return whether a report may be counted in what all readers get: none of them must be kept from it.

    `way`: its procedure. Counted for some and not for others, two copies side by side would tell of it (KCSIE).
    """
    if content.leaves_no_trace(way):
        return False
    return not any(each.person_id in denied for each in readers)


# ── the whole ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Review:
    """The policy's next review. `days_left`: calendar days, below nought once it is overdue.

    `signed`, `waiting`: for whom somebody has signed, and for whom nobody has yet, while a review is open.
    """

    due: date
    days_left: int
    is_open: bool = False
    signed: tuple[Role, ...] = ()
    waiting: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """What is still to be changed in the web filter. `longest`: school days for which the oldest has waited."""

    waiting: int
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one feature gives to the overview; None: it is not this feature's to say."""

    training: tuple[Progress, ...] | None = None
    reading: Progress | None = None
    review: Review | None = None
    requests: tuple[Answered, ...] | None = None
    reports: tuple[Answered, ...] | None = None
    filter: Filter | None = None
    posts: tuple[date, ...] | None = None  # the day on which each was logged
    take_downs: tuple[Answered, ...] | None = None
    breaches: tuple[Answered, ...] | None = None  # logged, and decided on; none that is kept from a reader


@dataclass(frozen=True, slots=True)
class Published:
    """What was posted in one term, and what had to come down."""

    term: str
    posts: int
    take_downs: Times


@dataclass(frozen=True)
class Overview:
    """How one school stands on one day."""

    school: str
    on: date
    training: tuple[Progress, ...]
    reading: Progress | None  # of the version in force; None where no version was imported
    review: Review | None
    access: tuple[Times, ...]
    reports: tuple[Times, ...]
    filter: Filter
    published: tuple[Published, ...] = ()  # since anything was
    breaches: tuple[Times, ...] = ()  # since there was any

    @cached_property
    def weakest(self) -> Progress | None:
        """Return the staff training that the fewest have done: what a governor should hear first."""
        asked = [each for each in self.training if each.audience in PEOPLE and each.percent is not None]
        return min(asked, key=lambda each: each.percent or 0, default=None)


def used(*kinds: tuple[Times, ...]) -> tuple[tuple[Times, ...], ...]:
    """Leave out the terms of last year before anything ever came: a school that has just begun has none to show."""
    silent, last_years = 0, min(len(_SEASONS), len(kinds[0]) - 1)
    while silent < last_years and not any(each[silent].came for each in kinds):
        silent += 1
    return tuple(each[silent:] for each in kinds)
