"""A Slack that refuses, breaks off, or talks nonsense: people are told plainly, messages are tried again, once each."""

import io
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from storage.engine import Database
from storage.outbox import outcomes
from tests.access.test_access import FORM, YES, decide
from tests.people import ANN, HANA, OLU, STAFF, STAFFROOM, Someone
from tests.running.processes import Process, report, told, until
from tests.running.test_serve import Machine
from tests.school import School, at_once
from tests.slack.fake import FakeSlack
from tests.slack.wire import SLACK_WAITS

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # what Slack says hangs on no database
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "429 with a time": {"retry_after": 1},
    "429 without": {"status": 429},
    "429 with a word": {"retry_after": "soon"},
    "429 with no number": {"retry_after": "nan"},
    "429 with no time": {"retry_after": -3},
    "429 for ever": {"retry_after": "1e300"},
    "429 as a list": {"body": b"[]", "status": 429},
    "500": {"status": 500},
    "503": {"status": 503},
    "502 as a page": {"body": b"<html>Bad gateway</html>", "status": 502},
    "500 as a list": {"body": b"[1]", "status": 500},
    "nothing": {"drop_connection": True},
    "nothing, but done": {"lose_reply": True},
    "half a body": {"half": True},
    "no JSON": {"body": b"It works!"},
    "no text": {"body": b"\xff\xfe"},
    "a list": {"body": b"[]"},
    "null": {"body": b"null"},
    "a number": {"body": b"7"},
    "much too deep": {"body": b"[" * 100_000},
    "ok, and no more": {"body": b'{"ok": true}'},
    "not ok, and no more": {"body": b'{"ok": false}'},
    "a refusal that is no word": {"body": b'{"ok": false, "error": {"a": [1]}}'},
    "a user that is none": {"body": b'{"ok": true, "user": [], "channel": 7, "ts": null, "messages": {}}'},
}
ON_PAPER = {"Who decided": "Noor van Dijk", "Who is this": "Mother", "How did": "Form", "Twitter/X": "No, or withdrawn"}
PLAIN = ("Slack did not say who you are just now", "Our answer did not reach you")
EXPECTED = {"undelivered", "put off", "gave up", "later failed"}
ROUNDS = 12

pytestmark = SQLITE


def events(log: io.StringIO) -> set[str]:
    return {json.loads(line)["event"] for line in log.getvalue().splitlines()}


def broken(school: School, fault: str, *methods: str) -> None:
    for method in methods:
        school.slack.fail_next(method, times=50, **FAULTS[fault])


def mended(school: School, *methods: str) -> None:
    for method in methods:
        school.slack.stop_failing(method)


@pytest.mark.parametrize("fault", FAULTS)
def test_whoever_is_not_known_by_now_is_told_so_in_every_way_in(school: School, log: io.StringIO, fault: str) -> None:
    asked = school.command(ANN, "/consent", "Jamie")
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    school.home(HANA)
    school.clock.forward(days=1)  # what Slack said of them is not believed any more
    broken(school, fault, "users.info")
    assert PLAIN[0] in school.command(HANA, "/lanyard").text
    assert PLAIN[0] in school.press(ANN, asked, "Jamie Nowak · 3B").text
    assert PLAIN[0] in str(school.submit(OLU, form, ON_PAPER).error_texts)
    assert PLAIN[0] in school.home(HANA).text
    assert events(log) == set()
    mended(school, "users.info")
    assert "What you can do with Lanyard" in school.command(HANA, "/lanyard").text
    assert "Good morning Hana" in school.home(HANA).text


WINDOWS = ("views.open", "views.push", "views.update", "views.publish", "response_url")


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_slack_does_not_take_is_told_or_tried_again(
    school: School, log: io.StringIO, fault: str
) -> None:
    asked = school.command(ANN, "/consent", "Jamie")
    home = school.home(HANA)
    broken(school, fault, *WINDOWS)
    opened = school.command(OLU, "/consent-record", "Fatima van Dijk")
    assert opened.status == 200
    is_done = fault in {"ok, and no more"} or "done" in fault or "half" in fault
    assert is_done or opened.view is not None or PLAIN[1] in opened.text
    assert school.press(ANN, asked, "Jamie Nowak · 3B").status == 200
    assert school.press(HANA, home, "register.open").status == 200
    assert school.people.event("app_home_opened", user=HANA.user_id, tab="home", channel="D0HANA").status == 200
    school.bot.router.drain()
    assert events(log) <= EXPECTED
    mended(school, *WINDOWS)
    assert "*Jamie Nowak*" in school.command(ANN, "/consent", "Jamie Nowak").text
    assert "Good morning Hana" in school.home(HANA).text


METHODS = ("conversations.open", "chat.postMessage", "conversations.history", "chat.update")  # each with some faults


def waiting(school: School) -> int:
    with school.database.read() as connection:
        return outcomes.waiting(connection)


def arrived(school: School) -> list[tuple[str, str]]:
    """Return (its hidden mark, its text) of everything in everybody's conversation."""
    messages = [message for who in STAFF for message in school.slack.history(school.slack.dm_of(who.user_id))]
    return [(str((message.metadata or {}).get("event_payload")), message.text) for message in messages]


@pytest.mark.parametrize(("method", "fault"), [(METHODS[at % len(METHODS)], fault) for at, fault in enumerate(FAULTS)])
def test_a_message_is_tried_again_and_arrives_once(school: School, log: io.StringIO, method: str, fault: str) -> None:
    school.submit(ANN, school.command(ANN, "/request-access").view, FORM)
    if method == "conversations.history":  # somebody looks whether it has arrived
        school.slack.fail_next("chat.postMessage", lose_reply=True, times=2)
    school.slack.fail_next(method, times=3, **FAULTS[fault])
    for _ in range(ROUNDS):
        school.bot.sender.deliver()
        school.clock.forward(minutes=20)
    school.clock.forward(hours=2)
    if method == "chat.update":
        decide(school, HANA, "Approve", YES)
        school.slack.fail_next(method, times=3, **FAULTS[fault])
    for _ in range(2 * ROUNDS):  # until the next school morning: some messages wait for it
        school.deliver()
        school.clock.forward(hours=1)
    assert waiting(school) == 0
    marks = [mark for mark, _ in arrived(school)]
    assert len(marks) == len(set(marks))
    assert any("AR-1" in text for _, text in arrived(school))
    assert events(log) == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_of_which_slack_says_nothing_clear_is_taken_away_later(
    school: School, log: io.StringIO, fault: str
) -> None:
    broken(school, fault, "files.delete")
    school.bot.clear_away()
    assert events(log) == set()


def test_nobody_waits_for_a_slack_that_says_nothing(school: School, log: io.StringIO) -> None:
    school.clock.forward(days=1)
    over = threading.Event()
    school.slack.fail_next("users.info", hangs=over, times=50)
    took: list[float] = []

    def ask(who: Someone) -> None:
        began = time.monotonic()
        assert PLAIN[0] in school.command(who, "/lanyard", channel=STAFFROOM).text
        took.append(time.monotonic() - began)

    try:
        asks: list[Callable[[], object]] = [lambda who=who: ask(who) for who in STAFF]  # type: ignore[misc]
        assert at_once(*asks) == []
        assert max(took) < SLACK_WAITS
        took.clear()
        ask(ANN)
        assert took[0] < 1  # it has not answered a moment ago
    finally:
        over.set()
    assert events(log) == set()


@pytest.fixture
def machine(slack: FakeSlack, furnished: Database, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, slack)
    machine.environment["DATABASE_URL"] = furnished.url.render_as_string(hide_password=False)
    return machine


def test_twelve_who_are_not_known_keep_nobody_waiting_who_is(slack: FakeSlack, machine: Machine) -> None:
    process = Process(machine, "run")
    over = threading.Event()
    try:
        until(lambda: process.says('"answering"'), "it answers")
        assert "*Jamie Nowak*" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        slack.fail_next("users.info", hangs=over, times=100)
        strangers = [threading.Thread(target=machine.ask, args=(f"U0NEW{each}", "Jamie")) for each in range(12)]
        for stranger in strangers:
            stranger.start()
        time.sleep(0.3)
        began = time.monotonic()
        assert "*Jamie Nowak*" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        assert time.monotonic() - began < SLACK_WAITS
        for stranger in strangers:
            stranger.join()
    finally:
        over.set()
        process.process.terminate()
        process.process.wait(20)


def test_a_message_that_hangs_when_the_process_is_stopped_arrives_once(
    slack: FakeSlack, furnished: Database, machine: Machine
) -> None:
    over = threading.Event()
    process = Process(machine, "run")
    try:
        until(lambda: process.says('"answering"'), "it answers")
        slack.fail_next("chat.postMessage", hangs=over, times=100)
        name = report(furnished, slack, 1)
        until(lambda: not slack.waits_for("chat.postMessage", 100), "it is being sent")
        began = time.monotonic()
        process.process.terminate()
        assert process.process.wait(20) == 0
        assert time.monotonic() - began < 8
        assert process.says('"stopped"')
        assert not process.says("stopped while something was under way")
    finally:
        over.set()
        process.process.kill()
    slack.stop_failing("chat.postMessage")
    again = Process(machine, "run")
    try:
        until(lambda: told(slack, name), "it arrives")
        time.sleep(3)
        assert sum(name in message.text for message in slack.history(slack.dm_of(HANA.user_id))) == 1
    finally:
        again.process.terminate()
        again.process.wait(20)
