"""Who decides: the line in which it goes from one to the next, and what a signature is. Policy §7.5, KCSIE.

Nobody decides on their own request, and nobody of whom a report speaks learns of it.
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
# [K] What is urgent: so long nobody says “I have it”, and the next in line is asked too.
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
    """Return the first groups of a line, so many of them with somebody who is not away, as far as the line has these.

    Where nobody is here it is the first groups as if they were: they are told when they are back.
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
