"""The form of a kind of record: the columns of its own, each kind in its own table."""

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, Table, Text, false, insert, select, update
from sqlalchemy.engine import Connection

from storage import records
from storage.engine import Id, metadata
from storage.records import said_of
from storage.statements.words import occurs

Form = TypeVar("Form")


class FormTable(Generic[Form]):
    """The forms of one kind of record. `read`: a form from its columns, by their names; `columns`: the form's own."""

    def __init__(self, name: str, *columns: Column[Any] | Index, read: Callable[..., Form]) -> None:
        self.table = Table(
            name,
            metadata,
            Column("record_id", Id, ForeignKey("record.id"), primary_key=True, autoincrement=False),
            Column("school_id", Id, ForeignKey("school.id"), nullable=False),
            *columns,
        )
        self._names = [column.name for column in columns if isinstance(column, Column)]
        self._texts = [column for column in columns if isinstance(column, Column) and isinstance(column.type, Text)]
        self._read = read

    def add(self, connection: Connection, school_id: int, record_id: int, form: Form) -> None:
        """Insert the form of a record."""
        values = {name: getattr(form, name) for name in self._names}
        connection.execute(insert(self.table).values(record_id=record_id, school_id=school_id, **values))

    def change(self, connection: Connection, record_id: int, **values: Any) -> None:
        """Change some columns of a form."""
        connection.execute(update(self.table).where(self.table.c.record_id == record_id).values(**values))

    def of_records(self, connection: Connection, record_ids: Collection[int]) -> dict[int, Form]:
        """Return record → its form."""
        found: dict[int, Form] = {}
        for some in records.pieces(record_ids):
            for row in connection.execute(select(self.table).where(self.table.c.record_id.in_(some))):
                found[row.record_id] = self._read(**{name: getattr(row, name) for name in self._names})
        return found

    def says(self, connection: Connection, word: str) -> ColumnElement[bool]:
        """Return the condition that a word occurs in the form of a record."""
        return said_of(self.table.c.record_id, occurs(connection, word, self._texts)) if self._texts else false()
