"""What fails is told to the person in plain words; nothing is lost, nothing is half done, no name gets into a log."""

import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

import handlers
from bot import jobs
from bot.errors import BadInput
from handlers.requests import Kind, read_number
from storage import audit
from storage import school as school_storage
from storage.engine import POOL
from storage.filter import register
from tests.people import ANN, HANA, OLU, OZ, STAFFROOM
from tests.school import School

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

ON_PAPER = {"Who decided": "Noor van Dijk", "Who is this": "Mother", "How did": "Form", "Twitter/X": "No, or withdrawn"}

WRITTEN = dict.fromkeys(("url", "content", "reasons", "risks"), "x")  # the form that asks for a site


@contextmanager
def held(school: School) -> Iterator[None]:
    """Somebody else holds the database and does not let go."""
    if school.database.url.get_backend_name() == "sqlite":
        holder = sqlite3.connect(str(school.database.url.database), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()
        return
    with school.database.durable.connect() as other:
        other.exec_driver_sql("LOCK TABLE look_up, consent_source IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@pytest.mark.databases("sqlite", "postgresql")
def test_a_locked_database_is_told_plainly_and_soon(school: School, log: io.StringIO) -> None:
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    school.command(ANN, "/consent", "Fatima van Dijk")
    with held(school):
        told = school.command(ANN, "/consent", "Fatima van Dijk")
        assert "cannot be reached just now. Nothing was changed" in told.text
        refused = school.submit(OLU, form, ON_PAPER)
        assert "cannot be reached just now" in str(refused.error_texts)
    # The form is still open with everything in it: sending it again works.
    done = school.submit(OLU, form, ON_PAPER)
    assert done.view is not None
    assert "Recorded." in done.view.text
    assert log.getvalue() == ""  # it was there all the time


@pytest.mark.databases("sqlite", "postgresql")
def test_more_at_once_than_there_are_connections_is_told_plainly_and_soon(school: School, log: io.StringIO) -> None:
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    with ExitStack() as others:
        for _ in range(POOL["pool_size"] + POOL["max_overflow"]):
            others.enter_context(school.database.durable.connect())
        refused = school.submit(OLU, form, ON_PAPER)
        assert "cannot be reached just now" in str(refused.error_texts)
    done = school.submit(OLU, form, ON_PAPER)
    assert done.view is not None
    assert "Recorded." in done.view.text
    assert log.getvalue() == ""


@pytest.mark.databases("sqlite", "postgresql")
def test_a_bug_is_told_by_code_and_logged_without_a_name(school: School, log: io.StringIO) -> None:
    with school.database.durable.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look_up RENAME COLUMN purpose TO gone")
    told = school.command(ANN, "/consent", "Fatima van Dijk")
    assert "Fatima" not in told.text
    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert f"give your IT lead this code: {line['code']}" in told.text
    assert line["event"] == "unexpected"
    assert "Fatima" not in log.getvalue()
    assert "Dijk" not in log.getvalue()


@pytest.mark.databases("sqlite", "postgresql")
def test_a_whole_journey_leaves_no_name_in_the_log_or_the_trail(school: School, log: io.StringIO) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk, Jamie, 3B for website")
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    school.submit(OLU, form, ON_PAPER)
    school.command(OZ, "/consent", "Fatima van Dijk", channel=None)
    with school.database.read() as connection:
        trail = str(audit.entries(connection, 1))
    for secret in ("Fatima", "Dijk", "Noor", "Jamie"):
        assert secret not in log.getvalue()
        assert secret not in trail
    assert school.slack.history(STAFFROOM) == []


@pytest.mark.databases("sqlite", "postgresql")
def test_unknown_commands_buttons_and_forms_get_a_plain_answer(school: School) -> None:
    assert "does not know this command" in school.command(ANN, "/consnet", "Jamie").text
    form = school.command(ANN, "/consent").view
    answer = school.submit(ANN, form, {"Or type": "Jamie"}, forge={"callback_id": "gone.form"})
    assert "does not know" in str(answer.error_texts)


def by_name(kind: Kind) -> list[str]:
    return sorted(route.name for route in handlers.routes() if route.kind is kind)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("value", ["", "²", "9" * 30, "999999999"])
def test_no_button_trips_over_a_value_that_nobody_should_send(school: School, log: io.StringIO, value: str) -> None:
    home = school.home(HANA)
    for button in by_name(Kind.BUTTON):
        window = school.press(HANA, home, "register.open").view
        told = school.press(HANA, window, "Blocked list", forge={"action_id": button, "value": value})
        assert told.status == 200
    school.deliver()
    assert log.getvalue() == ""


@pytest.mark.parametrize(
    "metadata",
    [
        "{}",
        "[]",
        "not json",
        "[" * 3000,
        json.dumps(dict.fromkeys(("number", "version", "person", "pupil", "draft", "upload"), 10**20)),
        json.dumps({"number": 1, "state": "awaiting review", "event": "nonsense", "about": "nonsense", "kind": "x"}),
        json.dumps({"search": '{"scope":"all","kind":"nonsense"}', "person": 1, "class": [], "pupil": True}),
        json.dumps({"ask": {"s": [10**20, ["x", "3B", 1, 10**20]], "u": "", "m": ""}, "at": 0}),
    ],
)
def test_no_form_trips_over_what_it_brings_back(school: School, log: io.StringIO, metadata: str) -> None:
    for form in by_name(Kind.FORM):
        view = school.command(HANA, "/request-access").view
        forged = {"callback_id": form, "private_metadata": metadata}
        told = school.submit(HANA, view, WRITTEN, forge=forged)
        assert told.status == 200
    assert log.getvalue() == ""
    school.slack.violations.clear()  # errors are shown under the fields of the form that it is not


@pytest.mark.parametrize("written", ["", "²", "٣", "-1", "+1", "1_0", " 1", "1\n", "1" * 10, None, True, 1.0, [1]])
def test_only_a_number_that_every_database_takes_is_one(written: object) -> None:
    assert read_number("000000007") == read_number(7) == 7
    with pytest.raises(BadInput, match="out of date"):
        read_number(written)


def test_a_window_that_slack_does_not_open_is_told(school: School, log: io.StringIO) -> None:
    school.slack.fail_next("views.open", status=500, times=5)
    told = school.command(OLU, "/consent-record", "Fatima van Dijk")
    assert "Our answer did not reach you" in told.text
    assert json.loads(log.getvalue().splitlines()[-1])["event"] == "undelivered"


@pytest.mark.parametrize(
    "fault",
    [{"status": 429, "retry_after": 30}, {"status": 500}, {"drop_connection": True}, {"error": "invalid_auth"}],
    ids=str,
)
def test_a_start_while_slack_has_a_hiccup_answers_as_always(school: School, fault: dict[str, Any]) -> None:
    school.slack.fail_next("auth.test", times=50, **fault)  # what Bolt would ask first by itself
    assert "What you can do with Lanyard" in school.command(ANN, "/lanyard").text
    asked = school.command(ANN, "/consent", "Jamie")
    assert "*Jamie Nowak*" in school.press(ANN, asked, "Jamie Nowak · 3B").text
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    done = school.submit(OLU, form, ON_PAPER)
    assert done.view is not None
    assert "Recorded." in done.view.text
    assert "Good morning Ann" in school.home(ANN).text
    assert school.slack.called("auth.test") == []


@pytest.fixture
def for_many_workspaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands beside the signing secret on Slack's page, and makes Bolt look for installations in files."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "invented")


@pytest.mark.usefixtures("for_many_workspaces")  # before the school opens
def test_the_token_counts_whatever_else_of_slack_stands_in_the_environment(school: School) -> None:
    assert "What you can do with Lanyard" in school.command(ANN, "/lanyard").text


def test_what_lanyard_itself_does_in_slack_sets_nothing_off(school: School, log: io.StringIO) -> None:
    calls = len(school.slack.calls)
    ours = {"user": school.slack.bot_user_id, "bot_id": school.slack.bot_id, "channel": school.slack.dm_of(ANN.user_id)}
    assert school.people.event("message", text="/consent Jamie", **ours).status == 200
    account = school.slack.user_object(school.slack.bot_user_id)
    assert school.people.event("user_change", user=account).status == 200
    assert len(school.slack.calls) == calls
    assert log.getvalue() == ""


def test_an_answer_that_its_message_does_not_take_opens_in_a_window(school: School) -> None:
    asked = school.command(ANN, "/consent", "Jamie")
    school.slack.fail_next("response_url", status=404, times=5)
    school.press(ANN, asked, "Jamie Nowak · 3B")
    window = school.top(ANN)
    assert window is not None
    assert "*Jamie Nowak* · 3B" in window.text


def test_the_home_tab_survives_a_slack_that_is_down(school: School, log: io.StringIO) -> None:
    school.slack.fail_next("views.publish", error="internal_error", times=2)
    assert school.people.event("app_home_opened", user=ANN.user_id, tab="home", channel="D0ANN").status == 200
    assert json.loads(log.getvalue().splitlines()[-1])["event"] == "put off"
    assert "Ann" not in log.getvalue()
    school.bot.router.drain()  # a moment later
    shown = school.slack.home(ANN.user_id)
    assert shown is not None
    assert "Good morning Ann" in shown.text


@pytest.mark.databases("sqlite", "postgresql")
def test_a_fault_in_one_school_keeps_no_other_waiting(school: School, log: io.StringIO) -> None:
    with school.database.begin() as connection:
        settings = connection.execute(select(school_storage.school.c.settings)).scalar_one()
        second = {"name": "Dover Lane", "slack_team": "T0DOVER", "timezone": "Europe/London"}
        school_storage.add(connection, settings={**settings, "school": second}, at=school.clock())
        # Whatever goes wrong in one school: here a row that nobody understands.
        ours = update(register.entry).where(register.entry.c.school_id == 1)
        connection.execute(ours.values(kind="Jamie P.", expires_on=school.context().today()))
    told = list(jobs.tick(school.database, lambda _zone: school.clock()))
    assert [line.removeprefix("Dover Lane: ") for line in told if "Dover Lane" in line] == [
        "what was due by the clock is done",
        "0 people reminded of 0 things",
    ]
    assert sum(jobs.FAILED in line for line in told) == 2
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["job"], line["school"]) for line in lines] == [("tidying", 1), ("reminding", 1)]
    assert lines[0]["where"].startswith("ValueError at ")
    assert "Jamie" not in log.getvalue()


TICKING = """
import time
from datetime import timedelta
from bot import jobs
from bot.clock import now
from storage.engine import open_database

done = []

class Accounts:
    def __getattr__(self, name):
        done.append(name)

def clear_away(_stopping):
    done.append("files")
    raise RuntimeError("Jamie Parker")

jobs.FIRST_AFTER = timedelta(0)
database = open_database("sqlite://")
stop = jobs.start(database, Accounts(), clear_away, now)
for _ in range(1000):
    if done:
        break
    time.sleep(0.01)
stop()
print(done)
"""


def test_what_goes_wrong_in_the_background_is_logged_without_its_words() -> None:
    # In a process of its own: what a library writes to standard error is caught by pytest otherwise.
    command, root = [sys.executable, "-c", TICKING], Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "['files']\n"  # although there was not even a table of schools
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["job"] for line in lines] == ["tick", "files", "people"]
    assert lines[1]["where"].startswith("RuntimeError at ")
    assert "Jamie" not in done.stderr


@pytest.mark.databases("sqlite", "postgresql")
def test_the_text_of_a_database_error_holds_no_values(school: School) -> None:
    with pytest.raises(DBAPIError) as raised, school.database.begin() as connection:
        connection.execute(insert(school_storage.school).values(name="Jamie Parker", workspace=None))
    assert "parameters hidden" in str(raised.value)


def test_a_fourth_window_takes_the_place_of_the_third(school: School, log: io.StringIO) -> None:
    window = school.press(HANA, school.home(HANA), "register.open").view
    for _ in range(4):
        window = school.press(HANA, window, "Add lines", forge={"action_id": "register.open"}).view
    told = school.press(HANA, window, "Add lines").view
    assert told is not None
    assert told.title == "Add lines"
    assert log.getvalue() == ""
