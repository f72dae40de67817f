"""What comes back from the bot, and what Slack makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt import BoltResponse

from tests.slack.block_kit import check_message, check_options, check_view
from tests.slack.controls import button_labels
from tests.slack.fake import FakeSlack
from tests.slack.rules import Json, every_option
from tests.slack.views import View
from tests.slack.world import Message, SlackError

OK = 200


@dataclass(frozen=True)
class Outcome:
    """What an acknowledgement said beyond "ok"."""

    errors: dict[str, str] = field(default_factory=dict)
    options: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Delivery:
    """One request to the bot, and what to do with the answer. `at_home`: done on the Home tab."""

    user_id: str
    body: str
    content_type: str
    settle: Callable[[BoltResponse], Outcome]
    at_home: bool = False
    retry: int = 0

    def again(self) -> Delivery:
        """The same once more, as Slack does when it has not heard in time."""
        return replace(self, retry=self.retry + 1)


@dataclass(frozen=True)
class Answer:
    """What a person got for what they did.

    `view`: the modal in front of them now or, if they were on it, the Home tab. `messages`: those that they can read
    and that are new or changed by this. `errors`: block_id → what is wrong in the form. `options`: of a type-ahead.
    """

    status: int
    view: View | None
    messages: tuple[Message, ...]
    errors: dict[str, str]
    options: list[Json]
    delivery: Delivery = field(repr=False)
    body: str = field(repr=False, default="")

    @property
    def text(self) -> str:
        """Everything that they read now: the view with its errors, then the messages."""
        view = [self.view.text] if self.view else []
        return "\n".join([*view, *self.error_texts, *(message.text for message in self.messages)])

    @property
    def error_texts(self) -> list[str]:
        """What the form says is wrong, in its order."""
        return list(self.errors.values())

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the view or else of the last message."""
        if self.view:
            return self.view.blocks
        return self.messages[-1].blocks if self.messages else []

    @property
    def buttons(self) -> list[str]:
        """The texts of every button in it."""
        shown = [*([self.view.blocks] if self.view else []), *(message.blocks for message in self.messages)]
        return [label for blocks in shown for label in button_labels(blocks)]

    @property
    def private(self) -> bool:
        """Something was shown, and no administrator's export will hold any of it."""
        shown = self.view is not None or bool(self.messages)
        return shown and all(message.only_for for message in self.messages)


class Settling:
    """Does with an acknowledgement what Slack does, and remembers what is wrong in it as violations."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake
        self._reactions: dict[str | None, Callable[[View, Json], None]] = {
            None: self._close,
            "clear": self._clear,
            "update": self._update,
            "push": self._push,
        }

    def command(self, response: BoltResponse, user_id: str, channel: str, url_key: str) -> Outcome:
        """A command's acknowledgement may hold the private answer."""
        if not response.body:
            return Outcome()
        body = _json(response)
        payload = {"text": response.body} if body is None else body
        if payload.get("response_type") != "ephemeral":
            self._fake.violate("command", "response_type: must be ephemeral")
        if self._passes("command", check_message, payload):
            only_for = None if payload.get("response_type") == "in_channel" else user_id
            message = self._fake.post(channel, self._fake.bot_user_id, payload, only_for=only_for)
            self._fake.urls.remember_origin(url_key, (message.channel, message.ts))
        return Outcome()

    def silent(self, response: BoltResponse) -> Outcome:
        """Slack drops whatever stands in the acknowledgement of a button, shortcut or event."""
        if response.body:
            self._fake.violate("acknowledgement", f"nobody will see its body: {response.body[:80]!r}")
        return Outcome()

    def suggestion(self, response: BoltResponse) -> Outcome:
        """The options of a type-ahead query."""
        payload = _json(response) or {}
        return Outcome(options=every_option(payload)) if self._passes("options", check_options, payload) else Outcome()

    def submission(self, response: BoltResponse, view: View, user_id: str) -> Outcome:
        """A form's acknowledgement says what becomes of the form; nothing said closes it."""
        current = self._fake.views.find(view.id)
        body = _json(response) or {}
        action = body.get("response_action")
        if action == "errors":
            return self._errors(view, body)
        if action not in self._reactions or (response.body and action is None):
            self._fake.violate("view_submission", f"response_action: {action!r} is unknown: {response.body[:80]!r}")
        elif current is not None and view.user_id == user_id:  # not closed since, and not forged
            self._reactions[action](view, body)
        return Outcome()

    def _errors(self, view: View, body: Json) -> Outcome:
        errors = body.get("errors") or {}
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        for block_id, text in errors.items():
            if block_id not in inputs:
                self._fake.violate("view_submission", f"errors: {block_id!r} is no input block of the form")
            if not isinstance(text, str) or not text.strip():
                self._fake.violate("view_submission", f"errors.{block_id}: is empty")
        return Outcome(errors=errors)

    def _close(self, view: View, body: Json) -> None:
        self._fake.views.close(view)

    def _clear(self, view: View, body: Json) -> None:
        self._fake.views.clear(view.user_id)

    def _update(self, view: View, body: Json) -> None:
        self._place(body, lambda payload: self._fake.views.update(view.id, payload, sent=view))

    def _push(self, view: View, body: Json) -> None:
        self._place(body, lambda payload: self._fake.views.push(view.user_id, payload))

    def _place(self, body: Json, put: Callable[[Json], View]) -> None:
        if not self._passes("view_submission", check_view, body.get("view")):
            return
        try:
            put(body["view"])
        except SlackError as refusal:
            self._fake.violate("view_submission", refusal.error)

    def _passes(self, where: str, checker: Callable[[Json], None], payload: Any) -> bool:
        try:
            checker(payload)
        except AssertionError as wrong:
            self._fake.violate(where, str(wrong))
            return False
        return True


def _json(response: BoltResponse) -> Json | None:
    """The body, if it is a JSON object."""
    if not response.body.startswith("{"):
        return None
    body = json.loads(response.body)
    return body if isinstance(body, dict) else None
