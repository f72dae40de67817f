"""A personal account in a lesson, in Chromium: Ann asks, Hana permits it with a condition, Ann reads it (§5.7)."""

import pytest

from tests.browser.screen import Screen


@pytest.mark.policy("5.7")
def test_from_the_question_to_the_condition(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/ask-permission")
    screen.form("Ask for permission")
    screen.fill_modal(
        {
            "What for": "My own social media account in a lesson (§5.7)",
            "From": "2026-12-03",
            "Until": "2026-12-03",
            "Reasons": "The author whom we read answers classes on her account",
        }
    )
    assert screen.submit() == {}
    screen.see("It waits for Hana Rees")
    screen.close()

    screen.as_person("Hana Rees")
    screen.go("Hana Rees")
    screen.message("PR-1 waits for you")
    screen.press("Approve")
    screen.form("Approve: PR-1")
    screen.see("The author whom we read")
    screen.fill_modal(
        {
            "Reasons": "A good idea for the reading week",
            "Conditions": "On the school's machine only",
            "Signature": "Hana Rees",
        }
    )
    assert screen.submit() == {}
    screen.see("PR-1: permitted")
    screen.close()

    screen.as_person("Ann Teacher")
    screen.go("Ann Teacher")
    screen.message("PR-1: permitted")
    screen.press("Open")
    screen.form("PR-1")
    screen.see("On the school's machine only")
