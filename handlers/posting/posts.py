"""*Posted*: what is in the world is logged, and the record of it, `PO-n`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot.clock import spoken_day
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.consent.answer import MOST_SUBJECTS
from bot.rules.forms import read_day
from bot.rules.posting.posts import CORRECTS, LONGEST_PLACE, WEIGHERS, Event, State, Task
from bot.rules.posting.surfaces import KEEPERS
from bot.services.posting import checks, corrections, duties, posts
from bot.services.posting import who as people
from bot.services.posting.corrections import Chosen
from bot.services.posting.posts import Logged, Post
from bot.services.posting.who import Unclear
from bot.services.record_views import RecordView
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts.records import Pages, texts
from handlers.posting import form
from handlers.posting.checks import child
from handlers.requests import EVERYONE, Errors, Open, Push, Reply, Request, Update, button, read_number
from handlers.requests import form as form_route

PUBLISH, VIEW = page("posting/publish"), page("posting/view")


def publish(request: Request) -> Reply:
    """Ask where it was posted."""
    check_id, token = request.record()
    window = _form(request, check_id, token)
    return Push(window) if request.is_in_window else Open(window)


def log(request: Request) -> Reply:
    """Log it, and say what has to come down at once."""
    chosen = request.fields.get("places")
    places = list(chosen) if isinstance(chosen, list) else [request.kept("place")]
    check_id, token = request.kept_number("check"), request.kept("token")
    if planned := texts(request).get("planned"):
        if texts(request).get("place"):
            return Errors({"planned": PUBLISH.text("planned_or_posted")})
        held = checks.plan(request.context, check_id, token, read_day(planned, "planned"))
        day = spoken_day(held.check.planned_on) if held.check.planned_on else ""
        return Update(
            blocks.modal(PUBLISH.text("planned_title"), [blocks.Section(PUBLISH.text("planned_done", day=day))])
        )
    as_told = bool(request.fields.get("as_told"))
    made = posts.log(request.context, check_id, token, texts(request), places, as_told=as_told)
    return Update(_logged(request, made))


def _form(request: Request, check_id: int, token: str) -> Modal:
    held = checks.get(request.context, check_id, token)
    left = [place.surface for place in held.to_post]
    if not left or held.check.ended_at is not None:
        return blocks.modal(
            PUBLISH.text("title"), [blocks.Section(page("posting/result").text("over", posts=held.posted_names))]
        )
    shown: list[Block] = [blocks.Section(PUBLISH.text("stale" if held.check.stale_at else "intro"))]
    kept: dict[str, object] = {"check": check_id, "token": token}
    if len(left) > 1:
        options = [blocks.Option(PUBLISH.text("name", name=each.name), str(each.surface_id)) for each in left]
        shown.append(blocks.Field(PUBLISH.text("places"), blocks.tick("places", options), name="places"))
    else:
        kept["place"] = str(left[0].surface_id)
    if any(place.leave_out for place in held.to_post):
        told = [blocks.Option(PUBLISH.text("as_told_yes"), "yes")]
        hint = PUBLISH.text("as_told_hint")
        shown.append(
            blocks.Field(
                PUBLISH.text("as_told"), blocks.tick("as_told", told), name="as_told", hint=hint, optional=True
            )
        )
    shown += _fields(request, held.check.form.adults, is_checked=True)
    return blocks.modal(PUBLISH.text("title"), shown, form="posting.log", submit=PUBLISH.text("submit"), metadata=kept)


def _fields(request: Request, adults: str, *, is_checked: bool = False) -> list[Block]:
    """Return what is asked of a post. `is_checked`: before it was posted, so it may also be planned for a later day."""
    today = request.context.today().isoformat()
    place = blocks.Write("place", most=LONGEST_PLACE)
    hint = PUBLISH.text("place_hint")
    asked: list[Block] = [
        blocks.Field(PUBLISH.text("place"), place, name="place", hint=hint, optional=is_checked),
        blocks.Field(PUBLISH.text("posted"), blocks.PickDay("posted", today), name="posted"),
    ]
    if is_checked:
        planned = blocks.PickDay("planned")
        hint = PUBLISH.text("planned_hint")
        asked.append(blocks.Field(PUBLISH.text("planned"), planned, name="planned", hint=hint, optional=True))
    return [*asked, _out(None), form.adults(adults)]


def _out(day: date | None) -> Block:
    """Return the field for the day by which it is to come down anyway."""
    out = blocks.PickDay("out", day.isoformat() if day else None)
    return blocks.Field(PUBLISH.text("out"), out, name="out", hint=PUBLISH.text("out_hint"), optional=True)


def _logged(request: Request, logged: Logged) -> Modal:
    names = [each.name for each in logged.posts]
    shown: list[Block] = [blocks.Section(PUBLISH.text("done", names=names))]
    for view in logged.must_come_down:
        said = PUBLISH.text("take_down_now", name=view.name, children=list(map(child, view.form.without)))
        down = blocks.Button(VIEW.text("take_down"), "posting.take_down", value=view.button, style="danger")
        shown += [*blocks.sections(said), blocks.actions(down)]
    shown += [blocks.Section(PUBLISH.text("elsewhere", url=url)) for url in logged.elsewhere]
    if logged.same:
        shown.append(blocks.Section(PUBLISH.text("same", names=logged.same)))
    return blocks.modal(PUBLISH.text("done_title"), shown)


# ── without a check ────────────────────────────────────────────────────────────────────────────────────────────────


def open_log(request: Request) -> Reply:
    """Open the form for what was posted without a check."""
    return Open(_log_form(request, form.Filled()))


def log_afterwards(request: Request) -> Reply:
    """Log what was posted without a check; where it is unclear who is meant, ask."""
    filled = form.entered(request)
    place = form.read_places(request, form.open_places(request.context))
    medium = form.read_medium(filled)
    who = people.understand(request.context, form.said(request, filled))
    if isinstance(who, Unclear):
        people.log_asked(request.context, who)
        return Update(_log_form(request, filled, who))
    chosen = (place.surface_id, medium)
    made = posts.log_afterwards(request.context, filled.texts, chosen, who, request_id=request.request_id)
    return Update(_logged(request, made))


def _log_form(request: Request, filled: form.Filled, unclear: Unclear | None = None) -> Modal:
    places = form.open_places(request.context)
    if not places:
        return form.window(places, filled)
    asked, words = form.questions(unclear) if unclear else ([], [])
    kept = form.settled(filled, unclear) if unclear else filled
    options = [blocks.Option(PUBLISH.text("name", name=each.name), str(each.surface_id)) for each in places]
    where = blocks.pick("where", options, initial=kept.texts.get("where"))
    many = blocks.Button(PUBLISH.text("many"), "posting.earlier")
    shown: list[Block] = [
        *(asked or [blocks.Section(PUBLISH.text("log_intro"))]),
        *([blocks.actions(many)] if request.person.roles & KEEPERS and not asked else []),
        blocks.Field(PUBLISH.text("where"), where, name="where"),
        form.medium(kept.medium),
        *form.who(kept),
        *_fields(request, kept.texts.get("adults", "")),
        form.taken_with(kept.taken),
    ]
    metadata = {form.WHICH: words} if words else {}
    return blocks.modal(
        PUBLISH.text("log_title"), shown, form="posting.log_after", submit=PUBLISH.text("submit"), metadata=metadata
    )


# ── the record ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _waits(view: RecordView[Post]) -> Wording:
    return VIEW.text("waits", name=view.name)


def _notes(request: Request, view: RecordView[Post]) -> Iterator[Block]:
    if view.state is State.PUBLISHED and view.form.without:
        yield from blocks.sections(VIEW.text("comes_down", children=list(map(child, view.form.without))))
    yield from _duties(request.context, view)


def _duties(context: Context, view: RecordView[Post]) -> Iterator[Block]:
    """What is still to be done about it, as far as it is this person's."""
    found = duties.of(context, view)
    if Task.PHONE in found:
        is_own = view.record.asker_id == context.person.person_id
        yield blocks.Section(VIEW.text("phone" if is_own else "phone_of_another", who=view.asker))
        label = VIEW.text("phone_done" if is_own else "phone_noted")
        yield blocks.actions(blocks.Button(label, "posting.phone", value=view.button))
    if Task.BREACH in found:
        yield blocks.Section(VIEW.text("breach"))
        log = blocks.Button(
            VIEW.text("breach_log"), "breaches.new", value=f"{view.name}:{view.record.token}", style="primary"
        )
        yield blocks.actions(log, blocks.Button(VIEW.text("breach_done"), "posting.breach", value=view.button))


def _correction(request: Request, view: RecordView[Post], event: Event) -> Iterator[Block]:
    if event not in CORRECTS:
        return
    filled, places = view.form, form.open_places(request.context)
    known = {each.surface_id: each.name for each in places} | {filled.surface_id: filled.surface}
    options = [blocks.Option(PUBLISH.text("name", name=name), str(each)) for each, name in known.items()]
    yield blocks.Field(
        PUBLISH.text("where"), blocks.pick("where", options, initial=str(filled.surface_id)), name="where"
    )
    yield form.medium(filled.medium)
    if len(filled.shown) <= MOST_SUBJECTS:  # a picture of a whole school is logged again instead
        yield form.pupils(filled.shown)
    place = blocks.Write("place", most=LONGEST_PLACE, initial=filled.place)
    yield blocks.Field(PUBLISH.text("place"), place, name="place", hint=PUBLISH.text("place_hint"))
    posted = blocks.PickDay("posted", filled.posted_on.isoformat())
    yield blocks.Field(PUBLISH.text("posted"), posted, name="posted")
    yield _out(filled.out_on)
    yield form.adults(filled.adults)


def phone(request: Request) -> Reply:
    """Note that the picture is off the phone, or that it was seen to."""
    return _done(request, Task.PHONE)


def breach(request: Request) -> Reply:
    """Note that it was weighed whether this is a breach."""
    return _done(request, Task.BREACH)


def _done(request: Request, task: Task) -> Reply:
    number, token = request.record()
    view = duties.do(request.context, number, token, task)
    shown = blocks.modal(
        page("records/one").text("title", name=view.name), [blocks.Section(VIEW.text("noted", name=view.name))]
    )
    return Update(shown) if request.is_in_window else Open(shown)


def _letter(context: Context, number: int) -> Letter:
    """Return how a post stands, and what its poster still has to do about it."""
    letter = PAGES.letter_stands(context, number)
    try:
        view = posts.DESK.get(context, number)
    except NotFound:
        return letter
    more = [*_duties(context, view)]
    return replace(letter, blocks=[*letter.blocks, *more])


def _act(request: Request, number: int, event: Event, written: dict[str, str], **seen: str) -> RecordView[Post]:
    chosen = _chosen(request) if event in CORRECTS else None
    return corrections.act(request.context, number, event, written, chosen, **seen)


def _chosen(request: Request) -> Chosen:
    filled = form.entered(request)
    pupils = [each.pupil_id for each in filled.pupils] if "pupils" in request.fields else None
    place, medium = read_number(filled.texts.get("where", "")), form.read_medium(filled)
    return Chosen(place, medium, pupils, request.kept_number("version"))


PAGES = Pages(
    posts.DESK,
    VIEW,
    buttons={"take_down": (Event.TAKE_DOWN,), "correct": CORRECTS},
    waits=_waits,
    act=_act,
    notes=_notes,
    fields=_correction,
)
NOTICES: Renders = {Notice.POSTING_STANDS: _letter}
ROUTES = (
    button("posting.publish", EVERYONE, publish),
    form_route("posting.log", EVERYONE, log),
    button("posting.open_log", EVERYONE, open_log),
    form_route("posting.log_after", EVERYONE, log_afterwards),
    button("posting.phone", EVERYONE, phone),
    button("posting.breach", frozenset(WEIGHERS), breach),
    *PAGES.routes(),
)
