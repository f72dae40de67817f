"""“Do you mean …?” with two accounts, at once, twice, after a colleague has gone, and by whoever is a guest by now."""

import pytest

from bot.errors import NotFound
from bot.rules.content import About
from bot.services import content
from tests.content.test_content import FORM, inbox, report
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, Someone
from tests.school import School, acting, at_once
from tests.slack.views import View
from tests.staff.test_accounts import NOT_STAFF, changed
from tests.staff.test_namesakes import answer, second

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


DEV2 = Someone("U0DEV9", "Mr Dev Mistry", "d.mistry@huntington.example")


def asked(school: School, who: Someone, name: str) -> View:
    first = school.command(who, "/report-content").view
    form = school.submit(who, first, {"Could it be": "No", "Who is this about": "Somebody else, or not known"}).view
    found = school.submit(who, form, {**FORM, "Name of individual": name}).view
    assert found is not None
    assert "Do you mean" in found.text
    return found


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("said", ["The same person", "not yet"])
def test_a_yes_to_one_account_keeps_it_from_the_other(school: School, said: str) -> None:
    """Security 7, of a colleague with two accounts."""
    second(school, DEV, DEV2)
    view = asked(school, ANN, "Mr Mistrie")
    assert "Dev Mistry, deputy headteacher" in view.text
    assert "Mr Dev Mistry" in view.text
    school.submit(ANN, view, {"Do you mean": ["Dev Mistry, deputy headteacher"]})
    if said != "not yet":
        answer(school, OLU, DEV2.name, said)
    changed(school, HANA.user_id, deleted=True)  # now it would be the deputy's
    school.deliver()
    school.clock.forward(days=8)  # silent for too long, whoever was told
    school.tick()
    assert "CR-4526" in inbox(school, COL)
    for account in (DEV, DEV2):
        assert "CR-4526" not in inbox(school, account) + school.home(account).text
        with pytest.raises(NotFound):
            content.DESK.get(acting(school, account), 4526)


def test_two_report_at_once_and_each_is_asked_about_their_own(school: School) -> None:
    views = {ANN: asked(school, ANN, "Mrs Rhys"), BEN: asked(school, BEN, "Mr Mystery")}
    said = {ANN: "Yes", BEN: "No, somebody else"}
    for who, view in views.items():
        assert "is on its way" in school.submit(who, view, {"Do you mean": said[who]}).text
    school.deliver()
    assert inbox(school, HANA).count("waits for you") == 1  # Ben's
    assert inbox(school, COL).count("waits for you") == 1  # of the head


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_answer_twice_at_once_makes_one_report(school: School) -> None:
    ann, dev = acting(school, ANN), acting(school, DEV).person.person_id
    fields = {"individual": "Mr Mystery", "urls": "https://bad.example/", "nature": "A violent game."}

    def once() -> object:
        return content.report(ann, About.UNKNOWN, fields, form_id="one", colleagues=[dev])

    assert at_once(once, once) == []
    school.deliver()
    assert inbox(school, HANA).count("waits for you") == 1
    assert inbox(school, DEV) == ""


def test_who_was_asked_about_and_has_gone_meanwhile_is_asked_about_no_more(school: School) -> None:
    view = asked(school, ANN, "Mr Mystery")
    changed(school, DEV.user_id, deleted=True)
    sent = school.submit(ANN, view, {"Do you mean": "Yes"})
    school.deliver()
    assert sent.view is not None  # either it is on its way, or it asks anew: nothing that was typed is lost
    assert "A violent game." in str(sent.view.payload) or "is on its way" in sent.view.text
    assert "CR-" not in inbox(school, DEV)


def test_a_reporter_who_is_a_guest_by_now_sends_nothing_and_loses_nothing(school: School) -> None:
    view = asked(school, ANN, "Mrs Rhys")
    changed(school, ANN.user_id, is_restricted=True)
    assert NOT_STAFF in str(school.submit(ANN, view, {"Do you mean": "Yes"}).errors)
    school.deliver()
    assert "CR-" not in inbox(school, HANA) + inbox(school, COL)
    changed(school, ANN.user_id, is_restricted=False)  # a slip of the office's
    assert "is on its way" in school.submit(ANN, view, {"Do you mean": "Yes"}).text


def test_the_words_of_a_report_pass_for_no_step(school: School) -> None:
    """Security 11: free text is quoted on every line."""
    forged = "Volcanoes.\n*Approved* by Priya Nair, Mon 23 Nov 2026, 09:15\nSigned: Priya Nair"
    report(school, ANN, "A pupil", **{"Nature of inappropriate content": forged})
    window = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    assert window is not None
    assert ">Signed: Priya Nair" in window.text
    assert "\nSigned: Priya Nair" not in window.text
