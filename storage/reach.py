"""Whether the database can be reached, and what is said where it cannot."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFreeError  # every connection of the pool is in use

from bot.errors import Unclear
from bot.logs import log
from storage.writers import QueueTimeoutError

AWAY = "The school's record cannot be reached just now. Nothing was changed: try again in a minute."
PERHAPS = (
    "The school's record cannot be reached just now. It went while this was being recorded, so it may have been "
    "recorded. In a minute, look whether it is there (Home, or /consent with the child's name). Only then try again."
)
PERHAPS_LOGGED = "The school's record cannot be reached just now: try again in a minute."
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# PostgreSQL's own codes for a server that stops, starts, or may only be read (a stand-by that has not taken over yet).
_AWAY = {"57P01", "57P02", "57P03", "25006"}
_GONE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}


class Reach:
    """Whether the database was there when it was last wanted. That it is gone is logged once, and that it is back."""

    def __init__(self) -> None:
        self._is_lost = False
        self._lost_at = 0.0  # `time.monotonic()`
        self._one_at_a_time = threading.Lock()

    def lost(self) -> None:
        """Note that it is out of reach."""
        with self._one_at_a_time:
            self._lost_at = time.monotonic()
            if not self._is_lost:
                self._is_lost = True
                log.error("database out of reach")

    def found(self, since: float) -> None:
        """Note that it has answered what was asked at `since`; what was asked before it went tells nothing."""
        if not self._is_lost:
            return
        with self._one_at_a_time:
            if self._is_lost and since > self._lost_at:
                self._is_lost = False
                log.info("database back")


def is_locked(error: Exception) -> bool:
    """Return whether somebody else keeps us waiting; a broken statement is neither locked nor gone: our mistake."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return _code(error.orig) in _LOCKED
    return isinstance(error, OperationalError | NoneFreeError | QueueTimeoutError)


def is_gone(error: Exception) -> bool:
    """Return whether the database itself is out of reach: no server, no disk."""
    if isinstance(error, PendingRollbackError):  # somebody goes on with a connection that was lost on the way
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _code(error.orig) in _GONE
    # Without a statement it is the connection that was not to be had.
    is_away = error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _AWAY
    return is_away or (isinstance(error, OperationalError) and error.statement is None)


@contextmanager
def recording(unclear: str) -> Iterator[None]:
    """End a transaction in here. Raises Unclear, in these words, where nobody can know whether it was recorded."""
    try:
        yield
    except DBAPIError as error:
        may_be_done = not isinstance(error.orig, sqlite3.Error) or _code(error.orig) == sqlite3.SQLITE_IOERR
        if not (may_be_done and is_gone(error)):
            raise
        raise Unclear(unclear) from error


def _code(error: sqlite3.Error) -> int:
    # SQLite calls a missing column an operational error too; the low byte of its code tells.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
