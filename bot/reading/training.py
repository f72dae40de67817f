"""Reads a table of past training: who or which class, what, when, who gave it. Each row is taken or refused alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.errors import BadFile
from bot.reading.cells import Days, Fault, Words
from bot.reading.columns import Finding, plain
from bot.reading.staff_who import Name
from bot.rules.school import Audience, School, Training
from bot.rules.staff.persons import name_of
from bot.rules.training import PARENTS, PROVIDER, Learner, Subject, day_fault
from bot.sheets.tables import Sheet

# Our column → the headers that mean it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Email": ("email", "e mail", "email address", "e mail address", "work email"),
    "Name": ("name", "full name", "staff name"),
    "Class": ("class", "registration group", "reg group", "form"),
    "Training": ("training", "course", "kind", "training course"),
    "Date": ("date", "done on", "completed", "completed on", "completion date", "date completed"),
    "Provider": ("provider", "given by", "trainer", "delivered by"),
}
REQUIRED = ("Training", "Date")
WHO = ("Email", "Class")  # at least one of these
UNKNOWN_PROVIDER = "not said"

NO_SUCH = "the school has no such training; write its name or key as in school.toml"
NO_CLASS = "this is recorded for a class: name one that pupils are in now, as it is spelt on the roll"
NOBODY = "nobody who works here has this address; is it as on the staff list?"
ANOTHER = "this is the address of one colleague, and the name on this line is another's. Please check"


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
    """A table as read: rows that can be taken, and what is wrong with the others."""

    rows: tuple[Done, ...]
    problems: tuple[Finding, ...]


def read(sheet: Sheet, school: School, known: Known, today: date) -> TrainingList:
    """Read the table. Raises BadFile where a required column is missing."""
    places = _places(sheet.header)
    days, words = Days(set()), Words(set(), PROVIDER)
    rows: list[Done] = []
    problems: list[Finding] = []
    for line, cells in sheet.rows:
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        kind = school.training_called(found["Training"])
        who = _who(found, kind, known)
        done_on, provider = days[found["Date"]], words[found.get("Provider", "")]
        faults = [Finding(line, _column(kind), who.said)] if isinstance(who, Fault) else []
        if kind is None:
            faults.append(Finding(line, "Training", NO_SUCH))
        faults += _day_faults(line, who, done_on, today)
        if isinstance(provider, Fault):
            faults.append(Finding(line, "Provider", provider.said))
        problems += faults
        if not faults and kind and isinstance(who, Learner) and isinstance(done_on, date):
            rows.append(Done(line, kind, who.subject, done_on, str(provider) or UNKNOWN_PROVIDER))
    return TrainingList(tuple(rows), tuple(problems))


def _who(found: Mapping[str, str], kind: Training | None, known: Known) -> Learner | Fault | None:
    """Return whom a row is about: for a lesson the class, for the parents nobody in particular, else the colleague."""
    if kind and kind.audience is Audience.PARENTS:
        return Learner(PARENTS)
    if _column(kind) == "Class":
        return known.classes.get(found.get("Class", "").lower()) or Fault(NO_CLASS)
    # Of whom, cannot be said before it is known what: then the address is looked at, if there is one.
    address = found.get("Email", "").lower()
    # A column of addresses may have been sorted by itself: where the table has names, they have a say.
    written = name_of(found.get("Name", ""))
    if written in known.names.values() and known.names.get(address, written) != written:
        return Fault(ANOTHER)
    return known.colleagues.get(address) or (Fault(NOBODY) if kind or address else None)


def _column(kind: Training | None) -> str:
    return "Class" if kind and kind.audience is Audience.CLASSES else "Email"


def _day_faults(line: int, who: Learner | Fault | None, done_on: date | Fault | None, today: date) -> Iterator[Finding]:
    if not isinstance(done_on, date):
        said = done_on.said if done_on else "the date is missing"
        yield Finding(line, "Date", said)
    elif fault := day_fault(
        done_on, today, who.begun_on if isinstance(who, Learner) and who.subject.person_id else None
    ):
        yield Finding(line, "Date", fault)


def _places(header: tuple[str, ...]) -> dict[str, int]:
    titles = [plain(title) for title in header]
    places = {
        name: next(place for place, title in enumerate(titles) if title in meant)
        for name, meant in COLUMNS.items()
        if set(titles) & set(meant)
    }
    missing = [name for name in REQUIRED if name not in places]
    missing += [] if set(WHO) & set(places) else ["Email"]
    if missing:
        raise BadFile(f"This is not a list of training: there is no column {' and no column '.join(missing)}.")
    return places
