"""Whether a new account is somebody who was here before. Slack's ids and addresses alone do not tell.

An account that is deleted and made anew has a new id. A person who comes back that way keeps what was theirs, every
bar included; a person who follows somebody at office@ keeps nothing. Decision 0020.
"""

import enum
from collections.abc import Iterable
from itertools import combinations

from bot.rules.names.folding import words
from bot.rules.people import Person, Standing

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


NAMELESS = "Member of staff"  # what an account is called that shows no name


class Doubt(enum.StrEnum):
    """Why the office is asked whether two are one person."""

    ADDRESS = "address"  # a new account uses the address of somebody who was here before
    NAME = "name"  # both are here, and have the same name


class Answer(enum.Enum):
    """What the office says of whoever uses an address now."""

    SAME = "the same person"
    OTHER = "somebody else"


NOWHERE = "@no-address.invalid"  # of an account whose address Slack keeps to itself, or that has none any more


def nowhere(why: str, number: object) -> str:
    """Return an address for a row that has none: each has to have its own."""
    return f"{why}.{number}{NOWHERE}".lower()


def is_nowhere(address: str) -> bool:
    """Return whether an address was made up here."""
    return address.endswith(NOWHERE)


def name_of(written: str) -> frozenset[str]:
    """Return a name to compare by: "Teacher, Ann" and "Mrs Ann Teacher" are one."""
    return frozenset(words(written)) - TITLES


def is_personal(address: str, name: str) -> bool:
    """Return whether an address is this human's own: their name stands in it, and it passes on to nobody else.

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
    """Return whether a new account at somebody's address is surely theirs; where not, the office is asked.

    The address is their own, and the account's name is theirs, a middle name or a title more or less.
    """
    known, shown = name_of(known_as), name_of(shown_as)
    agree = known == shown or (len(known & shown) > 1 and (known <= shown or shown <= known))
    return bool(known) and agree and is_personal(address, known_as)


def namesakes(everybody: Iterable[Person]) -> list[tuple[Person, Person]]:
    """Return who has the same name as somebody who was here before them: (the newer, the earlier), each pair once.

    Two accounts of one person, perhaps, or an account and the line of the staff list that is theirs. Two lines without
    an account are two people: the school says so.
    """
    by_name: dict[frozenset[str], list[Person]] = {}
    for each in sorted(everybody, key=lambda each: each.person_id):
        if each.standing is Standing.STAFF and each.name != NAMELESS and (name := name_of(each.name)):
            by_name.setdefault(name, []).append(each)
    pairs = (pair for alike in by_name.values() for pair in combinations(alike, 2))
    return [(newer, earlier) for earlier, newer in pairs if newer.account or earlier.account]


def may_be_same(known_as: str, listed_as: str) -> bool:
    """Return whether somebody on the staff list may be the colleague whose account has that address now.

    Without a name in common, the address has passed on between two people.
    """
    return bool(name_of(known_as) & name_of(listed_as))
