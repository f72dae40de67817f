"""A table as it was read, whatever kind of file it came in."""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_ROWS = 250_000
SAVE_AGAIN = "Open it in your spreadsheet program and save it again as “CSV UTF-8”."

Row = tuple[int, list[str]]  # line as the spreadsheet shows it, cells


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` can be walked through once; blank rows are left out. Raises BadFile on the way, too."""

    header: tuple[str, ...]
    header_line: int
    length: int  # about how many rows follow: for a progress bar
    rows: Iterable[Row]
