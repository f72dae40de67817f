"""A table on its way out, as CSV or XLSX: no cell of it is ever a formula, whatever somebody typed. CWE-1236."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

Cell = str | int | date | None
Rows = Iterable[Sequence[Cell]]

LONGEST_CELL = 32_767  # Excel's own limit, in characters
WIDEST = 60
# Spreadsheets look past spaces and quotation marks, and some accept the full-width signs too.
_FORMULA = re.compile(r"""[\s\x00-\x20"'“”‘’\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]""")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0 has no way to write these


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe in front, where that is needed."""
    return "'" + text if _FORMULA.match(text) else text


def write_csv(header: Sequence[str], rows: Rows) -> bytes:
    """Return a table as CSV (RFC 4180), in UTF-8 with Excel's mark in front; days as dd/mm/yyyy."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(header)
    for row in rows:
        table.writerow([inert(_text(cell)) for cell in row])
    return written.getvalue().encode("utf-8-sig")


def write_xlsx(title: str, header: Sequence[str], rows: Rows) -> bytes:
    """Return a table as a workbook with one sheet; days are days there and texts are texts, never formulas.

    A text longer than a cell can be ends in "…".
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Table")
    sheet.freeze_panes = "A2"

    def cell(value: Cell) -> object:
        made = WriteOnlyCell(sheet, value=None)
        if isinstance(value, str):
            text = _CONTROL.sub("\ufffd", value)
            made.value = text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
            made.data_type = "s"  # openpyxl itself would take a text that begins with = for a formula
            made.quotePrefix = bool(_FORMULA.match(text))  # so that it stays one when somebody edits the cell
            made.alignment = Alignment(wrap_text=True, vertical="top")
        else:
            made.value = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            made.number_format = _FORMATS.get(type(value), "General")
        return made

    texts = [tuple(row) for row in rows]
    for column, name in enumerate(header):
        widest = max([len(name), *(len(_text(row[column])) for row in texts)])
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(WIDEST, widest + 2)
    heads = [cell(name) for name in header]
    for head in heads:
        head.font = Font(bold=True)  # type: ignore[attr-defined]
    sheet.append(heads)
    for row in texts:
        sheet.append([cell(value) for value in row])
    filled = io.BytesIO()
    book.save(filled)
    return filled.getvalue()


_FORMATS: Mapping[type, str] = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm"}
_TEXTS: Mapping[type, Callable[..., str]] = {
    type(None): lambda _nothing: "",
    date: lambda day: f"{day:%d/%m/%Y}",
    datetime: lambda instant: f"{instant:%d/%m/%Y %H:%M}",
}


def _text(cell: Cell) -> str:
    return _TEXTS.get(type(cell), str)(cell)
