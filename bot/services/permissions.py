"""Permission for what the policy allows only with it: a personal account in a lesson (§5.7), over the WiFi (§5.9)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.clock import school_day, spoken_day
from bot.context import Context, Look
from bot.errors import BadInput, Conflict
from bot.rules import deciding
from bot.rules import permissions as rules
from bot.rules.people import Person
from bot.rules.permissions import FEATURE, KIND, PROCEDURES, Event, State, What
from bot.rules.reminders.stages import Item, reached
from bot.rules.reminders.week import Week
from bot.services import record_turns, records
from storage import permissions as forms
from storage import records as storage
from storage.permissions import Permission
from storage.records import Record, Step

OPEN = "permissions.open"  # the button that opens one
MINE_SHOWN = 3
GONE = "There is no such request of yours."


@dataclass(frozen=True, slots=True)
class View:
    """A request as one person sees it: what is asked, what has happened, and what this person may do with it now."""

    record: Record
    form: Permission
    steps: tuple[Step, ...]
    names: Mapping[int, str]
    deciders: tuple[tuple[str, ...], ...]  # of each group one is waited for; with an open question it is the asker
    may: frozenset[Event]
    is_stuck: bool  # nobody who could decide it can be told of it

    @property
    def what(self) -> What:
        """Return what is asked for."""
        return What(self.record.procedure)

    @property
    def state(self) -> State:
        """Return how it stands."""
        return State(self.record.state)

    @property
    def button(self) -> str:
        """Return what its buttons carry: it opens this very record, and none that a restore put in its place."""
        return records.value_of(self.record)


@dataclass(frozen=True, slots=True)
class Found:
    """A request as a list shows it."""

    record: Record
    form: Permission
    steps: tuple[Step, ...]


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> View:
    """Take a request in and tell those who decide. Raises BadInput with a message a field; Conflict if nobody could.

    The same form delivered twice makes one request.
    """
    form = rules.read(fields, context.today())
    with context.begin() as tx:
        found = records.take_in(
            tx,
            PROCEDURES[form.what],
            origin=f"form {form_id}",
            for_on=form.first,
            keep=lambda record_id: forms.add(tx.connection, tx.school_id, record_id, form),
        )
        return _view(tx, context.person, found)


def get(context: Context, number: int, token: str) -> View:
    """Return a request for one who may see it. Raises NotFound, for a button of another record too."""
    with context.look() as tx:
        return _seen(tx, context.person, number, token)


def of_number(context: Context, number: int) -> View:
    """Return the same for a message of ours, which names its record by itself. Raises NotFound."""
    with context.look() as tx:
        return _seen(tx, context.person, number, records.ANY_BUTTON)


def decide(
    context: Context,
    number: int,
    event: Event,
    *,
    token: str,
    shown_for: str,
    reasons: str,
    signature: str,
    conditions: str = "",
) -> View:
    """Take a decision: with reasons, and the signer's own name. Raises BadInput, Conflict, NotFound, Refused.

    `shown_for`: the state that the form was opened in. Whoever holds both offices permits and confirms in one step.
    """
    why, signed = deciding.read_decision(reasons, signature, context.person)
    if len(conditions) > rules.LONGEST:
        raise BadInput("Too long.", fields={"conditions": f"{rules.LONGEST} letters is the most."})
    with context.begin() as tx:
        view = _seen(tx, context.person, number, token)
        if view.record.state != shown_for:
            raise Conflict(f"This request is {view.state.value} by now, so nothing was changed.")
        if event in rules.YES and Event.PERMIT_AND_CONFIRM in view.may:
            event = Event.PERMIT_AND_CONFIRM
        done, _ = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=why, signature=signed)
        if conditions.strip() and event in rules.YES:
            forms.add_conditions(tx.connection, view.record.record_id, conditions.strip())
        return _view(tx, context.person, done)


def say(context: Context, number: int, event: Event, words: str, *, token: str) -> View:
    """Ask back as a decider, answer or withdraw as the asker. Raises BadInput, Conflict, NotFound, Refused."""
    text = words.strip()
    if event is not Event.WITHDRAW and (sum(map(str.isalnum, text)) < 2 or len(text) > rules.LONGEST):
        field = "question" if event is Event.ASK_BACK else "answer"
        raise BadInput("Please write a sentence.", fields={field: "Please write a sentence, at most 2,000 letters."})
    with context.begin() as tx:
        view = _seen(tx, context.person, number, token)
        done, _ = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=text)
        return _view(tx, context.person, done)


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────────


def tick(context: Context) -> None:
    """Let lapse what nobody decided in time, and end what is over."""
    with context.look() as tx:
        is_late = bool(_late(tx))
    if is_late:
        with context.begin() as tx:
            for found, event in _late(tx):
                records.step(tx, PROCEDURES, found, event, by=None)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return what runs out soon, for its asker."""
    for found, form in _permitted(tx, reader):
        stage = reached(form.last_on, tx.today, rules.EXPIRY) if form.last_on > form.first_on else None
        if stage and form.last_on >= tx.today:
            words = {"name": found.name, "since": spoken_day(form.last_on), "what": "expires"}
            key = f"{FEATURE}-{found.number}-expires"
            nobody = frozenset[int]()
            yield Item(FEATURE, key, found.asker_id, form.last_on, stage, words, OPEN, records.value_of(found), nobody)


def week(tx: Look, person: Person, _monday: date) -> Week:
    """Return what waits for a person's decision."""
    return Week(decisions=record_turns.waiting(tx, PROCEDURES, person, OPEN))


def card(tx: Look, person: Person) -> Mapping[str, Any]:
    """Return a person's newest requests, for Home."""
    if not record_turns.has_asked(tx, person):
        return {}
    found = storage.of_asker(tx.connection, tx.school_id, KIND, person.person_id, MINE_SHOWN)
    return {"permissions": tuple(_views(tx, person, found))}


def filled(tx: Look, found: Sequence[Record]) -> dict[int, Found]:
    """Return number → the request with its form and its steps, of records that somebody was found to see."""
    ids = [each.record_id for each in found]
    known, steps = forms.of_records(tx.connection, ids), records.steps(tx, PROCEDURES, found)
    return {each.number: Found(each, known[each.record_id], tuple(steps[each.record_id])) for each in found}


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _late(tx: Look) -> list[tuple[Record, Event]]:
    """Return what the clock ends today: undecided when it was to begin, or over since its last day."""
    late = []
    for found in storage.in_states(tx.connection, tx.school_id, KIND, rules.WAITING):
        asked_on = school_day(found.asked_at, tx.school.timezone)
        if found.for_on and rules.lapses_on(asked_on, found.for_on) <= tx.today:
            late.append((found, Event.LAPSE))
    late += [(found, Event.EXPIRE) for found, form in _permitted(tx, None) if form.last_on < tx.today]
    return late


def _permitted(tx: Look, reader: Person | None) -> list[tuple[Record, Permission]]:
    if reader is None:
        found = storage.in_states(tx.connection, tx.school_id, KIND, [State.PERMITTED])
    elif record_turns.has_asked(tx, reader):
        theirs = (storage.record.c.kind == KIND) & (storage.record.c.asker_id == reader.person_id)
        found = storage.where(tx.connection, tx.school_id, theirs & (storage.record.c.state == State.PERMITTED))
    else:
        return []
    known = forms.of_records(tx.connection, [each.record_id for each in found])
    return [(each, known[each.record_id]) for each in found]


def _seen(tx: Look, person: Person, number: int, token: str | None) -> View:
    return _view(tx, person, records.get(tx, PROCEDURES, number, token, person, gone=GONE))


def _view(tx: Look, person: Person, found: Record) -> View:
    return _views(tx, person, [found])[0]


def _views(tx: Look, person: Person, found: Sequence[Record]) -> list[View]:
    ids = [each.record_id for each in found]
    known, steps = forms.of_records(tx.connection, ids), records.steps(tx, PROCEDURES, found)
    names = {each.person_id: each.name for each in tx.everybody()}
    return [_shown(tx, person, each, known[each.record_id], steps[each.record_id], names) for each in found]


def _shown(
    tx: Look, person: Person, found: Record, form: Permission, steps: Sequence[Step], names: Mapping[int, str]
) -> View:
    events = [step.event for step in steps if step.event in {Event.ASK_BACK, Event.ANSWER}]
    is_asked = bool(events) and events[-1] == Event.ASK_BACK and found.state in rules.WAITING
    may = records.may(tx, PROCEDURES, found, person) - (set() if is_asked else {Event.ANSWER})
    groups = records.awaited(tx, PROCEDURES, found)
    by_name = tuple(tuple(each.name for each in group) for group in groups)
    waits_for = ((names[found.asker_id],),) if is_asked else by_name
    # One group of whom nobody is reached is enough: without them it never gets anywhere.
    is_stuck = found.state in rules.WAITING and any(
        all(each.person_id in tx.unreached() for each in group) for group in groups
    )
    return View(found, form, tuple(steps), names, waits_for, frozenset(Event(each) for each in may), is_stuck)
