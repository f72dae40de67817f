"""“I have read and understood”: what changed in the policy, the confirmation, and who has not read it yet."""

from collections.abc import Iterator

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.policy.changes import Kind
from bot.services.policy import acknowledgement
from bot.services.policy.acknowledgement import SEES_ALL, Progress, Reading
from bot.wording import Wording, lines, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.policy import changes, clauses
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button, form, read_number

VIEW = page("acknowledgement/view")
CLAUSES = {Kind.ADDED, Kind.CHANGED, Kind.REMOVED}  # what counts as a changed clause
SHOWN_PEOPLE = 150
SHOWN_WITHOUT = 40


def show(request: Request) -> Reply:
    """Show what is to be read, from its first page."""
    return Open(_reading(request))


def turn(request: Request) -> Reply:
    """Show another page."""
    return Update(_reading(request))


def acknowledge(request: Request) -> Reply:
    """Note that this person has read and understood it."""
    done = acknowledgement.acknowledge(request.context, request.kept_number("version"), request.kept("token"))
    said = VIEW.text("done", **_told(request.context, done))
    return Update(blocks.modal(VIEW.text("title"), [blocks.Section(said)]))


def progress(request: Request) -> Reply:
    """Show who has read the version in force, and who has not."""
    found = acknowledgement.progress(request.context)
    return Open(blocks.modal(VIEW.text("progress_title"), list(_progress(request, found))))


def letter(context: Context, number: int) -> Letter:
    """Say what the message says now."""
    try:
        found = acknowledgement.reading(context, number)
    except NotFound:
        said = VIEW.text("superseded")
        return Letter(said, [blocks.Section(said)])
    values = _told(context, found)
    if found.acknowledged_at:
        block, label = "letter_done", "look"
    elif not found.is_open:
        said = VIEW.text("letter_over", **values)
        return Letter(said, [blocks.Section(said)])
    else:
        block, label = "letter_whole" if found.whole else "letter_changed", "open"
    said = VIEW.text(block, **values, count=sum(each.kind in CLAUSES for each in found.changes))
    style = "primary" if found.is_open else None
    opener = blocks.Button(VIEW.text(label), "acknowledgement.open", value=found.version.button, style=style)
    return Letter(said, [blocks.Section(said), blocks.actions(opener)])


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _reading(request: Request) -> Modal:
    number, rest = request.record()
    token, _, turned = rest.partition(":")
    at = read_number(turned or "0")
    found = acknowledgement.reading(request.context, number, token)
    pages = clauses.pages([[_intro(request, found)], *_groups(found)])
    at = min(at, len(pages) - 1)
    is_last = at == len(pages) - 1
    shown = [*pages[at], *clauses.turning("acknowledgement.turn", found.version.button, at, len(pages))]
    title = VIEW.text("title")
    if not found.is_open:
        block = "letter_done" if found.acknowledged_at else "superseded"
        return blocks.modal(title, [*shown, blocks.Section(VIEW.text(block, **_told(request.context, found)))])
    if not is_last:
        return blocks.modal(title, [*shown, blocks.Context(VIEW.text("read_on"))])
    shown.append(blocks.Section(VIEW.text("sure")))
    metadata = {"version": number, "token": token}
    return blocks.modal(title, shown, form="acknowledgement.given", submit=VIEW.text("submit"), metadata=metadata)


def _intro(request: Request, found: Reading) -> Block:
    return blocks.Section(VIEW.text("intro_whole" if found.whole else "intro_changes", **_told(request.context, found)))


def _groups(found: Reading) -> Iterator[list[Block]]:
    if found.whole:
        for section, clause in found.whole.clauses():
            yield clauses.quoted(section, clause)
    elif not found.changes:
        yield [blocks.Section(VIEW.text("no_changes"))]
    else:
        for change in found.changes:
            yield changes.shown(change)


def _progress(request: Request, found: Progress) -> Iterator[Block]:
    of = found.done + len(found.waiting)
    values = {"title": request.school.policy.title, "label": found.version.label, "done": found.done, "of": of}
    yield blocks.Section(VIEW.text("progress", **values))
    yield blocks.actions(blocks.Button(VIEW.text("export_button"), "deliveries.acknowledgements"))
    if found.waiting:
        today = request.context.today()
        people = [
            VIEW.text("person", name=name, due=spoken_day(due), overdue=due < today)
            for name, due in found.waiting[:SHOWN_PEOPLE]
        ]
        yield from blocks.sections(lines([VIEW.text("waiting", count=len(found.waiting)), *people]))
        if len(found.waiting) > SHOWN_PEOPLE:
            yield blocks.Context(VIEW.text("more_people", count=len(found.waiting) - SHOWN_PEOPLE))
    else:
        yield blocks.Section(VIEW.text("everybody"))
    if found.without_account:
        yield blocks.Section(VIEW.text("without_account", names=found.without_account[:SHOWN_WITHOUT]))


def _told(context: Context, found: Reading) -> dict[str, str | Wording]:
    at = found.acknowledged_at
    return {
        "title": context.school.policy.title,
        "label": found.version.label,
        "approved": spoken_day(found.version.approved_on),
        "at": spoken_instant(at, context.school.timezone) if at else "",
    }


NOTICES: Renders = {Notice.ACKNOWLEDGEMENT_ASKED: letter}

ROUTES = (
    button("acknowledgement.open", EVERYONE, show),
    button("acknowledgement.turn", EVERYONE, turn),
    form("acknowledgement.given", EVERYONE, acknowledge),
    button("acknowledgement.progress", frozenset(SEES_ALL), progress),
)
