"""The Home tab: my main job, what waits for me and is decided there, what is due; the rest behind *More*."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.rules.consent.form import RECORDERS
from handlers.home import lists, more, tab
from handlers.parts.records import Pages
from handlers.requests import EVERYONE, Kind, Route, button


def routes(pages: Sequence[Pages[Any]]) -> tuple[Route, ...]:
    """Return Home's own routes. `pages`: of every kind of record, for some are decided there."""
    return (
        Route(Kind.HOME, "home", EVERYONE, partial(tab.show, pages)),
        button("home.more", EVERYONE, more.show),
        button("home.all", EVERYONE, lists.show),
        button("home.paper", RECORDERS, partial(lists.paper_received, pages)),
    )
