"""What speaks for and against a row being about a pupil on record: nobody is recognised by one cell alone.

Four facts tell one child from another. Each is *shared* by a row and a pupil, or is *another*, or is missing on one
side and then says nothing. `is_enough` is the table of what is taken for one child; `outweighs` tells when a row is at
least as much somebody else's. A column that was sorted by itself, or a cell pasted into the wrong line, must never
move the history of one child to another.
"""

import enum
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from bot.reading.roll import upn as upns
from bot.reading.roll.rows import Name, PupilRow, Recorded, admission_key, legal_name, names_of, same_name


class Fact(enum.Enum):
    """What tells one child from another, in the words of a message."""

    UPN = "UPN"
    NAME = "name"
    BIRTHDAY = "date of birth"
    NUMBER = "admission number"


_PERSON = frozenset({Fact.NAME, Fact.BIRTHDAY})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which facts a row and a pupil share, and which differ. What is missing on either side is in neither."""

    shared: frozenset[Fact]
    other: frozenset[Fact]


def _evidence(*same: bool | None) -> Evidence:
    judged = dict(zip(Fact, same, strict=True))
    shared = frozenset(fact for fact, is_same in judged.items() if is_same)
    return Evidence(shared, frozenset(fact for fact, is_same in judged.items() if is_same is False))


# Whether each fact is shared, in the order of Fact, None where it is missing → the evidence: made once, asked per row.
EVERY = {same: _evidence(*same) for same in itertools.product((True, False, None), repeat=len(Fact))}


def weigh(row: PupilRow, pupil: Recorded) -> Evidence:
    """Compare a row with a pupil, fact by fact."""
    return EVERY[_same_upn(row, pupil), _same_name(row, pupil), _same_birthday(row, pupil), _same_number(row, pupil)]


def is_enough(evidence: Evidence) -> bool:
    """Return whether a row may be taken for this pupil's. Never where name and birthday both differ.

    | shared            | and                                           | such as                          |
    |-------------------|-----------------------------------------------|----------------------------------|
    | UPN               | one more shared, or no more than one other    | renamed, or a birthday corrected |
    | admission number  | one more shared, and fewer others than shared | renamed, or a UPN corrected      |
    | name and birthday | no other UPN                                  | new admission numbers            |
    """
    shared, other = evidence.shared, evidence.other
    if other >= _PERSON:
        return False
    if Fact.UPN in shared:
        return len(shared) > 1 or len(other) < 2
    if Fact.NUMBER in shared:
        return len(shared) > max(1, len(other))
    return shared >= _PERSON and Fact.UPN not in other


def outweighs(rival: Evidence, evidence: Evidence) -> bool:
    """Return whether a row is at least as much a rival's as the pupil's to whom it would go.

    What both of them share with the row, such as the birthday of twins, tells nothing.
    """
    theirs = rival.shared & evidence.other
    return bool(theirs) and len(theirs) >= len(evidence.shared - rival.shared)


def _same_upn(row: PupilRow, pupil: Recorded) -> bool | None:
    if row.upn and row.upn == pupil.upn:
        return True
    # A temporary number is given up for the child's own.
    return None if not row.upn or not pupil.upn or upns.is_temporary(pupil.upn) else False


def _same_number(row: PupilRow, pupil: Recorded) -> bool | None:
    if not row.admission_number or not pupil.admission_number:
        return None
    return admission_key(row.admission_number) == admission_key(pupil.admission_number)


def _same_name(row: PupilRow, pupil: Recorded) -> bool:
    """Return whether one's legal name is a name of the other: some systems give the preferred name alone."""
    if (row.legal_forename, row.legal_surname) == (pupil.legal_forename, pupil.legal_surname):
        return True
    return _is_among(legal_name(row), names_of(pupil)) or _is_among(legal_name(pupil), names_of(row))


def _is_among(name: Name, names: Iterable[Name]) -> bool:
    return any(same_name(name[0], forename) and same_name(name[1], surname) for forename, surname in names)


def _same_birthday(row: PupilRow, pupil: Recorded) -> bool | None:
    return None if not row.born_on or not pupil.born_on else row.born_on == pupil.born_on
