"""Structured logs: ids, routes and times. Never a name, a typed word, a reason or an address."""

import logging
import sys

import structlog


def set_up(stream: object = None) -> None:
    """Write one JSON line an event to standard error."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )


def quiet_logger() -> logging.Logger:
    """Return the logger for Bolt and the SDK, which write whole payloads, and so children's names, into theirs.

    What they would complain about reaches the router as an exception, and is logged there by id.
    """
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    logger = logging.getLogger("lanyard.slack")
    logger.setLevel(logging.CRITICAL)
    return logger
