"""Access requests as the school's other pages gather them: whose turn they are, what is due, what they amount to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bot.changes import FilterChanged
from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.notices import Notice
from bot.rules import access as rules
from bot.rules import deciding
from bot.rules.access import DECIDERS, DUTIES
from bot.rules.filter import register as register_rules
from bot.rules.filter.register import RegisterEntry
from bot.rules.overview import Answered, Figures, SchoolDays
from bot.rules.people import Person
from bot.rules.reminders.stages import Item, reached
from bot.rules.reminders.week import WEEK, Week
from bot.rules.turns import Asker, Line, Waiting
from bot.services.access.requests import FEATURE, KIND, REMINDED, after, asked, deciders, mine
from bot.services.filter import register
from storage import access
from storage.filter import register as register_storage


def waiting(tx: Look, person: Person) -> list[Waiting]:
    """Return the requests that a person may decide now, the longest waiting first; worked out once."""
    if not person.roles & DECIDERS:
        return []
    found: list[Waiting] = tx.once(f"access waits for {person.person_id}", lambda: list(_waiting(tx, person)))
    return found


def _waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    for found in access.silent(tx.connection, tx.school_id, rules.UNDECIDED):
        if person.person_id in {decider.person_id for decider in deciders(tx, found)}:
            yield Waiting(FEATURE, f"{KIND}-{found.number}", "access.open", str(found.number), found.waits_since)


def next_in_line(tx: Look, notice: Notice, number: int) -> Line | None:
    """Return whose turn a request is as it stands now: never its asker's. An outcome concerns the asker alone."""
    found = access.get(tx.connection, tx.school_id, number)
    if notice is not Notice.ACCESS_WAITS or found is None or found.state not in rules.UNDECIDED:
        return None
    groups = deciding.groups(DUTIES[found.state], tx.everybody(), barred={found.asker_id})
    return Line(tuple(groups), Asker(Notice.ACCESS_STANDS, number, found.asker_id))


def tick(context: Context) -> None:
    """Bring in the next in line after four silent school days.

    The rule asks whether the stage is reached, not whether today is the day, so a missed day is caught up and a second
    run does nothing.
    """
    with context.look() as tx:
        silent = bool(list(_silent_too_long(tx)))
    if silent:
        with context.begin() as tx:
            for found, later in _silent_too_long(tx):
                tx.notify(Notice.ACCESS_WAITS, found.number, later, occasion=f"{found.state}-{found.steps}")


def derive(tx: Transaction) -> None:
    """Tell everybody whose site was opened and who has no message of it; of all requests that ever were."""
    for record in register_storage.applied(tx.connection, tx.school_id, f"{KIND}-"):
        filter_changed(tx, FilterChanged(record))


def filter_changed(tx: Transaction, change: FilterChanged) -> None:
    """Bring the asker's message up to date; that the site is open now is worth a new one."""
    kind, _, number = change.record.partition("-")
    if kind != KIND or not number.isdecimal():
        return
    tx.told_otherwise(int(number), Notice.ACCESS_STANDS)
    entries = register_storage.of_records(tx.connection, tx.school_id, {change.record})
    if register_rules.standing(entries) is register_rules.State.APPLIED:
        askers = set(access.askers(tx.connection, tx.school_id, [int(number)]).values())
        tx.notify(Notice.ACCESS_STANDS, int(number), _people(tx, askers), occasion="applied")


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return what has been silent for two school days, for whoever decides; and what runs out soon, for its asker.

    `reader`: only what this person may be reminded of.
    """
    everybody = {person.person_id: person for person in tx.everybody()}
    lines: dict[rules.State, list[tuple[Person, ...]]] = {}
    days: dict[date, tuple[date, str]] = {}  # when it began to wait → when it is due, the first in words
    for found in _silent_for(tx, reader):
        began = school_day(found.waits_since, tx.school.timezone)
        if began not in days:
            days[began] = (after(tx, began, deciding.REMIND_AFTER), spoken_day(began))
        due, since = days[began]
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        is_asked = found.state in rules.QUESTIONS
        words = {"name": f"{KIND}-{found.number}", "since": since, "what": "question" if is_asked else "waits"}
        key, value = f"access-{found.number}-{found.steps}", str(found.number)
        if not is_asked and found.state not in lines:
            lines[found.state] = deciding.groups(DUTIES[found.state], everybody.values())
        whose = (everybody[found.asker_id],) if is_asked else asked(tx, lines[found.state], found.asker_id)
        is_covered = any(person.person_id not in tx.absent() for person in whose)
        for person in whose:
            # A decision is not for handing over.
            yield Item(
                FEATURE,
                key,
                person.person_id,
                due,
                stage,
                words,
                "access.open",
                value,
                frozenset(),
                anchor=began,
                is_covered=is_covered,
            )
    yield from _expiring(tx, reader)


def week(tx: Look, person: Person, monday: date) -> Week:
    """Return what waits for a person's decision, and how many were asked and decided in the week before a Monday."""
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    came, decided = access.counted(tx.connection, tx.school_id, first, before, rules.DECIDED)
    return Week(decisions=tuple(waiting(tx, person)), asked=came, decided=decided)


def figures(tx: Look, first: date, _days: SchoolDays) -> Figures:
    """Return what was asked since a day, and when it was answered."""
    zone = tx.school.timezone
    return Figures(
        requests=tuple(
            Answered(school_day(at, zone), None if state in rules.OPEN else school_day(since, zone))
            for at, state, since in access.answered(tx.connection, tx.school_id, tx.midnight(first))
        )
    )


def card(tx: Look, person: Person) -> Mapping[str, Any]:
    """Return a person's own requests, for Home."""
    return {"requests": tuple(mine(tx, person))}


def _people(tx: Look, ids: Collection[int]) -> list[Person]:
    return [person for person in tx.everybody() if person.person_id in ids]


def _silent_for(tx: Look, reader: Person | None) -> list[access.Silent]:
    """Return the requests that wait for anybody, or those that may concern one person."""
    if reader is None or reader.roles & DECIDERS:
        return access.silent(tx.connection, tx.school_id, rules.OPEN)
    return access.silent(tx.connection, tx.school_id, (), asker_id=reader.person_id, own=rules.QUESTIONS)


def _expiring(tx: Look, reader: Person | None) -> Iterator[Item]:
    ours = [entry for entry in _with_last_day(tx, reader) if entry.record.startswith(f"{KIND}-")]
    askers = access.askers(tx.connection, tx.school_id, [int(entry.record[3:]) for entry in ours]) if ours else {}
    for entry, stage in register_rules.expiring(ours, tx.today):
        number = int(entry.record[3:])
        last = entry.expires_on or tx.today
        words = {"name": entry.record, "since": spoken_day(last), "what": "expires"}
        key = f"access-{number}-expires"
        yield Item(FEATURE, key, askers[number], last, stage, words, "access.open", str(number), frozenset())


def _with_last_day(tx: Look, reader: Person | None) -> Sequence[RegisterEntry]:
    if reader is None:
        return register.expiring(tx)
    mine = access.with_last_day(tx.connection, tx.school_id, reader.person_id, tx.today)
    return register_storage.of_records(tx.connection, tx.school_id, {f"{KIND}-{each}" for each in mine}) if mine else ()


def _silent_too_long(tx: Look) -> Iterator[tuple[access.Silent, list[Person]]]:
    """Return what has been silent for four school days, with those who may decide now, too."""
    for found in access.silent(tx.connection, tx.school_id, rules.OPEN):
        if after(tx, school_day(found.waits_since, tx.school.timezone), deciding.NEXT_AFTER) > tx.today:
            continue
        line = deciding.groups(DUTIES[found.state], tx.everybody(), barred={found.asker_id})
        first = set(deciding.asked(line, tx.absent()))
        later = [person for person in deciding.asked(line, tx.absent(), 2) if person not in first]
        if later:
            yield found, later
