"""The gate in SQL: which records a person may see, for every list, count, search and export."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, literal, not_, or_, select
from sqlalchemy.engine import Connection

from bot.rules.people import Person, Relatives
from bot.rules.procedures import DENIED, Line, Part, Procedure, Sight, groups, is_among
from storage.records import part, record


def visible_to(
    person: Person,
    procedures: Iterable[Procedure],
    people: Collection[Person],
    absent: Collection[int],
    *,
    relatives: Mapping[int, Relatives],
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
    gate = _Gate(person, people, absent, relatives, urgent_until, least)
    ways = list(procedures)
    others = [way for way in ways if not person.roles & way.denied]
    seen = or_(
        and_(_of(others), _is_part([Part.HANDLER], person.person_id)),
        *(gate.by_procedure(way, silent_before[way.name]) for way in others),
    )
    own = record.c.asker_id == person.person_id if least <= Sight.OWN else false()
    denied = _is_part(sorted(DENIED), person.person_id)
    return and_(_of(ways), ~denied, or_(own, and_(~gate.is_related(person), seen)))


@dataclass(frozen=True, slots=True)
class _Gate:
    """Whom it opens for, and what it hangs on beside the record itself."""

    person: Person
    people: Collection[Person]
    absent: Collection[int]
    relatives: Mapping[int, Relatives]
    urgent_until: date
    least: Sight

    def by_procedure(self, way: Procedure, silent_before: datetime) -> ColumnElement[bool]:
        """Return the condition by role, and by whose turn it is."""
        mine = record.c.procedure == way.name
        if any(way.readers.get(role, Sight.NONE) >= self.least for role in self.person.roles):
            return mine
        people = [each for each in self.people if not each.roles & way.denied]
        silent = or_(record.c.waits_since < silent_before, record.c.for_on <= self.urgent_until)
        turns = [
            and_(record.c.state == state, self.in_line(line, people, silent))
            for state in way.turns
            for line in {line for lines in way.lines(state).values() for line in lines}
            if self.person.roles.intersection(line)
        ]
        return and_(mine, or_(false(), *turns))

    def in_line(self, line: Line, people: Collection[Person], silent: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition under which somebody is asked: how many groups before theirs have anybody who is here.

        Who is barred hangs on the record, so the groups are counted there.
        """
        before: list[tuple[Person, ...]] = []
        for group in groups(line, people, ()):
            if is_among(self.person, group):
                break
            before.append(group)
        else:
            return false()
        every = groups(line, people, ())
        several = case((silent, 2), else_=1)
        here = sum((self.anybody(self.of_here(group)) for group in before), literal(0))
        there = sum((self.anybody(group) for group in before), literal(0))
        nobody_here = and_(*(self.anybody(self.of_here(group)) == 0 for group in every))
        asked = or_(and_(not_(nobody_here), here < several), and_(nobody_here, there < several))
        return and_(~self.never_decides(self.person), asked)

    def of_here(self, group: Iterable[Person]) -> list[Person]:
        """Return those of a group who are not absent."""
        return [each for each in group if each.person_id not in self.absent]

    def anybody(self, group: Iterable[Person]) -> Any:
        """Return 1 where anybody of a group is not barred from the record, else 0."""
        return case((or_(false(), *(~self.never_decides(each) for each in group)), 1), else_=0)

    def never_decides(self, person: Person) -> ColumnElement[bool]:
        """Return the condition under which somebody is barred from a record."""
        family = sorted(self.relatives[person.person_id].colleagues) if person.person_id in self.relatives else []
        asks = record.c.asker_id.in_([person.person_id, *family])
        return or_(asks, _is_part(sorted(DENIED), person.person_id), self.is_related(person))

    def is_related(self, person: Person) -> ColumnElement[bool]:
        """Return the condition under which somebody is related to anybody of whom a record speaks."""
        family = self.relatives.get(person.person_id)
        return false() if family is None else speaks_of(family)


def speaks_of(family: Relatives) -> ColumnElement[bool]:
    """Return the condition under which a record speaks of any of these."""
    holds = (part.c.record_id == record.c.id) & (part.c.part == Part.SUBJECT) & part.c.until.is_(None)
    theirs = or_(part.c.person_id.in_(sorted(family.colleagues)), part.c.pupil_id.in_(sorted(family.pupils)))
    return exists(select(part.c.id).where(holds, theirs))


def _of(ways: Collection[Procedure]) -> ColumnElement[bool]:
    return record.c.procedure.in_([way.name for way in ways])


def _is_part(parts: Collection[Part], person_id: int) -> ColumnElement[bool]:
    holds = (part.c.record_id == record.c.id) & (part.c.person_id == person_id) & part.c.until.is_(None)
    return exists(select(part.c.id).where(holds, part.c.part.in_(list(parts))))


def kept_from(connection: Connection, school_id: int, kind: str, person_id: int, family: Relatives | None) -> set[str]:
    """Return the names of the records of a kind that are kept from somebody: by part, or by relation."""
    denied = _is_part(sorted(DENIED), person_id)
    if family is not None:
        denied = or_(denied, speaks_of(family))
    mine = (record.c.school_id == school_id) & (record.c.kind == kind)
    return {f"{kind}-{number}" for number in connection.execute(select(record.c.number).where(mine, denied)).scalars()}
