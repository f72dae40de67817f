"""A school that was set up by mistake: a second one is refused, and one without records can be removed again."""

from datetime import datetime

from bot.errors import Misconfigured, Refused
from bot.rules.school import School
from storage import audit, empty_school, school
from storage.engine import Database

FORGOTTEN = "school.forgotten"  # audit, of those that stay


def refuse_second(database: Database, workspace: str) -> None:
    """Raise Misconfigured where this database holds a school, and not this one; Busy."""
    with database.read() as connection:
        every = school.every(connection)
        if not every or any(each.workspace == workspace for each in every):
            return
        empty = next((each for each in every if not empty_school.records(connection, each.school_id)), None)
    there = " and ".join(f"{each.name} ({each.workspace})" for each in every)
    mend = "Use a database of its own for each school: set DATABASE_URL. To have both in this one: --another-school."
    if empty:
        mend += f" If the one that is there is a mistake: python -m bot forget-school {empty.workspace}"
    raise Misconfigured(f"This database holds {there}, so {workspace} was not added. Nothing was changed. {mend}")


def empty_school_of(database: Database, workspace: str) -> School:
    """Return the school of a workspace, which holds no records. Raises Misconfigured, Refused, Busy."""
    with database.read() as connection:
        every = school.every(connection)
        found = next((each for each in every if each.workspace == workspace), None)
        if found is None:
            known = ", ".join(f"{each.workspace} ({each.name})" for each in every) or "none"
            raise Misconfigured(f"There is no school {workspace} in this database. There is: {known}.")
        kept = empty_school.records(connection, found.school_id)
    if kept:
        raise Refused(f"{found.name} holds records ({', '.join(kept)}), so it stays. Only an empty school is removed.")
    return found


def forget(database: Database, now: datetime, found: School) -> None:
    """Remove a school without records, and note it with the others. Raises Refused where it has got some; Busy."""
    with database.begin() as connection:
        school.lock(connection, found.school_id)
        if empty_school.records(connection, found.school_id):
            raise Refused(f"{found.name} holds records by now, so it stays.")
        empty_school.remove(connection, found.school_id)
        for other in school.every(connection):
            audit.append(
                connection, other.school_id, at=now, actor_id=None, action=FORGOTTEN, record=f"school {found.school_id}"
            )
