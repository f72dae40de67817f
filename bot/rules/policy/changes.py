"""What is different between two versions of the policy, clause by clause (§10.3)."""

import enum
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.rules.policy.clauses import Clause, Policy

COMPARED = 2_000  # letters of a clause by which it is told whether another one is alike
MOST_PAIRS = 20_000  # of clauses that are compared with each other; beyond these they are removed and added
ALIKE = 60.0  # of a hundred: a clause that says so much of what another said is that one, changed


class Kind(enum.StrEnum):
    """What has become of a clause."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"  # word for word the same, with another number
    HEADING = "heading"  # clauses that were there before stand under another heading


@dataclass(frozen=True, slots=True)
class Change:
    """One clause that is not what it was. `number` and `text` are "" where it is gone, `was_…` where it is new.

    Of a heading, `number` is the section's, or that of the first clause below it, and the texts are the headings.
    """

    kind: Kind
    number: str = ""
    text: str = ""
    was_number: str = ""
    was_text: str = ""
    heading: str = ""


@dataclass(slots=True)
class _Piece:
    """A clause with what it stands under, and what it says without what does not matter."""

    clause: Clause
    section: str  # its number
    heading: str  # the section's
    plain: str
    partner: "_Piece | None" = None

    @property
    def start(self) -> str:
        """Return what of it is compared with others."""
        return self.plain[:COMPARED]


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return what changed, in the order of the new version; what was removed stands where it used to be.

    A clause is the same where it says the same; else the most alike of those that are left, its own number first.
    """
    before, after = _pieces(old), _pieces(new)
    _pair_same(before, after)
    _pair_numbers(before, after)
    _pair_alike(before, after)
    partners = {id(piece.partner): piece for piece in after if piece.partner}
    found: list[tuple[float, Change]] = []
    places = {id(piece): place for place, piece in enumerate(after)}
    last = -1.0
    for piece in before:
        if piece_now := partners.get(id(piece)):
            last = float(places[id(piece_now)])
        else:
            gone = Change(
                Kind.REMOVED, was_number=piece.clause.number, was_text=piece.clause.whole, heading=piece.heading
            )
            found.append((last + 0.5, gone))
    found += [(float(place), change) for place, piece in enumerate(after) if (change := _change(piece))]
    found += _headings(old, new, after)
    found.sort(key=lambda each: each[0])
    return tuple(change for _, change in found)


def _change(piece: _Piece) -> Change | None:
    clause, was = piece.clause, piece.partner
    if was is None:
        return Change(Kind.ADDED, clause.number, clause.whole, heading=piece.heading)
    told = (clause.number, clause.whole, was.clause.number, was.clause.whole, piece.heading)
    if piece.plain != was.plain:
        return Change(Kind.CHANGED, *told)
    return Change(Kind.MOVED, *told) if clause.number != was.clause.number else None


def _headings(old: Policy, new: Policy, after: list[_Piece]) -> Iterator[tuple[float, Change]]:
    """Return the headings that say something new of clauses that stood under another one, each once.

    A heading that is found in both versions was not changed: its clauses were moved.
    """
    were, are = _headings_of(old), _headings_of(new)
    for place, piece in enumerate(after):
        was = piece.partner
        if was is None:
            continue
        pairs = (
            (was.heading, piece.heading, was.section, piece.section),
            (was.clause.heading, piece.clause.heading, was.clause.number, piece.clause.number),
        )
        for before, now, was_number, number in pairs:
            if _plain(before) not in are and _plain(now) not in were:
                were, are = were | {_plain(now)}, are | {_plain(before)}  # told once
                yield place - 0.25, Change(Kind.HEADING, number, now, was_number, before, heading=now)


def _headings_of(policy: Policy) -> frozenset[str]:
    both = ((section.heading, clause.heading) for section, clause in policy.clauses())
    return frozenset(_plain(heading) for headings in both for heading in headings)


def _pieces(policy: Policy) -> list[_Piece]:
    return [
        _Piece(clause, section.number, section.heading, _plain(clause.whole)) for section, clause in policy.clauses()
    ]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(_QUOTES)).strip()


_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " ", "\u00ad": ""})


def _pair_same(before: list[_Piece], after: list[_Piece]) -> None:
    alike: defaultdict[str, list[_Piece]] = defaultdict(list)
    for piece in before:
        alike[piece.plain].append(piece)
    for same_number in (True, False):
        for piece in after:
            known = [] if piece.partner else alike[piece.plain]
            for was in known:
                if not same_number or was.clause.number == piece.clause.number:
                    _pair(was, piece)
                    known.remove(was)
                    break


def _pair_numbers(before: list[_Piece], after: list[_Piece]) -> None:
    by_number = {piece.clause.number: piece for piece in before if not piece.partner}
    for piece in after:
        was = by_number.get(piece.clause.number)
        if not piece.partner and was and not was.partner and fuzz.token_sort_ratio(was.start, piece.start) >= ALIKE:
            _pair(was, piece)


def _pair_alike(before: list[_Piece], after: list[_Piece]) -> None:
    left, new = ([piece for piece in pieces if not piece.partner] for pieces in (before, after))
    if len(left) * len(new) > MOST_PAIRS:
        return
    for piece in new:
        left = [was for was in left if not was.partner]
        texts = [was.start for was in left]
        best = process.extractOne(piece.start, texts, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if best:
            _pair(left[best[2]], piece)


def _pair(was: _Piece, piece: _Piece) -> None:
    piece.partner, was.partner = was, piece
