"""The filter register as the school's other pages gather it: what waits to be changed, and what runs out."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.clock import spoken_day
from bot.context import Context, Look
from bot.notices import Notice
from bot.rules.access import REVIEWERS
from bot.rules.filter import register as rules
from bot.rules.filter.register import Event, RegisterEntry
from bot.rules.overview import READERS, Figures, Filter, SchoolDays
from bot.rules.people import Person
from bot.rules.relays import Telling, telling
from bot.rules.reminders.stages import Item, Plan, Stage, reached
from bot.rules.reminders.week import Week
from bot.rules.turns import Asker, Line
from bot.services.filter.register import REPORTED, button, expiring, hidden, keepers, leave, to_do
from storage import records
from storage.filter import register

ASKED = "AR-"  # records of which somebody has asked for, and waits for, the change of the filter
PATIENCE = 2  # [K] school days that a change of the filter may take before somebody is reminded
CHASE = Plan(before_days=(), overdue_every_days=7, escalate_after_days=14)


def tick(context: Context) -> None:
    """Have what has run out taken out of the filter."""
    with context.look() as tx:
        over = rules.expired(expiring(tx), tx.today)
    if over:
        with context.begin() as tx:
            for entry in rules.expired(expiring(tx), tx.today):
                leave(tx, entry, Event.EXPIRE, by=None)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return what those who look after the filter are reminded of: what runs out soon, and what waits to be done."""
    # Roles first, for they are at hand: to find who keeps the filter today, absences and failed messages are read.
    if reader and not (reader.holds(*rules.KEEPERS) and reader in keepers(tx)):
        return
    for entry, stage in rules.expiring(expiring(tx), tx.today):
        yield from _items(tx, "expires", entry, entry.expires_on or tx.today, stage)
    days: dict[date, date] = {}  # since when it waits → when it is due
    for entries in _waiting(tx).values():  # one reminder for what came together
        first = min(entries, key=lambda entry: (entry.since or entry.decided_on, entry.number))
        since = first.since or first.decided_on
        due = days.get(since) or days.setdefault(since, tx.school.calendar.school_days_after(since, PATIENCE))
        if late := reached(due, tx.today, CHASE):
            yield from _items(tx, "waits", first, due, late, rules.coded(entries), since)


def next_in_line(tx: Look, _notice: Notice, number: int) -> Line | None:
    """Return who changes the filter instead of somebody who could not be told, while it is still to be changed."""
    found = register.get(tx.connection, tx.school_id, number)
    if found is None or found.state not in rules.TO_DO:
        return None
    here = [person for person in tx.everybody() if person.is_here]
    others = (tuple(person for person in here if person.holds(role)) for role in rules.STAND_IN)
    return Line((tuple(keepers(tx)), *others), _asker(tx, found), tx.absent())


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield what is to be changed in the filter, once for what came together."""
    for entries in _waiting(tx).values() if tx.outside() else ():
        first = min(entry.number for entry in entries)
        yield telling(tx.reach(), Notice.REGISTER_CHANGE, first, REVIEWERS, asked=keepers(tx))


def week(tx: Look, _person: Person, _monday: date) -> Week:
    """Return how many lines of the filter are still to be changed."""
    return Week(filter=len(register.in_states(tx.connection, tx.school_id, tuple(rules.TO_DO))))


def figures(tx: Look, _first: date, days: SchoolDays) -> Figures:
    """Return how many lines wait to be changed, and for how long the oldest has waited.

    Lines that came from a report kept from any reader of the overview are left out: one line more would tell of it.
    """
    readers = [person.person_id for person in tx.everybody() if person.is_here and person.roles & READERS]
    waiting = register.in_states(tx.connection, tx.school_id, tuple(rules.TO_DO))
    if any(entry.record.startswith(REPORTED) for entry in waiting):
        kept = set().union(*(_hidden_once(tx, each) for each in readers))
        waiting = [entry for entry in waiting if entry.record not in kept]
    longest = max((days.between(entry.since or entry.decided_on, tx.today) for entry in waiting), default=0)
    return Figures(filter=Filter(len(waiting), longest))


def card(tx: Look, person: Person) -> Mapping[str, Any]:
    """Return what a person has to change in the filter, for Home."""
    return {"filter": tuple(to_do(tx, person))}


def _waiting(tx: Look) -> dict[tuple[str, str], list[RegisterEntry]]:
    """Return what waits to be changed, by what came together: of one record, or typed in one form."""
    waiting: dict[tuple[str, str], list[RegisterEntry]] = {}
    for entry in register.in_states(tx.connection, tx.school_id, tuple(rules.TO_DO)):
        waiting.setdefault((entry.record, entry.form_id if not entry.record else ""), []).append(entry)
    return waiting


def _asker(tx: Look, found: RegisterEntry) -> Asker | None:
    if not found.record.startswith(ASKED):
        return None
    number = int(found.record.removeprefix(ASKED))
    asked = records.get(tx.connection, tx.school_id, ASKED.removesuffix("-"), number)
    return Asker(Notice.ACCESS_STANDS, number, asked.asker_id) if asked else None


def _items(
    tx: Look,
    what: str,
    found: RegisterEntry,
    due: date,
    stage: Stage,
    confirms: str = "",
    anchor: date | None = None,
) -> Iterator[Item]:
    words = {"what": what, "kind": found.kind.value, "last": spoken_day(due)}
    takers: frozenset[int] = tx.once("register's takers", lambda: _takers(tx))
    if found.record.startswith(REPORTED):  # it speaks of the record: whoever may not know of that takes nothing over
        takers = frozenset(each for each in takers if found.record not in _hidden_once(tx, each))
    action, value = ("register.confirm", confirms) if confirms else ("register.task", button(found))
    key, absent = f"register-{what}-{found.number}", tx.absent()
    is_covered = any(person.person_id not in absent for person in keepers(tx))
    for person in keepers(tx):
        who = person.person_id
        is_hidden = found.record.startswith(REPORTED) and found.record in _hidden_once(tx, who)
        told = {**words, "record": "" if is_hidden else found.record}
        yield Item("register", key, who, due, stage, told, action, value, takers, anchor=anchor, is_covered=is_covered)


def _hidden_once(tx: Look, person_id: int) -> set[str]:
    found: set[str] = tx.once(f"register's hidden {person_id}", lambda: hidden(tx.connection, tx.school_id, person_id))
    return found


def _takers(tx: Look) -> frozenset[int]:
    return frozenset(person.person_id for person in tx.everybody() if person.holds(*rules.KEEPERS))
