"""What importing a very long roll costs, beside the floor: the same rows by `executemany` into the same database.

python -m tests.bench.imports_workload sqlite:////tmp/bench.db postgresql://…
"""

import csv
import io
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.context import Context
from bot.reading.columns import Column, consent_header
from bot.reading.roll import upn
from bot.rules.consent.ledger import Matter
from bot.rules.school import School
from bot.school_file import read_school
from bot.services.consent import roll_import
from bot.services.features import REACTIONS
from storage import migrate
from storage import school as school_storage
from storage.engine import Database, open_database
from tests.school import KEY

PUPILS = 200_000
NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
SAMPLE = Path(__file__).parent.parent / "sample-school"
_FORENAMES = (
    "Zoë",
    "Łukasz",
    "Fatima",
    "Jamie",
    "Siobhán",
    "José",
    "Aisha",
    "Tom",
    "Chloé",
    "Finlay",
    "Niamh",
    "Oliver",
)
_SURNAMES = (
    "van Dijk",
    "O’Neill",
    "Nguyễn",
    "Đặng",
    "Smith-Jones",
    "McKenzie",
    "Patel",
    "García",
    "Ó Briain",
    "Clarke",
)


def matters(school: School) -> list[Matter]:
    """Return every matter of the school: with the sample settings, twelve."""
    return [(use.key, medium) for use in school.uses for medium in use.media]


def pupils(count: int) -> Iterator[tuple[Any, ...]]:
    """Invent pupils, always the same: UPN, admission number, four names, birthday, year, class, entry, verdicts."""
    chance = random.Random(4)
    for number in range(count):
        rest = f"{801 + number % 3}{2000 + number // 99_000:04}{number // 1000 % 99:02}{number % 1000:03}"
        forename, surname = chance.choice(_FORENAMES), f"{chance.choice(_SURNAMES)} {chr(65 + number % 26)}"
        born = date(2015, 9, 1) + timedelta(days=chance.randrange(2_500))
        group = f"{1 + number % 7} {chr(65 + number // 30 % 26)}"
        entered = date(2020 + number % 7, 9, 3)
        verdicts = tuple("yes" if chance.random() < 0.8 else "no" for _ in range(12))
        yield (
            *(upn.check_letter(f"A{rest}") + rest, f"{number + 1:06}", forename, surname, forename, surname),
            *(born, group[0], group, entered, verdicts),
        )


def make_roll(count: int, school: School) -> bytes:
    """Return a roll of so many pupils as CSV: 24 columns, every consent cell filled."""
    written = io.StringIO()
    table = csv.writer(written)
    headers = [column.value for column in Column]
    table.writerow([*headers[:-1], *(consent_header(matter, school) for matter in matters(school)), headers[-1]])
    for *facts, born, year, group, entered, verdicts in pupils(count):
        told = [f"{born:%d/%m/%Y}", year, group, f"{entered:%d/%m/%Y}", "", *map(str.capitalize, verdicts), ""]
        table.writerow([*facts, *told])
    return written.getvalue().encode()


def set_up(url: str) -> tuple[Database, School]:
    """Return a migrated database and its one, empty school."""
    database = open_database(url, KEY)
    migrate.upgrade(database)
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    with database.begin() as connection:
        school_id = school_storage.add(connection, settings=settings, at=NOW)
        return database, school_storage.get(connection, school_id)


def time_import(database: Database, school: School, content: bytes) -> float:
    """Return the seconds that it takes to import a roll: read, compare, write, commit."""
    context = Context(database, school, lambda: NOW, REACTIONS)
    began = time.perf_counter()
    roll_import.apply(context, "roll.csv", content)
    return time.perf_counter() - began


def time_raw(database: Database, school: School, count: int = PUPILS) -> float:
    """Return the seconds that the database's driver alone needs for the same rows; they are rolled back."""
    rows = list(pupils(count))
    decided = [(key, medium.value) for key, medium in matters(school)]
    ids = range(1_000_000, 1_000_000 + count)
    lite = database.url.get_backend_name() == "sqlite"
    day = date.isoformat if lite else (lambda given: given)
    tables = {
        "pupil": [(i, school.school_id, *r[:6], day(r[6]), *r[7:9], day(r[9])) for i, r in zip(ids, rows, strict=True)],
        "placement": [(i, school.school_id, r[8], r[7], day(r[9])) for i, r in zip(ids, rows, strict=True)],
        "consent_decision": [
            (i, school.school_id, key, medium, verdict, day(r[9]), 1)
            for i, r in zip(ids, rows, strict=True)
            for (key, medium), verdict in zip(decided, r[10], strict=True)
        ],
    }
    with database.durable.connect() as connection:
        connection.execute(text(_SOURCE), {"school": school.school_id, "at": NOW.isoformat()})
        cursor: Any = connection.connection.cursor()
        began = time.perf_counter()
        for table, filled in tables.items():
            cursor.executemany(_INSERT[table].replace("?", "?" if lite else "%s"), filled)
        taken = time.perf_counter() - began
        committing = time.perf_counter()
        connection.commit()
        return taken + time.perf_counter() - committing


_SOURCE = (
    "INSERT INTO consent_source (id, school_id, method, decided_by, relationship, wording, reasons, recorded_at)"
    " VALUES (1, :school, 'import', '', '', '', '', :at)"
)
_INSERT = {
    "pupil": "INSERT INTO pupil (id, school_id, upn, admission_number, legal_forename, legal_surname, forename,"
    " surname, born_on, year_group, class_name, joined_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "placement": "INSERT INTO placement (pupil_id, school_id, class_name, year_group, from_day) VALUES (?, ?, ?, ?, ?)",
    "consent_decision": "INSERT INTO consent_decision (pupil_id, school_id, use_key, media, verdict, effective_from,"
    " source_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
}


if __name__ == "__main__":
    raw_database, raw_school = set_up(sys.argv[1])
    raw = time_raw(raw_database, raw_school)
    database, school = set_up(sys.argv[2])
    content = make_roll(PUPILS, school)
    print(f"{len(content) / 1e6:.0f} MB; raw {raw:.1f} s", flush=True)
    first = time_import(database, school, content)
    print(f"import {first:.1f} s, ratio {first / raw:.2f}", flush=True)
    again = time_import(database, school, content)
    print(f"again {again:.1f} s")
