"""Which accounts and addresses somebody has had: ids and addresses come and go, a person stays the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, String, Table, select
from sqlalchemy.engine import Connection

from bot.rules.people import Standing
from bot.rules.school import SLACK
from storage.engine import Id, Instant, metadata
from storage.people.people import person
from storage.statements.inserts import insert_or_change

known_account = Table(
    "known_account",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("front", String(20), primary_key=True),
    Column("account", String(255), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),
)

former_address = Table(
    "former_address",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("email", String(254), primary_key=True),  # lower case
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),  # who had it last
    Column("until", Instant, nullable=False),
)


def note(connection: Connection, school_id: int, account: str, person_id: int, at: datetime) -> None:
    """Note that an account is somebody's, from now on and for ever."""
    key = {"school_id": school_id, "front": SLACK, "account": account}
    _put(connection, known_account, key, {"person_id": person_id, "since": at})


def owner(connection: Connection, school_id: int, account: str) -> int | None:
    """Return whose account this is, or once was."""
    this = (known_account.c.school_id == school_id) & (known_account.c.account == account)
    found = connection.execute(select(known_account.c.person_id).where(this, known_account.c.front == SLACK))
    return found.scalar_one_or_none()


def had(connection: Connection, school_id: int, email: str, person_id: int, at: datetime) -> None:
    """Note that an address was somebody's until now, or is another one of theirs."""
    key = {"school_id": school_id, "email": email.lower()}
    _put(connection, former_address, key, {"person_id": person_id, "until": at})


def last_had(connection: Connection, school_id: int, email: str) -> int | None:
    """Return who had an address last."""
    this = (former_address.c.school_id == school_id) & (former_address.c.email == email.lower())
    return connection.execute(select(former_address.c.person_id).where(this)).scalar_one_or_none()


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    new = insert_or_change(connection.dialect.name, table).values(**key, **values)
    connection.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def addresses_now(connection: Connection, school_id: int) -> dict[str, str]:
    """Return former address → the present one, of those who work here; without an address that is in use again."""
    named = select(former_address.c.email, person.c.email.label("now"))
    named = named.join(person, person.c.id == former_address.c.person_id)
    mine = (former_address.c.school_id == school_id) & (person.c.standing == Standing.STAFF)
    used = set(connection.execute(select(person.c.email).where(person.c.school_id == school_id)).scalars())
    return {row.email: row.now for row in connection.execute(named.where(mine)) if row.email not in used}
