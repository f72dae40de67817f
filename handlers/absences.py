"""Who is on long absence: written down by the headteacher or the office, ended when they are back."""

from collections.abc import Iterator

from bot.clock import spoken_day
from bot.services.school import absences
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.parts import colleagues
from handlers.requests import Open, Reply, Request, Suggestions, Update, button, form, options

VIEW = page("absences/view")
KEEPERS = frozenset(absences.KEEPERS)
SHOWN = 40


def show(request: Request) -> Reply:
    """Show who is away, and the form for one more."""
    return Open(_view(request))


def record(request: Request) -> Reply:
    """Write down who is away."""
    fields = request.fields
    first, last = (str(fields.get(name) or "") for name in ("first", "last"))
    absences.record(request.context, colleagues.chosen(fields), first, last)
    return Update(_view(request))


def back(request: Request) -> Reply:
    """Note that somebody is back."""
    absences.end(request.context, request.number())
    return Update(_view(request))


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    people = absences.current(request.context).colleagues
    return Suggestions(colleagues.suggestions(people, request.typed))


def _view(request: Request) -> Modal:
    found = absences.current(request.context)
    picker = colleagues.picker("absences.colleague", VIEW.text("colleague_placeholder"), found.colleagues)
    today = request.context.today().isoformat()
    shown = [
        blocks.Section(VIEW.text("intro")),
        *_away(found),
        blocks.Divider(),
        blocks.Field(VIEW.text("colleague"), picker, name="colleague"),
        blocks.Field(VIEW.text("first"), blocks.PickDay("first", today), name="first"),
        blocks.Field(VIEW.text("last"), blocks.PickDay("last"), name="last", optional=True),
    ]
    return blocks.modal(VIEW.text("title"), shown, form="absences.record", submit=VIEW.text("submit"))


def _away(found: absences.Away) -> Iterator[Block]:
    if not found.absences:
        yield blocks.Context(VIEW.text("nobody"))
    for number, (each, name) in enumerate(found.absences[:SHOWN]):
        last = spoken_day(each.last) if each.last else ""
        text = VIEW.text("absence", name=name, first=spoken_day(each.first), last=last)
        done = blocks.Button(VIEW.text("back"), f"absences.back:{number}", value=str(each.absence_id))
        yield blocks.Section(text, accessory=done)
    if len(found.absences) > SHOWN:
        yield blocks.Context(VIEW.text("more", count=len(found.absences) - SHOWN))


ROUTES = (
    button("absences.open", KEEPERS, show),
    form("absences.record", KEEPERS, record),
    button("absences.back", KEEPERS, back),
    options("absences.colleague", KEEPERS, suggest),
)
