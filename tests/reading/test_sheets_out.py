"""Tables that leave: whatever was typed arrives as text, and days as days."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.sheets.writing import LONGEST_CELL, inert, write_csv, write_xlsx

HOSTILE = ["=1+1", "+44 20", "-1", "@SUM(A1)", "\t=1", '"=1"', " =1", "＝1", "'=1", '=HYPERLINK("http://x.example")']
HEADER = ("Name", "Day", "Count")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    assert inert(text) == "'" + text
    sheet = load_workbook(io.BytesIO(write_xlsx("T", HEADER, [(text, None, 1)]))).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")
    assert sheet["A2"].quotePrefix


def test_days_are_days_and_numbers_numbers() -> None:
    day, instant = date(2026, 11, 23), datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
    rows = [("Jürgen, “J”", day, 3), ("Ana", None, None), ("x", instant, 0)]
    assert write_csv(HEADER, rows).decode("utf-8-sig").split("\r\n") == [
        "Name,Day,Count",
        '"Jürgen, “J”",23/11/2026,3',
        "Ana,,",
        "x,23/11/2026 09:15,0",
        "",
    ]
    sheet = load_workbook(io.BytesIO(write_xlsx("A/B: [C]", HEADER, rows))).active
    assert sheet is not None
    assert sheet["B2"].is_date
    assert sheet["B2"].value == datetime(2026, 11, 23)  # noqa: DTZ001 - a spreadsheet knows no zones
    assert sheet["C2"].value == 3
    assert sheet.freeze_panes == "A2"


def test_what_a_workbook_cannot_hold_is_marked() -> None:
    sheet = load_workbook(io.BytesIO(write_xlsx("", ("A",), [("a\x00b",), ("x" * 40_000,)]))).active
    assert sheet is not None
    assert sheet["A2"].value == "a\ufffdb"
    assert len(sheet["A3"].value) == LONGEST_CELL
    assert sheet["A3"].value.endswith("…")


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_csv_brings_every_text_back(rows: list[tuple[str, str]]) -> None:
    read = list(csv.reader(io.StringIO(write_csv(("a", "b"), rows).decode("utf-8-sig"), newline="")))
    assert read[1:] == [[inert(one), inert(other)] for one, other in rows]
