"""Looks over the shoulder of every journey: what is kept in memory is told when it changes, in the same transaction."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.engine import Connection

from storage import school as school_storage
from storage.engine import Database

# What `storage.people.staffing` reads. When Slack was last asked changes nothing of it that anybody hangs on.
STAFF = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM) (person|role_holder|teaches|absence|relative)\b(?!_)", re.I)
ONLY_ASKED = re.compile(r"UPDATE person SET checked_at=[^,]+ WHERE", re.I)


@contextmanager
def untold_changes(database: Database) -> Iterator[list[str]]:
    """Collect the statements that changed the staff in a transaction which did not raise the settings' number."""
    told, forgotten = "watched: told before", "watched: changed"
    found: list[str] = []

    def begins(connection: Connection) -> None:
        connection.info[told] = school_storage.changes(connection)
        connection.info.pop(forgotten, None)

    def runs(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if STAFF.match(statement) and not ONLY_ASKED.match(statement):
            connection.info[forgotten] = statement

    def ends(connection: Connection) -> None:
        changed = connection.info.pop(forgotten, None)
        if changed and school_storage.changes(connection) == connection.info.get(told):
            found.append(changed)

    engines = (database.durable, database.quick)
    listeners = (("begin", begins), ("before_cursor_execute", runs), ("commit", ends))
    for engine in engines:
        for name, listener in listeners:
            event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for engine in engines:
            for name, listener in listeners:
                event.remove(engine, name, listener)
