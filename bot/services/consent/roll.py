"""The names on the roll, kept in memory per version: a look-up reads them on every request."""

from collections.abc import Callable
from datetime import date

from bot.context import Context, Look
from bot.rules.consent.answer import Pupil
from bot.rules.names.index import Index
from bot.rules.people import Actor
from storage.consent import roll
from storage.engine import Memory


def of(tx: Look) -> Index:
    """Return the index of a school's names. Made anew when the roll changes, and each day: pupils start and leave."""
    read: Callable[[], Index] = lambda: Index(roll.named(tx.connection, tx.school_id, tx.today))  # noqa: E731
    return _kept(tx.memory, tx.school_id, tx.actor, tx.today, read)


def kept(context: Context) -> Index:
    """Return the index outside any transaction: the database is asked only where it is not in memory."""

    def read() -> Index:
        with context.database.read() as connection:
            return Index(roll.named(connection, context.school.school_id, context.today()))

    return _kept(context.database.memory, context.school.school_id, context.actor, context.today(), read)


def _kept(memory: Memory, school_id: int, actor: Actor | None, today: date, read: Callable[[], Index]) -> Index:
    version = actor.roll_version if actor else None
    if not version:  # the command line and the outbox: nobody has told which version there is
        return read()
    index: Index = memory.get(("names", school_id, version, today), read, lambda index: index.weight)
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
