"""Opening a blocked site, in Chromium: Ann asks, Hana decides in her messages, Ann sees the outcome."""

import re

import pytest

from tests.browser.screen import Screen


@pytest.mark.policy("7.5")
def test_from_the_question_to_the_filter_changed(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/request-access")
    screen.form("Open a blocked site")
    screen.fill_modal(
        {
            "Full URL": "https://volcano-cam.example.org/live",
            "Site content": "A live camera on a volcano",
            "Reasons for access": "Year 3 watches volcanoes this half term",
            "Identified risks": "Comments below the film: shown full screen",
        }
    )
    assert screen.submit() == {}
    screen.see("It waits for Hana Rees")
    screen.close()

    screen.as_person("Hana Rees")
    screen.go("Hana Rees")
    screen.message("waits for you")
    screen.press("Approve")
    screen.form("Approve: AR-1")
    screen.see("Year 3 watches volcanoes this half term")
    screen.fill_modal({"Reasons": "A good source; the comments are hidden", "Signature": "Hana Rees"})
    assert screen.submit() == {}
    screen.see("approved; the filter is still to be changed")
    screen.close()
    screen.message("The web filter is to be changed because of AR-1")
    screen.press("Filter is changed")
    screen.form("Change the filter")
    screen.see("nothing has to be changed there")
    screen.close()
    screen.home()
    screen.press("Web filter")
    screen.form("Web filter")
    screen.see("volcano-cam.example.org")
    screen.see("· in the filter")
    screen.close()

    screen.as_person("Ann Teacher")
    screen.go("Ann Teacher")
    # How it went, the decision, the filter: each was told when it happened, and all say now how it stands.
    screen.messages("approved, and open in the filter", 3)


@pytest.mark.policy("5.5")
def test_a_report_is_completed_and_signed(screen: Screen) -> None:
    screen.as_person("Ben Carter")
    screen.say("staffroom", "/report-content")
    screen.form("Report content")
    screen.fill_modal({"Could it be": "No", "Who is this about": "A pupil"})
    assert screen.submit() == {}
    screen.see("For something unsuitable")
    screen.fill_modal({"Full URL(s)": "https://bad.example.org/game", "Nature": "A violent game"})
    assert screen.submit() == {}
    screen.see("It waits for Hana Rees")
    screen.close()

    screen.as_person("Hana Rees")
    screen.go("Hana Rees")
    waits = re.search(r"CR-\d{4}", screen.message("waits for you. Inappropriate content").inner_text())  # it is drawn
    assert waits
    screen.press("Open and complete")
    screen.form(waits[0])
    screen.see("A violent game")
    screen.fill_modal({"Action taken": "Asked for the site to be blocked", "Signature": "Hana Rees"})
    assert screen.submit() == {}
    screen.see(f"{waits[0]}: dealt with")
