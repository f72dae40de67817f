"""The tour: Ann asks, a mother takes her consent back, Ann asks again; a request and a report wait. Played for real."""

from collections.abc import Mapping
from typing import Any

from tests.browser.local_slack import LocalSlack, Submitted
from tests.demo.errors import DemoError
from tests.demo.transcript import Transcript

PUPIL, CLASS = "Jamie Nowak", "3B"
WITHDRAWAL = {
    "What was decided": "No, or withdrawn",
    "Who decided?": "Marta Nowak",
    "Who is this person": "Mother",
    "How did it reach": "Spoken: on the phone or at the door",
}
# Both are left waiting for the headteacher: see the card.
REQUEST = {
    "Site content": "A live camera on a volcano",
    "Reasons for access": "The Acorns talk about volcanoes this week",
    "Identified risks": "Comments below the film: shown full screen",
}
REPORT_FIRST = {"Could it be": "No", "Who is this about": "A pupil"}
REPORT = {"Full URL(s)": "https://prize-game.example/play", "Nature": "A game with violent pictures"}
NOT_TO_BE_USED = f"Do not include* {PUPIL}"


def play(slack: LocalSlack, told: Transcript) -> None:
    """Play the tour through the local Slack and tell it as it happens. Raises DemoError if Lanyard answers wrongly."""
    told.scene(1, "Ann teaches 3B. She took a picture of Jamie; may she use it?")
    _asks(slack, told, "/consent Jamie")
    button = f"{PUPIL} · {CLASS}"
    told.does("Ann", f"presses [ {button} ]")
    slack.press("ann", button)
    before = slack.wait_for_message("staffroom", f"*{PUPIL}*")["blocks"]
    told.answers(before)

    told.scene(2, "The whole class is in her film for the school website. Who must be left out?")
    _asks(slack, told, f"/consent {CLASS} for website video")

    told.scene(3, f"{PUPIL}'s mother phones the office: no more pictures. Olu writes it down.")
    _withdraws(slack, told)

    told.scene(4, "Ann asks again, a moment later.")
    after = _asks(slack, told, f"/consent {PUPIL} {CLASS}")
    if NOT_TO_BE_USED in _text(before) or NOT_TO_BE_USED not in _text(after):
        raise DemoError("the tour went wrong: the withdrawal did not change the answer")

    told.scene(5, "Cara needs a site that the web filter blocks. She asks for it.")
    _sends(slack, told, "Cara", "/request-access https://volcano-cam.example/live", REQUEST)

    told.scene(6, "A pupil met something unsuitable online. Ben reports it.")
    _sends(slack, told, "Ben", "/report-content", REPORT_FIRST, REPORT)
    for waits in ("AR-1 waits for you", "Inappropriate content was reported"):
        slack.wait_for_message("hana", waits)


def _asks(slack: LocalSlack, told: Transcript, command: str) -> list[dict[str, Any]]:
    told.does("Ann", command)
    said = slack.command("ann", command)
    if not said:
        raise DemoError(f"the tour went wrong: nothing was answered to {command}")
    blocks: list[dict[str, Any]] = said[-1]["blocks"]
    told.answers(blocks)
    return blocks


def _withdraws(slack: LocalSlack, told: Transcript) -> None:
    command = f"/consent-record {PUPIL} {CLASS}"
    told.does("Olu", command)
    slack.command("olu", command)
    form = slack.wait_for_view("Record")
    filled = ", ".join(WITHDRAWAL.values())
    told.does("Olu", f"fills in the form: {filled}; presses [ {form['submit']['text']} ]")
    # What Olu leaves alone is left alone: `keep_initial` is how Slack's own page sends it.
    outcome = slack.submit_view("olu", WITHDRAWAL)
    if outcome.errors or not outcome.stack:
        raise DemoError(f"the tour went wrong: the form was not taken: {outcome.errors}")
    told.answers(outcome.stack[-1]["blocks"])
    slack.close_view("olu")


def _sends(slack: LocalSlack, told: Transcript, who: str, command: str, *forms: Mapping[str, str]) -> None:
    """Fill in the forms that a command opens, one after the other; tell what the last one came to."""
    told.does(who, command)
    slack.command(who.lower(), command)
    outcome = Submitted(stack=[slack.wait_for_view()])
    for form in forms:
        label = outcome.stack[-1]["submit"]["text"]
        told.does(who, f"fills in the form: {'; '.join(form.values())}; presses [ {label} ]")
        outcome = slack.submit_view(who.lower(), form)
        if outcome.errors or not outcome.stack:
            raise DemoError(f"the tour went wrong: the form was not taken: {outcome.errors}")
    told.answers(outcome.stack[-1]["blocks"])
    slack.close_view(who.lower())


def _text(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(block["text"]["text"] for block in blocks if block["type"] == "section")
