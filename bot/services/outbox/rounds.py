"""Has the outbox sent in the background: soon after every change, and regularly for what had to wait."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from bot.errors import Busy, LanyardError
from bot.logs import log
from bot.services.outbox.sender import BATCH


class Delivers(Protocol):
    """A sender, whatever its front."""

    def deliver(self, stopping: Callable[[], bool] = ...) -> int:
        """Send what may be sent now; return how many messages were taken."""

    def pause(self, longest: timedelta) -> timedelta:
        """Return how long there is nothing to be done."""


class Round:
    """Delivers in a thread of its own."""

    EVERY = timedelta(seconds=2)
    STOPS_WITHIN = timedelta(seconds=4.5)  # a little longer than a call to a front may take from then on

    def __init__(self, sender: Delivers) -> None:
        self._sender = sender
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def stop(self) -> bool:
        """Finish the message in hand, then stop; returns whether it was. A front that hangs is not waited for."""
        self._stop.set()
        self._wake.set()
        self._thread.join(self.STOPS_WITHIN.total_seconds())
        return not self._thread.is_alive()  # if it is, the next sender looks whether that message arrived

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._sender.pause(self.EVERY).total_seconds())
            self._wake.clear()
            try:
                if self._sender.deliver(self._stop.is_set) >= BATCH:
                    self._wake.set()  # there may be more
            except Busy:
                pass  # the database has said itself that it is out of reach
            except LanyardError as error:
                log.error("outbox waits", error=type(error).__name__)
            except Exception as error:
                log.error("outbox failed", error=type(error).__name__)
