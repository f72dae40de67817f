"""A PostgreSQL that is restarted, or says nothing: told plainly while it lasts, and found again by itself."""

import io
import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text

from bot import logs
from bot.errors import Busy, Unclear
from storage.engine import Database, Durability, open_database
from storage.people.people import person
from storage.statements.prepared import Prepared
from tests.people import ANN
from tests.running.processes import Process, report, told, until
from tests.running.test_serve import Machine
from tests.school import KEY, at_once
from tests.slack.fake import FakeSlack
from tests.slack.wire import SLACK_WAITS
from tests.soak import outages
from tests.soak.outages import Server

GONE, BACK = '"database out of reach"', '"database back"'
ASKED = 12  # more often than a process has threads: whichever answers, it has found the server again
BY_NAME = Prepared(select(person.c.id).where(person.c.name == bindparam("name")))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with outages.server() as server:
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    server.start()
    database = open_database(server.url, KEY)
    yield database
    database.close()


@pytest.fixture
def machine(slack: FakeSlack, server: Server, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, slack)
    machine.environment["DATABASE_URL"] = server.url
    return machine


def logged(process: Process, words: str) -> int:
    return process.log.read_text().count(words)


def test_workers_stand_by_while_the_server_is_gone_and_one_leads_again(
    machine: Machine, server: Server, database: Database, slack: FakeSlack
) -> None:
    workers = [Process(machine, "worker") for _ in range(2)]
    try:
        until(lambda: any(each.says('"leading"') for each in workers), "one leads")
        until(lambda: all(each.says("sending") for each in workers), "both start")
        server.stop()
        until(lambda: all(each.says(GONE) for each in workers), "both say that it is gone")
        server.start()
        until(lambda: all(each.says(BACK) for each in workers), "and that it is back")
        until(lambda: sum(logged(each, '"leading"') for each in workers) == 2, "one leads again")
        name = report(database, slack, 1)
        until(lambda: told(slack, name), "and sends")
        assert [each.end(signal.SIGTERM) for each in workers] == [0, 0]
        for each in workers:
            assert (logged(each, GONE), logged(each, BACK), logged(each, "Traceback")) == (1, 1, 0)
    finally:
        for each in workers:
            each.process.kill()
            each.process.wait()


@pytest.mark.parametrize("command", ["run", "web"])
def test_whoever_asks_is_told_plainly_and_answered_as_soon_as_it_is_back(
    machine: Machine, server: Server, database: Database, slack: FakeSlack, command: str
) -> None:
    process = Process(machine, command)
    try:
        until(lambda: process.says('"answering"'), "it answers")
        for _ in range(ASKED):
            assert "*Jamie Nowak*" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        server.stop()
        for _ in range(ASKED):
            assert "cannot be reached just now" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        assert machine.get("/readyz")[0] == 503
        server.start()
        for _ in range(ASKED):
            assert "*Jamie Nowak*" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        assert machine.get("/readyz")[0] == 200
        if command == "run":
            name = report(database, slack, 2)
            until(lambda: told(slack, name), "what waits is sent")
        assert process.end(signal.SIGTERM) == 0
        assert (logged(process, GONE), logged(process, BACK)) == (1, 1)
        assert not process.says("unexpected")
        assert not process.says("Traceback")
    finally:
        process.process.kill()
        process.process.wait()


def test_a_restart_that_nobody_noticed_is_told_once_whatever_way_in_is_taken(
    server: Server, database: Database
) -> None:
    def read() -> None:
        with database.read() as connection:
            BY_NAME.rows(connection, name=ANN.name)

    def write() -> None:
        with database.begin() as connection:
            connection.execute(text("SELECT 1"))

    def log() -> None:
        with database.begin(Durability.QUICK) as connection:
            BY_NAME.rows(connection, name=ANN.name)

    def look() -> None:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))

    ways = (read, write, log, look)
    for first in ways:
        for way in ways:
            way()
        server.stop()
        server.start()
        with pytest.raises(Busy):
            first()
        assert at_once(*ways) == []


@pytest.mark.parametrize(
    ("durability", "said"),
    [(Durability.DURABLE, "it may have been recorded. In a minute, look"), (Durability.QUICK, "just now: try again")],
)
def test_a_connection_that_breaks_while_a_change_is_recorded_says_so(
    server: Server, database: Database, durability: Durability, said: str
) -> None:
    server.start()

    def change() -> None:
        with database.begin(durability) as connection, database.reading.connect() as other:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with pytest.raises(Unclear, match=said) as raised:
        change()
    assert "Nothing was changed" not in str(raised.value)
    with database.begin() as connection:  # and the next one finds the server
        connection.execute(text("SELECT 1"))


def test_a_change_that_cannot_even_begin_was_not_made(server: Server, database: Database) -> None:
    server.stop()
    with pytest.raises(Busy, match="Nothing was changed") as raised, database.begin():
        pass
    assert not isinstance(raised.value, Unclear)


def test_a_server_that_says_nothing_is_given_up_before_slack_gives_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = open_database(f"postgresql://lanyard@127.0.0.1:{silent.getsockname()[1]}/lanyard")
        began = time.monotonic()
        with pytest.raises(Busy, match="cannot be reached just now"), database.read() as connection:
            BY_NAME.rows(connection, name="Ann")
        assert time.monotonic() - began < SLACK_WAITS
        database.close()


def test_a_disk_that_is_not_there_is_logged_once_and_once_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logs.log, "stream", log)
    database = open_database(f"sqlite:///{tmp_path}/mounted/lanyard.db")
    for _ in range(3):
        with pytest.raises(Busy), database.begin():
            pass
    (tmp_path / "mounted").mkdir()
    for _ in range(3):
        with database.begin():
            pass
    database.close()
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == [
        "database out of reach",
        "database back",
    ]
