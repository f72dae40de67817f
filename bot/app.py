"""Wires everything once, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.clock import Now, now
from bot.logs import quiet_logger
from bot.services.documents import deliveries
from bot.services.outbox.sender import Sender
from bot.services.school import people
from bot.settings import Environment
from handlers import letters, routes
from handlers.notices import Letter
from handlers.slack.calling import Caller
from handlers.slack.router import Router
from handlers.slack.sender import SlackMessenger
from storage.engine import Database, open_database


@dataclass(frozen=True)
class Bot:
    """Everything that runs, wired."""

    app: App
    router: Router
    database: Database
    client: Caller  # for answers, and for what is asked of Slack in between
    postman: Caller  # for the outbox
    sender: Sender[Letter]
    clear_away: Callable[..., int]  # files that have lain in Slack for a day

    def hurry(self) -> None:
        """Wait for Slack only a little longer, wherever somebody does: the process was asked to stop."""
        self.client.hurry()
        self.postman.hurry()

    def close(self, seconds: float | None = None) -> None:
        """Finish what was begun, for at most `seconds`, then let go."""
        self.router.drain(seconds)
        self.database.close()


def slack_client(environment: Environment, *, rests: bool = False) -> Caller:
    """Return the client for Slack's Web API. `rests`: where one who waits for it would keep others waiting."""
    # No waiting for a rate limit in here: whoever types has three seconds, and the outbox keeps its own time.
    return Caller(environment.slack_bot_token, environment.slack_api_url, rests=rests)


def build(environment: Environment, *, clock: Now = now, database: Database | None = None) -> Bot:
    """Wire the bot. Nothing is asked of Slack, and nothing listens yet."""
    client = slack_client(environment, rests=True)
    postman = slack_client(environment)
    database = database or open_database(environment.database_url, environment.lanyard_key)
    app = App(
        name="Lanyard",  # else Bolt looks through every frame and file that called it
        logger=quiet_logger(),
        client=client,
        signing_secret=environment.slack_signing_secret or "socket-mode-needs-none",
        process_before_response=True,
        authorize=_installed(environment.slack_bot_token),
        ignoring_self_events_enabled=False,  # the router answers no message; and Bolt would have to ask who "self" is
    )
    router = Router(app, client, routes(), database=database, now=clock)
    messenger = SlackMessenger(postman, clock)
    ask_again = partial(people.ask_again, ask_slack=router.directory.user)
    sender = Sender(messenger, database, clock, renders=letters(), ask_again=ask_again)
    clear_away = partial(deliveries.clear_away, messenger, database, clock)
    return Bot(app, router, database, client, postman, sender, clear_away)


def _installed(token: str) -> Callable[..., AuthorizeResult]:
    """Return what Bolt asks whether we are installed where a request comes from: always, by the one token there is.

    By itself Bolt asks Slack on the first request (`auth.test`), and where Slack has a hiccup it tells whoever asked to
    reinstall the app. `doctor` checks the token; which workspaces have a school the database knows.
    """

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize
