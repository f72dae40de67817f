"""The invented workspace that a local Slack is set up with: people, channels, tokens, and the fence around it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path("node_modules/local-slack-linux-x64/bin/local-slack")
INSTALL = "npm install --no-save local-slack-linux-x64@0.1.8"

TEAM_ID = "T0SCHOOL"
APP_ID = "A0LANYARD"
BOT_ID = "U0LANYARD"
BOT_NAME = "Lanyard"
BOT_TOKEN = "xoxb-invented-bot-token"
APP_TOKEN = "xapp-invented-app-token"
SIGNING_SECRET = "invented-signing-secret"

_FENCE = """// Keeps local-slack on this machine: without it, it listens on every network interface.
const serve = Bun.serve;
Bun.serve = (options) => serve({ ...options, hostname: "127.0.0.1" });
"""


class LocalSlackError(RuntimeError):
    """The local Slack could not be started, or what was asked of it is not there."""


@dataclass(frozen=True)
class Person:
    """Somebody invented, with an account in the local Slack."""

    id: str
    name: str
    real_name: str
    email: str

    @property
    def dm(self) -> str:
        """The id of this person's direct message channel with the bot."""
        return "D" + self.id[1:]


@dataclass(frozen=True)
class Channel:
    """A channel; without members named, everybody and the bot are in it."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    is_private: bool = False


def _person(name: str, real_name: str, mailbox: str | None = None) -> Person:
    return Person("U0" + name.upper(), name, real_name, f"{mailbox or name}@huntington.example")


PEOPLE: tuple[Person, ...] = (
    _person("ann", "Ann Teacher"),
    _person("ben", "Ben Carter"),
    _person("cara", "Cara Singh"),
    _person("hana", "Hana Rees", "head"),
    _person("dev", "Dev Mistry", "deputy"),
    _person("olu", "Olu Adeyemi", "office"),
    _person("priya", "Priya Nair", "dpo"),
    _person("col", "Col Evans", "chair"),
    _person("gwen", "Gwen Smith", "gov.smith"),
)
STAFFROOM = Channel("C0STAFF", "staffroom")


def find_program() -> Path:
    """Return the local-slack program: ``LOCAL_SLACK`` if set, else the one under the project's node_modules."""
    named = os.environ.get("LOCAL_SLACK")
    program = Path(named) if named else PROJECT / PROGRAM
    if not program.is_file():
        where = f"LOCAL_SLACK names {program}, which is not there" if named else f"there is no {program}"
        raise LocalSlackError(f"local-slack is not installed ({where}); run in {PROJECT}: {INSTALL}")
    if not os.access(program, os.X_OK):
        raise LocalSlackError(f"{program} may not be executed; run: chmod +x {program}")
    return program


def write_config(
    folder: Path,
    *,
    users: Sequence[Person] = PEOPLE,
    channels: Sequence[Channel] = (STAFFROOM,),
    bot_port: int | None = None,
    team_id: str = TEAM_ID,
    team_name: str = "Huntington",
) -> Path:
    """Write the workspace and the fence into ``folder``; return the workspace file.

    With ``bot_port`` the bot is called over signed HTTP at ``/slack/events`` on that port; without, over Socket Mode.
    Everybody gets a direct message channel named ``directmessage``, as a slash command in Slack reports it.
    """
    everybody = [person.id for person in users]
    app: Json = {
        "appId": APP_ID,
        "botUserId": BOT_ID,
        "botName": BOT_NAME,
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SIGNING_SECRET,
        "mode": "socket",
    }
    if bot_port is not None:
        app |= {"mode": "events", "requestUrl": f"http://127.0.0.1:{bot_port}/slack/events"}
    rooms: list[Json] = [
        {
            "id": channel.id,
            "name": channel.name,
            "is_private": channel.is_private,
            "members": [*(channel.members or everybody), BOT_ID],
        }
        for channel in channels
    ]
    direct: list[Json] = [
        {
            "id": person.dm,
            "name": "directmessage",
            "is_im": True,
            "is_channel": False,
            "is_private": True,
            "members": [person.id, BOT_ID],
        }
        for person in users
    ]
    config = {
        "workspace": {"name": team_name, "domain": team_name.lower().replace(" ", "-"), "teamId": team_id},
        "apps": [app],
        "users": [
            {"id": p.id, "name": p.name, "real_name": p.real_name, "email": p.email, "tz": "Europe/London"}
            for p in users
        ],
        "channels": rooms + direct,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fence.js").write_text(_FENCE, encoding="utf-8")
    (folder / "bunfig.toml").write_text('preload = ["./fence.js"]\n', encoding="utf-8")
    path = folder / "workspace.json"
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return path
