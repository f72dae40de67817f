"""Brings a database to the newest shape. Alembic is imported only when there is something to do: starting is timed."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from bot.errors import Misconfigured
from storage.engine import Database

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
    """Raise Misconfigured unless the database has the newest shape."""
    if current(database) != newest():
        raise Misconfigured("The database is not up to date. Run: python -m bot migrate")


def upgrade(database: Database) -> bool:
    """Bring the database to the newest shape; tells whether anything had to be done."""
    if current(database) == newest():
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.durable.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
