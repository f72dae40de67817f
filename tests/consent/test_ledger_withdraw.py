"""The short form for a withdrawal: what is taken back counts at once, and nothing else changes (§4.3-4.4)."""

import pytest

from tests.consent.test_ledger import BY_PHONE, FATIMA, ON_PAPER, open_record, trail
from tests.people import ANN, DEV, OLU, PRIYA
from tests.school import School
from tests.slack.views import View

WHAT = "What may not be used"


def short_form(school: School, name: str = FATIMA) -> View:
    pick = school.press(OLU, school.home(OLU), "Record a decision").view
    tasks = {"Or type the pupil's name": name, "What would you like to do?": "A parent takes consent back"}
    form = school.submit(OLU, pick, tasks).view
    assert form is not None
    return form


@pytest.mark.policy("4.3", "4.4")
def test_one_use_is_taken_back_in_three_presses(school: School) -> None:
    form = short_form(school)
    assert f"*{FATIMA}*" in form.text
    done = school.submit(OLU, form, {**BY_PHONE, WHAT: "Twitter/X"}).view
    assert done is not None
    assert "Recorded." in done.text
    assert "The letter is still to come" in done.text
    answer = school.command(ANN, "/consent", FATIMA).text
    assert "⛔ Twitter/X: *do not use*" in answer
    assert "School website: *photo only*" in answer  # nothing else changed
    assert trail(school).count("ledger.recorded") == 1


@pytest.mark.policy("4.3")
def test_everything_is_taken_back(school: School) -> None:
    done = school.submit(OLU, short_form(school), {**ON_PAPER, WHAT: "Everything: no picture at all"}).view
    assert done is not None
    assert "The letter is still to come" not in done.text
    assert f"⛔ *Do not include* {FATIMA} in any photo or video." in school.command(ANN, "/consent", FATIMA).text


def test_it_opens_from_the_record_of_a_pupil_and_is_undone_as_any_entry(school: School) -> None:
    before = school.command(ANN, "/consent", FATIMA).text
    form = school.press(OLU, open_record(school), "Only a withdrawal").view
    done = school.submit(OLU, form, {**BY_PHONE, WHAT: "Twitter/X"}).view
    assert school.command(ANN, "/consent", FATIMA).text != before
    asked = school.press(OLU, done, "Undo").view  # it keeps a child out of pictures: why is asked
    assert "Struck out." in school.submit(OLU, asked, {"What was wrong": "It was another child."}).text
    assert school.command(ANN, "/consent", FATIMA).text == before


def test_nothing_that_is_missing_is_recorded(school: School) -> None:
    wrong = school.submit(OLU, short_form(school), {**BY_PHONE, "Who decided": "…", WHAT: "Twitter/X"})
    assert [name.partition("~")[0] for name in wrong.errors] == ["decided_by"]
    assert "ledger.recorded" not in trail(school)


def test_only_who_records_is_offered_it(school: School) -> None:
    for who in (DEV, PRIYA):
        pick = school.command(who, "/consent-record", "").view
        assert pick is not None
        assert "A parent takes consent back" not in str(pick.payload)


def test_the_same_form_delivered_twice_is_recorded_once(school: School) -> None:
    done = school.submit(OLU, short_form(school), {**BY_PHONE, WHAT: "Twitter/X"})
    assert "already in the record" in str(school.people.again(done).body)
    assert trail(school).count("ledger.recorded") == 1
