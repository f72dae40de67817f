"""What people wrote in records of confidential kinds: sealed, each text bound to its record, its step and its name."""

from collections.abc import Collection

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, insert, select
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata
from storage.records import pieces
from storage.sealing import Purpose, Sealing
from storage.statements.constants import is_found_by_id

WORDS = "words"  # of a step

record_text = Table(
    "record_text",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False, index=True),
    Column("step_id", Id, ForeignKey("record_step.id"), index=True),  # empty: of the form
    Column("name", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

Texts = dict[tuple[int, str], str]  # (step, or 0 for the form; name) → what was written


def add(
    connection: Connection, sealing: Sealing, school_id: int, record_id: int, name: str, text: str, *, step_id: int = 0
) -> None:
    """Append a text, sealed. Raises Misconfigured without a key."""
    sealed = sealing.seal(Purpose.TEXTS, text.encode(), belongs(school_id, record_id, step_id, name))
    values = {"school_id": school_id, "record_id": record_id, "step_id": step_id or None, "name": name}
    connection.execute(insert(record_text).values(**values, sealed=sealed))


def of_records(connection: Connection, sealing: Sealing, record_ids: Collection[int]) -> dict[int, Texts]:
    """Return record → its texts, opened. Raises Misconfigured without the key that sealed them."""
    found: dict[int, Texts] = {record_id: {} for record_id in record_ids}
    wanted = select(*(record_text.c[name] for name in ("school_id", "record_id", "step_id", "name", "sealed")))
    for some in pieces(record_ids):
        # By place, and fetched all at once: a search for a word opens a thousand.
        rows = connection.execute(wanted.where(is_found_by_id(connection, record_text.c.record_id, some))).all()
        for school_id, record_id, step_id, name, sealed in rows:
            place = belongs(school_id, record_id, step_id or 0, name)
            found[record_id][step_id or 0, name] = sealing.open(Purpose.TEXTS, sealed, place).decode()
    return found


def belongs(school_id: int, record_id: int, step_id: int, name: str) -> str:
    """Return what is sealed in with a text: it cannot be passed off as that of another record."""
    return f"{school_id}/{record_id}/{step_id}/{name}"
