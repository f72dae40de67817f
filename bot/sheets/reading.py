"""A file of rows, as an office saves it: CSV or XLSX, recognised by what is in it and not by its name.

Everything becomes text: a cell is what a person sees in the spreadsheet, and a line is the spreadsheet's row number.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from bot.errors import BadFile
from bot.sheets import kinds
from bot.sheets.tables import MAX_ROWS, SAVE_AGAIN, Row, Sheet

MAX_BYTES = 50_000_000  # 200,000 pupils with 24 columns are 31 MB

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS = ",;\t"
_EXPORTS_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)  # Excel's own first line


def read(file_name: str, content: bytes) -> Sheet:
    """Read a table. Raises BadFile, saying what the file is and what to do, for anything else."""
    if not content.strip():
        raise BadFile("This file is empty. Export it once more.")
    if len(content) > MAX_BYTES:
        raise BadFile(f"This file is larger than {MAX_BYTES // 1_000_000} MB. Send it in several parts.")
    if content.startswith(kinds.ZIP):
        from bot.sheets import xlsx

        return with_header(*xlsx.read(content))
    _refuse_other_kinds(file_name, content)
    return _csv(_decoded(content))


def with_header(rows: Iterator[Row], length: int) -> Sheet:
    """Take the first row that holds anything as the header."""
    filled = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
    line, cells = next(filled, (0, []))
    while cells and not cells[-1].strip():
        cells.pop()
    if not cells:
        raise BadFile("There is nothing in this file. Export it once more.")
    header = tuple(" ".join(cell.split()) for cell in cells)
    return Sheet(header=header, header_line=line, length=max(0, length - line), rows=filled)


def _refuse_other_kinds(file_name: str, content: bytes) -> None:
    kind = kinds.kind_of(content)
    if content.startswith(kinds.OLD_OFFICE):
        kind = "locked with a password" if kinds.is_locked(content) else "in an old Office format (.xls or .doc)"
    elif not kind and _is_binary(content):
        suffix = re.search(r"\.(\w{1,8})$", file_name)
        kind = f"not a table that Lanyard can read (.{suffix[1]})" if suffix else "not a table that Lanyard can read"
    if kind:
        raise BadFile(f"This file is {kind}. Lanyard reads CSV and XLSX. {SAVE_AGAIN}")


def _is_binary(content: bytes) -> bool:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    start = content[:2000]
    return len(re.findall(rb"[\x00-\x08\x0e-\x1f]", start)) > len(start) // 20


def _decoded(content: bytes) -> str:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        # Line by line: two exports pasted together may be in two encodings.
        return "".join(map(_line_decoded, content.splitlines(keepends=True)))


def _line_decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _csv(text: str) -> Sheet:
    length = text.count("\n") or text.count("\r")
    if length > MAX_ROWS + 100:
        raise BadFile(f"This file has more than {MAX_ROWS:,} rows. Send it in several parts.")
    skipped = 0
    declared = _EXPORTS_SEPARATOR.match(text)
    if declared:
        text, skipped = text[declared.end() :], 1
    delimiter = declared[1] if declared else _sniffed(text)
    return with_header(_csv_rows(text, delimiter, skipped), length)


def _sniffed(text: str) -> str:
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=unquoted.count)


def _csv_rows(text: str, delimiter: str, skipped: int) -> Iterator[Row]:
    # Strict: a quotation mark that is never closed would swallow the rows after it without a word.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, line = 0, skipped
    try:
        for line, cells in enumerate(rows, skipped + 1):
            width = width or len(cells)
            if delimiter == "\t" and len(cells) < width:
                cells.extend([""] * (width - len(cells)))  # pasting loses the tabs at a line's end
            yield line, cells
    except csv.Error as error:
        raise BadFile(
            f"A quotation mark near line {line + 1} is not closed, so the rows after it cannot be told apart. "
            f"Nothing was changed. {SAVE_AGAIN}"
        ) from error
