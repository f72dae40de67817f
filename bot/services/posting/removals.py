"""A take-down in front of people: lines ticked off many at once, the headteacher's yes, the note to parents."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.changes import Posted
from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.consent.answer import Pupil
from bot.rules.overview import Answered, Figures
from bot.rules.people import Person
from bot.rules.posting import take_downs as rules
from bot.rules.posting.take_downs import MAY_TICK_ALL, OF_LOOK, OF_PICTURE, PROCEDURES, Event, Form, Outcome, State
from bot.rules.procedures import Part, Sight
from bot.rules.relays import Telling, telling
from bot.rules.reminders.week import Week
from bot.rules.turns import Line as InLine
from bot.rules.turns import Waiting
from bot.services import record_turns, records
from bot.services.consent import roll
from bot.services.posting import posts, surfaces, take_downs
from bot.services.record_views import Desk, FiledRecord, RecordView, Value, says
from storage import records as record_storage
from storage import school
from storage.posting import posts as post_storage
from storage.posting import take_downs as storage
from storage.posting.take_downs import Line
from storage.records import Record

GONE = "There is no such take-down for you."
SHOWN = 50  # take-downs in one list


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as people read it. `post`: "PO-4", "" of a look by hand; `place`: the link, or words for where it is."""

    line: Line
    pupil: Pupil
    post: str = ""
    place: str = ""
    posted_on: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether it is still to be done."""
        return self.line.outcome is None


@dataclass(frozen=True, slots=True)
class TakeDown(Form):
    """A take-down with what is called by name. `surface`: "" where everything is looked through by hand."""

    surface: str = ""
    items: tuple[LineView, ...] = ()

    @property
    def open_items(self) -> tuple[LineView, ...]:
        """Return what is still to be done."""
        return tuple(item for item in self.items if item.is_open)

    @property
    def may_say(self) -> Sequence[Outcome]:
        """Return what may be said of its lines."""
        return OF_PICTURE if self.surface_id else OF_LOOK


def _forms(tx: Look, found: Sequence[Record]) -> Mapping[int, TakeDown]:
    ids = [each.record_id for each in found]
    forms, lines = storage.take_downs.of_records(tx.connection, ids), storage.lines(tx.connection, ids)
    names = {each.surface_id: each.name for each in surfaces.every(tx)}
    post_ids = {line.post_id for some in lines.values() for line in some if line.post_id is not None}
    there = post_storage.posts.of_records(tx.connection, post_ids)
    called = post_storage.names(tx.connection, post_ids)
    index = roll.of(tx)

    def item(line: Line) -> LineView:
        pupil = roll.pupil(index, line.pupil_id)
        if line.post_id is None:
            return LineView(line, pupil)
        post = there[line.post_id]
        return LineView(line, pupil, called[line.post_id], post.place, spoken_day(post.posted_on))

    return {
        record_id: TakeDown(
            form.cause,
            form.surface_id,
            names.get(form.surface_id or 0, ""),
            tuple(item(line) for line in lines[record_id] if line.pupil_id in index),
        )
        for record_id, form in forms.items()
    }


def _fields(found: FiledRecord[TakeDown]) -> Mapping[str, Value]:
    form = found.form
    told = [
        ", ".join(filter(None, (each.post, each.pupil.name, each.place, (each.line.outcome or "still to be done"))))
        for each in form.items
    ]
    return {"surface": form.surface or "Everywhere, looked for by hand", "lines": "\n".join(told)}


DESK: Desk[TakeDown] = Desk(
    PROCEDURES,
    forms=_forms,
    columns={"surface": "what", "lines": "reasons for access"},
    fields=_fields,
    title="Take-down",
    clauses="§4.5, 4.6",
    says=says(storage.take_downs.says),
    gone=GONE,
)


# ── what somebody sees ─────────────────────────────────────────────────────────────────────────────────────────────


def get(context: Context, number: int, token: str | None) -> RecordView[TakeDown]:
    """Return a take-down for somebody who deals with it, or may see all. Raises NotFound."""
    return DESK.get(context, number, token)


def may_tick(view: RecordView[TakeDown], person: Person) -> bool:
    """Return whether somebody may say what became of its lines."""
    is_handler = (Part.HANDLER, person.person_id) in view.record.parts
    return view.state is State.OPEN and (is_handler or bool(person.roles & MAY_TICK_ALL))


def open_for(tx: Look, person: Person, number: int | None = None) -> list[RecordView[TakeDown]]:
    """Return the open take-downs that somebody deals with, the oldest first. `number`: of one half of a day only."""
    mine = [
        found
        for found in storage.open_ones(tx.connection, tx.school_id)
        if (Part.HANDLER, person.person_id) in found.parts
        and records.sight(tx, PROCEDURES, found, person) is Sight.FULL
        and (number is None or take_downs.wave(tx, found.asked_at) == number)
    ]
    return DESK.views(tx, person, sorted(mine, key=lambda each: (each.asked_at, each.number)))


def open_ones(context: Context) -> list[RecordView[TakeDown]]:
    """Return every open take-down that somebody may see, the oldest first."""
    with context.look() as tx:
        return _seen(tx, context.person)


def _seen(tx: Look, person: Person) -> list[RecordView[TakeDown]]:
    is_open = record_storage.record.c.state.in_([State.OPEN, State.AWAITING_HEAD])
    theirs = records.visible(tx, PROCEDURES, person, Sight.FULL)
    kind = record_storage.record.c.kind == rules.KIND
    found = record_storage.where(tx.connection, tx.school_id, kind & is_open & theirs, SHOWN)
    return DESK.views(tx, person, found[::-1])


def told(context: Context, number: int) -> list[RecordView[TakeDown]]:
    """Return what a message speaks of: what came up in one half of a day, and is somebody's to take down still."""
    with context.look() as tx:
        mine = open_for(tx, context.person, number)
        if mine or not context.person.roles & MAY_TICK_ALL:
            return mine
        unreached = tx.unreached()
        # Whoever was asked instead of somebody who cannot be reached sees it; who has handed it on does not.
        return [
            view
            for view in _late(tx, context.person, number)
            if any(each.person_id in unreached for each in take_downs.handlers(tx, view.record))
        ]


def late(context: Context, number: int) -> list[RecordView[TakeDown]]:
    """Return what the headteacher's message speaks of: what came up then and is open still."""
    with context.look() as tx:
        return _late(tx, context.person, number)


def _late(tx: Look, person: Person, number: int) -> list[RecordView[TakeDown]]:
    return [view for view in _seen(tx, person) if take_downs.wave(tx, view.record.asked_at) == number]


# ── what somebody does ─────────────────────────────────────────────────────────────────────────────────────────────


def tick_off(
    context: Context, number: int, token: str, line_ids: Collection[int], written: Mapping[str, str]
) -> tuple[RecordView[TakeDown], int]:
    """Say what became of some lines; returns the take-down as it is then, and how many were not open any more.

    Raises BadInput, Conflict, NotFound, Refused.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        view = DESK.seen(tx, context.person, number, token)
        if view.state is not State.OPEN:
            raise Conflict("All of this is done by now. Nothing of yours was changed.")
        if not may_tick(view, context.person):
            raise Refused("This is for whoever looks after the place.")
        outcome, words = rules.read(written, view.form.may_say)
        chosen = [each for each in view.form.items if each.line.line_id in line_ids]
        if not chosen:
            raise BadInput("Tick what you mean.", fields={"lines": "Tick what you mean."})
        _write(tx, chosen, outcome, words)
        late = sum(1 for each in chosen if not each.is_open)
        if late == len(chosen):
            raise Conflict("Somebody else was quicker: all of these were ticked off. Nothing of yours was changed.")
        tx.audit("take_downs.ticked_off", view.name)
        take_downs.settle(tx, [view.record.record_id])
        return _seen_again(tx, context.person, view), late


def _write(tx: Transaction, chosen: Sequence[LineView], outcome: Outcome, words: str) -> None:
    still = [each.line for each in chosen if each.is_open]
    ids = [line.line_id for line in still]
    ended = storage.end_lines(tx.connection, ids, outcome, words=words, by=tx.actor_id, at=tx.now)
    if ended < len(ids):
        raise Conflict(records.QUICKER)
    for post_id in sorted({line.post_id for line in still if line.post_id is not None}):
        if outcome is Outcome.REMOVED:
            (found,) = record_storage.of_ids(tx.connection, tx.school_id, [post_id], record_storage.record.c.id > 0)
            posts.remove(tx, found)
            tx.changed(Posted(post_id))
    if outcome is Outcome.CHANGED:
        for line in still:
            if line.post_id is not None:
                post_storage.hide(tx.connection, line.post_id, line.pupil_id, tx.now)


def _seen_again(tx: Transaction, person: Person, view: RecordView[TakeDown]) -> RecordView[TakeDown]:
    found = record_storage.get(tx.connection, tx.school_id, rules.KIND, view.record.number)
    if found is None:
        raise NotFound(GONE)
    return DESK.view(tx, person, found)


def act(context: Context, number: int, event: Event, written: Mapping[str, str], **seen: str) -> RecordView[TakeDown]:
    """Do what the headteacher does, as `Desk.act`: agree, or have the lines done again."""

    def also(tx: Transaction, view: RecordView[TakeDown], event: Event, _reasons: str) -> TakeDown:
        if event is Event.SEND_BACK:
            storage.reopen(tx.connection, view.record.record_id, Outcome.NOT_PRACTICABLE)
            number = take_downs.wave(tx, view.record.asked_at)
            tx.notify(
                Notice.TAKE_DOWN_OPEN,
                number,
                take_downs.handlers(tx, view.record),
                occasion=f"{view.record.number} {view.record.version}",
            )
        return _forms(tx, [view.record])[view.record.record_id]

    done = DESK.act(context, number, event, written, also=also, **seen)
    if event is Event.SEND_BACK:  # a change of state forgets when somebody is asked again
        with context.begin() as tx:
            found = record_storage.get(tx.connection, tx.school_id, rules.KIND, number)
            if found is not None and found.next_at is None:
                record_storage.set_next_at(tx.connection, found, tx.now + rules.AGAIN_AFTER)
    return done


# ── the note to the parents ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Note:
    """What a parent may be told of one child: how many pictures, and what became of them. No other child is in it."""

    pupil: Pupil
    outcomes: Mapping[Outcome, int]
    is_done: bool  # nothing is open any more, and nothing waits for the headteacher
    has_looked: bool  # somebody has looked for older ones by hand


def notes(context: Context, number: int, token: str) -> list[Note]:
    """Return the note of each child of a cause, for the office. Raises NotFound, Refused."""
    with context.look() as tx:
        view = DESK.seen(tx, context.person, number, token)
        if not context.person.roles & MAY_TICK_ALL:
            raise Refused("The school office writes to parents.")
        items = {each.pupil.pupil_id: each.pupil for each in view.form.items}
        lines = [
            line
            for line in storage.lines_of_pupils(tx.connection, tx.school_id, items)
            if line.cause == view.form.cause and line.outcome not in rules.OVER
        ]
        of_cause = {line.record_id for line in lines}
        known = record_storage.of_ids(tx.connection, tx.school_id, of_cause, record_storage.record.c.id > 0)
        waits = {each.record_id for each in known if each.state == State.AWAITING_HEAD}
        return [
            _note(pupil, [line for line in lines if line.pupil_id == pupil_id], waits)
            for pupil_id, pupil in items.items()
        ]


def _note(pupil: Pupil, lines: Sequence[Line], waits: Collection[int]) -> Note:
    counted = Counter(line.outcome for line in lines if line.outcome is not None)
    is_done = all(line.outcome is not None and line.record_id not in waits for line in lines)
    return Note(pupil, counted, is_done, any(line.post_id is None for line in lines))


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────────


def waiting(tx: Look, person: Person) -> tuple[Waiting, ...]:
    """Return what somebody has to take down."""
    return tuple(
        Waiting(rules.FEATURE, view.name, DESK.opens, view.button, view.record.asked_at)
        for view in open_for(tx, person)
    )


def figures(tx: Look, first: date, _days: object) -> Figures:
    """Return what has had to come down since a day, and when it was done."""
    since = (record_storage.record.c.kind == rules.KIND) & (record_storage.record.c.asked_at >= tx.midnight(first))
    zone = tx.school.timezone
    ended = {State.DONE, State.CONSENT_IS_BACK}
    return Figures(
        take_downs=tuple(
            Answered(
                school_day(each.asked_at, zone), school_day(each.waits_since, zone) if each.state in ended else None
            )
            for each in record_storage.unordered(tx.connection, tx.school_id, since)
        )
    )


def week(tx: Look, person: Person, _monday: date) -> Week:
    """Return what waits for a person's decision."""
    return Week(decisions=record_turns.waiting(tx, PROCEDURES, person, DESK.opens))


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield what a headteacher outside Slack has to be told: what has not come down for two days."""
    if not tx.outside():
        return
    late: dict[int, list[Person]] = {}
    for found in storage.open_ones(tx.connection, tx.school_id):
        if found.asked_at + rules.HEAD_AFTER <= tx.now:
            late.setdefault(take_downs.wave(tx, found.asked_at), take_downs.heads(tx, found))
    for number, heads in sorted(late.items()):
        yield telling(tx.reach(), Notice.TAKE_DOWN_LATE, number, rules.HEAD, asked=heads)


def next_in_line(tx: Look, notice: Notice, _number: int) -> InLine | None:
    """Return who is told instead of somebody who cannot be: the office, then the headteacher and the deputy."""
    if notice not in {Notice.TAKE_DOWN_OPEN, Notice.TAKE_DOWN_LATE}:
        return None
    here = [person for person in tx.everybody() if person.is_here]
    return InLine(tuple(tuple(each for each in here if each.holds(role)) for role in surfaces.FALLBACK))
