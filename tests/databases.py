"""Databases that a worker opens again and again, of one kind and with the same statements."""

from typing import Any

from sqlalchemy import Dialect, Engine

from storage.engine import Database, open_database
from tests.school import KEY

WAYS_IN = ("durable", "quick", "looking", "reading")  # of a database: see storage/engine.py
# For each kind and way in: SQLAlchemy's dialect, which keeps how values are written and read; every statement in SQL.
_learnt: dict[tuple[str, str], tuple[Dialect, dict[Any, Any]]] = {}


def open_again(url: str) -> Database:
    """Open a database as Lanyard does, with the statements in SQL that a test before has put into it.

    Connections, pools, and what is kept in memory are new. To put a statement into SQL takes longer than to run it, and
    for a test's few statements that was a quarter of its time.
    """
    database = open_database(url, KEY)
    for way_in in WAYS_IN:
        engine: Engine = getattr(database, way_in)
        place = (engine.dialect.name, way_in)
        if place not in _learnt:
            engine.connect().close()  # the dialect asks once what such a server can do
            _learnt[place] = (engine.dialect, {})
        engine.dialect, statements = _learnt[place]
        engine.update_execution_options(compiled_cache=statements)
    return database
