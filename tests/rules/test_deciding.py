"""Who is asked of a line: the first of it, the next where these are away or silent, and nobody twice. Policy §7.5."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.deciding import NEXT_AFTER, REMIND_AFTER, asked, people_of
from bot.rules.people import Person, Standing
from bot.rules.school import Role

LINE = (Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
IDS = range(1, 6)


def person(person_id: int, roles: set[Role], account: str | None = "U1") -> Person:
    roles_held = frozenset({Role.STAFF, *roles})
    return Person(person_id, f"P{person_id}", "x@x.example", account, Standing.STAFF, roles_held, (), None)


holders = st.tuples(st.sets(st.sampled_from([*LINE, Role.ADMIN_TEAM]), max_size=2), st.sampled_from(["U1", "U1", None]))
staff = st.tuples(*[holders for _ in IDS]).map(
    lambda held: [person(number, *each) for number, each in zip(IDS, held, strict=True)]
)
some = st.sets(st.sampled_from(IDS))


@given(staff, some)
def test_a_line_has_everybody_of_its_roles_once_at_the_first_of_them(people: list[Person], barred: set[int]) -> None:
    groups = list(people_of(LINE, people, barred))
    met = [each.person_id for group in groups for each in group]
    roles = {each.person_id: [role for role in LINE if role in each.roles] for each in people}
    may = [each for each in people if each.account and each.person_id not in barred and roles[each.person_id]]
    assert sorted(met) == [each.person_id for each in may]
    assert all(groups)
    firsts = [{roles[each.person_id][0] for each in group} for group in groups]
    assert firsts == [{role} for role in LINE if any(roles[each.person_id][0] is role for each in may)]


lines = st.lists(st.integers(1, 2), max_size=4).map(
    lambda sizes: [
        tuple(person(10 * place + number, set()) for number in range(size)) for place, size in enumerate(sizes)
    ]
)


@given(lines, st.sets(st.sampled_from([0, 1, 10, 11, 20, 21, 30, 31])), st.integers(1, 3))
def test_whoever_is_asked_is_the_beginning_of_the_line_up_to_so_many_who_are_here(
    line: list[tuple[Person, ...]], away: set[int], several: int
) -> None:
    found = [each.person_id for each in asked(line, away, several)]
    here = [number for number, group in enumerate(line, 1) if any(each.person_id not in away for each in group)]
    # Where fewer are here than are to be asked it is the whole line; where nobody is, as if they all were.
    last = here[several - 1] if len(here) >= several else len(line) if here else several
    assert found == [each.person_id for group in line[:last] for each in group]


def test_who_is_silent_is_reminded_after_two_school_days_and_the_next_may_act_after_four() -> None:
    assert (REMIND_AFTER.days, NEXT_AFTER.days) == (2, 4)


def test_one_group_is_asked_unless_it_is_said_otherwise() -> None:
    line = [(person(1, set()),), (person(2, set()),)]
    assert [each.person_id for each in asked(line, ())] == [1]
    assert [each.person_id for each in asked(line, {2})] == [1]
    assert [each.person_id for each in asked(line, {1, 2})] == [1]
