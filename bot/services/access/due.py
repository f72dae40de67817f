"""Access requests as the school's other pages gather them: whose turn they are, what is due, what they amount to."""

from collections.abc import Iterator, Sequence
from datetime import date

from bot.changes import FilterChanged
from bot.clock import school_day, spoken_day
from bot.context import Look, Transaction
from bot.notices import Notice
from bot.rules import access as rules
from bot.rules.access import FEATURE, KIND, PROCEDURES
from bot.rules.filter import register as register_rules
from bot.rules.filter.register import RegisterEntry
from bot.rules.overview import Answered, Figures, SchoolDays
from bot.rules.people import Person
from bot.rules.reminders.stages import Item
from bot.rules.reminders.week import WEEK, Week
from bot.services import record_turns, records
from bot.services.access.requests import DESK
from bot.services.filter import register
from storage import access
from storage import records as storage
from storage.filter import register as register_storage
from storage.records import Record
from storage.spine import record_figures


def derive(tx: Transaction) -> None:
    """Tell everybody whose site was opened and who has had no message about it, whenever they asked."""
    for record in register_storage.applied(tx.connection, tx.school_id, f"{KIND}-"):
        filter_changed(tx, FilterChanged(record))


def filter_changed(tx: Transaction, change: FilterChanged) -> None:
    """Bring every message up to date; that the site is open now is worth a new one for whoever asked.

    Where it was opened with the Yes, the message of that says so.
    """
    kind, _, number = change.record.partition("-")
    if kind != KIND or not number.isdecimal():
        return
    tx.told_otherwise(int(number), Notice.ACCESS_STANDS, Notice.ACCESS_WAITS)
    entries = register_storage.of_records(tx.connection, tx.school_id, {change.record})
    asked = storage.get(tx.connection, tx.school_id, KIND, int(number))
    is_open = register_rules.standing(entries) is register_rules.State.APPLIED
    if asked and is_open and not _was_opened_with_the_yes(tx, asked, entries):
        askers = [person for person in tx.everybody() if person.person_id == asked.asker_id]
        tx.notify(Notice.ACCESS_STANDS, int(number), askers, occasion="applied")


def _was_opened_with_the_yes(tx: Look, asked: Record, entries: Sequence[RegisterEntry]) -> bool:
    steps = [step for each in entries for step in register_storage.steps(tx.connection, tx.school_id, each.number)]
    return bool(steps) and all(step.at == asked.waits_since for step in steps)


def week(tx: Look, person: Person, monday: date) -> Week:
    """Return what waits for a person's decision, and how many were asked and decided in the week before a Monday."""
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    came, decided = record_figures.counted(tx.connection, tx.school_id, KIND, rules.DECIDED, first, before)
    return Week(decisions=record_turns.waiting(tx, PROCEDURES, person, DESK.opens), asked=came, decided=decided)


def figures(tx: Look, first: date, _days: SchoolDays) -> Figures:
    """Return what was asked since a day and not taken back, and when it was answered."""
    zone = tx.school.timezone
    found = record_figures.moved(tx.connection, tx.school_id, KIND, tx.midnight(first))
    return Figures(
        requests=tuple(
            Answered(school_day(at, zone), None if state in rules.OPEN else school_day(since, zone))
            for at, state, since in found
            if state != rules.State.WITHDRAWN
        )
    )


def due_items(tx: Look, reader: Person | None) -> Iterator[Item]:
    """Return which allowances run out soon, for whoever asked. `reader`: only what this person may be reminded of."""
    ours = [entry for entry in _with_last_day(tx, reader) if entry.record.startswith(f"{KIND}-")]
    numbers = [int(entry.record.removeprefix(f"{KIND}-")) for entry in ours]
    known = storage.of_numbers(tx.connection, tx.school_id, KIND, numbers)
    for entry, stage in register_rules.expiring(ours, tx.today):
        found = known[int(entry.record.removeprefix(f"{KIND}-"))]
        last = entry.expires_on or tx.today
        words = {"name": entry.record, "since": spoken_day(last), "what": "expires"}
        key, nobody = f"{FEATURE}-{found.number}-expires", frozenset[int]()
        yield Item(FEATURE, key, found.asker_id, last, stage, words, DESK.opens, records.value_of(found), nobody)


def _with_last_day(tx: Look, reader: Person | None) -> Sequence[RegisterEntry]:
    if reader is None:
        return register.expiring(tx)
    mine = access.with_last_day(tx.connection, tx.school_id, reader.person_id, tx.today)
    return register_storage.of_records(tx.connection, tx.school_id, {f"{KIND}-{each}" for each in mine}) if mine else ()
