"""`python -m tests.renderer.pictures OUT`: the pictures of README.md and docs/, taken by playing what they show."""

import sys
import tempfile
from pathlib import Path

from tests.people import ANN, CARA, HANA, OLU
from tests.posting.gate import AS_TOLD, FATIMA, JACK, JAMIE_ROBERTS, PICTURE
from tests.renderer.opening import School, open_school
from tests.renderer.serving import serve
from tests.renderer.visitor import Visitor, open_browser, open_page

TALL = 1800  # pixels: no window has to be scrolled
WITHDRAWAL = {
    "What was decided": "No, or withdrawn",
    "Who decided?": "Marta Nowak",
    "Who is this person": "Mother",
    "How did it reach": "Spoken: on the phone or at the door",
}
BY_PHONE = {
    "What may not be used": "Twitter/X",
    "Who decided?": "Noor van Dijk",
    "Who is this person": "Mother",
    "How did it reach": "Spoken: on the phone or at the door",
}
SITE = {
    "Full URL": "https://volcano-cam.example.org/live",
    "Site content": "A live camera on a volcano",
    "Reasons for access": "Year 3 watches volcanoes this half term",
    "Identified risks": "Comments below the film: shown full screen",
}
ACCOUNT = {
    "What for": "My own social media account in a lesson (§5.7)",
    "From": "2026-12-03",
    "Until": "2026-12-03",
    "Reasons": "The author whom we read answers classes on her account",
}


def take(out: Path) -> None:
    """Take every picture into a folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_school(Path(folder)) as school,
        serve(school.front) as url,
        open_browser() as browser,
        open_page(browser) as page,
    ):
        page.set_viewport_size({"width": 900, "height": TALL})
        visitor = Visitor(page, url, out)
        _consent(visitor)
        _access(visitor)
        _permission(visitor)
        _reminders(visitor, school)
        _gate(visitor)


def _consent(visitor: Visitor) -> None:
    visitor.command(ANN, "/consent 3B for website video")
    visitor.shot("consent-class", visitor.message("3B: leave out 8 of 26 children"))
    visitor.command(ANN, "/consent Jamie")
    visitor.shot("consent-which", visitor.message("Which Jamie?"))
    visitor.press("Jamie Nowak · 3B")
    visitor.shot("consent-answer", visitor.message("School website: yes, photo and video"))

    visitor.command(OLU, "/consent-record Jamie Nowak 3B")
    visitor.fill(WITHDRAWAL)
    visitor.shot("record-form", visitor.window("Record a decision"))
    visitor.submit()
    visitor.shot("record-done", visitor.window("Recorded"))
    visitor.close()
    visitor.home(OLU)
    visitor.see("Jamie Nowak · 3B, withdrawn by word of mouth")
    visitor.shot("home-office")


def _access(visitor: Visitor) -> None:
    visitor.command(ANN, "/request-access")
    visitor.fill(SITE)
    visitor.shot("access-form", visitor.window("Open a blocked site"))
    visitor.submit()
    visitor.close()
    visitor.messages(HANA)
    visitor.press("Approve", near="AR-1 waits for you")
    visitor.fill({"Reasons": "A good source; the comments are hidden", "Signature": HANA.name})
    visitor.shot("access-decide", visitor.window("Approve: AR-1"))
    visitor.submit()
    visitor.close()
    visitor.press("Filter is changed", near="The web filter is to be changed because of AR-1")
    visitor.press("Yes, it is")
    visitor.close()
    visitor.home(HANA)
    visitor.press("Web filter")
    visitor.shot("filter-list", visitor.window("Web filter"))
    visitor.close()


def _permission(visitor: Visitor) -> None:
    visitor.command(ANN, "/ask-permission")
    visitor.fill(ACCOUNT)
    visitor.shot("permission-form", visitor.window("Ask for permission"))
    visitor.submit()
    visitor.close()
    visitor.messages(HANA)
    visitor.press("Approve", near="PR-1 waits for you")
    conditions = "On the school's machine only"
    visitor.fill({"Reasons": "A good idea for the reading week", "Conditions": conditions, "Signature": HANA.name})
    visitor.shot("permission-decide", visitor.window("Approve: PR-1"))
    visitor.close()


def _reminders(visitor: Visitor, school: School) -> None:
    """What two people read on Tuesday morning."""
    school.clock.forward(days=1)
    school.tick()
    visitor.messages(CARA)
    visitor.shot("digest-cara", visitor.message("1 day overdue"))
    visitor.messages(HANA)
    visitor.shot("digest-head", visitor.message("with colleagues"))


def _gate(visitor: Visitor) -> None:
    """A picture is checked and posted; a mother takes consent back, and the office sees what has to come down."""
    visitor.command(ANN, "/post-check")
    visitor.fill({**PICTURE, "Names or classes": f"{FATIMA}, {JACK}, {JAMIE_ROBERTS}", "How many": "3"})
    visitor.shot("gate-form", visitor.window("Check a picture"))
    visitor.submit()
    visitor.shot("gate-changes", visitor.window("Your picture"))
    visitor.press("Posted")
    visitor.fill({"Link or place": "https://x.example/huntington/7", **AS_TOLD})
    visitor.submit()
    visitor.close()
    visitor.home(OLU)
    visitor.press("Record a decision")
    visitor.fill({"Or type the pupil's name": FATIMA, "What would you like to do?": "A parent takes consent back"})
    visitor.submit()
    visitor.fill(BY_PHONE)
    visitor.submit()
    visitor.close()
    visitor.messages(OLU)
    visitor.press("Open", near="School Twitter feed")
    visitor.shot("gate-take-down", visitor.window("TD-3"))
    visitor.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
