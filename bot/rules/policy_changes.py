"""What is different between two versions of the policy, clause by clause (§10.3)."""

import enum
import re
from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.rules.policy import Clause, Policy

ALIKE = 60.0  # of a hundred: a clause that says so much of what another said is that one, changed


class Kind(enum.StrEnum):
    """What has become of a clause."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"  # word for word the same, with another number


@dataclass(frozen=True, slots=True)
class Change:
    """One clause that is not what it was. `number` and `text` are "" where it is gone, `was_…` where it is new."""

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
    heading: str
    plain: str
    partner: "_Piece | None" = None


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


def _pieces(policy: Policy) -> list[_Piece]:
    return [
        _Piece(clause, section.heading, re.sub(r"\s+", " ", clause.whole.translate(_QUOTES)).strip())
        for section, clause in policy.clauses()
    ]


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
        if not piece.partner and was and not was.partner and fuzz.token_sort_ratio(was.plain, piece.plain) >= ALIKE:
            _pair(was, piece)


def _pair_alike(before: list[_Piece], after: list[_Piece]) -> None:
    for piece in after:
        left = [was for was in before if not was.partner]
        if piece.partner or not left:
            continue
        texts = [was.plain for was in left]
        best = process.extractOne(piece.plain, texts, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if best:
            _pair(left[best[2]], piece)


def _pair(was: _Piece, piece: _Piece) -> None:
    piece.partner, was.partner = was, piece
