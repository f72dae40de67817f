"""The windows and messages that every kind of record has: read it, decide, ask back, answer, withdraw.

A feature gives the words (`templates/<feature>/view.j2`) and what is its own; these give the rest, with its routes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Generic, TypeVar

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import BadInput, NotFound
from bot.notices import Notice
from bot.rules.forms import LONGEST_REASONS
from bot.rules.people import Person
from bot.rules.procedures import UNASKED, Event
from bot.rules.school import Role
from bot.services.record_views import LONGEST, Desk, RecordView
from bot.wording import Page, Wording, page
from handlers import blocks
from handlers.blocks import Block, Element, Modal
from handlers.notices import Letter, Renders
from handlers.parts import relayed, standing, steps
from handlers.requests import EVERYONE, OLD_FORM, Open, Push, Reply, Request, Route, Update, button, form

WORDS = page("records/one")
LONGEST_SIGNATURE = 200
DECIDE, SAY = "decide", "say"  # the forms of a decider, and of whoever asked

Form = TypeVar("Form")
Act = Callable[..., RecordView[Form]]


class Doubted(Exception, Generic[Form]):  # noqa: N818 - no error: a question
    """What somebody wrote may not be what they mean: they are asked once more, and nothing is lost.

    `doubts`: the question, shown under what was written.
    """

    def __init__(self, view: RecordView[Form], doubts: Sequence[Block]) -> None:
        super().__init__()
        self.view, self.doubts = view, doubts


def _nothing_left(*_given: object) -> Wording:
    return WORDS.text("nothing_left")


def _no_blocks(*_given: object) -> tuple[Block, ...]:
    return ()


@dataclass(frozen=True)
class Pages(Generic[Form]):
    """One kind of record in front of people.

    `words`: its page, with `state_…`, `event_…` and `label_…` of every state, event and field, and the label of every
    button. `buttons`: name → the events of which the first that somebody may take is theirs; each is a route. `waits`:
    what a decider is told. `act`: does one thing with a record: `Desk.act`, or the feature's own round it, given the
    request besides. `notes`: what else stands on it; `fields`: what else is asked before a decision; `left`: what is
    said of what somebody still has to do about one that is decided; `window`: one record as a whole, where it is not
    shown as all others are.
    """

    desk: Desk[Form]
    words: Page
    buttons: Mapping[str, tuple[Event, ...]]
    waits: Callable[[RecordView[Form]], Wording]
    act: Callable[..., RecordView[Form]] | None = None
    notes: Callable[[Request, RecordView[Form]], Iterable[Block]] = _no_blocks
    fields: Callable[[Request, RecordView[Form], Any], Iterable[Block]] = _no_blocks
    left: Callable[[Context, RecordView[Form]], Wording] = _nothing_left
    window: Callable[[Request, RecordView[Form]], Modal] | None = None

    # ── ways in ────────────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self) -> tuple[Route, ...]:
        """Return the ways in that every kind has."""
        return (
            button(self._route("open"), EVERYONE, self.show),
            *(
                button(self._route(name), self._roles(events), partial(self.open_form, events))
                for name, events in self.buttons.items()
            ),
            *self._forms(),
        )

    def _forms(self) -> Iterator[Route]:
        if self._decisions:
            yield form(self._route(DECIDE), self._line_roles(self._decisions), self.take)
        if any(self._is_askers(event) for way in self.desk.ways.values() for event in way.past):
            yield form(self._route(SAY), EVERYONE, self.take)

    def notices(self) -> Renders:
        """Return what its messages say."""
        way = next(iter(self.desk.ways.values()))
        told: dict[Notice, Callable[[Context, int], Letter]] = {way.waits: self.letter_waits}
        return {**told, way.stands: self.letter_stands}

    def wordings(self) -> frozenset[str]:
        """Return the blocks of wording that its page has to have."""
        found = {*self.buttons, *(f"label_{name}" for name in self.desk.columns)}
        for way in self.desk.ways.values():
            found |= {f"state_{state.name.lower()}" for state in type(way.first)}
            found |= {f"event_{event.name.lower()}" for event in way.past}
            found |= {_sure(event) for event in self._decisions - way.signed - way.spoken}
            found |= {"who", *map(_sure, way.past)} & set(self.words.blocks())  # else what all records say
        return frozenset(found)

    def _route(self, name: str) -> str:
        return f"{self.desk.feature}.{name}"

    def _form_route(self, event: Event) -> str:
        """Return how the form for an event is sent: a decider's own way in refuses others by their role already."""
        return self._route(SAY if self._is_askers(event) else DECIDE)

    def _is_askers(self, event: Event) -> bool:
        return any(way.is_askers(state, event) for way in self.desk.ways.values() for state in way.turns)

    def _roles(self, events: Collection[Event]) -> frozenset[Role]:
        """Return who may ever take one of these: whoever asked may be anybody."""
        return EVERYONE if any(map(self._is_askers, events)) else self._line_roles(events)

    def _line_roles(self, events: Collection[Event]) -> frozenset[Role]:
        return frozenset(role for way in self.desk.ways.values() for role in way.roles(events))

    @property
    def _decisions(self) -> frozenset[Event]:
        """Return the events that are for a line of roles to take."""
        every = (event for way in self.desk.ways.values() for event in way.past)
        return frozenset(event for event in every if self._line_roles([event]))

    # ── windows ────────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, request: Request) -> Reply:
        """Show one record with everything on it; whoever asked may answer a question there."""
        window = self._whole(request, self._pressed(request))
        return Push(window) if self.window and request.is_in_window else Open(window)

    def open_form(self, events: Sequence[Event], request: Request) -> Reply:
        """Open the form of what a button stands for; where it is over, say so."""
        view = self._pressed(request)
        event = next((each for each in events if each in view.may), None)
        if event is None:
            return Open(self._said(view, WORDS.text("over", name=view.name, state=self.state(view, request.person))))
        return Open(self._form(request, view, event))

    def take(self, request: Request) -> Reply:
        """Do what a form was opened for."""
        written = request.kept("event")
        known = (event for way in self.desk.ways.values() for event in way.past)
        event = next((each for each in known if each == written), None)
        if event is None or request.name != self._form_route(event):
            raise BadInput(OLD_FORM)
        number, token, seen = request.kept_number("number"), request.kept("token"), request.kept("state")
        act = partial(self.act, request) if self.act else partial(self.desk.act, request.context)
        try:
            done = act(number, event, texts(request), token=token, shown_for=seen)
        except Doubted as doubted:
            return Update(self._form(request, doubted.view, event, doubted.doubts))
        if done.record.asker_id == request.person.person_id:
            return Update(self._whole(request, done))
        told = {"state": self.state(done, request.person), "deciders": people(done), "asker": _asker(done)}
        block = "done_asked" if self.desk.question(done) else "done"
        return Update(self._said(done, WORDS.text(block, name=done.name, **told)))

    def sent(self, view: RecordView[Form]) -> Modal:
        """Return what is said when a request was taken in: its number, and whom it waits for."""
        said = WORDS.text("sent", name=view.name, deciders=people(view))
        return blocks.modal(WORDS.text("sent_title"), [blocks.Section(said)])

    def state(self, view: RecordView[Form], reader: Person) -> Wording:
        """Return how a record stands, in words, to whoever reads it."""
        return standing.said(self.desk, view, reader.person_id, view.names)

    def _pressed(self, request: Request) -> RecordView[Form]:
        return self.desk.get(request.context, *request.record())

    def _said(self, view: RecordView[Form], said: Wording) -> Modal:
        return blocks.modal(WORDS.text("title", name=view.name), [blocks.Section(said)])

    def _form(self, request: Request, view: RecordView[Form], event: Event, doubts: Sequence[Block] = ()) -> Modal:
        name = next(name for name, events in self.buttons.items() if event in events)
        return blocks.modal(
            WORDS.text("form_title", label=self.words.text(name), name=view.name),
            [*self._details(request, view), *self._asked(request, view, event), *doubts],
            form=self._form_route(event),
            submit=self.words.text(name),
            metadata=_kept(view, event),
        )

    def _asked(self, request: Request, view: RecordView[Form], event: Event) -> Iterator[Block]:
        """What has to be written before something is done."""
        way, written = self.desk.way(view.record), texts(request)
        if event in way.spoken:
            yield blocks.Field(WORDS.text("question", asker=view.asker), _lines("question"), name="question")
        elif event in way.signed:
            hint = WORDS.text("reasons_hint", asker=_asker(view))
            reasons = blocks.Write("reasons", lines=True, most=LONGEST_REASONS, initial=written.get("reasons", ""))
            yield blocks.Field(WORDS.text("reasons"), reasons, name="reasons", hint=hint)
            yield from self.fields(request, view, event)
            signer = WORDS.text("signature_hint", signer=request.person.name)
            typed = blocks.Write("signature", most=LONGEST_SIGNATURE, initial=written.get("signature", ""))
            yield blocks.Field(WORDS.text("signature"), typed, name="signature", hint=signer)
        else:
            has_own = _sure(event) in self.words.blocks()
            yield blocks.Section(self.words.text(_sure(event)) if has_own else WORDS.text("sure"))
            yield from self.fields(request, view, event)

    def _whole(self, request: Request, view: RecordView[Form]) -> Modal:
        if self.window:
            return self.window(request, view)
        title, shown = WORDS.text("title", name=view.name), [*self._details(request, view)]
        answer = self._answer(view)
        if answer:
            shown.append(blocks.Field(WORDS.text("answer"), _lines("answer"), name="answer"))
            submit, kept = WORDS.text("send_answer"), _kept(view, answer)
            return blocks.modal(title, shown, form=self._route(SAY), submit=submit, metadata=kept)
        paper = blocks.Button(WORDS.text("pdf"), "deliveries.form", value=view.name)
        return blocks.modal(title, [*shown, *self._buttons(view), blocks.actions(paper)])

    def _answer(self, view: RecordView[Form]) -> Event | None:
        """Return the answer that this person may give to an open question."""
        way = self.desk.way(view.record)
        return next((each for each in view.may & way.spoken if way.is_askers(view.state, each)), None)

    def row(self, view: RecordView[Form]) -> list[Element]:
        """Return a button for everything that this person may do."""
        signed, row = self.desk.way(view.record).signed, list[Element]()
        for place, (name, events) in enumerate(self.buttons.items()):
            if view.may.intersection(events):
                style = "primary" if place == 0 else "danger" if signed.intersection(events) else None
                row.append(blocks.Button(self.words.text(name), self._route(name), value=view.button, style=style))
        return row

    def _buttons(self, view: RecordView[Form], *more: Element) -> Iterator[Block]:
        row = self.row(view)
        if row or more:
            yield blocks.actions(*row, *more)

    def decisions(self, view: RecordView[Form], brother: str) -> Iterator[blocks.Button]:
        """Yield the buttons with which this person signs a decision, as in their message. `brother`: see `Button`."""
        signed = self.desk.way(view.record).signed
        for place, (name, events) in enumerate(self.buttons.items()):
            if view.may & signed.intersection(events):
                style = "danger" if place else "primary"
                action = f"{self._route(name)}:{brother}"
                yield blocks.Button(self.words.text(name), action, value=view.button, style=style)

    def _details(self, request: Request, view: RecordView[Form]) -> Iterator[Block]:
        zone = request.school.timezone
        is_mine = view.may.intersection(self.desk.way(view.record).awaits(view.state))
        # The question says who is to answer.
        deciders = "" if self.desk.question(view) else WORDS.text("you") if is_mine else people(view)
        state = self.state(view, request.person)
        yield blocks.Section(WORDS.text("state", name=view.name, state=state, deciders=deciders))
        if view.is_stuck:
            yield blocks.Section(WORDS.text("stuck"))
        at = spoken_instant(view.record.asked_at, zone)
        has_own = "who" in self.words.blocks()  # a post was not asked for
        by = {"asker": "" if has_own and view.record.asker_id == UNASKED else view.asker, "at": at}
        yield blocks.Context(self.words.text("who", **by) if has_own else WORDS.text("who", **by))
        for name, value in self.desk.fields(view).items():
            if value:
                told = spoken_day(value) if isinstance(value, date) else value
                yield from blocks.sections(WORDS.text("field", label=self.words.text(f"label_{name}"), value=told))
        yield from self.notes(request, view)
        yield from relayed.shown(view, zone)
        shown = []
        for step in view.steps:
            event = next(each for each in self.desk.way(view.record).past if each == step.event)
            took = {"who": view.names.get(step.person_id or 0, ""), "at": spoken_instant(step.at, zone)}
            took |= {"words": step.words, "signature": step.signature}
            said = WORDS.text("step", event=self.words.text(f"event_{event.name.lower()}"), **took)
            shown.append(blocks.sections(said))
        yield from steps.newest(shown, lambda count: WORDS.text("older_steps", count=count, name=view.name))

    # ── letters: references and what is needed to act ──────────────────────────────────────────────────────────────

    def letter_waits(self, context: Context, number: int) -> Letter:
        """Return what somebody in line is told of a record; when it is not theirs any more, that."""
        view = self._seen(context, number)
        if view is None or not view.may.intersection(self.desk.way(view.record).awaits(view.state)):
            return self._over(context, view, number)
        opener = blocks.Button(WORDS.text("open"), self._route("open"), value=view.button)
        said = self.waits(view)
        return Letter(said, [blocks.Section(said), *self._buttons(view, opener)])

    def letter_stands(self, context: Context, number: int) -> Letter:
        """Return what whoever asked is told of how it stands."""
        view = self._seen(context, number)
        if view is None:
            return self._over(context, view, number)
        told = {"name": view.name, "state": self.state(view, context.person)}
        said = WORDS.text("letter_stands", **told, deciders=people(view))
        if self._answer(view):
            said = WORDS.text("letter_asked", **told)
        if view.is_stuck:
            said = WORDS.text("letter_stuck", name=view.name)
        label = WORDS.text("read_and_answer" if self._answer(view) else "open")
        opener = blocks.Button(label, self._route("open"), value=view.button)
        earlier = WORDS.text("letter_earlier", **told)
        shown = [blocks.Section(said), *self._buttons(view, opener)]
        return Letter(said, shown, earlier=[blocks.Context(earlier)])

    def _over(self, context: Context, view: RecordView[Form] | None, number: int) -> Letter:
        """Return what is said of a record that somebody has nothing to decide about (any more)."""
        if view is None or view.state in self.desk.way(view.record).awaiting:
            said = WORDS.text("letter_not_yours", name=f"{self.desk.kind}-{number}")
            return Letter(said, [blocks.Section(said)])
        block = "letter_asked_them" if self.desk.question(view) else "letter_over"
        told = {"name": view.name, "state": self.state(view, context.person)}
        said = WORDS.text(block, **told, left=self.left(context, view))
        # What was granted can be ended later, and this is where whoever gave it will look for it.
        opener = blocks.Button(WORDS.text("open"), self._route("open"), value=view.button)
        return Letter(said, [blocks.Section(said), blocks.actions(opener)])

    def _seen(self, context: Context, number: int) -> RecordView[Form] | None:
        try:
            return self.desk.get(context, number)
        except NotFound:
            return None


def people(view: RecordView[Any]) -> str:
    """Return whom a record waits for: "Hana Rees or Dev Patel, and Cara Singh"; "" for nobody."""
    groups = [" or ".join(group) for group in view.awaited if group]
    return (", and " if any(len(group) > 1 for group in view.awaited) else " and ").join(groups)


def _asker(view: RecordView[Any]) -> str:
    """Return the name of whoever asked; "" where nobody did."""
    return "" if view.record.asker_id == UNASKED else view.asker


def texts(request: Request) -> dict[str, str]:
    """Return what was written or chosen in a form, by the names of its fields."""
    return {name: value for name, value in request.fields.items() if isinstance(value, str)}


def _sure(event: Event) -> str:
    """Return the block that asks once more before something is done for which nothing has to be written."""
    return f"sure_{event.name.lower()}"


def _kept(view: RecordView[Any], event: Event) -> dict[str, object]:
    record = view.record
    kept = {"number": record.number, "token": record.token, "state": record.state, "event": event}
    return {**kept, "version": record.version}


def _lines(name: str) -> Element:
    return blocks.Write(name, lines=True, most=LONGEST)
