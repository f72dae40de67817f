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
    # Bolt and the SDK log whole payloads at DEBUG and parts of them in warnings: children's names among them.
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
