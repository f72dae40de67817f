"""Reads terms, INSET days and closures from a table: type, start, end, title."""

from collections.abc import Iterator, Mapping
from datetime import date

from bot.errors import BadFile
from bot.reading.cells import Days, Fault, Words
from bot.reading.columns import Finding, places_of, plain
from bot.reading.terms.found import Found
from bot.rules.calendar import Kind, Period
from bot.sheets.tables import Sheet

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "type": ("type", "kind"),
    "start": ("start", "start date", "first day", "begins", "from"),
    "end": ("end", "end date", "last day", "ends", "to"),
    "title": ("title", "name", "description", "summary"),
}
REQUIRED = ("type", "start", "end")

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("term", "term time"), Kind.TERM),
    **dict.fromkeys(("inset", "inset day", "training day", "staff training", "staff training day"), Kind.INSET),
    **dict.fromkeys(("closed", "closure", "holiday", "occasional day", "half term holiday"), Kind.CLOSED),
}
TITLE = 100  # letters


def read(sheet: Sheet, problems: list[Finding], lost: set[int]) -> Iterator[Found]:
    """Return every row that can be read; what is wrong goes into `problems`. Raises BadFile without the columns.

    `lost` takes the lines that were refused and are a term, or may be one: a table of terms holds little else.
    """
    places = places_of(sheet.header, COLUMNS)
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise BadFile(
            f"This is not a table of terms: there is no column {' and no column '.join(missing)}. "
            "The first line has to be: type,start,end,title"
        )
    called = {name: sheet.header[place] for name, place in places.items()}
    for line, cells in sheet.rows:
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        period = _period(line, found, called, problems)
        if period:
            yield Found(line, period, called["start"], called["end"])
        elif KINDS.get(plain(found["type"])) in {Kind.TERM, None}:
            lost.add(line)


def _period(line: int, found: Mapping[str, str], called: Mapping[str, str], problems: list[Finding]) -> Period | None:
    days, words = Days(set()), Words(set(), TITLE)
    kind = KINDS.get(plain(found["type"]))
    first, last, title = days[found["start"]], days[found["end"]], words[found.get("title", "")]
    read = {"start": first, "end": last, "title": title}
    faults = [Finding(line, called[name], value.said) for name, value in read.items() if isinstance(value, Fault)]
    if kind is None:
        faults.append(Finding(line, called["type"], "write term, inset or closed"))
    faults += [Finding(line, called[name], "the day is missing") for name in ("start", "end") if read[name] is None]
    if kind is None or not isinstance(first, date) or not isinstance(last, date) or isinstance(title, Fault):
        problems += faults
        return None
    return Period(kind, first, last, title)
