"""Role holders outside Slack: whom to tell, how to reach them, what to say, and that they were told."""

from collections.abc import Iterator

from bot.clock import school_time, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.relays import How
from bot.services import relays
from bot.services.features import tellings
from bot.services.relays import Shown
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import relayed, roles
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button, form

VIEW = page("relays/view")
LONGEST_TIME = 5


def show(request: Request) -> Reply:
    """Show whom to tell, and ask when and how they were told."""
    return Open(_view(request, relays.get(request.context, tellings, request.number())))


def tell(request: Request) -> Reply:
    """Write down that they were told."""
    number = request.kept_number("number")
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    return Update(_view(request, relays.tell(request.context, tellings, number, fields)))


def undo(request: Request) -> Reply:
    """Take back that they were told."""
    relays.undo(request.context, tellings, request.number())
    return Update(blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text("undone"))]))


def _view(request: Request, found: Shown) -> Modal:
    if found.is_over:
        return blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text("letter_over"))])
    if found.told_by:
        shown: list[Block] = [blocks.Section(VIEW.text("told", **_told(request.context, found)))]
        if found.may_undo:
            back = blocks.Button(VIEW.text("undo"), "relays.undo", value=str(found.relay.relay_id))
            shown.append(blocks.actions(back))
        return blocks.modal(VIEW.text("title"), shown)
    shown = [
        blocks.Section(VIEW.text("head", role=_role(found), holder=found.holder, phone=found.phone)),
        *_why(request, found),
        blocks.Section(VIEW.text("say", name=found.name, kind=_kind(found), need=_need(found))),
        *_asked(request),
    ]
    kept = {"number": found.relay.relay_id}
    return blocks.modal(VIEW.text("title"), shown, form="relays.tell", submit=VIEW.text("submit"), metadata=kept)


def _why(request: Request, found: Shown) -> Iterator[Block]:
    if found.is_own:
        contact = request.school.designated_officer
        yield blocks.Section(VIEW.text("own_why", is_alone=found.is_alone, contact=contact))


def _asked(request: Request) -> tuple[Block, ...]:
    """When and how they were told: now and by phone, unless somebody says otherwise."""
    now = school_time(request.context.now(), request.school.timezone)
    ways = [blocks.Option(VIEW.text(f"choice_{how.name.lower()}"), how) for how in How]
    time = blocks.Write("time", initial=f"{now:%H:%M}", most=LONGEST_TIME)
    return (
        blocks.Field(VIEW.text("how"), blocks.radio("how", ways, initial=How.PHONE), name="how"),
        blocks.Field(VIEW.text("day"), blocks.PickDay("day", now.date().isoformat()), name="day"),
        blocks.Field(VIEW.text("time"), time, name="time", hint=VIEW.text("time_hint")),
    )


def _kind(found: Shown) -> Wording:
    return VIEW.text(f"kind_{found.relay.notice.name.lower()}")


def _need(found: Shown) -> Wording:
    is_theirs = found.is_own and found.is_alone
    return VIEW.text("need_own") if is_theirs else VIEW.text(f"need_{found.relay.notice.name.lower()}")


def _role(found: Shown) -> str:
    return roles.spoken([found.relay.role])


def _told(context: Context, found: Shown) -> dict[str, object]:
    at, how = found.relay.told_at, found.relay.how
    return {
        "what": relays.called(found),
        "by": found.told_by,
        "how": relayed.spoken(how) if how else "",
        "at": spoken_instant(at, context.school.timezone) if at else "",
    }


def _letter(context: Context, number: int) -> Letter:
    """References only: whom to tell and how to reach them is in the window."""
    try:
        found = relays.get(context, tellings, number)
    except NotFound:
        return _said(VIEW.text("letter_over"))
    if found.is_over:
        return _said(VIEW.text("letter_over"))
    if found.told_by:
        return _said(VIEW.text("letter_told", **_told(context, found)))
    said = VIEW.text("letter_own" if found.is_own else "letter", what=relays.called(found))
    opener = blocks.Button(VIEW.text("whom"), relays.OPENS, value=str(number), style="primary")
    return Letter(relays.called(found), [blocks.Section(said), blocks.actions(opener)])


def _said(text: Wording) -> Letter:
    return Letter(text, [blocks.Section(text)])


NOTICES: Renders = {Notice.RELAY_NOW: _letter, Notice.RELAY_WAITS: _letter}

ROUTES = (
    button("relays.open", EVERYONE, show),
    form("relays.tell", EVERYONE, tell),
    button("relays.undo", EVERYONE, undo),
)
