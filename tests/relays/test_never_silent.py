"""Whoever has to be told and has no account is told by somebody, and never by whoever must not know (KCSIE).

The tests grow: every procedure, every state in which somebody is waited for, every role of its lines.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.context import Look
from bot.notices import BY_OFFICE, Notice
from bot.rules.people import Person, Relatives, Standing
from bot.rules.posting import posts
from bot.rules.procedures import DENIED, Part, Procedure
from bot.rules.relays import Telling
from bot.rules.school import Role, School
from bot.services import features, record_turns, records
from bot.services.features import FEATURES
from storage.people.staffing import Staffing
from storage.records import Record
from tests import declared

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 11, 1, 9, tzinfo=UTC)
SCHOOL = School(1, "T0", "S", "UTC", (), {}, 1)
PROCEDURES = {way.name: way for way in declared.procedures().values()}
WAITING = sorted((name, state) for name, way in PROCEDURES.items() for state in way.awaiting)
ASKER = 1
# Who acts in a thing of their own, or works with Lanyard every day: none of these goes to whoever holds an office.
TO_PEOPLE = {
    Notice.ACCESS_STANDS,
    Notice.CONTENT_STANDS,
    Notice.BREACH_STANDS,
    Notice.BREACH_CLOCK,  # whoever is outside Slack was told that it waits, and the next in line is told of the hours
    Notice.PERMISSION_STANDS,
    Notice.DELIVERY_READY,
    Notice.REMINDERS_DIGEST,
    Notice.WELCOME,
    Notice.ABSENCE_WRITTEN,
    Notice.ACKNOWLEDGEMENT_ASKED,
    Notice.ROLE_CHANGED,  # the headteacher who gave it tells them, and setup names them
    Notice.RELAY_NOW,
    Notice.RELAY_WAITS,
    Notice.POSTING_CHECKED,
    Notice.POSTING_STALE,
    Notice.POSTING_STANDS,
    Notice.TAKE_DOWN_OPEN,  # whoever looks after a place works with Lanyard; else the office does
}


def person(number: int, how: str, *roles: Role) -> Person:
    """One of the school: "here", "guest", "named" in school.toml alone, "listed" without an account, or "left"."""
    standing = {"guest": Standing.OUTSIDER, "named": Standing.OUTSIDER, "left": Standing.LEFT}.get(how, Standing.STAFF)
    account = None if how in {"named", "listed"} else f"U{number}"
    held = frozenset({Role.STAFF, *roles})
    return Person(number, f"P{number}", f"p{number}@x.example", account, standing, held, (), NOW)


class Untouched:
    """A connection over which nothing is asked or changed."""

    info: ClassVar[dict[str, Any]] = {}


def look(people: list[Person], relatives: dict[int, Relatives]) -> Look:
    """A look at a school of these people: what a database would say of them is known already."""
    kept = {"staff 0": Staffing(people, (), relatives), "unreached": frozenset()}
    nothing = cast("Any", None)
    return Look(cast("Any", Untouched()), SCHOOL, NOW, NOW.date(), None, nothing, nothing, kept)


def record(way: Procedure, state: str, parts: frozenset[tuple[Part, int]], *, is_silent: bool = False) -> Record:
    since = LONG_AGO if is_silent else NOW
    return Record(7, way.kind, 7, way.name, state, 1, ASKER, since, since, None, "t", None, parts, frozenset())


def tell(
    way: Procedure, found: Record, people: list[Person], relatives: dict[int, Relatives] | None = None
) -> tuple[Telling, Any]:
    tx = look(people, relatives or {})
    return record_turns.telling(tx, PROCEDURES, found), records.facts(tx, PROCEDURES, found)


def lines(way: Procedure, state: str) -> set[tuple[Role, ...]]:
    waited = way.awaits(next(each for each in type(way.first) if each == state))
    return {line for some in waited.values() for line in some}


# But for those who may never know of it, whoever holds them.
EVERY_ROLE = sorted(
    (name, state, role)
    for name, state in WAITING
    for role in {role for line in lines(PROCEDURES[name], state) for role in line} - PROCEDURES[name].denied
)


@pytest.mark.parametrize("how", ["guest", "named", "listed"])
@pytest.mark.parametrize(("name", "state", "role"), EVERY_ROLE)
def test_every_role_in_every_line_without_an_account_is_told_by_somebody(
    name: str, state: str, role: Role, how: str
) -> None:
    way = PROCEDURES[name]
    staff = [person(ASKER, "here"), person(2, "here", Role.ADMIN_TEAM), person(3, "here", Role.DEPUTY_HEADTEACHER)]
    staff += [person(4, "here", Role.HEADTEACHER)]
    others = [each for each in staff if role not in each.roles]
    holder = person(9, how, role)
    # Whoever comes before in the line is not there: it is this role's turn, whatever the line.
    before = {each for line in lines(way, state) if role in line for each in line[: line.index(role)]}
    people = [each for each in others if not each.roles & before] + [holder]
    telling, _ = tell(way, record(way, state, frozenset()), people)
    assert [each.person for each in telling.outside] == [holder]
    assert telling.tellers, "nobody tells them, and whoever asked does not know whom to phone"
    assert holder not in telling.tellers
    if way.confidential and Role.HEADTEACHER in way.denied:
        assert [each.person_id for each in telling.tellers] == [ASKER]
        assert telling.is_askers


def test_nobody_is_told_twice_where_one_of_the_office_is_here() -> None:
    for name, state, role in EVERY_ROLE:
        way = PROCEDURES[name]
        people = [person(ASKER, "here"), person(8, "here", role), person(9, "named", role)]
        telling, _ = tell(way, record(way, state, frozenset()), people)
        assert telling.outside == ()


PEOPLE = st.lists(
    st.tuples(
        st.sets(st.sampled_from(sorted(set(Role) - {Role.STAFF})), max_size=2),
        st.sampled_from(["here", "here", "guest", "named", "listed", "left"]),
    ),
    min_size=4,
    max_size=8,
)
PARTS = st.frozensets(st.tuples(st.sampled_from(list(Part)), st.integers(1, 8)), max_size=3)
FAMILIES = st.dictionaries(
    st.integers(1, 8),
    st.builds(Relatives, st.frozensets(st.integers(1, 8), max_size=2), st.just(frozenset[int]())),
    max_size=3,
)


@given(st.sampled_from(WAITING), PEOPLE, PARTS, FAMILIES, st.booleans())
def test_nobody_spoken_of_or_related_ever_tells_or_is_told(
    waiting: tuple[str, str],
    staff: list[tuple[set[Role], str]],
    parts: frozenset[tuple[Part, int]],
    relatives: dict[int, Relatives],
    is_silent: bool,
) -> None:
    name, state = waiting
    way = PROCEDURES[name]
    people = [person(number, how, *roles) for number, (roles, how) in enumerate(staff, 1)]
    telling, facts = tell(way, record(way, state, parts, is_silent=is_silent), people, relatives)
    spoken_of = {who for part, who in parts if part in DENIED}
    assert spoken_of == facts.denied
    for each in telling.outside:
        assert each.person.person_id not in facts.barred
        assert not each.person.roles & way.denied
        assert not each.person.is_here
        assert each.role in each.person.roles
        assert each.person.standing is not Standing.LEFT
    for teller in telling.tellers:
        assert teller.is_here
        assert teller.person_id not in spoken_of
        if teller.person_id != ASKER:  # of their own word nobody is kept
            assert teller.person_id not in facts.related
            assert not teller.roles & way.denied
    if telling.outside and way.confidential and not telling.is_askers:
        heads = {each.person_id for each in people if each.is_here and Role.HEADTEACHER in each.roles}
        told_round_a_head = heads & (facts.denied | facts.related)
        deciding = {each.person_id for each in telling.asked}
        assert not told_round_a_head or {each.person_id for each in telling.tellers} <= deciding
    asker = next(each for each in people if each.person_id == ASKER)
    if telling.outside and way.confidential and asker.is_here and ASKER not in spoken_of:
        assert telling.tellers


def test_every_message_goes_to_an_office_whose_holders_are_told_anyhow_or_to_people() -> None:
    assert set(Notice) == BY_OFFICE | TO_PEOPLE
    assert not BY_OFFICE & TO_PEOPLE
    nothing = features.Feature("nothing").tellings
    tells = {feature.name for feature in FEATURES if feature.tellings is not nothing}
    # The spine gives it to every kind of record; nobody decides on a post.
    assert tells - {posts.FEATURE} == {notice.feature for notice in BY_OFFICE}
