"""The look-up log for the data protection officer: by child, by colleague, as a file; and looks at which to look."""

from collections.abc import Iterator

from bot.clock import school_day, spoken_day, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.consent.answer import Pupil
from bot.rules.consent.looks import LINE, OLD_LIST, VIEWERS, Narrowed, again
from bot.services.consent import look_log, look_ups, looks
from bot.services.consent.look_log import Page, Row
from bot.services.consent.looks import Through
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import colleagues, pupils
from handlers.requests import (
    Open,
    Push,
    Reply,
    Request,
    Suggestions,
    Update,
    button,
    form,
    options,
    read_number,
)

VIEW = page("looks/view")
SHOWN_DAYS = 30


def open_log(request: Request) -> Reply:
    """Open the log: everything, or what the button narrows it to."""
    narrowed = again(request.value) if request.value else Narrowed()
    view = _view(request, look_log.page(request.context, narrowed))
    return Push(view) if request.is_in_window else Open(view)


def search(request: Request) -> Reply:
    """Show the log of one child, of one colleague, or everything."""
    pupil = str(request.fields.get("pupil") or "")
    narrowed = Narrowed(read_number(pupil, OLD_LIST) if pupil else None, colleagues.chosen(request.fields))
    return Update(_view(request, look_log.page(request.context, narrowed)))


def turn(request: Request) -> Reply:
    """Turn the page."""
    return Update(_view(request, look_log.page(request.context, again(request.kept("narrowed")), request.number())))


def suggest(request: Request) -> Reply:
    """Offer pupils while somebody types, leavers too: that is a look as any other."""
    found = look_ups.suggest(request.context, request.typed, blocks.OPTIONS, request.window_id)
    return Suggestions([_option(pupil) for pupil in found])


def suggest_colleague(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    return Suggestions(colleagues.suggestions(look_log.colleagues(request.context), request.typed))


def open_told(request: Request) -> Reply:
    """Show whose looks it is about, and what they looked through."""
    return Open(_through(request, looks.of_told(request.context, *request.record())))


def settle(request: Request) -> Reply:
    """Note that it was looked into."""
    looks.settle(request.context, *request.record())
    return Update(_through(request, looks.of_told(request.context, *request.record())))


def reopen(request: Request) -> Reply:
    """Take that back."""
    looks.reopen(request.context, *request.record())
    return Update(_through(request, looks.of_told(request.context, *request.record())))


# ── the log ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _view(request: Request, found: Page) -> Modal:
    narrowed = found.narrowed.written()
    return blocks.modal(
        VIEW.text("title"),
        [*_found(request, found), *_turns(found, narrowed), blocks.Divider(), *_fields(found)],
        form="looks.search",
        submit=VIEW.text("search"),
        metadata={"narrowed": narrowed},
    )


def _fields(found: Page) -> Iterator[Block]:
    chosen = tuple(map(_option, filter(None, [found.pupil])))
    pupil = blocks.Suggest("looks.pupil", VIEW.text("pupil_placeholder"), initial=chosen)
    yield blocks.Section(VIEW.text("narrow"))
    yield blocks.Field(VIEW.text("pupil"), pupil, name="pupil", hint=VIEW.text("pupil_hint"), optional=True)
    placeholder = VIEW.text("colleague_placeholder")
    colleague = colleagues.picker("looks.colleague", placeholder, found.colleagues, chosen=found.person)
    yield blocks.Field(VIEW.text("colleague"), colleague, name="colleague", optional=True)


def _found(request: Request, found: Page) -> Iterator[Block]:
    whom = {"pupil": found.pupil.name if found.pupil else "", "person": found.person.name if found.person else ""}
    days = request.school.look_ups_kept.days
    yield blocks.Section(VIEW.text("found", **whom, number=found.number, days=days))
    if not found.rows:
        yield blocks.Section(VIEW.text("none"))
    for row in found.rows:
        when = spoken_instant(row.entry.at, request.school.timezone)
        yield blocks.Section(VIEW.text("row", when=when, who=row.who, what=_what(row)))


def _what(row: Row) -> Wording:
    entry = row.entry
    named = [VIEW.text("name", name=pupil.name, class_name=pupils.class_of(pupil)) for pupil in row.pupils]
    more = max(0, len(named) - looks.SHOWN_NAMES)
    names = VIEW.text("names", names=named[: looks.SHOWN_NAMES], more=more) if named else Wording("")
    return VIEW.text(
        entry.purpose.value.replace(" ", "_"),
        names=names,
        count=row.count,
        class_name=entry.class_name or (row.pupils[0].class_name if row.pupils else ""),
        matter=VIEW.text("matter", use=row.use, medium=entry.media),
        colleague=row.colleague,
    )


def _turns(found: Page, narrowed: str) -> Iterator[Block]:
    row = []
    if found.number:
        row.append(blocks.Button(VIEW.text("newer"), "looks.turn:newer", value=str(found.number - 1)))
    if found.has_more:
        row.append(blocks.Button(VIEW.text("older"), "looks.turn:older", value=str(found.number + 1)))
    if found.rows:
        row.append(blocks.Button(VIEW.text("export"), "deliveries.looks", value=narrowed))
    if row:
        yield blocks.actions(*row)


def _option(pupil: Pupil) -> blocks.Option:
    return blocks.Option(pupils.candidate(pupil), str(pupil.pupil_id))


# ── a look at a look ───────────────────────────────────────────────────────────────────────────────────────────────


def _through(request: Request, found: Through) -> Modal:
    told, name, zone = found.told, found.person.name, request.school.timezone
    first, last = (spoken_day(school_day(at, zone)) for at in (told.since, told.told_at))
    counts = {"classes": told.classes, "pictures": told.pictures}
    shown: list[Block] = [blocks.Section(VIEW.text("through", name=name, first=first, last=last, **counts))]
    newest = sorted(found.days.items(), reverse=True)
    for day, classes in newest[:SHOWN_DAYS]:
        shown += blocks.sections(VIEW.text("through_day", day=spoken_day(day), classes=classes))
    if len(newest) > SHOWN_DAYS:
        shown.append(blocks.Context(VIEW.text("through_more", count=len(newest) - SHOWN_DAYS)))
    row = []
    if found.told.settled_at:
        shown.append(blocks.Section(VIEW.text("through_settled", name=found.settled_by)))
        row.append(blocks.Button(VIEW.text("through_reopen"), "looks.reopen", value=looks.button(told)))
    else:
        shown.append(blocks.Section(VIEW.text("through_ask", name=name)))
        settled = VIEW.text("through_settle")
        row.append(blocks.Button(settled, "looks.settle", value=looks.button(told), style="primary"))
    if request.person.holds(*VIEWERS):
        narrowed = Narrowed(person_id=found.person.person_id).written()
        row.append(blocks.Button(VIEW.text("through_log"), "looks.open:told", value=narrowed))
    if row:
        shown.append(blocks.actions(*row))
    return blocks.modal(VIEW.text("through_title"), shown)


def _told_letter(context: Context, number: int) -> Letter:
    try:
        told = looks.standing(context, number)
    except NotFound:
        said = VIEW.text("told_not_yours")
        return Letter(said, [blocks.Section(said)])
    said = VIEW.text("told_settled" if told.settled_at else "told")
    style = None if told.settled_at else "primary"
    see = blocks.Button(VIEW.text("told_open"), "looks.told", value=looks.button(told), style=style)
    return Letter(said, [blocks.Section(said), blocks.actions(see)])


NOTICES: Renders = {Notice.LOOKS_TOLD: _told_letter}

ROUTES = (
    button("looks.open", VIEWERS, open_log),
    form("looks.search", VIEWERS, search),
    button("looks.turn", VIEWERS, turn),
    options("looks.pupil", VIEWERS, suggest),
    options("looks.colleague", VIEWERS, suggest_colleague),
    button("looks.told", frozenset(LINE), open_told),  # whether it is theirs to look at is asked of the line
    button("looks.settle", frozenset(LINE), settle),
    button("looks.reopen", frozenset(LINE), reopen),
)
