"""The explicit list of features. A new feature adds its module here, and nothing anywhere else."""

from collections.abc import Iterator

from handlers import (
    absences,
    access,
    acknowledgement,
    consent,
    content,
    deliveries,
    help,  # noqa: A004 - the feature's word
    home,
    imports,
    ledger,
    monday,
    overview,
    policy,
    records,
    register,
    reminders,
    training,
)
from handlers.notices import Renders
from handlers.requests import Route

FEATURES = (
    consent,
    ledger,
    imports,
    access,
    content,
    register,
    records,
    deliveries,
    training,
    policy,
    acknowledgement,
    reminders,
    absences,
    overview,
    monday,
    home,
)


def routes() -> Iterator[Route]:
    """Every way in, of every feature."""
    for feature in FEATURES:
        yield from feature.ROUTES
    yield from help.routes(routes)


def letters(key: str) -> Renders:
    """What every message nobody asked for says, of every feature. `key`: LANYARD_KEY, which proves printed forms."""
    named = [feature.NOTICES for feature in (access, content, register, training, policy, acknowledgement, reminders)]
    return {notice: render for renders in (*named, deliveries.notices(key)) for notice, render in renders.items()}
