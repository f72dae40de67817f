"""The web filter: what is to be changed there, the lists to paste, and why each line is in them. §7.1, 7.3, 7.5."""

from collections.abc import Iterator, Sequence

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import NotFound, Refused
from bot.notices import Notice
from bot.rules.documents import What
from bot.rules.filter.register import (
    DECIDERS,
    KEEPERS,
    LISTED,
    LONGEST_REASON,
    TO_DO,
    VIEWERS,
    Kind,
    Narrowed,
    RegisterEntry,
    State,
    coded,
    decoded,
    read_lines,
)
from bot.services.filter import register
from bot.services.filter.register import Overview
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import filter_lines
from handlers.requests import Open, Reply, Request, Update, button, form

VIEW = page("register/view")
PAGE, SHOWN_TO_DO = 8, 20
LONGEST_LINE, START = 500, 60  # letters of a line that fit into one paragraph whole, whatever they are; or its start
LISTS = "lists"  # blocked, allowed and reasons
FILES = (What.BLOCKED, What.ALLOWED, What.REASONS, What.REGISTER)
ALL = "all"


def open_list(request: Request) -> Reply:
    """Open the register."""
    return Open(_window(request, 0))


def search(request: Request) -> Reply:
    """Show the lines that fit."""
    return Update(_window(request, 0))


def turn(request: Request) -> Reply:
    """Show newer or older lines."""
    return Update(_window(request, request.number()))


def open_task(request: Request) -> Reply:
    """Open what has to be changed in the filter because of one record."""
    return Open(_task(request, register.task(request.context, *request.record())))


def confirm(request: Request) -> Reply:
    """Note that the filter was changed, as the window or the message said."""
    done = register.confirm(request.context, *decoded(request.value))
    if request.is_in_window:
        is_list = bool(request.metadata.get("list"))
        return Update(_window(request, 0) if is_list else _task(request, done))
    return Open(_task(request, done))


def open_entry(request: Request) -> Reply:
    """Open one line with its whole story."""
    return Open(_entry(request, request.number()))


def retire(request: Request) -> Reply:
    """Decide that a line no longer belongs in the filter."""
    number = request.kept_number("number")
    register.retire(request.context, number, str(request.fields.get("reasons") or ""))
    return Update(_entry(request, number))


def open_add(request: Request) -> Reply:
    """Open the form for lines that no form asked for."""
    return Open(_add_form(request))


def add(request: Request) -> Reply:
    """Put lines into the register by hand."""
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    if fields.get("lines") and (doubts := filter_lines.doubts(request, ())):
        return Update(_add_form(request, doubts))
    made, _ = register.add(
        request.context,
        fields.get("kind", ""),
        fields.get("lines", ""),
        reason=fields.get("reasons", ""),
        until=fields.get("until", ""),
        form_id=request.request_id,
    )
    new = {each.entry for each in made}
    before = [line.text for line in read_lines(fields.get("lines", "")) if line.text not in new]
    said = VIEW.text("added", count=len(made), before=before)
    return Update(blocks.modal(VIEW.text("add_title"), blocks.sections(said)))


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _window(request: Request, number: int) -> Modal:
    seen = register.overview(request.context, _narrowed(request), first=number * PAGE, most=PAGE)
    shown = [*_to_do(request, seen.to_do, seen.may_confirm), *_lines(seen, number), *_files(seen), blocks.Divider()]
    shown += [blocks.Section(VIEW.text("narrow"), name="narrow"), *_fields(request)]
    metadata = {"list": True}
    return blocks.modal(VIEW.text("title"), shown, form="register.search", submit=VIEW.text("show"), metadata=metadata)


def _to_do(request: Request, entries: Sequence[RegisterEntry], may_confirm: bool) -> Iterator[Block]:
    if not entries:
        yield blocks.Section(VIEW.text("nothing_to_do"))
        return
    some = entries[:SHOWN_TO_DO]
    words = {
        "name": request.school.filter_name,
        "put": [(each, _line(each)) for each in some if each.state is State.PROPOSED],
        "take": [(each, _line(each)) for each in some if each.state is State.TO_REMOVE],
        "more": len(entries) - len(some),
    }
    yield from blocks.sections(VIEW.text("to_do", **words))
    if may_confirm:
        yield blocks.actions(_done(some))


def _line(each: RegisterEntry) -> Wording:
    if len(each.entry) <= LONGEST_LINE:
        return VIEW.text("line", line=each.entry)
    return VIEW.text("long_line", start=each.entry[:START])


def _done(entries: Sequence[RegisterEntry]) -> blocks.Element:
    sure = blocks.Confirm(*(VIEW.text(name) for name in ("done_title", "done_sure", "yes", "no")))
    value = coded(entries)
    return blocks.Button(VIEW.text("done"), "register.confirm", value=value, style="primary", confirm=sure)


def _files(seen: Overview) -> Iterator[Block]:
    if seen.clashes:
        yield from blocks.sections(VIEW.text("clashes", clashes=seen.clashes))
    yield blocks.Section(VIEW.text("files"))
    row = [blocks.Button(VIEW.text(what), f"deliveries.filter:{what}", value=what) for what in (LISTS, *FILES)]
    if seen.may_decide:
        row.append(blocks.Button(VIEW.text("add"), "register.new"))
    yield blocks.actions(*row)


def _fields(request: Request) -> Iterator[Block]:
    kinds = [blocks.Option(VIEW.text(f"kind_{each}"), each) for each in (ALL, *Kind)]
    standings = [blocks.Option(VIEW.text(f"standing_{each}"), each) for each in ("now", ALL)]
    fields = request.fields
    elements = {
        "kind": blocks.pick("kind", kinds, initial=str(fields.get("kind") or ALL)),
        "standing": blocks.pick("standing", standings, initial=str(fields.get("standing") or "now")),
        "words": blocks.Write("words", initial=str(fields.get("words") or ""), most=200),
    }
    for name, element in elements.items():
        yield blocks.Field(VIEW.text(name), element, name=name, optional=True)


def _narrowed(request: Request) -> Narrowed:
    fields = request.fields
    kinds = frozenset(Kind) if fields.get("kind") not in set(Kind) else frozenset({Kind(fields["kind"])})
    states = frozenset(State) if fields.get("standing") == ALL else LISTED
    return Narrowed(kinds, states, tuple(str(fields.get("words") or "").split()))


def _lines(seen: Overview, number: int) -> Iterator[Block]:
    first, some = number * PAGE, seen.entries
    yield blocks.Section(VIEW.text("found", total=seen.total, first=first + 1, last=first + len(some)))
    for row, each in enumerate(some):
        opener = blocks.Button(VIEW.text("open"), f"register.entry:{row}", value=str(each.number))
        yield blocks.Section(VIEW.text("row", **_words(each)), accessory=opener)
    turns = []
    if number:
        turns.append(blocks.Button(VIEW.text("newer"), "register.turn:newer", value=str(number - 1)))
    if first + PAGE < seen.total:
        turns.append(blocks.Button(VIEW.text("older"), "register.turn:older", value=str(number + 1)))
    if turns:
        yield blocks.actions(*turns)


def _words(each: RegisterEntry) -> dict[str, str]:
    until = spoken_day(each.expires_on) if each.expires_on else ""
    words = {"kind": each.kind.value.capitalize(), "entry": each.entry, "state": each.state.value, "until": until}
    return words | {"reason": each.reason, "record": each.record}


def _task(request: Request, entries: Sequence[RegisterEntry]) -> Modal:
    waiting = [each for each in entries if each.state in TO_DO]
    return blocks.modal(VIEW.text("task_title"), list(_to_do(request, waiting, request.person.holds(*KEEPERS))))


def _entry(request: Request, number: int) -> Modal:
    found, steps = register.history(request.context, number)
    words = {"since": spoken_day(found.since or found.decided_on), "by": found.decided_by}
    shown = blocks.sections(VIEW.text("entry", on=spoken_day(found.decided_on), **words, **_words(found)))
    for step in steps:
        event = VIEW.text(f"event_{step.event.name.lower()}")
        at = spoken_instant(step.at, request.school.timezone)
        shown += blocks.sections(VIEW.text("step", event=event, who=step.person, at=at, words=step.words))
    title = VIEW.text("entry_title")
    if found.state not in LISTED or not request.person.holds(*DECIDERS):
        return blocks.modal(title, shown)
    why = blocks.Write("reasons", lines=True, most=LONGEST_REASON)
    shown.append(blocks.Field(VIEW.text("retire_why"), why, name="reasons"))
    return blocks.modal(title, shown, form="register.retire", submit=VIEW.text("retire"), metadata={"number": number})


def _add_form(request: Request, doubts: Sequence[Block] = ()) -> Modal:
    written = {name: str(request.fields.get(name) or "") for name in ("kind", "reasons", "until")}
    kinds = [blocks.Option(VIEW.text(f"kind_{each}"), each) for each in Kind]
    kind = blocks.radio("kind", kinds, initial=written["kind"])
    why = blocks.Write("reasons", lines=True, most=LONGEST_REASON, initial=written["reasons"])
    shown = [
        blocks.Section(VIEW.text("add_intro")),
        blocks.Field(VIEW.text("kind"), kind, name="kind"),
        filter_lines.field(request, "either", ()),
        blocks.Field(VIEW.text("reasons_field"), why, name="reasons"),
        blocks.Field(
            VIEW.text("until"),
            blocks.PickDay("until", written["until"] or None),
            name="until",
            hint=VIEW.text("until_hint"),
            optional=True,
        ),
        *doubts,
    ]
    return blocks.modal(VIEW.text("add_title"), shown, form="register.add", submit=VIEW.text("add"))


# ── letters ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _change(context: Context, number: int) -> Letter:
    try:
        entries = register.task(context, number)
    except (NotFound, Refused):
        said = VIEW.text("letter_not_yours")
        return Letter(said, [blocks.Section(said)])
    waiting = [each for each in entries if each.state in TO_DO]
    if not waiting:
        said = VIEW.text("letter_over", record=entries[0].record)
        return Letter(said, [blocks.Section(said)])
    said = VIEW.text("letter", record=waiting[0].record, count=len(waiting))
    opener = blocks.Button(
        VIEW.text("open"),
        "register.task",
        value=register.button(next(each for each in entries if each.number == number)),
    )
    return Letter(said, [blocks.Section(said), blocks.actions(_done(waiting), opener)])


NOTICES: Renders = {Notice.REGISTER_CHANGE: _change}

ROUTES = (
    button("register.open", VIEWERS, open_list),
    form("register.search", VIEWERS, search),
    button("register.turn", VIEWERS, turn),
    button("register.entry", VIEWERS, open_entry),
    form("register.retire", DECIDERS, retire),
    button("register.new", DECIDERS, open_add),
    form("register.add", DECIDERS, add),
    button("register.task", VIEWERS, open_task),
    button("register.confirm", KEEPERS, confirm),
)
