"""The app's manifest and the route table must say the same: nothing offered that nobody answers, nothing hidden."""

import json
from pathlib import Path
from typing import Any

from handlers import routes
from handlers.requests import Kind, Route

MANIFEST: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "manifest.json").read_text(encoding="utf-8")
)
FEATURES = MANIFEST["features"]


def _routes(kind: Kind) -> dict[str, Route]:
    return {route.name: route for route in routes() if route.kind is kind}


def test_every_command_is_offered_and_answered() -> None:
    offered = {each["command"]: each for each in FEATURES["slash_commands"]}
    answered = _routes(Kind.COMMAND)
    assert offered.keys() == answered.keys()
    for name, route in answered.items():
        assert offered[name]["description"] == route.summary
        assert offered[name].get("usage_hint", "") == route.usage
        assert len(name) <= 32


def test_every_shortcut_is_offered_and_answered() -> None:
    offered = {each["callback_id"]: each for each in FEATURES["shortcuts"]}
    answered = _routes(Kind.SHORTCUT)
    assert offered.keys() == answered.keys()
    for name, route in answered.items():
        assert offered[name]["description"] == route.summary
        assert len(route.summary) <= 150


def test_what_slack_allows_in_a_manifest() -> None:
    assert len(MANIFEST["display_information"]["name"]) <= 35
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened", "message.im", "user_change"]
    # People must be able to get back to an approval.
    assert FEATURES["app_home"]["messages_tab_enabled"]
    assert not FEATURES["app_home"]["messages_tab_read_only_enabled"]


def test_nobody_may_use_a_route_that_declares_no_roles() -> None:
    assert all(route.roles for route in routes())
