"""The look-up log, read and taken out by pupil and by colleague; and whose looks somebody is asked to look at.

Policy §4.2, 4.14; UK GDPR Art 15. Reading the log leaves a trace of its own, which stands in it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from bot.clock import school_day, school_time, spoken_day
from bot.context import Context, Look
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.buttons import ANY_BUTTON, is_its_own, value_of
from bot.rules.consent import looks as rules
from bot.rules.consent.answer import Pupil
from bot.rules.consent.looks import VIEWERS, Entry, Looked, Narrowed, Seen
from bot.rules.documents import File, What
from bot.rules.names.index import Index
from bot.rules.people import Person, Standing
from bot.rules.relays import Telling, telling
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.turns import Line, Waiting
from bot.services.consent import roll
from bot.services.consent.ledger import Found
from bot.sheets import writing
from bot.sheets.writing import Cell
from storage import school
from storage.consent import looks
from storage.consent.looks import Told
from storage.people import accounts

PAGE = 10
SHOWN_NAMES = 5
REMINDED = Plan(before_days=())  # from the day on which it has waited for too long
NOT_YOURS = "There is no such look that you may see."
HEADER = (
    *("When", "Who", "E-mail", "On what ground", "Child", "Class"),
    *("Use", "Photo or video", "Children in the list", "Whose log was seen"),
)


class Format(Enum):
    """What kind of file the log becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is shown. `pupils`: of a list that is narrowed to one pupil only that one; `count`: of all."""

    entry: Entry
    who: str
    pupils: tuple[Pupil, ...]
    count: int
    use: str
    colleague: str  # whose looks were looked at


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the newest first, with whom they are narrowed to."""

    rows: tuple[Row, ...]
    narrowed: Narrowed
    number: int
    has_more: bool
    pupil: Pupil | None
    person: Person | None
    colleagues: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Through:
    """What a colleague looked through: day → classes. `settled_by`: who has looked into it, "" for nobody yet."""

    told: Told
    person: Person
    days: Mapping[date, tuple[str, ...]]
    settled_by: str


def page(context: Context, narrowed: Narrowed, number: int = 0) -> Page:
    """Return one page of the log, for the data protection officer; it is noted. Raises NotFound, Refused."""
    _viewer(context)
    with context.look() as tx:
        names = _Names(tx)
        pupil, person = names.narrowed(narrowed)
        most = (number + 1) * PAGE + 1  # one more than is shown: are there older ones?
        found = looks.newest(tx.connection, tx.school_id, narrowed, since=_kept_since(tx), most=most)
        rows = tuple(names.row(entry, narrowed) for entry in found[number * PAGE :][:PAGE])
        shown = Page(rows, narrowed, number, len(found) == most, pupil, person, names.colleagues())
    with context.begin() as tx:
        tx.audit("looks.seen", narrowed.record)
    return shown


def export(context: Context, narrowed: Narrowed, kind: Format) -> bytes:
    """Return the log as a table: who learnt what of whom, when. Raises NotFound, Refused.

    On the command line whoever may run it may export; in Slack the data protection officer.
    """
    if context.actor:
        _viewer(context)
    with context.begin() as tx:
        tx.audit("looks.exported", narrowed.record)
    with context.look() as tx:  # of a long log nobody else is kept waiting
        names = _Names(tx)
        names.narrowed(narrowed)
        found = looks.newest(tx.connection, tx.school_id, narrowed, since=_kept_since(tx))
    rows = (_cells(names.row(entry, narrowed), names, context.school.timezone) for entry in found)
    if kind is Format.CSV:
        return writing.write_csv(HEADER, rows)
    return writing.write_xlsx("Look-ups", HEADER, rows)


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.LOOKS: lambda context, subject: File(
        f"look-ups-{context.today()}.csv", export(context, rules.again(subject), Format.CSV)
    )
}


def colleagues(context: Context) -> tuple[Person, ...]:
    """Return everybody whose looks may be asked for, leavers too. Raises Refused."""
    _viewer(context)
    with context.look() as tx:
        return _Names(tx).colleagues()


def called(context: Context, words: str) -> Found:
    """Return the pupils who may be meant, leavers too, for the command line."""
    with context.look() as tx:
        index = roll.of(tx)
        found = index.find(words)
        pupils = tuple(roll.pupil(index, each) for each in found.exact or found.near)
        return Found(pupils, certain=len(found.exact) == 1)


def person_called(context: Context, words: str) -> list[Person]:
    """Return whom an e-mail address, present or former, or a name means, leavers too, for the command line."""
    with context.look() as tx:
        wanted = words.casefold().strip()
        found = [each for each in tx.everybody() if wanted in {each.email, each.name.casefold()}]
        former = tx.person(accounts.last_had(tx.connection, tx.school_id, wanted) or 0)
        return found or ([former] if former else [])


# ── class after class ──────────────────────────────────────────────────────────────────────────────────────────────


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


class _Names:
    """Numbers as people read them, as they are called today: whoever has left is still named."""

    def __init__(self, tx: Look) -> None:
        self.index = roll.of(tx)
        self.people = {person.person_id: person for person in tx.everybody()}
        self.uses = {use.key: use.name for use in tx.school.uses}
        self._pupils: dict[int, Pupil] = {}

    def colleagues(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people.values() if person.standing is not Standing.OUTSIDER)

    def narrowed(self, narrowed: Narrowed) -> tuple[Pupil | None, Person | None]:
        """Return whom it is narrowed to. Raises NotFound."""
        pupil_id, person_id = narrowed.pupil_id, narrowed.person_id
        if pupil_id and pupil_id not in self.index:
            raise NotFound("That pupil is not on this school's roll, now or earlier.")
        if person_id and person_id not in self.people:
            raise NotFound("There is no such colleague.")
        return self._pupil(pupil_id) if pupil_id else None, self.people.get(person_id or 0)

    def row(self, entry: Entry, narrowed: Narrowed) -> Row:
        wanted = entry.pupils
        if narrowed.pupil_id:  # of the others in a list nothing is told: this may go to the child's parents
            wanted = (narrowed.pupil_id,)
        elif entry.class_name:
            wanted = ()
        pupils = tuple(self._pupil(each) for each in wanted if each in self.index)
        colleague = self.people.get(entry.colleague_id or 0)
        return Row(
            entry,
            self.people[entry.person_id].name if entry.person_id in self.people else "",
            pupils,
            len(entry.pupils),
            self.uses.get(entry.use_key, entry.use_key),
            colleague.name if colleague else "",
        )

    def _pupil(self, pupil_id: int) -> Pupil:
        if pupil_id not in self._pupils:
            self._pupils[pupil_id] = roll.pupil(self.index, pupil_id)
        return self._pupils[pupil_id]


def _cells(row: Row, names: _Names, timezone: str) -> tuple[Cell, ...]:
    entry, person = row.entry, names.people.get(row.entry.person_id)
    return (
        school_time(entry.at, timezone),
        row.who,
        person.email if person else "",
        entry.purpose.value,
        ", ".join(pupil.name for pupil in row.pupils),
        entry.class_name or ", ".join(dict.fromkeys(pupil.class_name for pupil in row.pupils)),
        row.use,
        entry.media,
        row.count or None,
        row.colleague,
    )


def _viewer(context: Context) -> None:
    if not context.person.holds(*VIEWERS):
        raise Refused("Only the data protection officer sees the look-up log.")


def _kept_since(tx: Look) -> datetime:
    return tx.now - tx.school.look_ups_kept


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
