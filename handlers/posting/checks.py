"""`/post-check`: may we post this picture? One answer, with the mend, and the buttons for what happens next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.clock import spoken_instant
from bot.context import Context
from bot.notices import Notice
from bot.rules.consent.answer import MOST_SUBJECTS, Pupil
from bot.rules.posting import checks as rules
from bot.rules.posting.checks import Place, TakenWith, Verdict
from bot.services import drafts
from bot.services.consent import look_ups
from bot.services.posting import checks
from bot.services.posting import who as people
from bot.services.posting.checks import Checked
from bot.services.posting.who import Unclear
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import checked
from handlers.parts.pupils import candidate
from handlers.posting import form
from handlers.requests import (
    EVERYONE,
    Noted,
    Open,
    Push,
    Reply,
    Request,
    Suggestions,
    Update,
    button,
    command,
    options,
    read_number,
    shortcut,
)
from handlers.requests import form as form_route

RESULT = page("posting/result")
PLACES = {Verdict.GO: "place_go", Verdict.CHANGES: "place_changes", Verdict.STOP: "place_stop"}


def open_form(request: Request) -> Reply:
    """Open the form, filled in as far as the command's text goes."""
    places = form.open_places(request.context)
    if request.text:
        return Open(form.window(places, form.typed(request, request.text)))
    kept = drafts.get(request.context, form.CHECK)
    if kept is None:
        return Open(form.window(places, form.Filled()))
    at = spoken_instant(kept.at, request.school.timezone)
    return Open(form.window(places, form.of_draft(request, kept.values), draft=at))


def save(request: Request) -> Reply:
    """Keep what is filled in so far: a window that is closed by mistake loses nothing."""
    drafts.keep(request.context, form.CHECK, form.to_keep(request))
    return Noted()


def anew(request: Request) -> Reply:
    """Forget what was filled in, and begin with an empty form."""
    drafts.forget(request.context, form.CHECK)
    empty = form.window(form.open_places(request.context), form.Filled())
    # With something else to bring back it is another form: what was entered in this one is not kept in its fields.
    return Update(replace(empty, metadata={**empty.metadata, "anew": request.press_id}))


def post_it(request: Request) -> Reply:
    """Open the form with the children of an answer of `/consent`."""
    return Open(form.window(form.open_places(request.context), form.of_answer(request)))


def check(request: Request) -> Reply:
    """Answer the form; where it is unclear who is meant, ask, and lose nothing."""
    places, filled = form.open_places(request.context), form.entered(request)
    read = rules.read(filled.texts, filled.surfaces, filled.true, places)
    who = people.understand(request.context, form.said(request, filled))
    if isinstance(who, Unclear):
        people.log_asked(request.context, who)
        return Update(form.window(places, filled, who, instead=str(request.metadata.get(form.INSTEAD) or "")))
    found = checks.check(request.context, read, who, request_id=request.request_id, draft=form.CHECK)
    _end_former(request)
    return Update(_window(request, found))


def _end_former(request: Request) -> None:
    """End the check that this one was made instead of."""
    number, _, token = str(request.metadata.get(form.INSTEAD) or "").partition(":")
    if number.isdecimal() and token:
        checks.not_posted(request.context, read_number(number), token)


def again(request: Request) -> Reply:
    """Answer anew."""
    check_id, token = request.record()
    return _shown(request, checks.again(request.context, check_id, token))


def not_posted(request: Request) -> Reply:
    """End the check; nothing is kept as a record."""
    check_id, token = request.record()
    return _shown(request, checks.not_posted(request.context, check_id, token))


def show(request: Request) -> Reply:
    """Show the answer as it stands now."""
    check_id, token = request.record()
    return _shown(request, checks.get(request.context, check_id, token))


def change(request: Request) -> Reply:
    """Open the form again as it was filled in, to change it and check again."""
    check_id, token = request.record()
    held = checks.get(request.context, check_id, token)
    window = form.window(form.open_places(request.context), form.of_check(held), instead=held.button)
    return Push(window) if request.is_in_window else Open(window)


def suggest(request: Request) -> Reply:
    """Offer pupils while somebody types."""
    found = look_ups.suggest(request.context, request.typed, blocks.OPTIONS, request.window_id)
    return Suggestions([blocks.Option(candidate(pupil), str(pupil.pupil_id)) for pupil in found])


def _shown(request: Request, found: Checked) -> Reply:
    window = _window(request, found)
    return Update(window) if request.is_in_window else Open(window)


# ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _window(request: Request, found: Checked) -> Modal:
    title = RESULT.text("title")
    if found.check.ended_at is not None:
        return blocks.modal(title, [blocks.Section(checked.over(found))])
    if found.check.stale_at is not None or found.check.until <= request.context.now():
        # What holds today is told, and logged, only to whoever checks again.
        return blocks.modal(title, [blocks.Section(checked.said(found, request.context.now())), buttons(found)])
    result = found.result
    names = [place.surface.name for place in result.places]
    shown: list[Block] = [
        blocks.Section(RESULT.text(checked.OPENERS[result.verdict], **_places(result.verdict, names)))
    ]
    shown += [blocks.Section(RESULT.text(f"mend_{each}")) for each in result.untrue]
    if any(place.leave_out or place.is_by_phone for place in result.places):
        shown += [block for place in result.places for block in _place(place)]
    if any(place.leave_out for place in result.places):
        shown.append(blocks.Context(RESULT.text("discreet")))
    if found.check.form.taken_with is TakenWith.PHONE:
        shown.append(blocks.Section(RESULT.text("phone")))
    if result.verdict is not Verdict.STOP:
        for place, who in found.for_others:
            told = RESULT.text("for_others", place=place, who=who)
            ask = blocks.Button(RESULT.text("ask_button"), "permissions.new")
            shown.append(blocks.Section(told, accessory=ask))
    can_change = len(found.check.pupils) <= MOST_SUBJECTS
    edit = blocks.Button(RESULT.text("change_button"), "posting.change", value=found.button)
    shown.append(buttons(found, *([edit] if can_change else [])))
    if result.verdict is not Verdict.STOP:
        until = spoken_instant(found.check.until, request.school.timezone)
        shown.append(blocks.Context(RESULT.text("good_until", until=until)))
    return blocks.modal(title, shown)


def _places(verdict: Verdict, names: Sequence[str]) -> dict[str, Any]:
    return {"places": names} if verdict is Verdict.GO else {}


def _place(place: Place) -> Iterator[Block]:
    values: dict[str, Any] = {"place": place.surface.name}
    if place.is_by_phone:
        yield from blocks.sections(RESULT.text("place_phone", **values))
        return
    if place.verdict is Verdict.CHANGES:
        values |= {"out": list(map(child, place.leave_out)), "cover": list(map(child, place.cover))}
    yield from blocks.sections(RESULT.text(PLACES[place.verdict], **values))


def child(pupil: Pupil) -> str:
    """Return a child's name with the class, as a value that is still to be escaped."""
    return f"{pupil.name} ({pupil.class_name})"


def buttons(found: Checked, *more: blocks.Element) -> Block:
    """Return what can be pressed next, the likeliest first."""
    is_good = found.check.stale_at is None and found.result.verdict is not Verdict.STOP
    row = [
        blocks.Button(
            RESULT.text("posted_button"), "posting.publish", value=found.button, style="primary" if is_good else None
        ),
        blocks.Button(
            RESULT.text("again_button"), "posting.again", value=found.button, style=None if is_good else "primary"
        ),
        blocks.Button(RESULT.text("not_posted_button"), "posting.not_posted", value=found.button),
    ]
    return blocks.actions(*row, *more)


# ── letters ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _letter(context: Context, check_id: int) -> Letter:
    """Return the answer without a child in it: how it stands now, and what to press."""
    found = checks.get(context, check_id)
    said = checked.said(found, context.now())
    if found.check.ended_at is not None:
        return Letter(said, [blocks.Section(said)])
    opener = blocks.Button(RESULT.text("open_button"), "posting.check_open", value=found.button)
    return Letter(RESULT.text("spoken"), [blocks.Section(said), buttons(found, opener)])


NOTICES: Renders = {Notice.POSTING_CHECKED: _letter, Notice.POSTING_STALE: _letter}
ROUTES = (
    command("/post-check", EVERYONE, open_form, "May we post this picture?", "Jamie P 3B, Aisha for twitter photo"),
    shortcut("posting.form", EVERYONE, open_form, "Check a picture before posting"),
    button("posting.open_form", EVERYONE, open_form),
    button("posting.post_it", EVERYONE, post_it),
    form_route("posting.check", EVERYONE, check),
    button("posting.again", EVERYONE, again),
    button("posting.change", EVERYONE, change),
    button("posting.not_posted", EVERYONE, not_posted),
    button("posting.check_open", EVERYONE, show),
    options("posting.pupils", EVERYONE, suggest),
    button("posting.pupils", EVERYONE, save),
    button("posting.draft", EVERYONE, save),
    button("posting.anew", EVERYONE, anew),
)
