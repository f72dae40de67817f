"""What was found, a line for each thing, and how a command is written that mends it."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.rules.school import School


class Mark(enum.StrEnum):
    """How a line begins."""

    FINE = "✓"
    TO_KNOW = "·"  # it works, and could be better
    WRONG = "✗"  # people need it, and it is not there


@dataclass
class Findings:
    """Lines in the order in which they were found. `prefix`: of which school they are, "" where that is clear."""

    lines: list[tuple[Mark, str]] = field(default_factory=list)
    prefix: str = ""
    option: str = ""  # of a command that is about one of several schools

    def of(self, school: School, *, of_several: bool) -> "Findings":
        """Return where to note what is found of one school: where there are several, each line names it."""
        if not of_several:
            return Findings(self.lines)
        return Findings(self.lines, f"{school.name}: ", f" --school {school.workspace}")

    def fine(self, words: str) -> None:
        """Note what is as it should be."""
        self._add(Mark.FINE, words)

    def know(self, words: str) -> None:
        """Note what works and could be better."""
        self._add(Mark.TO_KNOW, words)

    def wrong(self, words: str) -> None:
        """Note what people need and what is missing."""
        self._add(Mark.WRONG, words)

    def to_run(self, command: str) -> str:
        """Return what to run: "Run: python -m bot import-roll roll.csv --apply"."""
        return f"Run: python -m bot {command}{self.option}"

    @property
    def wanting(self) -> int:
        """Return how many things are missing."""
        return sum(mark is Mark.WRONG for mark, _ in self.lines)

    def _add(self, mark: Mark, words: str) -> None:
        self.lines.append((mark, f"{self.prefix}{words}"))


SET_UP = "Run: python -m bot setup school.toml"
SET_ROLES = f"{SET_UP} --apply-roles"


def listed(names: Iterable[object], most: int = 20) -> str:
    """Return names as a list in words: "A, B and C", "A, B and 18 more"."""
    all_names = list(map(str, names))
    shown = all_names[:most] + ([f"{len(all_names) - most} more"] if len(all_names) > most else [])
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1] if shown else "")))
