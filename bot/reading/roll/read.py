"""Reads a roll: each row becomes a pupil, or the reasons why it cannot be imported. The rest can still be applied."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.errors import BadFile
from bot.reading import cells
from bot.reading.cells import Fault
from bot.reading.columns import Column, Columns, Finding, settle
from bot.reading.roll import upn as upns
from bot.reading.roll.rows import Extent, Identity, Progress, PupilRow, Roll, single
from bot.rules.consent.ledger import Verdict
from bot.rules.school import School
from bot.sheets.tables import Sheet

STEP = 1_000  # rows between two words of progress


def read_roll(
    sheet: Sheet, school: School, today: date, progress: Progress | None = None, *, extent: Extent = Extent.WHOLE
) -> Roll:
    """Read a file. Raises BadFile where it is not a roll at all; what is wrong with single rows is in the Roll."""
    reader = RowReader(settle(sheet.header, sheet.header_line, school), today)
    rows: list[PupilRow] = []
    for count, (line, row) in enumerate(sheet.rows):
        if progress and count % STEP == 0:
            progress(count, max(sheet.length, count))
        read = reader.read_row(line, row)
        if isinstance(read, PupilRow):
            rows.append(read)
    if not rows and not reader.refused:
        raise BadFile("There are column headers in this file, but no pupils. Nothing was changed.")
    problems, warnings = single(rows, reader.refused)
    twice = {found.line for found in problems}
    return Roll(
        columns=reader.columns,
        rows=tuple(row for row in rows if row.line not in twice) if twice else tuple(rows),
        refused=(*reader.refused, *(row.identity for row in rows if row.line in twice)),
        problems=_by_line(reader.problems, problems),
        warnings=_by_line(reader.columns.warnings, reader.warnings, warnings),
        extent=extent,
        damaged=reader.damaged,
    )


def _by_line(*found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted((each for some in found for each in some), key=lambda each: each.line))


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one file, one after the other, and keeps what it found."""

    columns: Columns
    today: date
    refused: list[Identity] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    damaged: dict[int, Mapping[Column, str]] = field(default_factory=dict)
    _faulty: set[str] = field(default_factory=set)
    _authorities: set[str] = field(default_factory=set)  # unknown ones that were reported
    _names: cells.Names = field(init=False)
    _answers: cells.Answers = field(init=False)
    _kinds: Mapping[Column, cells.Cells[Any]] = field(init=False)
    _pick: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)
    _pick_matters: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._names = names = cells.Names(self._faulty)
        self._answers = cells.Answers(self._faulty)
        days = cells.Days(self._faulty)
        self._kinds = {
            Column.ADMISSION_NUMBER: cells.Words(self._faulty, cells.ADMISSION_NUMBER),
            **dict.fromkeys(_NAMES, names),
            Column.BORN: days,
            Column.YEAR: cells.Years(self._faulty),
            Column.CLASS: cells.Words(self._faulty, cells.CLASS),
            Column.JOINED: days,
            Column.LEFT: days,
        }
        # A column that the file does not have is read from behind the last one, where a blank is put.
        behind = len(self.columns.header)
        self._pick = _picker([self.columns.places.get(column, behind) for column in (Column.UPN, *self._kinds)])
        self._pick_matters = _picker([*self.columns.matter_places, self.columns.places.get(Column.NEVER, behind)])

    def read_row(self, line: int, row: list[str]) -> PupilRow | tuple[Finding, ...]:
        """Return the pupil, or what is wrong with the row."""
        if len(row) != len(self.columns.header) and (misfit := self._misfit(line, row)):
            return self._refuse(Identity(line), [misfit])
        row.append("")
        # Quick on purpose: this is done for every row of a long file. A Fault among the values is found just below.
        upn, *written = self._pick(row)
        *verdicts, never = map(self._answers.__getitem__, self._pick_matters(row))
        values = map(_taken, self._kinds.values(), written)
        read: Any = (line, upn and upns.normalise(upn), *values, never is Verdict.YES, tuple(verdicts))
        pupil = PupilRow(*read)
        if problems := self._problems(row, pupil):
            return self._refuse(pupil.identity, problems)
        if self._names.damaged and not self._names.damaged.keys().isdisjoint(row):
            self._note_damage(line, row)
        if pupil.upn and not upns.authority_known(pupil.upn):
            self._warn_of_authority(line, pupil.upn)
        return pupil

    def _problems(self, row: Sequence[str], pupil: PupilRow) -> list[Finding]:
        found = []
        if self._faulty and not self._faulty.isdisjoint(row):
            found = list(self._faults(row, pupil))
        if pupil.upn and (said := upns.fault(pupil.upn)):
            found.append(self._finding(pupil, Column.UPN, said))
        if not (pupil.legal_forename or pupil.forename):
            found.append(self._finding(pupil, _first(self.columns, _NAMES[0::2]), "the forename is missing"))
        if not (pupil.legal_surname or pupil.surname):
            found.append(self._finding(pupil, _first(self.columns, _NAMES[1::2]), "the surname is missing"))
        # A Fault stands where a day was expected: then the days are not compared.
        if not found and pupil.born_on and pupil.born_on > self.today:
            found.append(self._finding(pupil, Column.BORN, "this day has not come yet"))
        if not found and pupil.joined_on and pupil.left_on and pupil.left_on < pupil.joined_on:
            found.append(self._finding(pupil, Column.LEFT, "this is before the date of entry"))
        return found

    def _faults(self, row: Sequence[str], pupil: PupilRow) -> Iterator[Finding]:
        """Yield what is wrong with each cell that cannot be read, and what it holds unless that is a name."""
        kinds = {place: self._kinds[column] for column, place in self.columns.places.items() if column in self._kinds}
        answered = (*self.columns.matter_places, self.columns.places.get(Column.NEVER, -1))
        kinds |= {place: self._answers for place in answered if place >= 0}
        names = {
            name.casefold()
            for name in (pupil.legal_forename, pupil.legal_surname, pupil.forename, pupil.surname)
            if isinstance(name, str)
        }
        for place in sorted(kinds):
            fault = kinds[place][row[place]]
            if isinstance(fault, Fault):
                shown = "" if kinds[place] is self._names else _shown(row[place], names)
                yield Finding(pupil.line, self.columns.header[place], f"{shown}{fault.said}")

    def _finding(self, pupil: PupilRow, column: Column, said: str) -> Finding:
        return Finding(pupil.line, self.columns.called(column), said)

    def _misfit(self, line: int, row: list[str]) -> Finding | None:
        """Refuse a row with cells too few or too many: whatever is in it may stand in the wrong column."""
        width = len(self.columns.header)
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            del row[width:]
            return None
        said = f"this row has {len(row)} cells, the header has {width}."
        return Finding(line, "", f"{said} A comma inside a cell needs quotation marks around the cell.")

    def _refuse(self, identity: Identity, problems: Sequence[Finding]) -> tuple[Finding, ...]:
        self.refused.append(identity)
        self.problems.extend(problems)
        return tuple(problems)

    def _note_damage(self, line: int, row: Sequence[str]) -> None:
        places = {column: self.columns.places[column] for column in _NAMES if column in self.columns.places}
        damaged = {column: self._names.damaged.get(row[place], "") for column, place in places.items()}
        if any(damaged.values()):
            self.damaged[line] = {column: said for column, said in damaged.items() if said}

    def _warn_of_authority(self, line: int, upn: str) -> None:
        code = upn[1:4]
        if code not in self._authorities:
            self._authorities.add(code)
            said = f"Lanyard knows of no local authority with the number {code}. Please check (said once for all rows)."
            self.warnings.append(Finding(line, self.columns.called(Column.UPN), said))


_NAMES = (Column.LEGAL_FORENAME, Column.LEGAL_SURNAME, Column.FORENAME, Column.SURNAME)
_taken = operator.getitem  # dict.__getitem__ itself would pass __missing__ by
_HARMLESS = re.compile(r"[\w/.,: -]{1,20}")


def _shown(cell: str, names: set[str]) -> str:
    """Repeat what a cell holds, unless it is one of the row's names or something long or odd."""
    words = cells.tidy(cell)
    return f"“{words}”: " if _HARMLESS.fullmatch(words) and words.casefold() not in names else ""


def _first(columns: Columns, wanted: Sequence[Column]) -> Column:
    return next((column for column in wanted if column in columns.places), wanted[0])


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return operator.itemgetter(*places)
