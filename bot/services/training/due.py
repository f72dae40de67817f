"""Training as the school's other pages gather it: who is reminded of what, and how far the school is. Policy §9."""

import enum
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.context import Context, Look
from bot.notices import Notice
from bot.rules import overview
from bot.rules import training as rules
from bot.rules.overview import Figures, SchoolDays
from bot.rules.people import Person
from bot.rules.relays import Telling, telling
from bot.rules.reminders.stages import Item, reached
from bot.rules.reminders.week import WEEK, Late, Week
from bot.rules.school import Role
from bot.rules.training import KEEPERS, STARTERS, State, Subject
from bot.rules.turns import Line
from bot.services.training import rounds
from bot.services.training.completions import dues, dues_of, learners, of, staff
from storage.training import completions
from storage.training import rounds as training


class Why(enum.StrEnum):
    """Why somebody is reminded of a training: a word that its wording knows."""

    OWN = ""  # it is theirs, or that of a class that they teach
    NO_TEACHER = "no teacher"
    NO_OFFICE = "no office"
    COORDINATES = "coordinates"
    NO_COORDINATOR = "no coordinator"


# Whose it is that is nobody's own, why, and why the headteacher is asked where nobody holds that role.
_OF_CLASS = Role.ADMIN_TEAM, Why.NO_TEACHER, Why.NO_OFFICE
_OF_PARENTS = Role.E_SAFETY_COORDINATOR, Why.COORDINATES, Why.NO_COORDINATOR
_LAST = Role.HEADTEACHER


def tick(context: Context) -> None:
    """Write down since when the school has each kind of training: it is due from then on."""
    keys = [kind.key for kind in context.school.training]
    with context.look() as tx:
        known = completions.noted_kinds(tx.connection, tx.school_id)
    if set(keys) - set(known):
        with context.begin() as tx:
            completions.note_kinds(tx.connection, tx.school_id, keys, tx.today)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Yield what people are to be reminded of today: their own training, their class's lesson, the parents' session."""
    everybody = staff(tx)
    keepers = frozenset(person.person_id for person in everybody if person.holds(*KEEPERS))
    teachers: dict[str, list[Person]] = {}
    for person in everybody:
        for name in person.classes:
            teachers.setdefault(name, []).append(person)
    for due in _of_school(tx) if reader is None else _seen_to_by(tx, reader):
        stage = reached(due.on, tx.today, due.plan) if due.on else None
        if stage is None or due.on is None:
            continue
        subject = due.subject
        answerable, why = _answerable(subject, everybody, teachers)
        words = {"training": due.kind.name, "class_name": subject.class_name, "why": why}
        value = f"{due.kind.key}:{subject.class_name}" if subject.class_name else due.kind.key
        for person_id in answerable:
            key = rules.item_key(due.kind, subject)
            # What is nobody's own a class's other teachers may see to, and those who keep the register.
            others = (teacher.person_id for teacher in teachers.get(subject.class_name, ()))
            takers = frozenset[int]() if subject.person_id else keepers.union(others)
            yield Item("training", key, person_id, due.on, stage, words, "training.done", value, takers)


def next_in_line(tx: Look, notice: Notice, proposal_id: int) -> Line | None:
    """Return who answers a proposed refresher instead of the headteacher, while nobody has."""
    waiting = {proposal.proposal_id for proposal in training.proposals(tx.connection, tx.school_id)}
    if notice is not Notice.TRAINING_PROPOSED or proposal_id not in waiting:
        return None
    here = [person for person in tx.everybody() if person.is_here]
    heads = tuple(person for person in here if person.holds(Role.HEADTEACHER))
    others = tuple(person for person in here if person.holds(*STARTERS) and person not in heads)
    return Line(tuple(group for group in (heads, others) if group), absent=tx.absent())


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield the refreshers that are proposed to the headteacher and that nobody has answered."""
    for proposal in training.proposals(tx.connection, tx.school_id) if tx.outside() else ():
        here = [person for person in tx.everybody() if person.is_here]
        asked = [each for each in here if each.holds(Role.HEADTEACHER)] or [e for e in here if e.holds(*STARTERS)]
        line = (Role.HEADTEACHER,)
        yield telling(tx.reach(), Notice.TRAINING_PROPOSED, proposal.proposal_id, line, asked=asked)


def week(tx: Look, _person: Person, monday: date) -> Week:
    """Return what is overdue now, and how much was recorded in the week before a Monday."""
    overdue = Counter(due.kind.key for due in _of_school(tx) if due.state(tx.today) is State.OVERDUE)
    late = (Late(kind.key, kind.name, overdue[kind.key]) for kind in tx.school.training if overdue[kind.key])
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    return Week(
        training=tuple(sorted(late, key=lambda kind: -kind.count)),
        trained=completions.recorded_between(tx.connection, tx.school_id, first, before),
    )


def figures(tx: Look, _first: date, _days: SchoolDays) -> Figures:
    """Return how far the school is with each kind."""
    return Figures(training=overview.training(tx.school.training, _of_school(tx), tx.today))


def card(tx: Look, person: Person) -> Mapping[str, Any]:
    """Return a person's own training, and how many proposed refreshers wait for their answer."""
    return {"own_training": of(tx, person), "proposals": len(rounds.waiting(tx, person))}


def _of_school(tx: Look) -> list[rules.Due]:
    """Return how every kind stands for everybody; worked out once."""
    found: list[rules.Due] = tx.once("training's dues", lambda: dues(tx, learners(tx, staff(tx))))
    return found


def _seen_to_by(tx: Look, reader: Person) -> list[rules.Due]:
    """Return what one person may have to see to: their own, their classes', or every class's and the parents'."""
    found = dues_of(tx, reader)
    if reader.holds(Role.ADMIN_TEAM, Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER):
        return found
    own = {Subject(reader.person_id), *(Subject(class_name=name) for name in reader.classes)}
    return [due for due in found if due.subject in own]


def _answerable(
    subject: Subject, everybody: list[Person], teachers: Mapping[str, list[Person]]
) -> tuple[list[int], Why]:
    """Return who sees to it, and why: the person; a class's teachers, or else the office; for parents the Co-ordinator.

    Where there is nobody of these, the headteacher does.
    """
    if subject.person_id is not None:
        return [subject.person_id], Why.OWN
    if subject.class_name and subject.class_name in teachers:
        return [teacher.person_id for teacher in teachers[subject.class_name]], Why.OWN
    role, why, nobody = _OF_CLASS if subject.class_name else _OF_PARENTS
    found = [person.person_id for person in everybody if person.holds(role)]
    return (found, why) if found else ([person.person_id for person in everybody if person.holds(_LAST)], nobody)
