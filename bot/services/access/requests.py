"""Requests to open a blocked site: asked, reviewed, approved with reasons, and done in the filter. Policy §7.5."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.context import Context, Look, Transaction
from bot.rules import access as rules
from bot.rules.access import PROCEDURE, PROCEDURES, Event, State
from bot.rules.filter import register as register_rules
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import entry_for
from bot.rules.filter.register import Kind, RegisterEntry
from bot.rules.forms import Wrong
from bot.services.filter import register
from bot.services.record_views import Desk, FiledRecord, RecordView, Value, says
from storage import access as forms
from storage.access import Asked
from storage.filter import register as register_storage
from storage.records import Record


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for, and what became of it in the filter: nothing, while it is not approved."""

    asked: Asked
    entries: tuple[RegisterEntry, ...] = ()

    @property
    def proposed(self) -> str:
        """Return the line for the filter that fits the address."""
        return entry_for(read_address(self.asked.url))

    @property
    def warning(self) -> str:
        """Return what is odd about the address, such as letters that look like others; "" for nothing."""
        return read_address(self.asked.url).warning


Request = RecordView[Form]


def _stands(found: FiledRecord[Form]) -> str:
    """Return how a request stands: by its own state, or by what became of it in the filter."""
    state = register_rules.standing(found.form.entries) or State(found.record.state)
    return state.name.lower()


def _forms(tx: Look, found: Sequence[Record]) -> dict[int, Form]:
    asked = forms.of_records(tx.connection, [record.record_id for record in found])
    entries = _entries(tx, found)
    return {record.record_id: Form(asked[record.record_id], tuple(entries.get(record.name, ()))) for record in found}


def _entries(tx: Look, found: Sequence[Record]) -> dict[str, list[RegisterEntry]]:
    """Return request → its lines in the filter, of those that are approved."""
    approved = {record.name for record in found if record.state == State.APPROVED}
    by_record: dict[str, list[RegisterEntry]] = {}
    for entry in register_storage.of_records(tx.connection, tx.school_id, approved) if approved else ():
        by_record.setdefault(entry.record, []).append(entry)
    return by_record


def _fields(found: FiledRecord[Form]) -> Mapping[str, Value]:
    asked = found.form.asked
    told: dict[str, Value] = {"url": asked.url, "content": asked.content, "reasons": asked.reasons}
    return told | {"risks": asked.risks, "until": asked.until}


DESK: Desk[Form] = Desk(
    PROCEDURES,
    forms=_forms,
    columns={
        "url": "address",
        "content": "content",
        "reasons": "reasons for access",
        "risks": "risks and control measures",
        "until": "allowed until",
    },
    fields=_fields,
    title="Access request",
    clauses="§7.5",
    says=says(forms.says),
    stands=_stands,
)


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> Request:
    """Take a request in and tell those who decide. Raises BadInput (each field's message), Conflict if nobody could."""
    form = rules.read(fields, context.today())

    def keep(tx: Transaction, record_id: int) -> None:
        forms.add(tx.connection, tx.school_id, record_id, form)

    return DESK.ask(context, PROCEDURE, Form(Asked.of(form)), form_id=form_id, keep=keep)


def act(
    context: Context,
    number: int,
    event: Event,
    written: Mapping[str, str],
    *,
    look_twice: Callable[[Request], None],
    **seen: str,
) -> Request:
    """Do one thing with a request, as `Desk.act` does; the last Yes proposes the lines for the filter. Raises BadInput.

    `written`, for a Yes: "until", the last day, "" for always, absent where the form did not ask; "lines", what the
    filter is to allow, by default the site of the address, or only its page where many share the site; "applied": "yes"
    where whoever decides has changed the filter already. `look_twice` is given the request before anything is written,
    and may raise: then nothing is.
    """

    def also(tx: Transaction, view: Request, event: Event, reasons: str) -> Form:
        if event not in PROCEDURE.yes:
            return view.form
        look_twice(view)
        form, until = Wrong(written), view.form.asked.until
        if "until" in written:
            until = rules.read_until(form, tx.today)
        form.raise_if_any()
        if until != view.form.asked.until:
            forms.allow_until(tx.connection, view.record.record_id, until)
        asked = replace(view.form.asked, until=until)
        if PROCEDURE.next_state(view.state, event) is not State.APPROVED:
            return Form(asked)
        lines, by = _lines(form.written("lines"), view.form), context.person
        add = register.put_in if written.get("applied") else register.propose
        add(tx, Kind.ALLOWED, lines, reason=reasons, record=view.name, by=by, expires_on=until)
        return Form(asked, tuple(register_storage.of_records(tx.connection, tx.school_id, {view.name})))

    return DESK.act(context, number, event, written, also=also, **seen)


def _lines(written: str, form: Form) -> list[str]:
    """Return the lines for the filter, as the decider wants them. Raises BadInput for "lines"."""
    read = register_rules.read_lines(written) if written else ()
    return [each.text for each in read] or [form.proposed]
