"""Which of several workers leads, and ticks: who holds PostgreSQL's advisory lock. When it dies, the lock is free."""

from sqlalchemy import text
from sqlalchemy.engine import Connection

from bot.errors import Busy, Misconfigured
from storage.engine import Database

LOCK = 0x6C616E79  # "lany": one number for Lanyard's workers on one database


class Leadership:
    """One worker's claim to lead."""

    def __init__(self, database: Database) -> None:
        if database.url.get_backend_name() != "postgresql":
            raise Misconfigured("Workers need PostgreSQL: set DATABASE_URL. With SQLite, one process does all: run")
        self._database = database
        self._session: Connection | None = None

    def holds(self) -> bool:
        """Tell whether this worker leads, taking the lead if it is free. Raises Busy; then it leads no more."""
        try:
            with self._database.told_plainly():
                if self._session is None:
                    return self._take()
                # The lock lives as long as the session: if this is answered, it is still ours.
                self._session.execute(text("SELECT 1"))
                return True
        except Busy:
            self.give_up()
            raise

    def give_up(self) -> None:
        """Let another worker lead. Nothing is asked of the server: a stop must not wait for one that is gone."""
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()  # ends the session, and the lock with it; in the pool the connection would keep it
            session.close()

    def _take(self) -> bool:
        session = self._database.reading.connect()
        taken = False
        try:
            taken = bool(session.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar_one())
        finally:
            if not taken:
                session.close()
        if taken:
            self._session = session
        return taken
