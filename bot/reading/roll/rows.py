"""One pupil as a file tells it, and who that is: by UPN, else by admission number, else by name and birthday."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.reading.cells import LOST
from bot.reading.columns import Column, Finding
from bot.rules.consent.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Identity:
    """How a row says who it is about. A refused row still says it: its pupil is not missing from the file."""

    line: int
    upn: str = ""
    admission: str = ""  # the key, see `admission_key`


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
        return Identity(self.line, self.upn, admission_key(number) if isinstance(number, str) else "")


def admission_key(number: str) -> str:
    """Return an admission number to compare by: a spreadsheet takes leading zeros for nothing."""
    return number.lstrip("0").casefold()


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are one name, but for case, kind of apostrophe and lost letters ("?ukasz")."""
    one, other = name_key(one), name_key(other)
    return one == other or fits(one, other) or fits(other, one)


def name_key(name: str) -> str:
    """Return a name to compare by."""
    return name.casefold().replace("’", "'")


def fits(damaged: str, whole: str) -> bool:
    """Tell whether a name with lost letters may be this one: each "?" is one letter."""
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
    problems = [Finding(found.line, found.column, f"{found.message}, so neither is taken.") for found in problems]
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
            others = [str(other) for other in lines if other != line]
            yield Finding(line, column, f"{what} is also on line {' and '.join(others[:5])}")
