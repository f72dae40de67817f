"""The welcome: one short message to each colleague, once, at a school that is new to Lanyard. A few at a time."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from bot.context import Context, Look, Transaction
from bot.notices import Notice
from bot.rules.people import Person
from bot.rules.school import Role
from storage.outbox import outcomes

AT_ONCE = 5  # [K] people in one tick: forty are welcomed in two hours, and not in one minute
PACE = timedelta(minutes=10)  # less than from tick to tick: no more than these in it, however often somebody ticks
EVER = datetime.fromtimestamp(0, UTC)


def tick(context: Context) -> None:
    """Welcome a few of those who still are to be, in the working hours of a school day. Raises Busy."""
    if not context.school.welcomes or not context.school.calendar.is_open(context.now()):
        return
    with context.look() as tx:
        few = to_come(tx)[: max(0, AT_ONCE - len(_welcomed(tx, tx.now - PACE)))]
    if few:
        with context.begin() as tx:
            give(tx, few)


def give(tx: Transaction, people: Iterable[Person]) -> None:
    """Welcome people in this same transaction; whoever was welcomed is not welcomed again."""
    for person in people:
        if tx.school.welcomes and not person.perhaps:
            tx.notify(Notice.WELCOME, person.person_id, [person])


def to_come(tx: Look) -> list[Person]:
    """Return who is still to be welcomed: first those who hold an office, for they are asked for things first.

    Whoever is away is welcomed once they are back; whoever may be known already, once the office has said who it is.
    """
    if not tx.school.welcomes:
        return []
    were, away = _welcomed(tx, EVER), tx.away()
    coming = (each for each in tx.everybody() if each.is_here and not each.perhaps and each.person_id not in away)
    return sorted((each for each in coming if each.person_id not in were), key=_office_first)


def settling(tx: Look) -> frozenset[int]:
    """Return who is still to be welcomed, or was today: what can wait reaches nobody on the day of their welcome."""
    if not tx.school.welcomes:
        return frozenset()
    return frozenset({each.person_id for each in to_come(tx)} | set(_welcomed(tx, tx.midnight(tx.today))))


def _welcomed(tx: Look, since: datetime) -> Collection[int]:
    return outcomes.told_since(tx.connection, tx.school_id, Notice.WELCOME, since)  # its record is the person


def _office_first(person: Person) -> tuple[bool, int]:
    return person.roles == {Role.STAFF}, person.person_id
