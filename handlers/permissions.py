"""`/ask-permission`: a personal account (§5.7, 5.9) or posting for the school (§5.1), asked and decided."""

from collections.abc import Iterator, Mapping, Sequence

from bot.clock import spoken_day
from bot.rules.permissions import LONGEST, YES, Event, What
from bot.rules.posting.surfaces import Surface
from bot.services import permissions
from bot.services.permissions import Asked
from bot.services.record_views import RecordView
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts.records import Pages, texts
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button, command, form, shortcut

FORM, VIEW = page("permissions/form"), page("permissions/view")


def open_form(request: Request) -> Reply:
    """Open the form."""
    kinds = [blocks.Option(FORM.text(f"what_{kind}"), kind) for kind in What]
    today = request.context.today().isoformat()
    purpose = blocks.Write("purpose", lines=True, most=LONGEST, initial=request.text[:LONGEST])
    shown = [
        blocks.Section(FORM.text("intro")),
        blocks.Field(VIEW.text("label_what"), blocks.radio("what", kinds), name="what"),
        *_where(permissions.open_places(request.context)),
        blocks.Field(VIEW.text("label_first"), blocks.PickDay("first", today), name="first"),
        blocks.Field(VIEW.text("label_last"), blocks.PickDay("last", today), name="last"),
        blocks.Field(VIEW.text("label_purpose"), purpose, name="purpose", hint=FORM.text("purpose_hint")),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, form="permissions.ask", submit=FORM.text("submit")))


def _where(places: Sequence[Surface]) -> Iterator[Block]:
    if places:
        options = [blocks.Option(FORM.text("place", name=each.name), str(each.surface_id)) for each in places]
        hint = FORM.text("where_hint")
        yield blocks.Field(
            VIEW.text("label_surface"), blocks.pick("where", options), name="where", hint=hint, optional=True
        )


def ask(request: Request) -> Reply:
    """Take the request in, and say its number and whom it waits for."""
    return Update(PAGES.sent(permissions.ask(request.context, texts(request), form_id=request.request_id)))


def _act(request: Request, number: int, event: Event, written: Mapping[str, str], **seen: str) -> RecordView[Asked]:
    return permissions.act(request.context, number, event, written, **seen)


def _waits(view: RecordView[Asked]) -> Wording:
    first, last = spoken_day(view.form.first_on), spoken_day(view.form.last_on)
    days = first if first == last else f"{first} to {last}"
    return VIEW.text("waits", name=view.name, asker=view.asker, days=days)


def _conditions(_request: Request, view: RecordView[Asked], event: Event) -> Iterator[Block]:
    if event not in YES:
        return
    if Event.CONFIRM in view.may:
        yield blocks.Section(VIEW.text("controls"))
    conditions, hint = blocks.Write("conditions", lines=True, most=LONGEST), VIEW.text("conditions_hint")
    yield blocks.Field(VIEW.text("label_conditions"), conditions, name="conditions", hint=hint, optional=True)


PAGES = Pages(
    permissions.DESK,
    VIEW,
    buttons={
        "approve": YES,
        "reject": (Event.REFUSE,),
        "ask_back": (Event.ASK_BACK,),
        "revoke": (Event.REVOKE,),
        "take_back": (Event.WITHDRAW,),
    },
    waits=_waits,
    act=_act,
    fields=_conditions,
)
NOTICES = PAGES.notices()
ROUTES = (
    command("/ask-permission", EVERYONE, open_form, "Ask for permission", "a lesson on kind posts"),
    shortcut("permissions.form", EVERYONE, open_form, "Ask for permission"),
    button("permissions.new", EVERYONE, open_form),
    form("permissions.ask", EVERYONE, ask),
    *PAGES.routes(),
)
