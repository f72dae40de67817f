"""SQLite lets one write at a time. Those of one process take turns, first come, first served.

By itself SQLite has whoever finds it taken try again now and then: some are lucky at once, others never. And a lock of
`threading` goes to whoever asks in the right moment. So each writer draws a ticket.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class QueueTimeoutError(Exception):
    """Others were still writing when patience ran out."""


class Writers:
    """The queue of those who want to write to one database."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience: float) -> Iterator[float]:
        """Wait for one's turn, for at most `patience` seconds; yields how many are left. Raises QueueTimeoutError."""
        began = time.monotonic()
        ticket = self._ticket()
        if not ticket.wait(patience) and self._gives_up(ticket):
            raise QueueTimeoutError
        try:
            yield max(patience - (time.monotonic() - began), 0)
        finally:
            self._next()

    def _ticket(self) -> threading.Event:
        ticket = threading.Event()
        with self._guard:
            if self._is_taken:
                self._waiting.append(ticket)
            else:
                self._is_taken = True
                ticket.set()
        return ticket

    def _gives_up(self, ticket: threading.Event) -> bool:
        """Leave the queue; False: it is one's turn after all, at the very last moment."""
        with self._guard:
            if ticket.is_set():
                return False
            self._waiting.remove(ticket)
            return True

    def _next(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
