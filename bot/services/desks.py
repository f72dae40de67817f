"""The list of all kinds of record: whatever looks through them, prints them or shows somebody's own goes by it."""

from collections.abc import Mapping
from typing import Any

from bot.rules.procedures import RECORD_NAME
from bot.services import breaches, content, permissions
from bot.services.access import requests
from bot.services.posting import posts, removals
from bot.services.record_views import Desk

DESKS: Mapping[str, Desk[Any]] = {
    desk.kind: desk
    for desk in (requests.DESK, content.DESK, permissions.DESK, posts.DESK, removals.DESK, breaches.DESK)
}


def named(name: str) -> tuple[str, int] | None:
    """Return the kind and the number of the record that is called so; None where no kind of ours is."""
    found = RECORD_NAME.fullmatch(name)
    return (found[1], int(found[2])) if found and found[1] in DESKS else None
