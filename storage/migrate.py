"""Brings a database to the newest shape. Alembic is imported only when there is something to do: starting is timed."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from bot.errors import Busy, Misconfigured
from storage import keys
from storage.engine import Database
from storage.keys import Lost

OLDER_COPIES = (
    "Reports of unsuitable content and printed forms are sealed with LANYARD_KEY now. Copies of the database that were "
    "made before still hold their words. Keep them as safe as the database itself, and delete them when you may."
)
NOT_EMPTIED = (
    "The database is up to date, but what is sealed now still lies on its old pages. There was too little room on the "
    "disk, or somebody else was using it. Stop Lanyard, make as much room as the database takes, and run this again: "
    "python -m bot migrate"
)
MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """Return the newest revision: files are named after theirs, 0001_first.py."""
    return max(path.name.split("_", 1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(database: Database) -> str | None:
    """Return the revision of a database; None where it is empty. Raises Misconfigured where it cannot be opened."""
    try:
        with database.reading.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return str(found) if found else None
    except (DBAPIError, NoneFreeError) as error:
        place = database.url.render_as_string(hide_password=True)
        is_file = database.url.get_backend_name() == "sqlite"
        look = "its folder exists and is yours" if is_file else "the server runs and lets you in"
        raise Misconfigured(f"The database {place} cannot be opened. Check DATABASE_URL, and that {look}.") from error


def check(database: Database) -> None:
    """Raise Misconfigured unless the database has the newest shape: an empty one is not set up yet."""
    found = current(database)
    if found is None:
        raise Misconfigured("No school is set up yet. Run: python -m bot setup school.toml")
    if found != newest():
        raise Misconfigured("The database is not up to date. Run: python -m bot migrate")


def upgrade(database: Database, lost: Lost = Lost.REFUSED) -> list[str]:
    """Bring the database to the newest shape; returns what to say of it, nothing where nothing had to be done.

    Raises Misconfigured without the LANYARD_KEY that opens it: what has to be sealed is sealed here.
    """
    is_newest = current(database) == newest()
    if is_newest:
        keys.take(database)
    else:
        keys.admit(database, lost)
        _upgrade(database)
    said = [] if is_newest else ["The database is up to date now."]
    if keys.has_old_pages(database):
        _empty_old_pages(database)
        said.append(OLDER_COPIES)
    return said


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.durable.connect() as connection:
        config.attributes["connection"] = connection
        config.attributes["sealing"] = database.sealing
        command.upgrade(config, "head")


def _empty_old_pages(database: Database) -> None:
    """Leave nothing in the database's files of what is sealed now.

    A deleted row stays on its page until the page is used again.

    PostgreSQL drops a table with its file; the rest is written anew.
    """
    try:
        with database.read() as connection:
            if database.url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("VACUUM")
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                if busy:
                    raise Busy(NOT_EMPTIED)
            else:
                connection.exec_driver_sql("VACUUM FULL document_print")
    except Busy as error:
        raise Misconfigured(NOT_EMPTIED) from error
    keys.emptied(database)
