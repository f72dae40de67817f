"""Which clauses of the policy that Lanyard was written for a school's own policy has, and where.

A school may number its policy in another way, or have a clause of its own under a number of ours. So a clause is known
by what it speaks of, and never by its number alone.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from bot.rules.policy.clauses import Clause, Policy

_PUPIL, _PARENT, _STAFF = "pupil|child|student", "parent|carer|guardian", "staff|teacher|employee"
_AGREED, _PICTURE = "consent|permission", "image|photo|picture|video|film"
_UNSUITABLE, _SAFETY, _WIFI = "inappropriate|unsuitable", r"e-?safety|online safety|safe online", r"wi-?fi|wireless"

MOST_ALIKE = 5  # clauses of one number that are looked at: so many are quoted
MOST_LETTERS = 4_000  # of a clause that are looked at

# The number of a clause of ours → beginnings of words, of which each line has to be met in the clause or its heading.
SPEAKS: Mapping[str, tuple[str, ...]] = {
    "1.1": ("data protection|gdpr",),
    "2.1": ("head ?teacher|principal", "policy", "aware|known|responsib"),
    "2.2": (_STAFF, "training"),
    "2.3": (_PARENT, "meeting|session|training|workshop"),
    "2.4": (_PUPIL, _SAFETY),
    "4.1": (_AGREED, _PARENT),
    "4.2": (_AGREED, "record|list|register"),
    "4.3": (_AGREED, "withdraw|amend|change"),
    "4.4": (f"{_AGREED}|agree", "uses?|publi"),
    "4.5": ("withdraw", f"use|process|{_PICTURE}"),
    "4.6": (f"post|{_PICTURE}", "remov|delet|take down|taken down|come down"),
    "4.7": (_AGREED, f"{_PICTURE}|{_PUPIL}"),
    "4.8": ("phone|device", _PICTURE, "personal|own|school"),
    "4.9": (_AGREED, "blur|crop|pseudonym|edge"),
    "4.10": (_PUPIL, "personal (?:details?|information|data)"),
    "4.11": (r"names?\b", _PICTURE),
    "4.12": (_PICTURE, "dress|cloth|swim"),
    "4.13": ("post", "record|consent", "before"),
    "4.14": ("breach",),
    "5.1": ("password",),
    "5.2": ("post", "positive|relevant"),
    "5.3": (_STAFF, "section 4|data protection"),
    "5.5": (_UNSUITABLE, "report"),
    "5.7": ("personal|private|own", "accounts?", f"{_AGREED}|permit|ask|approv"),
    "5.9": ("personal|private|own", "accounts?", _WIFI),
    "6.1": (_PUPIL, "social media", "not access|not use|do not"),
    "6.6": (_PUPIL, r"age\b|young|under-?age", "sign|join|regist"),
    "6.7": (_UNSUITABLE, "report"),
    "6.8": (_PUPIL, _WIFI),
    "6.9": (_PARENT, f"{_WIFI}|devices?"),
    "7.1": ("filter|block", "site|web"),
    "7.3": ("block|filter", "report"),
    "7.5": ("block|filter|unblock", "request|ask"),
    "8.9": (_SAFETY, "educat|taught|teach|curricul|lesson"),
    "9.1": (_STAFF, "risk", "training|learn"),
    "9.2": ("induction",),
    "9.3": (_STAFF, "online safety|e-?safety", "training|learn"),
    "9.4": (_PUPIL, "annual|year", "taught|educat|teach|lesson"),
    "9.6": (_PARENT, "invit", "training|session|material|resource"),
    "9.7": ("training", "refresh|incident"),
    "10.1": ("review", "committee|governor|year|annual"),
    "10.2": ("review", "next|date"),
    "10.3": ("change", "communicat|known|inform|told"),
}
_KNOWN_BY = {
    number: tuple(re.compile(rf"\b(?:{words})", re.IGNORECASE) for words in lines) for number, lines in SPEAKS.items()
}


class Correspondence:
    """Where a policy has the clauses of ours. Worked out when it is first asked."""

    def __init__(self, policy: Policy) -> None:
        self._clauses: dict[str, list[Clause]] = defaultdict(list)  # by number, which several may share
        for _, clause in policy.clauses():
            if clause.number:
                alike = self._clauses[clause.number.lower()]
                alike += [clause] if len(alike) < MOST_ALIKE else []

    @cached_property
    def same(self) -> frozenset[str]:
        """Return the numbers under which it says what ours says."""
        return frozenset(number for number in SPEAKS if self._speaks(number, number))

    @property
    def other(self) -> tuple[str, ...]:
        """Return the numbers under which it says something else than ours, or nothing."""
        return tuple(number for number in SPEAKS if number not in self.same)

    def of(self, number: str) -> frozenset[str]:
        """Return the numbers of the clauses of ours to which one of its clauses corresponds.

        Whatever stands under its own number is found there only; anything else wherever it is spoken of.
        """
        if number in self.same:
            return frozenset({number})
        return frozenset(each for each in self.other if self._speaks(number, each))

    def _speaks(self, number: str, of: str) -> bool:
        said = (f"{clause.heading}\n{clause.whole}"[:MOST_LETTERS] for clause in self._clauses.get(number, ()))
        return any(all(words.search(text) for words in _KNOWN_BY[of]) for text in said)
