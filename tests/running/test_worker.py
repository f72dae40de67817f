"""`web` answers, and several workers send, on PostgreSQL. One of them leads; when it dies, the next one takes over."""

import signal
import time
from pathlib import Path

import pytest

from storage.engine import Database
from storage.outbox.leading import Leadership
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, OLU, PRIYA
from tests.running.processes import Process, at_rest, machine_of, report, stand_still, told, until
from tests.running.test_serve import Machine
from tests.slack.fake import FakeSlack
from tests.soak import kills

# Two report before each kill; what a dead process was at keeps their conversations for two minutes.
REPORTERS, SEED = ((ANN, BEN), (CARA, DEV), (OLU, PRIYA), (COL, GWEN)), 12
POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@pytest.fixture
def machine(slack: FakeSlack, furnished: Database, tmp_path: Path) -> Machine:
    return machine_of(slack, furnished, tmp_path)


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
        until(lambda: at_rest(furnished), "it has noted that it is sent")  # else Hana hears nothing for two minutes
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
        stand_still(leader, furnished)  # it keeps the lead, and does nothing
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
def test_two_send_and_one_after_the_other_is_killed_at_it(furnished: Database, tmp_path: Path) -> None:
    """Killed at a message that Slack has not taken yet, or has taken: everybody is told, once, and none too soon."""
    assert kills.run(furnished, tmp_path, REPORTERS, SEED) == []


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
