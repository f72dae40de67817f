"""The one gate and its twin in SQL agree, whoever holds which role, is here, away or barred. Policy §7.5; KCSIE."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from bot.rules import permissions
from bot.rules import procedures as rules
from bot.rules.people import Person, Relatives, Standing
from bot.rules.procedures import DENIED, UNASKED, Facts, Part, Sight
from bot.rules.school import Role
from bot.rules.staff.absences import Absent
from storage import records
from storage.consent.roll import pupil as pupil_table
from storage.engine import Database
from storage.people.people import person as person_table
from storage.school import school as school_table
from storage.spine import record_sight
from storage.spine.record_sight import Silence
from tests import declared

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO, JUST_NOW = datetime(2026, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)
SILENT_BEFORE, URGENT_UNTIL = datetime(2026, 11, 17, tzinfo=UTC), date(2026, 11, 24)
NEXT_AT = {"urgent": NOW, "soon": NOW + timedelta(minutes=1), "further": NOW}  # when the next in line is asked
HURRIED = {"further": 2, "asked": 1}  # how often the next was asked before
ROLES = sorted({*permissions.DECIDERS, Role.DATA_PROTECTION_OFFICER, Role.ADMIN_TEAM})
IDS = range(1, 6)
PUPILS = range(1, 4)
PROCEDURES = {way.name: way for way in declared.procedures().values()}
# Each procedure in each of its states.
STANDINGS = sorted((name, state) for name, way in PROCEDURES.items() for state in type(way.first))

people = st.lists(
    st.tuples(st.sets(st.sampled_from(ROLES), max_size=2), st.sampled_from(["here", "here", "here", "left", "none"])),
    min_size=len(IDS),
    max_size=len(IDS),
)
kept = st.tuples(
    st.sampled_from(STANDINGS),
    st.sampled_from([UNASKED, *IDS]),  # who asked
    st.booleans(),  # silent by waiting
    st.sampled_from(["", "day", "urgent", "soon", "further", "asked"]),  # its day is near, or nobody has it
    st.lists(st.tuples(st.sampled_from(list(Part)), st.sampled_from(IDS), st.booleans()), max_size=3),
    st.sets(st.sampled_from(PUPILS), max_size=2),  # of whom it speaks
    st.sampled_from([LONG_AGO, JUST_NOW]),  # when it came in
)
# Who is away, on whose word (nobody's: no message reaches them), and since when; None: for everything.
absent_people = st.lists(
    st.builds(
        Absent,
        st.sampled_from(IDS),
        st.one_of(st.none(), st.sampled_from(IDS)),
        st.sampled_from([None, LONG_AGO - timedelta(days=1), LONG_AGO + timedelta(days=1), NOW]),
    ),
    max_size=4,
)
families = st.dictionaries(
    st.sampled_from(IDS),
    st.builds(
        Relatives,
        st.frozensets(st.sampled_from(IDS), max_size=2),
        st.frozensets(st.sampled_from(PUPILS), max_size=2),
    ),
    max_size=3,
)


def made(number: int, roles: set[Role], how: str) -> Person:
    standing = Standing.LEFT if how == "left" else Standing.STAFF
    account = None if how == "none" else f"U{number}"
    return Person(
        number, f"P{number}", f"p{number}@x.example", account, standing, frozenset({Role.STAFF, *roles}), (), NOW
    )


def several(near: str, *, waited: bool) -> int:
    """How many groups of a line may act."""
    hurried = HURRIED.get(near, 0) + int(NEXT_AT.get(near, NOW + timedelta(days=1)) <= NOW)
    return 1 + (hurried or int(waited or near == "day"))


@pytest.fixture
def empty(database: Database) -> Database:
    """A database with one school and five people, of whom the test says who they are."""
    with database.begin() as connection:
        values = {"workspace": "T0", "name": "S", "timezone": "UTC", "settings": {}, "created_at": NOW}
        if connection.execute(select(school_table.c.id)).first() is None:
            connection.execute(insert(school_table).values(id=1, settings_version=1, roll_version=1, **values))
        known = set(connection.execute(select(person_table.c.id)).scalars())
        for number in IDS:
            if number not in known:
                row = {"email": f"p{number}@x.example", "name": f"P{number}", "job": "", "standing": "staff"}
                connection.execute(insert(person_table).values(id=number, school_id=1, **row))
        if connection.execute(select(pupil_table.c.id)).first() is None:
            names = dict.fromkeys(("legal_forename", "legal_surname", "forename", "surname"), "X")
            for number in PUPILS:
                connection.execute(insert(pupil_table).values(id=number, school_id=1, **names))
    return database


cases = given(people=people, absences=absent_people, records_kept=st.lists(kept, max_size=4), relatives=families)


def tried(examples: int) -> settings:
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.databases("sqlite")
@tried(200)
@cases
def test_the_gate_and_its_twin_agree(empty: Database, **case: Any) -> None:
    _agree(empty, **case)


@pytest.mark.databases("postgresql")  # the same statements: fewer of the same cases
@tried(40)
@cases
def test_the_gate_and_its_twin_agree_on_postgresql(empty: Database, **case: Any) -> None:
    _agree(empty, **case)


@pytest.mark.soak
@tried(1_000)
@cases
def test_the_gate_and_its_twin_agree_in_very_many_cases(empty: Database, **case: Any) -> None:
    _agree(empty, **case)


def _agree(
    empty: Database,
    people: list[Any],
    absences: list[Absent],
    records_kept: list[Any],
    relatives: dict[int, Relatives],
) -> None:
    everybody = [made(number, roles, how) for number, (roles, how) in zip(IDS, people, strict=True)]
    with empty.begin() as connection:
        for table in (records.part, records.step, records.record):
            connection.execute(delete(table))
        facts = {}
        for place, ((way, state), asker, waited, near, parts, pupils, came) in enumerate(records_kept, 1):
            row = {
                "kind": "PR",
                "number": place,
                "procedure": way,
                "state": state,
                "version": 1,
                "asker_id": asker or None,
            }
            row |= {"asked_at": came, "waits_since": LONG_AGO if waited else JUST_NOW, "origin": str(place)}
            row |= {
                "for_on": URGENT_UNTIL if near == "day" else None,
                "next_at": NEXT_AT.get(near),
                "hurried": HURRIED.get(near, 0),
                "token": "t",
                "id": place,
                "school_id": 1,
            }
            connection.execute(insert(records.record).values(**row))
            for what, who, holds in sorted(parts, key=lambda each: each[2]):  # an end ends all alike
                records.add_part(connection, 1, place, what, who, LONG_AGO)
                if not holds:
                    records.end_part(connection, place, what, who, NOW)
            for pupil_id in pupils:
                records.add_pupil(connection, 1, place, pupil_id, LONG_AGO)
            now = frozenset((what, who) for what, who, holds in parts if holds)
            asks = several(near, waited=waited)
            facts[place] = Facts(PROCEDURES[way], state, asker, now, asks, frozenset(pupils), relatives, came)
        for person in everybody:
            for least in (Sight.OWN, Sight.FULL):
                which = record_sight.visible_to(
                    person,
                    PROCEDURES.values(),
                    everybody,
                    absences,
                    relatives=relatives,
                    silence=Silence(dict.fromkeys(PROCEDURES, SILENT_BEFORE), URGENT_UNTIL, NOW),
                    least=least,
                )
                found = {each.number for each in records.where(connection, 1, which)}
                seen = {
                    place for place, fact in facts.items() if rules.sight(fact, person, everybody, absences) >= least
                }
                assert found == seen, (person.person_id, least)


OFFICES = (
    Role.E_SAFETY_COORDINATOR,
    Role.HEADTEACHER,
    Role.DEPUTY_HEADTEACHER,
    Role.CHAIR_OF_GOVERNORS,
    Role.ADMIN_TEAM,
)
WAITING = [(name, state) for name, state in STANDINGS if state in PROCEDURES[name].awaiting]


def test_the_gate_and_its_twin_agree_whoever_writes_whom_down(empty: Database) -> None:
    """Everybody here, one in each office: whoever is away on whose word, and whoever asks or is spoken of."""
    everybody = [made(number, {office}, "here") for number, office in zip(IDS, OFFICES, strict=True)]
    facts: dict[int, Facts] = {}
    with empty.begin() as connection:
        for table in (records.part, records.step, records.record):
            connection.execute(delete(table))
        rows, parts = [], []
        cases = itertools.product(WAITING, IDS, (None, *IDS), (LONG_AGO, JUST_NOW), (None, NOW))
        for place, ((way, state), asker, subject, came, next_at) in enumerate(cases, 1):
            row = {
                "kind": "PR",
                "number": place,
                "procedure": way,
                "state": state,
                "version": 1,
                "asker_id": asker or None,
            }
            row |= {"asked_at": came, "waits_since": JUST_NOW, "origin": str(place), "next_at": next_at}
            rows.append({**row, "token": "t", "id": place, "school_id": 1})
            held = frozenset({(Part.SUBJECT, subject)} if subject else ())
            parts += [
                {"school_id": 1, "record_id": place, "part": what, "person_id": who, "since": came}
                for what, who in held
            ]
            facts[place] = Facts(PROCEDURES[way], state, asker, held, 1 if next_at is None else 2, asked_at=came)
        connection.execute(insert(records.record), rows)
        connection.execute(insert(records.part), parts)
        silence = Silence(dict.fromkeys(PROCEDURES, SILENT_BEFORE), URGENT_UNTIL, NOW)
        for away, writer in itertools.product(IDS[:3], IDS):
            absences = [Absent(away, writer, JUST_NOW)]
            for person in everybody[:4]:
                which = record_sight.visible_to(
                    person, PROCEDURES.values(), everybody, absences, relatives={}, silence=silence, least=Sight.FULL
                )
                mine = records.record.c.school_id == 1
                found = set(connection.execute(select(records.record.c.number).where(mine, which)).scalars())
                seen = {place: rules.sight(fact, person, everybody, absences) for place, fact in facts.items()}
                full = {place for place, sight in seen.items() if sight is Sight.FULL}
                assert found == full, (person.person_id, away, writer)


@given(people=people, absences=absent_people, one=kept, relatives=families)
def test_a_deny_beats_every_role_and_nobody_decides_for_their_own(
    people: list[Any], absences: list[Absent], one: tuple[Any, ...], relatives: dict[int, Relatives]
) -> None:
    everybody = [made(number, roles, how) for number, (roles, how) in zip(IDS, people, strict=True)]
    (way, state), asker, waited, near, parts, pupils, came = one
    held = frozenset((what, who) for what, who, _ in parts)
    asks = several(near, waited=waited)
    facts = Facts(PROCEDURES[way], state, asker, held, asks, frozenset(pupils), relatives, came)
    subjects = {who for what, who in held if what is Part.SUBJECT}
    for person in everybody:
        may, sees = rules.may(facts, person, everybody, absences), rules.sight(facts, person, everybody, absences)
        family = relatives.get(person.person_id, Relatives(frozenset(), frozenset()))
        if person.person_id in {who for what, who in held if what in DENIED}:
            assert sees is Sight.NONE
            assert not may
        if family.colleagues & subjects or family.pupils & pupils or person.roles & facts.procedure.denied:
            assert sees is Sight.NONE or (sees is Sight.OWN and person.person_id == asker)
            assert not may & facts.procedure.signed
        if person.person_id == asker or asker in family.colleagues:
            assert not may & facts.procedure.signed


@given(people=people, absences=absent_people, one=kept, relatives=families)
def test_nobody_is_asked_who_may_not_know_and_they_keep_nobody_else_from_being_asked(
    people: list[Any], absences: list[Absent], one: tuple[Any, ...], relatives: dict[int, Relatives]
) -> None:
    everybody = [made(number, roles, how) for number, (roles, how) in zip(IDS, people, strict=True)]
    (way, state), asker, waited, near, parts, pupils, came = one
    held = frozenset((what, who) for what, who, _ in parts)
    asks = several(near, waited=waited)
    facts = Facts(PROCEDURES[way], state, asker, held, asks, frozenset(pupils), relatives, came)
    denied = {who for what, who in held if what in DENIED}
    subjects = {who for what, who in held if what is Part.SUBJECT}
    family = {
        who for who, theirs in relatives.items() if theirs.colleagues & {*subjects, asker} or theirs.pupils & pupils
    }
    for event, lines in facts.procedure.lines(state).items():
        asked = rules.deciders(facts, event, everybody, absences)
        left = [each for each in everybody if each.is_here and each.person_id not in {*denied, *family, asker}]
        left = [each for each in left if not each.roles & facts.procedure.denied]
        assert {each.person_id for each in asked} <= {each.person_id for each in left}
        assert bool(asked) is any(role in each.roles for each in left for line in lines for role in line)


@settings(max_examples=300)
@given(people=people, absences=absent_people, one=kept, relatives=families)
def test_an_absence_brings_nothing_to_whoever_wrote_it_down(
    people: list[Any], absences: list[Absent], one: tuple[Any, ...], relatives: dict[int, Relatives]
) -> None:
    """Nobody decides, and nobody sees, because of what they themselves have written of somebody else."""
    everybody = [made(number, roles, how) for number, (roles, how) in zip(IDS, people, strict=True)]
    (way, state), asker, waited, near, parts, pupils, came = one
    held = frozenset((what, who) for what, who, _ in parts)
    asks = several(near, waited=waited)
    facts = Facts(PROCEDURES[way], state, asker, held, asks, frozenset(pupils), relatives, came)
    for writer in everybody:
        without = [each for each in absences if not (each.is_others_word and each.written_by == writer.person_id)]
        assert rules.may(facts, writer, everybody, absences) <= rules.may(facts, writer, everybody, without)
        assert rules.sight(facts, writer, everybody, absences) <= rules.sight(facts, writer, everybody, without)
        of_theirs = {writer.person_id} & facts.barred or writer.roles & facts.procedure.denied
        if of_theirs:  # and nobody else gets what they ask for, or what speaks of them, because of it
            for each in everybody:
                assert rules.may(facts, each, everybody, absences) == rules.may(facts, each, everybody, without)


@settings(max_examples=300)
@given(people=people, absences=absent_people, one=kept, relatives=families)
def test_what_is_confidential_and_came_in_before_waits_as_if_nobody_were_away(
    people: list[Any], absences: list[Absent], one: tuple[Any, ...], relatives: dict[int, Relatives]
) -> None:
    everybody = [made(number, roles, how) for number, (roles, how) in zip(IDS, people, strict=True)]
    (way, state), asker, waited, near, parts, pupils, came = one
    held = frozenset((what, who) for what, who, _ in parts)
    asks = several(near, waited=waited)
    facts = Facts(PROCEDURES[way], state, asker, held, asks, frozenset(pupils), relatives, came)
    later = [each for each in absences if each.since is not None and each.since > came]
    for person in everybody if facts.procedure.confidential else ():
        assert rules.sight(facts, person, everybody, later) == rules.sight(facts, person, everybody, ())
