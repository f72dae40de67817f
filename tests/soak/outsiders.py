"""Whoever is no member of staff, with every window, message and button that staff have: what they get, change and tell.

What is used was found by walking through the routes (`collecting`), so that a new way in is tried by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, func, select
from sqlalchemy.engine import Connection

from bot.rules.school import Role
from bot.school_file import read_school
from bot.services.school.setting_up import set_up
from storage.engine import Database
from tests import declared
from tests.databases import open_again
from tests.people import ANN, GUS, HANA, OLU, OZ, Someone
from tests.school import SAMPLE, MadeUpClock, School, open_school
from tests.soak.soaking import Judge, Soak, copy
from tests.soak.staging import Seed, Stage

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "T0ELSEWHERE"  # a workspace that has no school
# By what Slack knows its own things; nobody reads it.
HANDLES = {"type", "trigger_id", "view_id", "user_id", "hash", "block_id", "response_type", "response_action"}
Way = tuple[str, str]
Rows = dict[str, set[tuple[str, ...]]]  # table → its rows, as texts

# Where a first meeting may be written down: the account, and whose it is.
MET = {"person", "known_account", "audit"}


@dataclass(frozen=True)
class Outsider:
    """An account that nobody at the school has, or has no more. `enters`: makes it so, at a school."""

    title: str
    user_id: str
    enters: Callable[[School], None]
    team_id: str | None = None  # the workspace that their requests name; None: the school's


def _nothing(_school: School) -> None:
    return None


def _added(user_id: str, **marks: Any) -> Callable[[School], None]:
    return lambda school: void(school.slack.add_user(user_id, "Kim Unknown", f"{user_id}@elsewhere.example", **marks))


def _changed(user_id: str, **changes: Any) -> Callable[[School], None]:
    """Return what makes a member of staff none, of which Slack tells at once."""

    def change(school: School) -> None:
        school.slack.change_user(user_id, **changes)
        school.people.event("user_change", user=school.slack.user_object(user_id))

    return change


def _gone_unheard(school: School) -> None:
    """Let the office's account be closed without a word from Slack, half a day ago."""
    school.slack.change_user(OLU.user_id, deleted=True)
    school.clock.forward(hours=13)


def void(_value: object) -> None:
    """Do without what something returned."""


# In this order: those at the end leave the school, and it goes on without them.
OUTSIDERS = (
    Outsider("a guest of one channel", OZ.user_id, _nothing),
    Outsider("a guest of several channels", GUS.user_id, _nothing),
    Outsider("somebody of another workspace", "U0STRANGER", _added("U0STRANGER", is_stranger=True, team_id="T0OTHER")),
    Outsider("somebody of another workspace of the same Grid", "U0GRID", _added("U0GRID", team_id="T0OTHER")),
    Outsider("a bot", "U0BOT", _added("U0BOT", is_bot=True)),
    Outsider("Slack's own bot", "USLACKBOT", _added("USLACKBOT")),
    Outsider("an account that Slack does not know", "U0NOBODY", _nothing),
    Outsider("the head's account in a workspace without a school", HANA.user_id, _nothing, ELSEWHERE),
    Outsider("a teacher who was made a guest", ANN.user_id, _changed(ANN.user_id, is_restricted=True)),
    Outsider("the head, who has left", HANA.user_id, _changed(HANA.user_id, deleted=True)),
    Outsider("the office, whose account was closed unheard", OLU.user_id, _gone_unheard),
)


@contextmanager
def opened(soak: Soak, path: Path) -> Iterator[School]:
    """Open a copy of the school that was walked through. `path`: where the copy is made."""
    copy(soak.kept, path)
    database = open_again(f"sqlite:///{path}")
    try:
        for school in open_school(database, MadeUpClock(soak.now)):
            school.slack.files.update(soak.files)
            yield school
            school.slack.violations.clear()  # of a window that was never theirs
    finally:
        database.close()


def chosen(seeds: Iterable[Seed], most: int) -> list[Seed]:
    """Return so many ways to use each way in, first those of different people."""
    found: dict[Way, list[Seed]] = {}
    for seed in seeds:
        found.setdefault((seed.way, seed.name), []).append(seed)
    kept: list[Seed] = []
    for some in found.values():
        firsts = list({seed.user_id: seed for seed in reversed(some)}.values())
        kept += [*firsts, *(seed for seed in some if seed not in firsts)][:most]
    return kept


@dataclass
class Attempt:
    """What came of one use of a way in."""

    seed: Seed
    sent: str  # the body
    got: str  # everything that Lanyard said to anybody
    others: list[str]  # what anybody else has in front of them because of it
    problems: list[str]


class Intruder:
    """Uses what was shown to others."""

    def __init__(self, school: School, user_id: str, team_id: str | None = None) -> None:
        self.school, self.user_id, self.team_id = school, user_id, team_id
        self._judge = Judge(Stage(school))

    def use(self, seed: Seed) -> Attempt:
        """Use one way in as somebody else has used it."""
        slack = self.school.slack
        staged = self._judge.stage.stage(seed, by=self.user_id, team_id=self.team_id)
        calls, revision, before = len(slack.calls), slack.revision, self._screens()
        # An account that Slack does not know has no screen either.
        is_nobody = self.user_id not in slack.users
        status, problems = self._judge.send(staged, staged.body, is_handle_forged=is_nobody)
        asked = [call for call in slack.calls[calls:] if call.method.startswith(("chat.", "views.", "files."))]
        posted = [message for message in slack.messages.values() if message.revision > revision]
        mine = {self.user_id, slack.dm_of(self.user_id)}
        others = [f"a message: {each.text}" for each in posted if not {each.only_for, each.channel} & mine]
        now = self._screens()
        others += [f"{who}'s screen" for who in now if now[who] != before[who]]
        got = [self._judge.stage.answers[-1], *(json.dumps(call.args, ensure_ascii=False) for call in asked)]
        got += [json.dumps([each.fallback, each.blocks], ensure_ascii=False) for each in posted]
        if status != 200:
            problems.append(f"status {status}")
        return Attempt(
            seed, json.dumps(staged.body, ensure_ascii=False), "\n".join(filter(None, got)), others, problems
        )

    def _screens(self) -> dict[str, Any]:
        views = self.school.slack.views
        return {who: (views.stack(who), views.home(who)) for who in self.school.slack.users if who != self.user_id}


def rows(database: Database, school_id: int | None = None) -> Rows:
    """Return every row of every table. `school_id`: of one school only."""
    with database.read() as connection:
        tables = _reflected(connection).sorted_tables
        return {table.name: set(_rows(connection, table, school_id)) for table in tables}


def _reflected(connection: Connection) -> MetaData:
    there = MetaData()
    there.reflect(connection)
    return there


def _rows(connection: Connection, table: Any, school_id: int | None) -> Iterator[tuple[str, ...]]:
    asked = select(table)
    if school_id is not None:
        key = table.c.get("school_id") if table.name != "school" else table.c.id
        if key is None:
            return
        asked = asked.where(key == school_id)
    for row in connection.execute(asked):
        yield tuple(map(str, row))


def differences(before: Rows, after: Rows) -> Mapping[str, list[tuple[str, ...]]]:
    """Return table → the rows that are in one and not in the other."""
    return {
        name: sorted(before.get(name, set()) ^ after.get(name, set()))
        for name in {*before, *after}
        if before.get(name) != after.get(name)
    }


def words(got: str) -> set[str]:
    """Return the texts in what Lanyard sent, without the handles by which Slack takes it."""
    return {text for line in got.splitlines() for text in _texts(_read(line))}


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _texts(node: Any, key: str = "") -> Iterator[str]:
    if isinstance(node, str) and key not in HANDLES:
        yield node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, key)


NEIGHBOUR = Someone("U0NELL", "Nell Neighbour", "nell@dover.example")
OURS = (
    *ROOT.glob("templates/**/*.j2"),
    SAMPLE / "school.toml",
    SAMPLE / "terms.csv",
)  # what is no secret of a school's
COUNTED = re.compile(r"\w+ \d+")  # "version 2", "Autumn 2"


def neighbour(school: School) -> Intruder:
    """Set up another school in the same database, and return somebody who holds every office there."""
    name = {"name": "Dover Lane", "slack_team": "T0DOVER", "timezone": "Europe/London"}
    school.slack.add_user(*NEIGHBOUR, team_id=name["slack_team"])
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json") | {"school": name}
    holders = {(NEIGHBOUR.email, role.value) for role in Role if role is not Role.STAFF}
    set_up(school.database, school.clock(), settings, holders, school.bot.router.directory.user_by_email)
    return Intruder(school, NEIGHBOUR.user_id, name["slack_team"])


def facts(database: Database, school_id: int, others: int) -> set[str]:
    """Return what only a school's rows say: no row of another school, none of our own words, and nothing short."""
    mine, theirs = rows(database, school_id), rows(database, others)
    told = {text for some in mine.values() for row in some for text in row}
    known = {text for some in theirs.values() for row in some for text in row}
    ours = "\n".join([*map(declared.text, declared.modules()), *(path.read_text(encoding="utf-8") for path in OURS)])
    return {text for text in told - known if len(text) > 5 and text not in ours and not COUNTED.fullmatch(text)}


def strays(database: Database, school_id: int) -> list[str]:
    """Return each row of a school that points at a row of another one: its table and column."""
    found = []
    with database.read() as connection:
        for table in _reflected(connection).sorted_tables:
            for key in table.foreign_keys:
                to = key.column.table
                if "school_id" in table.c and "school_id" in to.c:
                    asked = select(func.count()).where(
                        table.c.school_id == school_id, key.parent == key.column, to.c.school_id != school_id
                    )
                    if connection.execute(asked).scalar_one():
                        found.append(f"{table.name}.{key.parent.name}")
    return found
