"""Roles are given and taken by whoever may; both sides are told; setup shows them first."""

import pytest

from bot.errors import Refused
from bot.rules.school import Role
from bot.rules.staff.role_changes import Event
from bot.services import role_changes
from bot.services.school.setting_up import Roles
from storage.people import people
from tests.content.test_content import inbox
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, Someone
from tests.school import School, acting, at_once
from tests.staff.test_accounts import changed
from tests.staff.test_namesakes import answer, second
from tests.staff.test_persons import actions, made_anew, read, set_up

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

GIVEN, TAKEN = Event.GIVEN, Event.TAKEN


def change(school: School, by: Someone, whom: Someone, role: Role, event: Event) -> None:
    school.home(whom)
    with school.database.read() as connection:
        person = people.by_email(connection, 1, whom.email)
    assert person is not None
    role_changes.change(acting(school, by), person.person_id, role, event)
    school.deliver()


def holders(school: School, role: Role) -> set[str]:
    with school.database.read() as connection:
        return {email for email, held in people.roles(connection, 1) if held == role}


@pytest.mark.databases("sqlite", "postgresql")
def test_the_head_gives_a_role_and_both_sides_are_told(school: School) -> None:
    change(school, HANA, ANN, Role.ADMIN_TEAM, GIVEN)
    assert "admin team" in school.home(ANN).text
    assert "You are admin team now*, since Mon 23 Nov 2026. Hana Rees gave you this role" in inbox(school, ANN)
    assert "Ann Teacher is admin team now" in inbox(school, HANA)
    assert inbox(school, OLU) == ""
    told = school.people.message(ANN.user_id, "You are admin team now")
    assert "admin team" not in told.fallback  # what a locked screen shows
    change(school, HANA, ANN, Role.ADMIN_TEAM, TAKEN)
    assert "You are no longer admin team" in inbox(school, ANN)
    assert [action for action in actions(school) if action.startswith("roles.")][-2:] == ["roles.given", "roles.taken"]


def test_what_stands_already_is_told_to_nobody(school: School) -> None:
    change(school, HANA, OLU, Role.ADMIN_TEAM, GIVEN)
    assert inbox(school, OLU) == ""


@pytest.mark.parametrize(
    ("by", "whom", "role", "event", "said"),
    [
        (HANA, HANA, Role.DATA_PROTECTION_OFFICER, GIVEN, "their own roles"),
        (DEV, DEV, Role.HEADTEACHER, GIVEN, "their own roles"),
        (DEV, HANA, Role.ADMIN_TEAM, GIVEN, "above you"),
        (HANA, COL, Role.ADMIN_TEAM, GIVEN, "above you"),
        (ANN, BEN, Role.SENIOR_LEADER, GIVEN, "not yours"),
        (COL, HANA, Role.HEADTEACHER, TAKEN, "last headteacher stays"),
    ],
)
def test_what_nobody_may(school: School, by: Someone, whom: Someone, role: Role, event: Event, said: str) -> None:
    with pytest.raises(Refused, match=said):
        change(school, by, whom, role, event)
    assert inbox(school, whom) == ""


def test_who_is_in_doubt_is_given_nothing(school: School) -> None:
    anew = made_anew(school, OLU, "Pat Newcomer")
    with pytest.raises(Refused, match="no account here"):
        change(school, HANA, anew, Role.SENIOR_LEADER, GIVEN)


@pytest.mark.databases("sqlite", "postgresql")
def test_of_two_heads_who_are_taken_away_at_once_one_stays(school: School) -> None:
    change(school, COL, DEV, Role.HEADTEACHER, GIVEN)
    wrong = at_once(
        lambda: change(school, COL, DEV, Role.HEADTEACHER, TAKEN),
        lambda: change(school, COL, HANA, Role.HEADTEACHER, TAKEN),
    )
    assert len(holders(school, Role.HEADTEACHER)) == 1
    assert [type(error) for error in wrong] == [Refused]


# ── setup ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_ben() -> set[tuple[str, str]]:
    return {each for each in read().holders() if each[1] != "admin_team"} | {(BEN.email, "admin_team")}


@pytest.mark.databases("sqlite", "postgresql")
def test_setup_shows_a_change_of_roles_and_makes_it_only_when_told_to(school: School) -> None:
    school.home(BEN)
    shown = set_up(school, with_ben(), roles=Roles.SHOWN)
    assert shown.roles_waiting == (f"{BEN.email} is now admin team.", f"{OLU.email} is no longer admin team.")
    assert not [line for line in shown.changes if "admin team" in line]
    assert holders(school, Role.ADMIN_TEAM) == {OLU.email}
    done = set_up(school, with_ben(), roles=Roles.APPLIED)
    assert done.roles_waiting == ()
    assert holders(school, Role.ADMIN_TEAM) == {BEN.email}
    school.deliver()
    assert "You are admin team now*, since Mon 23 Nov 2026. Whoever looks after Lanyard" in inbox(school, BEN)
    assert "You are no longer admin team" in inbox(school, OLU)
    assert "Ben Carter is admin team now" in inbox(school, HANA)


def test_setup_leaves_the_school_a_head(school: School) -> None:
    without = {each for each in read().holders() if each[1] != "headteacher"}
    done = set_up(school, {*without, ("nobody.yet@huntington.example", "headteacher")})
    assert "stays headteacher" in done.remarks[0]
    assert HANA.email in holders(school, Role.HEADTEACHER)
    assert "headteacher" in school.home(HANA).text
    new = Someone("U0NEW", "New Head", "new.head@huntington.example")
    school.slack.add_user(*new)  # has an account, and has never opened Lanyard
    done = set_up(school, {*without, (new.email, "headteacher")})
    assert done.remarks == ()
    assert holders(school, Role.HEADTEACHER) == {new.email}
    assert "headteacher" in school.home(new).text
    school.deliver()
    assert "You are no longer headteacher" in inbox(school, HANA)


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_role_given_twice_at_once_is_told_once(school: School) -> None:
    school.home(BEN)
    wrong = at_once(*[lambda: change(school, HANA, BEN, Role.SENIOR_LEADER, GIVEN)] * 2)
    assert wrong == []
    school.deliver()
    assert inbox(school, BEN).count("You are senior leader now") == 1
    change(school, HANA, BEN, Role.SENIOR_LEADER, TAKEN)
    change(school, HANA, BEN, Role.SENIOR_LEADER, TAKEN)  # taken twice is taken once
    school.deliver()
    assert inbox(school, BEN).count("You are no longer senior leader") == 1
    assert BEN.email not in holders(school, Role.SENIOR_LEADER)


def test_whoever_has_lost_the_office_or_become_a_guest_gives_nothing(school: School) -> None:
    school.home(BEN)
    dev = acting(school, DEV)
    ben = acting(school, BEN).person.person_id
    change(school, HANA, DEV, Role.DEPUTY_HEADTEACHER, TAKEN)  # while Dev has the form open
    with pytest.raises(Refused, match="not yours"):
        role_changes.change(dev, ben, Role.ADMIN_TEAM, GIVEN)
    hana = acting(school, HANA)
    changed(school, HANA.user_id, is_restricted=True)
    with pytest.raises(Refused):
        role_changes.change(hana, ben, Role.ADMIN_TEAM, GIVEN)
    assert BEN.email not in holders(school, Role.ADMIN_TEAM)


def test_with_two_accounts_nobody_raises_themselves(school: School) -> None:
    """Dev's second account is a plain one: he gives it nothing while the office is asked, nor as himself afterwards."""
    other = Someone("U0DEV9", "Mr Dev Mistry", "d.mistry@huntington.example")
    second(school, DEV, other)
    plain = acting(school, other).person.person_id
    with pytest.raises(Refused, match="one person"):
        role_changes.change(acting(school, DEV), plain, Role.ADMIN_TEAM, GIVEN)
    answer(school, OLU, other.name, "The same person")
    with pytest.raises(Refused, match="their own roles"):
        change(school, other, DEV, Role.ADMIN_TEAM, GIVEN)
    assert other.email not in holders(school, Role.ADMIN_TEAM)
