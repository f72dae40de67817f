"""The migrations and the tables in the code describe the same database."""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import UTC, date, datetime

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection

import storage
from storage import migrate
from storage.engine import Database, metadata
from storage.sealing import Sealing
from tests.school import KEY

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CHILD = {"legal_forename": "A", "legal_surname": "B", "forename": "A", "surname": "B", "year_group": ""}
OF_THE_DATABASE = {"school", "sealing_check"}  # what belongs to no one school


def test_the_migrations_lead_to_the_tables_in_the_code(database: Database) -> None:
    for module in pkgutil.walk_packages(storage.__path__, "storage."):
        if not module.name.startswith("storage.migrations"):
            importlib.import_module(module.name)
    with database.durable.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_row_belongs_to_a_school() -> None:
    for table in metadata.tables.values():
        assert table.name in OF_THE_DATABASE or not table.c.school_id.nullable, table.name


def test_a_second_migration_does_nothing(database: Database) -> None:
    assert migrate.upgrade(database) == []
    assert migrate.current(database) == migrate.newest()


def test_what_requests_said_of_the_filter_moves_into_the_register(database: Database) -> None:
    with database.durable.connect() as connection:
        put = a_school_of(connection, "0003")
        put("person", id=1, school_id=1, email="a@old.example", name="A", job="", standing="staff")
        asked = {"school_id": 1, "asker_id": 1, "asked_at": AT, "waits_since": AT, "content": "c", "reasons": "r"}
        for number, state, url in (
            (1, "applied", "https://www.open.example/a"),
            (2, "approved", "http://new.example/"),
            (3, "rejected", "http://no.example/"),
            (4, "approved", "https://www.youtube.com/watch?v=x1"),
            (5, "applied", "https://m.facebook.com/ourtown/"),
            (6, "approved", "https://en.wikipedia.org/wiki/Volcano#Types"),
        ):
            put(
                "access_request",
                number=number,
                id=number,
                state=state,
                url=url,
                risks="k",
                form_id=str(number),
                **asked,
            )
        made = {"school_id": 1, "person_id": 1, "at": AT, "came_from": "awaiting review"}
        for request, event, words, signature in (
            (1, "approve for both", "Good.", "A"),
            (1, "confirm applied", "", ""),
            (2, "approve for both", "Fine.", "A"),
        ):
            put("access_step", request_id=request, event=event, words=words, signature=signature, **made)
        connection.commit()
        command.upgrade(_config(connection), "head")

        def column(question: str) -> list[object]:
            return [tuple(row) if len(row) > 1 else row[0] for row in connection.execute(text(question))]

        assert column("SELECT number, entry, record, state, reason FROM filter_entry ORDER BY number") == [
            (1, "open.example", "AR-1", "in the filter", "Good."),
            (2, "new.example", "AR-2", "to be put into the filter", "Fine."),
            (3, "youtube.com/watch?v=x1", "AR-4", "to be put into the filter", ""),
            (4, "m.facebook.com/ourtown", "AR-5", "in the filter", ""),
            (5, "en.wikipedia.org/wiki/Volcano", "AR-6", "to be put into the filter", ""),
        ]
        assert column("SELECT event FROM filter_step") == ["confirm applied"]
        assert column("SELECT state FROM record WHERE kind = 'AR' ORDER BY number") == [
            "rejected" if number == 3 else "approved" for number in range(1, 7)
        ]
        assert column("SELECT event FROM record_step") == ["approve for both", "approve for both"]
        assert column("SELECT last FROM number WHERE kind = 'FE'") == [5]


def test_children_who_were_said_to_have_left_can_be_struck_out_as_leavers(database: Database) -> None:
    with database.durable.connect() as connection:
        put = a_school_of(connection, "0019")
        for number, left_on in ((1, date(2026, 11, 18)), (2, None), (3, date(2026, 11, 19))):
            put("pupil", id=number, school_id=1, class_name="", left_on=left_on, **CHILD)
        for seq, record in enumerate(("1", "pupil 2", "pupil 1"), start=1):
            put("audit", school_id=1, seq=seq, at=AT, action="roll.left", record=record, seal=str(seq))
        connection.commit()
        command.upgrade(_config(connection), "head")
        # The first by what the office said; the second has come back since, of the third a file says it.
        assert connection.execute(text("SELECT pupil_id FROM leaver")).scalars().all() == [1]


def test_flags_that_an_import_raised_still_belong_to_it(database: Database) -> None:
    with database.durable.connect() as connection:
        put = a_school_of(connection, "0026")
        put("pupil", id=1, school_id=1, class_name="", **CHILD)
        for number, after, until in ((1, None, None), (2, 1, 3), (3, 4, 4)):
            extent = {"pupils_after": 0, "pupils_until": 0, "flags_after": after, "flags_until": until}
            put("roll_import", id=number, school_id=1, at=AT, sha256="", rows_read=1, rows_refused=0, **extent)
        for number in range(1, 6):
            put(
                "never_photograph",
                id=number,
                school_id=1,
                pupil_id=1,
                raised=True,
                reasons="",
                recorded_at=AT,
                effective_from=AT.date(),
            )
        connection.commit()
        command.upgrade(_config(connection), "head")
        flags = connection.execute(text("SELECT import_id FROM never_photograph ORDER BY id")).scalars().all()
        assert flags == [None, 2, 2, None, None]
        unfinished = "SELECT count(*) FROM roll_import WHERE finished_at IS NULL"
        assert connection.execute(text(unfinished)).scalar_one() == 0


def test_at_a_school_that_is_here_already_nobody_is_welcomed(database: Database) -> None:
    with database.durable.connect() as connection:
        a_school_of(connection, "0029")
        connection.commit()
        command.upgrade(_config(connection), "head")
        assert [bool(each) for each in connection.execute(text("SELECT welcomes FROM school")).scalars()] == [False]


def a_school_of(connection: Connection, revision: str) -> Callable[..., None]:
    """Have one school in the tables of earlier code, and nothing else; returns what puts a row into one of them."""
    empty(connection)
    command.upgrade(_config(connection), revision)
    old = MetaData()
    old.reflect(connection)

    def put(table: str, **values: object) -> None:
        connection.execute(old.tables[table].insert().values(**values))

    where = (
        {"slack_team": "T0OLD"} if "slack_team" in old.tables["school"].c else {"workspace": "T0OLD", "front": "slack"}
    )
    versions = {"settings_version": 1, "roll_version": 1}
    put("school", id=1, name="O", timezone="UTC", settings={}, created_at=AT, **where, **versions)
    return put


def empty(connection: Connection) -> None:
    """Drop every table that is there, known to this process or not: our migrations only go forward."""
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["sealing"] = Sealing(KEY)
    return config
