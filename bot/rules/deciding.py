"""Who decides: the order in which people are asked, and what counts as a signature. Policy §7.5, KCSIE.

Nobody decides on their own request, and nobody learns of a report that speaks of them.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice

from bot.errors import BadInput
from bot.rules.forms import Wrong, read_reasons
from bot.rules.names.folding import fold
from bot.rules.people import Person
from bot.rules.school import Role

# [K] In school days; for the headteacher to confirm.
REMIND_AFTER = timedelta(days=2)
NEXT_AFTER = timedelta(days=4)
# [K] Of what is urgent: if nobody says “I have it” for this long, the next in line is asked too.
URGENT_AFTER = timedelta(minutes=15)  # in the school's working hours
URGENT_AFTER_OUTSIDE = timedelta(minutes=30)


def people_of(line: Iterable[Role], people: Iterable[Person], barred: Collection[int]) -> Iterator[tuple[Person, ...]]:
    """Yield the people of each role of a line, in order, without the barred, those met earlier and those not here."""
    staff = [person for person in people if person.is_here and person.person_id not in barred]
    met: set[int] = set()
    for role in line:
        group = tuple([person for person in staff if role in person.roles and person.person_id not in met])
        met |= {person.person_id for person in group}
        if group:
            yield group


def asked(line: Iterable[tuple[Person, ...]], away: Collection[int], groups: int = 1) -> tuple[Person, ...]:
    """Return the first people of a line, until `groups` groups have somebody who is not away, or the line ends.

    Where everybody is away it is the first `groups` groups all the same: they are told when they are back.
    """
    if not away:
        return tuple(person for group in islice(line, groups) for person in group)
    met: list[tuple[Person, ...]] = []
    here = 0
    for group in line:
        met.append(group)
        here += any(person.person_id not in away for person in group)
        if here == groups:
            break
    return tuple(person for group in (met if here else met[:groups]) for person in group)


def read_signature(written: str, person: Person) -> str:
    """Return a signature: the signer's own name, typed. Raises BadInput for the field "signature"."""
    if fold(written) != fold(person.name):
        message = f"Type your own name as Lanyard knows it: {person.name}"
        raise BadInput("The signature is not your name.", fields={"signature": message})
    return " ".join(written.split())


def read_decision(reasons: str, signature: str, person: Person) -> tuple[str, str]:
    """Return (reasons, signature); reasons are needed for a No and for a Yes. Raises BadInput for each field."""
    form = Wrong({"reasons": reasons, "signature": signature})
    why = form.of("reasons", read_reasons, "")
    signed = form.of("signature", lambda written: read_signature(written, person), "")
    form.raise_if_any()
    return why, signed
