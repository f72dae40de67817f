"""Reads a table of past training: who, what, when, who gave it. Each row is taken or refused by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.errors import BadFile
from bot.rules.imports_cells import Days, Fault, Words
from bot.rules.imports_columns import Finding, plain
from bot.rules.school import School, Training
from bot.rules.sheets import Sheet
from bot.rules.training import PROVIDER, day_fault

# Our column → the headers that mean it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Email": ("email", "e mail", "email address", "e mail address", "work email"),
    "Training": ("training", "course", "kind", "training course"),
    "Date": ("date", "done on", "completed", "completed on", "completion date", "date completed"),
    "Provider": ("provider", "given by", "trainer", "delivered by"),
}
REQUIRED = ("Email", "Training", "Date")
UNKNOWN_PROVIDER = "not said"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here, and since when."""

    person_id: int
    begun_on: date | None


@dataclass(frozen=True, slots=True)
class Done:
    """One row that can be taken."""

    line: int
    kind: Training
    person_id: int
    done_on: date
    provider: str


@dataclass(frozen=True, slots=True)
class TrainingList:
    """A table as read: rows that can be taken, and what is wrong with the others."""

    rows: tuple[Done, ...]
    problems: tuple[Finding, ...]


def read(sheet: Sheet, school: School, colleagues: Mapping[str, Colleague], today: date) -> TrainingList:
    """Read the table. `colleagues`: e-mail address → who. Raises BadFile where a required column is missing."""
    places = _places(sheet.header)
    days, words = Days(set()), Words(set(), PROVIDER)
    rows: list[Done] = []
    problems: list[Finding] = []
    for line, cells in sheet.rows:
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        who = colleagues.get(found["Email"].lower())
        kind = school.training_called(found["Training"])
        done_on, provider = days[found["Date"]], words[found.get("Provider", "")]
        faults = list(_faults(line, who, kind, done_on, today))
        if isinstance(provider, Fault):
            faults.append(Finding(line, "Provider", provider.said))
        problems += faults
        if not faults and who and kind and isinstance(done_on, date):
            rows.append(Done(line, kind, who.person_id, done_on, str(provider) or UNKNOWN_PROVIDER))
    return TrainingList(tuple(rows), tuple(problems))


def _faults(
    line: int, who: Colleague | None, kind: Training | None, done_on: date | Fault | None, today: date
) -> Iterable[Finding]:
    if who is None:
        yield Finding(line, "Email", "nobody who works here has this address; is it as on the staff list?")
    yield from _kind_faults(line, kind)
    if not isinstance(done_on, date):
        said = done_on.said if done_on else "the date is missing"
        yield Finding(line, "Date", said)
    elif fault := day_fault(done_on, today, who.begun_on if who else None):
        yield Finding(line, "Date", fault)


def _kind_faults(line: int, kind: Training | None) -> Iterator[Finding]:
    if kind is None:
        yield Finding(line, "Training", "the school has no such training; write its name or key as in school.toml")
    elif not kind.is_personal:
        yield Finding(line, "Training", "this is recorded for a class or for the school, not for each person")


def _places(header: tuple[str, ...]) -> dict[str, int]:
    titles = [plain(title) for title in header]
    places = {
        name: next(place for place, title in enumerate(titles) if title in meant)
        for name, meant in COLUMNS.items()
        if set(titles) & set(meant)
    }
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise BadFile(f"This is not a list of training: there is no column {' and no column '.join(missing)}.")
    return places
