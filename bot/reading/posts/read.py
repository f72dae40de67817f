"""Reads a table of what was posted before Lanyard: where, when, the link, who is in it. Policy §4.6."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.errors import BadFile
from bot.reading.cells import Days, Fault, Words
from bot.reading.columns import Finding, places_of
from bot.reading.posts.rows import ADULTS, DAY, MEDIUM, PLACE, PUPILS, WHERE, PostsTable, Told
from bot.rules.posting.checks import LONGEST_ADULTS
from bot.rules.posting.posts import LONGEST_PLACE
from bot.sheets.tables import Sheet

LONGEST_NAMES = 1000  # letters
MOST_ROWS = 500  # at a time: each may open a take-down
# Our column → the headers that mean it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    WHERE: ("where", "account", "channel", "surface"),
    DAY: ("posted on", "date", "date posted", "posted", "published", "published on"),
    PLACE: ("link or place", "link", "url", "address", "place"),
    PUPILS: ("pupils", "children", "names", "pupils in it", "who"),
    MEDIUM: ("photo or video", "medium", "type", "kind"),
    ADULTS: ("adults", "adults and others", "others"),
}
REQUIRED = (WHERE, DAY, PLACE, PUPILS)
LIMITS = {WHERE: 100, PLACE: LONGEST_PLACE, PUPILS: LONGEST_NAMES, MEDIUM: 20, ADULTS: LONGEST_ADULTS}


def read(sheet: Sheet) -> PostsTable:
    """Read the table. Raises BadFile where a required column is missing, or there are too many rows."""
    places = places_of(sheet.header, COLUMNS)
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise BadFile(f"This is not a list of posts: there is no column {' and no column '.join(missing)}.")
    rows, problems = list[Told](), list[Finding]()
    for line, cells in sheet.rows:
        if not any(cell.strip() for cell in cells):
            continue
        found = _read(line, {name: cells[at] if at < len(cells) else "" for name, at in places.items()})
        if len(cells) > len(sheet.header) and any(cell.strip() for cell in cells[len(sheet.header) :]):
            found = [Finding(line, "", "this row has more cells than there are headers.")]
        if isinstance(found, Told):
            rows.append(found)
        else:
            problems += found
    if len(rows) > MOST_ROWS:
        raise BadFile(f"These are {len(rows)} posts. Please send at most {MOST_ROWS} at a time. Nothing was changed.")
    return PostsTable(tuple(rows), tuple(problems))


_WORDS = {name: Words(set(), limit) for name, limit in LIMITS.items()}


def _read(line: int, cells: Mapping[str, str]) -> Told | list[Finding]:
    day = Days(set())[cells[DAY]]
    words = {name: read[cells.get(name, "")] for name, read in _WORDS.items()}
    faults = [*_faults(line, {DAY: day, **words}), *_empty(line, {name: cells[name] for name in REQUIRED})]
    if faults or not isinstance(day, date):
        return faults
    said = {name: value for name, value in words.items() if isinstance(value, str)}
    return Told(line, said[WHERE], day, said[PLACE], said[PUPILS], said[MEDIUM].casefold(), said[ADULTS])


def _faults(line: int, values: Mapping[str, object]) -> Iterator[Finding]:
    for name, value in values.items():
        if isinstance(value, Fault):
            yield Finding(line, name, value.said)


def _empty(line: int, cells: Mapping[str, str]) -> Sequence[Finding]:
    return [Finding(line, name, "this is empty.") for name, cell in cells.items() if not cell.strip()]
