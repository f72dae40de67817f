"""Slack: whether it takes the tokens, of which workspace they are, what the app may do, which accounts there are."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slack_sdk.errors import SlackClientError

from bot.app import slack_client
from bot.doctor.findings import Findings, listed
from bot.errors import Busy, Misconfigured
from bot.rules.people import Person, Standing, standing
from bot.rules.staff.persons import is_nowhere
from bot.settings import Environment
from handlers.slack.calling import not_accepted
from handlers.slack.directory import Directory, Home

LOOKED_FOR = 40  # people by their address, one call each: Slack takes some fifty a minute


@dataclass
class Accounts:
    """The accounts of a workspace, as Slack tells of them now. `team_id`: which workspace; `found`: by an address."""

    directory: Directory
    members: Sequence[Mapping[str, Any]]
    team_id: str
    found: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def lives(self, person: Person) -> bool:
        """Return whether somebody has an account of a full member, known to Lanyard already or not yet."""
        mine = next((user for user in self.members if user["id"] == person.account), None)
        return self._is_staff(mine) if mine is not None else self.has(person.email)

    def has(self, email: str) -> bool:
        """Return whether an address is a full member's. Where Slack hides addresses, it is asked for this one."""
        shown = next((user for user in self.members if _address(user) == email), None)
        return self._is_staff(shown if shown is not None else self._hidden_behind(email))

    def unknown(self, everybody: Iterable[Person]) -> list[str]:
        """Return the names of full members whose address Slack hides, and who are nobody that the school has named."""
        known = {each.account for each in everybody if not is_nowhere(each.email)}
        known |= {user["id"] for user in self.found.values() if user}
        return sorted(_name(user) for user in self._hidden() if user["id"] not in known)

    def _hidden(self) -> list[Mapping[str, Any]]:
        return [user for user in self.members if self._is_staff(user) and not _address(user)]

    def _hidden_behind(self, email: str) -> Mapping[str, Any] | None:
        if email not in self.found and self._hidden() and len(self.found) < LOOKED_FOR:
            try:
                self.found[email] = self.directory.user_by_email(email)
            except Busy:
                return None
        return self.found.get(email)

    def _is_staff(self, user: Mapping[str, Any] | None) -> bool:
        return user is not None and standing(user, self.team_id) is Standing.STAFF


def examine(settings: Environment, workspaces: Sequence[str], found: Findings) -> tuple[Home | None, Accounts | None]:
    """Examine Slack; returns where the bot is installed and which accounts are there, as far as Slack says.

    `workspaces`: of the schools in the database.
    """
    if not settings.slack_bot_token:
        return None, None
    directory = Directory(slack_client(settings))
    try:
        home = directory.workspace()
    except Misconfigured as error:
        found.wrong(str(error))
        return None, None
    found.fine(f"Slack knows the bot in the workspace {home.name} ({home.team_id}).")
    _app_token(settings, found)
    if workspaces and not any(map(home.is_of, workspaces)):
        found.wrong(
            f"SLACK_BOT_TOKEN belongs to the workspace {home.name} ({home.team_id}), but the school here is that of "
            f"{listed(workspaces)}. Put the token of {listed(workspaces)} into .env"
        )
        return home, None
    _scopes(home, found)
    try:
        members = directory.members()
    except Busy as error:
        found.know(f"Slack did not list the accounts ({error}), so what follows says what Lanyard knew last.")
        return home, None
    return home, Accounts(directory, members, home.team_id)


def _address(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("email") or "").lower()


def _name(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("real_name") or user.get("real_name") or user["id"])


def _scopes(home: Home, found: Findings) -> None:
    manifest = json.loads((Path(__file__).parents[2] / "manifest.json").read_text())
    missing = sorted(set(manifest["oauth_config"]["scopes"]["bot"]) - home.scopes) if home.scopes else []
    if missing:
        found.wrong(
            f"The Slack app lacks {', '.join(missing)}. Paste manifest.json into its page and install it again."
        )


def _app_token(settings: Environment, found: Findings) -> None:
    if not settings.slack_app_token:
        return
    try:
        slack_client(settings).apps_connections_open(app_token=settings.slack_app_token)
        found.fine("Slack accepts SLACK_APP_TOKEN.")
    except SlackClientError as error:
        found.wrong(f"{not_accepted('SLACK_APP_TOKEN', error)} It needs the scope connections:write.")
