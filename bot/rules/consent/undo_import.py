"""What was built on an import of the roll, and who may undo the import. Policy §4.2."""

import enum
from collections.abc import Collection
from typing import NamedTuple

from bot.rules.consent.form import DECIDERS, RECORDERS
from bot.rules.people import Person
from bot.rules.school import Role


class Built(enum.StrEnum):
    """What was done later about a child of an import. It stays as it is. A look-up is none of these."""

    DECIDED = "decided"  # something was decided on the same matter
    RULED = "ruled"  # by the headteacher
    FLAG = "flag"
    LEFT = "left"  # somebody confirmed that the child has left
    FILE = "file"  # a newer file says something else, or about a new child anything
    NAMED = "named"  # something else in Lanyard speaks of a child who was new


class Later(NamedTuple):
    """One thing that was built on an import, and about whom."""

    pupil_id: int
    built: Built


class Barred(enum.StrEnum):
    """Why somebody may not undo an import."""

    OFFICE = "Only the school office and the headteacher undo an import."
    FLAG = "This import raised the “never photograph” flag. Only the headteacher or the deputy headteacher can undo it."
    RULING = "The headteacher has decided on something in this import. Only the headteacher can undo it."


def barred(person: Person, later: Collection[Later], *, flags: int) -> Barred | None:
    """Return why somebody may not undo an import; None: they may. `flags`: how many it raised that still count."""
    if person.holds(Role.HEADTEACHER):
        return None
    if any(each.built is Built.RULED for each in later):
        return Barred.RULING
    if flags:
        return None if person.holds(*DECIDERS) else Barred.FLAG
    return None if person.holds(*RECORDERS) else Barred.OFFICE
