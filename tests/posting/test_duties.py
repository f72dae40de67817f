"""What is still to be done about a post: the phone is cleared (§4.8), a breach is weighed (§4.14)."""

import pytest

from tests.people import ANN, HANA, PRIYA
from tests.posting.gate import check, log, message, withdraw
from tests.school import School

pytestmark = pytest.mark.databases("sqlite")
BOTH = pytest.mark.databases("sqlite", "postgresql")


@BOTH
@pytest.mark.policy("4.8")
def test_a_phone_is_asked_about_in_the_afternoon_and_is_confirmed_with_one_press(school: School) -> None:
    log(school, ANN, check(school, taken="A personal phone").view)
    school.clock.forward(hours=7)
    school.tick()
    asked = message(school, ANN, "Is the picture off your phone?")
    assert "Noted on PO-1" in school.press(ANN, asked, "Yes, it is removed").text
    school.clock.forward(days=1)
    school.tick()
    assert "Not confirmed" not in school.home(HANA).text
    assert "PO-1" not in school.home(HANA).text


@pytest.mark.policy("4.8")
def test_a_phone_that_nobody_confirms_is_the_heads_next_morning(school: School) -> None:
    log(school, ANN, check(school, taken="A personal phone").view)
    assert "PO-1" not in school.home(HANA).text
    school.clock.forward(days=1)
    home = school.home(HANA)
    assert "PO-1" in home.text
    shown = school.press(HANA, home, "Open", near="PO-1").view
    assert shown is not None
    assert "Silence is no offence" in shown.text
    school.press(HANA, shown, "I have seen to it")
    assert "PO-1" not in school.home(HANA).text


@BOTH
def test_what_was_posted_although_a_parent_said_no_is_weighed_by_the_dpo(school: School) -> None:
    shown = check(school).view
    withdraw(school)
    log(school, ANN, shown)
    home = school.home(PRIYA)
    assert "PO-1" in home.text
    record = school.press(PRIYA, home, "Open", near="PO-1").view
    school.press(PRIYA, record, "It is none: I have weighed it")
    assert "PO-1" not in school.home(PRIYA).text


def test_what_was_posted_without_a_check_is_logged_and_comes_down_where_it_has_to(school: School) -> None:
    form = school.press(ANN, school.more(ANN).view, "Log a post").view
    entries = {
        "Where is it": "School Twitter feed",
        "Photo or video": "Photo",
        "Names or classes": "Jamie Roberts",
        "Link or place": "https://x.example/huntington/9",
        "Posted on": "2026-11-20",
        "Taken with": "A school device",
    }
    done = school.submit(ANN, form, entries)
    assert "Take PO-1 down now." in done.text
    assert "Jamie Roberts" in done.text
    again = school.submit(ANN, school.press(ANN, school.more(ANN).view, "Log a post").view, entries)
    assert "PO-1 has the same link" in again.text
    future = school.submit(
        ANN, school.press(ANN, school.more(ANN).view, "Log a post").view, {**entries, "Posted on": "2026-12-24"}
    )
    assert "still to come" in str(future.errors)


@BOTH
def test_a_wrong_link_is_corrected_and_what_it_said_stays(school: School) -> None:
    log(school, ANN, check(school).view)
    form = school.press(ANN, message(school, ANN, "PO-1: published"), "Correct it").view
    done = school.submit(ANN, form, {"Link or place": "https://x.example/huntington/22"})
    assert "https://x.example/huntington/22" in done.text
    assert "before it said" in done.text
    assert "https://x.example/huntington/1, Mon 23 Nov 2026" in done.text
    wrong = school.press(ANN, message(school, ANN, "PO-1: published"), "Correct it").view
    assert "still to come" in str(school.submit(ANN, wrong, {"Posted on": "2027-01-01"}).errors)
