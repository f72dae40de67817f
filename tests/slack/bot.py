"""A tiny Bolt app, a clock and some people, to try the fake Slack on itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_bolt import Ack, App, Args, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET

Json = dict[str, Any]
ANN, HANA, OZ, GONE = "U0ANN", "U0HANA", "U0OZ", "U0GONE"
STAFF, HEADS = "C0STAFF", "C0HEADS"
SCOPES = ("commands", "chat:write", "im:write", "users:read", "users:read.email", "files:read")
Listener = Callable[[Json, Ack, Respond], Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def says(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}, **more}


def buttons(*labels: str) -> Json:
    made = [{"type": "button", "action_id": f"on_{label}", "text": plain(label), "value": label} for label in labels]
    return {"type": "actions", "elements": made}


def asks(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


def choices(*texts: str) -> list[Json]:
    return [{"text": plain(text), "value": text.lower()} for text in texts]


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
        **more,
    }


TEXT = {"type": "plain_text_input"}
NAME = asks("name", "Full name", {**TEXT, "max_length": 20})
FORM = modal(
    NAME,
    asks("why", "Reasons for access", {**TEXT, "multiline": True}, optional=True),
    asks("colour", "Colour", {"type": "static_select", "options": choices("Red", "Green")}, optional=True),
    asks("pupil", "Pupil", {"type": "external_select", "min_query_length": 2}, optional=True),
    asks("day", "Day", {"type": "datepicker", "initial_date": "2026-09-01"}),
    asks("ticks", "Places", {"type": "checkboxes", "options": choices("Website", "Video")}, optional=True),
    asks("proof", "Evidence", {"type": "file_input", "filetypes": ["pdf"], "max_files": 1}, optional=True),
)


class Clock:
    """The tests' time, moved by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 9, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class Bot:
    """A tiny app whose listeners are the tests' own: `bot.on["/ask"] = listener`, by command, action or form name."""

    def __init__(self, fake: FakeSlack) -> None:
        self.on: dict[str, Listener] = {}
        self.bodies: list[Json] = []
        self.retries: list[tuple[str | None, str | None]] = []
        self.client = WebClient(token=fake.token, base_url=fake.api_url)
        self.app = App(
            client=self.client,
            signing_secret=SIGNING_SECRET,
            process_before_response=True,
            token_verification_enabled=False,
        )
        self.app.middleware(self._answer)

    @property
    def last(self) -> Json:
        """The body that came last."""
        return self.bodies[-1]

    def _answer(self, args: Args) -> Any:
        self.bodies.append(args.body)
        numbers, reasons = (args.req.headers.get(f"x-slack-retry-{name}") for name in ("num", "reason"))
        self.retries.append((numbers[0] if numbers else None, reasons[0] if reasons else None))
        listener = self.on.get(_name(args.body))
        if listener is None:
            return args.next()
        listener(args.body, args.ack, args.respond)
        return args.ack.response


def _name(body: Json) -> str:
    """What a listener for this body is filed under."""
    kind = str(body.get("type", ""))
    if kind == "block_suggestion":
        return str(body["action_id"])
    if kind.startswith("view_"):
        return str(body["view"]["callback_id"])
    names = (body.get("command"), (body.get("actions") or [{}])[0].get("action_id"), body.get("event", {}).get("type"))
    return str(next((name for name in (*names, body.get("callback_id")) if name), ""))


@contextmanager
def staffed(clock: Clock) -> Iterator[FakeSlack]:
    """A fake with Ann and Hana on the staff, Oz from elsewhere and somebody who left."""
    with FakeSlack(clock, scopes=SCOPES) as fake:
        fake.add_user(ANN, "ann", "ann@school.example", real_name="Ann Teach")
        fake.add_user(HANA, "hana", "hana@school.example", real_name="Hana Head")
        fake.add_user(OZ, "oz", "oz@elsewhere.example", is_stranger=True, team_id="T0OTHER")
        fake.add_user(GONE, "gone", "gone@school.example", deleted=True)
        fake.add_channel(STAFF, "staff", [ANN, HANA])
        fake.add_channel(HEADS, "heads", [HANA], is_private=True, bot_is_member=False)
        yield fake


def refused(call: Any, **arguments: Any) -> str:
    """The error code of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as refusal:
        call(**arguments)
    return str(refusal.value.response["error"])


def opens(bot: Bot, view: Json = FORM) -> Any:
    """A listener that opens a form."""

    def listener(body: Json, ack: Ack, respond: Respond) -> None:
        ack()
        bot.client.views_open(trigger_id=body["trigger_id"], view=view)

    return listener


def acks(*args: Any, **answer: Any) -> Any:
    """A listener that only acknowledges, with this."""
    return lambda body, ack, respond: ack(*args, **answer)
