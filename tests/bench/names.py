"""Target 5: whether the right child is among the first five, however the name was typed."""

import time

from bot.rules.names.index import Index, Named
from tests.bench.table import Row, Section, counted, seconds
from tests.rules import misspellings

TITLE = "Finding a child by what was typed"
HOW = (
    "Every case of `tests/rules/misspellings*.csv` against the invented school's roll. One half was used to tune the "
    "search, the other only to measure it. Misspelt: the letters themselves are wrong."
)
FIRST = 5
LEAST = 95.0  # percent of each half


def measure() -> Section:
    """Return the rows of target 5."""
    index = Index(_named())
    rows: list[Row] = []
    for half in ("tuning", "held_out"):
        cases = misspellings.read(half)
        began = time.perf_counter()
        found = [index.find(case.typed) for case in cases]
        each = (time.perf_counter() - began) / len(cases)
        met = sum(
            int(case.admission) in (answer.exact + answer.near)[:FIRST]
            for case, answer in zip(cases, found, strict=True)
        )
        misspelt = [
            answer.exact for case, answer in zip(cases, found, strict=True) if case.kind in misspellings.MISSPELT
        ]
        shown = half.replace("_", " ")
        rows += [
            counted(f"{shown} half, {len(cases)} cases: in the first five", 100 * met / len(cases), " %", least=LEAST),
            counted(f"{shown} half, {len(misspelt)} misspelt: answered as exact", sum(map(bool, misspelt)), "", most=0),
            Row(f"{shown} half: time of one search", seconds(each)),
        ]
    return Section(TITLE, HOW, tuple(rows))


def _named() -> list[Named]:
    return [
        Named(
            pupil_id=int(row["Admission Number"]),
            forename=row["Preferred Forename"],
            surname=row["Preferred Surname"],
            legal_forename=row["Legal Forename"],
            legal_surname=row["Legal Surname"],
            former=(),
            class_name=row["Registration Group"],
            on_roll=True,
        )
        for row in misspellings.roll()
    ]
