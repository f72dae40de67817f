"""From a check to an empty list, played by clicks on a phone: what a teacher, the office and the headteacher see."""

import pytest

from tests.people import ANN, HANA, OLU
from tests.posting.gate import FATIMA, FEED, JACK, TRUE
from tests.renderer.visitor import Visitor

pytestmark = pytest.mark.databases("sqlite")
PICTURE = {
    "Where is it": [FEED],
    "Photo or video": "Photo",
    "Names or classes": f"{FATIMA}, {JACK}",
    "How many": "2",
    "Taken with": "A school device",
    "Tick what is true": TRUE,
}
BY_PHONE = {
    "What may not be used": "Twitter/X",
    "Who decided?": "Noor van Dijk",
    "Who is this person": "Mother",
    "How did it reach": "Spoken: on the phone or at the door",
}


@pytest.mark.policy("4.5", "4.6", "4.7", "4.13")
def test_a_picture_goes_out_and_comes_down(visitor: Visitor) -> None:
    visitor.command(ANN, "/post-check")
    visitor.window("Check a picture")
    visitor.shot("gate-form")
    visitor.fill(PICTURE)
    visitor.submit()
    visitor.see("Go.")
    visitor.shot("gate-go")
    visitor.close()

    visitor.home(OLU)
    visitor.press("Record a decision")
    visitor.fill({"Or type the pupil's name": FATIMA, "What would you like to do?": "A parent takes consent back"})
    visitor.submit()
    visitor.fill(BY_PHONE)
    visitor.submit()
    visitor.see("Recorded.")
    visitor.close()

    visitor.messages(ANN)
    visitor.message("Do not post your picture")
    visitor.shot("gate-stale", visitor.message("Do not post your picture"))
    visitor.press("Posted", near="Do not post your picture")
    visitor.fill({"Link or place": "https://x.example/huntington/7"})
    visitor.submit()
    visitor.see("Take PO-1 down now.")
    visitor.shot("gate-take-down-now")
    visitor.press("I took it down")
    visitor.submit()
    visitor.close()

    visitor.messages(OLU)
    visitor.press("Open", near="look by hand")
    visitor.shot("gate-take-down")
    visitor.fill({"Tick what": [f"{FATIMA} (Reception Acorns)"], "What was done": "Nothing found"})
    visitor.submit()
    visitor.see("done")
    visitor.press("Note to the parents")
    visitor.see("1 picture was removed")
    visitor.shot("gate-note")
    visitor.close()

    visitor.home(HANA)
    visitor.press("More")
    visitor.press("What has to come down")
    visitor.see("Nothing has to come down.")
