"""One pupil as a file tells it, one as Lanyard has it on record, and what the two are compared by."""

import enum
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.reading.cells import LOST
from bot.reading.columns import Column, Columns, Finding
from bot.rules.consent.ledger import Matter, Verdict

Progress = Callable[[int, int], None]  # done, total
SHOWN_LINES = 5  # of those that say the same
Name = tuple[str, str]  # forename, surname, to compare by


@dataclass(frozen=True, slots=True)
class Identity:
    """How a row says who it is about. A refused row still says it: its pupil is not missing from the file."""

    line: int
    upn: str = ""
    admission: str = ""  # the key, see `admission_key`
    names: frozenset[Name] = frozenset()


@dataclass(frozen=True, slots=True)
class PupilRow:
    """One pupil as the file tells it. Blank or None: the file says nothing."""

    line: int
    upn: str
    admission_number: str
    legal_forename: str
    legal_surname: str
    forename: str
    surname: str
    born_on: date | None
    year_group: str
    class_name: str
    joined_on: date | None
    left_on: date | None
    never_photograph: bool  # true where the cell says Yes; a No says nothing
    verdicts: tuple[Verdict | None, ...]  # in the order of Columns.matters

    @property
    def identity(self) -> Identity:
        """Return who the row is about, as far as it can be read."""
        number = self.admission_number
        names = (self.legal_forename, self.legal_surname, self.forename, self.surname)
        # In a row that is refused a Fault may stand where a text was expected.
        return Identity(
            line=self.line,
            upn=self.upn,
            admission=admission_key(number) if isinstance(number, str) else "",
            names=frozenset(names_of(self)) if all(isinstance(name, str) for name in names) else frozenset(),
        )


class Extent(enum.Enum):
    """Whether those whom a list does not name are missing."""

    WHOLE = "the whole roll"
    PART = "some pupils"


@dataclass(frozen=True, slots=True)
class Roll:
    """A list of pupils, read."""

    columns: Columns
    rows: tuple[PupilRow, ...]
    refused: tuple[Identity, ...]  # rows that cannot be taken; their pupils are in the file all the same
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    extent: Extent
    damaged: Mapping[int, Mapping[Column, str]]  # line → name column → what happened to its letters

    @property
    def matters(self) -> tuple[Matter, ...]:
        """Return what the consent columns are about, in the order of `PupilRow.verdicts`."""
        return self.columns.matters


@dataclass(frozen=True, slots=True)
class Recorded:
    """A pupil as Lanyard has one. `imported`, `refused` go by the places of the file's matters."""

    pupil_id: int
    upn: str
    admission_number: str
    legal_forename: str
    legal_surname: str
    forename: str
    surname: str
    born_on: date | None
    year_group: str
    class_name: str
    joined_on: date | None
    left_on: date | None
    missing_since: date | None
    never_photograph: bool = False
    imported: Sequence[Verdict | None] = ()  # what was imported last
    refused: frozenset[int] = frozenset()  # where somebody's No, recorded in Lanyard itself, stands
    arrives: bool = False  # brought by this very file, whose import is not finished yet

    def is_on_roll(self, day: date) -> bool:
        """Return whether the pupil is on roll on a day."""
        return (self.left_on is None or self.left_on >= day) and (self.joined_on is None or self.joined_on <= day)


def admission_key(number: str) -> str:
    """Return an admission number to compare by: spreadsheets drop leading zeros."""
    return number.lstrip("0").casefold()


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings are one name, apart from case, kind of apostrophe and lost letters ("?ukasz")."""
    one, other = name_key(one), name_key(other)
    return one == other or fits(one, other) or fits(other, one)


def name_key(name: str) -> str:
    """Return a name to compare by."""
    return name.casefold().replace("’", "'")


def legal_name(person: PupilRow | Recorded) -> Name:
    """Return the legal name, to compare by; the preferred one stands in where it is blank."""
    return name_key(person.legal_forename or person.forename), name_key(person.legal_surname or person.surname)


def names_of(person: PupilRow | Recorded) -> set[Name]:
    """Return the legal and the preferred name, to compare by; each stands in for the other where that is blank."""
    preferred = person.forename or person.legal_forename, person.surname or person.legal_surname
    return {legal_name(person), (name_key(preferred[0]), name_key(preferred[1]))}


def fits(damaged: str, whole: str) -> bool:
    """Return whether a name with lost letters may be this one: each "?" is one letter."""
    if len(damaged) != len(whole) or not any(letter in LOST for letter in damaged):
        return False
    return all(seen == letter or seen in LOST for seen, letter in zip(damaged, whole, strict=True))


def single(rows: Sequence[PupilRow], refused: Iterable[Identity]) -> tuple[list[Finding], list[Finding]]:
    """Find the pupils who are in a file twice. Returns (problems, warnings): no row with a problem may be taken.

    A file that names one pupil twice may say two things about one photo; which of them holds is not ours to guess.
    """
    everyone = [(row.upn, admission_key(row.admission_number), row.line) for row in rows]
    everyone += [(each.upn, each.admission, each.line) for each in refused]
    problems = list(_told(_repeated((upn, line) for upn, _, line in everyone), Column.UPN, "this UPN"))
    bare = {line for upn, _, line in everyone if not upn}
    warnings: list[Finding] = []
    for lines in _repeated((number, line) for _, number, line in everyone):
        found = problems if bare.intersection(lines) else warnings
        found += _told([lines], Column.ADMISSION_NUMBER, "this admission number")
    nameless = {line for upn, number, line in everyone if not upn and not number}
    if nameless:
        for lines in _repeated((_name_and_birthday(row), row.line) for row in rows):
            if nameless.intersection(lines):
                problems += _told([lines], "", "the same name and date of birth")
    refusing = {found.line for found in problems}
    warnings = [
        Finding(found.line, found.column, f"{found.message}: please check.")
        for found in warnings
        if found.line not in refusing
    ]
    problems = [Finding(found.line, found.column, f"{found.message}, so neither is imported.") for found in problems]
    return problems, warnings


def _name_and_birthday(row: PupilRow) -> Hashable:
    names = (row.legal_forename or row.forename, row.legal_surname or row.surname)
    return (*map(name_key, names), row.born_on)


def _repeated(keys: Iterable[tuple[Hashable, int]]) -> list[list[int]]:
    """Return the lines of every key that is there more than once; a blank is nobody's key."""
    first: dict[Hashable, int] = {}
    repeated: dict[Hashable, list[int]] = {}
    for key, line in keys:
        if key and first.setdefault(key, line) != line:
            repeated.setdefault(key, [first[key]]).append(line)
    return list(repeated.values())


def _told(groups: Iterable[list[int]], column: str, what: str) -> Iterator[Finding]:
    for lines in groups:
        for line in lines:
            others = [str(other) for other in lines[: SHOWN_LINES + 1] if other != line]
            yield Finding(line, column, f"{what} is also on line {' and '.join(others[:SHOWN_LINES])}")
