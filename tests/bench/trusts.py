"""Target 2: the same answer with a thousand schools in the database."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.app import Bot
from storage.engine import REMEMBERED, Database, Memory
from tests.bench.asking import Asker, in_turns
from tests.bench.places import bot_on, new_database, postgres_server, remove, slack_at_work, tell, temporary_folder
from tests.bench.table import Row, Section, timed
from tests.bench.trusts_rows import PUPILS, fill_schools, team_of, user_of
from tests.slack.fake import FakeSlack

TITLE = "A thousand schools in one database"
HOW = (
    f"`/consent Jamie` as above, asked by somebody of one school. Each school has {PUPILS} pupils with a decision on "
    "every use and medium. Floor: the same answer from a database with one school."
)
MOST = 1.2  # times the answer with one school
COLD = 200  # schools whose names were not in memory before


def measure(schools: int, rounds: int) -> Section:
    """Return the rows of target 2."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack:
        rows += _of(folder, None, "SQLite", slack, schools, rounds)
        with postgres_server(folder) as server:
            rows += _of(folder, server, "PostgreSQL", slack, schools, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, schools: int, rounds: int) -> list[Row]:
    one = _filled(folder, server, kind, 1)
    many = _filled(folder, server, kind, schools)
    bots = [bot_on(one, slack), bot_on(many, slack)]
    middle, cold = schools // 2, range(1, 1 + min(COLD, schools // 2))
    for number in (0, middle, *cold):
        _known(slack, bots, number)
    ask = partial(Asker, slack=slack, text="Jamie", expected="Jamie Wilson")
    tell(f"{kind}: asking")
    hot = in_turns({"one": ask(bots[0].app, who=[_who(0)]), "many": ask(bots[1].app, who=[_who(middle)])}, rounds)
    # Another bot on the same connections, whose memory is empty: each school is asked about once.
    fresh = bot_on(replace(many, memory=Memory(REMEMBERED)), slack)
    for number in cold:
        _known(slack, [fresh], number)
    everybody = ask(fresh.app, who=[_who(number) for number in cold])
    taken = [everybody() for _ in cold]
    again = [everybody() for _ in cold]
    for bot in (*bots, fresh):
        bot.router.drain()
    for database in (one, many):
        remove(database, server)
    return [
        timed(f"{kind}: {schools:,} schools; floor: one school", hot["many"], hot["one"], most=MOST),
        timed(f"{kind}: {schools:,} schools, a school whose names are not in memory yet", taken, hot["one"]),
        timed(f"{kind}: {schools:,} schools, {len(cold)} of them in turn, for the second time", again, hot["one"]),
    ]


def _filled(folder: Path, server: Any | None, kind: str, schools: int) -> Database:
    tell(f"{kind}: making {schools:,} schools")
    database = new_database(folder, server)
    fill_schools(database, schools)
    return database


def _known(slack: FakeSlack, bots: list[Bot], number: int) -> None:
    """Let Slack know somebody, and the bots know that their conversation with this person is private."""
    team, user = _who(number)
    if user not in slack.users:
        slack.add_user(user, f"Teacher {number}", f"teacher{number}@school.example")
    for bot in bots:
        bot.router.directory.is_private_place(team, user, slack.dm_of(user))


def _who(number: int) -> tuple[str, str]:
    return team_of(number), user_of(number)
