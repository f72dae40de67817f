"""Two who are called the same: the office is asked once whether they are one person. Until then neither gains by it."""

import pytest

from bot.errors import NotFound, Refused
from bot.rules.people import Person, Standing
from bot.rules.school import Role
from bot.rules.staff.persons import NAMELESS, namesakes
from bot.rules.staff.role_changes import Event
from bot.services import content, role_changes
from bot.services.records import ANY_BUTTON
from bot.services.school import staff_import
from storage.people import people, relatives
from tests.access.test_access import YES, ask, decide, shown, waiting
from tests.content.test_content import inbox, report
from tests.people import ANN, BEN, DEV, HANA, OLU, Someone
from tests.school import School, acting, at_once
from tests.slack.people import Sight
from tests.staff.test_accounts import NOT_STAFF, changed
from tests.staff.test_persons import actions, come, named, set_up
from tests.training.test_training import REFRESHER, record, window

HANA2 = Someone("U0HANA9", "Mrs Rees, Hana", "h.rees@huntington.example")
DEV2 = Someone("U0DEV9", "Mr Dev Mistry", "d.mistry@huntington.example")
ANN2 = Someone("U0ANN9", ANN.name, "a.teacher@huntington.example")
ASKED = "Two colleagues have the same name"


def second(school: School, of: Someone, other: Someone) -> None:
    """Somebody has two accounts, each with an address of its own."""
    school.home(of)
    come(school, other)
    school.home(other)
    school.deliver()


def open_question(school: School, who: Someone, name: str) -> object:
    return school.press(who, school.home(who), "Open", near=f"Is {name} one person or two?").view


def answer(school: School, who: Someone, name: str, button: str) -> str:
    done = school.press(who, open_question(school, who, name), button).view
    assert done is not None
    school.deliver()
    return done.text


def test_the_office_is_asked_once_and_yes_makes_them_one(school: School) -> None:
    ask(school, ANN)
    second(school, ANN, ANN2)
    record(school, ANN2, REFRESHER)
    letter = school.people.message(OLU.user_id, ASKED)
    assert "Ann" not in letter.text  # messages stay
    view = school.press(OLU, letter, "Who is this?").view
    assert view is not None
    assert "called *Ann Teacher*" in view.text
    assert ANN.email in view.text
    assert ANN2.email in view.text
    done = school.press(OLU, view, "The same person").view
    assert done is not None
    assert "are one person" in done.text
    school.tick()
    assert actions(school).count("persons.asked") == 1
    for account in (ANN, ANN2, ANN):  # either is hers
        home = school.home(account).text
        assert "AR-1" in home
        assert "Your classes: 3B" in home
        assert f"✅ *{REFRESHER}*" in window(school, account).text
    assert len(named(school, ANN.name)) == 1
    assert inbox(school, OLU).count(ASKED) == 0


def test_no_is_remembered(school: School) -> None:
    second(school, ANN, ANN2)
    assert "There are two colleagues called *Ann Teacher*" in answer(school, OLU, ANN.name, "Two people")
    for _ in range(2):
        school.clock.forward(days=1)
        school.tick()
        school.home(ANN2)
    assert actions(school).count("persons.asked") == 1
    assert len(named(school, ANN.name)) == 2
    assert "Your classes" not in school.home(ANN2).text
    with school.database.read() as connection:
        assert relatives.current(connection, 1) == {}


@pytest.mark.parametrize("said", ["The same person", "not yet"])
def test_the_head_does_not_approve_what_she_asked_for_with_her_other_account(school: School, said: str) -> None:
    second(school, HANA, HANA2)
    ask(school, HANA2)
    assert "AR-1" not in inbox(school, HANA)
    if said == "The same person":
        answer(school, OLU, HANA2.name, said)
    for account in (HANA, HANA2):
        assert "Approve" not in school.home(account).text
        assert "AR-1 waits" not in inbox(school, account)
    assert "approve" in shown(decide(school, DEV, "Approve", YES)).lower()


@pytest.mark.parametrize("said", ["The same person", "not yet"])
def test_of_whom_a_report_speaks_is_kept_from_both_accounts(school: School, said: str) -> None:
    second(school, DEV, DEV2)
    set_up(school, {*_holders(), (DEV2.email, "chair_of_governors")})  # so that it could become theirs
    report(school, about="A member of staff")
    school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete")
    form = school.press(HANA, school.top(HANA), "It is about a colleague").view
    school.submit(HANA, form, {"Colleague": DEV.name})
    if said == "The same person":
        answer(school, OLU, DEV2.name, said)
    changed(school, HANA.user_id, deleted=True)
    school.clock.forward(days=12)
    school.tick()
    for account in (DEV, DEV2):
        assert "CR-4526" not in inbox(school, account) + school.home(account).text
        with pytest.raises(NotFound):
            content.DESK.get(acting(school, account), 4526, ANY_BUTTON)


def _holders() -> set[tuple[str, str]]:
    from tests.staff.test_persons import read

    return read().holders()


def test_whoever_is_related_to_the_one_counts_as_related_to_the_other(school: School) -> None:
    view = school.press(DEV, school.more(DEV), "relatives.open").view
    school.submit(DEV, view, {"A colleague": BEN.name})
    second(school, DEV, DEV2)
    with school.database.read() as connection:
        known = relatives.current(connection, 1)
        ids = {each.email: each.person_id for each in people.every(connection, 1)}
    ben, dev, dev2 = (ids[each.email] for each in (BEN, DEV, DEV2))
    assert known[dev2].colleagues == {dev, ben}
    assert known[dev].colleagues == {dev2, ben}


def test_a_message_that_may_not_be_theirs_is_taken_back_and_given_back(school: School) -> None:
    ask(school, ANN)
    before = waiting(school, HANA)
    namesake = Someone("U0ANNB", HANA.name, "h2@huntington.example")
    come(school, namesake)
    ask(school, namesake, **{"Full URL": "https://castles.example/"})  # AR-2, of somebody who is called like the head
    assert "AR-2" not in inbox(school, HANA)
    assert "AR-2" in inbox(school, DEV)
    answer(school, OLU, HANA.name, "Two people")
    school.deliver()
    assert "AR-2" in inbox(school, HANA)
    assert before


def test_nobody_answers_about_themselves(school: School) -> None:
    olu2 = Someone("U0OLU9", OLU.name, "o.adeyemi@huntington.example")
    second(school, OLU, olu2)
    assert ASKED not in inbox(school, OLU) + inbox(school, olu2)
    assert "one person or two" not in school.home(OLU).text
    letter = school.people.message(HANA.user_id, ASKED)  # the next who know people
    refused = school.press(OLU, letter, "Who is this?", sight=Sight.FORGED)
    assert "nobody answers about themselves" in refused.text
    assert "are one person" in answer(school, HANA, OLU.name, "The same person")


def test_two_who_answer_at_once_and_once_more(school: School) -> None:
    second(school, ANN, ANN2)
    windows = {who: open_question(school, who, ANN.name) for who in (OLU, DEV)}
    school.press(OLU, windows[OLU], "Two people")
    late = school.press(DEV, windows[DEV], "The same person")
    assert "Somebody else has answered this already" in late.text
    again = school.press(OLU, windows[OLU], "Two people", sight=Sight.AS_SHOWN)
    assert "Somebody else has answered this already" in again.text
    assert len(named(school, ANN.name)) == 2


def test_two_first_requests_and_a_tick_at_once_ask_once(school: School) -> None:
    school.home(ANN)
    come(school, ANN2)
    wrong = at_once(lambda: school.home(ANN2), school.tick, lambda: school.command(ANN2, "/consent", "Jamie"))
    assert wrong == []
    school.tick()
    assert actions(school).count("persons.asked") == 1


def test_a_line_of_the_staff_list_and_an_account_of_that_name(school: School) -> None:
    """The office writes her new address into the list, and it is not the one that Slack has: asked, not guessed."""
    new = "ann.anders@huntington.example"
    school.home(ANN)
    row = f"Email,Name,Role,Classes,Started\n{new},Ann Teacher,Teacher,3H,2021-09-01\n"
    staff_import.apply(school.context(), "staff.csv", row.encode())
    school.tick()
    assert actions(school).count("persons.asked") == 1
    answer(school, OLU, ANN.name, "The same person")
    assert "Your classes: 3H" in school.home(ANN).text
    assert len(named(school, ANN.name)) == 1
    school.tick()
    assert actions(school).count("persons.asked") == 1


def test_where_slack_moves_the_address_the_question_is_over(school: School) -> None:
    second(school, ANN, ANN2)
    school.slack.change_user(ANN.user_id, deleted=True, email="gone@huntington.example")
    changed(school, ANN2.user_id, email=ANN.email)
    school.deliver()
    assert len(named(school, ANN.name)) == 1
    assert "answered this question" in school.people.message(OLU.user_id, "answered this question").text
    assert "one person or two" not in school.home(OLU).text


def test_in_doubt_nobody_gives_a_role_to_the_other_or_writes_them_down(school: School) -> None:
    second(school, HANA, HANA2)
    other = acting(school, HANA2).person.person_id
    with pytest.raises(Refused, match="one person"):
        role_changes.change(acting(school, HANA), other, Role.SENIOR_LEADER, Event.GIVEN)
    answer(school, OLU, HANA2.name, "Two people")
    role_changes.change(acting(school, HANA), other, Role.SENIOR_LEADER, Event.GIVEN)


def test_the_roles_of_both_are_theirs_and_a_guests_second_account_lets_nobody_in(school: School) -> None:
    set_up(school, {*_holders(), (DEV2.email, "senior_leader")})
    second(school, DEV, DEV2)
    answer(school, OLU, DEV2.name, "The same person")
    for account in (DEV, DEV2, DEV):
        home = school.home(account).text
        assert "deputy headteacher" in home
        assert "senior leader" in home
    changed(school, DEV2.user_id, is_restricted=True)
    assert NOT_STAFF in school.command(DEV2, "/consent", "Jamie", channel=None).text
    assert "deputy headteacher" in school.home(DEV).text


def test_who_is_asked_about() -> None:
    def made(number: int, name: str, account: str | None, standing: Standing = Standing.STAFF) -> Person:
        return Person(number, name, f"{number}@x.example", account, standing, frozenset({Role.STAFF}), (), None)

    everybody = [
        made(4, "Rees, Hana", "U4"),
        made(1, "Mrs Hana Rees", "U1"),
        made(2, "Hana Rees", "U2", Standing.LEFT),
        made(3, "Hanna Rees", "U3"),
        made(5, NAMELESS, "U5"),
        made(6, NAMELESS, "U6"),
        made(7, "Kit Smith", None),
        made(8, "Kit Smith", None),
        made(9, "Mrs", "U9"),
        made(10, "Dr", "U10"),
    ]
    pairs = [(newer.person_id, earlier.person_id) for newer, earlier in namesakes(everybody)]
    assert pairs == [(4, 1)]
