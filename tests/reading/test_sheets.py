"""Files as offices save them, and files that would do harm."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadFile
from bot.sheets import reading, tables
from bot.sheets.tables import Sheet

SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes | str) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    sheet: Sheet = reading.read("roll.csv", content.encode() if isinstance(content, str) else content)
    return sheet.header, list(sheet.rows)


def workbook(*rows: Sequence[object], before: int = 0) -> bytes:
    """Return an Excel file with these rows on its last sheet; `before`: empty sheets."""
    book = openpyxl.Workbook()
    for _ in range(before):
        book.create_sheet()
    for row in rows:
        book.worksheets[-1].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a zip file with its members changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return written.getvalue()


ROWS = [(2, ["Zoë", "3B"]), (3, ["Łukasz", "3H"])]
TEXT = "Name,Class\r\nZoë,3B\r\nŁukasz,3H\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert read(TEXT.encode(encoding)) == (("Name", "Class"), ROWS)


def test_windows_1252_and_two_encodings_pasted_together() -> None:
    assert read("Name,Class\nZoë,3B\nO’Neill,3H\n".encode("cp1252"))[1] == [(2, ["Zoë", "3B"]), (3, ["O’Neill", "3H"])]
    mixed = "Name,Class\nZoë,3B\n".encode("cp1252") + "Łukasz,3H\n".encode()
    assert read(mixed)[1] == ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(row) for row in (["Name", "Class"], ["Zoë", "3B"], ["Łukasz", "3H"]))
    assert read(text) == (("Name", "Class"), ROWS)


def test_what_excel_and_people_add() -> None:
    assert read("sep=;\r\nName;Class\r\nZoë;3B\r\n") == (("Name", "Class"), [(3, ["Zoë", "3B"])])
    assert read('\n"Full  name","Class",,\n\n"Patel, Aisha","3B"\n') == (
        ("Full name", "Class"),
        [(4, ["Patel, Aisha", "3B"])],
    )
    # Pasting loses the tabs at the end of a line.
    assert read("Name\tClass\tNote\nZoë\t3B")[1] == [(2, ["Zoë", "3B", ""])]


def test_a_line_is_the_spreadsheet_row_even_after_a_cell_of_two_lines() -> None:
    assert read('Name,Note\nZoë,"one\ntwo"\nTom,x\n')[1] == [(2, ["Zoë", "one\ntwo"]), (3, ["Tom", "x"])]


def test_a_quotation_mark_that_is_never_closed_loses_nobody_in_silence() -> None:
    for text in ('Name,Class\nTom,"3B\nZoë,3H\nAda,3B\n', 'Name,Class\nTom,"3B\nZoë,"3H"\n'):
        with pytest.raises(BadFile, match="quotation mark near line"):
            read(text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b",,\r\n,,\r\n", "nothing in this file"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xef\xbb\xbf<html><table><tr><td>UPN</td></tr></table></html>", "a web page"),
        (bytes(range(256)) * 20, "not a table"),
        (b"PK\x03\x04 and no more", "cut off"),
    ],
)
def test_what_it_is_not(content: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read(content)


@pytest.mark.parametrize(
    ("member", "said"),
    [("word/document.xml", "Word"), ("content.xml", "OpenDocument"), ("x.txt", "without a workbook")],
)
def test_other_zip_files(member: str, said: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(BadFile, match=said):
        read(written.getvalue())


def test_too_large() -> None:
    with pytest.raises(BadFile, match="more than 250,000 rows"):
        read("Name\n" * (tables.MAX_ROWS + 200))


def test_a_workbook_reads_as_people_see_it() -> None:
    content = workbook(
        ["Name", "Number", "Born", "Since", "Yes", "Half"],
        ["Zoë", 7, date(2019, 8, 31), datetime(2023, 9, 1), True, 0.5],  # noqa: DTZ001 - Excel knows no time zones
        [],
        ["Łukasz", 123456789012, None, None, False, None],
        before=2,
    )
    assert read(content) == (
        ("Name", "Number", "Born", "Since", "Yes", "Half"),
        [
            (2, ["Zoë", "7", "31/08/2019", "01/09/2023", "Yes", "0.5"]),
            (4, ["Łukasz", "123456789012", "", "", "No", ""]),
        ],
    )


def test_a_cell_with_an_error_is_not_a_blank() -> None:
    good = workbook(["Name", "Class"], ["Tom", "gap"])
    content = changed(
        good,
        lambda name, text: (
            text.replace(b'<c r="B2" t="inlineStr"><is><t>gap</t></is></c>', b'<c r="B2" t="e"><v>#N/A</v></c>')
            if name == SHEET
            else text
        ),
    )
    assert read(content)[1] == [(2, ["Tom", "#!"])]


def test_a_workbook_cut_off_anywhere() -> None:
    whole = workbook(["Name", "Class"], *([f"Tom {n}", "3B"] for n in range(50)))
    for length in range(4, len(whole), 97):
        with pytest.raises(BadFile, match=r"cut off|not a table|cannot be read|without a workbook"):
            read(whole[:length])


@given(st.data())
def test_a_damaged_workbook_is_refused_or_read_but_never_crashes(data: st.DataObject) -> None:
    content = bytearray(DAMAGED)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadFile):
        read(bytes(content))


DAMAGED = workbook(["Name", "Class"], *([f"Tom {n}", "3B"] for n in range(20)))


def bomb(member: str, text: bytes) -> bytes:
    return changed(DAMAGED, lambda name, old: text if name == member else old)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(bomb("docProps/app.xml", b" " * 100_000_000), id="one member of 100 MB"),
        pytest.param(bomb(SHEET, b'<sheetData><row r="1"><c r="XFD1048576"/></row></sheetData>'), id="a far corner"),
        pytest.param(bomb(SHEET, b"<sheetData><row r = '1048576'><c><v>1</v></c></row></sheetData>"), id="a far row"),
        pytest.param(bomb(SHEET, b'<sheetData><c r="ZZZ900"/></sheetData>'), id="a far column"),
        pytest.param(
            bomb(SHEET, b'<sheetData><c r="A1"/><c r="A200000"/></sheetData>' + b"<si><t>%b</t></si>" % (b"x" * 9_000)),
            id="a long text for many cells",
        ),
        pytest.param(
            bomb(SHEET, b"<sheetData><c " + b" " * 3_000_000 + b'r="XFD1048576"/></sheetData>'), id="a long tag"
        ),
    ],
)
def test_bombs_are_refused_before_they_are_opened(content: bytes) -> None:
    with pytest.raises(BadFile, match=r"unfolds to more|goes down to row"):
        read(content)


def test_a_member_that_lies_about_its_size() -> None:
    text = zlib.compress(b" " * 200_000_000, 9)[2:-4]
    name = b"xl/workbook.xml"
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(text), 1_000, len(name), 0) + name + text
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, len(text), 1_000, len(name), 0, 0, 0, 0, 0, 0
    )
    entry += name
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    with pytest.raises(BadFile, match="unfolds"):
        read(local + entry + end)
