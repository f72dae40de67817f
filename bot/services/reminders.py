"""Reminders: one digest for each person and school morning, computed from facts; putting off and handing over."""

import enum
from dataclasses import dataclass
from datetime import date, timedelta

from bot.context import Context, Look, Transaction
from bot.errors import BadInput, NotFound, Refused
from bot.notices import Notice
from bot.rules.people import Person
from bot.rules.reminders import digest as rules
from bot.rules.reminders import week as weeks
from bot.rules.reminders.digest import Arrangements, Line, Why
from bot.rules.reminders.stages import Item
from bot.services import welcome
from bot.services.features import FEATURES, NAMED
from storage import audit, numbers, school
from storage.outbox import outcomes, reminders
from storage.outbox.reminders import Told

KIND = "RD"


class Later(enum.StrEnum):
    """Until when something can be put off."""

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next week"
    WEEK_BEFORE = "a week before it is due"


class State(enum.Enum):
    """How a thing in a digest stands now."""

    OPEN = "open"
    PUT_OFF = "put off"
    HANDED_OVER = "handed over"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a tick has told: how many people, of how many things."""

    people: int = 0
    things: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing as it stands now. `item`: None where it is done; `whose`: the name of who has it, if not the reader."""

    reference: str
    why: Why
    state: State
    feature: str
    words: dict[str, object]
    due: date
    item: Item | None = None
    whose: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the reminders of one school depend on, read once."""

    items: tuple[Item, ...]
    arranged: Arrangements
    everybody: tuple[Person, ...]

    def by_reference(self) -> dict[str, Item]:
        """Return the open things by what they are called."""
        return {item.reference: item for item in self.items}

    def name(self, person_id: int) -> str:
        """Return a person's name."""
        return next((each.name for each in self.everybody if each.person_id == person_id), "")


# ── the morning ────────────────────────────────────────────────────────────────────────────────────────────────────


def morning(context: Context) -> Reminded:
    """Put today's digests into the outbox, in one transaction, if the school is open. Raises Busy.

    Each line is told once, and each person has one digest a day: what comes up later waits for the next morning.
    """
    if not context.school.calendar.is_open(context.now()):
        return Reminded()
    with context.look() as tx:
        lines = _lines(tx)
        if not _untold(tx, lines):
            return Reminded()
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two ticks at once: the second one sees what the first has told
        return _tell(tx, _untold(tx, lines))


def _lines(tx: Look) -> list[Line]:
    """Return every line that should have been told by now.

    The headteacher's week comes with the digest of its first school morning: one message, not two.
    """
    # Not from memory: the timetable comes through every school, and would push everything else out of it.
    facts = _read(tx, None)
    week = weeks.lines(facts.arranged.heads, tx.school.calendar, tx.today)
    return [*rules.lines(facts.items, facts.arranged, tx.today), *week]


def _untold(tx: Look, lines: list[Line]) -> dict[int, list[Line]]:
    """Return person → the lines to tell today."""
    if not lines:
        return {}
    # A stage is told on the day on which it is reached, or later. Where the due day was moved since, it may have been
    # told before: only these few are asked for by their keys.
    since = min(tx.today, *(line.item.stage.on for line in lines))
    told = reminders.told_since(tx.connection, tx.school_id, tx.midnight(since), tx.midnight(tx.today))
    keys = {key for key, _, _ in told}
    had_one = {reader for _, reader, today in told if today}
    untold = [line for line in lines if line.told_key not in keys and line.reader_id not in had_one]
    keys = reminders.told_of(tx.connection, tx.school_id, [line.told_key for line in untold if line.item.anchor])
    new: dict[int, list[Line]] = {}
    for line in untold:
        if line.told_key not in keys:
            new.setdefault(line.reader_id, []).append(line)
    return new


def _tell(tx: Transaction, new: dict[int, list[Line]]) -> Reminded:
    # A digest that an outage has kept back takes the new lines too: nobody gets two in one morning.
    unsent = outcomes.unsent(tx.connection, tx.school_id, Notice.REMINDERS_DIGEST)
    digests = {reader: unsent.get(reader) or numbers.following(tx.connection, tx.school_id, KIND) for reader in new}
    wanted = [(digests[reader], line) for reader, lines in new.items() for line in lines]
    told = reminders.tell(tx.connection, tx.school_id, tx.now, wanted)
    by_id = {person.person_id: person for person in tx.everybody()}
    readers = {line.reader_id for _, line in wanted if line.told_key in told}
    welcome.give(tx, [by_id[reader] for reader in readers])  # nobody hears of what is due before they are welcomed
    for reader in sorted(readers):
        tx.notify(Notice.REMINDERS_DIGEST, digests[reader], [by_id[reader]])
        if reader in unsent:  # somebody may be sending it just now
            tx.told_otherwise(digests[reader], Notice.REMINDERS_DIGEST)
    return Reminded(len(readers), len(told))


def _facts(tx: Look) -> Facts:
    """Return what the whole school's reminders depend on: worked out once, until anything is changed at the school."""
    mark = audit.newest(tx.connection, tx.school_id), tx.school.settings_version, tx.today, tx.away()
    facts: Facts = tx.memory.newest(("reminders", tx.school_id), mark, lambda: _read(tx, None))
    return facts


def _facts_for(tx: Look, reader: Person) -> Facts:
    """Return what one person's own reminders depend on: the whole school's, for those who hear of others' things."""
    everybody = tx.everybody()
    hears_of_others = reader.person_id in rules.heads(everybody, tx.away())
    has_taken = reader.person_id in _taken(tx).values()
    return _facts(tx) if hears_of_others or has_taken else _read(tx, reader)


def _read(tx: Look, reader: Person | None) -> Facts:
    everybody, away = tuple(tx.everybody()), tx.away()
    items = tuple(item for feature in FEATURES for item in feature.due_items(tx, reader))
    arranged = Arrangements(
        here=frozenset(person.person_id for person in rules.staff(everybody)),
        heads=rules.heads(everybody, away),
        away=away,
        taken=_taken(tx),
        put_off=reminders.all_put_off(tx.connection, tx.school_id),
    )
    return Facts(items, arranged, everybody)


def _taken(tx: Look) -> dict[str, int]:
    """Return reference → who has taken it over; read once."""
    found: dict[str, int] = tx.once("taken over", lambda: reminders.takers(tx.connection, tx.school_id))
    return found


# ── how it stands ──────────────────────────────────────────────────────────────────────────────────────────────────


def digest(context: Context, number: int) -> tuple[Entry, ...]:
    """Return what stood in one of this person's digests, as it stands now. Raises NotFound."""
    with context.look() as tx:
        told = reminders.of_digest(tx.connection, tx.school_id, number, context.person.person_id)
        if not told:
            raise NotFound("There is no such reminder of yours.")
        facts = _facts(tx)
        leads = context.person.person_id in facts.arranged.heads  # others' things are for whoever leads the school now
        items = facts.by_reference()
        own = [each for each in told if leads or each.why not in {Why.ESCALATED, Why.AWAY}]
        own = [each for each in own if each.reference in items or _may_know(tx, context.person, each)]
        if not own:
            raise NotFound("There is no such reminder of yours.")
        found = (_entry(facts, each, items.get(each.reference), context.person, tx.today) for each in own)
        return tuple(sorted(found, key=_longest_overdue))


def mine(context: Context) -> tuple[Entry, ...]:
    """Return all that this person is to be reminded of, the longest overdue first; for heads, others' things too."""
    with context.look() as tx:
        return of(tx, context.person)


def of(tx: Look, person: Person) -> tuple[Entry, ...]:
    """Return what `mine` returns, within a look."""
    facts, me = _facts_for(tx, person), person.person_id
    found = [_live(facts, Why.OWN, item, person, tx.today) for item in facts.items if facts.arranged.holder(item) == me]
    found += [
        _live(facts, line.why, line.item, person, tx.today)
        for line in rules.lines(facts.items, facts.arranged, tx.today)
        if line.reader_id == me and line.why is not Why.OWN
    ]
    return tuple(sorted(found, key=_longest_overdue))


def _may_know(tx: Look, person: Person, told: Told) -> bool:
    feature = NAMED.get(told.feature)
    return feature is None or feature.may_know(tx, person, str(told.words.get("name") or ""))


def _longest_overdue(entry: Entry) -> tuple[date, int, str]:
    return entry.due, len(entry.reference), entry.reference  # AR-9 before AR-10


def _entry(facts: Facts, told: Told, item: Item | None, reader: Person, today: date) -> Entry:
    if item is None:
        whose = "" if told.owner_id == reader.person_id else facts.name(told.owner_id)
        return Entry(told.reference, told.why, State.SETTLED, told.feature, told.words, told.due, whose=whose)
    return _live(facts, told.why, item, reader, today)


def _live(facts: Facts, why: Why, item: Item, reader: Person, today: date) -> Entry:
    holder = facts.arranged.holder(item)
    until = facts.arranged.put_off_until(item)
    state = State.OPEN
    if why is Why.OWN and holder != reader.person_id:
        state = State.HANDED_OVER
    elif why is Why.OWN and until and until > today:
        state = State.PUT_OFF
    return Entry(
        reference=item.reference,
        why=why,
        state=state,
        feature=item.feature,
        words=dict(item.words),
        due=item.due,
        item=item,
        whose="" if holder == reader.person_id else facts.name(holder),
        until=until,
    )


# ── putting off and handing over ───────────────────────────────────────────────────────────────────────────────────


def choices(context: Context, due: date) -> dict[Later, date]:
    """Return the days until which something that is due on a day can be put off today: school days, all of them.

    "A week before it is due" is the last school day by then, and is there only where it lies after all the others.
    """
    calendar, today = context.school.calendar, context.today()
    in_a_week = calendar.school_days_after(today + timedelta(days=6), 1)
    days = {
        Later.TOMORROW: calendar.school_days_after(today, 1),
        Later.NEXT_WEEK: in_a_week,
        Later.WEEK_BEFORE: calendar.last_school_day(due - timedelta(days=7)),
    }
    return {later: day for later, day in days.items() if later is not Later.WEEK_BEFORE or day > in_a_week}


def get(context: Context, reference: str) -> Entry:
    """Return one open thing of this person's. Raises NotFound where it is done or somebody else's by now."""
    with context.look() as tx:
        facts = _facts(tx)
        return _live(facts, Why.OWN, _own(facts, context.person, reference), context.person, tx.today)


def put_off(context: Context, reference: str, later: Later) -> date:
    """Put one thing off; returns the day on which it comes back. Raises BadInput, NotFound."""
    with context.begin() as tx:
        item = _own(_facts(tx), context.person, reference)
        until = choices(context, item.due).get(later)
        if until is None:  # the window was open for a long time
            raise BadInput("Choose another day.", fields={"when": "That day is too near by now. Choose another one."})
        reminders.set_put_off(tx.connection, tx.school_id, context.person.person_id, item.reference, until)
        tx.audit("reminders.put_off", _feature_record(item))
        _changed(tx, item)
    return until


def takers(context: Context, reference: str) -> tuple[Person, ...]:
    """Return to whom one thing can be handed over: who may do it, is here and not away. Raises NotFound."""
    with context.look() as tx:
        facts = _facts(tx)
        return _takers(facts, _own(facts, context.person, reference))


def hand_over(context: Context, reference: str, taker_id: int) -> Person:
    """Hand one thing over to a colleague, who is reminded from now on. Raises NotFound, Refused."""
    with context.begin() as tx:
        facts = _facts(tx)
        item = _own(facts, context.person, reference)
        taker = next((each for each in _takers(facts, item) if each.person_id == taker_id), None)
        if taker is None:
            raise Refused("This cannot be handed over to that person. Please choose somebody else.")
        me = context.person.person_id
        of = item.reference
        reminders.add_hand_over(tx.connection, tx.school_id, of, taker_id=taker_id, handed_by=me, at=tx.now)
        tx.audit("reminders.handed_over", _feature_record(item))
        _changed(tx, item)
        return taker


def _own(facts: Facts, person: Person, reference: str) -> Item:
    item = facts.by_reference().get(reference)
    if item is None or facts.arranged.holder(item) != person.person_id:
        raise NotFound("There is nothing more to do here: it is done, or somebody else has taken it.")
    return item


def _changed(tx: Transaction, item: Item) -> None:
    tx.reminders_changed(item.reference)


def _takers(facts: Facts, item: Item) -> tuple[Person, ...]:
    holder, arranged = facts.arranged.holder(item), facts.arranged
    return tuple(
        each
        for each in rules.staff(facts.everybody)
        if each.person_id != holder
        and each.person_id not in arranged.away
        and (item.takers is None or each.person_id in item.takers)
    )


def _feature_record(item: Item) -> str:
    return f"{item.feature} of person {item.person_id}"
