"""Permission for what the policy allows only with it: a personal account in a lesson (§5.7), over the WiFi (§5.9)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput
from bot.rules import permissions as rules
from bot.rules.people import Person
from bot.rules.permissions import FEATURE, KIND, PROCEDURES, Event, Form, State, What
from bot.rules.reminders.stages import Item, reached
from bot.rules.reminders.week import Week
from bot.services import record_turns, records
from bot.services.record_views import Desk, FiledRecord, RecordView, Value, says
from bot.wording import page
from storage import records as storage
from storage.permissions import permissions
from storage.records import Record


def _fields(found: FiledRecord[Form]) -> Mapping[str, Value]:
    what, form = What(found.record.procedure), found.form
    told: dict[str, Value] = {"what": page("permissions/form").text(f"what_{what}"), "purpose": form.purpose}
    return told | {"first": form.first_on, "last": form.last_on, "conditions": form.conditions}


DESK: Desk[Form] = Desk(
    PROCEDURES,
    forms=lambda tx, found: permissions.of_records(tx.connection, [each.record_id for each in found]),
    columns={
        "what": "what",
        "purpose": "reasons for access",
        "first": "allowed from",
        "last": "allowed until",
        "conditions": "risks and control measures",
    },
    fields=_fields,
    title="Request to use a personal account",
    clauses="§5.7, 5.9",
    says=says(permissions.says),
)


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> RecordView[Form]:
    """Take a request in and tell those who decide. Raises BadInput (each field's message), Conflict if nobody could."""
    what, form = rules.read(fields, context.today())

    def keep(tx: Transaction, record_id: int) -> None:
        permissions.add(tx.connection, tx.school_id, record_id, form)

    return DESK.ask(context, PROCEDURES[what], form, form_id=form_id, keep=keep, for_on=form.first_on)


def act(context: Context, number: int, event: Event, written: Mapping[str, str], **seen: str) -> RecordView[Form]:
    """Do one thing with a request, as `Desk.act` does; a Yes may come with "conditions". Those set before stay."""
    more = written.get("conditions", "").strip()
    if len(more) > rules.LONGEST:
        raise BadInput("Too long.", fields={"conditions": f"Please use at most {rules.LONGEST} letters."})

    def also(tx: Transaction, view: RecordView[Form], event: Event, _reasons: str) -> Form:
        if not more or event not in rules.YES:
            return view.form
        conditions = "\n".join(filter(None, (view.form.conditions, more)))
        permissions.change(tx.connection, view.record.record_id, conditions=conditions)
        return replace(view.form, conditions=conditions)

    return DESK.act(context, number, event, written, also=also, **seen)


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
            yield Item(
                FEATURE, key, found.asker_id, form.last_on, stage, words, DESK.opens, records.value_of(found), nobody
            )


def week(tx: Look, person: Person, _monday: date) -> Week:
    """Return what waits for a person's decision."""
    return Week(decisions=record_turns.waiting(tx, PROCEDURES, person, DESK.opens))


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


def _permitted(tx: Look, reader: Person | None) -> Sequence[tuple[Record, Form]]:
    if reader is None:
        found = storage.in_states(tx.connection, tx.school_id, KIND, [State.PERMITTED])
    elif record_turns.has_asked(tx, reader):
        theirs = (storage.record.c.kind == KIND) & (storage.record.c.asker_id == reader.person_id)
        found = storage.where(tx.connection, tx.school_id, theirs & (storage.record.c.state == State.PERMITTED))
    else:
        return []
    known = DESK.forms(tx, found)
    return [(each, known[each.record_id]) for each in found]
