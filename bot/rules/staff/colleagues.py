"""Which colleagues a typed name may mean: whoever typed it is asked, and nothing is guessed. KCSIE part four.

Better one too many than one too few: to ask about the wrong colleague costs a press; to miss the right one might tell
them of a report about themselves.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.rules.names.folding import fold
from bot.rules.names.index import Index, Named
from bot.rules.people import Person
from bot.rules.school import Role

MOST = 10  # who is asked about at once

# The words by which people name an office instead of a person.
_OFFICES: Mapping[str, Role] = {
    "head": Role.HEADTEACHER,
    "headteacher": Role.HEADTEACHER,
    "headmaster": Role.HEADTEACHER,
    "headmistress": Role.HEADTEACHER,
    "principal": Role.HEADTEACHER,
    "chair": Role.CHAIR_OF_GOVERNORS,
    "chairman": Role.CHAIR_OF_GOVERNORS,
    "chairperson": Role.CHAIR_OF_GOVERNORS,
    "chairwoman": Role.CHAIR_OF_GOVERNORS,
    "deputy": Role.DEPUTY_HEADTEACHER,
    "coordinator": Role.E_SAFETY_COORDINATOR,
}
_TITLES = frozenset("mr mrs ms miss mx dr sir madam prof professor rev revd father sister".split())  # noqa: SIM905
# What stands beside a name in a sentence, and is nobody's.
_OTHERS = frozenset(
    (  # noqa: SIM905 - a text is easier to read
        "a an the of in on at by for from to with and or not no is was it its he she they his her their who this that "
        "another other some someone somebody one our my your parent parents mother father mum dad carer guardian child "
        "pupil boy girl student teacher assistant staff member school class year relation related friend visitor"
    ).split()
)


def might_be(written: str, people: Iterable[Person]) -> list[Person]:
    """Return the colleagues whom what was written may mean, the likeliest first; misspelt, by initials or by office."""
    staff = {each.person_id: each for each in people}
    written = re.sub(r"(?i)\bco-ordinator\b", "coordinator", written)
    known = {word for each in staff.values() for word in fold(each.name).split()}
    said = [word for word in fold(re.sub(r"[^\w'’-]+", " ", written)).split() if word in known or word not in _OTHERS]
    offices = {_OFFICES[word] for word in said if word in _OFFICES}
    names = [word for word in said if word not in _TITLES and word not in _OFFICES]
    found = [*_named(names, staff), *(each.person_id for each in staff.values() if each.holds(*offices))]
    return [staff[person_id] for person_id in dict.fromkeys(found)][:MOST]


def _named(names: Sequence[str], staff: Mapping[int, Person]) -> Iterator[int]:
    if not names:
        return
    whole = Index(_as_named(each, surname_only=False) for each in staff.values())
    surnames = Index(_as_named(each, surname_only=True) for each in staff.values())
    for looked_for in (whole.find(" ".join(names)), whole.find(" ".join(reversed(names)))):
        yield from (*looked_for.exact, *looked_for.near)
    for word in (word for word in names if len(word) > 1):
        found = surnames.find(word)
        yield from (*found.exact, *found.near)
        if len(names) == 1:
            found = whole.find(word)
            yield from (*found.exact, *found.near)
    yield from _by_initials(names, staff.values())


def _by_initials(names: Sequence[str], staff: Iterable[Person]) -> Iterator[int]:
    """Yield whose initials these are, "H. R." or "HR", or whose surname begins so: "Mrs R"."""
    letters = "".join(names)
    if len(letters) == 1:  # "Mrs R"
        yield from (
            each.person_id
            for each in staff
            if fold(each.name).split()[-1:][0:1] and fold(each.name).split()[-1][0] == letters
        )
    if len(letters) <= 3 and (len(names) == 1 or all(len(name) == 1 for name in names)):
        for each in staff:
            initials = "".join(part[0] for part in fold(each.name).split())
            if letters in {initials, initials[-1:]}:
                yield each.person_id


def _as_named(person: Person, *, surname_only: bool) -> Named:
    first, _, last = " ".join(person.name.split()).rpartition(" ")
    forename = "" if surname_only else first
    return Named(person.person_id, forename, last, forename, last, (), "", on_roll=True)
