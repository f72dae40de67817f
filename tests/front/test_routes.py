"""Every way in, for every role and for guests: what docs/routes.md says is what the router does."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import App

import handlers
from bot.logs import quiet_logger
from bot.rules.school import Role
from bot.school_file import read_school
from bot.services.school.setting_up import set_up
from handlers import blocks
from handlers.parts.roles import spoken
from handlers.requests import Done, Home, Kind, Reply, Request, Route, Suggestions
from handlers.slack.router import Router
from tests.people import GUS, OZ, Someone
from tests.routes import PAGE, allowed, page
from tests.school import SAMPLE, School
from tests.slack.people import SIGNING_SECRET, Workspace

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


# One member of staff for each role, who holds no other.
HOLDERS = {
    role: Someone(f"U0{role.name.replace('_', '')}", f"Only {role.value}", f"{role.value}@huntington.example")
    for role in Role
}
SILENT = {Kind.OPTIONS, Kind.CLOSED}  # nobody reads an answer there


def test_the_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.routes"


class Door:
    """The real router and the real routes; only, behind each of them somebody notes who has come in."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.came_in: list[str] = []
        app = App(
            logger=quiet_logger(),
            client=school.bot.client,
            signing_secret=SIGNING_SECRET,
            process_before_response=True,
            token_verification_enabled=False,
        )
        behind = (replace(route, handle=self._note) for route in handlers.routes())
        Router(app, school.bot.client, behind, database=school.database, now=school.clock)
        self._people = Workspace(app, school.slack)

    def knock(self, who: Someone, route: Route) -> tuple[bool, str]:
        """Use a way in; returns whether that led to what is behind it, and what they read."""
        self.came_in.clear()
        read = KNOCKS[route.kind](self._people, who.user_id, route.name)
        return self.came_in == [who.name], read

    def _note(self, request: Request) -> Reply:
        self.came_in.append(request.person.name)
        return REPLIES.get(request.kind, Done())


REPLIES: Mapping[Kind, Reply] = {Kind.OPTIONS: Suggestions([]), Kind.HOME: Home(blocks.HomeTab((blocks.Divider(),)))}


# ── how to use each kind of way in, with as little as Slack would send ─────────────────────────────────────────────


def _window(name: str) -> dict[str, Any]:
    """A window in which everything that can be pressed, sent or picked bears this name."""
    words = {"type": "plain_text", "text": "Knock"}
    picker = {"type": "external_select", "action_id": name, "placeholder": words, "min_query_length": 1}
    return {
        "type": "modal",
        "title": words,
        "submit": words,
        "callback_id": name,
        "notify_on_close": True,
        "blocks": [
            {"type": "actions", "elements": [{"type": "button", "action_id": name, "text": words, "value": "1"}]},
            {"type": "input", "block_id": "picked", "optional": True, "label": words, "element": picker},
        ],
    }


def _press(people: Workspace, user_id: str, name: str) -> str:
    return people.press(user_id, people.fake.views.open(user_id, _window(name)), "Knock").text


def _send(people: Workspace, user_id: str, name: str) -> str:
    return people.submit(user_id, people.fake.views.open(user_id, _window(name))).text


def _close(people: Workspace, user_id: str, name: str) -> str:
    answer = people.close(user_id, people.fake.views.open(user_id, _window(name)))
    assert answer is not None
    return answer.text


def _type(people: Workspace, user_id: str, name: str) -> str:
    assert people.suggest(user_id, people.fake.views.open(user_id, _window(name)), "picked", "x") == []
    return ""


def _open_home(people: Workspace, user_id: str, _name: str) -> str:
    return people.open_home(user_id).text


KNOCKS: Mapping[Kind, Callable[[Workspace, str, str], str]] = {
    Kind.COMMAND: lambda people, user_id, name: people.command(user_id, name).text,
    Kind.BUTTON: _press,
    Kind.FORM: _send,
    Kind.CLOSED: _close,
    Kind.OPTIONS: _type,
    Kind.SHORTCUT: lambda people, user_id, name: people.shortcut(user_id, name).text,
    Kind.HOME: _open_home,
}


@pytest.fixture
def door(school: School) -> Door:
    """The door, with one member of staff for each role in front of it."""
    for who in HOLDERS.values():
        school.slack.add_user(*who)
    holders = {(who.email, role.value) for role, who in HOLDERS.items() if role is not Role.STAFF}
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    set_up(school.database, school.clock(), settings, holders, school.bot.router.directory.user_by_email)
    return Door(school)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("way", Kind)
def test_a_way_in_is_open_to_its_roles_and_to_nobody_else(door: Door, way: Kind) -> None:
    wrong = []
    for route in (route for route in handlers.routes() if route.kind is way):
        refused = f"This is for the {spoken(route.roles, 'or')}."
        for role, who in HOLDERS.items():
            came_in, read = door.knock(who, route)
            is_told = refused in read or way in SILENT
            if came_in != allowed(route, role) or (not came_in and not is_told):
                wrong.append((route.name, role.value, read))
        for guest in (OZ, GUS):
            came_in, read = door.knock(guest, route)
            if came_in or not (way in SILENT or "only this school's own staff" in read):
                wrong.append((route.name, guest.name, read))
    assert wrong == []


@pytest.mark.parametrize("way", Kind)
def test_nothing_behind_a_way_in_trips_over_the_least_that_slack_sends(door: Door, log: io.StringIO, way: Kind) -> None:
    for route in (route for route in handlers.routes() if route.kind is way):
        for who in HOLDERS.values():
            KNOCKS[way](door.school.people, who.user_id, route.name)
    door.school.bot.router.drain()
    assert log.getvalue() == ""
    if way is Kind.FORM:
        door.school.slack.violations.clear()  # errors are shown under the fields of the form that it is not
