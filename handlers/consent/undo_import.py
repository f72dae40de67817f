"""*Undo this import*: what would go and what would stay is shown first, then it is one step. Policy §4.2."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot import wording
from bot.clock import spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import KNOW_WHY
from bot.rules.consent.undo import STRIKERS
from bot.rules.consent.undo_import import Built
from bot.services.consent import undo_import
from bot.services.consent.undo_import import Extent
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.consent import undo
from handlers.notices import Letter, Renders
from handlers.requests import Open, Push, Reply, Request, Update, button, form

IMPORTS = page("undo/imports")
LINES = 12  # of what stays: of at most 240 characters, so that no paragraph is cut
NAMES = 40
LINE = 240


def open_form(request: Request) -> Reply:
    """Show what undoing would do, and ask why."""
    found = undo_import.extent(request.context, request.number())
    view = blocks.modal(
        IMPORTS.text("title"),
        [*_extent(request, found), undo.reasons_field()],
        form="undo.import",
        submit=IMPORTS.text("submit"),
        close=IMPORTS.text("cancel"),
        metadata={"import": found.imported.number, "newest": found.newest},
    )
    return Push(view)


def undo_it(request: Request) -> Reply:
    """Undo the import that was shown."""
    told = undo_import.undo_import(
        request.context,
        request.kept_number("import"),
        str(request.fields.get("reasons") or ""),
        shown_until=request.kept_number("newest"),
    )
    return Update(blocks.modal(IMPORTS.text("done_title"), [blocks.Section(IMPORTS.text("done", told=told))]))


def open_told(request: Request) -> Reply:
    """Show the headteacher which import was undone, why, and whom something in it kept out."""
    found = undo_import.told(request.context, *request.record())
    said = IMPORTS.text(
        "told",
        imported_at=_at(request, found.imported.at),
        by=found.by or IMPORTS.text("somebody"),
        at=_at(request, found.at),
        reasons=found.reasons,
    )
    shown: list[Block] = [blocks.Section(said)]
    if found.kept_out:
        count = len(found.kept_out)
        told = IMPORTS.text("told_children", count=count, names=found.kept_out[:NAMES], more=max(0, count - NAMES))
        shown += blocks.sections(told)
    return Open(blocks.modal(IMPORTS.text("done_title"), shown))


def offered(number: int | None) -> Sequence[Block]:
    """Return *Undo this import* for what was just imported."""
    if number is None:
        return []
    return [blocks.actions(blocks.Button(IMPORTS.text("button"), "undo.import", value=str(number)))]


def recent(request: Request) -> Iterator[Block]:
    """Yield the newest imports, each with a button to undo it, or with what to do instead."""
    known = undo_import.recent(request.context)
    if any(each.is_too_old for each in known):
        yield blocks.Section(IMPORTS.text("too_old"))
    if known:
        yield blocks.Section(IMPORTS.text("recent"))
    for each in known:
        at = _at(request, each.at)
        said = IMPORTS.text(
            "import", at=at, rows=each.rows, by=each.by, done=each.done, children=each.children, busy=each.is_at_work
        )
        if each.is_at_work:
            yield blocks.Section(said)
            continue
        if each.is_too_old or each.undone_at:
            when = _at(request, each.undone_at) if each.undone_at else ""
            yield blocks.Section(IMPORTS.text("import_stays", said=said, undone_at=when))
            continue
        spoken = IMPORTS.text("button_spoken", at=at)
        undo_it = blocks.Button(
            IMPORTS.text("button"), f"undo.import:{each.number}", value=str(each.number), spoken=spoken
        )
        yield blocks.Section(said, accessory=undo_it)


def _extent(request: Request, found: Extent) -> Iterator[Block]:
    made = found.imported
    counts = {"new": found.new, "changed": found.changed, "decisions": found.decisions, "flags": found.flags}
    yield blocks.Section(IMPORTS.text("would", at=_at(request, made.at), by=made.by, **counts))
    yield blocks.Section(IMPORTS.text("keeps"))
    if found.later:
        shown = [IMPORTS.text("later", count=len(found.later)), *map(_line, found.later[:LINES])]
        if len(found.later) > LINES:
            shown.append(IMPORTS.text("more", count=len(found.later) - LINES))
        yield blocks.Section(wording.lines(shown))


def _line(later: tuple[Pupil, Built]) -> Wording:
    pupil, built = later
    what = IMPORTS.text(f"built_{built.value}")
    return blocks.cut(IMPORTS.text("line", name=pupil.name[:100], class_name=pupil.class_name[:50], what=what), LINE)


def _at(request: Request, at: datetime) -> str:
    return spoken_instant(at, request.school.timezone)


def _told(context: Context, number: int) -> Letter:
    try:
        value = undo_import.button(context, number)
    except NotFound:
        said = undo.ENTRY.text("message_gone")
        return Letter(said, [blocks.Section(said)])
    said = IMPORTS.text("message")
    row = blocks.actions(blocks.Button(IMPORTS.text("open"), "undo.import_told", value=value))
    return Letter(said, [blocks.Section(said), row])


NOTICES: Renders = {Notice.CONSENT_IMPORT_UNDONE: _told}

ROUTES = (
    button("undo.import", STRIKERS, open_form),
    form("undo.import", STRIKERS, undo_it),
    button("undo.import_told", KNOW_WHY, open_told),
)
