"""The gate in SQL: which records a person may see, for every list, count, search and export."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, literal, not_, or_, select

from bot.rules.people import Person
from bot.rules.procedures import DENIED, Line, Part, Procedure, Sight, groups, is_among
from storage.records import part, record


def visible_to(
    person: Person,
    procedures: Iterable[Procedure],
    people: Collection[Person],
    absent: Collection[int],
    *,
    silent_before: Mapping[str, datetime],
    urgent_until: date,
    least: Sight = Sight.OWN,
) -> ColumnElement[bool]:
    """Return the condition under which a record may be seen by a person: `procedures.sight` in SQL, and the only one.

    `silent_before`: procedure → before when it must have begun to wait to be silent; `urgent_until`: what is for a day
    up to this one is silent, too. `least`: how much of it, at the least. Lists, counts and searches use nothing else.
    """
    if not person.is_here:
        return false()
    ways = list(procedures)
    open_ways = [way for way in ways if not person.roles & way.denied]
    seen = [
        _by_procedure(person, way, people, absent, silent_before[way.name], urgent_until, least) for way in open_ways
    ]
    handled = and_(_of(open_ways), _is_part([Part.HANDLER], person.person_id))
    own = record.c.asker_id == person.person_id if least <= Sight.OWN else false()
    return and_(_of(ways), ~_is_part(sorted(DENIED), person.person_id), or_(handled, own, *seen))


def _of(ways: Collection[Procedure]) -> ColumnElement[bool]:
    return record.c.procedure.in_([way.name for way in ways])


def _by_procedure(
    person: Person,
    way: Procedure,
    people: Collection[Person],
    absent: Collection[int],
    silent_before: datetime,
    urgent_until: date,
    least: Sight,
) -> ColumnElement[bool]:
    """Return the condition by role, and by whose turn it is."""
    mine = record.c.procedure == way.name
    if any(way.readers.get(role, Sight.NONE) >= least for role in person.roles):
        return mine
    people = [each for each in people if not each.roles & way.denied]
    silent = or_(record.c.waits_since < silent_before, record.c.for_on <= urgent_until)
    turns = [
        and_(record.c.state == state, _in_line(person, line, people, absent, silent))
        for state in way.turns
        for line in {line for lines in way.lines(state).values() for line in lines}
        if person.roles.intersection(line)
    ]
    return and_(mine, or_(false(), *turns))


def _in_line(
    person: Person, line: Line, people: Collection[Person], absent: Collection[int], silent: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition under which somebody is asked: how many groups before theirs have anybody who is here.

    Who is barred hangs on the record, so the groups are counted there.
    """
    before: list[tuple[Person, ...]] = []
    for group in groups(line, people, ()):
        if is_among(person, group):
            break
        before.append(group)
    else:
        return false()
    every = groups(line, people, ())
    several = case((silent, 2), else_=1)
    here = sum((_anybody([each for each in group if each.person_id not in absent]) for group in before), literal(0))
    there = sum((_anybody(group) for group in before), literal(0))
    nobody_here = and_(*(_anybody([p for p in group if p.person_id not in absent]) == 0 for group in every))
    asked = or_(and_(not_(nobody_here), here < several), and_(nobody_here, there < several))
    return and_(record.c.asker_id != person.person_id, asked)


def _anybody(group: Iterable[Person]) -> Any:
    """Return 1 where anybody of a group is not barred from the record, else 0."""
    free = [and_(record.c.asker_id != each.person_id, ~_is_part(sorted(DENIED), each.person_id)) for each in group]
    return case((or_(false(), *free), 1), else_=0)


def _is_part(parts: Collection[Part], person_id: int) -> ColumnElement[bool]:
    holds = (part.c.record_id == record.c.id) & (part.c.person_id == person_id) & part.c.until.is_(None)
    return exists(select(part.c.id).where(holds, part.c.part.in_(list(parts))))
