"""The names on the roll, kept in memory per version: a look-up reads them on every request."""

from sqlalchemy.engine import Connection

from bot.context import Context
from bot.rules.consent import Pupil
from bot.rules.names import Index
from storage import roll


def of(context: Context, connection: Connection) -> Index:
    """Return the index of a school's names. Made anew when the roll changes, and each day: pupils start and leave."""
    school_id, today = context.school.school_id, context.today()
    version = context.actor.roll_version if context.actor else None
    if not version:  # the command line and the outbox: nobody has told which version there is
        return Index(roll.named(connection, school_id, today))
    key = ("names", school_id, version, today)
    index: Index = context.database.memory.get(key, lambda: Index(roll.named(connection, school_id, today)))
    return index


def pupil(index: Index, pupil_id: int) -> Pupil:
    """Return a pupil as staff may see one."""
    named = index[pupil_id]
    return Pupil(pupil_id, f"{named.forename} {named.surname}", named.class_name, named.on_roll)
