"""The school's policy as numbered clauses. Values only; `bot/reading/policy` makes them from a document."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LABEL = 40
WIDEST_GAP = 50  # [K] numbers left out in a row
LABEL = re.compile(r"[\w][\w .,:/()-]*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `number`: as printed, "4.7"; "" in the statement before section 1. `heading`: the one above it."""

    number: str
    text: str
    bullets: tuple[str, ...] = ()
    heading: str = ""

    @property
    def whole(self) -> str:
        """Return everything that it says, a line each."""
        return "\n".join([self.text, *(f"• {bullet}" for bullet in self.bullets)]).strip()


@dataclass(frozen=True, slots=True)
class Section:
    """One section: "4", "Data protection principles". Without a number it is a statement before section 1."""

    number: str
    heading: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole document, in its order.

    `left_out`: how many lines of cover, contents and appendices are not clauses. `doubts`: what somebody should look
    at: lines that look numbered and do not fit in.
    """

    sections: tuple[Section, ...]
    left_out: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def numbered(self) -> tuple[Section, ...]:
        """Return the sections with a number."""
        return tuple(section for section in self.sections if section.number)

    def clauses(self) -> Iterator[tuple[Section, Clause]]:
        """Walk through every clause, with its section."""
        for section in self.sections:
            for clause in section.clauses:
                yield section, clause

    def clause_count(self) -> int:
        """Return how many numbered clauses there are."""
        return sum(bool(clause.number) for _, clause in self.clauses())

    def twice(self) -> tuple[str, ...]:
        """Return the numbers that several clauses share."""
        counted = Counter(clause.number for _, clause in self.clauses() if clause.number)
        return tuple(number for number, count in counted.items() if count > 1)

    def missing(self) -> tuple[str, ...]:
        """Return the numbers that a reader would expect and does not find: 4.6 between 4.5 and 4.7, and section 3.

        After a leap of more than `WIDEST_GAP` nobody expects the numbers between.
        """
        present = {key(clause.number) for _, clause in self.clauses() if clause.number}
        present |= {key(section.number) for section in self.numbered}
        present |= {known[:depth] for known in set(present) for depth in range(1, len(known))}
        reached: dict[tuple[int, ...], int] = {}
        expected: list[tuple[int, ...]] = []
        for *above, last in sorted(present):
            before, number = reached.get(tuple(above), 0), last // _LETTERS
            reached[tuple(above)] = number
            if number - before <= WIDEST_GAP:
                expected += ((*above, each * _LETTERS) for each in range(before + 1, number))
        lettered = {(*above, last // _LETTERS * _LETTERS) for *above, last in present}
        return tuple(map(_written, sorted(set(expected) - present - lettered)))


_LETTERS = 100  # 7 is 700 and 7a is 701, so that 7a lies between 7 and 8


def key(number: str) -> tuple[int, ...]:
    """Return a number by which clauses can be ordered: "4.10" comes after "4.9", "4.7a" after "4.7"."""
    found = (re.fullmatch(r"(\d+)([a-z]?)", part) for part in number.lower().split("."))
    return tuple(int(part[1]) * _LETTERS + (ord(part[2]) - ord("a") + 1 if part[2] else 0) for part in found if part)


def _written(parts: tuple[int, ...]) -> str:
    return ".".join(str(part // _LETTERS) for part in parts)
