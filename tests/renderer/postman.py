"""Carries messages onto people's screens: what `bot.services.outbox` asks of any front."""

from collections.abc import Mapping

from bot.services.outbox.messenger import Unreachable
from handlers.notices import Enclosure, Letter
from storage.outbox.queue import Place
from tests.renderer.accounts import FRONT
from tests.renderer.screens import File, Screen, Shown


class Postman:
    """A Messenger. Nothing gets lost on the way to a screen, so nothing has to be asked for twice."""

    front = FRONT

    def __init__(self, screens: Mapping[str, Screen]) -> None:
        self._screens = screens

    def post(self, account: str, letter: Letter, *, key: str) -> Place:
        """Put a message below the others."""
        shown = self._screen(account).say(letter.text, letter.blocks, key=key)
        if letter.enclosure:
            shown.files = [_brought(letter.enclosure, f"{account}/{shown.name}")]
        return Place(account, shown.name)

    def update(self, account: str, place: Place, letter: Letter) -> None:
        """Have a message say something else where it lies."""
        shown = self._screen(account).message(place.message)
        if shown:  # somebody may have begun anew since, with an empty screen
            shown.text, shown.blocks = letter.text, letter.blocks

    def find(self, account: str, *, key: str) -> Place | None:
        """Return where a message lies."""
        found = next((shown for shown in self._screen(account).messages if shown.key == key), None)
        return Place(account, found.name) if found else None

    def delete(self, file_id: str) -> bool:
        """Take a file away; it is gone."""
        account, _, name = file_id.partition("/")
        shown: Shown | None = self._screen(account).message(name)
        if shown:
            shown.files = []
        return True

    def _screen(self, account: str) -> Screen:
        if account not in self._screens:
            raise Unreachable("no such account")
        return self._screens[account]


def _brought(enclosure: Enclosure, file_id: str) -> File:
    enclosure.begun(file_id)
    enclosure.sent()
    return File(enclosure.name, enclosure.content, enclosure.alternative)
