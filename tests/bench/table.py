"""The rows of the benchmark table, and how they are written."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

HEADINGS = ("what", "measured", "floor", "ratio", "target", "met")
FOR_INFORMATION = "–"


@dataclass(frozen=True)
class Row:
    """One line of the table; every cell is already text."""

    what: str
    measured: str
    floor: str = FOR_INFORMATION
    ratio: str = FOR_INFORMATION
    target: str = FOR_INFORMATION
    met: str = FOR_INFORMATION

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of HEADINGS."""
        return self.what, self.measured, self.floor, self.ratio, self.target, self.met


@dataclass(frozen=True)
class Section:
    """One target of the issue: a title, what was done, and the rows."""

    title: str
    how: str
    rows: tuple[Row, ...]


def timed(what: str, measured: Sequence[float], floor: Sequence[float], *, most: float | None = None) -> Row:
    """Compare two series of seconds by their medians. `most`: the target, as a multiple of the floor."""
    middle, least = statistics.median(measured), statistics.median(floor)
    ratio = middle / least
    target = FOR_INFORMATION if most is None else f"≤ {_multiple(most)}"
    return Row(what, seconds(middle), seconds(least), f"{ratio:.2f}", target, _met(ratio, most))


def sized(what: str, measured: float, floor: float, *, most: float | None = None) -> Row:
    """Compare two sizes in megabytes. `most`: the target, in megabytes."""
    target = FOR_INFORMATION if most is None else f"≤ {most:.0f} MB"
    return Row(what, f"{measured:.0f} MB", f"{floor:.0f} MB", f"{measured / floor:.2f}", target, _met(measured, most))


def counted(what: str, measured: float, unit: str, *, least: float | None = None, most: float | None = None) -> Row:
    """Give a share or a number that has no floor. `least`, `most`: the target, in the same unit."""
    wanted = [
        f"{sign} {bound:g}{unit}" if bound else "none"
        for sign, bound in (("≥", least), ("≤", most))
        if bound is not None
    ]
    met = _met(measured, most) if least is None else _met(least, measured)
    return Row(what, f"{measured:.4g}{unit}", target=" ".join(wanted) or FOR_INFORMATION, met=met)


def seconds(taken: float) -> str:
    """Write a time in the unit in which it is easiest to read."""
    if taken < 0.001:
        return f"{taken * 1e6:.0f} µs"
    return f"{taken * 1e3:.2f} ms" if taken < 0.1 else f"{taken * 1e3:.0f} ms" if taken < 1 else f"{taken:.1f} s"


def _multiple(most: float) -> str:
    return f"1/{1 / most:.0f}" if most < 1 else f"{most:g} ×"


def _met(measured: float, most: float | None) -> str:
    if most is None:
        return FOR_INFORMATION
    return "yes" if measured <= most else "**missed**"


def hardware() -> str:
    """Say on what it was measured, without naming the machine."""
    cores = len(os.sched_getaffinity(0))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{cores} shared cores ({platform.machine()}), {python}, {platform.system()}"


def plain(sections: Sequence[Section]) -> str:
    """Write one table for the terminal."""
    rows = [row.cells() for section in sections for row in section.rows]
    widths = [max(len(cell) for cell in column) for column in zip(HEADINGS, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()

    return "\n".join([line(HEADINGS), line(["─" * width for width in widths]), *map(line, rows)]).replace("**", "")


def markdown(sections: Sequence[Section], *, taken: float) -> str:
    """Write docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`python -m tests.bench --write`); edit `tests/bench/`, not this file.",
        "Every floor is measured in the same run, in turns with its subject, so that noise hits both: read the ratios.",
        "",
        f"{hardware()}; {datetime.now(UTC):%d %B %Y}; the whole run took {taken / 60:.0f} minutes. Times are medians.",
    ]
    for section in sections:
        lines += ["", f"## {section.title}", section.how, "", _row(HEADINGS), "|---|--:|--:|--:|--:|---|"]
        lines += [_row(row.cells()) for row in section.rows]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
