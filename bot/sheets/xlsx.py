"""Excel workbooks: examined with the standard library first, and only then opened by calamine.

A workbook of 100 kB can unfold to gigabytes (members that inflate, one cell in the last row and column, one long text
that a million cells share), and calamine does not survive that. All of it is refused here, in words.
"""

import datetime
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.errors import BadFile
from bot.sheets.tables import MAX_ROWS, SAVE_AGAIN, Row

MAX_MEMBERS = 1_000
MAX_INFLATED = 300_000_000  # bytes: 250,000 rows of 24 cells are 200 MB
MAX_RATIO = 200  # unpacked : packed, for what is larger than FAIR_SIZE; a sheet of Yes and No reaches 40
FAIR_SIZE = 10_000_000  # bytes
MAX_CELLS = 12_000_000  # rows × columns of the box around all cells: calamine keeps 32 bytes for each
MAX_TEXT = 500_000_000  # characters, if every cell held the longest text
CHUNK = 1 << 20  # bytes
ERROR = "#!"  # stands for #N/A, #REF! and the like: no column takes it

# What zipfile raises for damaged files (found by damaging some; "negative seek value" is a ValueError).
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)

_CUT_OFF = f"This file is cut off or damaged, so nothing was read from it. Download it once more. {SAVE_AGAIN}"
CUT = "Delete what is below the last pupil, or save the list as “CSV UTF-8”."
_TOO_LARGE = f"This workbook unfolds to more than a list of pupils can hold, so it was not opened. {SAVE_AGAIN}"
_LOCKED = f"This workbook is locked with a password. {SAVE_AGAIN}"
_NOT_READ = f"This workbook cannot be read. {SAVE_AGAIN}"

# What else is a zip file: a member and what it is.
_OTHERS = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "content.xml": "an OpenDocument file",
    "Index/Document.iwa": "a Numbers or Pages file",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
}

# Deliberately not tied to a tag: whatever calamine could take for a cell's place counts.
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,9})["']""")
_SHARED = re.compile(rb"</(?:\w+:)?si\s*>")
# A tag ends where the next one begins: `<c <c <c …` is looked at once, not once for each of them.
_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*>")
_FAULTY = re.compile(rb"""\bt\s*=\s*["']e["']""")


@dataclass(slots=True)
class _Look:
    """What one member of the archive holds, as far as it is inflated."""

    size: int = 0
    is_sheet: bool = False
    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    longest: int = 0  # characters of the longest shared text
    faulty: set[tuple[int, int]] = field(default_factory=set)  # (row, column) of cells that show an error
    _text_began: int = 0
    _columns: dict[bytes, int] = field(default_factory=dict)

    def take(self, chunk: bytes, *, at: int) -> None:
        self.is_sheet = self.is_sheet or b"sheetData" in chunk
        for match in _SHARED.finditer(chunk):
            self.longest = max(self.longest, at + match.start() - self._text_began)
            self._text_began = at + match.end()
        for letters, digits in _PLACE.findall(chunk):
            self.cells += bool(letters)
            column = self._columns.get(letters) or self._columns.setdefault(letters, _number(letters))
            self.last_column = max(self.last_column, column)
            self.last_row = max(self.last_row, int(digits))
        for cell in _CELL.findall(chunk):
            if _FAULTY.search(cell) and (place := _PLACE.search(cell)):
                self.faulty.add((int(place[2]), _number(place[1])))


def read(content: bytes) -> tuple[Iterator[Row], int]:
    """Return the rows of the first sheet with anything in it, and about how many there are. Raises BadFile."""
    faulty = _look_over(content)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [
            sheet.name for sheet in book.sheets_metadata if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        sheets = map(book.get_sheet_by_name, names)
        sheet = next((sheet for sheet in sheets if sheet.height), None)
    except python_calamine.PasswordError as error:
        raise BadFile(_LOCKED) from error
    except python_calamine.CalamineError as error:
        raise BadFile(_NOT_READ) from error
    if sheet is None:
        raise BadFile("There is nothing in this workbook. Export it once more.")
    return _rows(sheet, faulty), sheet.total_height


def _rows(sheet: Any, faulty: set[tuple[int, int]]) -> Iterator[Row]:
    by_line: dict[int, list[int]] = {}
    for line, column in faulty:
        by_line.setdefault(line, []).append(column)
    for line, values in enumerate(sheet.iter_rows(), 1):
        cells = [value if type(value) is str else _text(value) for value in values]
        for column in by_line.get(line, ()):
            if column <= len(cells) and not cells[column - 1]:
                cells[column - 1] = ERROR
        yield line, cells


def _text(value: object) -> str:
    # Exactly this type: a bool is an int, a datetime is a date.
    write = _AS_TEXT.get(type(value), str)
    return write(value)


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: lambda value: "Yes" if value else "No",
    float: lambda value: str(int(value)) if value.is_integer() else str(value),
    datetime.date: lambda value: value.strftime("%d/%m/%Y"),
    datetime.datetime: lambda value: value.strftime("%d/%m/%Y"),
}


def _look_over(content: bytes) -> set[tuple[int, int]]:
    """Refuse what must not be opened. Returns the places of cells that show an error."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _BROKEN as error:
        raise BadFile(_CUT_OFF) from error
    members = archive.infolist()
    _refuse_by_list(members, len(content))
    left, faulty, longest, cells = MAX_INFLATED, set(), 0, 0
    for member in members:
        look = _inflated(archive, member, left)
        left -= look.size
        longest = max(longest, look.longest)
        if look.is_sheet:
            if look.last_row > MAX_ROWS + 1:
                raise BadFile(
                    f"This sheet goes down to row {look.last_row:,}; Lanyard reads {MAX_ROWS:,}. {SAVE_AGAIN}"
                )
            if look.last_row * look.last_column > MAX_CELLS:
                raise BadFile(_TOO_LARGE)
            cells = max(cells, look.cells, look.last_row * look.last_column)
            faulty |= look.faulty
    if cells * longest > MAX_TEXT or _unfolds(MAX_INFLATED - left, len(content)):
        raise BadFile(_TOO_LARGE)
    return faulty


def _refuse_by_list(members: list[zipfile.ZipInfo], packed: int) -> None:
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise BadFile(_LOCKED)
    for name, kind in _OTHERS.items():
        if name in names:
            raise BadFile(f"This file is {kind}. Lanyard reads CSV and XLSX. {SAVE_AGAIN}")
    if "xl/workbook.xml" not in names:
        raise BadFile(f"This is a zip file without a workbook in it. Lanyard reads CSV and XLSX. {SAVE_AGAIN}")
    declared = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or declared > MAX_INFLATED or _unfolds(declared, packed):
        raise BadFile(_TOO_LARGE)


def _unfolds(size: int, packed: int) -> bool:
    return size > FAIR_SIZE and size > packed * MAX_RATIO


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> _Look:
    """Inflate one member, keeping nothing. The size that it declares may be a lie, so it is not asked."""
    declared, member.file_size = member.file_size, limit + CHUNK
    look, carried = _Look(), b""
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                look.size += len(chunk)
                if look.size > limit or look.size > declared:
                    raise BadFile(_TOO_LARGE)
                chunk = carried + chunk
                look.take(chunk, at=look.size - len(chunk))
                # A tag may lie across two chunks: the last one that began is looked at again.
                began = chunk.rfind(b"<")
                carried = chunk[began:] if began >= 0 else b""
                if len(carried) > CHUNK:
                    raise BadFile(_TOO_LARGE)
    except _BROKEN as error:
        raise BadFile(_CUT_OFF) from error
    return look


def _number(letters: bytes) -> int:
    """Return a column's number: A is 1, AA is 27; a row's own place has none."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
