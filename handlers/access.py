"""`/request-access`: the form of appendix a, from the question to the filter really changed. Policy §7.5."""

from collections.abc import Iterator, Sequence

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import BadInput, NotFound
from bot.notices import Notice
from bot.rules.access import DECIDERS, DUTIES, KIND, LONGEST, PROCEDURE, UNDECIDED, Event, State
from bot.services.access import requests
from bot.services.access.requests import View as Record
from bot.services.records import ANY_BUTTON
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, View
from handlers.notices import Letter, Renders
from handlers.parts import filter_lines, steps
from handlers.requests import (
    EVERYONE,
    OLD_FORM,
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

FORM, VIEW, DECIDE, LETTERS = (page(f"access/{name}") for name in ("form", "view", "decide", "letters"))

# A Yes from here is the last one.
FINAL = tuple(state for state in DUTIES if PROCEDURE.steps.get((state, Event.APPROVE)) is State.APPROVED)


def open_form(request: Request) -> Reply:
    """Open the form; an address typed after the command is in it already."""
    lines = {name: blocks.write(name, lines=True, most=LONGEST) for name in ("content", "reasons", "risks")}
    shown = [
        blocks.section(FORM.text("intro")),
        blocks.field(
            FORM.text("url"),
            blocks.write("url", initial=request.text[:LONGEST]),
            block_id="url",
            hint=FORM.text("url_hint"),
        ),
        *(
            blocks.field(FORM.text(name), element, block_id=name, hint=FORM.text(f"{name}_hint"))
            for name, element in lines.items()
        ),
        blocks.field(FORM.text("until"), blocks.pick_day("until"), block_id="until", optional=True),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, callback_id="access.ask", submit=FORM.text("submit")))


def ask(request: Request) -> Reply:
    """Take the request in, and say its number and whom it waits for."""
    asked = requests.ask(request.context, _texts(request), form_id=request.request_id)
    said = FORM.text("sent", name=asked.name, deciders=_people(asked))
    return Update(blocks.modal(FORM.text("sent_title"), [blocks.section(said)]))


def show(request: Request) -> Reply:
    """Show one request with everything on it; the asker may answer a question there."""
    return Open(_record(request, _pressed(request)))


def answer(request: Request) -> Reply:
    """Send the asker's answer."""
    return Update(_record(request, _say(request, Event.ANSWER, str(request.fields.get("answer") or ""))))


def open_withdraw(request: Request) -> Reply:
    """Ask once more before a request is taken back."""
    record = _pressed(request)
    if Event.WITHDRAW not in record.may:
        return Open(_record(request, record))
    return Open(
        blocks.modal(
            VIEW.text("title", name=record.name),
            [blocks.section(VIEW.text("withdraw_sure"))],
            callback_id="access.withdraw",
            submit=VIEW.text("withdraw_submit"),
            metadata=_kept(record),
        )
    )


def withdraw(request: Request) -> Reply:
    """Take a request back."""
    return Update(_record(request, _say(request, Event.WITHDRAW, "")))


def open_approve(request: Request) -> Reply:
    """Open the form for reasons and signature of a Yes."""
    return _open_decision(request, Event.APPROVE)


def open_reject(request: Request) -> Reply:
    """Open the form for reasons and signature of a No."""
    return _open_decision(request, Event.REJECT)


def open_question(request: Request) -> Reply:
    """Open the form for a question to the asker."""
    return _open_decision(request, Event.ASK_BACK)


def decide(request: Request) -> Reply:
    """Take a decision, as the form was opened for it."""
    event = read_choice(Event, request.kept("event"))
    if event not in {Event.APPROVE, Event.REJECT}:
        raise BadInput(OLD_FORM)
    fields = request.fields
    written = {name: str(fields.get(name) or "") for name in ("reasons", "signature")}
    written |= {name: str(fields[name] or "") for name in ("until", "lines") if name in fields}
    try:
        done = requests.decide(
            request.context,
            request.kept_number("number"),
            event,
            written,
            token=request.kept("token"),
            shown_for=request.kept("state"),
            look_twice=lambda asked: _look_twice(request, asked),
        )
    except _Doubted as doubted:
        return Update(_decision_form(request, doubted.record, event, doubted.doubts))
    return Update(_decided(done))


class _Doubted(Exception):  # noqa: N818 - no error: a question
    """The lines for the filter stand for more than the address: asked once whether that is meant."""

    def __init__(self, record: Record, doubts: Sequence[Block]) -> None:
        super().__init__()
        self.record, self.doubts = record, doubts


def _look_twice(request: Request, asked: Record) -> None:
    if request.fields.get("lines") and (doubts := filter_lines.doubts(request, [asked.form.url])):
        raise _Doubted(asked, doubts)


def ask_back(request: Request) -> Reply:
    """Send a question to the asker."""
    question, shown_for = str(request.fields.get("question") or ""), request.kept("state")
    return Update(_decided(_say(request, Event.ASK_BACK, question, shown_for=shown_for)))


def _say(request: Request, event: Event, words: str, *, shown_for: str = "") -> Record:
    number, token = request.kept_number("number"), request.kept("token")
    return requests.say(request.context, number, event, words, token=token, shown_for=shown_for)


def _pressed(request: Request) -> Record:
    return requests.get(request.context, *request.record())


def _kept(record: Record) -> dict[str, object]:
    return {"number": record.record.number, "token": record.record.token}


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _open_decision(request: Request, event: Event) -> Reply:
    record = _pressed(request)
    if event not in record.may:
        over = DECIDE.text("over", name=record.name, state=_state(record))
        return Open(blocks.modal(VIEW.text("title", name=record.name), [blocks.section(over)]))
    return Open(_decision_form(request, record, event))


def _decision_form(request: Request, record: Record, event: Event, doubts: Sequence[Block] = ()) -> View:
    kind = {Event.APPROVE: "approve", Event.REJECT: "reject", Event.ASK_BACK: "ask"}[event]
    asker = record.names[record.record.asker_id]
    metadata = {**_kept(record), "state": record.state, "event": event}
    fields = list(_question_field(asker) if event is Event.ASK_BACK else _decision_fields(request, record, event))
    return blocks.modal(
        DECIDE.text(f"{kind}_title", name=record.name),
        [*_details(request, record), *fields, *doubts],
        callback_id="access.question" if event is Event.ASK_BACK else "access.decide",
        submit=DECIDE.text(kind),
        metadata=metadata,
    )


def _decision_fields(request: Request, record: Record, event: Event) -> Iterator[Block]:
    asker, written = record.names[record.record.asker_id], _texts(request)
    reasons = blocks.write("reasons", lines=True, most=2000, initial=written.get("reasons", ""))
    hint = DECIDE.text("reasons_hint", asker=asker)
    yield blocks.field(DECIDE.text("reasons"), reasons, block_id="reasons", hint=hint)
    if event is Event.APPROVE:
        wanted = record.form.until
        until = wanted.isoformat() if wanted and wanted >= request.context.today() else None
        day = blocks.pick_day("until", written.get("until") or until)
        yield blocks.field(DECIDE.text("until"), day, block_id="until", optional=True)
        if record.state in FINAL or Event.APPROVE_FOR_BOTH in record.may:
            yield filter_lines.field(request, "allow", [record.proposed])
    signer = DECIDE.text("signature_hint", signer=request.person.name)
    signature = blocks.write("signature", most=200, initial=written.get("signature", ""))
    yield blocks.field(DECIDE.text("signature"), signature, block_id="signature", hint=signer)


def _question_field(asker: str) -> Iterator[Block]:
    element = blocks.write("question", lines=True, most=LONGEST)
    yield blocks.field(DECIDE.text("question", asker=asker), element, block_id="question")


def _decided(record: Record) -> View:
    values = {"state": _state(record), "deciders": _people(record), "asker": record.names[record.record.asker_id]}
    said = DECIDE.text("done", name=record.name, **values)
    return blocks.modal(VIEW.text("title", name=record.name), [blocks.section(said)])


def _record(request: Request, record: Record) -> View:
    title, shown = VIEW.text("title", name=record.name), list(_details(request, record))
    if Event.APPROVE in record.may:
        shown.append(_decision_buttons(record))
    elif Event.ANSWER not in record.may:
        shown.append(blocks.actions(blocks.button(VIEW.text("pdf"), "deliveries.form", value=record.name)))
    if Event.ANSWER not in record.may:
        return blocks.modal(title, shown)
    element = blocks.write("answer", lines=True, most=LONGEST)
    shown.append(blocks.field(VIEW.text("answer"), element, block_id="answer"))
    submit = VIEW.text("send_answer")
    return blocks.modal(title, shown, callback_id="access.answer", submit=submit, metadata=_kept(record))


def _details(request: Request, record: Record) -> Iterator[Block]:
    found, zone = record.form, request.school.timezone
    yield blocks.section(VIEW.text("state", name=record.name, state=_state(record), deciders=_people(record)))
    if record.is_stuck:
        yield blocks.section(VIEW.text("stuck"))
    at = spoken_instant(record.record.asked_at, zone)
    yield blocks.context(VIEW.text("who", asker=record.names[record.record.asker_id], at=at))
    told = {"url": found.url, "content": found.content, "reasons": found.reasons, "risks": found.risks}
    for name, value in told.items():
        yield from blocks.sections(VIEW.text("field", label=FORM.text(name), value=value))
    if record.warning:
        yield blocks.context(FORM.text("warning", warning=record.warning))
    if found.until:
        yield blocks.section(VIEW.text("until", until=spoken_day(found.until)))
    yield from _steps(request, record)
    for entry in record.entries:
        last = spoken_day(entry.expires_on) if entry.expires_on else ""
        yield from blocks.sections(VIEW.text("entry", line=entry.entry, state=entry.state.value, until=last))


def _steps(request: Request, record: Record) -> list[Block]:
    shown = []
    for step in record.steps:
        who, at = record.names.get(step.person_id or 0, ""), spoken_instant(step.at, request.school.timezone)
        event = VIEW.text(f"event_{Event(step.event).name.lower()}")
        words = {"words": step.words, "signature": step.signature}
        shown.append(blocks.sections(VIEW.text("step", event=event, who=who, at=at, **words)))
    return steps.newest(shown, lambda count: VIEW.text("older_steps", count=count, name=record.name))


def _state(record: Record) -> Wording:
    return VIEW.text(f"state_{record.standing}")


def _people(record: Record) -> str:
    return " or ".join(record.deciders)


def _texts(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.fields.items() if isinstance(value, str)}


# ── letters: references and what is needed to act ──────────────────────────────────────────────────────────────────


def _waits(context: Context, number: int) -> Letter:
    record = _seen(context, number)
    if record is None or Event.APPROVE not in record.may or record.state not in UNDECIDED:
        return _over(record, number)
    said = LETTERS.text("waits", name=record.name, asker=record.names[record.record.asker_id])
    opener = blocks.button(LETTERS.text("open"), "access.open", value=record.button)
    return Letter(said, [blocks.section(said), _decision_buttons(record, opener)])


def _decision_buttons(record: Record, *more: Block) -> Block:
    value = record.button
    row = [
        blocks.button(LETTERS.text("approve"), "access.approve", value=value, style="primary"),
        blocks.button(LETTERS.text("reject"), "access.reject", value=value, style="danger"),
    ]
    if Event.ASK_BACK in record.may:
        row.append(blocks.button(LETTERS.text("ask"), "access.ask_back", value=value))
    return blocks.actions(*row, *more)


def _stands(context: Context, number: int) -> Letter:
    record = _seen(context, number)
    if record is None:
        return _over(record, number)
    said = LETTERS.text("stands", name=record.name, state=_state(record), deciders=_people(record))
    if record.is_stuck:
        said = LETTERS.text("stuck", name=record.name)
    label = LETTERS.text("answer" if Event.ANSWER in record.may else "open")
    row = [blocks.button(label, "access.open", value=record.button)]
    if Event.WITHDRAW in record.may:
        row.append(blocks.button(VIEW.text("withdraw"), "access.take_back", value=record.button))
    earlier = LETTERS.text("earlier", name=record.name, state=_state(record))
    return Letter(said, [blocks.section(said), blocks.actions(*row)], earlier=[blocks.context(earlier)])


def _over(record: Record | None, number: int) -> Letter:
    if record is None:
        said = LETTERS.text("not_yours", name=f"{KIND}-{number}")
    elif record.state in UNDECIDED:
        said = LETTERS.text("not_yours", name=record.name)
    else:
        said = LETTERS.text("over", name=record.name, state=_state(record))
    return Letter(said, [blocks.section(said)])


def _seen(context: Context, number: int) -> Record | None:
    try:
        return requests.get(context, number, ANY_BUTTON)
    except NotFound:
        return None


NOTICES: Renders = {
    Notice.ACCESS_WAITS: _waits,
    Notice.ACCESS_STANDS: _stands,
}

ROUTES = (
    command("/request-access", EVERYONE, open_form, "Ask for a blocked site to be opened", "https://…"),
    form("access.ask", EVERYONE, ask),
    button("access.open", EVERYONE, show),
    form("access.answer", EVERYONE, answer),
    button("access.take_back", EVERYONE, open_withdraw),
    form("access.withdraw", EVERYONE, withdraw),
    button("access.approve", DECIDERS, open_approve),
    button("access.reject", DECIDERS, open_reject),
    button("access.ask_back", DECIDERS, open_question),
    form("access.decide", DECIDERS, decide),
    form("access.question", DECIDERS, ask_back),
    button("access.new", EVERYONE, open_form),
    shortcut("access.form", EVERYONE, open_form, "Ask for a blocked site to be opened"),
)
