"""What opening Home costs, by role, and whether what waits for others makes it dearer."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from slack_bolt import BoltRequest

from bot.app import Bot
from storage.people.people import every
from tests.bench.asking import in_turns
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
from tests.bench.records_rows import fill_records
from tests.bench.table import Row, Section, counted, timed
from tests.people import ANN, BEN, HANA, Someone
from tests.slack.fake import FakeSlack
from tests.slack.payloads import JSON, Payloads, signed_headers
from tests.slack.people import SIGNING_SECRET, Workspace

TITLE = "Opening Home"
OPEN = 100  # requests, and as many reports, that wait for the headteacher
TEACHERS, HEADS, FLAT = 3.5, 25.0, 1.1  # milliseconds, milliseconds, times
HOW = (
    "`app_home_opened`, signed, from Bolt's `dispatch` until Slack has taken the view: processor time of the thread "
    "that answers, the call to the made-up Slack included. In one school nothing waits, in the other "
    f"{OPEN} requests and {OPEN} reports of others do. The teacher has asked for nothing; the headteacher's Home names "
    "what waits, her week and what is overdue. Floor: the same person's Home where nothing waits. "
    "It leaves out the time that Slack takes."
)


class Visitor:
    """Opens one person's Home tab; each call returns the seconds of processor time that it took."""

    def __init__(self, bot: Bot, slack: FakeSlack, who: Someone) -> None:
        self._app, self._slack, self._who = bot.app, slack, who

    def __call__(self) -> float:
        """Open it once."""
        fields = {"user": self._who.user_id, "channel": self._slack.dm_of(self._who.user_id), "tab": "home"}
        body = Payloads(self._slack).event("app_home_opened", fields)
        headers = signed_headers(body, JSON, secret=SIGNING_SECRET, age_seconds=0, retry=0)
        began = time.thread_time()
        self._app.dispatch(BoltRequest(body=body, headers={**headers}, mode="http"))
        taken = time.thread_time() - began
        home = self._slack.home(self._who.user_id)
        if home is None or f" {self._who.name.split()[0]}\n" not in home.text:
            raise RuntimeError("Home is not shown")
        return taken


def measure(rounds: int) -> Section:
    """Return what Home costs a teacher and the headteacher."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows += _of(folder, None, "SQLite", slack, rounds)
        rows += _of(folder, server, "PostgreSQL", slack, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, rounds: int) -> list[Row]:
    tell(f"{kind}: opening Home")
    quiet, busy = _school(folder, server, slack), _school(folder, server, slack)
    with busy.database.read() as connection:
        ids = {person.account: person.person_id for person in every(connection, 1)}
    fill_records(busy.database, OPEN, asker_id=ids[ANN.user_id], decider_id=ids[HANA.user_id])
    subjects: dict[str, Callable[[], float]] = {
        f"{who.user_id} {name}": Visitor(bot, slack, who)
        for who in (BEN, HANA)
        for name, bot in (("quiet", quiet), ("busy", busy))
    }
    taken = in_turns(subjects, rounds)
    for bot in (quiet, busy):
        bot.close()
        remove(bot.database, server)
    teacher, head = (partial(lambda who, name: taken[f"{who.user_id} {name}"], who) for who in (BEN, HANA))
    return [
        counted(f"{kind}: a teacher's, nothing waits", _ms(teacher("quiet")), " ms", most=TEACHERS),
        timed(f"{kind}: a teacher's, {2 * OPEN} wait for others", teacher("busy"), teacher("quiet"), most=FLAT),
        counted(f"{kind}: the headteacher's, {2 * OPEN} wait for her", _ms(head("busy")), " ms", most=HEADS),
        timed(f"{kind}: the same; floor: nothing waits", head("busy"), head("quiet")),
    ]


def _ms(series: list[float]) -> float:
    return 1000 * sorted(series)[len(series) // 2]


def _school(folder: Path, server: Any | None, slack: FakeSlack) -> Bot:
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    people = Workspace(bot.app, slack)
    for someone in (ANN, BEN, HANA):
        people.command(someone.user_id, "/lanyard")  # so that they are known
    return bot
