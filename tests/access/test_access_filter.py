"""Who decides and changes the filter as well: one form does both, and no message contradicts another (§7.5)."""

import pytest

from bot.services.access import requests
from tests.access.test_access import YES, ask, decide, shown, split_roles, stands, trail, waiting
from tests.content.test_content import report
from tests.filter.test_register import CHANGE, complete, lines, opened
from tests.people import ANN, COL, DEV, HANA
from tests.school import School, acting
from tests.slack.people import Forged
from tests.slack.world import Message

BOX = "Is the filter changed already?"
TICK = {BOX: ["I have changed the filter"]}
LINE = "volcano-cam.example"


def letters(school: School, words: str) -> list[str]:
    return [message.text for message in school.people.inbox(HANA.user_id) if words in message.text]


@pytest.mark.policy("7.5")
def test_one_form_approves_and_says_that_the_filter_is_changed(school: School) -> None:
    ask(school)
    letter = waiting(school, HANA)
    form = school.press(HANA, letter, "Approve").view
    assert form is not None
    assert LINE in form.text
    (box,) = [block["element"] for block in form.blocks if block.get("element", {}).get("type") == "checkboxes"]
    assert "initial_options" not in box  # never ticked beforehand
    done = school.submit(HANA, form, {**YES, **TICK})
    assert "AR-1: approved, and open in the filter" in shown(done)
    school.deliver()
    assert lines(school)[LINE] == "in the filter"
    assert letters(school, CHANGE) == []
    assert "The filter is up to date" in opened(school, HANA).text
    asked = [message.text for message in school.people.inbox(ANN.user_id) if "AR-1" in message.text]
    assert asked[-1].startswith("*AR-1: approved, and open in the filter.*")
    assert len(asked) == 2  # that it was taken in, and that it is open: the Yes and the filter are one message
    school.tick()
    assert len([message for message in school.people.inbox(ANN.user_id) if "AR-1" in message.text]) == 2
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert "Nothing more for you to do" in over.text
    assert trail(school) == ["access.asked", "access.approved_for_both"]


@pytest.mark.policy("7.5")
def test_without_the_tick_the_task_stays_and_no_message_says_otherwise(school: School) -> None:
    ask(school)
    letter = waiting(school, HANA)
    decide(school, HANA, "Approve", YES)
    assert lines(school)[LINE] == "to be put into the filter"
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert "The filter is yours to change" in over.text
    assert "Nothing more" not in over.text
    assert len(letters(school, CHANGE)) == 1
    school.press(HANA, waiting(school, HANA, CHANGE), "Filter is changed")
    school.deliver()
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert over.text.startswith("*AR-1: approved, and open in the filter.* Nothing more for you to do.")
    assert letters(school, "still to be changed") == letters(school, CHANGE) == []
    assert "approved, and open in the filter" in stands(school)


@pytest.mark.policy("7.3")
def test_a_report_that_is_dealt_with_leaves_the_filter_to_be_changed(school: School) -> None:
    report(school)
    letter = school.people.message(HANA.user_id, "CR-4526 waits")
    complete(school)
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert "The filter is yours to change" in over.text
    school.press(HANA, waiting(school, HANA, CHANGE), "Filter is changed")
    school.deliver()
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert "Nothing more for you to do" in over.text


def test_the_box_is_only_for_whoever_changes_the_filter(school: School) -> None:
    split_roles(school)
    ask(school)
    review = school.press(DEV, waiting(school, DEV), "Approve").view
    assert review is not None
    assert BOX not in review.text  # the last word is the headteacher's
    school.submit(DEV, review, {"Reasons": "Checked.", "Signature": DEV.name})
    school.deliver()
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    assert form is not None
    assert "Allow in the filter" in form.text
    assert BOX not in form.text  # Dev changes it
    decide(school, HANA, "Approve", YES)
    over = [message.text for message in school.people.inbox(DEV.user_id) if "AR-1: approved" in message.text]
    assert over
    assert all("The filter is yours to change" in text for text in over)
    assert "Nothing more for you to do" in waiting(school, HANA, "AR-1: approved").text


def test_a_tick_with_lines_that_are_doubted_stands_for_these_lines_only(school: School) -> None:
    ask(school, ANN, **{"Full URL": "https://www.youtube.com/watch?v=x1"})
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    wide = school.submit(HANA, form, {**YES, **TICK, "Allow in the filter": "youtube.com"}).view
    assert wide is not None
    assert "covers the whole of a platform" in wide.text
    assert lines(school) == {"facebook.com": "in the filter", "instagram.com": "in the filter"}
    school.submit(HANA, wide, {"Allow in the filter": "youtube.com/watch?v=x1"})
    school.deliver()
    assert lines(school)["youtube.com/watch?v=x1"] == "to be put into the filter"


def test_a_line_that_nobody_may_put_in_is_refused_whole(school: School) -> None:
    """The chair decides where both others cannot, but does not change the filter."""
    from bot.errors import Refused
    from bot.rules.access import Event
    from bot.services.school import absences

    for someone in (HANA, DEV):
        them = acting(school, someone)
        absences.record(them, them.person.person_id, "2026-11-23", "")
    ask(school)
    col = acting(school, COL)
    view = requests.DESK.get(col, 1)
    form = school.press(COL, waiting(school, COL), "Approve").view
    assert form is not None
    assert BOX not in form.text
    written = {"reasons": "Fine.", "signature": COL.name, "applied": "yes"}
    seen = {"token": view.record.token, "shown_for": view.record.state}
    with pytest.raises(Refused):
        requests.act(col, 1, Event.APPROVE, written, look_twice=lambda _view: None, **seen)
    assert LINE not in lines(school)
    assert requests.DESK.get(col, 1).state == view.state
    school.submit(COL, form, {"Reasons": Forged("Fine."), "Signature": COL.name})
    assert lines(school)[LINE] == "to be put into the filter"
