"""The second front plays a whole journey by clicks, in Chromium: a blocked site, from the question to the answer."""

import pytest
from playwright.sync_api import expect

from tests.people import ANN, HANA
from tests.renderer.visitor import Visitor

ASKED = {
    "Site content": "A live camera on a volcano",
    "Reasons for access": "Year 3 watches volcanoes this half term",
    "Identified risks": "Comments below the film: shown full screen",
}


@pytest.mark.policy("7.5")
def test_a_blocked_site_from_the_question_to_the_answer(visitor: Visitor) -> None:
    visitor.home(ANN)
    visitor.press("More")
    visitor.press("Open a blocked site")
    visitor.window("Open a blocked site")
    visitor.fill({**ASKED, "Full URL": "volcano cam"})
    visitor.submit()
    assert list(visitor.errors()) == ["url"]
    kept = visitor.top.get_by_label("Reasons for access")
    expect(kept).to_have_value(ASKED["Reasons for access"])  # nothing has to be typed again
    visitor.fill({"Full URL": "https://volcano-cam.example.org/live?a=1&b=2"})
    visitor.submit()
    visitor.see("It waits for Hana Rees")
    visitor.close()

    visitor.messages(HANA)
    visitor.press("Approve", near="AR-1 waits for you")
    visitor.window("Approve: AR-1")
    visitor.see("https://volcano-cam.example.org/live?a=1&b=2")
    visitor.fill({"Reasons": "A good source; the comments are hidden"})
    visitor.submit()
    assert list(visitor.errors()) == ["signature"]
    visitor.fill({"Signature": "Ann Teacher"})
    visitor.submit()
    assert "Hana Rees" in visitor.errors()["signature"]
    visitor.fill({"Signature": "Hana Rees"})
    visitor.submit()
    visitor.see("approved; the filter is still to be changed")
    visitor.close()
    visitor.message("AR-1: approved")  # the message that asked her says now how it stands
    visitor.press("Filter is changed", near="The web filter is to be changed because of AR-1")
    visitor.press("Yes, it is")
    visitor.window("Change the filter")
    visitor.close()

    visitor.messages(ANN)
    visitor.press("Open", near="approved, and open in the filter")
    visitor.window("AR-1")
    visitor.see("A good source; the comments are hidden")
    visitor.see("Signed: Hana Rees")
