"""LANYARD_KEY: nothing runs without the one that opens this very database, and no new one is offered beside it."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import keys
from storage.engine import open_database
from storage.sealing import Sealing
from tests.running.processes import report
from tests.running.test_serve import Machine
from tests.school import KEY, SAMPLE
from tests.slack.fake import FakeSlack

SETUP = ("setup", str(SAMPLE / "school.toml"))
EVERYTHING = (SETUP, ("migrate",), ("run",), ("web",), ("worker",), ("tick",))
OTHER = keys.new()


@pytest.fixture
def machine(slack: FakeSlack, tmp_path: Path) -> Machine:
    """A machine on which nothing has been done yet, and no key is set."""
    machine = Machine(tmp_path, slack)
    machine.environment["LANYARD_KEY"] = ""
    return machine


@pytest.fixture
def sealed(machine: Machine, slack: FakeSlack) -> Machine:
    """A school with a report: its words are sealed."""
    machine.environment["LANYARD_KEY"] = KEY
    machine.bot(*SETUP)
    database = open_database(machine.environment["DATABASE_URL"], KEY)
    report(database, slack, 1)
    database.close()
    return machine


def offered(said: str) -> str:
    """Return the new key that `doctor` offers."""
    (line,) = [line for line in said.splitlines() if "Here is a new one for .env: LANYARD_KEY=" in line]
    return line.split("LANYARD_KEY=")[1]


def test_from_no_key_to_a_school(machine: Machine) -> None:
    assert "LANYARD_KEY is not set. Run: python -m bot doctor" in machine.bot(*SETUP, expect=2)
    machine.environment["LANYARD_KEY"] = offered(machine.bot("doctor", expect=2))
    assert "is set up" in machine.bot(*SETUP)
    assert "LANYARD_KEY is the key of this database" in machine.bot("doctor", expect=2)


def test_what_is_no_key_is_not_taken(machine: Machine) -> None:
    machine.environment["LANYARD_KEY"] = "secret"
    assert "LANYARD_KEY is not a key" in machine.bot(*SETUP, expect=2)


def test_while_nothing_is_sealed_a_new_key_will_do(machine: Machine) -> None:
    machine.environment["LANYARD_KEY"] = KEY
    machine.bot(*SETUP)
    machine.environment["LANYARD_KEY"] = ""
    machine.environment["LANYARD_KEY"] = offered(machine.bot("doctor", expect=2))
    assert "does not know this LANYARD_KEY yet. Run: python -m bot migrate" in machine.bot("run", expect=2)
    machine.bot("migrate")
    assert "does not know" not in machine.bot("tick")


@pytest.mark.parametrize("command", EVERYTHING, ids=[command[0] for command in EVERYTHING])
def test_without_its_own_key_nothing_runs(sealed: Machine, command: tuple[str, ...]) -> None:
    sealed.environment["LANYARD_KEY"] = OTHER
    said = sealed.bot(*command, expect=2)
    assert "is not the one that sealed what this database holds" in said
    assert "the school's password safe" in said
    sealed.environment["LANYARD_KEY"] = ""
    assert "A new key opens none of it" in sealed.bot(*command, expect=2)


def test_doctor_asks_for_the_old_key_and_offers_none(sealed: Machine) -> None:
    for key in ("", OTHER):
        sealed.environment["LANYARD_KEY"] = key
        said = sealed.bot("doctor", expect=2)
        assert "Here is a new one" not in said
        assert "Put that" in said
        assert "the school's password safe" in said


def test_what_needs_no_key_can_be_done_without_and_not_with_another(sealed: Machine) -> None:
    sealed.environment["LANYARD_KEY"] = ""
    assert "whole" in sealed.bot("audit", "verify")
    assert "LANYARD_KEY is not set" in sealed.bot("documents", "write", "CR-4526", expect=2)
    sealed.environment["LANYARD_KEY"] = OTHER
    assert "is not the one that sealed" in sealed.bot("audit", "verify", expect=2)


def test_nothing_that_was_written_lies_in_the_files(sealed: Machine) -> None:
    files = b"".join(path.read_bytes() for path in sealed.folder.iterdir() if path.name.startswith("lanyard.db"))
    assert b"bad.example" in files  # an address is looked for in lists
    assert b"violent" not in files


def test_whoever_moves_a_sealed_text_to_another_record_gets_nothing(sealed: Machine, slack: FakeSlack) -> None:
    database = open_database(sealed.environment["DATABASE_URL"], KEY)
    report(database, slack, 2)
    with database.begin() as connection:
        connection.execute(text("UPDATE record_text SET record_id = 3 - record_id"))
    database.close()
    assert "it was altered" in sealed.bot("documents", "write", "CR-4526", expect=2)


def test_starting_is_told_in_one_line(sealed: Machine) -> None:
    sealed.environment["LANYARD_KEY"] = OTHER
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=sealed.folder,
        env=sealed.environment,
        capture_output=True,
        check=False,
    )
    assert len(done.stderr.splitlines()) == 1


def test_what_slack_keeps_beside_a_message_says_nothing_without_the_key() -> None:
    sealing = Sealing(KEY)
    marks = {sealing.mark(f"reminders.digest-{number}-2-") for number in range(50)}
    assert len(marks) == 50
    assert not [mark for mark in marks if "digest" in mark or len(mark) != 32]
    assert sealing.mark("content.waits-1-2-1") == Sealing(KEY).mark("content.waits-1-2-1")
    assert Sealing("").mark("content.waits-1-2-1") == "content.waits-1-2-1"
