"""The bodies that Slack sends when people do something, and the signature on them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from tests.slack.fake import FakeSlack
from tests.slack.forms import State
from tests.slack.rules import Json
from tests.slack.views import View
from tests.slack.world import Message, escaped

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
Place = View | Message


def signed_headers(body: str, content_type: str, *, secret: str, age_seconds: int, retry: int) -> dict[str, str]:
    """The headers of a request. Bolt checks the timestamp against the real clock, so that is what it bears."""
    timestamp = str(int(time.time()) - age_seconds)
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": content_type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={digest}",
    }
    if retry:
        headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_timeout"}
    return headers


class Payloads:
    """Builds bodies in the name of one workspace. `team_id`: set it to speak for a foreign one."""

    def __init__(self, fake: FakeSlack) -> None:
        self.fake = fake
        self.team_id: str | None = None

    def command(self, user_id: str, command: str, text: str, channel_id: str, url_key: str) -> str:
        """A slash command; a form."""
        channel = self.fake.channels[channel_id]
        name = "directmessage" if channel.dm_with else "privategroup" if channel.is_private else channel.name
        return urlencode(
            {
                "token": "verification",
                "team_id": self._team_id(),
                "team_domain": self.fake.team_domain,
                "channel_id": channel_id,
                "channel_name": name,
                "user_id": user_id,
                "user_name": self._name(user_id),
                "command": command,
                "text": escaped(text),
                "api_app_id": self.fake.app_id,
                "is_enterprise_install": "false",
                "response_url": self.fake.response_url(url_key),
                "trigger_id": self.fake.views.issue_trigger(user_id),
            }
        )

    def actions(self, user_id: str, place: Place, action: Json, state: State) -> str:
        """A button, menu or the like was used. An ephemeral message is not quoted; Slack does not keep it."""
        body: Json = {
            "type": "block_actions",
            **self._who(user_id),
            **self._where(place, state),
            "trigger_id": self.fake.views.issue_trigger(user_id),
            "actions": [{**action, "action_ts": self.fake.timestamp()}],
        }
        if isinstance(place, Message):
            key = self.fake.urls.issue(user_id, place.channel, (place.channel, place.ts))
            body |= {"state": {"values": state}, "response_url": self.fake.response_url(key)}
        return _interactive(body)

    def suggestion(self, user_id: str, place: Place, block: Json, element: Json, query: str, state: State) -> str:
        """Somebody types into an external select."""
        asked = {"action_id": element["action_id"], "block_id": block["block_id"], "value": query}
        return _interactive({"type": "block_suggestion", **self._who(user_id), **self._where(place, state), **asked})

    def submission(self, user_id: str, view: View, state: State, forge: Json) -> str:
        """A form is submitted. `forge`: fields of the view to send instead of the true ones."""
        return _interactive(
            {
                "type": "view_submission",
                **self._who(user_id),
                "trigger_id": self.fake.views.issue_trigger(user_id),
                "view": {**view.to_slack(self._team_id(), state), **forge},
                "response_urls": [],
            }
        )

    def closed(self, user_id: str, view: View, state: State) -> str:
        """A form is closed without submitting."""
        body = {"type": "view_closed", **self._who(user_id), "view": view.to_slack(self._team_id(), state)}
        return _interactive({**body, "is_cleared": bool(view.payload.get("clear_on_close"))})

    def shortcut(self, user_id: str, callback_id: str, message: Message | None) -> str:
        """A global shortcut or, with a message, one from its menu."""
        body: Json = {
            "type": "message_action" if message else "shortcut",
            **self._who(user_id),
            "callback_id": callback_id,
            "trigger_id": self.fake.views.issue_trigger(user_id),
            "action_ts": self.fake.timestamp(),
        }
        if message:
            key = self.fake.urls.issue(user_id, message.channel)
            body |= {"channel": self._channel(message.channel), "message": message.to_slack()}
            body |= {"message_ts": message.ts, "response_url": self.fake.response_url(key)}
        return _interactive(body)

    def event(self, kind: str, fields: Json) -> str:
        """An event; JSON."""
        bot = {"user_id": self.fake.bot_user_id, "is_bot": True, "is_enterprise_install": False}
        return json.dumps(
            {
                "token": "verification",
                "team_id": self._team_id(),
                "api_app_id": self.fake.app_id,
                "event": {"type": kind, "event_ts": self.fake.timestamp(), **fields},
                "type": "event_callback",
                "event_id": self.fake.serial("Ev"),
                "event_time": int(self.fake.now().timestamp()),
                "authorizations": [{"enterprise_id": None, "team_id": self._team_id(), **bot}],
                "is_ext_shared_channel": False,
            }
        )

    def _team_id(self) -> str:
        return self.team_id or self.fake.team_id

    def _name(self, user_id: str) -> str:
        user = self.fake.users.get(user_id)
        return user.name if user else user_id.lower()

    def _who(self, user_id: str) -> Json:
        user, name = self.fake.users.get(user_id), self._name(user_id)
        team_id = self.team_id or (user.team_id if user else self.fake.team_id)
        return {
            "team": {"id": self._team_id(), "domain": self.fake.team_domain},
            "user": {"id": user_id, "username": name, "name": name, "team_id": team_id},
            "api_app_id": self.fake.app_id,
            "token": "verification",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _where(self, place: Place, state: State) -> Json:
        if isinstance(place, View):
            return {
                "container": {"type": "view", "view_id": place.id},
                "view": place.to_slack(self._team_id(), state),
            }
        ephemeral = place.only_for is not None
        container: Json = {"type": "message", "message_ts": place.ts, "channel_id": place.channel}
        where: Json = {"container": {**container, "is_ephemeral": ephemeral}, "channel": self._channel(place.channel)}
        return where if ephemeral else where | {"message": place.to_slack()}

    def _channel(self, channel_id: str) -> Json:
        channel = self.fake.channels[channel_id]
        return {"id": channel_id, "name": "privategroup" if channel.is_private else channel.name}


def _interactive(body: Any) -> str:
    return urlencode({"payload": json.dumps(body)})
