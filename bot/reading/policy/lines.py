"""Which lines of a document are sections and clauses, and which belong to the one before.

A number at the start of a line may be a clause, an entry of the contents, an item of a list or the middle of a
sentence ("… in line with section / 4.5 …"). The real ones are the longest run of numbers that rise through the whole
document: whatever does not fit into it is text.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rules.policy.clauses import Clause, Policy, Section, key


@dataclass(slots=True)
class Line:
    """One line as a reader sees it, an automatic number included."""

    text: str
    starts: bool = False  # begins a paragraph, as far as space and marks around it tell
    is_heading: bool = False  # looks like one: bold, larger, or by its style
    is_numbered: bool = False  # its number is the word processor's own, and no part of a sentence


LONGEST_HEADING = 100  # letters
PROSE = 60  # letters: what is longer and ends like a sentence is no heading
MOST_DOUBTS = 20

_CLAUSE = re.compile(
    r"(?:[-*•●▪–]\s+)?(?:§\s?|[Cc]lause\s+)?(\d{1,2}(?:\.\d{1,3}){1,3}[a-z]?)"
    r"""(?:[.):](?=\s|$|[A-Z“"‘'])|(?=\s|$))\s*[–—-]?\s*(.*)"""
)
_SECTION = re.compile(r"(?:[-*•]\s+)?(?:[Ss]ection\s+|SECTION\s+|§\s?)?(\d{1,2})(?:\.0)?\s*[.):]?\s+[–—-]?\s*(\S.*)")
_BULLET = re.compile(
    r"(?:[-*•●○▪■◦–—·‣⁃\uf0b7\uf0a7\uf02d]\s*(?=\S)|o\s+(?=[A-Z])|\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\)\s+|"
    r"(?:[a-z]|[ivx]{2,4})\.\s+)(.*)"
)
_LEADERS = re.compile(r"\.{3}|…|(?:\s\.){3}|\t")  # before the page, in an entry of the contents
_PAGES = 3  # digits of a page's number
_PARTED = re.compile(r"\w-$")  # a word that goes on in the next line
_SENTENCE_ENDS = (".", "!", "?", ":", ";")

Key = tuple[int, ...]


@dataclass(slots=True)
class _Candidate:
    """A line that begins with a number."""

    at: int
    number: str
    key: Key
    rest: str
    is_strong: bool  # it begins a paragraph: hardly the middle of a sentence

    @property
    def is_section(self) -> bool:
        return len(self.key) == 1


def structure(lines: Sequence[Line]) -> Policy:
    """Make sections and clauses of a document's lines. Without any numbered clause there are no numbered sections."""
    lines = [line for line in lines if line.text.strip() and not _is_contents_entry(line.text.strip())]
    found = _candidates(lines)
    numbers = _rising(found)
    numbers = _without_stray_sections(_without_references(numbers), lines)
    doubts: list[str] = []
    numbers = _with_odd_ones(numbers, found, doubts)
    if not any(not each.is_section for each in numbers):
        return Policy((), left_out=len(lines))
    return _Walk(lines, numbers).walk(tuple(doubts[:MOST_DOUBTS]))


def _is_contents_entry(text: str) -> bool:
    words = text.rstrip("0123456789")
    if not 0 < len(text) - len(words) <= _PAGES:
        return False
    ends = len(words)
    while ends and (words[ends - 1] in ".…" or words[ends - 1].isspace()):
        ends -= 1
    return bool(_LEADERS.search(words, ends))


# ── which numbers are real ─────────────────────────────────────────────────────────────────────────────────────────


def _candidates(lines: Sequence[Line]) -> list[_Candidate]:
    found = []
    for at, line in enumerate(lines):
        text = line.text.strip()
        strong = line.starts or line.is_heading or line.is_numbered or not at or _ended(lines[at - 1])
        clause = _CLAUSE.fullmatch(text)
        section = None if clause and not re.match(r"\D*\d+\.0\b", text) else _SECTION.fullmatch(text)
        if section and is_heading(section[2]):
            found.append(_Candidate(at, section[1], key(section[1]), section[2], strong))
        elif clause and not section:
            found.append(_Candidate(at, clause[1], key(clause[1]), clause[2], strong))
    return found


def _rising(found: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the longest run of rising numbers; of the same number the last, for the contents come first."""
    tails: list[_Candidate] = []
    before: dict[int, _Candidate] = {}
    for each in found:
        place = bisect_left(tails, each.key, key=lambda tail: tail.key)
        if place:
            before[each.at] = tails[place - 1]
        tails[place : place + 1] = [each]
    run: list[_Candidate] = []
    last = tails[-1] if tails else None
    while last:
        run.append(last)
        last = before.get(last.at)
    return run[::-1]


def _without_references(run: Sequence[_Candidate]) -> list[_Candidate]:
    """Leave out numbers in the middle of a sentence that do not follow upon the one before."""
    kept: list[_Candidate] = []
    for each in run:
        if each.is_strong or (kept and each.key in _followers(kept[-1].key)):
            kept.append(each)
    return kept


def _followers(last: Key) -> set[Key]:
    """Return the numbers that may come next: after 4.7 these are 4.8, 4.7a, 4.7.1 and 5."""
    return {(*last, 100), (*last[:-1], last[-1] + 1)} | {
        (*last[:depth], (last[depth] // 100 + 1) * 100) for depth in range(len(last))
    }


def _without_stray_sections(run: Sequence[_Candidate], lines: Sequence[Line]) -> list[_Candidate]:
    """Leave out "sections" without a clause of their own, unless they look and follow like the others."""
    owners = {each.key[0] for each in run if not each.is_section}
    last, kept = 0, []
    for each in run:
        number = each.key[0]
        alone = each.is_section and number not in owners
        if alone and (not each.is_strong or number != last + 100 or lines[each.at].text.rstrip().endswith(".")):
            continue
        last = number
        kept.append(each)
    return kept


def _with_odd_ones(run: list[_Candidate], found: Sequence[_Candidate], doubts: list[str]) -> list[_Candidate]:
    """Take in clauses that stand in their section with a number met before or out of order, and say so."""
    if not run:
        return run
    taken = {each.at for each in run}
    first, section = run[0].at, 0
    numbers: list[_Candidate] = []
    for each in found:
        if each.at in taken:
            section = each.key[0]
            numbers.append(each)
        elif each.at > first and each.is_strong and not each.is_section:
            belongs = each.key[0] == section
            fate = "taken as a clause" if belongs else "kept as text of the clause before"
            doubts.append(f"{each.number} is out of order: {fate}")
            numbers += [each] if belongs else []
    return numbers


# ── what belongs to which number ───────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Draft:
    """A clause that is being read."""

    number: str
    heading: str
    texts: list[list[str]]  # its own text and that of each bullet, in the pieces that they came in

    @classmethod
    def begun(cls, number: str, heading: str = "", text: str = "") -> "_Draft":
        return cls(number, heading, [[text]])

    def join(self, more: str) -> None:
        """Go on where the last line was wrapped."""
        pieces = self.texts[-1]
        if pieces[-1].endswith("\u00ad"):
            pieces[-1] = pieces[-1][:-1]
        elif not (_PARTED.search(pieces[-1][-2:]) and more[:1].isalpha()):  # “E-” and “Safety”
            pieces.append(" ")
        pieces.append(more)

    def paragraph(self, text: str) -> None:
        self.texts[-1] += ["\n", text]

    def bullet(self, text: str) -> None:
        self.texts.append([text])

    def is_empty(self) -> bool:
        return not self.texts[1:] and not any(piece.strip() for piece in self.texts[0])

    def done(self) -> Clause:
        text, *bullets = ("".join(pieces).strip() for pieces in self.texts)
        return Clause(self.number, text, tuple(bullets), self.heading)


@dataclass(slots=True)
class _Part:
    """A section that is being read."""

    number: str
    heading: str
    clauses: list[_Draft] = field(default_factory=list)

    def done(self) -> Section:
        filled = (draft for draft in self.clauses if not draft.is_empty() or "." in draft.number)
        return Section(self.number, self.heading, tuple(draft.done() for draft in filled))


class _Walk:
    """One walk through all lines, with the real numbers known."""

    def __init__(self, lines: Sequence[Line], numbers: Sequence[_Candidate]) -> None:
        self._lines, self._numbers = lines, {each.at: each for each in numbers}
        self._parts: list[_Part] = []
        self._heading = ""  # within the section
        self._pending = ""  # a line that is a heading if a clause follows, and text if none does
        self._left_out = 0

    def walk(self, doubts: tuple[str, ...]) -> Policy:
        first, last = min(self._numbers), max(self._numbers)
        self._before(first)
        for at in range(first, len(self._lines)):
            if at > last and self._may_be_heading(at):
                self._left_out += len(self._lines) - at  # appendices
                break
            self._take(at)
        self._settle()
        sections = tuple(part.done() for part in self._parts)
        return Policy(tuple(each for each in sections if each.clauses), self._left_out, doubts)

    def _before(self, first: int) -> None:
        """Keep a statement that stands before section 1; leave out the cover and the contents."""
        lines = self._lines[:first]
        contents = [
            at for at, line in enumerate(lines) if re.fullmatch(r"(?i)(table of )?contents:?", line.text.strip())
        ]
        heading, part = "", None
        for at in range(contents[-1] + 1 if contents else 0, first):
            text, bullet = lines[at].text.strip(), _BULLET.fullmatch(lines[at].text.strip())
            if part and bullet:
                part.clauses[-1].bullet(bullet[1])
            elif part and not lines[at].starts and not lines[at].is_heading:
                part.clauses[-1].join(text)
            elif contents and len(text) >= PROSE and not bullet:
                if part and part.heading == heading:
                    part.clauses.append(_Draft.begun("", text=text))
                else:
                    part = _Part("", heading, [_Draft.begun("", text=text)])
                    self._parts.append(part)
            elif part and text.endswith(":"):
                part.clauses.append(_Draft.begun("", text=text))
            else:
                heading, part = text, None
                self._left_out += 1
        self._left_out += contents[-1] + 1 if contents else 0

    def _take(self, at: int) -> None:
        number, text = self._numbers.get(at), self._lines[at].text.strip()
        if number and number.is_section:
            self._settle()
            self._heading = ""
            self._parts.append(_Part(number.number, number.rest))
        elif number:
            self._clause(number)
        elif bullet := _BULLET.fullmatch(text):
            self._settle()
            self._draft().bullet(bullet[1])
        elif not self._begins(at):
            self._settle()
            self._draft().join(text)
        elif self._may_be_heading(at):
            self._settle()
            self._pending = text
        else:
            self._settle()
            self._draft().paragraph(text)

    def _clause(self, number: _Candidate) -> None:
        section = number.number.split(".")[0]
        if not self._parts or self._parts[-1].number != section:
            self._parts.append(_Part(section, self._pending))
            self._heading = self._pending = ""
        self._heading, self._pending = self._pending or self._heading, ""
        self._parts[-1].clauses.append(_Draft.begun(number.number, self._heading, number.rest))

    def _settle(self) -> None:
        """What could have been a heading was none: no clause followed."""
        if self._pending:
            text, self._pending = self._pending, ""
            self._draft().paragraph(text)

    def _draft(self) -> _Draft:
        part = self._parts[-1]
        if not part.clauses:
            part.clauses.append(_Draft.begun(part.number))  # words between a section's heading and its first clause
        return part.clauses[-1]

    def _begins(self, at: int) -> bool:
        """Return whether a line is a paragraph of its own, and not the rest of a wrapped one."""
        line, before = self._lines[at], self._lines[at - 1]
        if line.is_heading != before.is_heading or before.is_heading:
            return True
        return line.starts and (_ended(before) or not line.text.strip()[:1].islower())

    def _may_be_heading(self, at: int) -> bool:
        text = self._lines[at].text.strip()
        if at in self._numbers or _BULLET.fullmatch(text) or not self._begins(at):
            return False
        return is_heading(text) and not text.endswith(_SENTENCE_ENDS)


def is_heading(text: str) -> bool:
    """Return whether words could be a heading: few, and they begin like one."""
    start = text.lstrip("“\"‘'(*_")[:1]
    ended = text.endswith((",", ";")) or (text.endswith(".") and len(text) > PROSE)
    return len(text) <= LONGEST_HEADING and bool(start) and not start.islower() and not ended


def _ended(line: Line) -> bool:
    return line.text.rstrip().rstrip("”’\"')").endswith(_SENTENCE_ENDS)
