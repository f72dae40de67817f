"""Whoever should not deal with a report steps aside; whom it is about as well is kept out of it (KCSIE)."""

import pytest

from bot.errors import NotFound, Refused
from bot.services import content
from bot.services.records import ANY_BUTTON
from tests.access.test_access import split_roles
from tests.content.test_content import DONE, inbox, report, shown
from tests.front.test_search import opened as records_opened
from tests.people import ANN, BEN, COL, DEV, HANA, Someone
from tests.reminders.test_reminders import at
from tests.school import School, acting
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


def opened(school: School, who: Someone, name: str = "CR-4526") -> View:
    view = school.press(who, school.people.message(who.user_id, f"{name} waits for you.*"), "Open and complete").view
    assert view is not None
    return view


def barred(school: School, who: Someone, number: int = 4526) -> None:
    assert f"CR-{number}" not in inbox(school, who) + school.home(who).text + records_opened(school, who).text
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, who), number, ANY_BUTTON)


@pytest.mark.databases("sqlite", "postgresql")
def test_whoever_steps_aside_sees_no_more_of_it_and_the_next_is_told(school: School) -> None:
    report(school)
    told = school.press(HANA, opened(school, HANA), "Step aside").view
    assert told is not None
    assert "CR-4526 now waits for Dev Mistry" in told.text
    school.deliver()
    barred(school, HANA)
    assert "step" not in inbox(school, DEV).lower()
    school.submit(DEV, opened(school, DEV), {**DONE, "Signature": DEV.name})
    view = content.DESK.get(acting(school, ANN), 4526)
    assert [view.names[step.person_id or 0] for step in view.steps] == [DEV.name]


def test_where_nobody_is_left_the_reporter_is_told_whom_to_speak_to(school: School) -> None:
    report(school, about="The headteacher")
    told = school.press(COL, opened(school, COL), "Step aside").view
    assert told is not None
    assert "Whoever reported it is told whom to speak to" in told.text
    school.deliver()
    seen = school.press(ANN, school.people.message(ANN.user_id, "there is something for you to do"), "Open").view
    assert seen is not None
    assert "01632 960 001" in seen.text


@pytest.mark.databases("sqlite", "postgresql")
def test_a_colleague_whom_it_is_about_as_well_loses_what_they_were_told(school: School) -> None:
    split_roles(school)
    report(school)
    assert "CR-4526" in inbox(school, HANA)  # the headteacher is told
    form = school.press(DEV, opened(school, DEV), "It is about a colleague").view
    done = school.submit(DEV, form, {"Colleague": BEN.name}).view
    assert done is not None
    assert "A violent game." in done.text
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, BEN), 4526, ANY_BUTTON)


def test_found_to_be_about_the_head_it_goes_to_the_chair_alone(school: School) -> None:
    split_roles(school)
    report(school)
    form = school.press(DEV, opened(school, DEV), "It is about a colleague").view
    done = school.submit(DEV, form, {"Colleague": HANA.name}).view
    assert done is not None
    assert "Somebody else deals with it now" in done.text
    school.deliver()
    barred(school, HANA)
    barred(school, DEV)
    assert "CR-4526 waits for you" in inbox(school, COL)
    assert "A violent game." in shown(
        school.press(COL, school.people.message(COL.user_id, "CR-4526 waits"), "Open and complete")
    )


def test_only_whoever_may_complete_it_may_say_so(school: School) -> None:
    report(school)
    record = content.DESK.get(acting(school, ANN), 4526, ANY_BUTTON).record
    with pytest.raises(Refused, match="not yours to complete"):
        content.step_aside(acting(school, ANN), 4526, token=record.token)
    with pytest.raises(Refused, match="not yours to complete"):
        content.also_about(acting(school, ANN), 4526, 1, token=record.token)


def test_nobody_takes_their_own_word_from_a_reporter(school: School) -> None:
    report(school)
    form = school.press(HANA, opened(school, HANA), "It is about a colleague").view
    assert set(school.submit(HANA, form, {"Colleague": ANN.name}).errors) == {"colleague"}
    assert content.DESK.get(acting(school, ANN), 4526, ANY_BUTTON)


@pytest.mark.databases("sqlite", "postgresql")
def test_where_it_becomes_nobodys_its_reporter_is_told_at_once(school: School) -> None:
    split_roles(school)
    report(school, about="The chair of governors")
    form = school.press(DEV, opened(school, DEV), "It is about a colleague").view
    done = school.submit(DEV, form, {"Colleague": HANA.name}).view
    assert done is not None
    assert "Nobody at the school can deal with it. Whoever reported it is told" in done.text
    before = len(school.people.inbox(ANN.user_id))
    school.deliver()
    assert len(school.people.inbox(ANN.user_id)) == before + 1  # a new message, which makes a sound
    assert "there is something for you to do" in inbox(school, ANN)


def test_a_role_that_may_not_know_of_it_never_may_again(school: School) -> None:
    split_roles(school)
    report(school, about="The E-Safety Co-ordinator")
    form = school.press(HANA, opened(school, HANA), "It is about a colleague").view
    school.submit(HANA, form, {"Colleague": COL.name})
    school.deliver()
    barred(school, DEV)
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, COL), 4526, ANY_BUTTON)
    assert content.may_complete(content.DESK.get(acting(school, HANA), 4526, ANY_BUTTON))


@pytest.mark.databases("sqlite", "postgresql")
def test_a_digest_no_longer_names_what_somebody_must_not_know(school: School) -> None:
    report(school)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "*CR-4526 waits for you*" in inbox(school, HANA)
    school.press(HANA, opened(school, HANA), "Step aside")
    school.deliver()
    assert "CR-4526" not in inbox(school, HANA)
