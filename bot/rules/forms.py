"""Read a form field by field, and report everything that is wrong with it at once.

A field that cannot be read gives a placeholder, so that reading can go on. Call `raise_if_any` before using any field.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import TypeVar

from bot.errors import BadInput

Read = TypeVar("Read")

ANOTHER_LOOK = "Something on the form needs another look."
CHOOSE_A_DAY = "Choose a day."
LONGEST_REASONS = 2000  # letters
_NO_DAY = date.min


class Wrong:
    """A form that is being read, and what is wrong with it so far: field → message. The first message of a field stays.

    `fields`: name → what was written; "" and nothing are the same.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self._messages: dict[str, str] = {}

    def says(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self._messages.setdefault(name, message)

    def check(self, name: str, holds: bool, message: str, *, relies_on: str = "") -> None:
        """Note what is wrong with a field unless `holds`; nothing where the field that it `relies_on` was not read."""
        if not holds and relies_on not in self._messages:
            self.says(name, message)

    def raise_if_any(self) -> None:
        """Raise BadInput with a message for each field with which anything is wrong."""
        if self._messages:
            raise BadInput(ANOTHER_LOOK, fields=self._messages)

    def written(self, name: str) -> str:
        """Return what was written, without the blanks around it."""
        return self._fields.get(name, "").strip()

    def text(self, name: str, needed: str, *, most: int, least: int = 3) -> str:
        """Return a text that says something: at least `least` letters or digits, at most `most` of all kinds."""
        return self._checked(name, self.written(name), needed, most, least)

    def words(self, name: str, needed: str = "Write a few words.", *, most: int, least: int = 2) -> str:
        """Return a text that says something, as `text` does, but on one line."""
        return self._checked(name, " ".join(self.written(name).split()), needed, most, least)

    def _checked(self, name: str, text: str, needed: str, most: int, least: int) -> str:
        self.check(name, has_letters(text, least), needed)
        self.check(name, len(text) <= most, f"Please use at most {most} letters: this has {len(text)}.")
        return text

    def day(self, name: str) -> date:
        """Return a day, written as YYYY-MM-DD."""
        found = self.day_if_any(name)
        if found is None:
            self.says(name, CHOOSE_A_DAY)
        return found or _NO_DAY

    def day_if_any(self, name: str) -> date | None:
        """Return a day, written as YYYY-MM-DD; None where nothing was written."""
        try:
            return date.fromisoformat(self.written(name)) if self.written(name) else None
        except ValueError:
            self.says(name, CHOOSE_A_DAY)
            return None

    def choice(self, name: str, among: Iterable[Read], needed: str) -> Read:
        """Return which of a few was chosen."""
        every = list(among)
        found = [each for each in every if each == self._fields.get(name)]
        if not found:
            self.says(name, needed)
        return found[0] if found else every[0]

    def of(self, name: str, read: Callable[[str], Read], otherwise: Read) -> Read:
        """Return what another reader makes of a field. Where that finds a fault, note it and return `otherwise`."""
        try:
            return read(self.written(name))
        except BadInput as error:
            for field, message in (error.fields or {name: str(error)}).items():
                self.says(field, message)
            return otherwise


def has_letters(text: str, least: int) -> bool:
    """Return whether a text has at least so many letters or digits, and is not just a row of dots or dashes."""
    return len(list(islice(filter(str.isalnum, text), least))) == least


def read_reasons(written: str) -> str:
    """Return reasons that say something. Raises BadInput for the field "reasons"."""
    form = Wrong({"reasons": written})
    why = "Write down why, so that it can be understood later."
    reasons = form.text("reasons", why, most=LONGEST_REASONS)
    form.raise_if_any()
    return reasons


def read_day(written: str, name: str) -> date:
    """Return a day, written as YYYY-MM-DD. Raises BadInput for the field of this name."""
    form = Wrong({name: written})
    day = form.day(name)
    form.raise_if_any()
    return day
