"""`web` answers, and several workers send, on PostgreSQL. One of them leads; when it dies, the next one takes over."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import now
from bot.context import Context
from bot.rules.content import About
from bot.services import content
from bot.services.features import REACTIONS
from bot.services.school import people as people_service
from storage.engine import Database
from storage.outbox import queue
from storage.outbox.leading import Leadership
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, HANA, OLU, PRIYA, Someone
from tests.running.test_killed import WatchedSlack, deliver_the_rest
from tests.running.test_serve import Machine
from tests.school import fill
from tests.slack.fake import FakeSlack

PATIENCE = 40  # seconds, for a process to start on a busy machine
# Two report before each kill; what a dead process was at keeps their conversations for two minutes.
REPORTERS, SEED = ((ANN, BEN), (CARA, DEV), (OLU, PRIYA), (COL, GWEN)), 12
POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@pytest.fixture
def machine(slack: FakeSlack, furnished: Database, tmp_path: Path) -> Machine:
    return _machine(slack, furnished, tmp_path)


def _machine(slack: FakeSlack, database: Database, folder: Path) -> Machine:
    machine = Machine(folder, slack)
    machine.environment["DATABASE_URL"] = database.url.render_as_string(hide_password=False)
    return machine


@pytest.fixture
def watched() -> Iterator[WatchedSlack]:
    """A Slack that counts, and takes one message a second in each conversation."""
    slack = WatchedSlack()
    with slack:
        fill(slack)
        slack.post_interval = timedelta(seconds=1)
        yield slack
        assert slack.violations == []


def _nothing() -> None:
    """Count nothing."""


class Process:
    """One process of the bot, and what it logs."""

    def __init__(self, machine: Machine, command: str) -> None:
        self.log = machine.folder / f"{command}-{time.monotonic_ns()}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", command], cwd=machine.folder, env=machine.environment, stderr=log
            )

    def says(self, words: str) -> bool:
        return words in self.log.read_text()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for other processes, for there is nothing else to wait on."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def report(database: Database, slack: FakeSlack, number: int, who: Someone = BEN) -> str:
    """Somebody reports something, which is told at any hour; returns the report's name."""
    actor = people_service.identify(database, now, slack.user_object, team_id="T0SCHOOL", slack_user=who.user_id)
    fields = {"urls": "https://bad.example/game", "nature": "A violent game."}
    context = Context(database, actor.school, now, REACTIONS, actor)
    return content.report(context, About.PUPIL, fields, form_id=f"form {number}").name


def told(slack: FakeSlack, name: str) -> bool:
    return any(name in message.text for message in slack.history(slack.dm_of(HANA.user_id)))


@POSTGRESQL
def test_one_worker_leads_and_the_next_takes_over_when_it_is_killed(
    machine: Machine, furnished: Database, slack: FakeSlack
) -> None:
    workers = [Process(machine, "worker") for _ in range(2)]
    try:
        until(lambda: all(each.says("sending") for each in workers), "both start")
        until(lambda: any(each.says('"leading"') for each in workers), "one leads")
        name = report(furnished, slack, 1)
        until(lambda: told(slack, name), "the leader sends")
        (leader,) = [each for each in workers if each.says('"leading"')]
        (other,) = [each for each in workers if each is not leader]
        leader.end(signal.SIGKILL)
        until(lambda: other.says('"leading"'), "the other one takes over")
        name = report(furnished, slack, 2)
        until(lambda: told(slack, name), "and sends")
        assert other.end(signal.SIGTERM) == 0
        assert other.says('"stopped"')
    finally:
        for each in workers:
            each.process.kill()
            each.process.wait()


@POSTGRESQL
def test_who_does_not_lead_sends_too(machine: Machine, furnished: Database, slack: FakeSlack) -> None:
    leader = Process(machine, "worker")
    until(lambda: leader.says('"leading"'), "one leads")
    other = Process(machine, "worker")
    try:
        until(lambda: other.says("sending"), "the other one starts")
        leader.process.send_signal(signal.SIGSTOP)  # it keeps the lead, and does nothing
        name = report(furnished, slack, 1)
        until(lambda: told(slack, name), "the other one sends")
        assert not other.says('"leading"')
        leader.process.send_signal(signal.SIGCONT)
        assert [each.end(signal.SIGTERM) for each in (leader, other)] == [0, 0]
    finally:
        for each in (leader, other):
            each.process.kill()
            each.process.wait()


@POSTGRESQL
def test_two_send_and_one_after_the_other_is_killed_at_it(
    furnished: Database, watched: WatchedSlack, tmp_path: Path
) -> None:
    """Killed at a message that Slack has not taken yet, or has taken: everybody is told, once, and none too soon."""
    machine, chance = _machine(watched, furnished, tmp_path), random.Random(SEED)
    workers = [Process(machine, "worker") for _ in range(2)]
    try:
        for turn, reporters in enumerate(REPORTERS):
            until(lambda: all(each.says("sending") for each in workers), "both send")
            due = threading.Event()
            left = [chance.randint(1, 3)]

            def count(left: list[int] = left, victim: Process = workers[0], due: threading.Event = due) -> None:
                left[0] -= 1
                if left[0] == 0:
                    victim.process.kill()
                    due.set()

            watched.before, watched.after = (count, _nothing) if turn % 2 else (_nothing, count)
            for number, who in enumerate(reporters):
                report(furnished, watched, 2 * turn + number, who)
            until(due.is_set, "somebody sends")
            watched.before = watched.after = _nothing
            workers.pop(0).process.wait(PATIENCE)
            workers.append(Process(machine, "worker"))
        until(lambda: workers[-1].says("sending"), "the last one has started")
        assert [each.end(signal.SIGTERM) for each in workers] == [0, 0]
    finally:
        for each in workers:
            each.process.kill()
            each.process.wait()
    deliver_the_rest(watched, furnished)
    keys = Counter(
        message.metadata["event_payload"]["key"] for message in watched.messages.values() if message.metadata
    )
    assert set(keys.values()) == {1}
    with furnished.read() as connection:
        queued = connection.execute(select(queue.outbox.c.key, queue.outbox.c.state)).all()
    assert {furnished.sealing.mark(row.key) for row in queued} == set(keys)
    assert {row.state for row in queued} == {queue.SENT}
    assert [call for call in watched.calls if call.outcome == "ratelimited"] == []


@POSTGRESQL
def test_web_answers_and_sends_nothing(machine: Machine, furnished: Database, slack: FakeSlack) -> None:
    web = Process(machine, "web")
    try:
        until(lambda: web.says('"answering"'), "it answers")
        assert "Which Jamie?" in machine.ask(BEN.user_id, "Jamie")[1]
        name = report(furnished, slack, 1)
        time.sleep(3)  # longer than the outbox would wait
        assert not told(slack, name)
        worker = Process(machine, "worker")
        try:
            until(lambda: told(slack, name), "a worker sends")
        finally:
            assert worker.end(signal.SIGTERM) == 0
    finally:
        assert web.end(signal.SIGTERM) == 0


@POSTGRESQL
def test_the_lead_is_one(furnished: Database) -> None:
    one, other = Leadership(furnished), Leadership(furnished)
    assert one.holds()
    assert one.holds()
    assert not other.holds()
    one.give_up()
    until(other.holds, "the server has noticed")
    other.give_up()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_workers_need_postgresql(machine: Machine) -> None:
    assert "Workers need PostgreSQL" in machine.bot("worker", expect=2)
