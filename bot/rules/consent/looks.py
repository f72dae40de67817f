"""The look-up log as it is read afterwards, and when somebody's looks are worth a look themselves. Policy §4.2, 4.14.

Lanyard keeps no pictures yet, so that whether one was taken is only what somebody says: see `pictures`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bot.errors import BadInput
from bot.rules.consent.answer import Purpose
from bot.rules.people import Person
from bot.rules.school import LookUpSettings, Role

VIEWERS = frozenset({Role.DATA_PROTECTION_OFFICER})  # answers who looked a child up, and when (UK GDPR Art 15)
# Who is told of a colleague's looks: the first of these who is neither that colleague nor a relative of theirs. [K]
LINE = (Role.DATA_PROTECTION_OFFICER, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
MOST_OF_A_CLASS = 0.5  # [K] of its children by name or offered in one day: as good as the class's list
OLD_LIST = "That button is out of date. Please open the list again."


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log, or of the audit trail where it tells the same. `colleague_id`: whose looks were looked at."""

    at: datetime
    person_id: int
    purpose: Purpose
    pupils: tuple[int, ...] = ()
    class_name: str = ""
    use_key: str = ""
    media: str = ""
    colleague_id: int | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the log is narrowed to: one pupil, one colleague, both or neither."""

    pupil_id: int | None = None
    person_id: int | None = None

    def written(self) -> str:
        """Return it as a button or a delivery keeps it: "36:5", "36:", ":"."""
        return f"{self.pupil_id or ''}:{self.person_id or ''}"

    @property
    def record(self) -> str:
        """Return what the audit trail says of it."""
        parts = {"pupil": self.pupil_id, "person": self.person_id}
        return ", ".join(f"{what} {number}" for what, number in parts.items() if number) or "everybody"


def again(written: str) -> Narrowed:
    """Read back what `Narrowed.written` gave. Raises BadInput: it is not to be trusted."""
    parts = written.split(":")
    if len(parts) != 2 or not all(
        part == "" or (part.isascii() and part.isdigit() and len(part) < 10) for part in parts
    ):
        raise BadInput(OLD_LIST)
    pupil_id, person_id = (int(part) if part else None for part in parts)
    return Narrowed(pupil_id, person_id)


# ── class after class ──────────────────────────────────────────────────────────────────────────────────────────────


class Looked(NamedTuple):
    """What somebody looked through: (day, class) of classes not their own; and pictures that may be behind it."""

    through: frozenset[tuple[date, str]]
    pictures: int


class Seen(NamedTuple):
    """One entry as it counts here: on which day, what, and of which pupils."""

    day: date
    purpose: Purpose
    class_name: str
    pupils: tuple[int, ...]


def looked(seen: Iterable[Seen], own: Iterable[str], classes: Mapping[str, frozenset[int]]) -> Looked:
    """Return what one person looked through. `own`: their classes; `classes`: who is on roll in each, today.

    A class is looked through on a day where it was checked, or where most of its children were asked about or offered
    by name. A picture is a day on which they said "I am taking this picture", however often: one of many classes is
    one picture, and pressing it for each of them shows no more. [K] Until Lanyard knows of published pictures.
    """
    through, met, pictures = set[tuple[date, str]](), dict[date, set[int]](), set[date]()
    for each in seen:
        if each.purpose is Purpose.DECLARED:
            pictures.add(each.day)
        if each.class_name:
            through.add((each.day, each.class_name))
        else:
            met.setdefault(each.day, set()).update(each.pupils)
    for day, pupils in met.items():
        through |= {
            (day, name)
            for name, members in classes.items()
            if members and len(members & pupils) >= MOST_OF_A_CLASS * len(members)
        }
    mine = frozenset(own)
    return Looked(frozenset((day, name) for day, name in through if name not in mine), len(pictures))


def most_classes(person: Person, settings: LookUpSettings) -> int | None:
    """Return through how many classes this person may look for each picture; None: as many as they like."""
    if person.roles & settings.exempt:
        return None
    return max(settings.by_role.get(role, settings.classes_a_picture) for role in person.roles)


def is_worth_a_look(found: Looked, most: int | None) -> bool:
    """Tell whether that was more than the pictures account for."""
    return most is not None and len(found.through) > most * max(1, found.pictures)
