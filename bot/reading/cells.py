"""What one cell of a roll says. Each kind is a dictionary that reads a text once: a roll repeats itself endlessly."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from bot.rules.consent.ledger import Verdict

NAME = 100  # letters
ADMISSION_NUMBER = 20
YEAR = 20
CLASS = 100

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be used; `said` is shown to the person."""

    said: str


class Cells(dict[str, Value | Fault], Generic[Value]):
    """Text of a cell → its value. `faulty` is shared by all kinds: texts that one of them could not take."""

    def __init__(self, faulty: set[str]) -> None:
        super().__init__()
        self.faulty = faulty

    def __missing__(self, text: str) -> Value | Fault:
        """Read a text that was not met before."""
        value = self[text] = Fault(_NOT_TEXT) if "\x00" in text else self.read(text)
        if isinstance(value, Fault):
            self.faulty.add(text)
        return value

    def read(self, text: str) -> Value | Fault:
        """Return the value, or what is wrong."""
        raise NotImplementedError


_NOT_TEXT = "there is something in this that is not text"


class Answers(Cells[Verdict | None]):
    """Yes, No or not recorded, in the words of the systems that schools use."""

    def read(self, text: str) -> Verdict | Fault | None:
        """Return None for what is not recorded."""
        try:
            return _ANSWERS[text.strip().casefold()]
        except KeyError:
            return Fault("this is neither Yes nor No")


_ANSWERS: dict[str, Verdict | None] = {
    **dict.fromkeys(("yes", "y", "true", "1", "granted", "consented", "confirmed"), Verdict.YES),
    **dict.fromkeys(("no", "n", "false", "0", "not granted", "declined", "withdrawn"), Verdict.NO),
    **dict.fromkeys(("", "pending", "requested"), None),
}


class Days(Cells[date | None]):
    """dd/mm/yyyy, as schools write it, or yyyy-mm-dd."""

    def read(self, text: str) -> date | Fault | None:
        """Return None for a blank."""
        written = text.strip()
        if not written:
            return None
        found = _DAY_FIRST.fullmatch(written) or _YEAR_FIRST.fullmatch(written)
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"])) if found else Fault(_NO_DAY)
        except ValueError:
            return Fault(f"there is no such day. {_NO_DAY}")


_MIDNIGHT = r"(?:[T ]00?:00(?::00)?)?"
_DAY_FIRST = re.compile(rf"(?P<d>\d\d?)[/.-](?P<m>\d\d?)[/.-](?P<y>[12]\d{{3}}){_MIDNIGHT}", re.ASCII)
_YEAR_FIRST = re.compile(rf"(?P<y>[12]\d{{3}})[/-](?P<m>\d\d?)[/-](?P<d>\d\d?){_MIDNIGHT}", re.ASCII)
_NO_DAY = "Write a date as day/month/year, such as 31/08/2019."


class Words(Cells[str]):
    """Text on one line, without invisible characters."""

    def __init__(self, faulty: set[str], limit: int) -> None:
        super().__init__(faulty)
        self.limit = limit

    def read(self, text: str) -> str | Fault:
        """Return the text, tidied."""
        words = tidy(text)
        if len(words) > self.limit:
            return Fault(f"this is longer than {self.limit} letters")
        if words and not any(letter.isalnum() or letter in LOST for letter in words):
            return Fault("there is no letter or digit in this")
        return words


class Names(Words):
    """A forename or surname. `damaged`: texts in which the exporting program lost letters, and what to say."""

    def __init__(self, faulty: set[str]) -> None:
        super().__init__(faulty, NAME)
        self.damaged: dict[str, str] = {}

    def read(self, text: str) -> str | Fault:
        """Return the name, tidied."""
        name = super().read(text)
        if isinstance(name, str):
            if any(letter in LOST for letter in name):
                self.damaged[text] = _LOST
            elif _garbled(name):
                self.damaged[text] = _GARBLED
        return name


LOST = "?\ufffd"  # what programs write for a letter that they cannot write
_LOST = "letters were lost when this file was made (“?”)"
_GARBLED = "letters look garbled, as if the file was saved in another encoding"


def _garbled(name: str) -> bool:
    """Return whether this is UTF-8 that somebody has read as Windows-1252, such as ZoÃ«."""
    if name.isascii():
        return False
    try:
        return name.encode("cp1252").decode() != name
    except UnicodeError:
        return False


class Years(Words):
    """A year group: "3" for 3, Year 3 and Y3; R for Reception."""

    def __init__(self, faulty: set[str]) -> None:
        super().__init__(faulty, YEAR)

    def read(self, text: str) -> str | Fault:
        """Return the year group in one spelling, so that a change of system is not a change of year."""
        words = super().read(text)
        if isinstance(words, Fault):
            return words
        found = _YEAR.fullmatch(words)
        return found[1].lstrip("0") or "R" if found else _YEARS.get(words.casefold(), words)


_YEAR = re.compile(r"(?:year|yr|y|nc)?\s*(\d{1,2})", re.IGNORECASE | re.ASCII)
_YEARS = {"reception": "R", "rec": "R", "year r": "R", "yr r": "R", "r": "R", "yr": "R", "nursery": "N", "n": "N"}


def tidy(text: str) -> str:
    """Return text without control and direction characters, composed, with single spaces."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(letter for letter in composed if letter.isspace() or unicodedata.category(letter) not in _UNSEEN)
    return " ".join(shown.split())


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
