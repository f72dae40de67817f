"""Permission for what the policy allows only with it: a personal account (§5.7, 5.9), posting for the school (§5.1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput
from bot.rules import permissions as rules
from bot.rules.people import Person
from bot.rules.permissions import FEATURE, KIND, PROCEDURES, Event, Form, State, What
from bot.rules.posting.surfaces import Surface
from bot.rules.reminders.stages import Item, reached
from bot.rules.reminders.week import Week
from bot.services import record_turns, records
from bot.services.record_views import Desk, FiledRecord, RecordView, Value, says
from bot.wording import page
from storage import records as storage
from storage.permissions import permissions
from storage.posting import surfaces
from storage.records import Record


@dataclass(frozen=True, slots=True)
class Asked(Form):
    """What is asked for, with what is called by name. `surface`: where somebody wants to post, "" nowhere."""

    surface: str = ""


def _forms(tx: Look, found: Sequence[Record]) -> Mapping[int, Asked]:
    forms = permissions.of_records(tx.connection, [each.record_id for each in found])
    is_any = any(form.surface_id is not None for form in forms.values())
    names = {each.surface_id: each.name for each in surfaces.every(tx.connection, tx.school_id)} if is_any else {}
    return {record_id: _asked(form, names) for record_id, form in forms.items()}


def _asked(form: Form, names: Mapping[int, str]) -> Asked:
    kept = {field.name: getattr(form, field.name) for field in fields(Form)}
    return Asked(**kept, surface=names.get(form.surface_id or 0, ""))


def _fields(found: FiledRecord[Asked]) -> Mapping[str, Value]:
    what, form = What(found.record.procedure), found.form
    told: dict[str, Value] = {"what": page("permissions/form").text(f"what_{what}"), "surface": form.surface}
    told |= {"purpose": form.purpose}
    return told | {"first": form.first_on, "last": form.last_on, "conditions": form.conditions}


DESK: Desk[Asked] = Desk(
    PROCEDURES,
    forms=_forms,
    columns={
        "what": "what",
        "surface": "where",
        "purpose": "reasons for access",
        "first": "allowed from",
        "last": "allowed until",
        "conditions": "risks and control measures",
    },
    fields=_fields,
    title="Request for permission",
    clauses="§5.1, 5.7, 5.9",
    says=says(permissions.says),
)


def open_places(context: Context) -> list[Surface]:
    """Return the places of the school where something may be posted."""
    with context.look() as tx:
        return [each for each in surfaces.every(tx.connection, tx.school_id) if each.is_open]


def ask(context: Context, written: Mapping[str, str], *, form_id: str) -> RecordView[Asked]:
    """Take a request in and tell those who decide. Raises BadInput (each field's message), Conflict if nobody could."""
    what, form = rules.read(written, context.today())
    names = {each.surface_id: each.name for each in open_places(context)} if form.surface_id is not None else {}
    if form.surface_id is not None and form.surface_id not in names:
        raise BadInput("Choose one of the places.", fields={"where": "Choose one of the places."})

    def keep(tx: Transaction, record_id: int) -> None:
        permissions.add(tx.connection, tx.school_id, record_id, form)

    return DESK.ask(context, PROCEDURES[what], _asked(form, names), form_id=form_id, keep=keep, for_on=form.first_on)


def act(context: Context, number: int, event: Event, written: Mapping[str, str], **seen: str) -> RecordView[Asked]:
    """Do one thing with a request, as `Desk.act` does; a Yes may come with "conditions". Those set before stay."""
    more = written.get("conditions", "").strip()
    if len(more) > rules.LONGEST:
        raise BadInput("Too long.", fields={"conditions": f"Please use at most {rules.LONGEST} letters."})

    def also(tx: Transaction, view: RecordView[Asked], event: Event, _reasons: str) -> Asked:
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


def _permitted(tx: Look, reader: Person | None) -> Sequence[tuple[Record, Asked]]:
    if reader is None:
        found = storage.in_states(tx.connection, tx.school_id, KIND, [State.PERMITTED])
    elif record_turns.has_asked(tx, reader):
        theirs = (storage.record.c.kind == KIND) & (storage.record.c.asker_id == reader.person_id)
        found = storage.where(tx.connection, tx.school_id, theirs & (storage.record.c.state == State.PERMITTED))
    else:
        return []
    known = DESK.forms(tx, found)
    return [(each, known[each.record_id]) for each in found]
