"""A record of any kind as somebody sees it, and what they can do with it. The feature gives what is its own.

Everything here is asked of the gate (`records`): nobody sees or does what is not theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.engine import Connection

from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, Refused
from bot.rules import deciding
from bot.rules.people import Person
from bot.rules.procedures import Event, Procedure, State
from bot.rules.relays import How
from bot.rules.school import Role
from bot.services import record_turns, records
from bot.wording import Page, page
from storage import records as storage
from storage.outbox import relays
from storage.records import Record, Step
from storage.spine.record_search import Said, Which

LONGEST = 3000  # letters of a question or an answer: as many as Slack takes

Form = TypeVar("Form")
Value = str | date | None
# (transaction, record, event, reasons) → the form as it is then.
Also = Callable[[Transaction, "RecordView[Form]", Any, str], Form]


def says(occurs: Callable[[Connection, str], ColumnElement[bool]]) -> Callable[..., Said]:
    """Return how words are looked for in what is not sealed. `occurs`: the condition that one is in a form."""

    def said(tx: Look, word: str, _which: Which, most: int = 0) -> Said:
        return occurs(tx.connection, word), False

    return said


@dataclass(frozen=True, slots=True)
class Relayed:
    """Somebody outside Slack who has to be told of a record, or was. `at`, `how`, `by`: once they were.

    `holder`, `phone`: who it is and how to reach them, for whoever alone may tell (`is_own`), else ""; `tellers`: who
    tells them; `number`: of the telling, None while it is only being made.
    """

    role: Role
    tellers: tuple[str, ...] = ()
    is_own: bool = False
    holder: str = ""
    phone: str = ""
    number: int | None = None
    at: datetime | None = None
    how: How | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class FiledRecord(Generic[Form]):
    """A record with everything on it: what was asked, and what has happened since, oldest first."""

    record: Record
    form: Form
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Return the record's name: PR-5."""
        return self.record.name


@dataclass(frozen=True, slots=True)
class RecordView(FiledRecord[Form]):
    """A record as one person sees it, and what this person may do with it now."""

    state: State
    names: Mapping[int, str]  # of everybody at the school
    awaited: tuple[tuple[str, ...], ...]  # of each group one is waited for; with an open question it is the asker
    may: frozenset[Event]
    is_stuck: bool  # nobody who could decide it can be told of it
    relayed: tuple[Relayed, ...] = ()  # who is told of it outside Slack

    @property
    def asker(self) -> str:
        """Return the name of whoever asked."""
        return self.names[self.record.asker_id]

    @property
    def whom_to_phone(self) -> tuple[Relayed, ...]:
        """Return whom nobody but this person may tell, and has not yet."""
        return tuple(each for each in self.relayed if each.is_own and each.at is None)

    @property
    def button(self) -> str:
        """Return what its buttons carry: it opens this very record, and none that a restore put in its place."""
        return records.value_of(self.record)


@dataclass(frozen=True)
class Desk(Generic[Form]):
    """Where one kind of record is read and worked on.

    `ways`: its procedures. `forms`: of records that somebody was found to see, record id → what was asked. `columns`:
    the fields of a form, in their order → their headings in a list that is taken out. `fields`: what stands in them.
    `title`: what it is called in such a list and on paper, `clauses`: where the policy speaks of it, "" where nowhere.
    `says`: (look, word, which records, most=…) → the condition that a word occurs in one, and whether some of them were
    not looked into; `most`: how many of them at most, 0 for all. `gone`: what is said where there is no such record,
    or none for this person. `stands`: how a record stands, as `state_<…>` of its words says it; else its state does.
    `as_seen`: (look, reader, record) → what of its form this reader may know; without it, all.
    """

    ways: records.Ways
    forms: Callable[[Look, Sequence[Record]], Mapping[int, Form]]
    columns: Mapping[str, str]
    fields: Callable[[FiledRecord[Form]], Mapping[str, Value]]
    title: str
    clauses: str
    says: Callable[..., Said]
    gone: str = "There is no such request of yours."
    stands: Callable[[FiledRecord[Form]], str] | None = None
    as_seen: Callable[[Look, Person, FiledRecord[Form]], Form] | None = None

    @property
    def kind(self) -> str:
        """Return how its numbers begin: "PR"."""
        return next(iter(self.ways.values())).kind

    @property
    def feature(self) -> str:
        """Return the feature that it belongs to."""
        return next(iter(self.ways.values())).feature

    def way(self, found: Record) -> Procedure:
        """Return the procedure that a record takes."""
        return self.ways[found.procedure]

    def state(self, found: Record) -> State:
        """Return how a record stands, as its procedure calls it."""
        return next(state for state in type(self.way(found).first) if state == found.state)

    def standing(self, filed: FiledRecord[Form]) -> str:
        """Return how a record stands, as `state_<…>` of its wording says it."""
        return self.stands(filed) if self.stands else self.state(filed.record).name.lower()

    def question(self, filed: FiledRecord[Form]) -> Step | None:
        """Return the question that waits for the answer of whoever asked, if one is open."""
        way, state = self.way(filed.record), self.state(filed.record)
        if not way.has_question(state, [step.event for step in filed.steps]):
            return None
        return next(step for step in reversed(filed.steps) if step.event in way.spoken)

    @property
    def words(self) -> Page:
        """Return what people read of it."""
        return page(f"{self.feature}/view")

    @property
    def opens(self) -> str:
        """Return the button that opens one."""
        return f"{self.feature}.open"

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, context: Context, number: int, token: str | None = records.ANY_BUTTON) -> RecordView[Form]:
        """Return a record for somebody who may see it. `token`: see `records.get`. Raises NotFound."""
        with context.look() as tx:
            return self.seen(tx, context.person, number, token)

    def seen(self, tx: Look, person: Person, number: int, token: str | None) -> RecordView[Form]:
        """Return a record for somebody who may see it, as `get` does, within a transaction."""
        return self._relayed(tx, person, self._found(tx, person, number, token))

    def view(self, tx: Look, person: Person, found: Record) -> RecordView[Form]:
        """Return a record, which this person may see, as they see it."""
        return self._relayed(tx, person, self.views(tx, person, [found])[0])

    def _found(self, tx: Look, person: Person, number: int, token: str | None) -> RecordView[Form]:
        return self.views(tx, person, [records.get(tx, self.ways, number, token, person, gone=self.gone)])[0]

    def views(self, tx: Look, person: Person, found: Sequence[Record]) -> list[RecordView[Form]]:
        """Return several records, all of which this person may see, as they see them."""
        return [self.shown(tx, person, each) for each in self.filed(tx, found)]

    def mine(self, tx: Look, person: Person, most: int) -> tuple[RecordView[Form], ...]:
        """Return somebody's own newest records of this kind."""
        if not record_turns.has_asked(tx, person):
            return ()
        found = storage.of_asker(tx.connection, tx.school_id, self.kind, person.person_id, most)
        return tuple(self.views(tx, person, found))

    def filed(self, tx: Look, found: Sequence[Record]) -> list[FiledRecord[Form]]:
        """Return records that somebody was found to see, with everything on them."""
        forms, steps = self.forms(tx, found), records.steps(tx, self.ways, found)
        return [FiledRecord(each, forms[each.record_id], tuple(steps[each.record_id])) for each in found]

    def shown(self, tx: Look, person: Person, filed: FiledRecord[Form]) -> RecordView[Form]:
        """Return what was read of a record as this person sees it."""
        found, way, state = filed.record, self.way(filed.record), self.state(filed.record)
        names = records.names(tx)
        has_question = self.question(filed) is not None
        may = records.may(tx, self.ways, found, person)
        if not has_question:
            may -= {event for event in may & way.spoken if way.is_askers(state, event)}
        groups = records.awaited(tx, self.ways, found)
        by_name = tuple(tuple(each.name for each in group) for group in groups)
        return RecordView(
            found,
            self.as_seen(tx, person, filed) if self.as_seen else filed.form,
            filed.steps,
            state,
            names,
            awaited=((names[found.asker_id],),) if has_question else by_name,
            may=frozenset(may),
            # One group in which nobody can be reached is enough: without it the record cannot move on.
            is_stuck=state in way.awaiting
            and any(all(each.person_id in tx.unreached() for each in group) for group in groups),
        )

    def _relayed(self, tx: Look, person: Person, view: RecordView[Form]) -> RecordView[Form]:
        """Return a view with who is told of the record outside Slack, and who was."""
        return replace(view, relayed=relayed(tx, self.ways, view.record, person))

    # ── working on it ──────────────────────────────────────────────────────────────────────────────────────────────

    def ask(
        self,
        context: Context,
        way: Procedure,
        form: Form,
        *,
        form_id: str,
        keep: Callable[[Transaction, int], None],
        **more: Any,
    ) -> RecordView[Form]:
        """Take a record in and tell those who decide. Raises Conflict if nobody could.

        The same form delivered twice makes one record. `keep`: writes the form of a record, given its id; `more`: as of
        `records.take_in`.
        """
        with context.begin() as tx:
            origin = f"form {form_id}"
            asked = {"asker": context.person, **more}
            found = records.take_in(tx, way, origin=origin, keep=lambda record_id: keep(tx, record_id), **asked)
            view = self.shown(tx, context.person, FiledRecord(found, form, ()))
            return self._relayed(tx, context.person, view) if tx.outside() else view  # nobody was told of a new one yet

    def act(
        self,
        context: Context,
        number: int,
        event: Event,
        written: Mapping[str, str],
        *,
        token: str,
        shown_for: str,
        also: "Also[Form] | None" = None,
    ) -> RecordView[Form]:
        """Do one thing with a record: decide, ask back, answer, withdraw. Raises BadInput, Conflict, NotFound, Refused.

        `written`: "reasons" and "signature" of a decision, "question" or "answer" of what is spoken. `shown_for`: the
        state in which a decider saw it: whoever was quicker wins. `also`: what the feature does besides, before the
        step is taken, given what was written; it returns the form as it then is.
        """
        person = context.person
        with context.begin() as tx:
            view = self._found(tx, person, number, token)
            way = self.way(view.record)
            if view.state != shown_for and not way.is_askers(view.state, event):
                raise Conflict(f"This is {view.state.value} by now, so nothing was changed.")
            if event in way.yes and way.yes[0] in view.may:
                event = way.yes[0]  # whoever holds several offices signs once
            if event not in view.may:
                way.next_state(view.state, event)
                raise Refused("This is not yours to decide.")
            words, signature = _read(way, view.state, event, written, person)
            form = also(tx, view, event, words) if also else view.form
            done, made = records.step(tx, self.ways, view.record, event, by=person, words=words, signature=signature)
            return self._relayed(tx, person, self.shown(tx, person, FiledRecord(done, form, (*view.steps, made))))


def relayed(tx: Look, ways: records.Ways, found: Record, person: Person | None = None) -> tuple[Relayed, ...]:
    """Return who was told of a record outside Slack, and who is still to be. `person`: who looks, None: for paper."""
    way = ways[found.procedure]
    kept = relays.of_records(tx.connection, tx.school_id, (way.waits, *way.told), [found.number])
    names = {each.person_id: each.name for each in tx.everybody()} if kept else {}
    done = tuple(
        Relayed(each.role, number=each.relay_id, at=each.told_at, how=each.how, by=names.get(each.told_by or 0, ""))
        for each in kept
        if each.told_at
    )
    if not tx.outside():
        return done
    numbers, were_told = {each.of: each.relay_id for each in kept}, {each.holder_id for each in kept if each.told_at}
    telling = record_turns.telling(tx, ways, found)
    is_own = telling.is_confidential and telling.is_askers and person in telling.tellers
    to_tell = (
        Relayed(
            each.role,
            tuple(teller.name for teller in telling.tellers),
            is_own,
            each.person.name if is_own and not each.person.is_nameless else "",
            tx.school.phones.get(each.person.email, "") if is_own else "",
            numbers.get((telling.notice, found.number, each.person.person_id)),
        )
        for each in telling.outside
        if each.person.person_id not in were_told
    )
    return (*done, *to_tell)


def _read(way: Procedure, state: State, event: Event, written: Mapping[str, str], person: Person) -> tuple[str, str]:
    """Return (words, signature) of what somebody does. Raises BadInput with a message for each field."""
    if event in way.signed:
        return deciding.read_decision(written.get("reasons", ""), written.get("signature", ""), person)
    if event not in way.spoken:
        return "", ""
    name = "answer" if way.is_askers(state, event) else "question"
    text = written.get(name, "").strip()
    if sum(map(str.isalnum, text)) < 2:
        raise BadInput("Please write a sentence.", fields={name: "Please write a sentence."})
    if len(text) > LONGEST:
        raise BadInput("Too long.", fields={name: f"Please use at most {LONGEST} letters: this has {len(text)}."})
    return text, ""
