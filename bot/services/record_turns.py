"""Whose turn the records of a kind are: what each feature on the spine gives to whatever gathers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.notices import Notice
from bot.rules import deciding, relays
from bot.rules import procedures as rules
from bot.rules.people import Person
from bot.rules.procedures import Facts, Procedure, Sight
from bot.rules.relays import Reach, Telling
from bot.rules.reminders.stages import Item, Plan, Stage, reached
from bot.rules.school import Role
from bot.rules.turns import Asker, Line, Waiting
from bot.services.records import Ways, asked, facts, hurry, hurry_no_more, sight, value_of
from storage import records
from storage.outbox import outcomes
from storage.people import relatives
from storage.records import Record
from storage.spine import record_sight

REMINDED = Plan(before_days=())  # from the day on which it has been silent for too long


def has_asked(tx: Look, person: Person) -> bool:
    """Return whether somebody has ever asked for anything: most have not, and then nothing of theirs is looked for."""
    found: bool = tx.once(
        f"has {person.person_id} asked",
        lambda: records.has_asked(tx.connection, tx.school_id, person.person_id),
    )
    return found


def waiting_of(tx: Look, ways: Ways, asker: Person) -> list[Record]:
    """Return what somebody has asked for and waits for, the longest waiting first."""
    return _waits(tx, ways, asker.person_id) if has_asked(tx, asker) else []


def waiting(tx: Look, ways: Ways, person: Person, action: str) -> tuple[Waiting, ...]:
    """Return what waits for a person's decision, the longest waiting first; worked out once.

    `action`: the button that opens one.
    """
    way = next(iter(ways.values()))
    if not person.roles & _deciding_roles(ways):
        return ()
    awaited = {state for each in ways.values() for state in each.awaiting}

    def read() -> tuple[Waiting, ...]:
        return tuple(
            Waiting(way.feature, found.name, action, value_of(found), found.waits_since)
            for found in _waits(tx, ways)
            if found.state in awaited and rules.is_among(person, asked(tx, ways, found))
        )

    found: tuple[Waiting, ...] = tx.once(f"{way.kind} waits for {person.person_id}", read)
    return found


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
    groups = [group for line in sorted(lines) for group in known.line(line, tx.everybody())]
    people = tx.everybody()
    counting = known.counting(people, tx.absences())
    absent = frozenset.intersection(*(rules.absent(line, people, counting) for line in lines))
    return Line(tuple(dict.fromkeys(groups)), Asker(way.stands, number, found.asker_id), absent)


def due_items(tx: Look, ways: Ways, reader: Person | None, action: str) -> Iterator[Item]:
    """Return what has been silent for two school days, or is for the next one, for whoever decides or has to answer.

    Where nobody is left who could decide, its asker is reminded of it instead. A decision is not for handing over.
    """
    way = next(iter(ways.values()))
    asker_id = reader.person_id if reader and not reader.roles & _deciding_roles(ways) else None
    if asker_id and reader and not has_asked(tx, reader):
        return
    for found in _waits(tx, ways, asker_id):
        began, due = _reminded_on(tx, found)
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        known = facts(tx, ways, found)
        is_asked = known.procedure.awaits_asker(known.state)
        deciders = [] if is_asked else [person.person_id for person in asked(tx, ways, found)]
        # Where nobody could decide from the start, the asker was told so then.
        was_somebodys = bool(known.procedure.deciding_roles) or found.version > 1
        # Where somebody outside Slack has to be told, `relays` reminds whoever tells them.
        is_relayed = not deciders and tx.outside() and bool(telling(tx, ways, found).outside)
        has_asker = found.asker_id != rules.UNASKED
        askers = [found.asker_id] if has_asker and (is_asked or (was_somebodys and not is_relayed)) else []
        what = "question" if is_asked else "waits" if deciders else "nobodys"
        # They must not wait in silence, and may know of somebody else to speak to.
        if way.confidential and deciders and tx.away().issuperset(deciders):
            yield _waits_for_who_is_away(tx, way, found, stage)
        for person_id in deciders or askers:
            yield Item(
                feature=way.feature,
                key=f"{way.feature}-{found.number}-{found.version}",
                person_id=person_id,
                due=due,
                stage=stage,
                words={"name": found.name, "since": spoken_day(began), "what": what},
                action=action,
                value=value_of(found),
                takers=frozenset(),
                anchor=began,
                is_private=way.confidential,
                heeds_absence=not way.confidential,  # an absence never quiets what is confidential
                is_covered=not way.confidential and any(each not in tx.absent() for each in deciders or askers),
            )


def _waits_for_who_is_away(tx: Look, way: Procedure, found: Record, stage: Stage) -> Item:
    """Return what whoever asked is told where nobody is here who could deal with it: how it stands, and no names."""
    began, due = _reminded_on(tx, found)
    return Item(
        feature=way.feature,
        key=f"{way.feature}-{found.number}-{found.version}-away",
        person_id=found.asker_id,
        due=due,
        stage=stage,
        words={"name": found.name, "what": "away", "contact": tx.school.designated_officer},
        action=f"{way.feature}.open",
        value=value_of(found),
        takers=frozenset(),
        anchor=began,
        is_private=True,
        heeds_absence=False,
    )


def _reminded_on(tx: Look, found: Record) -> tuple[date, date]:
    """Return (since when it waits, when that is silent for too long)."""
    began = school_day(found.waits_since, tx.school.timezone)
    due: date = tx.once(
        f"silent since {began}", lambda: tx.school.calendar.school_days_after(began, deciding.REMIND_AFTER.days)
    )
    return began, due if found.for_on is None else min(due, found.for_on - timedelta(days=1))


def bring_in_next(context: Context, ways: Ways) -> None:
    """Tell those who may decide by now because the first in line have been silent, or are away: each of them once.

    It asks whether the day is reached, not whether it is today: what was missed is caught up with.
    """
    with context.look() as tx:
        if not any(_is_for_the_next(tx, facts(tx, ways, found)) for found in _waits(tx, ways)):
            return
    with context.begin() as tx:
        bring_in(tx, ways)


def bring_in(tx: Transaction, ways: Ways) -> None:
    """Do what `bring_in_next` does, within a transaction."""
    for found in _waits(tx, ways):
        known = facts(tx, ways, found)
        if found.next_at is not None and found.next_at <= tx.now:
            _go_on(tx, ways, found, known)
        if _is_for_the_next(tx, known):
            people, absences = tx.everybody(), tx.absences()
            asked_for = (rules.deciders(known, event, people, absences) for event in known.procedure.awaited)
            told = outcomes.recipients(
                tx.connection, tx.school_id, known.procedure.waits, found.number, found.waits_since
            )
            may_act = dict.fromkeys(person for some in asked_for for person in some)
            later = [person for person in may_act if person.person_id not in told]
            tx.notify(known.procedure.waits, found.number, later, occasion=found.version)


def _go_on(tx: Transaction, ways: Ways, found: Record, known: Facts) -> None:
    """Ask further down the line about an urgent record that nobody has; at its end tell the asker whom to phone."""
    everybody, before = asked(tx, ways, found), replace(known, several=known.several - 1)
    people, absences = tx.everybody(), tx.absences()
    asked_before = {
        person.person_id
        for event in known.procedure.awaits(known.state)
        for person in rules.deciders(before, event, people, absences)
    }
    if any(person.person_id not in asked_before for person in everybody):
        hurry(tx, found, more=1)
        return
    hurry_no_more(tx, found)
    askers = [person for person in people if person.person_id == found.asker_id]
    tx.notify(known.procedure.stands, found.number, askers, occasion=f"{found.version} {found.hurried} nobody")
    tx.told_otherwise(found.number, known.procedure.stands)


def _is_for_the_next(tx: Look, known: Facts) -> bool:
    return known.several > 1 or bool(tx.away() and known.counting(tx.everybody(), tx.absences()))


def absence_changed(tx: Transaction, ways: Ways, person_id: int) -> None:
    """Bring up to date the messages about waiting records that have somebody in line, and tell who stands in now."""
    for found in _waits(tx, ways):
        known = facts(tx, ways, found)
        lines = {line for some in known.procedure.awaits(known.state).values() for line in some}
        if any(
            each.person_id == person_id for line in lines for some in known.line(line, tx.everybody()) for each in some
        ):
            tx.told_otherwise(found.number, known.procedure.waits)
    bring_in(tx, ways)


def filter_changed(tx: Transaction, ways: Ways, record: str) -> None:
    """Bring up to date what those were told who decided on a record: whether the filter is still theirs to change."""
    kind, _, number = record.partition("-")
    notices = dict.fromkeys(each for way in ways.values() if way.kind == kind for each in (way.waits, *way.told))
    if notices and number.isdecimal():
        tx.told_otherwise(int(number), *notices)


def sight_changed(tx: Transaction, ways: Ways, person_id: int) -> None:
    """Take back what somebody may not know any more because of a relative, and tell those who are asked instead.

    What is over may still lie in their messages. Whoever is off the list again may know, and is asked, as before.
    """
    family, person = relatives.ever(tx.connection, tx.school_id, person_id), tx.person(person_id)
    kind = records.record.c.kind == next(iter(ways.values())).kind
    speaks = records.where(tx.connection, tx.school_id, kind & record_sight.speaks_of(family))
    asked_by = (found for found in _waits(tx, ways) if found.asker_id in family.colleagues)
    for found in {found.record_id: found for found in (*speaks, *asked_by)}.values():
        way = ways[found.procedure]
        tx.told_otherwise(found.number, way.waits, way.stands, *way.told, person=person)
        tx.reminders_changed(f"{way.feature}-{found.number}-")
        tx.notify(way.waits, found.number, asked(tx, ways, found), occasion=found.version)


def may_know(ways: Ways, tx: Look, person: Person, name: str) -> bool:
    """Return whether a record may be named to somebody who was reminded of it: if confidential, the gate is asked."""
    way = next(iter(ways.values()))
    number = name.removeprefix(f"{way.kind}-")
    if not way.confidential or not number.isdecimal():
        return True
    found = records.get(tx.connection, tx.school_id, way.kind, int(number))
    return found is not None and sight(tx, ways, found, person) > Sight.NONE


def tellings(tx: Look, ways: Ways) -> Iterator[Telling]:
    """Yield what those in line have to be told of each record that waits, wherever they are."""
    for found in _waits(tx, ways):
        yield telling(tx, ways, found)


def telling(tx: Look, ways: Ways, found: Record, notice: Notice | None = None, line: rules.Line = ()) -> Telling:
    """Return what those in line have to be told of a record, and who tells those of them who are outside Slack.

    `notice`, `line`: for a message other than that it waits for them, and whom that one goes to.
    """
    known, people, absences = facts(tx, ways, found), tx.everybody(), tx.absences()
    way, away = known.procedure, tx.absent()
    lines = [line] if line else sorted({each for some in way.awaits(known.state).values() for each in some})
    may_know = [person for person in people if not person.roles & way.denied]
    barred, counting = known.barred, known.counting(people, absences)
    several = 1 if line else known.several
    outside = dict.fromkeys(
        each
        for roles in lines
        for each in relays.passed_over(
            roles,
            Reach(may_know, tx.school.phones, rules.absent(roles, people, counting)),
            barred,
            several=several,
        )
    )
    asked_now = tuple(asked(tx, ways, found))
    if not outside:
        return Telling(notice or way.waits, found.number, found.name, asked_now)
    if way.confidential:
        heads = (person for person in people if person.holds(*relays.HEADS))
        knowing = {each.person_id for each in heads if rules.sight(known, each, people, absences) > Sight.OWN}
        tellers = relays.tellers_in_confidence(people, barred, away, knowing)
        asker = next((each for each in people if each.person_id == found.asker_id), None)
        may_hear = asker and rules.sight(known, asker, people, absences) > Sight.NONE
        tellers = relays.otherwise(tellers, asker if may_hear else None, asked_now)
    else:
        office = relays.tellers_of_office(may_know, barred, away)
        tellers = relays.otherwise(office, None, asked_now)
    return Telling(
        notice or way.waits,
        found.number,
        found.name,
        asked_now,
        tuple(outside),
        tellers,
        found.asker_id,
        way.confidential,
    )


def _waits(tx: Look, ways: Ways, asker_id: int | None = None) -> list[Record]:
    """Return what waits for a decision or an answer, the longest waiting first; of one asker, perhaps; read once."""
    way = next(iter(ways.values()))
    states = {state for way in ways.values() for state in way.awaiting | way.asking}

    def read() -> list[Record]:
        return records.in_states(tx.connection, tx.school_id, way.kind, states, asker_id=asker_id)

    found: list[Record] = tx.once(f"{way.kind} waits, of {asker_id}", read)
    return found


def _deciding_roles(ways: Ways) -> frozenset[Role]:
    return frozenset(role for way in ways.values() for role in way.deciding_roles)
