"""What the policy says about some words: the clauses that hold them, the best first. Everything is in memory."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.rules.policy.clauses import Clause, Policy, Section
from bot.rules.policy.words import SYNONYMS, asked, stems

QUOTED = 5  # clauses in one answer
EXACT, SYNONYM, BEGINNING, NEARLY = 1.0, 0.7, 0.5, 0.4  # what a word in a clause is worth, by how it was met
IN_BULLETS = 0.7  # a list names much in passing
IN_HEADING = 0.5  # a clause under the heading “Blocked content” speaks of blocking, but less than one that says so
SHORTEST_BEGINNING, SHORTEST_MISSPELT = 4, 5  # letters
REMEMBERED = 2000  # words that somebody asked about
OF_EACH = 6_000  # bytes of memory that one clause takes: 4,300 to 7,700 measured, by how many words were asked about
LONGEST_NUMBER = 40  # letters: “paragraph 10.12”

_NUMBER = re.compile(r"(?:§|section|clause|paragraph|para)?\s*(\d{1,2}(?:\.\d{1,3}){0,3}[a-z]?)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One clause where it stands."""

    place: int
    section: Section
    clause: Clause


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: the best clauses, how many there are in all, and whether they hold every word that was asked.

    `number`: of the one clause or the section that was asked for; "" where words were. A section is there as a whole.
    """

    entries: tuple[Entry, ...] = ()
    count: int = 0
    is_whole: bool = True
    number: str = ""

    @property
    def is_section(self) -> bool:
        """Return whether it is a section, asked for by its number."""
        return bool(self.number) and all(entry.clause.number.lower() != self.number for entry in self.entries)


@dataclass(frozen=True, slots=True)
class _Met:
    """Where one word of a question is met: clause → points, and the best first."""

    points: Mapping[int, float]
    best: tuple[int, ...]


class Index:
    """A policy, ready to be asked. What a word meets is worked out once, when it is first asked."""

    def __init__(self, policy: Policy) -> None:
        walk = enumerate(policy.clauses())
        self.policy = policy
        self.entries = tuple(Entry(place, section, clause) for place, (section, clause) in walk)
        self._worth: dict[str, dict[int, float]] = {}  # word → clause → how much it speaks of it
        self._numbers: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._add(entry)
        count = len(self.entries)
        self._rarity = {word: math.log(1 + count / len(where)) for word, where in self._worth.items()}
        self._met = lru_cache(REMEMBERED)(self._meet)

    def _add(self, entry: Entry) -> None:
        section, clause = entry.section, entry.clause
        counted, listed = Counter(stems(clause.text)), Counter(stems(" ".join(clause.bullets)))
        length = math.sqrt(counted.total() + listed.total() or 1)
        said = {word: IN_HEADING for heading in (section.heading, clause.heading) for word in stems(heading)}
        for words, weight in ((listed, IN_BULLETS), (counted, 1.0)):
            # Said twice is a little more than once; a short clause speaks of its words more than a long one.
            said |= {word: weight * (1 + math.log(times)) * (1 + 2 / length) for word, times in words.items()}
        for word, worth in said.items():
            self._worth.setdefault(word, {})[entry.place] = worth
        for number in {clause.number, section.number} - {""}:
            self._numbers.setdefault(number.lower(), []).append(entry)

    @property
    def weight(self) -> int:
        """Return about how much memory it takes, in bytes."""
        return OF_EACH * len(self.entries)

    def find(self, question: str) -> Found:
        """Return the clauses that hold the words of a question, or the clause or section of that number."""
        if len(question) <= LONGEST_NUMBER and (number := _NUMBER.fullmatch(question.strip())):
            asked_for = number[1].lower()
            known = self._numbers.get(asked_for, [])
            exactly = [entry for entry in known if entry.clause.number.lower() == asked_for]
            entries = exactly[:QUOTED] or known
            return Found(tuple(entries), len(exactly or known), number=asked_for if known else "")
        words = asked(question)
        met = [found for word in words if (found := self._met(word)).points]
        if not met:
            return Found()
        if len(met) == 1:
            best: Sequence[int] = met[0].best
            count = len(met[0].points)
        else:
            places = _shared(met)
            best, count = _best(places, met), len(places)
        whole = len(met) == len(words) and all(best[0] in each.points for each in met)
        return Found(tuple(self.entries[place] for place in best), count, is_whole=whole)

    def _meet(self, word: str) -> _Met:
        """Meet one word in all its forms; without any, words that begin so or nearly so."""
        forms = {word: EXACT} | dict.fromkeys(SYNONYMS.get(word, ()), SYNONYM)
        known = {form: weight for form, weight in forms.items() if form in self._worth}
        points: dict[int, float] = {}
        for form, weight in (known or self._like(word)).items():
            value = weight * self._rarity[form]
            for place, worth in self._worth[form].items():
                points[place] = max(points.get(place, 0.0), value * worth)
        best = sorted(points, key=lambda place: (-points[place], place))[:QUOTED]
        return _Met(points, tuple(best))

    def _like(self, word: str) -> dict[str, float]:
        if len(word) >= SHORTEST_BEGINNING:
            begun = {form: BEGINNING for form in self._worth if form.startswith(word)}
            if begun:
                return begun
        if len(word) < SHORTEST_MISSPELT:
            return {}
        most = 1 if len(word) < 8 else 2
        near = process.extract(word, self._worth.keys(), scorer=OSA.distance, score_cutoff=most, limit=3)
        return {form: NEARLY for form, _, _ in near}


def _shared(met: Sequence[_Met]) -> Collection[int]:
    """Return the clauses in which the most of these words are met."""
    every = met[0].points.keys() & met[1].points.keys()
    for each in met[2:]:
        every &= each.points.keys()
    if every:
        return every
    held = Counter(place for each in met for place in each.points)
    most = max(held.values())
    return [place for place, count in held.items() if count == most]


def _best(places: Collection[int], met: Sequence[_Met]) -> list[int]:
    totals = dict.fromkeys(places, 0.0)
    for each in met:
        points = each.points
        for place in totals:
            if place in points:
                totals[place] += points[place]
    return [-place for _, place in nlargest(QUOTED, ((total, -place) for place, total in totals.items()))]
