"""What people feel: over HTTP, with one and with ten at once, and what the process holds after many requests."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.asking import Asker
from tests.bench.filling import ACCESS, Filler, open_form
from tests.bench.places import (
    invented_school,
    new_database,
    postgres_server,
    remove,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.starts import resident, running, variables
from tests.bench.table import Row, Section, counted, seconds
from tests.people import ANN, BEN, CARA, DEV, HANA, OLU, PRIYA, Someone
from tests.slack.fake import FakeSlack

TITLE = "Ten people at once, over HTTP"
AT_ONCE = 10
P99, LONGEST, MEMORY = 50.0, 150.0, 120.0  # milliseconds, milliseconds, megabytes
HOW = (
    "`python -m bot run` in a process of its own, asked over HTTP/1.1 by as many threads as there are people, each of "
    "whom asks again as soon as there is an answer: no school is that busy. Slack, made up, and they share the "
    "other core. `/consent` writes a look-up; a form is on the disk before it is acknowledged. Left out: Slack's own "
    "way, TLS, and the proxy."
)
PEOPLE: Sequence[Someone] = (ANN, BEN, CARA, DEV, HANA, OLU, PRIYA, ANN, BEN, CARA)
Sent = tuple[str, Mapping[str, str]]


def measure(each: int, many: int) -> Section:
    """Return the rows. `each`: requests of each person; `many`: requests after which memory is looked at."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows += _of(folder, None, "SQLite", slack, (each, many))
        rows += _of(folder, server, "PostgreSQL", slack, (each, many))
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, sizes: tuple[int, int]) -> list[Row]:
    each, many = sizes
    tell(f"{kind}: setting a school up")
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    view = open_form(bot.app, slack, ANN, "/request-access")
    forms = [Filler(bot.app, slack, who, view, ACCESS) for who in PEOPLE]
    asks = [Asker(bot.app, slack, who.user_id, "Jamie") for who in PEOPLE]
    bot.close()
    environment = variables(slack, bot.database)
    rows: list[Row] = []
    what: Mapping[str, tuple[Sequence[Callable[[], Sent]], bytes]] = {
        "`/consent Jamie`": ([ask.request for ask in asks], b"Jamie Wilson"),
        "`/request-access`, sent": ([form.request for form in forms], b"is on its way"),
    }
    with running(folder, environment) as (process, port):
        for name, (makers, expected) in what.items():
            _crowd(port, makers, expected, 5)  # everybody is known, every statement compiled
            for people in (1, AT_ONCE):
                tell(f"{kind}: {name}, {people} at once")
                rows += _rows(
                    f"{kind}: {name}", people, _crowd(port, makers[:people], expected, each * AT_ONCE // people)
                )
        before = resident(process.pid)
        makers, expected = what["`/consent Jamie`"]
        tell(f"{kind}: {many:,} requests")
        _crowd(port, makers, expected, many // AT_ONCE)
        after = resident(process.pid)
    remove(bot.database, server)
    grown = f"{kind}: memory after {many:,} more requests"
    return [
        *rows,
        counted(grown, round(after), " MB", most=MEMORY),
        counted(f"{kind}: before them", round(before), " MB"),
    ]


def _rows(what: str, people: int, taken: Sequence[float]) -> list[Row]:
    at_once = f"{people} at once" if people > 1 else "one after another"
    p50, p99, longest = (1000 * each for each in (statistics.median(taken), _percentile(taken, 99), max(taken)))
    if people == 1:
        return [Row(f"{what}, {at_once}: half of them within", seconds(p50 / 1000))]
    return [
        Row(f"{what}, {at_once}: half of them within", seconds(p50 / 1000)),
        counted(f"{what}, {at_once}: 99 of 100 within", round(p99, 1), " ms", most=P99),
        counted(f"{what}, {at_once}: all within", round(longest, 1), " ms", most=LONGEST),
    ]


def _percentile(taken: Sequence[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[percent - 1]


def _crowd(port: int, makers: Sequence[Callable[[], Sent]], expected: bytes, each: int) -> list[float]:
    """Have as many people as there are makers ask at once, so often each; returns the seconds of every request."""
    sent = [[make() for _ in range(each)] for make in makers]  # made and signed before the clock starts
    taken: list[float] = []
    wrong: list[bytes] = []
    together = threading.Barrier(len(makers))

    def ask(mine: Sequence[Sent]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        together.wait()
        for body, headers in mine:
            began = time.perf_counter()
            connection.request("POST", "/slack/events", body, dict(headers))
            answer = connection.getresponse().read()
            taken.append(time.perf_counter() - began)
            if expected not in answer:
                wrong.append(answer[:300])
        connection.close()

    threads = [threading.Thread(target=ask, args=[mine]) for mine in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong or len(taken) != each * len(makers):
        raise RuntimeError(f"{len(wrong)} answers were not the right one, the first: {wrong[:1]}")
    return taken
