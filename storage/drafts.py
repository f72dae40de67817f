"""What somebody has filled in and not sent: one draft a person and form, encrypted, gone after a day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.sealing import Purpose, Sealing
from storage.statements.inserts import insert_if_new

draft = Table(
    "draft",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("form", String(40), nullable=False),  # the route by which it is sent
    Column("at", Instant, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("school_id", "person_id", "form"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was filled in, as JSON, and when last."""

    text: str
    at: datetime


def keep(
    connection: Connection, sealing: Sealing, school_id: int, person_id: int, form: str, text: str, at: datetime
) -> None:
    """Keep what is filled in so far, in place of what was."""
    sealed = sealing.seal(Purpose.DRAFTS, text.encode(), _belongs(school_id, person_id, form))
    values = {"school_id": school_id, "person_id": person_id, "form": form, "at": at, "sealed": sealed}
    connection.execute(insert_if_new(connection.dialect.name, draft).values(**values))  # two changes at once
    connection.execute(update(draft).where(_mine(school_id, person_id, form)).values(at=at, sealed=sealed))


def get(connection: Connection, sealing: Sealing, school_id: int, person_id: int, form: str) -> Draft | None:
    """Return what somebody has filled in and not sent."""
    row = connection.execute(select(draft).where(_mine(school_id, person_id, form))).one_or_none()
    if row is None:
        return None
    text = sealing.open(Purpose.DRAFTS, row.sealed, _belongs(school_id, person_id, form)).decode()
    return Draft(text, row.at)


def forget(connection: Connection, school_id: int, person_id: int, form: str) -> None:
    """Forget a draft: it was sent, or is not wanted."""
    connection.execute(_FORGET, {"of_school": school_id, "of_person": person_id, "of_form": form})


_FORGET = delete(draft).where(
    draft.c.school_id == bindparam("of_school"),
    draft.c.person_id == bindparam("of_person"),
    draft.c.form == bindparam("of_form"),
)


def has_before(connection: Connection, school_id: int, instant: datetime) -> bool:
    """Return whether a draft is older than an instant."""
    old = select(draft.c.id).where(draft.c.school_id == school_id, draft.c.at < instant)
    return connection.execute(old.limit(1)).first() is not None


def forget_before(connection: Connection, school_id: int, instant: datetime) -> None:
    """Forget what nobody went on with."""
    connection.execute(delete(draft).where(draft.c.school_id == school_id, draft.c.at < instant))


def _mine(school_id: int, person_id: int, form: str) -> ColumnElement[bool]:
    return (draft.c.school_id == school_id) & (draft.c.person_id == person_id) & (draft.c.form == form)


def _belongs(school_id: int, person_id: int, form: str) -> str:
    return f"{school_id}/{person_id}/{form}"
