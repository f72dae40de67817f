"""The roll from the school's own system: send a file, see what would change, apply. And who of the missing has left."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from bot import wording
from bot.bounded.limits import Pace
from bot.clock import spoken_day, spoken_instant
from bot.errors import BadFile
from bot.reading.columns import Finding
from bot.reading.roll.difference import Difference, Missing
from bot.reading.roll.named import Named, Names, News
from bot.rules.consent.form import RECORDERS
from bot.services.consent import roll_import, roll_names
from bot.services.consent.roll_names import Of, Subject
from bot.services.consent.roll_pieces import Applied, HowFar
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.consent import undo, undo_import
from handlers.parts.slow import show_when_done
from handlers.requests import Done, Errors, Later, Open, Reply, Request, Update, button, closed, form, read_number

FORM, DIFFERENCE, LEAVERS = page("imports/form"), page("imports/difference"), page("imports/leavers")

FILE_TYPES = ("csv", "xlsx", "txt")  # a convenience: what a file is, its content says
LINES = 12  # of each list; of 240 characters, so that no paragraph is cut
LINE = 240
NAMES = 20  # children of each list; the file has all of them
NAMED = (News.WITHDRAWN, News.NEW, News.MOVED, News.RENAMED)  # whom a list names; who is missing has another one
LONG = 1_000  # rows: applying more than these takes longer than Slack waits
GROUP, GROUPS = 10, 5  # tick boxes: Slack takes ten in one group
MANY_MISSING = 0.2  # of the roll


def open_form(request: Request) -> Reply:
    """Ask for the file, or for pasted rows."""
    picker = blocks.Upload("file", FILE_TYPES)
    rows = blocks.Write("rows", lines=True)
    way = roll_import.how_far(request.context)
    shown = [
        *([blocks.Section(unfinished(request, way))] if way else []),
        blocks.Section(FORM.text("intro")),
        blocks.Field(FORM.text("file"), picker, name="file", hint=FORM.text("file_hint"), optional=True),
        blocks.Field(FORM.text("rows"), rows, name="rows", hint=FORM.text("rows_hint"), optional=True),
        *undo_import.recent(request),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, form="imports.read", submit=FORM.text("submit")))


def unfinished(request: Request, way: HowFar) -> Wording:
    """Return how far an import came that is not finished, and what to do."""
    at = spoken_instant(way.at, request.context.school.timezone)
    told = {"done": way.done, "children": way.children, "noes_done": way.noes_done, "is_at_work": way.is_at_work}
    return FORM.text("unfinished", at=at, by=way.by, **told)


def read(request: Request) -> Reply:
    """Show what would change: of pasted rows at once, of a file when it is fetched."""
    files, rows = request.fields.get("file") or (), str(request.fields.get("rows") or "")
    if files and rows.strip():
        return Errors({"rows": FORM.text("both_sent")})
    if rows.strip():
        try:
            return Update(_looked_at(request, roll_import.PASTED, rows.encode(), Pace.NOW))
        except BadFile as error:
            return Errors({"rows": str(error)})
    if not files:
        return Errors({"file": FORM.text("nothing_sent")})

    def fetched() -> Modal:
        return _looked_at(request, files[0].name, files[0].fetch())

    return Later(Update(_told("reading")), lambda: _show_when_done(request, fetched, _told("broken")))


def apply(request: Request) -> Reply:
    """Apply the file whose difference was shown."""
    upload = request.kept_number("upload")
    if not request.metadata.get("long"):
        return Update(_done(request, roll_import.apply_upload(request.context, upload, Pace.NOW)))
    later = lambda: _done(request, roll_import.apply_upload(request.context, upload))  # noqa: E731 - used once
    return Later(Update(_told("applying")), lambda: _show_when_done(request, later, _told("broken_half_way")))


def cancel(request: Request) -> Reply:
    """Forget the file of a difference that was closed without applying it."""
    roll_import.cancel_upload(request.context, request.kept_number("upload"))
    return Done()


def open_leavers(request: Request) -> Reply:
    """Ask who of the missing pupils has left."""
    return Open(_leavers(request))


def confirm_leavers(request: Request) -> Reply:
    """Record those who were ticked as leavers, and show who is still missing."""
    groups = [request.fields.get(f"left:{number}") or () for number in range(GROUPS)]
    ticked = [read_number(value) for values in groups for value in values]
    if not ticked:
        return Errors({"left:0": LEAVERS.text("nobody_ticked")})
    try:
        day = date.fromisoformat(str(request.fields.get("left_on") or ""))
    except ValueError:
        return Errors({"left_on": LEAVERS.text("no_day")})
    made = roll_import.confirm_leavers(request.context, ticked, day)
    told = [blocks.Section(LEAVERS.text("done", count=len(made))), *undo.leavers_offered(made)]
    return Update(_leavers(request, told))


# ── the slow rest ──────────────────────────────────────────────────────────────────────────────────────────────────


def _show_when_done(request: Request, work: Callable[[], Modal], broken: Modal) -> None:
    show_when_done(request, work, lambda error: _told("failed", message=error), broken)


def _looked_at(request: Request, file_name: str, content: bytes, pace: Pace = Pace.LATER) -> Modal:
    found = roll_import.preview(request.context, file_name, content, pace=pace)
    way = roll_import.how_far(request.context)
    if found.changes_nothing and not way:
        return blocks.modal(DIFFERENCE.text("title"), list(_nothing(found)))
    upload = roll_import.keep_upload(request.context, file_name, content)
    return blocks.modal(
        DIFFERENCE.text("title"),
        [
            *([blocks.Section(DIFFERENCE.text("finishes", done=way.done, children=way.children))] if way else []),
            blocks.Section(DIFFERENCE.text("would", rows=found.rows_read)),
            *_difference(request, found, Subject(Of.UPLOAD, upload), is_open=True),
        ],
        form="imports.apply",
        submit=DIFFERENCE.text("finish" if way else "submit"),
        close=DIFFERENCE.text("cancel"),
        metadata={"upload": upload, "long": int(found.rows_read > LONG)},
        tell_when_closed=True,
    )


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _told(block: str, **values: object) -> Modal:
    return blocks.modal(FORM.text("title"), [blocks.Section(FORM.text(block, **values))])


def _nothing(found: Difference) -> Iterator[Block]:
    taken = "nothing" if found.rows_refused < found.rows_read else "nothing_taken"
    yield blocks.Section(DIFFERENCE.text(taken, rows=found.rows_read))
    yield from _lists(found, is_open=True)


def _done(request: Request, done: Applied) -> Modal:
    found, of = done.found, Subject(Of.IMPORT, done.number) if done.number else None
    told = DIFFERENCE.text("done", rows=found.rows_read)
    shown = [blocks.Section(told), *_difference(request, found, of, is_open=False)]
    if found.missing:
        shown.append(blocks.actions(blocks.Button(DIFFERENCE.text("leavers_button"), "imports.leavers")))
    shown += undo_import.offered(done.number)
    return blocks.modal(DIFFERENCE.text("done_title"), shown)


def _difference(request: Request, found: Difference, of: Subject | None, *, is_open: bool) -> Iterator[Block]:
    """Everything that an import would do or has done. `of`: of what its names can be had as a file."""
    counts = {"new": len(found.new), "changed": len(found.changes), "renamed": found.renamed, "moved": found.moved}
    counts |= {"decided": found.decisions, "flags": found.flags, "unchanged": found.unchanged}
    yield blocks.Section(DIFFERENCE.text("counts", **counts))
    if withdrawn := found.withdrawn:
        pupils = len({pupil_id for pupil_id, _ in withdrawn})
        pictures, places = roll_import.comes_down(request.context, found)
        told = {"pictures": pictures, "places": places, "open": is_open}
        yield blocks.Section(DIFFERENCE.text("withdrawn", count=len(withdrawn), pupils=pupils, **told))
    names = roll_names.of_difference(request.context, found)
    for what in NAMED:
        yield from _names(what.value, names[what], is_open=is_open)
    yield from _lists(found, is_open=is_open)
    if of and _has_more(names):
        button = blocks.Button(DIFFERENCE.text("names_button"), "deliveries.roll_names", value=str(of))
        yield blocks.Section(DIFFERENCE.text("names_file"), accessory=button)


def _has_more(names: Names) -> bool:
    return any(len(those) > NAMES for those in names.values())


def _names(kind: str, those: Sequence[Named], *, is_open: bool) -> Iterator[Block]:
    """The first of those whom an import concerns, by name."""
    if not those:
        return
    shown = [DIFFERENCE.text(f"named_{kind}", count=len(those), open=is_open)]
    for each in those[:NAMES]:
        uses = [use[:60] for use in each.uses]
        told = {"name": each.name[:100], "class_name": each.class_name[:50], "was": each.was[:100], "uses": uses}
        shown.append(blocks.cut(DIFFERENCE.text(f"line_{kind}", **told), LINE))
    if len(those) > NAMES:
        shown.append(DIFFERENCE.text("more", count=len(those) - NAMES))
    yield from blocks.sections(wording.lines(shown))


def _lists(found: Difference, *, is_open: bool) -> Iterator[Block]:
    """Every list with its heading, each cut short where it is long."""
    yield from _list("problems", map(_finding, found.problems), len(found.problems), is_open)
    if len(found.missing) > MANY_MISSING * found.on_roll:
        counts = {"count": len(found.missing), "on_roll": found.on_roll}
        yield blocks.Section(DIFFERENCE.text("mostly_missing", **counts))
    yield from _list("missing", map(_missing, found.missing), len(found.missing), is_open, NAMES)
    yield from _list("kept", map(_finding, found.kept), len(found.kept), is_open)
    yield from _list("warnings", map(_finding, found.warnings), len(found.warnings), is_open)
    yield from _list("notes", map(_finding, found.notes), len(found.notes), is_open)


def _list(kind: str, lines: Iterable[Wording], count: int, is_open: bool, most: int = LINES) -> Iterator[Block]:
    if not count:
        return
    shown = [DIFFERENCE.text(kind, count=count, open=is_open)]
    shown += [blocks.cut(line, LINE) for _, line in zip(range(most), lines, strict=False)]
    if count > most:
        shown.append(DIFFERENCE.text("more", count=count - most))
    yield from blocks.sections(wording.lines(shown))


def _finding(found: Finding) -> Wording:
    told = {"line": found.line, "column": found.column[:80], "message": found.message}
    return DIFFERENCE.text("finding", **told, on_record=found.on_record[:100])


def _missing(pupil: Missing) -> Wording:
    since = spoken_day(pupil.since) if pupil.since else ""
    return DIFFERENCE.text("pupil", name=pupil.name[:100], class_name=pupil.class_name[:50], since=since)


def _leavers(request: Request, told: Sequence[Block] = ()) -> Modal:
    missing = roll_import.leavers(request.context)
    if not missing:
        return blocks.modal(LEAVERS.text("title"), [*told, blocks.Section(LEAVERS.text("nobody"))])
    shown: list[Block] = [*told, blocks.Section(LEAVERS.text("intro"))]
    for number in range(GROUPS):
        if group := missing[number * GROUP : (number + 1) * GROUP]:
            ticks = blocks.tick("left", [_leaver(pupil) for pupil in group])
            label = LEAVERS.text("group_more" if number else "group")
            shown.append(blocks.Field(label, ticks, name=f"left:{number}", optional=len(missing) > GROUP))
    today = request.context.today().isoformat()
    day = blocks.PickDay("left_on", today)
    shown.append(blocks.Field(LEAVERS.text("left_on"), day, name="left_on", hint=LEAVERS.text("left_on_hint")))
    if len(missing) > GROUP * GROUPS:
        shown.append(blocks.Context(LEAVERS.text("more", count=len(missing) - GROUP * GROUPS)))
    return blocks.modal(LEAVERS.text("title"), shown, form="imports.left", submit=LEAVERS.text("submit"))


def _leaver(pupil: Missing) -> blocks.Option:
    since = LEAVERS.text("since", since=spoken_day(pupil.since)) if pupil.since else None
    name = LEAVERS.text("pupil", name=pupil.name, class_name=pupil.class_name)
    return blocks.Option(name, str(pupil.pupil_id), since)


ROUTES = (
    button("imports.open", RECORDERS, open_form),
    form("imports.read", RECORDERS, read),
    form("imports.apply", RECORDERS, apply),
    closed("imports.apply", RECORDERS, cancel),
    button("imports.leavers", RECORDERS, open_leavers),
    form("imports.left", RECORDERS, confirm_leavers),
)
