"""The register and the requests behind it, where several things happen at once or somebody has left."""

import pytest

from bot.services.access import requests
from bot.services.filter import due
from storage.filter import register as storage
from tests.access.test_access import YES, ask, decide, waiting
from tests.content.test_content import report
from tests.filter.test_register import CHANGE, complete, lines, opened
from tests.people import ANN, DEV, HANA, Someone
from tests.school import School, acting
from tests.slack.people import Answer, Sight

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


def by_hand(school: School, text: str, which: str = "Blocked") -> Answer:
    form = school.press(HANA, opened(school, HANA), "Add lines").view
    entries = {"Which list?": which, "Lines": text, "Reasons": "Agreed with the governors."}
    answer = school.submit(HANA, form, entries)
    school.deliver()
    return answer


def retire(school: School, who: Someone, line: str) -> None:
    view = school.press(who, opened(school, who), "Open", near=line).view
    school.submit(who, view, {"Reasons": "No longer needed."})
    school.deliver()


@pytest.mark.databases("sqlite", "postgresql")
def test_a_stale_confirm_does_not_confirm_the_opposite(school: School) -> None:
    """Hana was shown "put in"; meanwhile Dev had it taken out again. Her press must not say that it is out."""
    by_hand(school, "games.example")
    view = opened(school, HANA)
    assert "put in `games.example`" in view.text
    retire(school, DEV, "games.example")
    school.press(HANA, view, "Filter is changed", sight=Sight.AS_SHOWN)
    assert lines(school)["games.example"] != "taken out of the filter"


def test_a_stale_letter_does_not_confirm_the_opposite(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-11-24"})
    decide(school, HANA, "Approve", YES)
    letter = waiting(school, HANA, CHANGE)
    school.clock.forward(days=2)
    due.tick(school.context())  # its last day is over; the message is not brought up to date yet
    school.press(HANA, letter, "Filter is changed", sight=Sight.AS_SHOWN)
    assert lines(school)["volcano-cam.example"] != "taken out of the filter"


def test_the_letter_speaks_of_all_lines_added_by_hand(school: School) -> None:
    by_hand(school, "a.example\nb.example\nc.example")
    assert "3 lines" in waiting(school, HANA, CHANGE).text


@pytest.mark.databases("sqlite", "postgresql")
def test_confirming_lines_added_by_hand_from_the_letter_confirms_all_of_them(school: School) -> None:
    by_hand(school, "a.example\nb.example\nc.example")
    school.press(HANA, waiting(school, HANA, CHANGE), "Filter is changed")
    school.deliver()
    assert "done" in waiting(school, HANA, "The web filter").text
    assert {lines(school)[f"{each}.example"] for each in "abc"} == {"in the filter"}


def test_a_line_that_is_to_be_taken_out_and_put_in_again_is_no_contradiction(school: School) -> None:
    by_hand(school, "games.example")
    school.press(HANA, opened(school, HANA), "Filter is changed")
    retire(school, HANA, "games.example")
    by_hand(school, "games.example")
    text = opened(school, HANA).text
    assert not ("put in `games.example`" in text and "take out `games.example`" in text)


def test_leave_empty_for_always_means_always(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-12-18"})
    decide(school, HANA, "Approve", {**YES, "Allow until": None})
    with school.database.read() as connection:
        (entry,) = storage.of_records(connection, 1, {"AR-1"})
    assert entry.expires_on is None


def test_an_old_request_is_not_approved_for_a_day_that_is_over(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-11-24"})
    school.clock.forward(days=4)
    decide(school, HANA, "Approve", {**YES, "Allow until": None})
    with school.database.read() as connection:
        found = storage.of_records(connection, 1, {"AR-1"})
    assert not found or found[0].expires_on is None or found[0].expires_on >= school.context().today()


def test_ann_gets_a_new_message_when_she_is_asked_a_question(school: School) -> None:
    ask(school)
    before = [message.ts for message in school.people.inbox(ANN.user_id)]
    form = school.press(HANA, waiting(school, HANA), "Ask a question").view
    school.submit(HANA, form, {"Your question": "Which lesson is it for?"})
    school.deliver()
    assert [message.ts for message in school.people.inbox(ANN.user_id)] != before


def test_ann_gets_a_new_message_when_it_is_decided(school: School) -> None:
    ask(school)
    before = [message.ts for message in school.people.inbox(ANN.user_id)]
    decide(school, HANA, "Approve", YES)
    assert [message.ts for message in school.people.inbox(ANN.user_id)] != before


@pytest.mark.databases("sqlite", "postgresql")
def test_a_question_that_nobody_answers_is_reminded_of(school: School) -> None:
    ask(school)
    form = school.press(HANA, waiting(school, HANA), "Ask a question").view
    school.submit(HANA, form, {"Your question": "Which lesson is it for?"})
    school.deliver()
    for _ in range(40):
        school.clock.forward(days=1)
        school.tick()
    told = [
        each.text
        for who in (ANN, HANA)
        for each in school.people.inbox(who.user_id)
        if "to do in Lanyard" in each.fallback and "AR-1" in each.text
    ]
    assert told


def test_a_request_whose_asker_has_left_with_a_question_open_can_be_closed(school: School) -> None:
    ask(school)
    form = school.press(HANA, waiting(school, HANA), "Ask a question").view
    school.submit(HANA, form, {"Your question": "Which lesson is it for?"})
    school.deliver()
    school.slack.change_user(ANN.user_id, deleted=True)
    school.tick()
    view = requests.DESK.get(acting(school, HANA), 1)
    assert view.may


def test_a_report_is_handed_on_when_its_completer_leaves_after_being_told(school: School) -> None:
    report(school)
    assert "CR-4526" in "".join(m.text for m in school.people.inbox(HANA.user_id))
    school.slack.change_user(HANA.user_id, deleted=True)
    for _ in range(20):
        school.clock.forward(days=1)
        school.tick()
    assert "CR-4526" in "".join(m.text for m in school.people.inbox(DEV.user_id))


def test_a_report_that_nobody_completes_is_reminded_of(school: School) -> None:
    report(school)
    for _ in range(40):
        school.clock.forward(days=1)
        school.tick()
    told = [m.text for m in school.people.inbox(HANA.user_id) if "to do in Lanyard" in m.fallback]
    assert any("CR-4526" in text for text in told)


def test_the_asker_of_two_lines_hears_of_both(school: School) -> None:
    ask(school)
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    sure = school.submit(HANA, form, {**YES, "Allow in the filter": "volcano-cam.example\ncdn.volcano.example"}).view
    school.submit(HANA, sure, {"Is that what you mean?": ["Yes, use these lines all the same"]})
    school.deliver()
    assert {"volcano-cam.example", "cdn.volcano.example"} <= set(lines(school))
    retire(school, HANA, "cdn.volcano.example")
    view = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Open").view
    assert view is not None
    assert "volcano-cam.example ·" in view.text
    assert "no longer to be open" not in view.text  # one of its two lines is still to be put in


def test_a_record_with_many_lines_is_one_reminder(school: School) -> None:
    report(school, ANN, **{"Full URL(s)": "\n".join(f"https://bad{n}.example/" for n in range(8))})
    complete(school)
    school.clock.forward(days=3)
    with school.context().begin() as tx:
        items = list(due.due_items(tx))
    assert len(items) == 1
