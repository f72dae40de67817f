"""Who may give which role: a table over every role, and four rules that no table lifts."""

from hypothesis import given
from hypothesis import strategies as some

from bot.rules.people import Person, Standing
from bot.rules.school import Role
from bot.rules.staff.role_changes import GIVERS, RANKS, Event, Why, heads, rank, refused
from tests.roles import PAGE, page

roles = some.frozensets(some.sampled_from(Role))
events, role = some.sampled_from(Event), some.sampled_from(Role)


def person(number: int, held: frozenset[Role], *, here: bool = True) -> Person:
    account = f"U{number}" if here else None
    return Person(number, f"P {number}", f"p{number}@x.example", account, Standing.STAFF, held | {Role.STAFF}, (), None)


staff = some.lists(some.tuples(roles, some.booleans()), min_size=2, max_size=5).map(
    lambda held: [person(number, each, here=here) for number, (each, here) in enumerate(held)]
)


def test_the_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.roles"


@given(staff, events, role)
def test_nobody_changes_their_own_or_those_of_somebody_above(people: list[Person], event: Event, of: Role) -> None:
    by, whom = people[0], people[1]
    assert refused(by, event, of, by, people) is Why.OWN
    if rank(whom) > rank(by):
        assert refused(by, event, of, whom, people) is not None


@given(staff, role)
def test_a_headteacher_is_left_whatever_is_taken(people: list[Person], of: Role) -> None:
    by, whom = people[0], people[1]
    if refused(by, Event.TAKEN, of, whom, people) is None and of is Role.HEADTEACHER and whom.holds(of):
        assert heads(people, without=whom)


@given(staff, events, role)
def test_only_whom_the_table_names_may(people: list[Person], event: Event, of: Role) -> None:
    by, whom = people[0], people[1]
    if refused(by, event, of, whom, people) is None:
        assert by.roles & GIVERS[of]
        assert by.is_here
        assert event is Event.TAKEN or whom.is_here


def test_nobody_gives_a_role_by_which_they_would_rise_themselves() -> None:
    """No two can lift each other: a role is given by whoever stands above it."""
    assert all(RANKS[giver] > RANKS[of] for of, givers in GIVERS.items() for giver in givers)


def test_the_table_is_as_the_school_has_it() -> None:
    chair, head, deputy, ann = (
        person(number, held)
        for number, held in enumerate(
            (
                frozenset({Role.CHAIR_OF_GOVERNORS}),
                frozenset({Role.HEADTEACHER}),
                frozenset({Role.DEPUTY_HEADTEACHER}),
                frozenset[Role](),
            )
        )
    )
    everybody = [chair, head, deputy, ann]
    for by, of, whom, why in (
        (head, Role.ADMIN_TEAM, ann, None),
        (deputy, Role.ADMIN_TEAM, ann, None),
        (deputy, Role.ADMIN_TEAM, head, Why.ABOVE),
        (deputy, Role.DEPUTY_HEADTEACHER, ann, Why.NOT_YOURS),
        (head, Role.HEADTEACHER, ann, Why.NOT_YOURS),
        (head, Role.DATA_PROTECTION_OFFICER, ann, Why.NOT_YOURS),
        (chair, Role.HEADTEACHER, ann, None),
        (ann, Role.GOVERNOR, deputy, Why.NOT_YOURS),
        (head, Role.ADMIN_TEAM, person(9, frozenset(), here=False), Why.NOT_HERE),
    ):
        assert refused(by, Event.GIVEN, of, whom, everybody) is why
    assert refused(chair, Event.TAKEN, Role.HEADTEACHER, head, everybody) is Why.LAST_HEAD
