"""Class after class: whose looks somebody is asked to look at, as a look and no accusation. Policy §4.2, 4.14."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context, Look
from bot.errors import Conflict, NotFound
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.buttons import ANY_BUTTON, is_its_own, value_of
from bot.rules.consent import looks as rules
from bot.rules.consent.looks import Looked, Narrowed, Seen
from bot.rules.names.index import Index
from bot.rules.people import Person
from bot.rules.relays import Telling, telling
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.turns import Line, Waiting
from bot.services.consent import roll
from storage import school
from storage.consent import looks
from storage.consent.looks import Told

SHOWN_NAMES = 5
REMINDED = Plan(before_days=())  # from the day on which it has waited for too long
NOT_YOURS = "There is no such look that you may see."


@dataclass(frozen=True, slots=True)
class Through:
    """What a colleague looked through: day → classes. `settled_by`: who has looked into it, "" for nobody yet."""

    told: Told
    person: Person
    days: Mapping[date, tuple[str, ...]]
    settled_by: str


def tick(context: Context) -> None:
    """Tell of colleagues who look through class after class. A colleague is told of anew only for what came since."""
    with context.look() as tx:
        mark = (*looks.mark(tx.connection, tx.school_id), tx.school.settings_version, tx.today)
        key = ("looks", tx.school_id)
        found = tx.memory.newest(key, mark, lambda: _to_tell(tx))
    if not found:
        return
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        for person, since, seen in _to_tell(tx):
            counts = (len(seen.through), seen.pictures)
            number = looks.tell(
                tx.connection, tx.school_id, person_id=person.person_id, since=since, at=tx.now, counts=counts
            )
            tx.audit("looks.told", f"look {number}")
            tx.notify(Notice.LOOKS_TOLD, number, deciding.asked(_line(tx, person.person_id), tx.absent()))


def of_told(context: Context, number: int, token: str | None = ANY_BUTTON) -> Through:
    """Return what somebody was told of, if it is theirs to look at. Raises NotFound. That it was seen is noted."""
    with context.look() as tx:
        told = _theirs(tx, context.person, number, token)
        person = tx.person(told.person_id)
        if person is None:
            raise NotFound(NOT_YOURS)
        seen = _of_person(tx, person, told.since, told.told_at)
        settled_by = tx.person(told.settled_by) if told.settled_by else None
    days: dict[date, tuple[str, ...]] = {}
    for day, class_name in sorted(seen.through):
        days[day] = (*days.get(day, ()), class_name)
    with context.begin() as tx:
        tx.audit("looks.seen", f"person {person.person_id}")
    return Through(told, person, days, settled_by.name if settled_by else "")


def standing(context: Context, number: int) -> Told:
    """Return how one stands, for its message: without whose looks they were. Raises NotFound."""
    with context.look() as tx:
        return _theirs(tx, context.person, number, ANY_BUTTON)


def button(told: Told) -> str:
    """Return what the buttons of one carry."""
    return value_of(told.number, told.told_at)


def settle(context: Context, number: int, token: str | None = ANY_BUTTON) -> None:
    """Note that it was looked into. Raises Conflict, NotFound."""
    with context.begin() as tx:
        _theirs(tx, context.person, number, token)
        if not looks.settle(tx.connection, tx.school_id, number, by=tx.actor_id, at=tx.now):
            raise Conflict("This was already marked as looked into.")
        tx.audit("looks.settled", f"look {number}")
        tx.told_otherwise(number, Notice.LOOKS_TOLD)
        tx.reminders_changed(f"looks-{number}-")


def reopen(context: Context, number: int, token: str | None = ANY_BUTTON) -> None:
    """Take back that it was looked into: it waits again. Raises Conflict, NotFound."""
    with context.begin() as tx:
        _theirs(tx, context.person, number, token)
        if not looks.reopen(tx.connection, tx.school_id, number):
            raise Conflict("This is not marked as looked into.")
        tx.audit("looks.reopened", f"look {number}")
        tx.told_otherwise(number, Notice.LOOKS_TOLD)
        tx.reminders_changed(f"looks-{number}-")


def waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    """Yield the looks that wait for this person."""
    if not person.holds(*rules.LINE):
        return
    for told in looks.every_told(tx.connection, tx.school_id):
        if told.settled_at is None and person in deciding.asked(_line(tx, told.person_id), tx.absent()):
            yield Waiting("looks", "A look, not an accusation", "looks.told", button(told), told.told_at)


def due_items(tx: Look, reader: Person | None) -> Iterator[Item]:
    """Return what nobody has looked into for two school days, for whoever is asked to, or stands in.

    It names nobody, and nobody else hears of it: whose looks it is about might be reading.
    """
    if reader is not None and not reader.holds(*rules.LINE):
        return
    for found in looks.every_told(tx.connection, tx.school_id):
        began = school_day(found.told_at, tx.school.timezone)
        due = tx.school.calendar.school_days_after(began, deciding.REMIND_AFTER.days)
        stage = reached(due, tx.today, REMINDED)
        if found.settled_at is not None or stage is None:
            continue
        asked = deciding.asked(_line(tx, found.person_id), tx.absent())
        is_covered = any(person.person_id not in tx.absent() for person in asked)
        for person in asked:
            yield Item(
                feature="looks",
                key=f"looks-{found.number}",
                person_id=person.person_id,
                due=due,
                stage=stage,
                words={"since": spoken_day(began)},
                action="looks.told",
                value=button(found),
                takers=frozenset(),
                is_private=True,
                anchor=began,
                is_covered=is_covered,
                heeds_absence=is_covered,  # where nobody stands in, it must not be forgotten
            )


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield the looks that somebody has to look at, wherever they are."""
    for told in looks.every_told(tx.connection, tx.school_id) if tx.outside() else ():
        if told.settled_at is None:
            yield telling(
                tx.reach(),
                Notice.LOOKS_TOLD,
                told.number,
                rules.LINE,
                asked=deciding.asked(_line(tx, told.person_id), tx.absent()),
                barred=_barred(tx, told.person_id),
                is_confidential=True,
            )


def next_in_line(tx: Look, _notice: Notice, number: int) -> Line | None:
    """Return who looks instead of somebody who could not be told, while nobody has."""
    told = looks.told(tx.connection, tx.school_id, number)
    if told is None or told.settled_at:
        return None
    return Line(tuple(_line(tx, told.person_id)))


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _to_tell(tx: Look) -> list[tuple[Person, datetime, Looked]]:
    """Return of whom somebody is to be told now, since when it was counted, and what they looked through."""
    settings = tx.school.look_ups
    first = tx.midnight(tx.today - timedelta(days=settings.days - 1))
    last_told: dict[int, datetime] = {
        told.person_id: told.told_at for told in looks.every_told(tx.connection, tx.school_id)
    }
    found = []
    by_person = _seen(tx, Narrowed(), first)
    for person_id, entries in by_person.items():
        person = tx.person(person_id)
        since = max(first, last_told.get(person_id, first))
        most = rules.most_classes(person, settings) if person else None
        if person is None or most is None:
            continue
        new = (seen for at, seen in entries if at > since or since == first)
        seen = rules.looked(new, person.classes, _classes(roll.of(tx)))
        if rules.is_worth_a_look(seen, most) and any(_line(tx, person_id)):
            found.append((person, since, seen))
    return found


def _of_person(tx: Look, person: Person, since: datetime, until: datetime) -> Looked:
    entries = _seen(tx, Narrowed(person_id=person.person_id), since).get(person.person_id, ())
    within = (seen for at, seen in entries if at <= until)
    return rules.looked(within, person.classes, _classes(roll.of(tx)))


def _seen(tx: Look, narrowed: Narrowed, since: datetime) -> dict[int, list[tuple[datetime, Seen]]]:
    seen: dict[int, list[tuple[datetime, Seen]]] = {}
    for entry in looks.newest(tx.connection, tx.school_id, narrowed, since=since):
        if entry.purpose not in set(looks.TRAIL.values()):
            day = school_day(entry.at, tx.school.timezone)
            told = Seen(day, entry.purpose, entry.class_name, entry.pupils)
            seen.setdefault(entry.person_id, []).append((entry.at, told))
    return seen


def _classes(index: Index) -> Mapping[str, frozenset[int]]:
    return {name: frozenset(index.members(name)) for name in index.classes}


def _line(tx: Look, person_id: int) -> Iterator[tuple[Person, ...]]:
    """Yield who looks at a colleague's looks, in their order: neither that colleague nor a relative of theirs."""
    return deciding.people_of(rules.LINE, tx.everybody(), _barred(tx, person_id))


def _barred(tx: Look, person_id: int) -> set[int]:
    related = tx.relatives()
    own = related[person_id].colleagues if person_id in related else frozenset[int]()
    return {person_id, *own, *(each for each, mine in related.items() if person_id in mine.colleagues)}


def _theirs(tx: Look, person: Person, number: int, token: str | None) -> Told:
    told = looks.told(tx.connection, tx.school_id, number)
    if (
        told is None
        or not is_its_own(token, told.told_at)
        or person not in deciding.asked(_line(tx, told.person_id), tx.absent())
    ):
        raise NotFound(NOT_YOURS)
    return told
