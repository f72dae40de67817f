"""Which LANYARD_KEY opens this database: a check value tells, which is written as soon as there is a key.

While nothing is sealed any good key will do; from then on only that one.
"""

import base64
import enum
import hmac
import secrets
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, inspect, literal, select, table
from sqlalchemy.engine import Connection

from bot.errors import Misconfigured
from bot.rules import documents
from storage.engine import Database, metadata
from storage.sealing import UNSET, Purpose, Sealing

COPY = "There should be a copy away from this machine, such as in the school's password safe"
LOST = (
    "LANYARD_KEY is not set, and this database holds what only its own key opens. Put that key back into .env. "
    f"{COPY}. A new key opens none of it."
)
WRONG = f"This LANYARD_KEY is not the one that sealed what this database holds. Put that one back into .env. {COPY}."
PARTLY = (
    "This LANYARD_KEY made {opened} of the {of} certificates and printed forms that this database holds; another key "
    "made the others. If you have that one and it made more of them, put it into .env. To go on with this one, and "
    "without what the other made: python -m bot migrate --accept-lost"
)
NOT_TAKEN = "This database does not know this LANYARD_KEY yet. Run: python -m bot migrate"
NO_KEY = "LANYARD_KEY is not a key. Remove it, and run: python -m bot doctor"
KEY_BYTES = 32


class Lost(enum.Enum):
    """Whether what another key has sealed may be given up."""

    REFUSED = "it is asked for"
    ACCEPTED = "it is lost"


sealing_check = Table(
    "sealing_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # KEY; OLD_PAGES, while these are to be emptied
    Column("value", String(64), nullable=False),
)
KEY, OLD_PAGES = 1, 2
_VALUE = select(sealing_check.c.value).where(sealing_check.c.id == KEY)
_PURPOSE = b"lanyard/check/1"
_SEALED = ("evidence", "document_print", "record_text")  # the tables of what is sealed


def new() -> str:
    """Return a new key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def is_key(written: str) -> bool:
    """Return whether this is a key as we make them."""
    try:
        return len(base64.b64decode(written, altchars=b"-_", validate=True)) == KEY_BYTES
    except ValueError:
        return False


def check(database: Database) -> None:
    """Raise Misconfigured unless the key is the one that opens this database, which has the newest shape."""
    with database.read() as connection:
        known = connection.execute(_VALUE).scalar_one_or_none()
        if known is not None and database.sealing.key and _fits(database.sealing, known):
            return
        _refuse_unless_free(connection, database.sealing)
    raise Misconfigured(NOT_TAKEN)


def admit(database: Database, lost: Lost = Lost.REFUSED) -> None:
    """Raise Misconfigured where this key must not be taken for this database, whatever its shape."""
    with database.read() as connection:
        known = _known(connection)
        if known is None or not database.sealing.key or not _fits(database.sealing, known):
            _refuse_unless_free(connection, database.sealing, lost)


def take(database: Database) -> None:
    """Write down which key opens this database from now on, which has the newest shape. Raises Misconfigured."""
    admit(database)
    with database.begin() as connection:
        connection.execute(delete(sealing_check).where(sealing_check.c.id == KEY))
        connection.execute(insert(sealing_check).values(id=KEY, value=_value(database.sealing)))


def has_old_pages(database: Database) -> bool:
    """Return whether what is sealed now still lies on old pages of the database's files."""
    with database.read() as connection:
        return connection.execute(select(sealing_check.c.id).where(sealing_check.c.id == OLD_PAGES)).first() is not None


def emptied(database: Database) -> None:
    """Note that nothing of it lies there any more."""
    with database.begin() as connection:
        connection.execute(delete(sealing_check).where(sealing_check.c.id == OLD_PAGES))


def holds_sealed(connection: Connection) -> bool:
    """Return whether there is anything that only one key opens, whatever the shape of the database."""
    there = set(inspect(connection).get_table_names())
    kept = (select(literal(1)).select_from(table(name)).limit(1) for name in _SEALED if name in there)
    return any(connection.execute(one).first() for one in kept)


def _refuse_unless_free(connection: Connection, sealing: Sealing, lost: Lost = Lost.REFUSED) -> None:
    """Refuse what is not a key, or not the one that sealed what there is. Raises Misconfigured."""
    is_sealed = holds_sealed(connection)
    if not sealing.key:
        raise Misconfigured(LOST if is_sealed else UNSET)
    if is_sealed and (_known(connection) is not None or not _proves(connection, sealing, lost)):
        raise Misconfigured(WRONG)
    if not is_sealed and not is_key(sealing.key):
        raise Misconfigured(NO_KEY)


def _known(connection: Connection) -> str | None:
    """Return the check value; None where it is missing, as in every database before 0015."""
    if not inspect(connection).has_table(sealing_check.name):
        return None
    found: str | None = connection.execute(_VALUE).scalar_one_or_none()
    return found


def _fits(sealing: Sealing, known: str) -> bool:
    return hmac.compare_digest(_value(sealing), known)


def _value(sealing: Sealing) -> str:
    return sealing.derived(_PURPOSE).hex()


def _proves(connection: Connection, sealing: Sealing, lost: Lost) -> bool:
    """Return whether a key made everything that a database of before 0015 holds: its certificates, its prints.

    Raises Misconfigured where it made only some of it, unless the rest is given up: there has been another one.
    """
    tried = [_opens(sealing, file) for file in _rows(connection, "evidence")]
    tried += [documents.verify(row.content, sealing.key, row.code) for row in _rows(connection, "document_print")]
    if any(tried) and not all(tried) and lost is Lost.REFUSED:
        raise Misconfigured(PARTLY.format(opened=sum(tried), of=len(tried)))
    return any(tried)


def _opens(sealing: Sealing, file: Any) -> bool:
    place = f"{file.school_id}/{file.feature}/{file.record}/{file.sha256}"
    try:
        sealing.open(Purpose.EVIDENCE, file.sealed, place)
    except Misconfigured:
        return False
    return True


def _rows(connection: Connection, name: str) -> Iterator[Any]:
    """Yield the rows of a table as it stands, one after another; none where there is no such table."""
    if inspect(connection).has_table(name):
        yield from connection.execute(select(Table(name, MetaData(), autoload_with=connection)))
