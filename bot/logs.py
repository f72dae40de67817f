"""Structured logs: ids, routes and times. Never a name, a typed word, a reason or an address."""

import json
import logging
import sys
import threading
import uuid
from collections.abc import Iterable
from typing import TextIO

from bot.clock import now


class Log:
    """Writes one JSON line an event: `log.info("answering", port=3000)`."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None  # None: standard error, whatever that is at the moment
        self._one_at_a_time = threading.Lock()

    def info(self, event: str, **ids: object) -> None:
        """Write down what went as it should."""
        self._write("info", event, ids)

    def error(self, event: str, **ids: object) -> None:
        """Write down what somebody has to look at."""
        self._write("error", event, ids)

    def _write(self, level: str, event: str, ids: dict[str, object]) -> None:
        line = json.dumps({**ids, "level": level, "event": event, "timestamp": now().isoformat()}, default=str)
        with self._one_at_a_time:
            print(line, file=self.stream or sys.stderr, flush=True)


log = Log()


def quiet_logger() -> logging.Logger:
    """Return the logger for Bolt and the SDK, which write whole payloads, and so children's names, into their logs.

    What they would complain about reaches the router as an exception, and is logged there by id.
    """
    silence(["slack_sdk"])
    logger = logging.getLogger("lanyard.slack")
    logger.setLevel(logging.CRITICAL)
    return logger


def silence(libraries: Iterable[str]) -> None:
    """Keep libraries from logging in their own words what went wrong: they quote our texts, and so people's names."""
    for name in libraries:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def where() -> str:
    """Name the file and line of the current exception, and its type: never its text, which may hold a name."""
    kind, _, trace = sys.exc_info()
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
    return f"{kind.__name__ if kind else '?'} at {place}"


def code() -> str:
    """Return a code that a person can pass on, to find one line in the log by."""
    return uuid.uuid4().hex[:8]
