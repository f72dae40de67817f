"""What a monitor and an IT lead are told: `status` in five lines, `tick`; `setup` and `doctor` with Slack's word."""

import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import status
from storage.engine import Database, open_database
from storage.outbox import queue, signs
from storage.outbox.signs import Sign
from tests.access.test_access import FORM
from tests.people import ANN
from tests.running.processes import Process, until
from tests.running.test_serve import Machine
from tests.school import SAMPLE, School
from tests.slack.fake import FakeSlack


@pytest.fixture
def machine(slack: FakeSlack, tmp_path: Path) -> Machine:
    return Machine(tmp_path, slack)


def heard(database: Database, at: datetime) -> None:
    with database.begin() as connection:
        signs.note(connection, Sign.SLACK, at)
        signs.note(connection, Sign.TICK, at)


def test_all_is_well_while_slack_is_heard_and_the_timetable_comes_round(school: School) -> None:
    assert not status.of(school.database, school.clock()).is_well  # it has never run
    heard(school.database, school.clock())
    school.clock.forward(minutes=2)
    found = status.of(school.database, school.clock())
    assert found.is_well
    assert found.lines[:4] == (
        "Last contact with Slack: Mon 23 Nov 2026, 09:15 (2 min ago)",
        "Last tick: Mon 23 Nov 2026, 09:15 (2 min ago)",
        "Oldest waiting message: none",
        "Given up on: 0",
    )
    assert found.lines[4].startswith("Size of the database: ")
    school.clock.forward(minutes=20)
    assert not status.of(school.database, school.clock()).is_well  # Slack has not been heard of
    heard(school.database, school.clock() - timedelta(days=3))  # what is older changes nothing
    assert "(22 min ago)" in status.of(school.database, school.clock()).lines[0]


def test_what_waits_for_long_and_what_was_given_up_on_is_something_to_look_at(school: School) -> None:
    heard(school.database, school.clock())
    school.submit(ANN, school.command(ANN, "/request-access").view, FORM)
    found = status.of(school.database, school.clock())
    assert found.lines[2] == "Oldest waiting message: due Mon 23 Nov 2026, 09:15 (0 min ago)"
    assert found.is_well
    school.slack.fail_next("chat.postMessage", retry_after=3000, times=9)
    school.bot.sender.deliver()
    found = status.of(school.database, school.clock())
    assert found.lines[2].endswith("tried once (ratelimited); Slack has asked for time until Mon 23 Nov 2026, 10:05")
    assert status.waits(school.database, school.clock()).startswith("2 messages wait: ratelimited.")
    school.clock.forward(hours=2)
    heard(school.database, school.clock())
    assert not status.of(school.database, school.clock()).is_well
    assert "asked for time" not in status.of(school.database, school.clock()).lines[2]
    school.slack.stop_failing("chat.postMessage")
    school.deliver()
    heard(school.database, school.clock())
    assert status.of(school.database, school.clock()).is_well
    assert status.waits(school.database, school.clock()) == ""
    with school.database.begin() as connection:
        connection.execute(update(queue.outbox).values(state=queue.GIVEN_UP))
    found = status.of(school.database, school.clock())
    assert found.lines[3] == "Given up on: 2, 2 of them since yesterday"
    assert not found.is_well
    school.clock.forward(days=3)
    heard(school.database, school.clock())
    assert status.of(school.database, school.clock()).is_well  # `doctor` goes on naming them


def test_a_process_that_runs_is_heard_of(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    assert "Last contact with Slack: never" in machine.process("status", expect=1)
    machine.bot("tick")
    database = open_database(machine.environment["DATABASE_URL"])

    def has_heard() -> bool:
        with database.read() as connection:
            return signs.noted(connection, Sign.SLACK) is not None

    process = Process(machine, "run")
    try:
        until(has_heard, "it has asked Slack")
        assert "contact with Slack: never" not in machine.bot("status")
    finally:
        database.close()
        assert process.end(signal.SIGTERM) == 0
    assert len(machine.bot("status").splitlines()) == 5
    machine.environment["DATABASE_URL"] = "postgresql://127.0.0.1:9/nowhere"
    assert len(machine.bot("status", expect=2).splitlines()) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"error": "invalid_auth"}, "Slack says invalid_auth"),
        ({"drop_connection": True}, "the network: "),
        ({"status": 503}, "Slack says internal_error"),
        ({"body": b"<html>log in first</html>"}, "Slack says internal_error"),
    ],
)
def test_setup_and_doctor_name_slacks_own_word(
    machine: Machine, slack: FakeSlack, fault: dict[str, object], said: str
) -> None:
    slack.fail_next("users.lookupByEmail", times=50, **fault)  # type: ignore[arg-type]
    slack.fail_next("auth.test", times=50, **fault)  # type: ignore[arg-type]
    told = machine.bot("setup", str(SAMPLE / "school.toml"), expect=2)
    assert "SLACK_BOT_TOKEN" in told
    assert said in told
    assert said in machine.bot("doctor", expect=2)
    slack.stop_failing("auth.test")
    told = machine.bot("setup", str(SAMPLE / "school.toml"), expect=2)
    assert "Slack did not say whose addresses these are" in told
    assert said in told


def test_a_scope_that_is_missing_is_named(machine: Machine, slack: FakeSlack) -> None:
    slack.scopes -= {"users:read.email"}
    assert "Slack says missing_scope: users:read.email" in machine.bot("setup", str(SAMPLE / "school.toml"), expect=2)


def test_a_tick_ends_and_says_what_waits(machine: Machine, slack: FakeSlack) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    machine.bot("import-staff", str(SAMPLE / "staff.csv"), "--apply")
    slack.fail_next("conversations.open", times=500, status=429)
    told = machine.bot("tick", "--at", "2026-12-01T08:00")
    assert "0 messages sent or brought up to date" in told
    assert "wait: ratelimited. The next tick, or Lanyard as it runs, sends what is due" in told
