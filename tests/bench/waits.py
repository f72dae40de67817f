"""What the others wait while a very long roll is imported: over HTTP, from the command line and in Slack."""

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from slack_bolt import App

from storage import audit
from storage import school as school_storage
from storage.engine import Database
from tests.bench import imports_workload as workload
from tests.bench.asking import Asker
from tests.bench.filling import ACCESS, Filler, open_form
from tests.bench.places import (
    invented_school,
    new_database,
    postgres_server,
    remove,
    sample_roll,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.starts import ROOT, running
from tests.bench.table import Row, Section, counted, seconds
from tests.people import ANN, BEN, CARA, DEV, OLU
from tests.school import KEY
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET, Workspace
from tests.slack.wire import Wire

TITLE = "Others, while a very long roll is imported"
HOW = (
    "`python -m bot run` in a process of its own, asked over HTTP by four people, each again 50 ms after the answer: "
    "two look a child up, who is on the roll already, two send a form. Meanwhile the roll comes: from the command line "
    "(another process, one database), and in Slack (the same process). Counted is what is asked from the first moment "
    "of the import to five seconds after its end, when the names are read anew."
)
P99 = 300.0  # milliseconds
BETWEEN = 0.05  # seconds from an answer to the next request
AFTER = 5.0  # seconds for which the others go on
PATIENCE = 600.0  # seconds
KNOWN = "Fatima van Dijk"
Sent = tuple[str, Mapping[str, str]]


def measure(pupils: int) -> Section:
    """Return the rows. `pupils`: how many are imported."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        for kind, place in (("SQLite", None), ("PostgreSQL", server)):
            for way, begin in (("from the command line", _by_command), ("in Slack", _in_slack)):
                tell(f"{kind}: {pupils:,} pupils, {way}")
                rows += _of(folder, place, slack, f"{kind}, {way}", (pupils, begin))
    return Section(TITLE, HOW, tuple(rows))


Begin = Callable[[Path, Mapping[str, str], FakeSlack, int], None]


def _of(folder: Path, server: Any | None, slack: FakeSlack, what: str, how: tuple[int, Begin]) -> list[Row]:
    pupils, begin = how
    bot = invented_school(new_database(folder, server), slack, sample_roll())
    applied = _applied(bot.database)
    view = open_form(bot.app, slack, ANN, "/request-access")
    makers: list[tuple[Callable[[], Sent], bytes]] = [
        *((Filler(bot.app, slack, who, view, ACCESS).request, b"is on its way") for who in (ANN, BEN)),
        *((Asker(bot.app, slack, who.user_id, KNOWN).request, b"Dijk") for who in (CARA, DEV)),
    ]
    content = workload.make_roll(pupils, _school(bot.database))
    bot.close()
    (folder / "long.csv").write_bytes(content)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "LANYARD_"))},
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "LANYARD_KEY": KEY,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": bot.database.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(ROOT),
    }
    with running(folder, environment) as (_, port):
        with _others(port, makers):
            time.sleep(1)  # everybody is known, every statement compiled
        with _others(port, makers) as before:
            time.sleep(AFTER)
        with _others(port, makers) as taken:
            began = time.perf_counter()
            begin(folder, environment, slack, port)
            _wait_for(bot.database, applied + 1)
            lasted = time.perf_counter() - began
            time.sleep(AFTER)
    p99, longest = _percentile(taken), max(each for each, _ in taken)
    tell(f"{what}: 99 of 100 within {1000 * p99:.0f} ms, all within {longest:.1f} s, the import in {lasted:.0f} s")
    remove(bot.database, server)
    return [
        *_rows(f"{what}: nothing imported", before, most=None),
        *_rows(what, taken, most=P99),
        Row(f"{what}: {pupils:,} pupils are on the roll after", seconds(lasted)),
    ]


def _school(database: Database) -> Any:
    with database.read() as connection:
        return school_storage.every(connection)[0]


def _by_command(folder: Path, environment: Mapping[str, str], slack: FakeSlack, port: int) -> None:
    subprocess.run(
        [sys.executable, "-m", "bot", "import-roll", "long.csv", "--apply"],
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


def _in_slack(folder: Path, environment: Mapping[str, str], slack: FakeSlack, port: int) -> None:
    people = Workspace(cast(App, Wire(port)), slack)
    more = people.press(OLU.user_id, people.open_home(OLU.user_id), "More")
    opened = people.press(OLU.user_id, more, "Import the roll")
    file = slack.add_file("long.csv", (folder / "long.csv").read_bytes(), OLU.user_id)
    assert opened.view
    people.submit(OLU.user_id, opened.view, {"File": [file]})
    shown = None
    for _ in range(int(PATIENCE * 10)):
        shown = slack.views.top(OLU.user_id)
        if shown and shown.payload.get("submit") and "Apply" in str(shown.payload["submit"]):
            break
        time.sleep(0.1)
    assert shown
    people.submit(OLU.user_id, shown)


def _applied(database: Database) -> int:
    with database.look() as connection:
        return sum(action == "imports.applied" for action, _ in audit.entries(connection, 1))


def _wait_for(database: Database, applied: int) -> None:
    """Wait for the end of the import: the trail says so."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if _applied(database) >= applied:
            return
        time.sleep(0.2)
    raise RuntimeError("the import does not end")


def _rows(what: str, taken: Sequence[tuple[float, bool]], *, most: float | None) -> Iterator[Row]:
    each = [1000 * answer for answer, _ in taken]
    wrong = sum(not good for _, good in taken)
    p99 = 1000 * _percentile(taken)
    yield Row(f"{what}: half of {len(each):,} answers within", seconds(statistics.median(each) / 1000))
    yield (
        counted(f"{what}: 99 of 100 within", round(p99, 1), " ms", most=most)
        if most
        else Row(f"{what}: 99 of 100 within", seconds(p99 / 1000))
    )
    yield Row(f"{what}: all within", seconds(max(each) / 1000))
    if most:
        yield counted(f"{what}: told to try again", wrong, "", most=0)


def _percentile(taken: Sequence[tuple[float, bool]]) -> float:
    return statistics.quantiles([each for each, _ in taken], n=100, method="inclusive")[98]


@contextmanager
def _others(port: int, makers: Sequence[tuple[Callable[[], Sent], bytes]]) -> Iterator[list[tuple[float, bool]]]:
    """Have people ask until the block ends; yields (seconds, whether it was the answer) of every request."""
    taken: list[tuple[float, bool]] = []
    ended = threading.Event()

    def ask(make: Callable[[], Sent], expected: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        while not ended.wait(BETWEEN):
            body, headers = make()
            began = time.perf_counter()
            connection.request("POST", "/slack/events", body, dict(headers))
            answer = connection.getresponse().read()
            taken.append((time.perf_counter() - began, expected in answer))
        connection.close()

    threads = [threading.Thread(target=ask, args=each) for each in makers]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        ended.set()
        for thread in threads:
            thread.join()
