"""Wires everything once, and nothing else."""

from dataclasses import dataclass

from slack_bolt import App
from slack_sdk import WebClient

from bot.clock import Now, now
from bot.logs import quiet_logger
from bot.settings import Environment
from handlers import letters, routes
from handlers.slack.router import Router
from handlers.slack.sender import Sender
from storage.engine import Database, open_database

SLACK_SECONDS = 10  # one call to Slack; a form's own three seconds are Slack's to enforce


@dataclass(frozen=True)
class Bot:
    """Everything that runs, wired."""

    app: App
    router: Router
    database: Database
    client: WebClient
    sender: Sender

    def close(self) -> None:
        """Finish what was begun, then let go."""
        self.router.drain()
        self.database.close()


def slack_client(environment: Environment) -> WebClient:
    """Return the client for Slack's Web API."""
    # No waiting for a rate limit in here: whoever types has three seconds, and the outbox keeps its own time.
    return WebClient(
        token=environment.slack_bot_token, base_url=environment.slack_api_url, timeout=SLACK_SECONDS, team_id=None
    )


def build(environment: Environment, *, clock: Now = now, database: Database | None = None) -> Bot:
    """Wire the bot. Nothing is asked of Slack, and nothing listens yet."""
    client = slack_client(environment)
    database = database or open_database(environment.database_url)
    app = App(
        logger=quiet_logger(),
        client=client,
        signing_secret=environment.slack_signing_secret or "socket-mode-needs-none",
        process_before_response=True,
        token_verification_enabled=False,  # `doctor` does it; a start must not wait for Slack
    )
    router = Router(app, routes(), database=database, now=clock, key=environment.lanyard_key)
    return Bot(app, router, database, client, Sender(client, database, clock, letters(environment.lanyard_key)))
