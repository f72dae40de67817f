"""The explicit list of features. A new feature adds its module here, and nothing anywhere else."""

from collections.abc import Iterator

from handlers import consent, help, home, imports, ledger  # noqa: A004 - the feature's word
from handlers.requests import Route

FEATURES = (consent, ledger, imports, home)


def routes() -> Iterator[Route]:
    """Every way in, of every feature."""
    for feature in FEATURES:
        yield from feature.ROUTES
    yield from help.routes(routes)
