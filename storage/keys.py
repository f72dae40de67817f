"""Which LANYARD_KEY opens this database: a check value tells, which is written as soon as there is a key.

While nothing is sealed any good key will do; from then on only that one.
"""

import base64
import hmac
import secrets

from sqlalchemy import Column, Integer, String, Table, delete, insert, inspect, literal, select, table, text
from sqlalchemy.engine import Connection

from bot.errors import Misconfigured
from bot.rules import documents
from storage.engine import Database, metadata
from storage.sealing import ALTERED, UNSET, Purpose, Sealing
from storage.training.evidence import evidence

COPY = "A copy was to be kept away from this machine, such as in the school's password safe"
LOST = (
    "LANYARD_KEY is not set, and this database holds what only its own key opens. Put that key back into .env. "
    f"{COPY}. A new key opens none of it."
)
WRONG = f"This LANYARD_KEY is not the one that sealed what this database holds. Put that one back into .env. {COPY}."
NOT_TAKEN = "This database does not know this LANYARD_KEY yet. Run: python -m bot migrate"
NO_KEY = "LANYARD_KEY is not a key. Remove it, and run: python -m bot doctor"
KEY_BYTES = 32

sealing_check = Table(
    "sealing_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("value", String(64), nullable=False),
)
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
        known = _known(connection)
        if known is not None and database.sealing.key and _fits(database.sealing, known):
            return
        _refuse_unless_free(connection, database.sealing)
    raise Misconfigured(NOT_TAKEN)


def admit(database: Database) -> None:
    """Raise Misconfigured where this key must not be taken for this database, whatever its shape."""
    with database.read() as connection:
        known = _known(connection)
        if known is None or not database.sealing.key or not _fits(database.sealing, known):
            _refuse_unless_free(connection, database.sealing)


def take(database: Database) -> None:
    """Write down which key opens this database from now on, which has the newest shape. Raises Misconfigured."""
    admit(database)
    with database.begin() as connection:
        connection.execute(delete(sealing_check))
        connection.execute(insert(sealing_check).values(id=1, value=_value(database.sealing)))


def holds_sealed(connection: Connection) -> bool:
    """Return whether there is anything that only one key opens, whatever the shape of the database."""
    there = set(inspect(connection).get_table_names())
    kept = (select(literal(1)).select_from(table(name)).limit(1) for name in _SEALED if name in there)
    return any(connection.execute(one).first() for one in kept)


def _refuse_unless_free(connection: Connection, sealing: Sealing) -> None:
    """Refuse a key that is none, or another one than sealed what there is. Raises Misconfigured."""
    is_sealed = holds_sealed(connection)
    if not sealing.key:
        raise Misconfigured(LOST if is_sealed else UNSET)
    if is_sealed and (_known(connection) is not None or not _proves(connection, sealing)):
        raise Misconfigured(WRONG)
    if not is_sealed and not is_key(sealing.key):
        raise Misconfigured(NO_KEY)


def _known(connection: Connection) -> str | None:
    """Return the check value; None where there is none, as in every database before 0015."""
    if not inspect(connection).has_table(sealing_check.name):
        return None
    found: str | None = connection.execute(select(sealing_check.c.value)).scalar_one_or_none()
    return found


def _fits(sealing: Sealing, known: str) -> bool:
    return hmac.compare_digest(_value(sealing), known)


def _value(sealing: Sealing) -> str:
    return sealing.derived(_PURPOSE).hex()


def _proves(connection: Connection, sealing: Sealing) -> bool:
    """Return whether a key made what a database of before 0015 holds: its newest evidence, its newest print."""
    there = inspect(connection).has_table(evidence.name)
    file = connection.execute(select(evidence).order_by(evidence.c.id.desc()).limit(1)).first() if there else None
    if file is not None:
        try:
            sealing.open(Purpose.EVIDENCE, file.sealed, f"{file.school_id}/{file.feature}/{file.record}/{file.sha256}")
        except Misconfigured as error:
            if str(error) == ALTERED:
                return False
            raise
    newest = text("SELECT content, code FROM document_print ORDER BY id DESC LIMIT 1")
    printed = connection.execute(newest).first() if inspect(connection).has_table("document_print") else None
    return printed is None or documents.verify(printed.content, sealing.key, printed.code)
