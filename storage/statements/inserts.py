"""INSERT where the row may be there already: standard SQL has no words for it, and each database has the same ones."""

from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Table


@cache
def insert_if_new(kind: str, table: Table) -> Any:
    """Return an INSERT, for one kind of database, that leaves out what is there already under its key.

    Whoever puts in the same at the same time is waited for; what it returns tells who was first.
    """
    return insert_or_change(kind, table).inline().on_conflict_do_nothing()


def insert_or_change(kind: str, table: Table) -> Any:
    """Return an INSERT that can be told what to change where the row is there already (`on_conflict_do_update`)."""
    # Loaded when asked for: nobody needs both, and PostgreSQL's takes as long as a tenth of the start.
    return import_module(f"sqlalchemy.dialects.{kind}").insert(table)
