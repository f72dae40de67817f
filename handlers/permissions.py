"""`/ask-permission`: a personal account in a lesson (§5.7) or over the WiFi (§5.9), asked and decided."""

from collections.abc import Iterator

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import BadInput, NotFound
from bot.notices import Notice
from bot.rules.permissions import DECIDERS, KIND, LONGEST, WAITING, YES, Event, What
from bot.services import permissions
from bot.services.permissions import View as Asked
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, View
from handlers.notices import Letter, Renders
from handlers.parts import steps
from handlers.requests import (
    EVERYONE,
    OLD_BUTTON,
    Open,
    Reply,
    Request,
    Update,
    button,
    command,
    form,
    read_choice,
    shortcut,
)

FORM, VIEW, DECIDE, LETTERS = (page(f"permissions/{name}") for name in ("form", "view", "decide", "letters"))
TITLES = {Event.CONFIRM: "confirm_title", Event.REFUSE: "reject_title", Event.REVOKE: "revoke_title"}
SUBMITS = {Event.REFUSE: "reject", Event.REVOKE: "revoke"}


def open_form(request: Request) -> Reply:
    """Open the form."""
    kinds = [blocks.option(FORM.text(f"what_{kind}"), kind) for kind in What]
    today = request.context.today().isoformat()
    purpose = blocks.write("purpose", lines=True, most=LONGEST, initial=request.text[:LONGEST])
    shown = [
        blocks.section(FORM.text("intro")),
        blocks.field(FORM.text("what"), blocks.choose("radio_buttons", "what", kinds), block_id="what"),
        blocks.field(FORM.text("first"), blocks.pick_day("first", today), block_id="first"),
        blocks.field(FORM.text("last"), blocks.pick_day("last", today), block_id="last"),
        blocks.field(FORM.text("purpose"), purpose, block_id="purpose", hint=FORM.text("purpose_hint")),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, callback_id="permissions.ask", submit=FORM.text("submit")))


def ask(request: Request) -> Reply:
    """Take the request in, and say its number and whom it waits for."""
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    asked = permissions.ask(request.context, fields, form_id=request.request_id)
    said = FORM.text("sent", name=asked.record.name, deciders=_people(asked))
    return Update(blocks.modal(FORM.text("sent_title"), [blocks.section(said)]))


def show(request: Request) -> Reply:
    """Show one request with everything on it; the asker may answer a question there."""
    return Open(_whole(request, _pressed(request)))


def open_yes(request: Request) -> Reply:
    """Open the form for reasons and signature of a Yes."""
    asked = _pressed(request)
    return _open_decision(request, asked, next((event for event in YES if event in asked.may), Event.PERMIT))


def open_no(request: Request) -> Reply:
    """Open the form for reasons and signature of a No."""
    return _open_decision(request, _pressed(request), Event.REFUSE)


def open_end(request: Request) -> Reply:
    """Open the form that ends a permission."""
    return _open_decision(request, _pressed(request), Event.REVOKE)


def decide(request: Request) -> Reply:
    """Take a decision, as the form was opened for it."""
    written = {name: str(request.fields.get(name) or "") for name in ("reasons", "signature", "conditions")}
    done = permissions.decide(
        request.context,
        request.kept_number("number"),
        read_choice(Event, request.kept("event")),
        token=request.kept("token"),
        shown_for=request.kept("state"),
        **written,
    )
    return Update(_decided(done))


def open_question(request: Request) -> Reply:
    """Open the form for a question to the asker."""
    asked = _pressed(request)
    if Event.ASK_BACK not in asked.may:
        return Open(_over(asked))
    asker = asked.names[asked.record.asker_id]
    field = blocks.field(
        DECIDE.text("question", asker=asker), blocks.write("question", lines=True, most=LONGEST), block_id="question"
    )
    return Open(_form(request, asked, Event.ASK_BACK, DECIDE.text("ask_title", name=asked.record.name), [field]))


def open_withdraw(request: Request) -> Reply:
    """Ask once more before a request is taken back."""
    asked = _pressed(request)
    if Event.WITHDRAW not in asked.may:
        return Open(_over(asked))
    title, sure = (
        VIEW.text("title", name=asked.record.name),
        blocks.section(VIEW.text("withdraw_sure" if asked.state in WAITING else "give_back_sure")),
    )
    metadata = _kept(asked, Event.WITHDRAW)
    return Open(
        blocks.modal(title, [sure], callback_id="permissions.say", submit=VIEW.text("withdraw"), metadata=metadata)
    )


def say(request: Request) -> Reply:
    """Send a question or an answer, or take the request back."""
    event = read_choice(Event, request.kept("event"))
    if event not in {Event.ASK_BACK, Event.ANSWER, Event.WITHDRAW}:
        raise BadInput(OLD_BUTTON)
    words = str(request.fields.get("question") or request.fields.get("answer") or "")
    done = permissions.say(request.context, request.kept_number("number"), event, words, token=request.kept("token"))
    return Update(_decided(done) if event is Event.ASK_BACK else _whole(request, done))


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pressed(request: Request) -> Asked:
    return permissions.get(request.context, *request.record())


def _kept(asked: Asked, event: Event) -> dict[str, object]:
    record = asked.record
    return {"number": record.number, "token": record.token, "state": record.state, "event": event}


def _open_decision(request: Request, asked: Asked, event: Event) -> Reply:
    if event not in asked.may:
        return Open(_over(asked))
    title = DECIDE.text(TITLES.get(event, "approve_title"), name=asked.record.name)
    return Open(_form(request, asked, event, title, list(_decision_fields(request, asked, event))))


def _form(request: Request, asked: Asked, event: Event, title: Wording, fields: list[Block]) -> View:
    is_question = event is Event.ASK_BACK
    return blocks.modal(
        title,
        [*_details(request, asked), *fields],
        callback_id="permissions.say" if is_question else "permissions.decide",
        submit=DECIDE.text("ask" if is_question else SUBMITS.get(event, "approve")),
        metadata=_kept(asked, event),
    )


def _decision_fields(request: Request, asked: Asked, event: Event) -> Iterator[Block]:
    if event in {Event.CONFIRM, Event.PERMIT_AND_CONFIRM}:
        yield blocks.section(DECIDE.text("controls"))
    hint = DECIDE.text("reasons_hint", asker=asked.names[asked.record.asker_id])
    reasons = blocks.write("reasons", lines=True, most=LONGEST)
    yield blocks.field(DECIDE.text("reasons"), reasons, block_id="reasons", hint=hint)
    if event in YES:
        conditions = blocks.write("conditions", lines=True, most=LONGEST)
        hint = DECIDE.text("conditions_hint")
        yield blocks.field(DECIDE.text("conditions"), conditions, block_id="conditions", hint=hint, optional=True)
    signer = DECIDE.text("signature_hint", signer=request.person.name)
    signature = blocks.write("signature", most=200)
    yield blocks.field(DECIDE.text("signature"), signature, block_id="signature", hint=signer)


def _whole(request: Request, asked: Asked) -> View:
    title, shown = VIEW.text("title", name=asked.record.name), list(_details(request, asked))
    if Event.ANSWER in asked.may:
        shown.append(
            blocks.field(VIEW.text("answer"), blocks.write("answer", lines=True, most=LONGEST), block_id="answer")
        )
        submit, metadata = VIEW.text("send_answer"), _kept(asked, Event.ANSWER)
        return blocks.modal(title, shown, callback_id="permissions.say", submit=submit, metadata=metadata)
    return blocks.modal(title, [*shown, *_buttons(asked), _paper(asked)])


def _buttons(asked: Asked) -> Iterator[Block]:
    value, row = asked.button, []
    if asked.may.intersection(YES):
        row.append(blocks.button(DECIDE.text("approve"), "permissions.approve", value=value, style="primary"))
    if Event.REFUSE in asked.may:
        row.append(blocks.button(DECIDE.text("reject"), "permissions.reject", value=value, style="danger"))
    if Event.ASK_BACK in asked.may:
        row.append(blocks.button(DECIDE.text("ask"), "permissions.ask_back", value=value))
    if Event.REVOKE in asked.may:
        row.append(blocks.button(DECIDE.text("revoke"), "permissions.revoke", value=value, style="danger"))
    if Event.WITHDRAW in asked.may:
        row.append(blocks.button(VIEW.text("withdraw"), "permissions.take_back", value=value))
    if row:
        yield blocks.actions(*row)


def _paper(asked: Asked) -> Block:
    return blocks.actions(blocks.button(VIEW.text("pdf"), "deliveries.form", value=asked.record.name))


def _details(request: Request, asked: Asked) -> Iterator[Block]:
    record, zone = asked.record, request.school.timezone
    yield blocks.section(VIEW.text("state", name=record.name, state=_state(asked), deciders=_people(asked)))
    if asked.is_stuck:
        yield blocks.section(VIEW.text("stuck"))
    at = spoken_instant(record.asked_at, zone)
    yield blocks.context(VIEW.text("who", asker=asked.names[record.asker_id], at=at))
    yield blocks.section(VIEW.text(f"what_{asked.what}", days=_days(asked)))
    yield from blocks.sections(VIEW.text("purpose", words=asked.form.purpose))
    if asked.form.conditions:
        yield from blocks.sections(VIEW.text("conditions", words=asked.form.conditions))
    shown = []
    for step in asked.steps:
        event = VIEW.text(f"event_{Event(step.event).name.lower()}")
        told = {"who": asked.names.get(step.person_id or 0, ""), "at": spoken_instant(step.at, zone)}
        told |= {"words": step.words, "signature": step.signature}
        shown.append(blocks.sections(VIEW.text("step", event=event, **told)))
    yield from steps.newest(shown, lambda count: VIEW.text("older_steps", count=count, name=record.name))


def _decided(asked: Asked) -> View:
    asker = asked.names[asked.record.asker_id]
    said = DECIDE.text("done", name=asked.record.name, state=_state(asked), deciders=_people(asked), asker=asker)
    return blocks.modal(VIEW.text("title", name=asked.record.name), [blocks.section(said)])


def _over(asked: Asked) -> View:
    said = DECIDE.text("over", name=asked.record.name, state=_state(asked))
    return blocks.modal(VIEW.text("title", name=asked.record.name), [blocks.section(said)])


def _state(asked: Asked) -> Wording:
    return VIEW.text(f"state_{asked.state.name.lower()}")


def _people(asked: Asked) -> str:
    groups = [" or ".join(group) for group in asked.deciders]
    return (", and " if any(len(group) > 1 for group in asked.deciders) else " and ").join(groups)


def _days(asked: Asked) -> str:
    first, last = spoken_day(asked.form.first_on), spoken_day(asked.form.last_on)
    return first if first == last else f"{first} to {last}"


# ── letters: references and what is needed to act ──────────────────────────────────────────────────────────────────


def _waits(context: Context, number: int) -> Letter:
    asked = _seen(context, number)
    if asked is None or not asked.may.intersection(YES):
        return _done_with(asked, number)
    asker = asked.names[asked.record.asker_id]
    said = LETTERS.text("waits", name=asked.record.name, asker=asker, days=_days(asked))
    opener = blocks.actions(blocks.button(LETTERS.text("open"), "permissions.open", value=asked.button))
    return Letter(said, [blocks.section(said), *_buttons(asked), opener])


def _stands(context: Context, number: int) -> Letter:
    asked = _seen(context, number)
    if asked is None:
        return _done_with(asked, number)
    told = {"name": asked.record.name, "state": _state(asked)}
    said = (
        LETTERS.text("stuck", name=asked.record.name)
        if asked.is_stuck
        else LETTERS.text("stands", **told, deciders=_people(asked))
    )
    label = LETTERS.text("answer" if Event.ANSWER in asked.may else "open")
    opener = blocks.actions(blocks.button(label, "permissions.open", value=asked.button))
    return Letter(said, [blocks.section(said), opener], earlier=[blocks.context(LETTERS.text("earlier", **told))])


def _done_with(asked: Asked | None, number: int) -> Letter:
    if asked is None or asked.state in WAITING:
        said = LETTERS.text("not_yours", name=f"{KIND}-{number}")
        return Letter(said, [blocks.section(said)])
    said = LETTERS.text("over", name=asked.record.name, state=_state(asked))
    # A permission can be ended later, and this is where whoever gave it will look for it.
    opener = blocks.actions(blocks.button(LETTERS.text("open"), "permissions.open", value=asked.button))
    return Letter(said, [blocks.section(said), opener])


def _seen(context: Context, number: int) -> Asked | None:
    try:
        return permissions.of_number(context, number)
    except NotFound:
        return None


NOTICES: Renders = {Notice.PERMISSION_WAITS: _waits, Notice.PERMISSION_STANDS: _stands}

ROUTES = (
    command("/ask-permission", EVERYONE, open_form, "Ask to use a personal account", "for what"),
    shortcut("permissions.form", EVERYONE, open_form, "Ask to use a personal account"),
    button("permissions.new", EVERYONE, open_form),
    form("permissions.ask", EVERYONE, ask),
    button("permissions.open", EVERYONE, show),
    button("permissions.approve", DECIDERS, open_yes),
    button("permissions.reject", DECIDERS, open_no),
    button("permissions.revoke", DECIDERS, open_end),
    button("permissions.ask_back", DECIDERS, open_question),
    button("permissions.take_back", EVERYONE, open_withdraw),
    form("permissions.decide", DECIDERS, decide),
    form("permissions.say", EVERYONE, say),
)
