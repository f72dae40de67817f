"""Makes two people one: everything that speaks of one of them speaks of the other from then on.

Decision 0020: rows that say *who* are made right, as a misread name would be; what they say stays. The trail alone is
left as it was: its seals would break, and it tells who was thought to be who.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

import storage
from bot.rules.people import Person, Standing
from bot.rules.staff.persons import is_nowhere, nowhere
from storage.engine import metadata
from storage.people import accounts, people, relatives
from storage.people.people import person

# What tells who was thought to be who.
LEFT_AS_IT_WAS = frozenset({"audit.actor_id", "person_question.newcomer_id", "person_question.earlier_id"})


def join(connection: Connection, school_id: int, gone: Person, into: Person, at: datetime) -> None:
    """Make `gone` the same person as `into`, who takes over the newer account and address.

    Where both have something that one person has only once (a policy read, a class), both rows stay and that of `into`
    counts. What the staff list says of `gone` is newer. The school must be locked.
    """
    job, started_on = people.facts(connection, gone.person_id)
    values: dict[str, Any] = {"job": job} if job else {}
    values |= {"started_on": started_on} if started_on else {}
    if classes := people.classes(connection, gone.person_id):
        people.set_classes(connection, school_id, into.person_id, classes)
        people.set_classes(connection, school_id, gone.person_id, ())
    email = into.email if is_nowhere(gone.email) else gone.email
    if not gone.account:
        values |= {} if gone.is_nameless else {"name": gone.name}
    else:
        values |= {"account": gone.account, "front": gone.front}
        values |= {"standing": gone.standing, "checked_at": gone.checked_at}
    away = {
        "email": nowhere("same", gone.person_id),
        "account": None,
        "standing": Standing.LEFT,
        "perhaps": None,
        "same_as": into.person_id,
    }
    people.change(connection, school_id, gone.person_id, **away)
    people.change(connection, school_id, into.person_id, email=email, **values)
    people.move_roles(connection, school_id, into.email, email)
    if into.email != email and not is_nowhere(into.email):
        accounts.had(connection, school_id, into.email, into.person_id, at)
    for table, column in references():
        _move(connection, table, column, gone.person_id, into.person_id)
    relatives.end_own(connection, school_id, into.person_id, at)
    try:
        with connection.begin_nested():
            connection.execute(delete(person).where(person.c.id == gone.person_id))
    except IntegrityError:
        return  # something still speaks of them, perhaps the trail: the row stays, and says who it turned out to be


@cache
def references() -> tuple[tuple[Table, Column[int]], ...]:
    """Return every column that says who somebody is, of every table that there is."""
    for name in _modules():  # a table that nobody has asked for yet would be forgotten
        importlib.import_module(name)
    every = ((table, column) for table in metadata.sorted_tables for column in table.c)
    return tuple(
        (table, column)
        for table, column in every
        if any(key.column is person.c.id for key in column.foreign_keys)
        and f"{table.name}.{column.name}" not in LEFT_AS_IT_WAS
    )


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(storage.__path__, "storage."):
        if not module.name.startswith("storage.migrations"):
            yield module.name


def _move(connection: Connection, table: Table, column: Column[int], gone: int, into: int) -> None:
    try:
        with connection.begin_nested():
            connection.execute(update(table).where(column == gone).values({column: into}))
    except IntegrityError:
        keys = list(table.primary_key.columns)
        for row in connection.execute(select(*keys).where(column == gone)).all():
            this = [key == value for key, value in zip(keys, row, strict=True)]
            try:
                with connection.begin_nested():
                    connection.execute(update(table).where(*this).values({column: into}))
            except IntegrityError:
                continue  # they have one of their own
