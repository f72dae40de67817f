"""Target 5: a form that is sent, committed and acknowledged, beside a listener that does nothing and one commit."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import func, select

from bot.app import Bot
from storage import audit
from storage.records import record
from tests.bench.asking import does_nothing, in_turns, spread
from tests.bench.filling import ACCESS, Filler, open_form
from tests.bench.places import (
    invented_school,
    new_database,
    new_url,
    postgres_server,
    remove,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.table import Row, Section, timed
from tests.people import ANN
from tests.slack.fake import FakeSlack

TITLE = "Sending a form"
HOW = (
    "`/request-access`, filled in: new and signed each time, from Bolt's `dispatch` to the finished response. In "
    "between the address is checked, and the request, its number, its audit entry and its messages are committed. "
    "Floor: a Bolt app whose one listener only acknowledges, given the same form, and one commit of one row with the "
    "same words by the driver itself (SQLite: WAL, `synchronous=FULL`; PostgreSQL: as it comes, `fsync` on). "
    "On PostgreSQL it is thirteen questions and answers between two processes, where the floor has three."
)
MOST = {"SQLite": 2.5, "PostgreSQL": 4}  # times the floor


def measure(rounds: int) -> Section:
    """Return the rows of target 5."""
    rows = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows.append(_of(folder, None, "SQLite", slack, rounds))
        rows.append(_of(folder, server, "PostgreSQL", slack, rounds))
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, rounds: int) -> Row:
    tell(f"{kind}: setting a school up")
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    view = open_form(bot.app, slack, ANN, "/request-access")
    sends = Filler(bot.app, slack, ANN, view, ACCESS)
    nothing = Filler(does_nothing(slack, process_before_response=True), slack, ANN, view, ACCESS)
    tell(f"{kind}: sending")
    with one_commit(folder, server) as commit:
        subjects = {"form": lambda: sends(expected="is on its way"), "floor": lambda: nothing() + commit()}
        taken = in_turns(subjects, rounds)
    _check(bot, len(taken["form"]))
    tell(f"half of the forms took {spread(taken['form'])}, of the floors {spread(taken['floor'])}")
    bot.close()
    remove(bot.database, server)
    return timed(f"{kind}: `/request-access`, sent", taken["form"], taken["floor"], most=MOST[kind])


def _check(bot: Bot, sent: int) -> None:
    with bot.database.look() as connection:
        kept = connection.execute(select(func.count()).select_from(record)).scalar_one()
        broken = audit.first_broken(connection, 1)
    if kept < sent or broken:
        raise RuntimeError(f"{sent} forms were acknowledged, {kept} are recorded; first broken audit entry: {broken}")


@contextmanager
def one_commit(folder: Path, server: Any | None) -> Iterator[Callable[[], float]]:
    """Return what commits one row of the same words, and returns the seconds that it took."""
    url = new_url(folder, server)
    connection: Any
    if server is None:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        number, mark = "INTEGER", "?"
    else:
        connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        number, mark = "BIGSERIAL", "%s"
    connection.execute(f"CREATE TABLE form (id {number} PRIMARY KEY, url TEXT, content TEXT, reasons TEXT, risks TEXT)")
    add = f"INSERT INTO form (url, content, reasons, risks) VALUES ({', '.join([mark] * 4)})"  # noqa: S608 - ours
    words = tuple(ACCESS.values())

    def commit() -> float:
        began = time.perf_counter()
        for statement, values in (("BEGIN", ()), (add, words), ("COMMIT", ())):
            connection.execute(statement, values)
        return time.perf_counter() - began

    yield commit
    connection.close()
