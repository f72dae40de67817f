"""Whether an empty database is in use while the records lie in another one: in the SQLite file that is the default.

Nothing moves records between databases. A roll that is imported into the new one brings the school's old forms back:
whoever has withdrawn since, in Lanyard, would count as a Yes again.
"""

from pathlib import Path

from sqlalchemy import ColumnElement, exists, or_, select

from bot.errors import Misconfigured
from bot.settings import Environment
from storage import audit, migrate
from storage.consent import roll
from storage.engine import Database, open_database

BEGUN_ANEW = "school.begun_anew"  # audit: somebody has said that the records of the other database are not wanted


# A roll, or anything that somebody did in Slack. What `setup` and the staff list write comes back from the same files.
_RECORDS = or_(
    exists(select(roll.pupil.c.id)), exists(select(audit.audit.c.seq).where(audit.audit.c.actor_id.is_not(None)))
)
_MEANT = exists(select(audit.audit.c.seq).where(audit.audit.c.action == BEGUN_ANEW))


def check(database: Database) -> None:
    """Raise Misconfigured where records were left behind and nobody has said that this was intended; Busy."""
    if told := warning(database):
        raise Misconfigured(refused(told))


def refused(told: str) -> str:
    """Return what is said instead of doing something that takes such a database for the whole record."""
    return f"{told} Or, to begin anew all the same: python -m bot setup school.toml --new-database"


def warning(database: Database) -> str:
    """Return what is to be said of records that were left behind; "" where there are none, or where that was intended.

    Raises Misconfigured where a database cannot be opened, Busy.
    """
    default = open_database(Environment().database_url)
    try:
        if not default.files or _is_same(database, default.files[0]):
            return ""
        if _has(database, _RECORDS | _MEANT) or not _has(default, _RECORDS):
            return ""
    finally:
        default.close()
    return _WARNING.format(file=default.url.database, url=default.url)


_WARNING = (
    "{file} in this folder holds records, and the database that DATABASE_URL names holds none. Nothing in {file} was "
    "carried over. A withdrawal recorded there is not known in the other database: it would be a Yes again as soon as "
    "a roll is imported. Records cannot be moved between databases yet: set DATABASE_URL back to {url}."
)


def _is_same(database: Database, path: Path) -> bool:
    return any(other.resolve() == path.resolve() for other in database.files)


def _has(database: Database, what: ColumnElement[bool]) -> bool:
    if migrate.current(database) is None:
        return False
    with database.read() as connection:
        return bool(connection.execute(select(what)).scalar_one())
