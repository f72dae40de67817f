"""Writes docs/tables.md, every column that is kept, from the code's tables: `python -m tests.columns` writes it."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import LargeBinary, Table

from storage.engine import metadata
from tests import declared

PAGE = Path(__file__).parent.parent / "docs" / "tables.md"

NOTE = """\
# Everything that is kept, column by column

For data protection officers and developers. What each table is for stands in [data-protection.md](data-protection.md).
Written from the code; `python -m tests.columns` writes it again, and a test says when somebody has to. Whoever does
looks whether data-protection.md is still true.

“→ person” is a number that leads to a row there; “may be empty” is said where it may; 🔒 is encrypted with
`LANYARD_KEY`.
"""


def tables() -> tuple[Table, ...]:
    """Return every table of ours, by name."""
    declared.modules()  # a table is known as soon as its module is
    return tuple(sorted(metadata.tables.values(), key=lambda table: table.name))


def page() -> str:
    """Return the page."""
    return "\n".join([NOTE, "| table | columns |", "|---|---|", *map(_row, tables()), ""])


def _row(table: Table) -> str:
    return f"| `{table.name}` | {'; '.join(_columns(table))} |"


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        to = "".join(f" → {key.column.table.name}" for key in column.foreign_keys)
        empty = ", may be empty" if column.nullable else ""
        sealed = " 🔒" if isinstance(column.type, LargeBinary) and column.name == "sealed" else ""
        yield f"`{column.name}`{to}{sealed}{empty}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
