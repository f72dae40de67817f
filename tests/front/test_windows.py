"""A window that goes on to its next question: no old answer stands for a new question, and nothing typed is lost."""

import pytest

from tests.people import ANN, OLU, PRIYA
from tests.school import School
from tests.slack.forms import Forged


def test_the_second_unclear_name_is_asked_for_and_never_dropped(school: School) -> None:
    asked = school.submit(ANN, school.command(ANN, "/consent").view, {"words": "Jamie, Jacob for website"}).view
    after_first = school.submit(ANN, asked, {"choice": "Jamie Nowak · 3B"}).view
    assert after_first is not None
    assert "Jamie Nowak" in after_first.text
    with pytest.raises(AssertionError, match="is required"):
        school.submit(ANN, after_first, {})  # Slack has kept nothing, so it holds the form back
    told = school.submit(ANN, after_first, {"choice": "Jack Chen"}).view
    assert told is not None
    assert "Jamie Nowak" in told.text
    assert "Jack Chen" in told.text


def test_an_answer_that_was_not_offered_is_refused_where_it_was_given(school: School) -> None:
    asked = school.submit(ANN, school.command(ANN, "/consent").view, {"words": "Jamie for website"}).view
    refused = school.submit(ANN, asked, {"choice": Forged("pupil:1")})
    assert refused.error_texts == ["Please choose one of these."]
    assert "✅" not in refused.text


def test_an_error_is_shown_under_its_field_in_a_later_question_too(school: School) -> None:
    asked = school.submit(ANN, school.command(ANN, "/consent").view, {"words": "Jamie, Jacob for website"}).view
    second = school.submit(ANN, asked, {"choice": "Jamie Nowak · 3B"}).view
    assert second is not None
    refused = school.submit(ANN, second, {"choice": Forged("pupil:999999")})
    assert list(refused.errors) == [block["block_id"] for block in second.blocks if block["type"] == "input"]


def test_the_form_of_an_absence_is_empty_after_it_was_sent(school: School) -> None:
    form = school.press(OLU, school.more(OLU), "absences.open").view
    again = school.submit(OLU, form, {"colleague": "Dev"}).view
    assert again is not None
    assert "Dev Mistry" in again.text
    with pytest.raises(AssertionError, match="is required"):
        school.submit(OLU, again, {})  # pressed once more: no second absence
    assert again.text.count("*Dev Mistry*, from") == 1


def test_what_was_half_typed_stays_where_a_button_changes_the_window(school: School) -> None:
    form = school.press(OLU, school.more(OLU), "absences.open").view
    away = school.submit(OLU, form, {"colleague": "Dev"}).view
    assert away is not None
    school.people.fill(OLU.user_id, away, {"Colleague who is away": PRIYA.name})
    back = school.press(OLU, away, "Is back").view
    sent = school.submit(OLU, back, {}).view
    assert sent is not None
    assert PRIYA.name in sent.text
