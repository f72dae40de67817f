"""*Recorded in error* in a child's history, and *Undo* where something was just recorded. Policy §4."""

from collections.abc import Mapping, Sequence

from bot.context import Context
from bot.errors import BadInput, NotFound
from bot.notices import Notice
from bot.rules.consent.form import DECIDERS, KEEPERS, KNOW_WHY, RECORDERS
from bot.rules.consent.ledger import EntryKey, EntryKind, Matter, State
from bot.rules.consent.undo import STRIKERS
from bot.rules.forms import LONGEST_REASONS
from bot.services.consent import ledger, undo
from bot.services.consent.ledger import Record
from bot.services.consent.undo import Entry, Instead
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.consent import history
from handlers.notices import Letter, Renders
from handlers.requests import (
    OLD_BUTTON,
    Open,
    Push,
    Reply,
    Request,
    Update,
    button,
    form,
    read_choice,
    read_number,
)

ENTRY = page("undo/entry")
MAY_UNDO = {EntryKind.DECIDED: STRIKERS, EntryKind.FLAG: DECIDERS, EntryKind.LEFT: RECORDERS}


def open_form(request: Request) -> Reply:
    """Ask for the reason, and show how it would stand without the entry."""
    pupil_id, key, _ = _named(request)
    return Push(_form(request, undo.entry(request.context, pupil_id, key)))


def strike_out(request: Request) -> Reply:
    """Strike out the entry that was shown."""
    key = EntryKey(read_choice(EntryKind, request.metadata.get("kind")), request.kept_number("number"))
    done = undo.strike_out(
        request.context,
        request.kept_number("pupil"),
        key,
        str(request.fields.get("reasons") or ""),
        shown_until=request.kept_number("newest"),
    )
    return Update(_done(request, ENTRY.text("done", told=done.told), done.record))


def undo_now(request: Request) -> Reply:
    """Undo what was recorded a moment ago; where that needs a second look ask for the reason, later say where."""
    pupil_id, key, newest = _named(request)
    done = undo.undo(request.context, pupil_id, key, shown_until=newest)
    if done is Instead.LATE:
        see = blocks.Button(ENTRY.text("history_button"), "undo.history", value=str(pupil_id))
        shown = [blocks.Section(ENTRY.text("late")), blocks.actions(see)]
        return Update(blocks.modal(ENTRY.text("late_title"), shown))
    if done is Instead.LOOK:
        return Update(_form(request, undo.entry(request.context, pupil_id, key)))
    return Update(_done(request, ENTRY.text("undone"), done.record))


def see_history(request: Request) -> Reply:
    """Show the history in the window that said where to undo."""
    stands = ledger.history(request.context, request.number())
    return Update(history.view(stands, request.school, request.person))


def open_told(request: Request) -> Reply:
    """Show the history of the child of whom the headteacher was told."""
    return Open(history.view(undo.told(request.context, *request.record()), request.school, request.person))


def open_leavers(request: Request) -> Reply:
    """Ask why these children were recorded as leavers in error."""
    leaver_ids = _leaver_ids(request.value)
    names = [each.record.pupil.name for each in undo.leavers(request.context, leaver_ids)]
    shown = [blocks.Section(ENTRY.text("leavers", names=", ".join(names))), reasons_field()]
    return Push(
        blocks.modal(
            ENTRY.text("title"),
            shown,
            form="undo.leavers",
            submit=ENTRY.text("submit"),
            close=ENTRY.text("cancel"),
            metadata={"leavers": request.value},
        )
    )


def strike_out_leavers(request: Request) -> Reply:
    """Strike out that these children have left."""
    reasons = str(request.fields.get("reasons") or "")
    count = undo.strike_out_leavers(request.context, _leaver_ids(request.kept("leavers")), reasons)
    said = ENTRY.text("leavers_done", count=count)
    return Update(blocks.modal(ENTRY.text("done_title"), [blocks.Section(said)]))


def offered(request: Request, record: Record, key: EntryKey | None) -> Sequence[Block]:
    """Return *Undo* for what was just recorded, where this person may."""
    if key is None or not request.person.holds(*MAY_UNDO[key.kind]):
        return []
    value = f"{record.pupil.pupil_id}:{key.kind}:{key.number}:{record.newest}"
    undo_it = blocks.Button(ENTRY.text("undo"), "undo.now", value=value)
    return [blocks.actions(undo_it), blocks.Context(ENTRY.text("undo_hint"))]


def leavers_offered(leaver_ids: Sequence[int]) -> Sequence[Block]:
    """Return *Undo* for children who were just recorded as leavers."""
    value = ",".join(map(str, leaver_ids))
    return [blocks.actions(blocks.Button(ENTRY.text("undo"), "undo.leavers", value=value))]


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _form(request: Request, entry: Entry) -> Modal:
    record, key = entry.record, entry.occasion.key
    pupil = {"name": record.pupil.name, "class_name": record.pupil.class_name}
    shown: list[Block] = [
        blocks.Section(ENTRY.text("intro", **pupil)),
        *history.shown_entry(entry.occasion, entry.recorders, request.school),
    ]
    if entry.needs_why:
        shown.append(blocks.Section(ENTRY.text("keeps_out", name=record.pupil.name)))
    shown += [blocks.Section(ENTRY.text("after", lines=_lines(request, entry.after))), reasons_field()]
    return blocks.modal(
        ENTRY.text("title"),
        shown,
        form="undo.strike_out",
        submit=ENTRY.text("submit"),
        close=ENTRY.text("cancel"),
        metadata={
            "pupil": record.pupil.pupil_id,
            "kind": key.kind.value,
            "number": key.number,
            "newest": record.newest,
        },
    )


def reasons_field() -> Block:
    """Return the field for what was wrong."""
    element, hint = blocks.Write("reasons", lines=True, most=LONGEST_REASONS), ENTRY.text("reasons_hint")
    return blocks.Field(ENTRY.text("reasons"), element, name="reasons", hint=hint)


def _done(request: Request, said: Wording, record: Record) -> Modal:
    shown = [blocks.Section(said), *history.standing_now(record, request.school)]
    return blocks.modal(ENTRY.text("done_title"), shown)


def _lines(request: Request, states: Mapping[Matter, State]) -> list[dict[str, str]]:
    return history.state_lines(states, request.school.uses)


# ── what was brought back ──────────────────────────────────────────────────────────────────────────────────────────


def _named(request: Request) -> tuple[int, EntryKey, int]:
    """Read pupil, entry and, where it is given, how much was recorded when the button was shown. Raises BadInput."""
    pupil_id, _, rest = request.value.partition(":")
    kind, _, rest = rest.partition(":")
    number, _, newest = rest.partition(":")
    key = EntryKey(read_choice(EntryKind, kind, OLD_BUTTON), read_number(number))
    return read_number(pupil_id), key, read_number(newest or "0")


def _leaver_ids(written: str) -> list[int]:
    found = [read_number(each) for each in written.split(",")]
    if len(set(found)) != len(found):
        raise BadInput(OLD_BUTTON)
    return found


# ── the message: it names no child ─────────────────────────────────────────────────────────────────────────────────


def _told(context: Context, number: int) -> Letter:
    try:
        value = undo.button(context, number)
    except NotFound:
        said = ENTRY.text("message_gone")
        return Letter(said, [blocks.Section(said)])
    said = ENTRY.text("message")
    row = blocks.actions(blocks.Button(ENTRY.text("open"), "undo.told", value=value))
    return Letter(said, [blocks.Section(said), row])


NOTICES: Renders = {Notice.CONSENT_SHOWN_AGAIN: _told}

ROUTES = (
    button("undo.open", STRIKERS, open_form),
    form("undo.strike_out", STRIKERS, strike_out),
    button("undo.now", STRIKERS, undo_now),
    button("undo.history", KEEPERS, see_history),
    button("undo.told", KNOW_WHY, open_told),
    button("undo.leavers", RECORDERS, open_leavers),
    form("undo.leavers", RECORDERS, strike_out_leavers),
)
