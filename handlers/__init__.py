"""The explicit list of features. A new feature adds its module here, and nothing anywhere else."""

from collections.abc import Iterator

from handlers import access, acknowledgement, consent, content, help, home, imports, ledger, policy  # noqa: A004 - the feature's word
from handlers.notices import Renders
from handlers.requests import Route

FEATURES = (consent, ledger, imports, access, content, policy, acknowledgement, home)

WRITES = (access, content, policy, acknowledgement)  # features that send messages


def routes() -> Iterator[Route]:
    """Every way in, of every feature."""
    for feature in FEATURES:
        yield from feature.ROUTES
    yield from help.routes(routes)


def letters() -> Renders:
    """What every message nobody asked for says, of every feature."""
    return {notice: render for feature in WRITES for notice, render in feature.NOTICES.items()}
