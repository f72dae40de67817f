"""Target: a morning's reminders for a thousand schools of forty staff, beside only reading the same rows."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.engine import Connection

from bot.context import Context
from bot.reading.terms.read import read
from bot.rules.access import State
from bot.rules.filter.register import Kind
from bot.rules.filter.register import State as Entry
from bot.school_file import read_school
from bot.services import reminders
from bot.services.features import REACTIONS
from storage import access, records, school
from storage.calendar import period
from storage.consent import roll
from storage.engine import Database
from storage.filter import register
from storage.outbox import reminders as storage
from storage.people import absences, people
from storage.policy import versions
from storage.training import completions
from storage.training import rounds as training_rounds
from tests.bench.places import MONDAY, new_database, postgres_server, remove, tell, temporary_folder
from tests.bench.table import Row, Section, timed
from tests.bench.trusts_rows import team_of
from tests.school import SAMPLE, MadeUpClock

STAFF = 40
TITLE = "A morning's reminders for a thousand schools"
HOW = (
    f"Each school has {STAFF} staff, who have done none of their yearly training, and {STAFF // 2} classes; each of "
    "the staff has asked for one blocked site, half of which still wait for a decision and half for the filter. "
    "Measured: what a tick works out for every school in turn, when all of it has been told (the tick of every quarter "
    "of an hour), and on the first morning, when it is found, marked as told and put into the outbox. Floor: the same "
    "rows, school by school, each table by one statement of SQLAlchemy Core, and nothing done with them."
)
MOST = 3  # times the floor
SILENT = timedelta(days=7)  # since when everybody waits
_REQUESTS = [State.AWAITING_REVIEW, State.APPROVED]


def measure(schools: int, rounds: int) -> Section:
    """Return the rows of this target."""
    with temporary_folder() as folder:
        rows = _of(folder, None, "SQLite", schools, rounds)
        with postgres_server(folder) as server:
            rows += _of(folder, server, "PostgreSQL", schools, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, schools: int, rounds: int) -> list[Row]:
    tell(f"{kind}: making {schools:,} schools")
    database = new_database(folder, server)
    _fill(database, schools)
    with database.read() as connection:
        contexts = [Context(database, each, MadeUpClock(MONDAY), REACTIONS) for each in school.every(connection)]
    tell(f"{kind}: ticking")
    _taken(contexts, _read)  # once, so that the database has the pages at hand
    began = time.perf_counter()
    done = [reminders.morning(context) for context in contexts]
    first = time.perf_counter() - began
    _settle(database)
    floor, quiet = [], []
    for _ in range(rounds):
        floor.append(_taken(contexts, _read))
        quiet.append(_taken(contexts, reminders.morning))
    told = _told(database)
    remove(database, server)
    # A request or a line of the filter each, their training, the teachers' own, their classes' and the parents'.
    things = STAFF + STAFF + STAFF // 2 + STAFF // 2 + 1
    if told != schools * things or {each.things for each in done} != {things}:
        raise RuntimeError(f"{told} things were told, not {schools * things}")
    return [
        timed(f"{kind}: {schools:,} schools, all told before", quiet, floor, most=MOST),
        timed(f"{kind}: {schools:,} schools, the first morning, told and committed", [first], floor),
    ]


def _taken(contexts: list[Context], act: Callable[[Context], object]) -> float:
    began = time.perf_counter()
    for context in contexts:
        act(context)
    return time.perf_counter() - began


def _read(context: Context) -> None:
    """Read what a morning hangs on, each table by its index, and nothing else."""
    with context.begin() as tx:
        for statement in _READING:
            tx.connection.execute(statement, {"school": tx.school_id}).all()


_BY_SCHOOL = (
    *(people.person, people.role_holder, absences.absence, storage.told, storage.put_off, storage.hand_over),
    *(
        records.record,
        register.entry,
        roll.pupil,
        completions.kind_table,
        completions.completion,
        training_rounds.round_table,
    ),
    *(versions.version, versions.review),
)
_READING = (
    *(select(table).where(table.c.school_id == bindparam("school")) for table in _BY_SCHOOL),
    select(people.teaches)
    .join(people.person, people.person.c.id == people.teaches.c.person_id)
    .where(people.person.c.school_id == bindparam("school")),
    select(records.step).where(records.step.c.school_id == bindparam("school")),
    select(roll.placement)
    .join(roll.pupil, roll.pupil.c.id == roll.placement.c.pupil_id)
    .where(roll.pupil.c.school_id == bindparam("school")),
)


def _told(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM reminder_told")).scalar_one())


def _fill(database: Database, schools: int) -> None:
    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    terms = read("terms.csv", (SAMPLE / "terms.csv").read_bytes(), date(2026, 9, 1)).periods
    numbers = range(1, schools + 1)
    with database.begin() as connection:
        _add(connection, school.school, [_school(number, settings) for number in numbers])
        _add(connection, people.person, [_person(n, place) for n in numbers for place in range(STAFF)])
        _add(connection, people.role_holder, [_role(number) for number in numbers])
        _add(connection, people.teaches, [_class(n, place) for n in numbers for place in range(STAFF // 2)])
        _add(connection, records.record, [_request(n, place) for n in numbers for place in range(STAFF)])
        _add(connection, access.access_form, [_form(n, place) for n in numbers for place in range(STAFF)])
        _add(connection, register.entry, [_line(n, place) for n in numbers for place in range(1, STAFF, 2)])
        _add(connection, roll.pupil, [_pupil(n, place) for n in numbers for place in range(STAFF // 2)])
        _add(connection, records.step, [_step(n, place) for n in numbers for place in range(1, STAFF, 2)])
        days = [{"kind": each.kind, "first_day": each.first, "last_day": each.last} for each in terms]
        _add(connection, period, [{"school_id": number, "title": "", **each} for number in numbers for each in days])
    _settle(database)


def _settle(database: Database) -> None:
    """Do what the server does by itself within minutes; a plan made for an empty table is thrown away."""
    if database.url.get_backend_name() == "postgresql":
        with database.reading.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _add(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _school(number: int, settings: dict[str, Any]) -> dict[str, Any]:
    shown = {"id": number, "workspace": team_of(number), "name": f"School {number}", "timezone": "Europe/London"}
    return {**shown, "settings": settings, "created_at": MONDAY, "welcomes": False}


def _id(number: int, place: int) -> int:
    return (number - 1) * STAFF + place + 1


def _person(number: int, place: int) -> dict[str, Any]:
    known = {"id": _id(number, place), "school_id": number, "email": f"staff{place}@school{number}.example"}
    slack_user = f"U{number:05}{place:03}"
    return {**known, "name": f"Member of staff {place}", "account": slack_user, "checked_at": MONDAY}


def _role(number: int) -> dict[str, Any]:
    return {"school_id": number, "email": f"staff0@school{number}.example", "role": "e_safety_coordinator"}


def _class(number: int, place: int) -> dict[str, Any]:
    return {"school_id": number, "person_id": _id(number, place), "class_name": f"{place}A"}


def _request(number: int, place: int) -> dict[str, Any]:
    asked: datetime = MONDAY - SILENT
    row: dict[str, Any] = {"id": _id(number, place), "school_id": number, "number": place + 1, "asked_at": asked}
    row |= {"asker_id": _id(number, place or 1), "state": _REQUESTS[place % 2], "waits_since": asked}
    row |= {"kind": "AR", "procedure": "access", "version": 1}
    return row | {"origin": str(place), "token": "invented"}


def _form(number: int, place: int) -> dict[str, Any]:
    words = dict.fromkeys(("url", "content", "reasons", "risks"), "x")
    return {"record_id": _id(number, place), "school_id": number, **words}


def _line(number: int, place: int) -> dict[str, Any]:
    asked = (MONDAY - SILENT).date()
    row: dict[str, Any] = {"school_id": number, "number": place, "kind": Kind.ALLOWED, "entry": f"site-{place}.example"}
    row |= {"reason": "Good.", "record": f"AR-{place + 1}", "decided_by": _id(number, 0), "decided_on": asked}
    return row | {"state": Entry.PROPOSED, "since": asked}


def _pupil(number: int, place: int) -> dict[str, Any]:
    names = {"legal_forename": "Jamie", "legal_surname": "Wilson", "forename": "Jamie", "surname": "Wilson"}
    return {"id": _id(number, place), "school_id": number, "class_name": f"{place}A", **names}


def _step(number: int, place: int) -> dict[str, Any]:
    row: dict[str, Any] = {"school_id": number, "record_id": _id(number, place), "event": "approve"}
    row |= {"came_from": State.AWAITING_REVIEW, "person_id": _id(number, 0), "at": MONDAY - SILENT}
    return row | {"words": "Good.", "signature": "x"}
