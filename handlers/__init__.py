"""The explicit list of features. A new feature adds its module or package here, and nothing anywhere else."""

from collections.abc import Iterator

from handlers import (
    absences,
    access,
    breaches,
    consent,
    content,
    deliveries,
    filter,  # noqa: A004 - the feature's word
    help,  # noqa: A004 - the feature's word
    home,
    monday,
    overview,
    permissions,
    persons,
    policy,
    posting,
    relatives,
    relays,
    reminders,
    role_changes,
    search,
    training,
    welcome,
)
from handlers.notices import Renders
from handlers.requests import Route

FEATURES = (
    consent,
    access,
    breaches,
    content,
    permissions,
    posting,
    filter,
    search,
    deliveries,
    training,
    policy,
    reminders,
    absences,
    relatives,
    relays,
    persons,
    role_changes,
    welcome,
    overview,
    monday,
)
DECIDED_AT_HOME = (access.PAGES, permissions.PAGES)  # kinds of record that are decided where Home names them


def routes() -> Iterator[Route]:
    """Every way in, of every feature."""
    for feature in FEATURES:
        yield from feature.ROUTES
    yield from home.routes(DECIDED_AT_HOME)
    yield from help.routes(routes)


def letters() -> Renders:
    """What every message that nobody asked for says, of every feature."""
    told = (
        consent,
        access,
        breaches,
        content,
        permissions,
        breaches,
        posting,
        filter,
        training,
        policy,
        reminders,
        deliveries,
        persons,
        relays,
        role_changes,
        absences,
        welcome,
    )
    return {notice: render for feature in told for notice, render in feature.NOTICES.items()}
