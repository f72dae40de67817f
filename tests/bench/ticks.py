"""A tick of one school in which there is something of everything: the first of a morning, and a quiet one."""

import statistics
import time
from pathlib import Path
from typing import Any

from bot import jobs
from tests.bench.places import MONDAY, new_database, postgres_server, remove, tell, temporary_folder
from tests.bench.table import Row, Section, counted
from tests.school import MadeUpClock, School, furnish, open_school
from tests.soak import story

TITLE = "A tick with everything in it"
HOW = (
    "One school after half a week of use: pupils, consents and an import; two versions of the policy, opened to be "
    "signed; training, a refresher, requests, reports and permissions of each state, somebody away, the filter's lines "
    "and every look-up kept. Measured: the whole tick of the timetable, by the clock. On a morning it finds what has "
    "become due, writes it down and puts it into the outbox; a quiet tick, right after it, finds that all of it is "
    "told. Left out: sending."
)


def measure(mornings: int) -> Section:
    """Return the rows. `mornings`: how many days in turn."""
    with temporary_folder() as folder:
        rows = _of(folder, None, "SQLite", mornings)
        with postgres_server(folder) as server:
            rows += _of(folder, server, "PostgreSQL", mornings)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, mornings: int) -> list[Row]:
    tell(f"{kind}: half a week at a school")
    database, clock = new_database(folder, server), MadeUpClock(MONDAY)
    furnish(database, clock)
    first, quiet = [], []
    for school in open_school(database, clock):
        story.tell(school)
        tell(f"{kind}: {mornings} mornings")
        for _ in range(mornings):
            school.clock.forward(days=1)
            first.append(_taken(school))
            quiet.append(_taken(school))
    remove(database, server)
    return [
        counted(f"{kind}: the first tick of a morning", round(1000 * statistics.median(first), 1), " ms"),
        counted(f"{kind}: a quiet one", round(1000 * statistics.median(quiet), 1), " ms"),
    ]


def _taken(school: School) -> float:
    began = time.perf_counter()
    done = list(jobs.tick(school.database, lambda _zone: school.clock()))
    taken = time.perf_counter() - began
    if any(jobs.FAILED in line for line in done):
        raise RuntimeError("a job failed")
    school.deliver()  # else the outbox grows from morning to morning, and somebody would be taken to be out of reach
    return taken
