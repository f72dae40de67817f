"""The bot as processes of its own, waited for; and what gives them something to send."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from bot.clock import now
from bot.context import Context
from bot.rules.content import About
from bot.services import content
from bot.services.features import REACTIONS
from bot.services.school import people as people_service
from storage.engine import Database
from tests.people import BEN, HANA, Someone
from tests.running.test_serve import Machine
from tests.slack.fake import FakeSlack

PATIENCE = 40  # seconds, for a process to start on a busy machine
BUSY = text(
    "SELECT (SELECT count(*) FROM outbox WHERE state = 'sending') + (SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle'"
    " AND pid <> pg_backend_pid())"
)


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


def at_rest(database: Database) -> bool:
    """Return whether nobody is in the middle of anything on PostgreSQL: a transaction, or a message being sent.

    Whoever is stopped or killed then keeps no lock, and no conversation for two minutes.
    """
    with database.read() as connection:
        return not connection.execute(BUSY).scalar_one()


def stand_still(process: Process, database: Database) -> None:
    """Stop a process without ending it, at a moment when it keeps nothing from the others but the lead."""

    def stands() -> bool:
        process.process.send_signal(signal.SIGSTOP)
        # Until it does stand still; or has ended, for then nothing would ever come.
        os.waitid(os.P_PID, process.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if at_rest(database):
            return True
        process.process.send_signal(signal.SIGCONT)
        return False

    until(stands, "it stands still")


def report(database: Database, slack: FakeSlack, number: int, who: Someone = BEN) -> str:
    """Somebody reports something, which is told at any hour; returns the report's name."""
    actor = people_service.identify(database, now, slack.user_object, team_id="T0SCHOOL", slack_user=who.user_id)
    fields = {"urls": "https://bad.example/game", "nature": "A violent game."}
    context = Context(database, actor.school, now, REACTIONS, actor)
    return content.report(context, About.PUPIL, fields, form_id=f"form {number}").name


def told(slack: FakeSlack, name: str) -> bool:
    """Return whether the headteacher was sent a message that names it."""
    return any(name in message.text for message in slack.history(slack.dm_of(HANA.user_id)))


def machine_of(slack: FakeSlack, database: Database, folder: Path) -> Machine:
    """Return a machine whose processes share a database."""
    machine = Machine(folder, slack)
    machine.environment["DATABASE_URL"] = database.url.render_as_string(hide_password=False)
    return machine
