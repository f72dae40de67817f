"""The policy's review (§10.1): opened by the head, signed by every reviewer, and then it has its next day."""

import pytest

from bot.errors import Conflict, NotFound
from bot.school_file import read_school
from bot.services.policy import reviews
from bot.services.school import setting_up as school_service
from tests.people import ANN, COL, DEV, GWEN, HANA, PRIYA, Someone
from tests.policy.test_policy import imported, items, names, opened, school_context, trail
from tests.school import SAMPLE, School
from tests.slack.people import Answer, Sight


@pytest.mark.policy("10.2")
def test_the_overdue_review_is_told_to_head_and_committee_on_the_first_day(school: School) -> None:
    found = items(school)
    assert names(school, found) == ["Col Evans", "Gwen Smith", "Hana Rees"]
    first = found[0]
    assert first.key == "policy-review-2021-03-04"
    assert str(first.due) == "2024-03-31"
    assert first.stage.overdue_days > 900
    assert first.words["committee"] == "Premises and Health & Safety Committee"


def signed(school: School, who: Someone, name: str | None = None, remarks: str = "") -> Answer:
    letter = school.people.message(who.user_id, "waits for your signature")
    form = school.press(who, letter, "Read and sign").view
    answer = school.submit(who, form, {"Signature": name or who.name, "Remarks": remarks})
    school.deliver()
    return answer


@pytest.mark.policy("10.1", "10.2")
def test_every_reviewer_signs_and_the_next_review_is_set(school: School) -> None:
    opened(school)
    for reviewer in (HANA, PRIYA, COL, GWEN):
        assert "waits for your signature" in school.people.message(reviewer.user_id, "under review").text
    assert not school.people.inbox(ANN.user_id)
    window = signed(school, HANA, remarks="Add a clause on image makers.").view
    assert window is not None
    assert "*headteacher*: Hana Rees" in window.text
    assert "*E-Safety Co-ordinator*: Hana Rees" in window.text  # both in one step
    assert "Premises and Health &amp; Safety Committee (one governor signs for it)*: waits for" in str(
        window.payload
    ).replace("⏳ *", "*")
    assert "You have signed" in school.people.message(HANA.user_id, "review of the").text
    assert names(school, items(school)) == ["Col Evans", "Gwen Smith", "Priya Nair"]
    signed(school, COL)
    assert "Nothing more" in school.people.message(GWEN.user_id, "The review of").text  # Col signed for the committee
    last = signed(school, PRIYA).view
    assert last is not None
    assert "The review is completed" in last.text
    assert "next one is due on Fri 23 Nov 2029" in last.text
    assert "Add a clause on image makers." in last.text
    assert items(school) == []
    assert "Next review: Fri 23 Nov 2029" in school.command(ANN, "/policy").text
    assert trail(school) == ["policy.review_opened", *["policy.signed"] * 3, "policy.review_completed"]


def test_nobody_signs_twice_and_nobody_for_another(school: School) -> None:
    opened(school)
    answer = signed(school, HANA)
    assert "Hana Rees" in str(school.people.again(answer).body)
    assert trail(school).count("policy.signed") == 1
    wrong = signed(school, PRIYA, name="Hana Rees")
    assert wrong.error_texts == ["Type your own name as Lanyard knows it: Priya Nair"]
    gwens = school.press(GWEN, school.people.message(GWEN.user_id, "waits for your"), "Read and sign").view
    signed(school, COL)
    late = school.submit(GWEN, gwens, {"Signature": "Gwen Smith"}, sight=Sight.AS_SHOWN)
    assert "Somebody else has signed for this" in str(late.body)


def test_a_new_version_is_signed_anew(school: School) -> None:
    opened(school)
    form = school.press(PRIYA, school.people.message(PRIYA.user_id, "waits for your"), "Read and sign").view
    signed(school, HANA)
    imported(school)
    late = school.submit(PRIYA, form, {"Signature": "Priya Nair"}, sight=Sight.AS_SHOWN)
    assert "newer version of the policy" in str(late.body)
    window = school.press(HANA, school.command(HANA, "/policy"), "Review").view
    assert window is not None
    assert "You sign as" in window.text
    assert "version 2021-03-04" in window.text  # what was signed before stays on the record


def test_a_review_is_opened_once_and_can_be_called_off(school: School) -> None:
    opened(school)
    reviews.open_review(school_context(school, DEV))
    assert trail(school) == ["policy.review_opened"]
    form = school.press(HANA, school.command(HANA, "/policy"), "Review").view
    off = school.press(HANA, form, "Call it off").view
    assert off is not None
    assert "called off" in off.text
    school.deliver()
    assert "called off" in school.people.message(PRIYA.user_id, "The review of").text
    with pytest.raises(Conflict):
        reviews.sign(school_context(school, PRIYA), 1, shown_for="2021-03-04", remarks="", signature="Priya Nair")
    opened(school)
    assert reviews.current(school.context()).number == 2  # type: ignore[union-attr]


def test_only_the_head_opens_and_staff_learn_nothing(school: School) -> None:
    look = school.press(PRIYA, school.command(PRIYA, "/policy"), "Review").view
    assert look is not None
    assert "The headteacher or the deputy opens it" in look.text
    assert look.payload.get("submit") is None
    opened(school)
    with pytest.raises(NotFound):
        reviews.get(school_context(school, ANN), 1)
    told = school.press(
        ANN, school.people.message(PRIYA.user_id, "waits for your"), "Read and sign", sight=Sight.FORGED
    )
    assert "This is for the" in told.text


def test_where_nobody_holds_a_role_it_says_so(school: School) -> None:
    settings = read_school(SAMPLE / "school.toml")
    holders = {each for each in settings.holders() if each[1] != "data_protection_officer"}
    school_service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, None)
    opened(school)
    window = school.press(HANA, school.command(HANA, "/policy"), "Review").view
    assert window is not None
    assert "*data protection officer*: nobody holds this role" in window.text
