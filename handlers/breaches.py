"""Something went wrong with data: logged in two minutes, dealt with, and the Commissioner's file. §4.14."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import school_time, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules import breaches as rules
from bot.rules import clocks
from bot.rules.breaches import LINE, LONGEST, NOTES, Data, Event, Kind, State, Whose
from bot.rules.forms import read_day
from bot.rules.procedures import UNASKED
from bot.services import breaches
from bot.services.breaches import RISKS, Breach
from bot.services.record_views import RecordView
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.notices import Letter, Renders
from handlers.parts import colleagues, relayed
from handlers.parts.records import Pages, people, texts
from handlers.requests import EVERYONE, Open, Push, Reply, Request, Suggestions, Update, button, options, shortcut
from handlers.requests import form as form_route

FORM, VIEW = page("breaches/form"), page("breaches/view")
PEOPLE_LETTERS, TIME_LETTERS, LONGEST_GROUNDS = 9, 5, 500


def open_form(request: Request) -> Reply:
    """Open the form; from a post, it is noted where it came from."""
    now = school_time(request.context.now(), request.school.timezone)
    kinds = [blocks.Option(FORM.text(f"kind_{each.name.lower()}"), each) for each in Kind]
    whose = [blocks.Option(FORM.text(f"whose_{each}"), each) for each in Whose]
    data = [blocks.Option(FORM.text(f"data_{each.name.lower()}"), each) for each in Data]
    picker = colleagues.picker("breaches.colleague", FORM.text("placeholder"), breaches.colleagues(request.context))
    shown = [
        blocks.Section(FORM.text("intro")),
        blocks.Field(FORM.text("kind"), blocks.radio("kind", kinds), name="kind"),
        _lines("happened", hint=True),
        blocks.Field(FORM.text("whose"), blocks.tick("whose", whose), name="whose"),
        blocks.Field(FORM.text("people"), blocks.Write("people", most=PEOPLE_LETTERS), name="people", optional=True),
        blocks.Field(FORM.text("data"), blocks.tick("data", data), name="data", optional=True),
        blocks.Field(FORM.text("aware"), blocks.PickDay("aware", f"{now:%Y-%m-%d}"), name="aware"),
        blocks.Field(
            FORM.text("aware_time"),
            blocks.Write("aware_time", initial=f"{now:%H:%M}", most=TIME_LETTERS),
            name="aware_time",
            hint=FORM.text("aware_time_hint"),
        ),
        _lines("delay", hint=True, optional=True),
        _lines("contained", hint=True, optional=True),
        blocks.Field(FORM.text("caused"), picker, name="colleague", hint=FORM.text("caused_hint"), optional=True),
    ]
    name, _, token = request.value.partition(":")
    window = blocks.modal(
        FORM.text("title"),
        shown,
        form="breaches.log",
        submit=FORM.text("submit"),
        metadata={"from": name, "token": token},
    )
    return Push(window) if request.is_in_window else Open(window)


def _lines(name: str, *, hint: bool = False, optional: bool = False) -> Block:
    written = blocks.Write(name, lines=True, most=LONGEST)
    told = FORM.text(f"{name}_hint") if hint else None
    return blocks.Field(FORM.text(name), written, name=name, hint=told, optional=optional)


def log(request: Request) -> Reply:
    """Log it, and say its number and who was told."""
    fields, now = texts(request), request.context.now()
    ticked = [request.fields.get(name) for name in ("whose", "data")]
    whose, data = ([str(value) for value in each] if isinstance(each, list) else [] for each in ticked)
    aware_at = _aware(fields, request.school.timezone)
    written = rules.read(fields, whose, data, aware_at, now)
    came_from = (request.kept("from"), request.kept("token"))
    made = breaches.log(
        request.context,
        written,
        caused_by=colleagues.chosen(request.fields),
        form_id=request.request_id,
        came_from=came_from,
    )
    late = rules.is_late(made.form.aware_at, request.context.now())
    told = {"name": made.name, "people": people(made), "until": _until(request.context, made), "late": late}
    if made.whom_to_phone:
        said = FORM.text("sent_own", **told, whom=relayed.whom(made.whom_to_phone))
    else:
        said = FORM.text("sent" if people(made) else "sent_nobody", **told)
    return Update(blocks.modal(FORM.text("sent_title"), [blocks.Section(said)]))


def _aware(fields: dict[str, str], timezone: str) -> datetime | None:
    try:
        at = datetime.strptime(fields.get("aware_time", "").strip().replace(".", ":"), "%H:%M")  # noqa: DTZ007
    except ValueError:
        return None
    return datetime.combine(read_day(fields.get("aware", ""), "aware"), at.time(), ZoneInfo(timezone))


def _until(context: Context, view: RecordView[Breach]) -> str:
    return spoken_instant(view.form.decide_by, context.school.timezone)


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    return Suggestions(colleagues.suggestions(breaches.colleagues(request.context), request.typed))


# ── the record ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _waits(view: RecordView[Breach]) -> Wording:
    return VIEW.text("waits", name=view.name)


def _notes(request: Request, view: RecordView[Breach]) -> Iterator[Block]:
    """How the clock stands and why it runs, what is still to be done, and the file."""
    zone, now = request.school.timezone, request.context.now()
    aware = spoken_instant(view.form.aware_at, zone)
    if view.state is State.OPEN:
        hours = clocks.since_then(view.form.aware_at, now)
        late = rules.is_late(view.form.aware_at, now)
        told = {"hours": hours, "aware": aware, "until": _until(request.context, view), "late": late}
        yield blocks.Section(VIEW.text("clock", **told))
    else:
        yield blocks.Context(VIEW.text("aware", aware=aware))
    if view.record.asker_id == UNASKED:  # who may decide is not barred by having been the first to know
        yield blocks.Context(VIEW.text("reporter", name=view.form.reporter))
    if view.form.open_tasks and view.may.intersection(NOTES):
        left = [VIEW.text(each.name.lower()) for each in view.form.open_tasks]
        yield blocks.Section(VIEW.text("to_do", left=left))
    if view.may.intersection(NOTES):
        yield blocks.actions(
            blocks.Button(VIEW.text("file"), "breaches.file", value=view.button),
            blocks.Button(VIEW.text("letter"), "breaches.letter", value=view.button),
        )


def _asked(request: Request, view: RecordView[Breach], event: Event) -> Iterator[Block]:
    """What is asked besides reasons and a signature, or instead of them."""
    written = texts(request)
    if event in NOTES:
        note = blocks.Write("note", lines=True, most=LONGEST)
        yield blocks.Field(VIEW.text("note"), note, name="note", hint=VIEW.text("note_hint", what=event.value))
    if event in {Event.REPORT, Event.DO_NOT_REPORT}:
        risks = [blocks.Option(VIEW.text(f"risk_{each}"), each) for each in RISKS]
        yield blocks.Field(VIEW.text("risk"), blocks.radio("risk", risks, initial=written.get("risk")), name="risk")
        advice = blocks.Write("advice", lines=True, most=LONGEST_GROUNDS)
        yield blocks.Field(VIEW.text("advice"), advice, name="advice", optional=True)
    if event is Event.REPORT and rules.is_late(view.form.aware_at, request.context.now()):
        delay = blocks.Write("delay", lines=True, most=LONGEST_GROUNDS)
        yield blocks.Field(FORM.text("delay"), delay, name="delay", hint=FORM.text("delay_hint"))


def file(request: Request) -> Reply:
    """Show what is replaced in the Commissioner's file before it is made, and what it then says."""
    found = breaches.draft(request.context, *request.record())
    make = blocks.Button(VIEW.text("make_file"), "deliveries.breach", value=found.name, style="primary")
    shown = [
        blocks.Section(VIEW.text("names" if found.names else "no_names", names=found.names)),
        blocks.actions(make),
        *blocks.sections(VIEW.text("text", text=found.text)),
    ]
    window = blocks.modal(VIEW.text("file_title"), shown)
    return Push(window) if request.is_in_window else Open(window)


def letter(request: Request) -> Reply:
    """Show what the parents, or others whose data it is, may be written: to be copied."""
    told = breaches.letter(request.context, *request.record())
    said = VIEW.text(
        "letter_text",
        happened=told.happened,
        contained=told.contained,
        learnt=told.learnt,
        dpo=told.dpo,
        school=request.school.name,
    )
    window = blocks.modal(
        VIEW.text("letter_title"), [blocks.Section(VIEW.text("letter_intro")), *blocks.sections(said)]
    )
    return Push(window) if request.is_in_window else Open(window)


def _clock_letter(context: Context, number: int) -> Letter:
    """Return how long it has been since the school became aware, for whoever decides."""
    try:
        view = breaches.DESK.get(context, number)
    except NotFound:
        return PAGES.letter_waits(context, number)
    is_owed = view.state is State.TO_REPORT and Event.FOLLOW_UP in view.form.open_tasks
    if not (view.state is State.OPEN or is_owed) or not view.may.intersection(NOTES):
        return PAGES.letter_waits(context, number)
    now = context.now()
    told: dict[str, Any] = {
        "name": view.name,
        "hours": clocks.since_then(view.form.aware_at, now),
        "until": _until(context, view),
    }
    told["decided"] = is_owed
    said = VIEW.text("letter_late" if rules.is_late(view.form.aware_at, now) else "letter_clock", **told)
    opener = blocks.Button(page("records/one").text("open"), "breaches.open", value=view.button, style="primary")
    return Letter(said, [blocks.Section(said), blocks.actions(opener)])


def _act(request: Request, number: int, event: Event, written: dict[str, str], **seen: str) -> RecordView[Breach]:
    return breaches.act(request.context, number, event, written, **seen)


PAGES = Pages(
    breaches.DESK,
    VIEW,
    buttons={
        "take": (Event.TAKE,),
        "contain": (Event.CONTAIN,),
        "report": (Event.REPORT,),
        "do_not_report": (Event.DO_NOT_REPORT,),
        "no_breach": (Event.NO_BREACH,),
        "tell_people": (Event.TELL_PEOPLE,),
        "learn": (Event.LEARN,),
        "follow_up": (Event.FOLLOW_UP,),
        "close": (Event.CLOSE,),
        "reopen": (Event.REOPEN,),
    },
    waits=_waits,
    act=_act,
    notes=_notes,
    fields=_asked,
)
NOTICES: Renders = {**PAGES.notices(), Notice.BREACH_CLOCK: _clock_letter}
ROUTES = (
    shortcut("breaches.form", EVERYONE, open_form, "Something went wrong with data"),
    button("breaches.new", EVERYONE, open_form),
    form_route("breaches.log", EVERYONE, log),
    button("breaches.file", frozenset(LINE), file),
    button("breaches.letter", frozenset(LINE), letter),
    options("breaches.colleague", EVERYONE, suggest),
    *PAGES.routes(),
)
