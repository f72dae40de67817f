"""Refreshers after an incident or a change: proposed, and started or declined by the head or the deputy (§9.7)."""

import json

import pytest

from bot.errors import BadInput, Refused
from bot.services.training import rounds
from tests import policies
from tests.people import ANN, DEV, HANA, OLU
from tests.policy.test_policy import imported
from tests.school import School, acting
from tests.slack.people import Sight
from tests.training.test_training import (
    AT_RISK,
    LESSON,
    REFRESHER,
    _buttons,
    items,
    record,
    register,
    shown,
    trail,
    window,
)


def propose(school: School, source: str = "IN-2") -> None:
    with school.context().begin() as tx:
        rounds.propose(tx, source)
        rounds.propose(tx, source)
    school.deliver()


def test_the_head_starts_a_refresher_that_is_proposed(school: School) -> None:
    record(school, ANN, REFRESHER)
    assert "training-online-safety" not in {each.key for each in items(school, ANN)}
    school.clock.forward(days=1)
    propose(school)
    (letter,) = [each for each in school.people.inbox(HANA.user_id) if "A refresher is proposed" in each.text]
    assert "after IN-2" in letter.text
    assert "1 proposed refresher waits for your answer" in school.home(HANA).text
    form = school.press(HANA, letter, "Start a refresher").view
    assert form
    assert "After IN-2" in json.dumps(form.payload)
    sent = school.submit(HANA, form, {"Due on": "2026-12-04"})
    assert f"due Fri 4 Dec 2026:\n• {REFRESHER}\n• {AT_RISK}\n• {LESSON}" in shown(sent)
    school.people.again(sent)
    school.deliver()
    assert f"⏳ *{REFRESHER}*\nDue Fri 4 Dec 2026. Last done on Fri 20 Nov 2026." in window(school, ANN).text
    assert "training-online-safety" in {each.key for each in items(school, ANN)}
    assert "*The refresher after IN-2: started.*" in school.people.message(HANA.user_id, "IN-2").text
    assert trail(school).count("training.refresher_started") == 4
    record(school, ANN, REFRESHER, {"Done on": "2026-11-24"})
    assert f"✅ *{REFRESHER}*\nDone on Tue 24 Nov 2026." in window(school, ANN).text


@pytest.mark.policy("9.7")
def test_a_policy_that_changes_proposes_one_and_the_first_does_not(school: School) -> None:
    imported(school)
    assert "proposed" not in register(school, HANA).text
    imported(school, policies.text(policies.changed()).encode(), "2026-12")
    letter = school.people.message(HANA.user_id, "A refresher is proposed")
    assert "after version 2026-12 of the policy" in letter.text
    form = school.press(HANA, letter, "Start a refresher").view
    sent = school.submit(HANA, form, {"Due on": "2026-12-04"})
    assert f"due Fri 4 Dec 2026:\n• {REFRESHER}\n• {AT_RISK}\n• {LESSON}" in shown(sent)


@pytest.mark.policy("9.7")
def test_a_proposal_can_be_answered_with_no_by_the_deputy(school: School) -> None:
    propose(school, "policy 2026-11-23")
    seen = register(school, DEV)
    assert "proposed* after policy 2026-11-23" in seen.text
    school.press(DEV, seen, "Not needed")
    school.deliver()
    assert "not needed" in school.people.message(HANA.user_id, "policy 2026-11-23").text
    assert "proposed" not in register(school, DEV).text
    propose(school, "policy 2026-11-23")  # the same source proposes once
    assert "proposed" not in register(school, DEV).text


def test_head_and_deputy_answer_at_once_and_one_answer_wins(school: School) -> None:
    propose(school)
    letter = school.people.message(HANA.user_id, "IN-2")
    form = school.press(HANA, letter, "Start a refresher").view
    school.press(DEV, register(school, DEV), "Not needed")
    late = school.submit(HANA, form, {"Due on": "2026-12-04"}, sight=Sight.AS_SHOWN)
    assert "answered already" in str(late.error_texts)
    assert "training.refresher_started" not in trail(school)


def test_a_proposal_to_a_head_who_has_left_goes_to_the_deputy(school: School) -> None:
    school.slack.change_user(HANA.user_id, deleted=True)
    propose(school)
    assert "A refresher is proposed* after IN-2" in school.people.message(DEV.user_id, "IN-2").text


def test_a_refresher_needs_a_reason_a_day_and_something_to_refresh(school: School) -> None:
    form = school.press(HANA, register(school, HANA), "Start a refresher").view
    assert set(school.submit(HANA, form, {"Reason": "?", "Due on": "2026-11-22"}).errors) == {"reason", "due_on"}
    with pytest.raises(AssertionError, match=r"What is to be refreshed\?: is required"):
        school.submit(HANA, form, {"Reason": "A new policy", "What is to be": [], "Due on": "2026-12-04"})
    with pytest.raises(BadInput) as refused:
        rounds.start(acting(school, HANA), [], {"reason": "A new policy", "due_on": "2026-12-04"}, form_id="x")
    assert set(refused.value.fields) == {"kinds:0"}


def test_only_head_and_deputy_start_one(school: School) -> None:
    assert "Start a refresher" not in _buttons(register(school, OLU))
    with pytest.raises(Refused):
        rounds.start(acting(school, OLU), ["online-safety"], {}, form_id="x")
    with pytest.raises(Refused):
        rounds.dismiss(acting(school, ANN), 1)
