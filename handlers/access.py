"""`/request-access`: the form of appendix a, from the request to the change of the filter. Policy §7.5."""

from collections.abc import Iterator, Mapping
from functools import partial

from bot.clock import spoken_day
from bot.rules.access import DUTIES, LONGEST, PROCEDURE, Event, State
from bot.services.access import requests
from bot.services.access.requests import Request as Asked
from bot.services.filter import register
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import filter_lines
from handlers.parts.records import Doubted, Pages, texts
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button, command, form, shortcut

FORM, VIEW = page("access/form"), page("access/view")
ALWAYS = VIEW.text("until_hint")
APPLIED = "applied:"  # how the box begins by which a decider says that the filter is changed already

# A Yes from here is the last one.
FINAL = tuple(state for state in DUTIES if PROCEDURE.steps.get((state, Event.APPROVE)) is State.APPROVED)


def open_form(request: Request) -> Reply:
    """Open the form; an address typed after the command is in it already."""
    lines = {name: blocks.Write(name, lines=True, most=LONGEST) for name in ("content", "reasons", "risks")}
    address = blocks.Write("url", initial=request.text[:LONGEST])
    shown = [
        blocks.Section(FORM.text("intro")),
        blocks.Field(VIEW.text("label_url"), address, name="url", hint=FORM.text("url_hint")),
        *(
            blocks.Field(VIEW.text(f"label_{name}"), element, name=name, hint=FORM.text(f"{name}_hint"))
            for name, element in lines.items()
        ),
        blocks.Field(FORM.text("until"), blocks.PickDay("until"), name="until", hint=ALWAYS, optional=True),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, form="access.ask", submit=FORM.text("submit")))


def ask(request: Request) -> Reply:
    """Take the request in, and say its number and whom it waits for."""
    return Update(PAGES.sent(requests.ask(request.context, texts(request), form_id=request.request_id)))


def _act(request: Request, number: int, event: Event, written: Mapping[str, str], **seen: str) -> Asked:
    twice = partial(_look_twice, request)
    ticked = any(name.startswith(APPLIED) and value for name, value in request.fields.items())
    applied = {"applied": "yes"} if ticked else {}
    return requests.act(request.context, number, event, {**written, **applied}, look_twice=twice, **seen)


def _look_twice(request: Request, asked: Asked) -> None:
    """Ask once more where the lines for the filter cover more than the address."""
    if request.fields.get("lines") and (doubts := filter_lines.doubts(request, [asked.form.asked.url])):
        raise Doubted(asked, doubts)


def _waits(asked: Asked) -> Wording:
    return VIEW.text("waits", name=asked.name, asker=asked.asker)


def _decision_fields(request: Request, asked: Asked, event: Event) -> Iterator[Block]:
    if event not in PROCEDURE.yes:
        return
    wanted = asked.form.asked.until
    until = wanted.isoformat() if wanted and wanted >= request.context.today() else None
    day = blocks.PickDay("until", texts(request).get("until") or until)
    yield blocks.Field(VIEW.text("allow_until"), day, name="until", hint=ALWAYS, optional=True)
    if asked.state in FINAL or Event.APPROVE_FOR_BOTH in asked.may:
        yield filter_lines.field(request, "allow", [asked.form.proposed])
        if register.is_keeper(request.context):
            yield filter_lines.applied(request, APPLIED, [asked.form.proposed])


def _notes(_request: Request, asked: Asked) -> Iterator[Block]:
    if asked.form.warning:
        yield blocks.Context(VIEW.text("warning", warning=asked.form.warning))
    for entry in asked.form.entries:
        last = spoken_day(entry.expires_on) if entry.expires_on else ""
        yield from blocks.sections(VIEW.text("entry", line=entry.entry, state=entry.state.value, until=last))


PAGES = Pages(
    requests.DESK,
    VIEW,
    buttons={
        "approve": PROCEDURE.yes,
        "reject": (Event.REJECT,),
        "ask_back": (Event.ASK_BACK,),
        "take_back": (Event.WITHDRAW,),
    },
    waits=_waits,
    act=_act,
    notes=_notes,
    fields=_decision_fields,
    left=lambda context, asked: filter_lines.left(context, asked.name),
)
NOTICES = PAGES.notices()
ROUTES = (
    command("/request-access", EVERYONE, open_form, "Ask for a blocked site to be opened", "https://…"),
    form("access.ask", EVERYONE, ask),
    button("access.new", EVERYONE, open_form),
    shortcut("access.form", EVERYONE, open_form, "Ask for a blocked site to be opened"),
    *PAGES.routes(),
)
