"""Somebody fills in forms over and over: signed submissions, each a form of its own, as Slack would deliver them."""

import json
import time
from collections.abc import Mapping
from typing import Any

from slack_bolt import App, BoltRequest

from tests.people import Someone
from tests.slack.fake import FakeSlack
from tests.slack.forms import Field, State, entered_state, find_input, state_of
from tests.slack.payloads import FORM, Payloads, signed_headers
from tests.slack.people import SIGNING_SECRET, Workspace
from tests.slack.views import View

ACCESS = {
    "Full URL": "https://volcano-cam.example/live",
    "Site content": "A live camera on a volcano, with a map of where the lava is and a diary of the last eruptions.",
    "Reasons for access": "Year 3 watches volcanoes this half term, and the books in the library stop in 2009.",
    "Identified risks and control measures": "Comments below the film: shown full screen, for the teacher only.",
}


class Filler:
    """Sends one form to one app. Each call is one submission; it returns the seconds until the answer.

    Whatever Slack does (the body, the signature) is done before the clock starts; Bolt's parsing and checking are not.
    `expected`: words that must be in every answer, so that nothing but the real answer is ever measured.
    """

    def __init__(self, app: App, slack: FakeSlack, who: Someone, view: View, entries: Mapping[str, Any]) -> None:
        self._app, self._slack, self._who, self._view = app, slack, who, view
        self._state = filled(view, entries)
        self._payloads = Payloads(slack)

    def __call__(self, *, expected: str = "", **metadata: Any) -> float:
        """Send the form once. `metadata`: what the form brings back, where it is not what it was opened with."""
        body, headers = self.request(**metadata)
        began = time.perf_counter()
        answer = self._app.dispatch(BoltRequest(body=body, headers={**headers}, mode="http"))
        taken = time.perf_counter() - began
        if answer.status != 200 or expected not in answer.body:
            raise RuntimeError(f"this is not the answer to {self._view.title!r}: {answer.status} {answer.body[:300]}")
        return taken

    def enter(self, block_id: str, text: str) -> None:
        """Enter another text into a field before the next submission."""
        ((_, field),) = self._state[block_id].items()
        field["value"] = text

    def request(self, **metadata: Any) -> tuple[str, Mapping[str, str]]:
        """Return the next submission: body and signed headers of a form that was never sent before."""
        forged: dict[str, Any] = {"id": self._slack.serial("V"), "hash": self._slack.serial("h")}
        if metadata:
            forged["private_metadata"] = json.dumps(metadata)
        body = self._payloads.submission(self._who.user_id, self._view, self._state, forged)
        return body, signed_headers(body, FORM, secret=SIGNING_SECRET, age_seconds=0, retry=0)


def filled(view: View, entries: Mapping[str, Any]) -> State:
    """Return the state of a form in which somebody has entered this."""
    drafts: State = {}
    for name, entry in entries.items():
        block, element = find_input(view.blocks, name)
        offered = list(element.get("options", ()))
        drafts.setdefault(block["block_id"], {})[element["action_id"]] = entered_state(
            Field(block, element, offered), entry
        )
    return state_of(view.blocks, drafts)


def open_form(app: App, slack: FakeSlack, who: Someone, command: str) -> View:
    """Return the form that a command opens."""
    view = Workspace(app, slack).command(who.user_id, command).view
    if view is None:
        raise RuntimeError(f"{command} opened no form")
    return view
