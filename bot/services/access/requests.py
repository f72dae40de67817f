"""Requests to open a blocked site: asked, reviewed, approved with reasons, and done in the filter. Policy §7.5."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict
from bot.rules import access as rules
from bot.rules import deciding
from bot.rules.access import KIND, PROCEDURE, PROCEDURES, Event, State
from bot.rules.filter import register as register_rules
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import entry_for
from bot.rules.filter.register import Kind, RegisterEntry
from bot.rules.people import Person
from bot.services import record_turns, records
from bot.services.filter import register
from storage import access as forms
from storage import records as storage
from storage.access import Asked
from storage.filter import register as register_storage
from storage.records import Record, Step

OPEN = "access.open"  # the button that opens one
MINE_SHOWN = 10
GONE = "There is no such request of yours."


@dataclass(frozen=True, slots=True)
class View:
    """A request as one person sees it: who everybody is, and what this person may do with it now."""

    record: Record
    form: Asked
    steps: tuple[Step, ...]  # oldest first
    names: Mapping[int, str]
    deciders: tuple[str, ...]  # who is asked now; with an open question its asker
    may: frozenset[Event]
    entries: tuple[RegisterEntry, ...]  # what became of it in the filter; () while it is not approved
    is_stuck: bool  # nobody who could decide it can be told of it

    @property
    def name(self) -> str:
        """Return the record's name: AR-7."""
        return self.record.name

    @property
    def state(self) -> State:
        """Return how it stands."""
        return State(self.record.state)

    @property
    def button(self) -> str:
        """Return what its buttons carry: it opens this very record, and none that a restore put in its place."""
        return records.value_of(self.record)

    @property
    def proposed(self) -> str:
        """Return the line for the filter that fits the address."""
        return entry_for(read_address(self.form.url))

    @property
    def warning(self) -> str:
        """Return what is odd about the address, such as letters that look like others; "" for nothing."""
        return read_address(self.form.url).warning

    @property
    def standing(self) -> str:
        """Return how it stands, for the wording: the request's state, or what became of it in the filter."""
        state = register_rules.standing(self.entries) or self.state
        return state.name.lower()


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> View:
    """Take a request in and tell those who decide. Raises BadInput with a message a field, Conflict if nobody could.

    The same form delivered twice makes one request.
    """
    form = rules.read(fields, context.today())
    with context.begin() as tx:
        found = records.take_in(
            tx,
            PROCEDURE,
            origin=f"form {form_id}",
            keep=lambda record_id: forms.add(tx.connection, tx.school_id, record_id, form),
        )
        return _shown(tx, context.person, Found(found, Asked.of(form), ()), ())


def get(context: Context, number: int, token: str | None) -> View:
    """Return a request for one who may see it: its asker, a decider, the DPO. Raises NotFound. See `records.get`."""
    with context.look() as tx:
        return _seen(tx, context.person, number, token)


def decide(
    context: Context,
    number: int,
    event: Event,
    written: Mapping[str, str],
    *,
    token: str,
    shown_for: str,
    look_twice: Callable[[View], None],
) -> View:
    """Approve or reject, with reasons and the signer's own name. Raises BadInput, Conflict, NotFound, Refused.

    `written`: "reasons", "signature"; "until", the last day, "" for always, not there where the form did not ask;
    "lines", what the filter is to allow: without it the site of the address, or its page where many share the site.
    `shown_for`: the state that the form was opened in; whoever was quicker wins. `look_twice` is given the request
    before anything is written, and may raise: then nothing is.
    """
    with context.begin() as tx:
        view = _for_decision(tx, context.person, number, token, shown_for)
        look_twice(view)
        why, signed = deciding.read_decision(written["reasons"], written["signature"], context.person)
        if event is Event.APPROVE and Event.APPROVE_FOR_BOTH in view.may:
            event = Event.APPROVE_FOR_BOTH
        wrong: dict[str, str] = {}
        until = rules.read_until(written["until"], tx.today, wrong) if "until" in written else view.form.until
        if wrong:
            raise BadInput("Something on the form needs another look.", fields=wrong)
        if event in view.may and PROCEDURE.next_state(view.state, event) is State.APPROVED:
            lines = _lines(written.get("lines", ""), view.form)
            register.propose(tx, Kind.ALLOWED, lines, reason=why, record=view.name, by=context.person, expires_on=until)
        if until != view.form.until:
            forms.allow_until(tx.connection, view.record.record_id, until)
        done, made = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=why, signature=signed)
        return _shown(
            tx, context.person, Found(done, replace(view.form, until=until), (*view.steps, made)), _lines_of(tx, done)
        )


def say(context: Context, number: int, event: Event, words: str, *, token: str, shown_for: str = "") -> View:
    """Ask back as a decider, answer or withdraw as the asker. Raises BadInput, Conflict, NotFound, Refused."""
    text = words.strip()
    if event is not Event.WITHDRAW and (sum(map(str.isalnum, text)) < 2 or len(text) > rules.LONGEST):
        field = "question" if event is Event.ASK_BACK else "answer"
        raise BadInput("Please write a sentence.", fields={field: "Please write a sentence, at most 3,000 letters."})
    with context.begin() as tx:
        view = _for_decision(tx, context.person, number, token, shown_for)
        done, made = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=text)
        return _shown(tx, context.person, Found(done, view.form, (*view.steps, made)), ())


def mine(tx: Look, person: Person) -> list[View]:
    """Return a person's own requests, newest first."""
    if not record_turns.has_asked(tx, person):
        return []
    return views(tx, person, storage.of_asker(tx.connection, tx.school_id, KIND, person.person_id, MINE_SHOWN))


@dataclass(frozen=True, slots=True)
class Found:
    """A request as a list shows it."""

    record: Record
    form: Asked
    steps: tuple[Step, ...]


def filled(tx: Look, found: Sequence[Record]) -> list[Found]:
    """Return requests with their forms and steps, of records that somebody was found to see."""
    known = forms.of_records(tx.connection, [record.record_id for record in found])
    steps = records.steps(tx, PROCEDURES, found)
    return [Found(record, known[record.record_id], tuple(steps[record.record_id])) for record in found]


def views(tx: Look, person: Person, found: Sequence[Record]) -> list[View]:
    """Return requests that somebody may see, as this person sees them."""
    approved = {record.name for record in found if record.state == State.APPROVED}
    lines = register_storage.of_records(tx.connection, tx.school_id, approved) if approved else []
    return [
        _shown(tx, person, asked, [line for line in lines if line.record == asked.record.name])
        for asked in filled(tx, found)
    ]


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _shown(tx: Look, person: Person, found: Found, entries: Sequence[RegisterEntry]) -> View:
    record = found.record
    asked = records.asked(tx, PROCEDURES, record)
    is_asked = record.state in rules.QUESTIONS
    names: Mapping[int, str] = tx.once("names", lambda: {each.person_id: each.name for each in tx.everybody()})
    return View(
        record,
        found.form,
        found.steps,
        names,
        deciders=(names[record.asker_id],) if is_asked else tuple(each.name for each in asked),
        may=frozenset(Event(event) for event in records.may(tx, PROCEDURES, record, person)),
        entries=tuple(entries),
        is_stuck=record.state in rules.UNDECIDED and all(each.person_id in tx.unreached() for each in asked),
    )


def _lines_of(tx: Look, found: Record) -> Sequence[RegisterEntry]:
    """Return what became of a request in the filter: nothing, while it is not approved."""
    if found.state != State.APPROVED:
        return ()
    return register_storage.of_records(tx.connection, tx.school_id, {found.name})


def _view(tx: Look, person: Person, found: Record) -> View:
    return views(tx, person, [found])[0]


def _seen(tx: Look, person: Person, number: int, token: str | None) -> View:
    return _view(tx, person, records.get(tx, PROCEDURES, number, token, person, gone=GONE))


def _for_decision(tx: Transaction, person: Person, number: int, token: str, shown_for: str) -> View:
    view = _seen(tx, person, number, token)
    if shown_for and view.record.state != shown_for:
        raise Conflict(f"This request is {view.state.value} by now, so nothing was changed.")
    return view


def _lines(line: str, form: Asked) -> list[str]:
    """Return the line for the filter, as the decider wants it. Raises BadInput for "lines"."""
    read = register_rules.read_lines(line) if line.strip() else ()
    return [each.text for each in read] or [entry_for(read_address(form.url))]
