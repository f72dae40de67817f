"""The names on the roll, kept in memory per version: a look-up reads them on every request."""

from collections.abc import Callable

from sqlalchemy.engine import Connection

from bot.context import Context
from bot.rules.consent.answer import Pupil
from bot.rules.names.index import Index
from storage.consent import roll


def of(context: Context, connection: Connection) -> Index:
    """Return the index of a school's names. Made anew when the roll changes, and each day: pupils start and leave."""
    school_id, today = context.school.school_id, context.today()
    return _kept(context, lambda: Index(roll.named(connection, school_id, today)))


def kept(context: Context) -> Index:
    """Return the index outside any transaction: the database is asked only where it is not in memory."""

    def read() -> Index:
        with context.database.read() as connection:
            return Index(roll.named(connection, context.school.school_id, context.today()))

    return _kept(context, read)


def _kept(context: Context, read: Callable[[], Index]) -> Index:
    version = context.actor.roll_version if context.actor else None
    if not version:  # the command line and the outbox: nobody has told which version there is
        return read()
    index: Index = context.database.memory.get(("names", context.school.school_id, version, context.today()), read)
    return index


def pupil(index: Index, pupil_id: int) -> Pupil:
    """Return a pupil as staff may see one: whoever has a namesake in class is told apart, for everybody who asks."""
    named = index[pupil_id]
    name = f"{named.forename} {named.surname}"
    alike = index.alike(pupil_id)
    if not alike:
        return Pupil(pupil_id, name, named.class_name, named.on_roll)
    same_day = [each for each in alike if index[each].born_on == named.born_on]
    if len(same_day) > 1 or named.born_on is None:
        # Never the legal name: what a child was called before may be nobody's business.
        name = f"{name} ({alike.index(pupil_id) + 1} of {len(alike)})"
    return Pupil(pupil_id, name, named.class_name, named.on_roll, named.born_on)
