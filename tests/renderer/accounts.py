"""Who may come to this front: the accounts that staff have here, whatever they have elsewhere."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.errors import Outsider
from bot.rules.people import Actor, Standing
from storage import school
from storage.engine import Database
from storage.people import people
from tests.people import Someone

FRONT = "page"


def move_in(database: Database, now: datetime, everybody: Iterable[Someone]) -> None:
    """Give staff an account here: from now on they are told here, too."""
    with database.begin() as connection:
        (only,) = school.every(connection)
        for someone in everybody:
            person = people.by_email(connection, only.school_id, someone.email)
            if person is None:
                raise LookupError(f"{someone.user_id} is not on the staff list")
            here = {"account": someone.user_id, "front": FRONT, "standing": Standing.STAFF, "checked_at": now}
            people.change(connection, only.school_id, person.person_id, **here)


def identify(database: Database, account: str) -> Actor:
    """Return the member of staff behind an account. Raises Outsider."""
    with database.read() as connection:
        (only,) = school.every(connection)
        known = people.every(connection, only.school_id)
        roll_version = connection.execute(select(school.school.c.roll_version)).scalar_one()
    for person in known:
        if (person.front, person.account, person.standing) == (FRONT, account, Standing.STAFF):
            return Actor(person, only, roll_version)
    raise Outsider("Nobody at the school is called so.")
