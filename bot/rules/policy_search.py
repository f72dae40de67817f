"""What the policy says about some words: the clauses that hold them, the best first. Everything is in memory."""

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.rules.policy import Clause, Policy, Section
from bot.rules.policy_words import SYNONYMS, asked, stems

QUOTED = 5  # clauses in one answer
EXACT, SYNONYM, BEGINNING, NEARLY = 1.0, 0.7, 0.5, 0.4  # what a word in a clause is worth, by how it was met
IN_BULLETS = 0.7  # a list names much in passing
IN_HEADING = 0.5  # a clause under the heading “Blocked content” speaks of blocking, but less than one that says so
SHORTEST_BEGINNING, SHORTEST_MISSPELT = 4, 5  # letters

_NUMBER = re.compile(r"(?:§|section|clause|paragraph|para)?\s*(\d{1,2}(?:\.\d{1,3}){0,3}[a-z]?)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One clause where it stands."""

    place: int
    section: Section
    clause: Clause


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: the best clauses, how many there are in all, and whether they hold every word that was asked."""

    entries: tuple[Entry, ...] = ()
    count: int = 0
    is_whole: bool = True


@dataclass(slots=True)
class Index:
    """A policy, ready to be asked."""

    policy: Policy
    entries: tuple[Entry, ...] = field(init=False)
    _worth: dict[str, dict[int, float]] = field(init=False)  # word → clause → how much it speaks of it
    _rarity: dict[str, float] = field(init=False)
    _numbers: dict[str, list[Entry]] = field(init=False)

    def __post_init__(self) -> None:
        walk = enumerate(self.policy.clauses())
        self.entries = tuple(Entry(place, section, clause) for place, (section, clause) in walk)
        self._worth, self._numbers = {}, {}
        for entry in self.entries:
            self._add(entry)
        count = len(self.entries)
        self._rarity = {word: math.log(1 + count / len(where)) for word, where in self._worth.items()}

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

    def find(self, question: str) -> Found:
        """Return the clauses that hold the words of a question, or the clause or section of that number."""
        number = _NUMBER.fullmatch(question.strip())
        if number:
            known = self._numbers.get(number[1].lower(), [])
            exactly = [entry for entry in known if entry.clause.number == number[1].lower()] or known
            return Found(tuple(exactly[:QUOTED]), len(exactly))
        words = asked(question)
        met = [worth for word in words if (worth := self._met(word))]
        points: dict[int, float] = {}
        held: Counter[int] = Counter()
        for worth in met:
            for place, value in worth.items():
                points[place] = points.get(place, 0.0) + value
            held.update(worth.keys())
        if not points:
            return Found()
        most = max(held.values())
        best = [place for place, count in held.items() if count == most]
        best.sort(key=lambda place: (-points[place], place))
        return Found(tuple(self.entries[place] for place in best[:QUOTED]), len(best), is_whole=most == len(words))

    def _met(self, word: str) -> dict[int, float]:
        """Return clause → worth for one word, in all its forms; without any, for words that begin so or nearly so."""
        forms = {word: EXACT} | dict.fromkeys(SYNONYMS.get(word, ()), SYNONYM)
        known = {form: weight for form, weight in forms.items() if form in self._worth}
        known = known or self._like(word)
        met: dict[int, float] = {}
        for form, weight in known.items():
            value = weight * self._rarity[form]
            for place, worth in self._worth[form].items():
                if value * worth > met.get(place, 0.0):
                    met[place] = value * worth
        return met

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
