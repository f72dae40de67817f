"""The gate in SQL: which records a person may see, for every list, count, search and export."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, not_, or_, select, true
from sqlalchemy.engine import Connection

from bot.rules.people import Person, Relatives
from bot.rules.procedures import DENIED, SEEING, UNASKED, Line, Part, Procedure, Sight, groups, is_among
from bot.rules.staff.absences import Absent, stands_in
from storage.records import part, record
from storage.statements.constants import is_one_of


@dataclass(frozen=True, slots=True)
class Silence:
    """When the next in line may act, too. `before`: procedure → before when it must have begun to wait.

    `for_until`: what is for a day up to this one; `now`: what is urgent, and nobody said in time that they have it.
    """

    before: Mapping[str, datetime]
    for_until: date
    now: datetime

    def several(self, way: Procedure) -> ColumnElement[int]:
        """Return how many groups of a line may act, for the records of a procedure."""
        waited, near = record.c.waits_since < self.before[way.name], record.c.for_on <= self.for_until
        hurried = record.c.hurried + case((record.c.next_at <= self.now, 1), else_=0)
        return 1 + case((and_(hurried == 0, or_(waited, near)), 1), else_=hurried)


def visible_to(
    person: Person,
    procedures: Iterable[Procedure],
    people: Collection[Person],
    absences: Collection[Absent],
    *,
    relatives: Mapping[int, Relatives],
    silence: Silence,
    least: Sight = Sight.OWN,
) -> ColumnElement[bool]:
    """Return the condition under which a record may be seen by a person: `procedures.sight` in SQL, and the only one.

    `least`: how much of it, at the least. Lists, counts and searches use nothing else.
    """
    if not person.is_here:
        return false()
    gate = _Gate(person, people, absences, relatives, silence, least)
    ways = list(procedures)
    others = [way for way in ways if not person.roles & way.denied]
    unread = [way for way in others if not gate.reads(way)]
    # Lists of names: there are many procedures, and a statement that asks for each takes the database long to read.
    seen = _of([way for way in others if way not in unread])
    if unread:
        is_part = and_(_of(unread), _is_part(sorted(SEEING), person.person_id))
        seen = or_(seen, is_part, *(gate.by_turn(way) for way in unread))
    own = record.c.asker_id == person.person_id if least <= Sight.OWN else false()
    # Their few records, found once: with EXISTS, each record that is met would be asked.
    denied = record.c.id.in_(select(part.c.record_id).where(_holds(sorted(DENIED), person.person_id)))
    return and_(_of(ways), ~denied, or_(own, and_(~gate.is_related(person.person_id), seen)))


@dataclass(frozen=True, slots=True)
class _Gate:
    """Whom it opens for, and what it depends on besides the record itself."""

    person: Person
    people: Collection[Person]
    absences: Collection[Absent]
    relatives: Mapping[int, Relatives]
    silence: Silence
    least: Sight

    def reads(self, way: Procedure) -> bool:
        """Return whether a role lets them see all records of a procedure, whosever turn it is."""
        return any(way.readers.get(role, Sight.NONE) >= self.least for role in self.person.roles)

    def by_turn(self, way: Procedure) -> ColumnElement[bool]:
        """Return the condition by whose turn it is."""
        several = self.silence.several(way)
        turns = [
            and_(record.c.state == state, self.in_line(way, line, several))
            for state in way.turns
            for line in {line for lines in way.lines(state).values() for line in lines}
            if self.person.roles.intersection(line)
        ]
        return and_(record.c.procedure == way.name, or_(false(), *turns))

    def in_line(self, way: Procedure, line: Line, several: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition under which somebody is asked: how many groups before theirs have anybody who is here.

        Who is barred depends on the record, so the groups are counted there.
        """
        every = groups(line, [each for each in self.people if not each.roles & way.denied], ())
        place = next((place for place, group in enumerate(every) if is_among(self.person, group)), None)
        if place is None:
            return false()
        is_here = [self.anybody(group, lambda each: ~self.is_absent(each, way, line)) for group in every]
        here = sum(is_here[:place], literal(0))
        there = sum((self.anybody(group, lambda _: true()) for group in every[:place]), literal(0))
        nobody_here = and_(*(group == 0 for group in is_here))
        asked = or_(and_(not_(nobody_here), here < several), and_(nobody_here, there < several))
        return and_(~self.never_decides(self.person.person_id), asked)

    def anybody(self, group: Iterable[Person], where: Callable[[Person], ColumnElement[bool]]) -> Any:
        """Return 1 where anybody of a group is not barred from the record and fits, else 0."""
        fits = (and_(~self.never_decides(each.person_id), where(each)) for each in group)
        return case((or_(false(), *fits), 1), else_=0)

    def is_absent(self, person: Person, way: Procedure, line: Line) -> ColumnElement[bool]:
        """Return the condition under which the next in a line may act for somebody, too."""
        theirs = [absence for absence in self.absences if absence.person_id == person.person_id]
        return or_(false(), *(self.counts(absence, person, way, line) for absence in theirs))

    def counts(self, absence: Absent, person: Person, way: Procedure, line: Line) -> ColumnElement[bool]:
        """Return the condition under which an absence brings the next in: `Facts.counting` and `absent` in SQL."""
        during = record.c.asked_at >= absence.since if way.confidential and absence.since is not None else true()
        if not absence.is_others_word:
            return during
        by = absence.written_by or 0
        roles = next((each.roles for each in self.people if each.person_id == by), frozenset())
        if roles & way.denied or stands_in(line, roles, person.roles):
            return false()
        return and_(during, ~self.never_decides(by))

    def never_decides(self, person_id: int) -> ColumnElement[bool]:
        """Return the condition under which somebody is barred from a record."""
        family = sorted(self.relatives[person_id].colleagues) if person_id in self.relatives else []
        asks = func.coalesce(record.c.asker_id, UNASKED).in_([person_id, *family])
        return or_(asks, _is_part(sorted(DENIED), person_id), self.is_related(person_id))

    def is_related(self, person_id: int) -> ColumnElement[bool]:
        """Return the condition under which somebody is related to anybody of whom a record speaks."""
        family = self.relatives.get(person_id)
        return false() if family is None else speaks_of(family)


def speaks_of(family: Relatives) -> ColumnElement[bool]:
    """Return the condition under which a record speaks of any of these."""
    holds = (part.c.record_id == record.c.id) & (part.c.part == Part.SUBJECT) & part.c.until.is_(None)
    theirs = or_(part.c.person_id.in_(sorted(family.colleagues)), part.c.pupil_id.in_(sorted(family.pupils)))
    return exists(select(part.c.id).where(holds, theirs))


def _of(ways: Collection[Procedure]) -> ColumnElement[bool]:
    return is_one_of(record.c.procedure, (way.name for way in ways))


def _is_part(parts: Collection[Part], person_id: int) -> ColumnElement[bool]:
    return exists(select(part.c.id).where(part.c.record_id == record.c.id, _holds(parts, person_id)))


def _holds(parts: Collection[Part], person_id: int) -> ColumnElement[bool]:
    return (part.c.person_id == person_id) & part.c.until.is_(None) & is_one_of(part.c.part, parts)


def kept_from(connection: Connection, school_id: int, kind: str, person_id: int, family: Relatives | None) -> set[str]:
    """Return the names of the records of a kind that are kept from somebody: by part, or by relation."""
    denied = _is_part(sorted(DENIED), person_id)
    if family is not None:
        denied = or_(denied, speaks_of(family))
    mine = (record.c.school_id == school_id) & (record.c.kind == kind)
    return {
        f"{kind}-{number}" for number in connection.execute(select(record.c.number).where(mine, denied)).scalars().all()
    }
