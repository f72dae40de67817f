"""Socket Mode: what is acknowledged when the process stops, a line that breaks, a Slack that refuses."""

import itertools
import json
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.clock import now
from storage.engine import Database
from tests.people import ANN, STAFFROOM
from tests.running.processes import Process, until
from tests.running.test_serve import Machine
from tests.school import fill
from tests.slack.fake import FAKE_APP_TOKEN, FakeSlack
from tests.slack.lines import Exchange, Line
from tests.slack.rules import Json

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # the line hangs on no database

TOLD = 60  # commands at once, many more than there are threads
NOTICED = 20.0  # seconds in which a line that was cut is opened anew
EVENT = {"type": "event_callback", "team_id": "T0SCHOOL"}
_numbers = itertools.count(1)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(now) as slack:
        fill(slack)
        slack.exchange = Exchange()
        yield slack
        slack.exchange.close()
        assert slack.violations == []


@pytest.fixture
def machine(slack: FakeSlack, furnished: Database, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, slack)
    machine.environment["DATABASE_URL"] = furnished.url.render_as_string(hide_password=False)
    machine.environment["SLACK_APP_TOKEN"] = FAKE_APP_TOKEN
    return machine


@pytest.fixture
def process(machine: Machine) -> Iterator[Process]:
    process = Process(machine, "run")
    until(lambda: process.says('"answering"'), "it answers")
    yield process
    process.process.kill()
    process.process.wait()


def exchange(slack: FakeSlack) -> Exchange:
    assert slack.exchange is not None
    return slack.exchange


def line(slack: FakeSlack) -> Line:
    (standing,) = exchange(slack).standing()
    return standing


def envelope(kind: str, payload: Any) -> Json:
    number = f"envelope-{next(_numbers)}"
    return {"envelope_id": number, "type": kind, "payload": payload, "accepts_response_payload": True}


def command(slack: FakeSlack, name: str, text: str = "") -> Json:
    trigger = slack.views.issue_trigger(ANN.user_id)
    said = {"command": name, "text": text, "user_id": ANN.user_id, "team_id": "T0SCHOOL", "channel_id": STAFFROOM}
    return envelope("slash_commands", {**said, "channel_name": "staffroom", "trigger_id": trigger})


def asked(slack: FakeSlack, to: Line, told: Json) -> Json:
    """Send something over a line; returns what is acknowledged."""
    to.send(told)
    answer: Json = to.received.get(timeout=10)
    assert answer["envelope_id"] == told["envelope_id"]
    return answer


def events(process: Process) -> list[str]:
    return [json.loads(each)["event"] for each in process.log.read_text().splitlines()]


def count(process: Process, event: str) -> int:
    return events(process).count(event)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def test_what_has_come_in_is_answered_before_the_line_is_closed(
    slack: FakeSlack, furnished: Database, process: Process
) -> None:
    there = line(slack)
    assert "*Jamie Nowak*" in str(asked(slack, there, command(slack, "/consent", "Jamie Nowak")))
    sent = [command(slack, "/consent", "Jamie Nowak") for _ in range(TOLD)]
    for each in sent:
        there.send(each)
    process.process.send_signal(signal.SIGTERM)
    acknowledged = there.acknowledged(20)
    assert {each["envelope_id"] for each in acknowledged} == {each["envelope_id"] for each in sent}
    assert all("*Jamie Nowak*" in str(each) for each in acknowledged)
    assert process.process.wait(20) == 0
    assert "unanswered" not in events(process)


def test_what_waits_for_the_database_when_the_process_is_stopped_is_acknowledged_too(
    slack: FakeSlack, furnished: Database, process: Process
) -> None:
    there = line(slack)
    other = sqlite3.connect(str(furnished.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = command(slack, "/consent", "Jamie Nowak")
    there.send(told)
    time.sleep(0.3)  # it waits for the other one
    process.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    other.execute("ROLLBACK")
    other.close()
    (acknowledged,) = there.acknowledged(10)
    assert "*Jamie Nowak*" in str(acknowledged)
    assert process.process.wait(20) == 0


PAYLOADS: tuple[Any, ...] = (
    None,
    [],
    "text",
    {"event": []},
    {**EVENT, "event": []},
    {**EVENT, "event": {"type": "app_home_opened"}},
    {"team": 7, "user": [], "type": "block_actions"},
    {"authorizations": 7, "command": "/consent"},
    {"command": "/consent", "team_id": {}, "user_id": [], "trigger_id": None},
    {"type": "view_submission", "view": None, "user": None},
)
KINDS = ("slash_commands", "interactive", "events_api")
NONSENSE = (
    b"[]",
    b"nothing",
    b"{",
    b'{"type": ["hello"]}',
    b"[" * 20_000,
    b'{"envelope_id": 7, "type": "interactive", "payload": {}}',
    *(json.dumps(envelope(kind, payload)).encode() for kind in KINDS for payload in PAYLOADS),
)


def test_no_thread_dies_of_what_nobody_should_send(slack: FakeSlack, process: Process) -> None:
    there = line(slack)
    for told in NONSENSE * 12:  # each more often than there are threads
        there.send_raw(told)
    assert "*Jamie Nowak*" in str(asked(slack, there, command(slack, "/consent", "Jamie Nowak")))
    assert "Traceback" not in process.log.read_text()


@pytest.mark.parametrize("how", ["closed", "silent"])
def test_a_line_that_was_cut_is_opened_anew_before_long(slack: FakeSlack, process: Process, how: str) -> None:
    before = line(slack)
    if how == "closed":
        before.cut()
    else:
        before.is_silent = True
    assert within(NOTICED, lambda: any(each is not before for each in exchange(slack).standing()))
    (there,) = [each for each in exchange(slack).standing() if each is not before]
    assert "*Jamie Nowak*" in str(asked(slack, there, command(slack, "/consent", "Jamie Nowak")))
    assert count(process, "line cut") == 1
    assert "slack out of reach" not in events(process)  # it answered as soon as it was asked


def test_a_line_that_slack_takes_back_is_replaced_first(slack: FakeSlack, process: Process) -> None:
    before = line(slack)
    before.send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
    assert within(NOTICED, lambda: len(exchange(slack).lines) == 2)
    there = exchange(slack).lines[-1]
    assert "*Jamie Nowak*" in str(asked(slack, there, command(slack, "/consent", "Jamie Nowak")))
    assert "slack out of reach" not in events(process)


@pytest.mark.parametrize("fault", [{"error": "token_revoked"}, {"drop_connection": True}], ids=str)
def test_a_slack_that_does_not_open_the_line_is_logged_once_and_once_when_it_does(
    slack: FakeSlack, process: Process, fault: dict[str, Any]
) -> None:
    slack.fail_next("apps.connections.open", times=1000, **fault)
    line(slack).cut()
    assert within(NOTICED, lambda: count(process, "slack out of reach") == 1)
    time.sleep(3)
    slack.stop_failing("apps.connections.open")
    assert within(2 * NOTICED, lambda: count(process, "slack back") == 1)
    assert "*Jamie Nowak*" in str(asked(slack, line(slack), command(slack, "/consent", "Jamie Nowak")))
    assert count(process, "slack out of reach") == 1


def test_socket_mode_that_was_switched_off_is_logged_once_and_once_when_it_is_on_again(
    slack: FakeSlack, process: Process
) -> None:
    taken_back = {"type": "disconnect", "reason": "link_disabled", "debug_info": {}}
    exchange(slack).greeted = lambda there: there.send(taken_back)
    line(slack).send(taken_back)
    assert within(NOTICED, lambda: count(process, "slack out of reach") == 1)
    assert '"link_disabled"' in process.log.read_text()
    time.sleep(5)
    assert len(exchange(slack).lines) < 6  # it does not ask all the time
    exchange(slack).greeted = lambda _there: None
    assert within(3 * NOTICED, lambda: count(process, "slack back") == 1)
    assert count(process, "slack out of reach") == 1


def test_a_token_that_slack_does_not_take_is_named_with_slacks_word(slack: FakeSlack, machine: Machine) -> None:
    slack.fail_next("apps.connections.open", error="invalid_auth", times=5)
    told = machine.bot("run", expect=2)
    assert "Slack does not accept SLACK_APP_TOKEN (Slack says invalid_auth)" in told
    slack.stop_failing("apps.connections.open")
    slack.fail_next("apps.connections.open", drop_connection=True, times=5)
    assert "Slack cannot be reached just now (the network: " in machine.bot("run", expect=2)
