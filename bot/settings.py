"""The environment: secrets and places. Frozen, and checked at the start. The school's own settings: school_file.py."""

import os
from typing import Any, NamedTuple

from dotenv import dotenv_values

from bot.errors import Misconfigured

SLACK_API = "https://slack.com/api/"
PORTS = range(1, 65536)


class Environment(NamedTuple):
    """What the machine tells: never shown, never logged."""

    slack_bot_token: str = ""
    slack_signing_secret: str = ""
    slack_app_token: str = ""
    slack_api_url: str = SLACK_API
    database_url: str = "sqlite:///lanyard.db"
    host: str = "127.0.0.1"  # the proxy that speaks TLS to Slack commonly stands on the same machine
    port: int = 3000
    lanyard_key: str = ""

    def missing(self) -> list[str]:
        """Return what has to be set before the bot can run, each with the place where it is found."""
        wanted = (
            [] if self.slack_bot_token else ["SLACK_BOT_TOKEN (Slack app → OAuth & Permissions → Bot User OAuth Token)"]
        )
        if not self.slack_app_token and not self.slack_signing_secret:
            wanted.append(
                "SLACK_APP_TOKEN (Slack app → Basic Information → App-Level Tokens), or with HTTP "
                "SLACK_SIGNING_SECRET (same page)"
            )
        return wanted


def environment() -> Environment:
    """Read the environment, and .env for what is not in it. Raises Misconfigured, naming what to mend."""
    written = {name.lower(): value for name, value in {**dotenv_values(".env"), **os.environ}.items() if value}
    given: dict[str, Any] = {name: written[name] for name in Environment._fields if name in written}
    if "port" in given:
        given["port"] = _port(given["port"])
    return Environment(**given)


def _port(written: str) -> int:
    port = int(written) if written.isdecimal() else 0
    if port not in PORTS:
        raise Misconfigured(f"PORT is to be a number from {PORTS[0]} to {PORTS[-1]}")
    return port
