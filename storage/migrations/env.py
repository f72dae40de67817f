"""Alembic's entry: runs the revisions on the connection that storage.migrate hands over."""

from alembic import context
from sqlalchemy.engine import Connection


def run(connection: Connection) -> None:
    """Run them in one transaction: everything happens, or nothing does."""
    context.configure(
        connection=connection, target_metadata=None, render_as_batch=True, transaction_per_migration=False
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a row refers to one that is not there")
    connection.commit()


def run_on_sqlite(connection: Connection) -> None:
    """Run them without references being kept meanwhile; they are looked through before anything counts.

    SQLite changes a column by building its table anew, and rows elsewhere refer to the old one. Its manual has it so,
    and outside of a transaction, or it is not heard.
    """
    connection.commit()
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        run(connection)
    finally:
        connection.rollback()
        cursor.execute("PRAGMA foreign_keys = ON")


given: Connection = context.config.attributes["connection"]
if given.dialect.name == "sqlite":
    run_on_sqlite(given)
else:
    run(given)
