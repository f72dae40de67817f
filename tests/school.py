"""The invented school at work: `school.command(ANN, "/consent", "Jamie")`, `school.press(HANA, …)`."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Bot, build
from bot.context import Context
from bot.rules.people import Actor
from bot.school_file import read_school
from bot.services.consent import roll_import
from bot.services.features import REACTIONS
from bot.services.school import calendar, housekeeping, people, staff_import
from bot.services.school import setting_up as school_service
from bot.settings import Environment
from storage import school as school_storage
from storage.engine import Database
from tests.people import GUS, OPEN_DAY, OZ, SHARED, STAFF, STAFFROOM, Someone
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET, Answer, Workspace
from tests.slack.views import View
from tests.watching import untold_changes

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="  # invented
SAMPLE = Path(__file__).parent / "sample-school"


class MadeUpClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def forward(self, **by: float) -> None:
        """Move on: `clock.forward(days=1)`."""
        self.instant += timedelta(**by)


class School:
    """Everybody and everything: people act, the clock moves, and what they see can be looked at."""

    def __init__(self, bot: Bot, slack: FakeSlack, clock: MadeUpClock) -> None:
        self.bot, self.slack, self.clock = bot, slack, clock
        self.people = Workspace(bot.app, slack)

    def command(self, who: Someone, command: str, text: str = "", *, channel: str | None = STAFFROOM) -> Answer:
        return self.people.command(who.user_id, command, text, channel=channel)

    def press(self, who: Someone, surface: Any, name: str, value: Any = None, **more: Any) -> Answer:
        return self._settled(who, self.people.press(who.user_id, surface, name, value, **more))

    def submit(self, who: Someone, surface: Any, entries: dict[str, Any] | None = None, **more: Any) -> Answer:
        return self._settled(who, self.people.submit(who.user_id, surface, entries, **more))

    def suggest(self, who: Someone, surface: Any, name: str, typed: str) -> list[str]:
        return [str(each["text"]["text"]) for each in self.people.suggest(who.user_id, surface, name, typed)]

    def home(self, who: Someone) -> View:
        return self.people.open_home(who.user_id)

    def more(self, who: Someone) -> Answer:
        """Open Home, and everything else that somebody can do."""
        return self.press(who, self.home(who), "More")

    def shortcut(self, who: Someone, name: str) -> Answer:
        return self.people.shortcut(who.user_id, name)

    def top(self, who: Someone) -> View | None:
        """Return the form or window that is open on somebody's screen."""
        return self.slack.views.top(who.user_id)

    def deliver(self) -> int:
        """Have the outbox sent: a conversation takes one message a second, so a few seconds go by."""
        taken = 0
        for _ in range(5):
            taken += self.bot.sender.deliver()
            self.clock.forward(seconds=1)
        return taken

    def tick(self) -> None:
        """Have the timetable do what is due, and the outbox sent."""
        from bot import jobs

        done = list(jobs.tick(self.bot.database, lambda _zone: self.clock()))
        assert not [line for line in done if jobs.FAILED in line]
        housekeeping.refresh_people(self.bot.database, self.clock, self.bot.router.directory)
        self.deliver()

    @property
    def database(self) -> Database:
        return self.bot.database

    def context(self) -> Context:
        """Return the command line's context."""
        return context(self.bot.database, self.clock)

    def _settled(self, who: Someone, answer: Answer) -> Answer:
        """Let what was put off until after the answer happen."""
        self.bot.router.drain()
        return answer


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Have several things happen at the same moment, each in a thread of its own; returns what went wrong."""
    ready, wrong = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            act()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def context(database: Database, clock: MadeUpClock) -> Context:
    with database.read() as connection:
        return Context(database, school_storage.every(connection)[0], clock, REACTIONS)


def context_of(school: School, actor: Actor) -> Context:
    """Return the context in which one person acts."""
    return Context(school.database, actor.school, school.clock, REACTIONS, actor)


def acting(school: School, who: Someone) -> Context:
    """Return the context in which one member of staff acts, as the router would make it."""
    directory = school.bot.router.directory.user
    actor = people.identify(school.database, school.clock, directory, team_id="T0SCHOOL", slack_user=who.user_id)
    return context_of(school, actor)


def furnish(database: Database, clock: MadeUpClock) -> None:
    """The invented school as most tests find it: everybody has known Lanyard for long, and nobody is welcomed."""
    begin(database, clock)
    with database.begin() as connection:
        connection.execute(school_storage.school.update().values(welcomes=False))


def begin(database: Database, clock: MadeUpClock) -> None:
    """Set the invented school up as an IT lead would: settings, roles looked up in Slack, staff list, roll."""
    with FakeSlack(clock) as slack:
        fill(slack)
        bot = build(environment_of(slack), clock=clock, database=database)
        settings = read_school(SAMPLE / "school.toml")
        written = settings.model_dump(mode="json")
        school_service.set_up(database, clock(), written, settings.holders(), bot.router.directory.user_by_email)
        command_line = context(database, clock)
        staff_import.apply(command_line, "staff.csv", (SAMPLE / "staff.csv").read_bytes())
        roll_import.apply(command_line, "roll.csv", (SAMPLE / "roll.csv").read_bytes())
        calendar.apply(command_line, "terms.csv", (SAMPLE / "terms.csv").read_bytes())
        bot.router.drain()


def open_school(database: Database, clock: MadeUpClock) -> Iterator[School]:
    """Open a furnished school, and check at the end that Slack would have accepted everything."""
    with FakeSlack(clock) as slack, untold_changes(database) as untold:
        fill(slack)
        bot = build(environment_of(slack), clock=clock, database=database)
        yield School(bot, slack, clock)
        bot.router.drain()
        # It would ask a database that is closed already, and leave its connection for another test to stumble over.
        assert "outbox" not in {thread.name for thread in threading.enumerate()}, "a sender outlives its test"
        assert slack.violations == [], "\n".join(slack.violations)
        assert untold == [], f"who keeps the staff in memory would not learn of it: {untold}"


def environment_of(slack: FakeSlack) -> Environment:
    return Environment(
        slack_bot_token=slack.token,
        slack_signing_secret=SIGNING_SECRET,
        slack_api_url=slack.api_url,
        lanyard_key=KEY,
    )


def fill(slack: FakeSlack) -> None:
    for someone in STAFF:
        slack.add_user(*someone)
    slack.add_user(*OZ, is_ultra_restricted=True)
    slack.add_user(*GUS, is_restricted=True)
    everybody = [someone.user_id for someone in STAFF]
    slack.add_channel(STAFFROOM, "staffroom", everybody)
    slack.add_channel(OPEN_DAY, "open-day", [*everybody, OZ.user_id, GUS.user_id])
    slack.add_channel(SHARED, "cluster", everybody, is_ext_shared=True)
