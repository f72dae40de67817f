"""Who is away: written down by themselves, or by somebody who gains nothing by it; undone with one press."""

from collections.abc import Iterator, Mapping

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.forms import LONGEST_REASONS
from bot.services.school import absences
from bot.services.school.absences import Away, Shown
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import colleagues
from handlers.requests import EVERYONE, Open, Reply, Request, Suggestions, Update, button, form, options

VIEW = page("absences/view")
SHOWN = 20


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
    absences.end(request.context, *request.record())
    return Update(_view(request))


def here(request: Request) -> Reply:
    """Strike out what somebody else has written down about the person who presses, and show how it stands."""
    absences.strike(request.context, *request.record())
    return Update(_view(request)) if request.is_in_window else Open(_view(request))


def ask_why(request: Request) -> Reply:
    """Ask why an absence is struck out."""
    number, token = request.record()
    found = absences.get(request.context, number)
    why = blocks.Write("reasons", most=LONGEST_REASONS)
    shown = [
        blocks.Section(VIEW.text("strike_intro", **_told(found))),
        blocks.Field(VIEW.text("why"), why, name="reasons", hint=VIEW.text("why_hint")),
    ]
    kept = {"number": number, "token": token}
    title, submit = VIEW.text("title"), VIEW.text("strike")
    return Open(blocks.modal(title, shown, form="absences.strike", submit=submit, metadata=kept))


def strike(request: Request) -> Reply:
    """Strike an absence out, with a reason."""
    why = str(request.fields.get("reasons") or "")
    absences.strike(request.context, request.kept_number("number"), request.kept("token"), why)
    return Update(_view(request))


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    people = absences.current(request.context).colleagues
    return Suggestions(colleagues.suggestions(people, request.typed))


def _view(request: Request) -> Modal:
    found = absences.current(request.context)
    today = request.context.today().isoformat()
    writes_others = len(found.colleagues) > 1
    shown: list[Block] = [
        blocks.Section(VIEW.text("intro" if writes_others else "intro_own")),
        *_away(request, found, writes_others),
        blocks.Divider(),
    ]
    if writes_others:
        picker = colleagues.picker("absences.colleague", VIEW.text("colleague_placeholder"), found.colleagues)
        hint = VIEW.text("colleague_hint")
        shown.append(blocks.Field(VIEW.text("colleague"), picker, name="colleague", hint=hint))
    shown += [
        blocks.Field(VIEW.text("first"), blocks.PickDay("first", today), name="first"),
        blocks.Field(
            VIEW.text("last"), blocks.PickDay("last"), name="last", hint=VIEW.text("last_hint"), optional=True
        ),
    ]
    title = VIEW.text("title" if writes_others else "title_own")
    return blocks.modal(title, shown, form="absences.record", submit=VIEW.text("submit"))


def _away(request: Request, found: Away, writes_others: bool) -> Iterator[Block]:
    if not found.absences:
        yield blocks.Context(VIEW.text("nobody" if writes_others else "nobody_own"))
    for number, each in enumerate(found.absences[:SHOWN]):
        begins = ""
        if each.absence.stands_in_at > request.context.now():
            begins = spoken_instant(each.absence.stands_in_at, request.school.timezone)
        yield blocks.Section(
            VIEW.text("absence", **_told(each), by="" if each.absence.is_own else each.by, begins=begins)
        )
        if each.may_change:
            undo = "here" if each.is_mine and not each.absence.is_own else "strike"
            action = "absences.here" if undo == "here" else "absences.ask_why"
            yield blocks.actions(
                blocks.Button(
                    VIEW.text("back_own" if each.is_mine else "back"), f"absences.back:{number}", value=each.button
                ),
                blocks.Button(VIEW.text(undo), f"{action}:{number}", value=each.button),
            )
    if len(found.absences) > SHOWN:
        yield blocks.Context(VIEW.text("more", count=len(found.absences) - SHOWN))
    for each in found.struck[:SHOWN]:
        yield blocks.Section(VIEW.text("struck", **_told(each), by=each.struck_by, why=each.absence.struck_why))


def _told(each: Shown) -> Mapping[str, str]:
    last = spoken_day(each.absence.last) if each.absence.last else ""
    return {"name": each.name, "first": spoken_day(each.absence.first), "last": last}


# ── the letter to somebody whom another wrote down ──────────────────────────────────────────────────────────────


def _written(context: Context, number: int) -> Letter:
    try:
        found = absences.get(context, number)
    except NotFound:
        return Letter(VIEW.text("letter_gone"), [blocks.Section(VIEW.text("letter_gone"))])
    if found.absence.struck_at or found.absence.ended_at:
        said = VIEW.text("letter_struck" if found.absence.struck_at else "letter_over", **_told(found))
        return Letter(said, [blocks.Section(said)])
    begins = spoken_instant(found.absence.stands_in_at, context.school.timezone)
    said = VIEW.text("letter", **_told(found), by=found.by, begins=begins)
    undo = blocks.Button(VIEW.text("here"), "absences.here", value=found.button, style="primary")
    return Letter(VIEW.text("letter_push"), [blocks.Section(said), blocks.actions(undo)])


NOTICES: Renders = {Notice.ABSENCE_WRITTEN: _written}

ROUTES = (
    button("absences.open", EVERYONE, show),
    form("absences.record", EVERYONE, record),
    button("absences.back", EVERYONE, back),
    button("absences.here", EVERYONE, here),
    button("absences.ask_why", EVERYONE, ask_why),
    form("absences.strike", EVERYONE, strike),
    options("absences.colleague", EVERYONE, suggest),
)
