"""What every record on the spine does alike: taken in once, moved on by the right person, told, and waited for.

A feature calls these in its own transaction, with its `Procedure`; what is special about it stays with the feature.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement

from bot.changes import SightChanged
from bot.context import Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.rules import buttons, deciding
from bot.rules import procedures as rules
from bot.rules.people import Person
from bot.rules.procedures import Event, Facts, Part, Procedure, Sight
from storage import records
from storage.records import Record, Step
from storage.spine import record_sight, record_texts
from storage.spine.record_sight import Silence
from storage.spine.record_texts import WORDS

Ways = Mapping[str, Procedure]  # the procedures of one kind, by their names
NOTHING: Mapping[str, str] = {}
NUMBERS = "lanyard/numbers/1"  # what the order of drawn numbers is derived for, of LANYARD_KEY
ANY_BUTTON = buttons.ANY_BUTTON  # a record's own token is drawn, and kept with it
NOBODY_LEFT = "Nobody at the school can decide this at present. Please speak to the school office."
QUICKER = "Somebody else was quicker. Nothing of yours was changed."


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a record concerns from the start. `subjects`, `pupils`: of whom it speaks; `handlers`: who deals with it.

    `custodians`: who looks after the place where it is.
    """

    subjects: Collection[int] = ()
    pupils: Collection[int] = ()
    handlers: Collection[int] = ()
    custodians: Collection[int] = ()

    @property
    def parts(self) -> frozenset[tuple[Part, int]]:
        """Return what every colleague is to it, as (part, person)."""
        subjects = {(Part.SUBJECT, person_id) for person_id in self.subjects}
        handlers = {(Part.HANDLER, person_id) for person_id in self.handlers}
        return frozenset({*subjects, *handlers, *((Part.CUSTODIAN, person_id) for person_id in self.custodians)})


CONCERNS_NOBODY = Concerned()


# ── the gate ───────────────────────────────────────────────────────────────────────────────────────────────────────


def facts(tx: Look, ways: Ways, found: Record) -> Facts:
    """Return what a record's gate depends on, as it stands now."""
    way = ways[found.procedure]
    several = 1 + (_hurried(tx, found) or int(found.waits_since < silent_before(tx, way) or _is_for_soon(tx, found)))
    state = next(state for state in type(way.first) if state == found.state)
    return Facts(way, state, found.asker_id, found.parts, several, found.pupils, tx.relatives(), found.asked_at)


def sight(tx: Look, ways: Ways, found: Record, person: Person) -> Sight:
    """Return how much of a record a person may see now."""
    return rules.sight(facts(tx, ways, found), person, tx.everybody(), tx.absences())


def may(tx: Look, ways: Ways, found: Record, person: Person) -> frozenset[Event]:
    """Return what a person may do with a record now."""
    return rules.may(facts(tx, ways, found), person, tx.everybody(), tx.absences())


def visible(tx: Look, ways: Ways, person: Person, least: Sight = Sight.OWN) -> ColumnElement[bool]:
    """Return the condition under which this person may see a record: for every list, count, search and export."""
    return record_sight.visible_to(
        person,
        ways.values(),
        tx.everybody(),
        tx.absences(),
        relatives=tx.relatives(),
        silence=Silence(
            {name: silent_before(tx, way) for name, way in ways.items()},
            for_until=tx.school.calendar.school_days_after(tx.today, 1),
            now=tx.now,
        ),
        least=least,
    )


def silent_before(tx: Look, way: Procedure) -> datetime:
    """Return before when a record must have begun to wait, so that the next in line may act too."""

    def read() -> datetime:
        return tx.midnight(tx.school.calendar.school_days_before(tx.today, way.next_after.days) + timedelta(days=1))

    found: datetime = tx.once(f"silent before {way.next_after.days}", read)
    return found


def _hurried(tx: Look, found: Record) -> int:
    """Return how many groups more may act because nobody has said in time that they have it."""
    return found.hurried + int(found.next_at is not None and found.next_at <= tx.now)


def _is_for_soon(tx: Look, found: Record) -> bool:
    """Return whether the next in line has to be brought in while it still helps."""
    return found.for_on is not None and found.for_on <= tx.school.calendar.school_days_after(tx.today, 1)


def related(tx: Look, pupils: Collection[int]) -> frozenset[int]:
    """Return who is related to any of these pupils, by their own word: they are told nothing of what concerns them."""
    return frozenset(person_id for person_id, of in tx.relatives().items() if of.pupils.intersection(pupils))


def get(tx: Look, ways: Ways, number: int, token: str | None, person: Person, *, gone: str) -> Record:
    """Return a record that a person may see. `token`: of the button that was pressed, or ANY_BUTTON.

    A button of another record, or of one that a restore has put in its place, opens nothing; one that is older than the
    record's move to the spine has no token. Raises NotFound, which says `gone`: nobody learns whether there is one.
    """
    way = next(iter(ways.values()))
    found = records.get(tx.connection, tx.school_id, way.kind, number)
    if found is None or not _is_its_own(found, token) or sight(tx, ways, found, person) < Sight.OWN:
        raise NotFound(gone)
    return found


def _is_its_own(found: Record, token: str | None) -> bool:
    is_older = not token and found.moved_at is not None
    return token is ANY_BUTTON or token == found.token or is_older


def value_of(found: Record) -> str:
    """Return what a record's buttons carry: its number, and the token by which it opens this very record."""
    return f"{found.number}:{found.token}"


def steps(tx: Look, ways: Ways, found: Sequence[Record]) -> dict[int, list[Step]]:
    """Return record → what happened to it, oldest first, with the words that were written."""
    ids = [record.record_id for record in found]
    known = records.steps(tx.connection, ids)
    sealed = [record.record_id for record in found if ways[record.procedure].confidential]
    for record_id, texts in record_texts.of_records(tx.connection, tx.sealing, sealed).items():
        known[record_id] = [replace(step, words=texts.get((step.step_id, WORDS), "")) for step in known[record_id]]
    return known


def names(tx: Look) -> Mapping[int, str]:
    """Return person → name, of everybody at the school and of whoever asked where nobody did; read once."""

    def read() -> Mapping[int, str]:
        return {rules.UNASKED: rules.ITSELF, **{person.person_id: person.name for person in tx.everybody()}}

    found: Mapping[int, str] = tx.once("names", read)
    return found


# ── what happens to it ─────────────────────────────────────────────────────────────────────────────────────────────


def take_in(
    tx: Transaction,
    way: Procedure,
    *,
    origin: str,
    keep: Callable[[int], None],
    for_on: date | None = None,
    texts: Mapping[str, str] = NOTHING,
    concerns: Concerned = CONCERNS_NOBODY,
    asker: Person | None,
) -> Record:
    """Take a record in and tell those whose turn it is; `keep` writes the feature's own columns, given the record's id.

    The same origin makes one record: a form delivered twice is the same. `texts`: what was written, of a confidential
    kind; `asker`: None where it follows from something. Raises Conflict where nobody could decide it, unless it is kept
    all the same.
    """
    found, is_new = records.add(
        tx.connection,
        tx.school_id,
        way,
        asker_id=asker.person_id if asker else rules.UNASKED,
        at=tx.now,
        origin=origin,
        for_on=for_on,
        secret=tx.sealing.derived(f"{NUMBERS}/{tx.school_id}".encode()) if way.confidential else b"",
    )
    if not is_new:
        return found
    keep(found.record_id)
    for name, text in texts.items():
        record_texts.add(tx.connection, tx.sealing, tx.school_id, found.record_id, name, text)
    for part, person_id in sorted(concerns.parts):
        records.add_part(tx.connection, tx.school_id, found.record_id, part, person_id, tx.now)
    for pupil_id in sorted(concerns.pupils):
        records.add_pupil(tx.connection, tx.school_id, found.record_id, pupil_id, tx.now)
    found = replace(found, parts=concerns.parts, pupils=frozenset(concerns.pupils))
    tx.audit(f"{way.feature}.{way.taken_in}", found.name)
    tx.notify(way.stands, found.number, [asker] if asker else [])
    _tell_deciders(tx, {way.name: way}, found, occasion=1)
    return found


def hurry(tx: Transaction, found: Record, *, more: int = 0) -> Record:
    """Have the next in line asked too where nobody says soon that they have it: what is urgent may not wait.

    `more`: groups that are asked from now on. Where somebody was faster nothing is changed.
    """
    is_open = tx.school.calendar.is_open(tx.now)
    patience = deciding.URGENT_AFTER if is_open else deciding.URGENT_AFTER_OUTSIDE
    return records.set_next_at(tx.connection, found, tx.now + patience, hurried=more) or found


def hurry_no_more(tx: Transaction, found: Record) -> Record:
    """Ask nobody else: somebody has it, or everybody was asked. Whoever was asked or could act by now still can."""
    more = _hurried(tx, found) - found.hurried
    return records.set_next_at(tx.connection, found, None, hurried=more) or found


def step(
    tx: Transaction,
    ways: Ways,
    found: Record,
    event: Event,
    *,
    by: Person | None,
    words: str = "",
    signature: str = "",
) -> tuple[Record, Step]:
    """Take one step, write down who did it, and tell everybody concerned. `by`: None for the clock.

    Returns the record as it is now, and the step. Raises Refused where it is not this person's to do, Conflict where it
    cannot happen any more or somebody was faster.
    """
    way, known = ways[found.procedure], facts(tx, ways, found)
    to = way.next_state(known.state, event)
    if by is not None and event not in rules.may(known, by, tx.everybody(), tx.absences()):
        raise Refused("This is not yours to decide.")
    now = records.move(tx.connection, found, to=to, at=tx.now)
    if now is None:
        raise Conflict(QUICKER)
    held = rules.offices(way, known.state, event, by) if by else ()
    office = ",".join(f"{role}>{whose}" for role, whose in held)
    made = Step(event, found.state, by.person_id if by else None, tx.now, words, signature, office)
    kept = replace(made, words="") if way.confidential else made
    step_id = records.add_step(tx.connection, tx.school_id, found, kept)
    if way.confidential and words:
        record_texts.add(tx.connection, tx.sealing, tx.school_id, found.record_id, WORDS, words, step_id=step_id)
    tx.audit(f"{way.feature}.{way.past[event]}", found.name)
    if event is way.taking:
        tx.told_otherwise(now.number, way.waits, way.stands, *way.told)
        return hurry_no_more(tx, now), replace(made, step_id=step_id)
    _tell_otherwise(tx, ways, now)
    if by is None or by.person_id != found.asker_id:  # a message that changes where it lies makes no sound
        asker = [person for person in tx.everybody() if person.person_id == found.asker_id]
        tx.notify(way.stands, found.number, asker, occasion=now.version)
    return now, made


def add_part(
    tx: Transaction, ways: Ways, found: Record, part: Part, person: Person, *, way: Procedure | None = None
) -> Record:
    """Write down what somebody is to a record from now on: whoever may not know any more has their messages taken back.

    Whoever is asked instead is told. `way`: another one that it takes from now on. Raises Conflict where somebody was
    faster, or nobody would be left to decide.
    """
    if (part, person.person_id) in found.parts:
        return found
    moved = records.move(tx.connection, found, to=found.state, at=tx.now, procedure=way.name if way else "")
    if moved is None:
        raise Conflict(QUICKER)
    records.add_part(tx.connection, tx.school_id, found.record_id, part, person.person_id, tx.now)
    tx.audit(f"{ways[found.procedure].feature}.{part}_added", found.name)
    now = replace(moved, parts=found.parts | {(part, person.person_id)})
    _tell_otherwise(tx, ways, now)
    if not asked(tx, ways, now):  # nobody is left: whoever asked must not wait in silence
        askers = [each for each in tx.everybody() if each.person_id == found.asker_id]
        tx.notify(ways[now.procedure].stands, found.number, askers, occasion=now.version)
    tx.changed(SightChanged(person.person_id))
    return now


def _tell_otherwise(tx: Transaction, ways: Ways, now: Record) -> None:
    """Bring what was told up to date, and tell those whose turn it is now."""
    way = ways[now.procedure]
    tx.told_otherwise(now.number, way.waits, way.stands, *way.told)
    tx.reminders_changed(f"{way.feature}-{now.number}-")
    _tell_deciders(tx, ways, now, occasion=now.version)


def _tell_deciders(tx: Transaction, ways: Ways, found: Record, *, occasion: object) -> None:
    """Tell those whose turn it is to decide; where a record can only end by itself now, nobody is asked."""
    way, known = ways[found.procedure], facts(tx, ways, found)
    deciders = _asked(tx, known)
    if not deciders and known.state in way.awaiting and not way.kept:
        raise Conflict(NOBODY_LEFT)
    tx.notify(way.waits, found.number, deciders, occasion=occasion)


def asked(tx: Look, ways: Ways, found: Record) -> list[Person]:
    """Return who is waited for now."""
    return _asked(tx, facts(tx, ways, found))


def awaited(tx: Look, ways: Ways, found: Record) -> list[tuple[Person, ...]]:
    """Return who is waited for now: of each group one has to act, and of every group somebody."""
    return _awaited_groups(tx, facts(tx, ways, found))


def _asked(tx: Look, known: Facts) -> list[Person]:
    return list(dict.fromkeys(person for group in _awaited_groups(tx, known) for person in group))


def _awaited_groups(tx: Look, known: Facts) -> list[tuple[Person, ...]]:
    """Return the groups of whom somebody is waited for; worked out once for all records that depend on the same."""
    way = known.procedure
    decide: frozenset[int] = tx.once(
        f"who decides of {way.name}",
        lambda: frozenset(person.person_id for person in tx.everybody() if person.roles & way.deciding_roles),
    )
    barred = sorted(decide & known.barred)
    absences = tx.absences() and known.counting(tx.everybody(), tx.absences())

    def read() -> list[tuple[Person, ...]]:
        awaits = way.awaits(known.state)
        return list(dict.fromkeys(rules.deciders(known, event, tx.everybody(), absences) for event in awaits))

    found: list[tuple[Person, ...]] = tx.once(f"{way.name}, {known.state}, {known.several}, {barred}, {absences}", read)
    return found
