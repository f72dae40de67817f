"""Long absence: whoever is away is not reminded, the next in line is asked, and all is told on return."""

import pytest

from tests.access.test_access import YES, ask, decide
from tests.people import ANN, COL, DEV, HANA, OLU, Someone
from tests.reminders.test_reminders import answer_view, at, digest, digests, quiet
from tests.school import School


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests and the filter remind."""
    return quiet(school)


def away(school: School, who: Someone, first: str = "2026-11-23") -> None:
    view = school.press(OLU, school.more(OLU), "Who is away?").view
    after = school.submit(OLU, view, {"Colleague who is away": who.name, "First day": first}).view
    assert after is not None
    assert f"*{who.name}*, from " in after.text


def back(school: School) -> None:
    view = school.press(OLU, school.more(OLU), "Who is away?").view
    after = school.press(OLU, view, "Is back").view
    assert after is not None
    assert "Nobody is written down" in after.text


def test_who_is_on_long_absence_is_skipped_listed_and_told_on_return(school: School) -> None:
    ask(school)
    decide(school, HANA, "Ask a question", {"Your question": "Which lessons?"})
    away(school, ANN, "2026-11-24")
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert digests(school, ANN) == []
    letter = school.people.message(HANA.user_id, "somebody is away")
    assert "Ann Teacher" not in letter.text  # who is away is not for the message history
    assert "Ann Teacher: *AR-1*, a request to open a blocked site: a question waits for an answer" in answer_view(
        school.press(HANA, letter, "See who")
    )
    at(school, 2026, 11, 26, 10, 0)
    back(school)
    school.tick()
    assert "*AR-1*: you have been asked a question" in digest(school, ANN).text


def test_what_somebody_away_would_decide_the_next_in_line_decides(school: School) -> None:
    ask(school)
    away(school, HANA)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert digests(school) == []
    assert "*AR-1 waits for you*" in digest(school, DEV).text
    assert "is away" not in digest(school, DEV).text  # the very same thing is not told twice
    assert digests(school, COL) == []
    form = school.press(DEV, school.press(DEV, digest(school, DEV), "Open").view, "Approve").view
    school.submit(DEV, form, {**YES, "Signature": DEV.name})
    school.deliver()
    assert "✅ Settled: *AR-1*" in school.people.message(DEV.user_id, "Settled").text


def test_with_head_and_deputy_away_the_chair_is_asked_and_all_are_told_on_return(school: School) -> None:
    ask(school)
    away(school, HANA)
    away(school, DEV)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "*AR-1 waits for you*" in digest(school, COL).text
    away(school, COL)
    at(school, 2026, 12, 2, 8, 0)
    school.tick()
    assert len(digests(school, COL)) == 1
    assert digests(school, HANA) + digests(school, DEV) == []
    view = school.press(OLU, school.more(OLU), "Who is away?").view
    school.press(OLU, view, "Is back", near=HANA.name)
    at(school, 2026, 12, 3, 8, 0)
    school.tick()
    assert "*AR-1 waits for you*" in digest(school).text


def test_a_filter_whose_keeper_is_away_is_changed_by_the_next(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    away(school, HANA)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert not any("filter is still to be changed because" in each.text for each in school.people.inbox(HANA.user_id))
    told = school.press(DEV, digest(school, DEV), "Filter is changed")
    assert "nothing has to be changed there" in told.text


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"Colleague who is away": HANA.name, "First day": "2026-11-24", "Last day": "2026-11-20"}, "last"),
        ({"Colleague who is away": HANA.name, "First day": "2062-11-24"}, "first"),
    ],
)
def test_an_absence_that_cannot_be(school: School, entries: dict[str, str], field: str) -> None:
    view = school.press(OLU, school.more(OLU), "Who is away?").view
    assert field in school.submit(OLU, view, entries).errors
