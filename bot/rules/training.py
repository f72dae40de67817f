"""The training register: what is due for whom, and on which day. Policy §9."""

import enum
import zlib
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.calendar import school_year
from bot.rules.forms import Wrong
from bot.rules.people import Person
from bot.rules.reminders.stages import Plan
from bot.rules.school import Audience, Role, Training

# [K] for the headteacher to confirm. A month before it is due it stands on Home; it is told of a week before.
PLAN = Plan(before_days=(7,), shown_before_days=30, overdue_every_days=7, escalate_after_days=14)
# Nobody expects a refresher (§9.7): of that they hear at once.
REFRESHER = Plan(before_days=(30, 7), overdue_every_days=7, escalate_after_days=14)
# Nobody is late on day one: the first round of a repeated training is due this long after the school set the kind up,
# or after somebody joined. Time enough to import what was done before.
FIRST_ROUND = timedelta(days=30)
SOON = timedelta(days=30)  # from then on what was done is shown as due again
EARLIEST = date(1990, 1, 1)  # before that no school had the Web
PROVIDER, REASON = 200, 1000  # letters

KEEPERS = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM})  # see everybody's record
STARTERS = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})  # start a refresher (§9.7)
# See how many, never who.
COUNTERS = KEEPERS | {
    Role.E_SAFETY_COORDINATOR,
    Role.DATA_PROTECTION_OFFICER,
    Role.CHAIR_OF_GOVERNORS,
    Role.GOVERNOR,
    Role.SENIOR_LEADER,
}
# Who may record for others. A class's own teacher may record its lesson, and everybody their own training.
RECORDERS: Mapping[Audience, frozenset[Role]] = {
    Audience.STAFF: KEEPERS,
    Audience.TEACHERS: KEEPERS,
    Audience.CLASSES: KEEPERS | {Role.E_SAFETY_COORDINATOR},  # §9.4: lessons and assemblies of the E-Safety team
    Audience.PARENTS: KEEPERS | {Role.E_SAFETY_COORDINATOR},
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is trained: a person, a class, or, where both are empty, the school's parents."""

    person_id: int | None = None
    class_name: str = ""


PARENTS = Subject()


def may_open(person: Person, subject: Subject) -> bool:
    """Return whether somebody may open the evidence kept with a completion: their own, their class's; a keeper any."""
    if subject.person_id is not None:
        return subject.person_id == person.person_id or person.holds(*KEEPERS)
    if subject.class_name:
        return subject.class_name in person.classes or person.holds(*KEEPERS)
    return person.holds(*RECORDERS[Audience.PARENTS])


@dataclass(frozen=True, slots=True)
class Learner:
    """A subject with the day it began: somebody's first day, the first day of a class. None: not known."""

    subject: Subject
    begun_on: date | None = None
    teaches: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """That a kind was done by a subject on a day."""

    kind_key: str
    subject: Subject
    done_on: date


@dataclass(frozen=True, slots=True)
class Round:
    """An extra round of a kind for everybody who was there when the headteacher started it (§9.7)."""

    kind_key: str
    started_on: date
    due_on: date


class State(enum.StrEnum):
    """How a training stands on a day."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"
    NOT_ASKED = "not asked"  # nothing is owed and nothing is recorded


@dataclass(frozen=True, slots=True)
class Due:
    """How one kind stands for one subject. `on`: the day it is due next; None: it is not.

    `is_refresher`: by that day because the headteacher has started a refresher.
    """

    kind: Training
    subject: Subject
    on: date | None
    last: date | None = None
    is_refresher: bool = False

    @property
    def plan(self) -> Plan:
        """Return when to remind of it."""
        return REFRESHER if self.is_refresher else PLAN

    def state(self, today: date) -> State:
        """Return how it stands on a day. On the due day itself it is not late yet."""
        if self.on is None:
            return State.DONE if self.last else State.NOT_ASKED
        if self.on < today:
            return State.OVERDUE
        return State.DONE if self.last and self.on - today > SOON else State.DUE


def due(
    kinds: Iterable[Training],
    noted: Mapping[str, date],
    learners: Iterable[Learner],
    completions: Iterable[Completion],
    rounds: Iterable[Round],
) -> list[Due]:
    """Return how every kind stands for everybody it is for. `noted`: kind key → the day the school set it up.

    A kind that is no longer among `kinds` is due for nobody; its records stay where they are.
    """
    done: dict[tuple[str, Subject], list[date]] = {}
    for each in completions:
        done.setdefault((each.kind_key, each.subject), []).append(each.done_on)
    started = list(rounds)
    people = list(learners)
    return [
        _one(kind, noted[kind.key], learner, done.get((kind.key, learner.subject), ()), started)
        for kind in kinds
        for learner in people
        if is_for(kind, learner)
    ]


def is_for(kind: Training, learner: Learner) -> bool:
    """Return whether a kind is for somebody: staff are all who work here, teachers are those of them with a class."""
    return _IS_FOR[kind.audience](learner)


_IS_FOR: Mapping[Audience, Callable[[Learner], bool]] = {
    Audience.STAFF: lambda learner: learner.subject.person_id is not None,
    Audience.TEACHERS: lambda learner: learner.subject.person_id is not None and learner.teaches,
    Audience.CLASSES: lambda learner: bool(learner.subject.class_name),
    Audience.PARENTS: lambda learner: learner.subject == PARENTS,
}


def _one(kind: Training, noted_on: date, learner: Learner, done: Iterable[date], rounds: Iterable[Round]) -> Due:
    last = max((day for day in done if _counts(kind, learner, day)), default=None)
    days = [
        each.due_on
        for each in rounds
        if each.kind_key == kind.key
        and (learner.begun_on is None or learner.begun_on <= each.started_on)
        and (last is None or last < each.started_on)
    ]
    own = _by_itself(kind, noted_on, learner.begun_on, last)
    on = min([*days, own] if own else days, default=None)
    return Due(kind, learner.subject, on, last, is_refresher=on in days)


def _counts(kind: Training, learner: Learner, day: date) -> bool:
    """Return whether a completion counts: whoever comes back to the school is inducted anew."""
    return kind.due_days_after_joining is None or learner.begun_on is None or day >= learner.begun_on


def _by_itself(kind: Training, noted_on: date, begun_on: date | None, last: date | None) -> date | None:
    """Return when a kind is due without any extra round."""
    if last:
        return months_later(last, kind.every_months) if kind.every_months else None
    if kind.due_days_after_joining is not None and begun_on and _is_newcomer(begun_on, noted_on):
        return begun_on + timedelta(days=kind.due_days_after_joining)
    return max(begun_on or noted_on, noted_on) + FIRST_ROUND if kind.every_months else None


def _is_newcomer(begun_on: date, noted_on: date) -> bool:
    """Return whether somebody joined in the school year in which the kind was set up, or later.

    Whoever joined in an earlier school year was inducted, or not, before there was a register: nobody is chased for it.
    """
    return school_year(begun_on) >= school_year(noted_on)


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or the last one of a month that is too short."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def item_key(kind: Training, subject: Subject) -> str:
    """Return what a reminder is called: it holds no name, and is the same tomorrow."""
    return f"training-{kind.key}" + (f"-class-{zlib.crc32(subject.class_name.encode())}" if subject.class_name else "")


def reminder(kind: Training, subject: Subject) -> str:
    """Return how the references of all reminders of this kind and subject begin."""
    whose = f"{subject.person_id}-" if subject.person_id is not None else ""
    return f"{item_key(kind, subject)}-{whose}"


# ── what people write ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody declares: the day, and who gave it."""

    done_on: date
    provider: str


def read(fields: Mapping[str, str], today: date, begun_on: date | None = None) -> Entry:
    """Read a completion. Raises BadInput with a message for each field: "done_on" (YYYY-MM-DD), "provider"."""
    form = Wrong(fields)
    entry = _entry(form, today, begun_on)
    form.raise_if_any()
    return entry


def _entry(form: Wrong, today: date, begun_on: date | None) -> Entry:
    done_on = form.day("done_on")
    if fault := day_fault(done_on, today, begun_on):
        form.says("done_on", fault)
    return Entry(done_on, form.words("provider", most=PROVIDER))


def day_fault(done_on: date, today: date, begun_on: date | None = None) -> str:
    """Return why something cannot have been completed on a day; "" where it can."""
    if done_on > today:
        return "That day is still to come. Record it when it is done."
    if done_on < EARLIEST:
        return "That is before 1990. Please check the year."
    if begun_on and done_on < begun_on:
        return "That is before the first day at this school. Please check the day."
    return ""


def read_correction(fields: Mapping[str, str], today: date, begun_on: date | None) -> tuple[date | None, str, str]:
    """Read a correction: day (None: it did not take place), provider, why.

    Raises BadInput for "done_on", "provider", "why".
    """
    form = Wrong(fields)
    why = form.words("why", most=REASON)
    entry = _entry(form, today, begun_on) if form.written("done_on") else None
    form.raise_if_any()
    if entry is None:
        return None, "", why
    return entry.done_on, entry.provider, why
