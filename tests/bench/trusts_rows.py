"""Invents schools by the thousand, always the same ones, and writes them as fast as a database can take them."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, text

from bot.rules.consent.ledger import Method
from bot.school_file import read_school
from storage.consent.ledger import source
from storage.engine import Database
from storage.people.people import person
from storage.school import school
from tests.bench.places import MONDAY
from tests.school import SAMPLE

PUPILS = 200
ENTERED = date(2025, 9, 3)
CLASSES = [f"{year}{room}" for year in range(1, 5) for room in "AB"]
FORENAMES = [
    *("Adaeze", "Aisha", "Alfie", "Amelia", "Archie", "Arthur", "Ava", "Ben", "Caleb", "Chloé", "Daisy", "Eilidh"),
    *("Elijah", "Erin", "Ewan", "Fatima", "Finlay", "Freya", "George", "Grace", "Hannah", "Harry", "Inês", "Isla"),
    *("Ivy", "Jack", "José", "Kai", "Leo", "Lily", "Łukasz", "Mateusz", "Maya", "Molly", "Muhammad", "Niamh", "Noah"),
    *("Olivia", "Oscar", "Poppy", "Priya", "Rhys", "Rosie", "Ruby", "Sam", "Seren", "Siobhán", "Theo", "Tobias"),
    *("Tunde", "Yusuf", "Zoë"),
]
SURNAMES = [
    *("Adeyemi", "Ahmed", "Al-Farsi", "Begum", "Brown", "Chen", "Clarke", "Đặng", "Davies", "de Souza", "Evans"),
    *("Fernández", "García", "Green", "Hall", "Hussain", "Jackson", "Jones", "Kaur", "Khan", "Li", "Lloyd-Hughes"),
    *("MacDonald", "McKenzie", "Müller", "Nguyễn", "Nowak", "O'Brien", "Okafor", "O’Neill", "Patel", "Roberts"),
    *("Robinson", "Singh", "Smith", "Smith-Jones", "St. John", "Taylor", "Thompson", "van Dijk", "Walker", "White"),
    *("Williams", "Wood", "Wójcik", "Wright"),
]
_PUPIL = (
    *("id", "school_id", "legal_forename", "legal_surname", "forename", "surname", "year_group", "class_name"),
    "joined_on",
)
_DECISION = ("school_id", "pupil_id", "use_key", "media", "verdict", "effective_from", "source_id")
Lines = Iterator[tuple[Any, ...]]


def team_of(number: int) -> str:
    """Return the Slack workspace of a school."""
    return f"T0SCHOOL{number:05}"


def user_of(number: int) -> str:
    """Return the Slack account of the one teacher of a school."""
    return f"U0TEACHER{number:05}"


def fill_schools(database: Database, schools: int) -> None:
    """Write so many schools with their pupils and decisions, as they look when they have been there for a while."""
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    matters = [(use["key"], medium) for use in settings["uses"] for medium in use["media"]]
    numbers = range(schools)
    with database.begin() as connection:
        connection.execute(insert(school), [a_school(number, settings) for number in numbers])
        connection.execute(insert(person), [_teacher(number) for number in numbers])
        connection.execute(insert(source), [_import(number) for number in numbers])
    write = _write_sqlite if database.url.get_backend_name() == "sqlite" else _write_postgresql
    write(database, "pupil", _PUPIL, _pupils(numbers))
    write(database, "consent_decision", _DECISION, _decisions(numbers, matters))
    if database.url.get_backend_name() == "postgresql":
        with database.reading.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))  # what the server does by itself within minutes


def a_school(number: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a school; the first has the number 0 and the id 1."""
    name, team = f"School {number}", team_of(number)
    own = {**settings, "school": {**settings["school"], "name": name, "slack_team": team}}
    shown = {"id": number + 1, "workspace": team, "name": name, "timezone": "Europe/London"}
    return {**shown, "settings": own, "created_at": MONDAY}


def _teacher(number: int) -> dict[str, Any]:
    known = {"id": number + 1, "school_id": number + 1, "email": f"teacher{number}@school.example"}
    return {**known, "name": f"Teacher {number}", "account": user_of(number), "checked_at": MONDAY}


def _import(number: int) -> dict[str, Any]:
    return {"id": number + 1, "school_id": number + 1, "method": Method.IMPORT, "recorded_at": MONDAY}


def _pupils(schools: range) -> Lines:
    chance = random.Random(11)
    for number in schools:
        for place in range(PUPILS):
            first, last = chance.choice(FORENAMES), chance.choice(SURNAMES)
            if place == PUPILS // 2:
                first, last = "Jamie", "Wilson"
            room = CLASSES[place % len(CLASSES)]
            pupil_id = number * PUPILS + place + 1
            yield pupil_id, number + 1, first, last, first, last, room[0], room, ENTERED


def _decisions(schools: range, matters: Sequence[tuple[str, str]]) -> Lines:
    chance = random.Random(12)
    for number in schools:
        for place in range(PUPILS):
            pupil_id = number * PUPILS + place + 1
            for use, medium in matters:
                verdict = "yes" if chance.random() < 0.8 else "no"
                yield number + 1, pupil_id, use, medium, verdict, ENTERED, number + 1


def _write_sqlite(database: Database, table: str, columns: Sequence[str], rows: Lines) -> None:
    connection = database.durable.raw_connection()
    cursor: Any = connection.cursor()
    for statement in ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "BEGIN"):
        cursor.execute(statement)
    values = ", ".join("?" * len(columns))
    as_text = (tuple(each.isoformat() if isinstance(each, date) else each for each in row) for row in rows)
    cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", as_text)  # noqa: S608 - ours
    for statement in ("COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"):
        cursor.execute(statement)
    connection.invalidate()  # what was switched off stays off in this connection only


def _write_postgresql(database: Database, table: str, columns: Sequence[str], rows: Lines) -> None:
    connection = database.durable.raw_connection()
    cursor: Any = connection.cursor()
    cursor.execute("SET LOCAL session_replication_role = replica")  # the rows are sound: skip a check for each
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.commit()
    connection.close()
