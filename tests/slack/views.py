"""Modals and Home tabs as Slack keeps them: a stack of three per person, hashes, triggers and response_urls."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.slack.reading import view_lines
from tests.slack.rules import Json
from tests.slack.world import SlackError, World

TRIGGER_LIFE = timedelta(seconds=3)
STACK_LIMIT = 3
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5
# Slack's names for what the app may set; the rest of a view object is Slack's own.
_DEFAULTS: Json = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "title": None,
    "submit": None,
    "close": None,
    "clear_on_close": False,
    "notify_on_close": False,
}


@dataclass(frozen=True)
class View:
    """One state of a modal or Home tab."""

    id: str
    user_id: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None
    names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def text(self) -> str:
        """What the person reads, line by line."""
        return "\n".join(view_lines(self.payload, self.names))

    @property
    def title(self) -> str:
        """The title of a modal; a Home tab has none."""
        return str((self.payload.get("title") or {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        """The blocks, every one with a block_id."""
        return list(self.payload["blocks"])

    @property
    def is_modal(self) -> bool:
        """A modal, not a Home tab."""
        return bool(self.payload["type"] == "modal")

    @property
    def private_metadata(self) -> str:
        """What the app carries along; nobody sees it."""
        return str(self.payload.get("private_metadata", ""))

    @property
    def callback_id(self) -> str:
        """The app's name for this form."""
        return str(self.payload.get("callback_id", ""))

    def to_slack(self, team_id: str, state: Json | None = None) -> Json:
        """The view object of payloads and answers. `state`: block_id → action_id → what is filled in."""
        return {
            **_DEFAULTS,
            **copy.deepcopy(self.payload),
            "id": self.id,
            "team_id": team_id,
            "state": {"values": state or {}},
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": "A0LANYARD",
            "app_installed_team_id": team_id,
            "bot_id": "B0LANYARD",
        }


@dataclass
class Trigger:
    """The right to open one modal."""

    user_id: str
    issued: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    """The right to answer a command or button. `origin`: the message's channel and ts, if it came from one."""

    user_id: str
    channel: str
    issued: datetime
    origin: tuple[str, str] | None = None
    uses: int = 0


class Views:
    """Every open view and every outstanding trigger. Methods raise SlackError with Slack's codes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._triggers: dict[str, Trigger] = {}
        self._asked: dict[tuple[str, str, str], Json] = {}  # view id, block_id, action_id → what was asked there

    def issue_trigger(self, user_id: str) -> str:
        """A fresh trigger_id for what this person just did."""
        trigger_id = self._world.serial("trigger.")
        self._triggers[trigger_id] = Trigger(user_id, self._world.now())
        return trigger_id

    def use_trigger(self, trigger_id: Any) -> str:
        """Spend a trigger; returns the person's id. It works once and for three seconds."""
        trigger = self._triggers.get(str(trigger_id))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self._world.now() - trigger.issued > TRIGGER_LIFE:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger.user_id

    def stack(self, user_id: str) -> list[View]:
        """The open modals of this person, the lowest first."""
        return list(self._stacks.get(user_id, []))

    def top(self, user_id: str) -> View | None:
        """The modal in front of this person."""
        return self._stacks[user_id][-1] if self._stacks.get(user_id) else None

    def home(self, user_id: str) -> View | None:
        """The Home tab of this person, if one was published."""
        return self._homes.get(user_id)

    def open(self, user_id: str, payload: Json) -> View:
        """Start a new stack; what was open is gone."""
        self._stacks[user_id] = []
        return self._place(user_id, payload)

    def push(self, user_id: str, payload: Json) -> View:
        """Put a modal on top of the stack."""
        if not self._stacks.get(user_id):
            raise SlackError("not_found")
        if len(self._stacks[user_id]) >= STACK_LIMIT:
            raise SlackError("push_limit_reached")
        return self._place(user_id, payload)

    def publish(self, user_id: str, payload: Json, expected_hash: str | None = None) -> View:
        """Set the Home tab."""
        old = self._homes.get(user_id)
        if old:
            self._match(old, expected_hash)
        view_id = old.id if old else self._world.serial("VH")
        self._homes[user_id] = self._view(view_id, user_id, payload, root_id=view_id, previous_id=None)
        return self._homes[user_id]

    def update(
        self, view_id: str, payload: Json, expected_hash: str | None = None, *, sent: View | None = None
    ) -> View:
        """Replace a view in place, wherever in a stack it is. `sent`: the form to which this is the answer."""
        old = self.find(view_id)
        if old is None:
            raise SlackError("not_found")
        self._match(old, expected_hash)
        self._look_for_old_answers(view_id, payload, sent)
        new = self._view(old.id, old.user_id, payload, root_id=old.root_id, previous_id=old.previous_id)
        if old.is_modal:
            stack = self._stacks[old.user_id]
            stack[[view.id for view in stack].index(old.id)] = new
        else:
            self._homes[old.user_id] = new
        return new

    def _look_for_old_answers(self, view_id: str, payload: Json, sent: View | None) -> None:
        """Slack keeps what was entered under the same ids: no violation if it is still the answer to the question."""
        answered = {
            (block.get("block_id"), block["element"].get("action_id"))  # of what was sent, by whomever
            for block in _inputs(sent.payload if sent else {})
        }
        for block in _inputs(payload):
            ids = (block["block_id"], block["element"]["action_id"])
            if ids in answered:
                self._world.violate("views.update", f"{ids}: what was sent stands there for the next question")
            elif self._asked.get((view_id, *ids), (question := _question(payload, block))) != question:
                self._world.violate("views.update", f"{ids}: an old answer stands there for another question")

    def find(self, view_id: str) -> View | None:
        """A view that is still open, by its id or external_id."""
        for view in self._all():
            if view_id in (view.id, view.payload.get("external_id") or view.id):
                return view
        return None

    def close(self, view: View) -> None:
        """Take a view off its stack, together with whatever lies on it."""
        stack = self._stacks.get(view.user_id, [])
        ids = [one.id for one in stack]
        if view.id in ids:
            del stack[ids.index(view.id) :]

    def clear(self, user_id: str) -> None:
        """Close everything that this person has open."""
        self._stacks.pop(user_id, None)

    def _all(self) -> list[View]:
        return [*(view for stack in self._stacks.values() for view in stack), *self._homes.values()]

    def _place(self, user_id: str, payload: Json) -> View:
        stack = self._stacks[user_id]
        view_id = self._world.serial("V")
        root_id = stack[0].id if stack else view_id
        previous = stack[-1].id if stack else None
        stack.append(self._view(view_id, user_id, payload, root_id=root_id, previous_id=previous))
        return stack[-1]

    def _view(self, view_id: str, user_id: str, payload: Json, *, root_id: str, previous_id: str | None) -> View:
        external = payload.get("external_id")
        if external and any(one.payload.get("external_id") == external for one in self._all() if one.id != view_id):
            raise SlackError("duplicate_external_id")
        named = {**copy.deepcopy(payload), "blocks": self._world.with_ids(payload["blocks"])}
        for block in _inputs(named):
            self._asked[view_id, block["block_id"], block["element"]["action_id"]] = _question(named, block)
        return View(view_id, user_id, named, self._new_hash(), root_id, previous_id, self._world.names)

    def _new_hash(self) -> str:
        return f"{int(self._world.now().timestamp())}.{self._world.serial('h')}"

    @staticmethod
    def _match(view: View, expected_hash: str | None) -> None:
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")


def _inputs(payload: Json) -> list[Json]:
    return [block for block in payload.get("blocks") or () if block["type"] == "input" and block.get("block_id")]


def _question(payload: Json, block: Json) -> Json:
    """What an answer answers: the input itself, and what the window is about."""
    about = {name: payload.get(name) or "" for name in ("callback_id", "private_metadata")}
    return {**block, **about}


class ResponseUrls:
    """Every response_url handed out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, ResponseUrl] = {}

    def issue(self, user_id: str, channel: str, origin: tuple[str, str] | None = None) -> str:
        """The last part of a new response_url."""
        key = self._world.serial("response")
        self._known[key] = ResponseUrl(user_id, channel, self._world.now(), origin)
        return key

    def use(self, key: str) -> ResponseUrl:
        """Count one use. Raises SlackError after five of them or thirty minutes."""
        url = self._known.get(key)
        if url is None:
            raise SlackError("invalid_url")
        if self._world.now() - url.issued > RESPONSE_URL_LIFE:
            raise SlackError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        url.uses += 1
        return url

    def remember_origin(self, key: str, origin: tuple[str, str]) -> None:
        """The acknowledgement showed a message: from now on it is the original of this url."""
        self._known[key] = replace(self._known[key], origin=origin)
