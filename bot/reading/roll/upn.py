"""The unique pupil number: a blind number, the import's key and nothing else. It is never shown in Slack.

A letter that checks the rest, three digits of the local authority, four of the school, two of the year, three of the
child. A temporary number ends in a letter instead of its last digit. DfE, Unique pupil numbers: a guide for schools.
"""

import operator
import re
from collections.abc import Iterable

ALPHABET = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S: they look like digits
WEIGHTS = tuple(range(2, 14))  # characters 2 to 13
LENGTH = 13

_FORM = re.compile(rf"[{ALPHABET}]\d{{11}}[\d{ALPHABET}]", re.ASCII)
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)} | {str(digit): digit for digit in range(10)}


def _codes(*spans: int | tuple[int, int]) -> frozenset[str]:
    listed: list[Iterable[int]] = [(span,) if isinstance(span, int) else range(span[0], span[1] + 1) for span in spans]
    return frozenset(f"{code:03}" for codes in listed for code in codes)


# Local authorities of England and Wales, those since merged included, and the DfE's codes for other schools. [K] From
# memory of the published list: a code that is not here only warns.
AUTHORITIES = _codes(
    *((201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394), 420),
    *((660, 681), (701, 708)),
    *((800, 803), (805, 808), (810, 813), 815, 816, (820, 826), (830, 841), 845, 846, (850, 852), (855, 857)),
    *(860, 861, (865, 896), 908, 909, 916, 919, 921, 925, 926, 928, 929, 931, 933, (935, 943)),
)


def normalise(text: str) -> str:
    """Return a number as it is kept: without spaces, in capitals."""
    return "".join(text.split()).upper()


def fault(upn: str) -> str:
    """Return what is wrong with a normalised number, for the person who typed it; "" when nothing is."""
    if not _FORM.fullmatch(upn):
        if len(upn) != LENGTH:
            return f"a UPN has {LENGTH} letters and digits, this one has {len(upn)}"
        return "a UPN is a letter (never I, O or S) and 12 digits; only in a temporary one is the last a letter"
    if upn[0] != check_letter(upn):
        return "the first letter does not fit the digits: one of them may be mistyped"
    return ""


def check_letter(upn: str) -> str:
    """Return the first letter that belongs to the other twelve characters of a number of the right form."""
    return ALPHABET[sum(map(operator.mul, WEIGHTS, map(_VALUE.__getitem__, upn[1:]))) % len(ALPHABET)]


def is_temporary(upn: str) -> bool:
    """Return whether a number was given for the time being, until the child's own is known."""
    return upn[-1:].isalpha()


def authority_known(upn: str) -> bool:
    """Return whether the number names a local authority that we know of."""
    return upn[1:4] in AUTHORITIES
