"""`web` answers, and of several workers on PostgreSQL one leads; when it dies, the next one takes over."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.clock import now
from bot.context import Context
from bot.rules.content import About
from bot.services import content
from bot.services.features import REACTIONS
from bot.services.school import people as people_service
from storage.engine import Database
from storage.outbox.leading import Leadership
from tests.people import BEN, HANA
from tests.running.test_serve import Machine
from tests.slack.fake import FakeSlack

PATIENCE = 40  # seconds, for a process to start on a busy machine
POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@pytest.fixture
def machine(slack: FakeSlack, furnished: Database, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, slack)
    machine.environment["DATABASE_URL"] = furnished.url.render_as_string(hide_password=False)
    return machine


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


def report(database: Database, slack: FakeSlack, number: int) -> str:
    """Ben reports something, which is told at any hour; returns the report's name."""
    actor = people_service.identify(database, now, slack.user_object, team_id="T0SCHOOL", slack_user=BEN.user_id)
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
