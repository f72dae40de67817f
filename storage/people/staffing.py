"""Who works here, who is away and who is related to whom: what every gate depends on, read as one.

All of it stands under the school's settings' number, which every change of it raises
(`storage.school.staff_changed`), so that it can be kept in memory from one request to the next.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.engine import Connection

from bot.rules.people import Person, Relatives
from storage.people import absences, people, relatives
from storage.people.absences import Absence


class Staffing(NamedTuple):
    """A school's staff on a day."""

    everybody: Sequence[Person]  # leavers too, by name; `checked_at` may be out of date
    absences: Sequence[Absence]  # neither over nor struck out, those to come too
    relatives: Mapping[int, Relatives]  # person → to whom they are related, by their own word


def of_school(connection: Connection, school_id: int, today: date) -> Staffing:
    """Return a school's staff as it stands today."""
    return Staffing(
        tuple(people.every(connection, school_id)),
        tuple(absences.current(connection, school_id, today)),
        relatives.current(connection, school_id),
    )
