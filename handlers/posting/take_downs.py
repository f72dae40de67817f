"""What has to come down: the list, the lines to tick off, the headteacher's yes, and the note to the parents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.context import Context
from bot.notices import Notice
from bot.rules.posting.take_downs import LONGEST_WORDS, MAY_TICK_ALL, OVER, READERS, Event, Outcome
from bot.services.posting import removals
from bot.services.posting.removals import LineView, Note, TakeDown
from bot.services.record_views import RecordView
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal, Sheet
from handlers.notices import Letter, Renders
from handlers.parts.records import Pages, texts
from handlers.requests import EVERYONE, Open, Push, Reply, Request, Update, button, form

VIEW, NOTE = page("take_downs/view"), page("take_downs/note")
A_GROUP, MOST_GROUPS = 10, 5  # tick boxes in one field, and fields: the rest comes once these are done
MOST_NOTES = 40
SHOWN = 8  # take-downs with a button in one message
LINES = "lines"
LAST_BLOCKS = 4
LIST_CHARACTERS = 20_000


def tick_off(request: Request) -> Reply:
    """Note what became of the lines that were ticked."""
    number, token = request.kept_number("number"), request.kept("token")
    ticked = {
        int(each)
        for name, some in request.fields.items()
        if name.startswith(LINES) and isinstance(some, list)
        for each in some
        if isinstance(each, str) and each.isdecimal()
    }
    view, late = removals.tick_off(request.context, number, token, ticked, texts(request))
    window = _window(request, view)
    said = [blocks.Section(VIEW.text("late", count=late))] if late else []
    return Update(blocks.modal(window.title, [*said, *window.blocks], **_kept(window)))


def _kept(window: Modal) -> dict[str, Any]:
    return {"form": window.form, "submit": window.submit, "metadata": window.metadata}


def list_open(request: Request) -> Reply:
    """Show what is open, and for how long."""
    found = removals.open_ones(request.context)
    if not found:
        return Open(blocks.modal(VIEW.text("list_title"), [blocks.Section(VIEW.text("list_empty"))]))
    sheet = Sheet(blocks.WINDOW_BLOCKS - LAST_BLOCKS, LIST_CHARACTERS)
    shown = sum(1 for view in found if sheet.takes([_row(request.context, view)]))
    more = [blocks.Context(VIEW.text("list_more", count=len(found) - shown))] if shown < len(found) else []
    return Open(blocks.modal(VIEW.text("list_title"), [*sheet.blocks, *more]))


def _row(context: Context, view: RecordView[TakeDown]) -> Block:
    days = (context.now() - view.record.asked_at).days
    said = VIEW.text("row", **_counted(view), state=PAGES.words.text(f"state_{view.state.name.lower()}"), days=days)
    return blocks.Section(said, accessory=_opener(view))


def _counted(view: RecordView[TakeDown]) -> dict[str, Any]:
    form = view.form
    return {"name": view.name, "surface": form.surface, "left": len(form.open_items), "all": len(form.items)}


def _opener(view: RecordView[TakeDown]) -> blocks.Button:
    return blocks.Button(VIEW.text("open"), f"take_downs.open:{view.record.number}", value=view.button)


# ── one take-down ──────────────────────────────────────────────────────────────────────────────────────────────────


def _window(request: Request, view: RecordView[TakeDown]) -> Modal:
    title = VIEW.text("title", name=view.name)
    intro = VIEW.text("intro" if view.form.surface_id else "intro_by_hand", surface=view.form.surface)
    shown: list[Block] = [
        blocks.Section(VIEW.text("head", **_counted(view), state=VIEW.text(f"state_{view.state.name.lower()}"))),
        blocks.Section(intro),
    ]
    shown += _done(request, view)
    row = _notes_button(request, view) + list(PAGES.row(view))
    if row:
        shown.append(blocks.actions(*row))
    if not removals.may_tick(view, request.person):
        shown += [blocks.Section(_line(item)) for item in view.form.open_items[: A_GROUP * MOST_GROUPS]]
        return blocks.modal(title, shown)
    shown += _to_tick(view.form.open_items)
    options = [blocks.Option(VIEW.text(f"outcome_{each.name.lower()}"), each) for each in view.form.may_say]
    words = blocks.Write("words", lines=True, most=LONGEST_WORDS)
    shown += [
        blocks.Field(VIEW.text("outcome"), blocks.radio("outcome", options), name="outcome"),
        blocks.Field(VIEW.text("words"), words, name="words", hint=VIEW.text("words_hint"), optional=True),
    ]
    metadata = {"number": view.record.number, "token": view.record.token}
    return blocks.modal(title, shown, form="take_downs.tick", submit=VIEW.text("submit"), metadata=metadata)


def _to_tick(items: Sequence[LineView]) -> Iterator[Block]:
    shown = items[: A_GROUP * MOST_GROUPS]
    for start in range(0, len(shown), A_GROUP):
        group = shown[start : start + A_GROUP]
        options = [blocks.Option(_label(item), str(item.line.line_id), _where(item)) for item in group]
        name = f"{LINES}-{start // A_GROUP}" if start else LINES
        label = VIEW.text("lines_more" if start else "lines")
        yield blocks.Field(label, blocks.tick(name, options), name=name, optional=len(shown) > A_GROUP)
    if len(items) > len(shown):
        yield blocks.Context(VIEW.text("more_lines", count=len(items) - len(shown)))


def _label(item: LineView) -> Wording:
    return VIEW.text("label", post=item.post, name=item.pupil.name, class_name=item.pupil.class_name)


def _where(item: LineView) -> Wording | None:
    return VIEW.text("where", place=item.place, day=item.posted_on) if item.post else None


def _line(item: LineView) -> Wording:
    words = {"label": _label(item), "where": _where(item) or ""}
    return VIEW.text("line", **words)


def _done(request: Request, view: RecordView[TakeDown]) -> Iterator[Block]:
    """What became of the lines that are done, with who said so."""
    said = [
        VIEW.text(
            "done_line",
            label=_label(item),
            outcome=VIEW.text(f"outcome_{item.line.outcome.name.lower()}"),
            who=view.names.get(item.line.by or 0, "") if item.line.by else "",
            words=item.line.words,
        )
        for item in view.form.items
        if item.line.outcome is not None
    ]
    for text in said[:A_GROUP]:
        yield from blocks.sections(text)
    if len(said) > A_GROUP:
        yield blocks.Context(VIEW.text("more_done", count=len(said) - A_GROUP, name=view.name))


# ── the note to the parents ────────────────────────────────────────────────────────────────────────────────────────


def _notes_button(request: Request, view: RecordView[TakeDown]) -> list[blocks.Element]:
    if not request.person.roles & MAY_TICK_ALL:
        return []
    return [blocks.Button(VIEW.text("note_button"), "take_downs.note", value=view.button)]


def note(request: Request) -> Reply:
    """Show what the parents may be told, ready to be copied: of each child by itself, and of no other."""
    found = removals.notes(request.context, *request.record())
    shown: list[Block] = [blocks.Section(NOTE.text("intro"))]
    for each in found[:MOST_NOTES]:
        shown += [blocks.Header(NOTE.text("child", name=each.pupil.name)), *blocks.sections(_note(request, each))]
    if len(found) > MOST_NOTES:
        shown.append(blocks.Context(NOTE.text("more", count=len(found) - MOST_NOTES)))
    window = blocks.modal(NOTE.text("title"), shown)
    return Push(window) if request.is_in_window else Open(window)


def _note(request: Request, found: Note) -> Wording:
    counted = {outcome.name.lower(): found.outcomes.get(outcome, 0) for outcome in Outcome if outcome not in OVER}
    values = {
        "name": found.pupil.name,
        "school": request.school.name,
        "is_done": found.is_done,
        "has_looked": found.has_looked,
    }
    return NOTE.text("note", **values, **counted, found=sum(counted.values()) - counted["nothing_found"])


# ── letters ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _letter(context: Context, number: int) -> Letter:
    """Return what somebody has to take down, without a child in it."""
    return _of(removals.told(context, number), "letter")


def _late(context: Context, number: int) -> Letter:
    """Return what has not come down for two days."""
    return _of(removals.late(context, number), "letter_late")


def _of(found: Sequence[RecordView[TakeDown]], block: str) -> Letter:
    if not found:
        said = VIEW.text("letter_done")
        return Letter(said, [blocks.Section(said)])
    said = VIEW.text(block, lines=sum(len(view.form.open_items) for view in found), count=len(found))
    rows = [
        blocks.Section(VIEW.text("letter_row", **_counted(view)), accessory=_opener(view)) for view in found[:SHOWN]
    ]
    more = [blocks.Context(VIEW.text("list_more", count=len(found) - SHOWN))] if len(found) > SHOWN else []
    return Letter(said, [blocks.Section(said), *rows, *more])


# ── the record ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _waits(view: RecordView[TakeDown]) -> Wording:
    return VIEW.text("waits", name=view.name, surface=view.form.surface)


def _act(request: Request, number: int, event: Event, written: Mapping[str, str], **seen: str) -> RecordView[TakeDown]:
    return removals.act(request.context, number, event, written, **seen)


PAGES = Pages(
    removals.DESK,
    VIEW,
    buttons={"agree": (Event.AGREE,), "send_back": (Event.SEND_BACK,)},
    waits=_waits,
    act=_act,
    window=_window,
)
NOTICES: Renders = {
    **PAGES.notices(),
    Notice.TAKE_DOWN_CONFIRM: PAGES.letter_waits,
    Notice.TAKE_DOWN_OPEN: _letter,
    Notice.TAKE_DOWN_LATE: _late,
}
ROUTES = (
    button("take_downs.list", frozenset(READERS), list_open),
    form("take_downs.tick", EVERYONE, tick_off),
    button("take_downs.note", MAY_TICK_ALL, note),
    *PAGES.routes(),
)
