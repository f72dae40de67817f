"""What every record on the spine does alike: taken in once, moved on by the right person, told, and waited for.

A feature calls these in its own transaction, with its `Procedure`; what is special about it stays with the feature.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement

from bot.clock import school_day, spoken_day
from bot.context import Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import deciding
from bot.rules import procedures as rules
from bot.rules.people import Person
from bot.rules.procedures import Event, Facts, Procedure, Sight
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.school import Role
from bot.rules.turns import Asker, Line, Waiting
from storage import records
from storage.records import Record, Step

Ways = Mapping[str, Procedure]  # the procedures of one kind, by their names
NOBODY = "Nobody at the school can decide this at present. Please speak to the school office."
QUICKER = "Somebody else was quicker. Nothing of yours was changed."
REMINDED = Plan(before_days=())  # from the day on which it has been silent for too long
LOOKED_BACK = timedelta(days=120)  # no holiday is longer: within these there are four school days


# ── the gate ───────────────────────────────────────────────────────────────────────────────────────────────────────


def facts(tx: Look, ways: Ways, found: Record) -> Facts:
    """Return what a record's gate hangs on, as it stands now."""
    way = ways[found.procedure]
    silent = found.waits_since < silent_before(tx, way) or _is_urgent(tx, found)
    state = next(state for state in type(way.first) if state == found.state)
    return Facts(way, state, found.asker_id, found.parts, silent)


def sight(tx: Look, ways: Ways, found: Record, person: Person) -> Sight:
    """Return how much of a record a person may see now."""
    return rules.sight(facts(tx, ways, found), person, tx.everybody(), tx.absent())


def may(tx: Look, ways: Ways, found: Record, person: Person) -> frozenset[Event]:
    """Return what a person may do with a record now."""
    return rules.may(facts(tx, ways, found), person, tx.everybody(), tx.absent())


def visible(tx: Look, ways: Ways, person: Person, least: Sight = Sight.OWN) -> ColumnElement[bool]:
    """Return the condition under which this person may see a record: for every list, count, search and export."""
    return records.visible_to(
        person,
        ways.values(),
        tx.everybody(),
        tx.absent(),
        silent_before={name: silent_before(tx, way) for name, way in ways.items()},
        urgent_until=tx.school.calendar.school_days_after(tx.today, 1),
        least=least,
    )


def silent_before(tx: Look, way: Procedure) -> datetime:
    """Return before when a record must have begun to wait, so that the next in line may act too."""

    def read() -> datetime:
        days = (tx.today - timedelta(days=back) for back in range(LOOKED_BACK.days))
        enough = (day for day in days if tx.school.calendar.school_days_between(day, tx.today) >= way.next_after.days)
        return tx.midnight(next(enough, tx.today - LOOKED_BACK) + timedelta(days=1))

    found: datetime = tx.once(f"silent before {way.next_after.days}", read)
    return found


def _is_urgent(tx: Look, found: Record) -> bool:
    """Return whether it is for so soon that the next in line has to be brought in while it still helps."""
    return found.for_on is not None and found.for_on <= tx.school.calendar.school_days_after(tx.today, 1)


# ── what happens to it ─────────────────────────────────────────────────────────────────────────────────────────────


def take_in(
    tx: Transaction,
    way: Procedure,
    *,
    origin: str,
    for_on: date | None,
    keep: Callable[[int], None],
) -> Record:
    """Take a record in and tell those whose turn it is; `keep` writes the feature's own columns, given the record's id.

    The same origin makes one record: a form delivered twice is the same. Raises Conflict where nobody could decide it.
    """
    if tx.actor is None:
        raise Refused("Somebody has to ask.")
    asker = tx.actor.person
    record_id, is_new = records.add(
        tx.connection, tx.school_id, way, asker_id=asker.person_id, at=tx.now, origin=origin, for_on=for_on
    )
    found = records.by_id(tx.connection, tx.school_id, record_id)
    if found is None:
        raise NotFound("There is no such record.")
    if is_new:
        keep(record_id)
        tx.audit(f"{way.feature}.asked", found.name)
        tx.notify(way.stands, found.number, [asker])
        _tell_deciders(tx, {way.name: way}, found, occasion=1)
    return found


def step(
    tx: Transaction,
    ways: Ways,
    found: Record,
    event: Event,
    *,
    by: Person | None,
    words: str = "",
    signature: str = "",
) -> Record:
    """Take one step, write down who did it, and tell everybody concerned. `by`: None for the clock.

    Raises Refused where it is not this person's to do, Conflict where it cannot happen any more or somebody was faster.
    """
    way, known = ways[found.procedure], facts(tx, ways, found)
    to = way.next_state(known.state, event)
    if by is not None and event not in rules.may(known, by, tx.everybody(), tx.absent()):
        raise Refused("This is not yours to decide.")
    if not records.move(tx.connection, found, to=to, at=tx.now):
        raise Conflict(QUICKER)
    made = Step(event, found.state, by.person_id if by else None, tx.now, words, signature)
    records.add_step(tx.connection, tx.school_id, found, made)
    tx.audit(f"{way.feature}.{event.name.lower()}", found.name)
    tx.told_otherwise(found.number, way.waits, way.stands)
    tx.reminders_changed(f"{way.feature}-{found.number}-")
    now = records.by_id(tx.connection, tx.school_id, found.record_id)
    if now is None:
        raise NotFound("There is no such record.")
    _tell_deciders(tx, ways, now, occasion=now.version)
    if by is None or by.person_id != found.asker_id:  # a message that changes where it lies makes no sound
        asker = [person for person in tx.everybody() if person.person_id == found.asker_id]
        tx.notify(way.stands, found.number, asker, occasion=now.version)
    return now


def _tell_deciders(tx: Transaction, ways: Ways, found: Record, *, occasion: object) -> None:
    """Tell those whose turn it is to decide; where a record can only end by itself now, nobody is asked."""
    way, known = ways[found.procedure], facts(tx, ways, found)
    deciders = _asked(tx, known)
    if deciders:
        tx.notify(way.waits, found.number, deciders, occasion=occasion)
    elif known.state in way.awaiting:
        raise Conflict(NOBODY)


def asked(tx: Look, ways: Ways, found: Record) -> list[Person]:
    """Return who is waited for now."""
    return _asked(tx, facts(tx, ways, found))


def awaited(tx: Look, ways: Ways, found: Record) -> list[tuple[Person, ...]]:
    """Return who is waited for now: of each group one has to act, and of every group somebody."""
    return _awaited_groups(tx, facts(tx, ways, found))


def _asked(tx: Look, known: Facts) -> list[Person]:
    return list(dict.fromkeys(person for group in _awaited_groups(tx, known) for person in group))


def _awaited_groups(tx: Look, known: Facts) -> list[tuple[Person, ...]]:
    awaits = known.procedure.awaits(known.state)
    return list(dict.fromkeys(rules.deciders(known, event, tx.everybody(), tx.absent()) for event in awaits))


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────────


Value = Callable[[Record], str]  # what the button that opens a record carries


def waiting(tx: Look, ways: Ways, person: Person, action: str, value: Value) -> Iterator[Waiting]:
    """Return what waits for a person's decision, the longest waiting first. `action`: the button that opens one."""
    way = next(iter(ways.values()))
    if not person.roles & _deciding_roles(ways):
        return
    for found in records.in_states(tx.connection, tx.school_id, way.kind, _awaited(ways)):
        if person in asked(tx, ways, found):
            yield Waiting(way.feature, found.name, action, value(found), found.waits_since)


def next_in_line(tx: Look, ways: Ways, notice: Notice, number: int) -> Line | None:
    """Return whose turn a record is as it stands now. What tells the asker concerns nobody else."""
    way = next(iter(ways.values()))
    found = records.get(tx.connection, tx.school_id, way.kind, number)
    if notice is not way.waits or found is None:
        return None
    known = facts(tx, ways, found)
    lines = {line for some in known.procedure.awaits(known.state).values() for line in some}
    if not lines:
        return None
    groups = [group for line in sorted(lines) for group in rules.groups(line, tx.everybody(), known.barred)]
    return Line(tuple(dict.fromkeys(groups)), Asker(way.stands, number, found.asker_id))


def due_items(tx: Look, ways: Ways, reader: Person | None, action: str, value: Value) -> Iterator[Item]:
    """Return what has been silent for two school days, or is for the next one, for whoever decides."""
    way = next(iter(ways.values()))
    if reader and not reader.roles & _deciding_roles(ways):
        return
    for found in records.in_states(tx.connection, tx.school_id, way.kind, _awaited(ways)):
        began = school_day(found.waits_since, tx.school.timezone)
        due = tx.school.calendar.school_days_after(began, deciding.REMIND_AFTER.days)
        if found.for_on is not None:
            due = min(due, found.for_on - timedelta(days=1))
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        words = {"name": found.name, "since": spoken_day(began), "what": "waits"}
        deciders = asked(tx, ways, found)
        is_covered = any(person.person_id not in tx.absent() for person in deciders)
        for person in deciders:
            # A decision is not for handing over.
            yield Item(
                feature=way.feature,
                key=f"{way.feature}-{found.number}-{found.version}",
                person_id=person.person_id,
                due=due,
                stage=stage,
                words=words,
                action=action,
                value=value(found),
                takers=frozenset(),
                anchor=began,
                is_covered=is_covered,
            )


def bring_in_next(tx: Transaction, ways: Ways) -> None:
    """Tell those who may decide by now because the first in line have been silent: each of them once."""
    way = next(iter(ways.values()))
    for found in records.in_states(tx.connection, tx.school_id, way.kind, _awaited(ways)):
        known = facts(tx, ways, found)
        if known.is_silent:
            tx.notify(way.waits, found.number, _asked(tx, known), occasion=found.version)


def _awaited(ways: Ways) -> Collection[str]:
    return {state for way in ways.values() for state in way.awaiting}


def _deciding_roles(ways: Ways) -> frozenset[Role]:
    return frozenset(role for way in ways.values() for role in way.deciding_roles)
