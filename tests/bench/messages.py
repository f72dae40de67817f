"""Target 6: a long queue of messages goes out as fast as Slack's rate limits allow, and breaks none of them."""

import time
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.app import Bot, build
from bot.school_file import read_school
from bot.services.outbox.rounds import Round
from bot.settings import Environment
from storage.engine import Database
from storage.outbox import outcomes
from storage.school import school
from tests.bench.places import MONDAY, new_database, postgres_server, remove, tell, temporary_folder
from tests.bench.records_rows import fill_queue
from tests.bench.table import Row, Section, counted, seconds, timed
from tests.bench.trusts_rows import a_school
from tests.school import SAMPLE, MadeUpClock
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET
from tests.slack.rules import Json
from tests.slack.serving import Request
from tests.slack.world import SlackError

TITLE = "Ten thousand messages"
EACH_CONVERSATION = timedelta(seconds=1)  # Slack: chat.postMessage, one a second in each conversation
WINDOW = timedelta(minutes=1)
# Of one workspace in a minute. Slack: "several hundred" messages; the rest by tier.
A_MINUTE = {"chat.postMessage": 300, "chat.update": 50, "conversations.open": 50, "conversations.history": 50}
HOW = (
    "Queued person after person: the worst order. The made-up Slack takes one message a second in each conversation "
    f"and {A_MINUTE['chat.postMessage']} a minute in each workspace (and {A_MINUTE['conversations.open']} "
    "`conversations.open`); beyond that it answers 429 with `Retry-After`. Its clock is made up too and nothing "
    "sleeps: it is moved by what the outbox says that it would wait. Floor: the least time that these limits allow. "
    "Broken: a call before `Retry-After` was over, or a second message in a conversation within the second. "
    "The sender's own work is real time on this machine, without Slack's."
)
MOST = 1.1


class MeteredSlack(FakeSlack):
    """The made-up Slack with the real one's rate limits, for several workspaces behind one door."""

    def __init__(self, clock: MadeUpClock) -> None:
        super().__init__(clock)
        self.workspace: dict[str, int] = {}  # Slack account → workspace
        self.broken = 0
        self.refused = 0
        self._taken: dict[tuple[str, int], deque[datetime]] = {}
        self._closed: dict[tuple[str, int], datetime] = {}
        self._last: dict[str, datetime] = {}

    def _run(self, name: str, request: Request) -> Json:
        self._meter(name, request.args)
        return super()._run(name, request)

    def _meter(self, method: str, args: Json) -> None:
        channel, now = str(args.get("channel") or ""), self.now()
        account = str(args.get("users") or f"U{channel[1:]}")
        door = (method, self.workspace[account])
        if now < self._closed.get(door, now):
            self.broken += 1
            raise SlackError("ratelimited", retry_after=60)
        if method == "chat.postMessage" and now - self._last.get(channel, now - EACH_CONVERSATION) < EACH_CONVERSATION:
            self.broken += 1
            raise SlackError("ratelimited", retry_after=1)
        taken = self._taken.setdefault(door, deque())
        while taken and taken[0] <= now - WINDOW:
            taken.popleft()
        if len(taken) >= A_MINUTE[method]:
            self.refused += 1
            wait = -((now - WINDOW - taken[0]) // timedelta(seconds=1))  # whole seconds, upwards, as Slack gives them
            self._closed[door] = now + timedelta(seconds=wait)
            raise SlackError("ratelimited", retry_after=wait)
        taken.append(now)
        self._last[channel] = now


def measure(messages: int) -> Section:
    """Return the rows of target 6: one large school on SQLite, a trust on PostgreSQL."""
    with temporary_folder() as folder, postgres_server(folder) as server:
        rows = _drained(folder, None, "SQLite: one school", schools=1, people=50, each=messages // 50)
        rows += _drained(folder, server, "PostgreSQL: a trust", schools=200, people=5, each=messages // 1000)
    return Section(TITLE, HOW, tuple(rows))


def _drained(folder: Path, server: Any | None, what: str, *, schools: int, people: int, each: int) -> list[Row]:
    database, clock = new_database(folder, server), MadeUpClock(MONDAY)
    tell(f"{what}: queueing")
    slack = MeteredSlack(clock)
    with slack:
        bot = _bot(database, slack, clock, schools)
        for number, account in fill_queue(database, range(1, schools + 1), people, each):
            slack.add_user(account, account, f"{account}@school.example")
            slack.workspace[account] = number
        tell(f"{what}: sending")
        began, spent = time.perf_counter(), time.thread_time()
        taken = _send(bot, clock)
        real, spent = time.perf_counter() - began, time.thread_time() - spent
        _check(database, slack, schools * people * each, taken)
        bot.close()
    remove(database, server)
    moved = (clock() - MONDAY).total_seconds()
    size = f"{schools:,} × {people} people × {each} messages" if schools > 1 else f"{people} people × {each} messages"
    return [
        timed(f"{what}, {size}", [moved], [float(least_seconds(people, each))], most=MOST),
        counted(f"{what}: limits broken", slack.broken, "", most=0),
        Row(f"{what}: answered “too many”, once for each wait", f"{slack.refused}"),
        Row(f"{what}: the sender's work for one message, processor time", seconds(spent / taken)),
        Row(f"{what}: the same by the clock, with the database and the made-up Slack", seconds(real / taken)),
    ]


def _bot(database: Database, slack: FakeSlack, clock: MadeUpClock, schools: int) -> Bot:
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    with database.begin() as connection:
        connection.execute(insert(school), [a_school(number, settings) for number in range(schools)])
    environment = Environment(
        slack_bot_token=slack.token, slack_signing_secret=SIGNING_SECRET, slack_api_url=slack.api_url
    )
    return build(environment, clock=clock, database=database)


def _send(bot: Bot, clock: MadeUpClock) -> int:
    """Do what `Round` does, with the clock moved instead of waited for; returns how many messages Slack took."""
    taken = 0
    while True:
        taken += bot.sender.deliver()
        with bot.database.read() as connection:
            if not outcomes.waiting(connection):
                return taken
        clock.instant += bot.sender.pause(Round.EVERY)


def _check(database: Database, slack: MeteredSlack, queued: int, taken: int) -> None:
    posted = [message.metadata["event_payload"]["key"] for message in slack.messages.values() if message.metadata]
    with database.read() as connection:
        given_up = outcomes.undelivered(connection, 1)
    if not len(posted) == len(set(posted)) == taken == queued or given_up or slack.violations:
        raise RuntimeError(f"{queued} queued, {taken} taken, {len(posted)} posted; {slack.violations[:3]}")


def least_seconds(people: int, each: int) -> int:
    """Return the least time for one workspace: in each second one message a person, in each minute so many."""
    left = [each] * people
    sent: deque[int] = deque()
    second = 0
    while True:
        while sent and sent[0] <= second - WINDOW.total_seconds():
            sent.popleft()
        for place in sorted(range(people), key=lambda place: -left[place]):  # who has most goes first
            if left[place] and len(sent) < A_MINUTE["chat.postMessage"]:
                left[place] -= 1
                sent.append(second)
        if not any(left):
            return second
        second += 1
