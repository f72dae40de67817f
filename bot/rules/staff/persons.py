"""Whether a new account is somebody who was here before. Slack's ids and addresses alone do not say it.

An account that is deleted and made anew has a new id. Whoever comes back so keeps what was theirs, every bar included;
whoever follows somebody at office@ keeps nothing. Decision 0020.
"""

import enum

from bot.rules.names.index import words

TITLES = frozenset({"mr", "mrs", "miss", "ms", "mx", "dr", "revd", "rev"})
# Words of addresses that belong to an office, which passes on: [K] for the headteacher to confirm.
OFFICES = frozenset(
    words(
        "account accounts admin administrator bursar business caretaker chair clerk computing contact deputy dpo "
        "dsl email enquiries esafety finance gov governor governors head headteacher help hello hr ict info it "
        "kitchen lead mail manager master mistress nursery office officer online post premises principal "
        "reception safeguarding safety school secretary senco send site slt social staff supply support teacher "
        "team "
    )
)
SHORTEST = 2  # letters of a name that stands in an address


class Answer(enum.Enum):
    """What the office says of whoever uses an address now."""

    SAME = "the same person"
    OTHER = "somebody else"


NOWHERE = "@no-address.invalid"  # of an account whose address Slack keeps to itself, or that has none any more


def nowhere(why: str, number: object) -> str:
    """Return an address for a row that has none: each has to have its own."""
    return f"{why}.{number}{NOWHERE}".lower()


def is_nowhere(address: str) -> bool:
    """Tell whether an address was made up here."""
    return address.endswith(NOWHERE)


def name_of(written: str) -> frozenset[str]:
    """Return a name to compare by: "Teacher, Ann" and "Mrs Ann Teacher" are one."""
    return frozenset(words(written)) - TITLES


def is_personal(address: str, name: str) -> bool:
    """Tell whether an address is this human's own: their name stands in it, and it passes on to nobody else.

    ann@, ann.teacher@, ateacher@, annt@ are Ann Teacher's; office@, head@ and dept3@ are whoever's they are.
    """
    local = "".join(letter if letter.isalpha() else " " for letter in address.partition("@")[0])
    written = set(words(local)) - OFFICES
    parts = [word for word in words(name) if word not in TITLES]
    own = {part for part in parts if len(part) >= SHORTEST}
    if len(parts) > 1:
        first, last = parts[0], parts[-1]
        own |= {first + last, last + first, first[0] + last, first + last[0], last + first[0]}
    return bool(written & own)


def is_same(address: str, known_as: str, shown_as: str) -> bool:
    """Tell whether a new account at somebody's address is surely theirs; where not, the office is asked.

    The address is their own, and the account's name is theirs, a middle name or a title more or less.
    """
    known, shown = name_of(known_as), name_of(shown_as)
    agree = known == shown or (len(known & shown) > 1 and (known <= shown or shown <= known))
    return bool(known) and agree and is_personal(address, known_as)


def may_be_same(known_as: str, listed_as: str) -> bool:
    """Tell whether somebody on the staff list may be the colleague whose account has that address now.

    Without a name in common, the address has passed on between two people.
    """
    return bool(name_of(known_as) & name_of(listed_as))
