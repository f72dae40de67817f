"""Sends payload after payload into the school, and judges what comes of each."""

from __future__ import annotations

import io
import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import logs
from storage import migrate
from tests.databases import open_again
from tests.school import MadeUpClock, furnish, open_school
from tests.slack.rules import Json
from tests.soak import story
from tests.soak.collecting import Collector
from tests.soak.mutations import mutated, replaces_a_handle
from tests.soak.staging import Stage, Staged

MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
BATCH = 200  # payloads; then the school is as it was before, for every one of them changes it
STATUSES = {
    200,
    400,
    404,
    413,
}  # answered; not what Slack sends; not for us; larger than that. Slack takes no others as an answer


@dataclass(frozen=True)
class Wrong:
    """A payload that Lanyard did not take as it should. `number`: with the seed it makes the same payload again."""

    number: int
    way: str
    what: str
    mutations: list[str]
    body: Any

    def __str__(self) -> str:
        return f"{self.number}: {self.way}: {self.what}\n    {'; '.join(self.mutations)}"


class Soak:
    """A furnished school with a history, and a seed for every way in."""

    def __init__(self, folder: Path) -> None:
        """Prepare the school. `folder`: an empty one, for databases."""
        self._folder = folder
        self._clock = MadeUpClock(MONDAY)
        self.sent = 0
        self.slowest = (0.0, "")  # seconds, and which way in
        self.statuses: dict[int, int] = {}
        self.wrong: list[Wrong] = []
        self.kept = folder / "kept.db"  # the school before anything of it was used
        self._prepare(folder / "before.db")

    def _prepare(self, path: Path) -> None:
        database = open_again(f"sqlite:///{path}")
        try:
            migrate.upgrade(database)
            furnish(database, self._clock)
            for school in open_school(database, self._clock):
                story.tell(school)
                copy(path, self.kept)
                collector = Collector(school)
                self.seeds = collector.walk()
                self.not_taken, self.knocked = collector.wrong, collector.knocked
                self.files = dict(school.slack.files)
        finally:
            database.close()

    @property
    def now(self) -> datetime:
        """Return the moment at which the school was kept."""
        return self._clock()

    def run(self, payloads: int, seed: int) -> Iterator[Wrong]:
        """Send so many payloads, and yield what went wrong."""
        for first in range(0, payloads, BATCH):
            yield from self._batch(range(first, min(payloads, first + BATCH)), seed)

    def _batch(self, numbers: range, seed: int) -> Iterator[Wrong]:
        path = self._folder / "at-work.db"
        copy(self.kept, path)
        database = open_again(f"sqlite:///{path}")
        clock = MadeUpClock(self.now)
        try:
            for school in open_school(database, clock):
                school.slack.files.update(self.files)
                judge = Judge(Stage(school))
                pool = [judge.stage.stage(each).body for each in random.Random(seed).sample(self.seeds, 80)]
                for number in numbers:
                    yield from self._one(judge, number, seed, pool)
                school.slack.violations.clear()  # told, one by one
        finally:
            database.close()

    def _one(self, judge: Judge, number: int, seed: int, pool: list[Json]) -> Iterator[Wrong]:
        chance = random.Random(f"{seed}/{number}")
        ways = sorted({(each.way, each.name) for each in self.seeds})
        way = chance.choice(ways)
        used = chance.choice([each for each in self.seeds if (each.way, each.name) == way])
        staged = judge.stage.stage(used)
        body, mutations = mutated(staged.body, chance, pool)
        status, problems = judge.send(staged, body, is_handle_forged=replaces_a_handle(mutations))
        self.sent += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.slowest = max(self.slowest, (judge.stage.taken, f"{number}: {' '.join(way)}"))
        for problem in problems:
            yield Wrong(number, " ".join(way), problem, mutations, body)


class Judge:
    """Sends one payload at a time and says what was wrong with what came of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def send(self, staged: Staged, body: Any, *, is_handle_forged: bool = False) -> tuple[int, list[str]]:
        """Return (status, what went wrong). `is_handle_forged`: that Slack refuses it is Slack's own answer."""
        logged, slack = io.StringIO(), self.stage.slack
        before, logs.log.stream = logs.log.stream, logged
        already = len(slack.violations)
        status, problems = 0, list[str]()
        try:
            status = self.stage.send(staged, body).status
            if status not in STATUSES:
                problems.append(f"status {status}")
        except Exception as error:
            problems.append(f"came through the door: {error!r}"[:300] + _where(error))
        finally:
            logs.log.stream = before
        problems += [line for line in logged.getvalue().splitlines() if _is_wrong(line, is_handle_forged)]
        problems += slack.violations[already:]
        return status, problems


def _is_wrong(line: str, is_handle_forged: bool) -> bool:
    told = json.loads(line)
    tried = told["event"] in {"undelivered", "put off", "later failed", "gave up"}
    refused_by_slack = tried and "SlackApiError" in f"{told.get('where')} {told.get('error')}"
    return told["level"] == "error" and not (is_handle_forged and refused_by_slack)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""


def copy(path: Path, to: Path) -> None:
    """Copy a database that is in use."""
    for rest in to.parent.glob(f"{to.name}*"):
        rest.unlink()
    source, target = sqlite3.connect(path), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
