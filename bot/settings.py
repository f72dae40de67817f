"""The environment: secrets and places. Frozen, and checked at the start. The school's own settings: school_file.py."""

import os
from collections.abc import Mapping

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.errors import Misconfigured

SLACK_API = "https://slack.com/api/"


class Environment(BaseModel):
    """What the machine tells: never shown, never logged."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    slack_bot_token: str = ""
    slack_signing_secret: str = ""
    slack_app_token: str = ""
    slack_api_url: str = SLACK_API
    database_url: str = "sqlite:///lanyard.db"
    port: int = Field(default=3000, ge=1, le=65535)
    lanyard_key: str = ""

    @field_validator("slack_api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    def missing(self) -> list[str]:
        """Return what has to be set before the bot can run, each with the place where it is found."""
        wanted = (
            [] if self.slack_bot_token else ["SLACK_BOT_TOKEN (Slack app → OAuth & Permissions → Bot User OAuth Token)"]
        )
        if not self.slack_app_token and not self.slack_signing_secret:
            wanted.append(
                "SLACK_APP_TOKEN (Slack app → Basic Information → App-Level Tokens) for Socket Mode, or "
                "SLACK_SIGNING_SECRET (Slack app → Basic Information) for HTTP"
            )
        return wanted


def environment() -> Environment:
    """Read the environment, and .env for what is not in it. Raises Misconfigured, naming what to mend."""
    given: Mapping[str, str | None] = {**dotenv_values(".env"), **os.environ}
    try:
        return Environment.model_validate({name.lower(): value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Misconfigured(f"{str(first['loc'][0]).upper()}: {first['msg']}") from None
