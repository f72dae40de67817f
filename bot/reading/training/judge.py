"""Judges a table of past training by who works here and what the school trains: each row is taken or refused alone."""

from collections.abc import Iterator
from datetime import date
from functools import cache

from bot.reading.cells import Fault
from bot.reading.columns import Finding
from bot.reading.training.rows import Done, Known, Told, TrainingList, TrainingTable
from bot.rules.school import Audience, School, Training
from bot.rules.staff.persons import name_of
from bot.rules.training import PARENTS, Learner, day_fault

UNKNOWN_PROVIDER = "not said"

NO_SUCH = "the school has no such training; write its name or key as in school.toml"
NO_CLASS = "this is recorded for a class: name one that pupils are in now, as it is spelt on the roll"
NOBODY = "nobody who works here has this address; is it as on the staff list?"
ANOTHER = "this is the address of one colleague, and the name on this line is another's. Please check"


def judge(table: TrainingTable, school: School, known: Known, today: date) -> TrainingList:
    """Find out of whom and of what each row speaks, and refuse what cannot be true."""
    names = set(known.names.values())
    called = cache(school.training_called)  # a table repeats itself
    rows: list[Done] = []
    problems: list[Finding] = []
    for row in table.rows:
        kind = called(row.training)
        who = _who(row, kind, known, names)
        faults = [Finding(row.line, _column(kind), who.said)] if isinstance(who, Fault) else []
        if kind is None:
            faults.append(Finding(row.line, "Training", NO_SUCH))
        faults += _day_faults(row, who, today)
        if row.provider_fault:
            faults.append(Finding(row.line, "Provider", row.provider_fault))
        problems += faults
        if not faults and kind and isinstance(who, Learner) and row.done_on:
            rows.append(Done(row.line, kind, who.subject, row.done_on, row.provider or UNKNOWN_PROVIDER))
    return TrainingList(tuple(rows), tuple(problems))


def _who(row: Told, kind: Training | None, known: Known, names: set[frozenset[str]]) -> Learner | Fault | None:
    """Return whom a row is about: for a lesson the class, for the parents nobody in particular, else the colleague."""
    if kind and kind.audience is Audience.PARENTS:
        return Learner(PARENTS)
    if _column(kind) == "Class":
        return known.classes.get(row.class_name.lower()) or Fault(NO_CLASS)
    # Whom a row is about depends on the training. Where that is not known, the address is looked at, if there is one.
    # A column of addresses may have been sorted by itself: where the table has names, they have a say.
    written = name_of(row.name)
    if written in names and known.names.get(row.email, written) != written:
        return Fault(ANOTHER)
    return known.colleagues.get(row.email) or (Fault(NOBODY) if kind or row.email else None)


def _column(kind: Training | None) -> str:
    return "Class" if kind and kind.audience is Audience.CLASSES else "Email"


def _day_faults(row: Told, who: Learner | Fault | None, today: date) -> Iterator[Finding]:
    if row.done_on is None:
        yield Finding(row.line, "Date", row.day_fault or "the date is missing")
        return
    begun = who.begun_on if isinstance(who, Learner) and who.subject.person_id else None
    if fault := day_fault(row.done_on, today, begun):
        yield Finding(row.line, "Date", fault)
