"""Past training as a table tells it, and as it can be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.reading.columns import Finding
from bot.reading.staff.who import Name
from bot.rules.school import Training
from bot.rules.training import Learner, Subject


@dataclass(frozen=True, slots=True)
class Told:
    """One row as the table tells it; whom and which training it means is still to be found out. Blank: it says nothing.

    `day_fault`, `provider_fault`: why the cell cannot be used.
    """

    line: int
    training: str
    email: str
    name: str
    class_name: str
    done_on: date | None
    provider: str
    day_fault: str = ""
    provider_fault: str = ""


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """A table as read, before anybody on record is looked at."""

    rows: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a table can speak of: e-mail address → colleague, and name → class; both in small letters.

    `names`: e-mail address → the colleague's name, to compare by.
    """

    colleagues: Mapping[str, Learner]
    classes: Mapping[str, Learner]
    names: Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Done:
    """One row that can be taken."""

    line: int
    kind: Training
    subject: Subject
    done_on: date
    provider: str


@dataclass(frozen=True, slots=True)
class TrainingList:
    """A table that was judged: rows that can be taken, and what is wrong with the others."""

    rows: tuple[Done, ...]
    problems: tuple[Finding, ...]
