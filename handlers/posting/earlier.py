"""What was posted before Lanyard, from a table: send it, see what would be logged, log it. Policy §4.6."""

from collections.abc import Iterator

from bot.errors import LanyardError
from bot.rules.posting.surfaces import KEEPERS
from bot.services.posting import earlier
from bot.services.posting.earlier import Earlier
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.parts.slow import show_when_done
from handlers.requests import Errors, Later, Open, Push, Reply, Request, Update, button, form

VIEW = page("posting/earlier")
FILE_TYPES = ("csv", "xlsx", "txt")  # a convenience: what a file is, its content says
LINES = 12  # that are named; the rest is counted
PASTED = "pasted rows"


def open_form(request: Request) -> Reply:
    """Ask for the file, or for pasted rows."""
    rows = blocks.Write("rows", lines=True)
    shown = [
        blocks.Section(VIEW.text("intro")),
        blocks.Field(VIEW.text("file"), blocks.Upload("file", FILE_TYPES), name="file", optional=True),
        blocks.Field(VIEW.text("rows"), rows, name="rows", hint=VIEW.text("rows_hint"), optional=True),
    ]
    window = blocks.modal(VIEW.text("title"), shown, form="posting.earlier_read", submit=VIEW.text("submit"))
    return Push(window) if request.is_in_window else Open(window)


def read(request: Request) -> Reply:
    """Show what would be logged."""
    files, rows = request.fields.get("file") or (), str(request.fields.get("rows") or "").strip()
    if bool(files) == bool(rows):
        said = VIEW.text("one_of_both")
        return Errors({"rows" if files else "file": said})

    def looked_at() -> Modal:
        name, content = (files[0].name, files[0].fetch()) if files else (PASTED, rows.encode())
        return _looked_at(request, name, content)

    return Later(Update(_told("reading")), lambda: show_when_done(request, looked_at, _failed, _told("broken")))


def apply(request: Request) -> Reply:
    """Log what was shown."""
    upload_id = request.kept_number("upload")

    def done() -> Modal:
        found = earlier.apply_kept(request.context, upload_id)
        return blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text("done", count=found.new)), *_problems(found)])

    return Later(Update(_told("logging")), lambda: show_when_done(request, done, _failed, _told("broken")))


def _looked_at(request: Request, name: str, content: bytes) -> Modal:
    found = earlier.preview(request.context, name, content)
    told = {"count": found.new, "children": found.children, "known": found.known}
    shown = [blocks.Section(VIEW.text("would", **told)), *_problems(found)]
    if not found.new:
        return blocks.modal(VIEW.text("title"), shown)
    kept = {"upload": earlier.keep(request.context, name, content)}
    return blocks.modal(
        VIEW.text("title"), shown, form="posting.earlier_log", submit=VIEW.text("log"), metadata=dict(kept)
    )


def _problems(found: Earlier) -> Iterator[Block]:
    if found.problems:
        lines = [str(each) for each in found.problems[:LINES]]
        more = len(found.problems) - len(lines)
        yield from blocks.sections(VIEW.text("problems", count=len(found.problems), lines=lines, more=more))


def _told(block: str) -> Modal:
    return blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text(block))])


def _failed(error: LanyardError) -> Modal:
    return blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text("failed", message=error))])


ROUTES = (
    button("posting.earlier", KEEPERS, open_form),
    form("posting.earlier_read", KEEPERS, read),
    form("posting.earlier_log", KEEPERS, apply),
)
