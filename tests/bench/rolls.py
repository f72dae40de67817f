"""Target 3: importing a very long roll beside the same rows by `executemany`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import imports_workload as workload
from tests.bench.places import new_url, postgres_server, remove, tell, temporary_folder
from tests.bench.table import Row, Section, seconds, timed

TITLE = "Importing a roll"
HOW = (
    "A CSV of 24 columns with every decision filled in, into an empty school: read, checked, compared, written, "
    "committed. Floor: the same pupils, placements and decisions by the driver's own `executemany` into the same "
    "tables, in one transaction; on PostgreSQL, where that takes minutes, for a fifth of the pupils, times five. "
    "One run of each."
)
MOST = 10  # times the floor


def measure(pupils: int) -> Section:
    """Return the rows of target 3."""
    with temporary_folder() as folder, postgres_server(folder) as server:
        rows = [
            *_of(folder, None, "SQLite", pupils, part=1),
            *_of(folder, server, "PostgreSQL", pupils, part=5),
        ]
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, pupils: int, *, part: int) -> Iterator[Row]:
    """`part`: the floor is measured with this part of the pupils; it grows with them."""
    raw_database, raw_school = workload.set_up(new_url(folder, server))
    raw = workload.time_raw(raw_database, raw_school, pupils // part) * part
    remove(raw_database, server)
    database, school = workload.set_up(new_url(folder, server))
    content = workload.make_roll(pupils, school)
    tell(f"{kind}: raw {seconds(raw)}, importing {len(content) / 1e6:.0f} MB")
    first = workload.time_import(database, school, content)
    again = workload.time_import(database, school, content)
    remove(database, server)
    yield timed(f"{kind}: {pupils:,} pupils, first import", [first], [raw], most=MOST)
    yield timed(f"{kind}: the same file once more, nothing to change", [again], [raw])
