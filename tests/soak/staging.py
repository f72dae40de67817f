"""One way to use Lanyard, put before a school anew: the window or message it is done in, and the signed request."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from slack_bolt import BoltResponse

from bot.serve import wsgi
from handlers.requests import Kind
from tests.people import STAFFROOM
from tests.school import School
from tests.slack.answers import OK, Settling
from tests.slack.fake import FakeSlack
from tests.slack.forms import State, state_of
from tests.slack.payloads import FORM, JSON, Payloads, Place, signed_headers
from tests.slack.people import SIGNING_SECRET
from tests.slack.rules import Json
from tests.slack.views import View
from tests.slack.world import Message

EVENT = "event"  # whatever Slack tells unasked; of these only the Home tab is a way in


@dataclass(frozen=True)
class Seed:
    """A valid way to use Lanyard. `way`: a Kind's value, or EVENT. `said`: what is typed, pressed or told."""

    way: str
    name: str
    user_id: str
    surface: Place | None = None
    said: Json = field(default_factory=dict)
    state: State = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """A seed in a school: the body that Slack would send, and the window or message that it comes from."""

    seed: Seed
    body: Json
    place: Place | None = None
    url_key: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back. `options`: of a picker."""

    status: int
    body: str
    options: list[Json] = field(default_factory=list)


class Stage:
    """A school behind its own door: the web application that `bot run` serves."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.slack = school.slack
        self.settling = Settling(school.slack)
        self._payloads = Payloads(school.slack)
        self._application = wsgi(school.bot, SIGNING_SECRET)
        self.taken = 0.0  # seconds that the last answer took
        self.answers: list[str] = []  # their bodies

    def stage(self, seed: Seed, *, by: str = "", team_id: str | None = None) -> Staged:
        """Open the window, or post the message, in which the seed is used, and write the body.

        `by`: the account that has it on its screen instead of whoever it was shown to; `team_id`: the workspace that it
        says it is of.
        """
        self._payloads.team_id = team_id
        seed = _taken_by(seed, by, self.slack) if by else seed
        key, place = "", self._place(seed)
        if seed.way == Kind.COMMAND.value:
            channel = seed.said.get("channel", STAFFROOM)
            key = self.slack.urls.issue(seed.user_id, channel)
            sent = self._payloads.command(seed.user_id, seed.name, seed.said["text"], channel, key)
            return Staged(seed, dict(parse_qsl(sent, keep_blank_values=True)), url_key=key)
        if seed.way in {Kind.HOME.value, EVENT}:
            return Staged(seed, json.loads(self._payloads.event(seed.said["type"], _without_type(seed.said))))
        return Staged(seed, json.loads(dict(parse_qsl(self._interaction(seed, place)))["payload"]), place)

    def _interaction(self, seed: Seed, place: Place | None) -> str:
        who = seed.user_id
        if place is None:
            return self._payloads.shortcut(who, seed.name, None)
        if seed.way == Kind.BUTTON.value:
            return self._payloads.actions(who, place, seed.said, seed.state)
        if seed.way == Kind.OPTIONS.value:
            return self._payloads.suggestion(who, place, seed.said, seed.said, seed.said["value"], seed.state)
        assert isinstance(place, View)
        if seed.way == Kind.CLOSED.value:
            return self._payloads.closed(who, place, seed.state)
        return self._payloads.submission(who, place, seed.state, {})

    def _place(self, seed: Seed) -> Place | None:
        surface = seed.surface
        if isinstance(surface, View):
            put = self.slack.views.open if surface.is_modal else self.slack.views.publish
            return put(seed.user_id, surface.payload)
        if isinstance(surface, Message):
            body = {"text": surface.fallback, "blocks": surface.blocks}
            channel = self.slack.dm_of(seed.user_id) if surface.channel.startswith("D") else surface.channel
            return self.slack.post(channel, self.slack.bot_user_id, body, only_for=surface.only_for)
        return None

    def send(self, staged: Staged, body: Any) -> Reply:
        """Send a body for what was staged, signed; Slack does with the answer what it does. Errors: the door's own."""
        status, answer = self.post(*encoded(staged.seed, body))
        self.answers.append(answer)
        options = self._settle(staged, body, BoltResponse(status=status, body=answer)) if status == OK else []
        self.school.bot.router.drain()
        return Reply(status, answer, options)

    def post(self, content: str, content_type: str) -> tuple[int, str]:
        """Post a body as it is, signed; returns (status, the whole answer)."""
        raw = content.encode()
        headers = signed_headers(content, content_type, secret=SIGNING_SECRET, age_seconds=0, retry=0)
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/slack/events",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": headers.pop("content-type"),
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        statuses: list[str] = []
        begun = time.perf_counter()
        answer = b"".join(self._application(environ, lambda status, _headers: statuses.append(status)))
        self.taken = time.perf_counter() - begun
        return int(statuses[0].split()[0]), answer.decode()

    def _settle(self, staged: Staged, body: Any, response: BoltResponse) -> list[Json]:
        """Do with an acknowledgement what Slack does; what it would refuse is remembered as a violation."""
        seed, place = staged.seed, staged.place
        if seed.way == Kind.COMMAND.value:
            self.settling.command(response, seed.user_id, seed.said.get("channel", STAFFROOM), staged.url_key)
        elif seed.way == Kind.OPTIONS.value:
            return self.settling.suggestion(response).options if response.body else []
        elif seed.way == Kind.FORM.value and isinstance(place, View):
            self.settling.submission(response, as_sent(place, body), seed.user_id)
        else:
            self.settling.silent(response)
        return []


def _taken_by(seed: Seed, user_id: str, slack: FakeSlack) -> Seed:
    """Return the same thing done by somebody else: with a window, message or button that was never shown to them."""
    told: object = seed.said.get("user")
    if isinstance(told, dict):  # of an account Slack tells what it is, whoever uses it
        told = slack.user_object(user_id) if user_id in slack.users else {"id": user_id, "is_restricted": True}
    said = {**seed.said, "user": told if isinstance(told, dict) else user_id} if told else seed.said
    return replace(seed, user_id=user_id, said=said)


def as_sent(view: View, body: Any) -> View:
    """Return the form as the payload says that it was shown: an error has to stand under an input of that one."""
    sent = body.get("view") if isinstance(body, Mapping) else None
    blocks = sent.get("blocks") if isinstance(sent, Mapping) else None
    if not isinstance(blocks, list):
        return view
    inputs = [each for each in blocks if isinstance(each, dict) and {"type", "block_id"} <= each.keys()]
    payload = {**view.payload, "blocks": inputs}
    return View(view.id, view.user_id, payload, view.hash, view.root_id, view.previous_id)


def encoded(seed: Seed, body: Any) -> tuple[str, str]:
    """Return (content, content type) as Slack sends this kind of thing; a body that is a text goes as it is."""
    if seed.way in {Kind.HOME.value, EVENT}:
        return (body if isinstance(body, str) else json.dumps(body)), JSON
    if seed.way == Kind.COMMAND.value and isinstance(body, Mapping):
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        return urlencode(fields, errors="surrogatepass"), FORM
    return urlencode({"payload": body if isinstance(body, str) else json.dumps(body)}), FORM


def filled(surface: Place, fill: Callable[[Json, Json], Json | None]) -> State:
    """Return what a window holds when every input has something in it. `fill`: (block, element) → its state."""
    state = state_of(surface.blocks, {})
    for block in surface.blocks:
        element = block.get("element")
        if block["type"] == "input" and element and (entered := fill(block, element)):
            state[block["block_id"]][element["action_id"]] = entered
    return state


def _without_type(event: Json) -> Json:
    return {name: value for name, value in event.items() if name != "type"}
