"""Everything that goes to whoever holds an office reaches a holder outside Slack, of every feature there is."""

from collections.abc import Callable

import pytest

from bot.notices import BY_OFFICE, Notice
from bot.rules.filter.register import Kind
from bot.rules.school import Role
from bot.services.consent import undo
from bot.services.features import tellings
from bot.services.filter import register
from bot.services.school.people import slack_changed
from bot.services.training import rounds
from tests.access.test_access import ask
from tests.breaches import test_breaches as breaches
from tests.consent.test_looks_told import CLASSES, checks
from tests.content.test_content import inbox, report
from tests.people import ANN, BEN, DEV, HANA, OLU, Someone
from tests.permissions.test_permissions import ask as ask_permission
from tests.policy.test_policy import opened
from tests.posting import gate
from tests.relays.outside import FAY, PHONES, hold, whom
from tests.school import School
from tests.staff.test_persons import made_anew

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


Does = Callable[[School], object]


def is_a_guest_now(school: School, who: Someone) -> None:
    """Somebody's account is made a guest's: refused here from now on, and told otherwise."""
    user = school.slack.change_user(who.user_id, is_restricted=True).to_slack(frozenset({"users:read.email"}))
    slack_changed(school.database, school.clock, team_id="T0SCHOOL", user=user)


def reports(school: School) -> None:
    report(school, ANN)


def proposes(school: School) -> None:
    with school.context().begin() as tx:
        rounds.propose(tx, "IN-2")


def shows_again(school: School) -> None:
    with school.context().begin() as tx:
        undo.tell(tx, 1)


def takes_back_an_import(school: School) -> None:
    with school.context().begin() as tx:
        undo.tell(tx, 1, Notice.CONSENT_IMPORT_UNDONE)


def changes_the_filter(school: School) -> None:
    with school.context().begin() as tx:
        register.propose(tx, Kind.BLOCKED, ["games.example"], reason="Games.", record="", by=None)


def looks(school: School) -> None:
    checks(school, BEN, *CLASSES)
    school.tick()


def comes_as_another(school: School) -> None:
    school.home(ANN)
    newcomer = made_anew(school, ANN, "Somebody Else")
    school.home(newcomer)


def breaks(school: School) -> None:
    breaches.fill_in(school)


def stays_up(school: School) -> None:
    gate.log(school, ANN, gate.check(school).view)
    gate.withdraw(school)
    school.clock.forward(days=1, hours=1)
    school.tick()
    school.clock.forward(days=1, hours=1)
    school.tick()


def cannot_come_down(school: School) -> None:
    gate.log(school, ANN, gate.check(school).view)
    gate.withdraw(school)
    gate.tick_off(school, OLU, "TD-1", "Not practicable", {"In words": "It is in the printed yearbook."})


# Message → who holds an office outside Slack, what happens, and who tells them.
EVERY: dict[Notice, tuple[Role, Does, Someone]] = {
    Notice.ACCESS_WAITS: (Role.E_SAFETY_COORDINATOR, ask, OLU),
    Notice.PERMISSION_WAITS: (Role.HEADTEACHER, ask_permission, OLU),
    Notice.CONTENT_WAITS: (Role.E_SAFETY_COORDINATOR, reports, HANA),
    Notice.CONTENT_TOLD: (Role.HEADTEACHER, reports, ANN),
    Notice.BREACH_WAITS: (Role.DATA_PROTECTION_OFFICER, breaks, HANA),
    Notice.CONSENT_SHOWN_AGAIN: (Role.HEADTEACHER, shows_again, DEV),
    Notice.CONSENT_IMPORT_UNDONE: (Role.HEADTEACHER, takes_back_an_import, DEV),
    Notice.REGISTER_CHANGE: (Role.E_SAFETY_COORDINATOR, changes_the_filter, OLU),
    Notice.LOOKS_TOLD: (Role.DATA_PROTECTION_OFFICER, looks, HANA),
    Notice.TRAINING_PROPOSED: (Role.HEADTEACHER, proposes, OLU),
    Notice.POLICY_SIGN: (Role.DATA_PROTECTION_OFFICER, opened, OLU),
    Notice.TAKE_DOWN_LATE: (Role.HEADTEACHER, stays_up, OLU),
    Notice.TAKE_DOWN_CONFIRM: (Role.HEADTEACHER, cannot_come_down, OLU),
    Notice.PERSON_ASKED: (Role.ADMIN_TEAM, comes_as_another, HANA),
}


def test_every_message_to_an_office_is_here() -> None:
    assert set(EVERY) == BY_OFFICE


@pytest.mark.parametrize("notice", EVERY)
def test_every_message_to_an_office_reaches_a_holder_outside_slack(school: School, notice: Notice) -> None:
    role, happens, teller = EVERY[notice]
    if role is Role.HEADTEACHER:  # a head without an account cannot be set up: hers is made a guest's
        hold(school, {Role.E_SAFETY_COORDINATOR: (BEN,)})
        is_a_guest_now(school, HANA)
        holder = HANA
    else:
        hold(school, {role: (FAY,)})
        holder = FAY
    happens(school)
    school.deliver()
    with school.context().look() as tx:
        told = [
            outside.person.name for telling in tellings(tx) if telling.notice is notice for outside in telling.outside
        ]
    assert told == [holder.name]
    asked = whom(school, teller, "today" if teller is ANN else "Press the button")
    assert holder.name in asked.text
    if holder is FAY:
        assert PHONES[FAY] in asked.text
    assert "nobody else at the school is told" not in asked.text
    school.submit(teller, asked, {"How were they": "In person"})
    school.deliver()
    assert "told them in person" in inbox(school, teller)
    school.tick()
    assert "Whom to phone" not in inbox(school, teller)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_head_who_is_made_a_guest_while_it_waits_is_told_by_the_office(school: School) -> None:
    ask(school)
    assert "AR-1" in inbox(school, HANA)
    is_a_guest_now(school, HANA)
    school.deliver()
    assert "AR-1: somebody asks" in whom(school, OLU, "Press the button").text


def test_who_has_left_is_told_nothing_unless_the_school_gives_their_number(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (BEN,)})
    user = school.slack.change_user(BEN.user_id, deleted=True).to_slack(frozenset({"users:read.email"}))
    slack_changed(school.database, school.clock, team_id="T0SCHOOL", user=user)
    ask(school)
    assert "Whom to phone" not in inbox(school, OLU)
