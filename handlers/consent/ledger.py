"""`/consent-record`: the admin team records what parents decide; the headteacher settles what they disagree on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.clock import spoken_day
from bot.errors import BadInput
from bot.rules.consent import form as ledger_form
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import Choice
from bot.rules.consent.ledger import Verdict
from bot.rules.forms import LONGEST_REASONS, read_day
from bot.rules.school import Use
from bot.services.consent import ledger, look_ups
from bot.services.consent.ledger import Found, Record, Recorded
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.consent import history, undo
from handlers.requests import (
    Errors,
    Open,
    Push,
    Reply,
    Request,
    Suggestions,
    Update,
    button,
    command,
    form,
    options,
    read_number,
    shortcut,
)

PICK, FORM, DECIDE = page("ledger/pick"), page("ledger/record"), page("ledger/decide")
WITHDRAW = page("ledger/withdraw")
EVERYTHING = "everything"

# What somebody can do with a pupil's record, and the roles that may.
TASKS = {
    "record": ledger_form.RECORDERS,
    "withdraw": ledger_form.RECORDERS,
    "history": ledger_form.KEEPERS,
    "flag": ledger_form.RECORDERS | ledger_form.DECIDERS,
    "settle": ledger_form.DECIDERS,
}


def start(request: Request) -> Reply:
    """Open the record of the pupil who was named, or ask which one."""
    found = ledger.find(request.context, request.text) if request.text else Found((), certain=False)
    if found.certain and _may(request, "record"):
        return Open(_record_form(request, ledger.get(request.context, found.pupils[0].pupil_id)))
    return Open(_pick_form(request, found, typed=request.text))


def picked(request: Request) -> Reply:
    """Go on with the pupil who was picked or typed, and with what is to be done."""
    chosen = str(request.fields.get("pupil") or request.fields.get("which") or "")
    words = str(request.fields.get("words") or "").strip()
    if not chosen and not words:
        return Errors({"words": PICK.text("nobody")})
    task = str(request.fields.get("task") or "")
    if chosen:
        return Update(_task(request, task, read_number(chosen)))
    found = ledger.find(request.context, words)
    if not found.pupils:
        return Errors({"words": PICK.text("not_found")})
    if not found.certain:
        return Update(_pick_form(request, found, typed=words, task=task))
    return Update(_task(request, task, found.pupils[0].pupil_id))


def record(request: Request) -> Reply:
    """Record the decision, and show how it stands now."""
    pupil_id = request.kept_number("pupil")
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    done = ledger.record(request.context, pupil_id, fields, request_id=request.request_id)
    return Update(_done(request, done))


def withdraw(request: Request) -> Reply:
    """Record that a parent takes consent back, from today: for everything or for one use, photo and video."""
    pupil_id, what = request.kept_number("pupil"), str(request.fields.get("what") or "")
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    fields[EVERYTHING if what == EVERYTHING else f"use-{what}"] = Choice.NO
    return Update(_done(request, ledger.record(request.context, pupil_id, fields, request_id=request.request_id)))


def settle(request: Request) -> Reply:
    """Take the headteacher's decision on what parents disagree on."""
    verdict = Verdict.YES if request.fields.get("verdict") == Verdict.YES else Verdict.NO
    pupil_id, reasons = request.kept_number("pupil"), str(request.fields.get("reasons") or "")
    shown_until = request.kept_number("newest")
    done = ledger.settle(
        request.context, pupil_id, verdict, reasons, shown_until=shown_until, request_id=request.request_id
    )
    return Update(_done(request, done))


def flag(request: Request) -> Reply:
    """Raise or lift the never-photograph flag, as the form said that it would."""
    raised = bool(request.kept_number("raise"))
    reasons = str(request.fields.get("reasons") or "")
    done = ledger.set_flag(request.context, request.kept_number("pupil"), raised=raised, reasons=reasons)
    said = DECIDE.text("flag_raised" if raised else "flag_lifted", name=done.record.pupil.name)
    shown = [blocks.Section(said), *undo.offered(request, done.record, done.entry)]
    return Update(blocks.modal(FORM.text("done_title"), shown))


def push_task(request: Request) -> Reply:
    """Open one of the other tasks: on top of the record form, or from Home."""
    task, _, pupil_id = request.value.partition(":")
    shown = _task(request, task, read_number(pupil_id))
    return Push(shown) if request.is_in_window else Open(shown)


def history_on(request: Request) -> Reply:
    """Show how it stood on another day."""
    day = read_day(str(request.fields.get("day") or ""), "day")
    stands = ledger.history(request.context, request.kept_number("pupil"), day)
    return Update(history.view(stands, request.school, request.person))


def suggest(request: Request) -> Reply:
    """Offer pupils while somebody types."""
    found = look_ups.suggest(request.context, request.typed, blocks.OPTIONS, request.window_id)
    return Suggestions([blocks.Option(_candidate(pupil), str(pupil.pupil_id)) for pupil in found])


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _task(request: Request, task: str, pupil_id: int) -> Modal:
    if not _may(request, task):
        raise BadInput("You cannot do this.", fields={"task": "Your role cannot do this. Choose something else."})
    if task == "history":
        return history.view(ledger.history(request.context, pupil_id), request.school, request.person)
    stands = ledger.get(request.context, pupil_id)
    views = {"record": _record_form, "withdraw": _withdraw_form, "flag": _flag_form, "settle": _settle_form}
    return views[task](request, stands)


def _pick_form(request: Request, found: Found, *, typed: str = "", task: str = "") -> Modal:
    tasks = [blocks.Option(PICK.text(f"task_{name}"), name) for name in TASKS if _may(request, name)]
    shown: list[Block] = []
    if typed and not found.pupils:
        shown.append(blocks.Section(PICK.text("nobody_called", typed=typed[:200])))
    if found.pupils:
        choices = [blocks.Option(_candidate(pupil), str(pupil.pupil_id)) for pupil in found.pupils[: blocks.OPTIONS]]
        if not found.certain:
            shown.append(blocks.Section(PICK.text("several", typed=typed)))
        first = choices[0].value if found.certain else None
        which = blocks.pick("which", choices, initial=first)
        shown.append(blocks.Field(PICK.text("which"), which, name="which", optional=not found.certain))
    else:
        picker = blocks.Suggest("ledger.pupil", PICK.text("picker_placeholder"))
        shown.append(blocks.Field(PICK.text("picker"), picker, name="pupil", optional=True))
    words = blocks.Write("words", initial="" if found.pupils else typed[:200], most=200)
    hint = PICK.text("words_hint")
    shown.append(blocks.Field(PICK.text("words"), words, name="words", hint=hint, optional=True))
    chosen = task or tasks[0].value
    shown.append(blocks.Field(PICK.text("task"), blocks.radio("task", tasks, initial=chosen), name="task"))
    return blocks.modal(PICK.text("title"), shown, form="ledger.pick", submit=PICK.text("submit"))


def _record_form(request: Request, stands: Record) -> Modal:
    pupil = stands.pupil
    shown = [
        blocks.Section(FORM.text("pupil", name=pupil.name, class_name=pupil.class_name)),
        *_standing(request, stands),
    ]
    others = [
        blocks.Button(FORM.text(f"{task}_button"), f"ledger.task:{task}", value=f"{task}:{pupil.pupil_id}")
        for task in ("withdraw", "history", "flag", "settle")
        if _may(request, task) and (task != "settle" or stands.disputed)
    ]
    if others:
        shown.append(blocks.actions(*others))
    shown += _decision_fields(request.school.uses)
    shown += _provenance_fields(stands, request.context.today())
    return blocks.modal(FORM.text("title"), shown, form="ledger.record", **_about(pupil, FORM.text("submit")))


def _withdraw_form(request: Request, stands: Record) -> Modal:
    """Return the short form, one screen of a phone: a withdrawal counts at once (§4.3; UK GDPR Art 7(3))."""
    pupil = stands.pupil
    what = [blocks.Option(WITHDRAW.text("everything"), EVERYTHING)]
    what += [blocks.Option(WITHDRAW.text("use", use=use.name), use.key) for use in request.school.uses]
    how = blocks.pick("method", _methods(), placeholder=FORM.text("choose"))
    shown = [
        blocks.Section(FORM.text("pupil", name=pupil.name, class_name=pupil.class_name)),
        blocks.Field(WITHDRAW.text("what"), blocks.pick("what", what, placeholder=FORM.text("choose")), name="what"),
        *_decider_fields(stands),
        blocks.Field(FORM.text("method"), how, name="method"),
        blocks.Context(WITHDRAW.text("others")),
    ]
    about = _about(pupil, WITHDRAW.text("submit"))
    return blocks.modal(WITHDRAW.text("title"), shown, form="ledger.withdraw", **about)


def _about(pupil: Pupil, submit: Wording) -> dict[str, Any]:
    """Return what a form about one pupil says and keeps beside its questions."""
    return {"submit": submit, "close": FORM.text("cancel"), "metadata": {"pupil": pupil.pupil_id}}


def _standing(request: Request, stands: Record) -> list[Block]:
    lines = history.state_lines(stands.states, request.school.uses)
    return [blocks.Section(FORM.text("now", lines=lines))]


def _decision_fields(uses: Sequence[Use]) -> list[Block]:
    everything = [
        blocks.Option(FORM.text("leave_everything"), Choice.LEAVE),
        blocks.Option(FORM.text("yes"), Choice.YES),
        blocks.Option(FORM.text("no"), Choice.NO),
    ]
    picker = blocks.pick("everything", everything, initial=Choice.LEAVE)
    fields: list[Block] = [
        blocks.Field(FORM.text("everything"), picker, name="everything", hint=FORM.text("everything_hint")),
    ]
    for use in uses:
        offered = [blocks.Option(_choice(choice, use), choice) for choice in ledger_form.choices(use)]
        picker = blocks.pick("choice", offered, initial=Choice.LEAVE)
        fields.append(blocks.Field(FORM.text("use", use=use.name), picker, name=f"use-{use.key}"))
    return fields


def _choice(choice: Choice, use: Use) -> Wording:
    both = choice is Choice.YES and len(use.media) > 1
    return FORM.text("yes_both" if both else choice.value.replace(" ", "_"))


def _decider_fields(stands: Record) -> list[Block]:
    """Return what is asked of who decided."""
    related = [blocks.Option(PICK.text("name", name=each), each) for each in ledger_form.RELATIONSHIPS]
    return [
        blocks.Field(
            FORM.text("decided_by"),
            blocks.Write("decided_by", most=ledger_form.LONGEST_NAME),
            name="decided_by",
            hint=FORM.text("decided_by_hint", known=", ".join(stands.deciders[:5])),
        ),
        blocks.Field(
            FORM.text("relationship"),
            blocks.pick("relationship", related, placeholder=FORM.text("choose")),
            name="relationship",
        ),
    ]


def _methods() -> list[blocks.Option]:
    return [blocks.Option(FORM.text(f"method_{each}"), each) for each in ledger_form.METHODS]


def _provenance_fields(stands: Record, today: date) -> list[Block]:
    return [
        *_decider_fields(stands),
        blocks.Field(
            FORM.text("method"),
            blocks.radio("method", _methods()),
            name="method",
            hint=FORM.text("method_hint"),
        ),
        blocks.Field(
            FORM.text("wording"),
            blocks.Write("wording", most=60),
            name="wording",
            hint=FORM.text("wording_hint"),
            optional=True,
        ),
        blocks.Field(
            FORM.text("effective_from"), blocks.PickDay("effective_from", today.isoformat()), name="effective_from"
        ),
        blocks.Field(
            FORM.text("expires_on"),
            blocks.PickDay("expires_on"),
            name="expires_on",
            hint=FORM.text("expires_on_hint"),
            optional=True,
        ),
    ]


def _done(request: Request, done: Recorded) -> Modal:
    stands = done.record
    shown: list[Block] = [
        blocks.Section(FORM.text("done", again=done.again, from_day=spoken_day(done.from_day) if done.from_day else ""))
    ]
    if done.outweighed:
        shown.append(blocks.Section(FORM.text("done_outweighed")))
    if done.paper_follows:
        shown.append(blocks.Section(FORM.text("done_paper")))
    if done.withdrawn:
        shown.append(blocks.Section(FORM.text("done_withdrawn", name=stands.pupil.name)))
    if stands.disputed:
        shown.append(blocks.Section(FORM.text("done_disputed")))
    shown += history.standing_now(stands, request.school)
    return blocks.modal(FORM.text("done_title"), [*shown, *undo.offered(request, stands, done.entry)])


def _settle_form(request: Request, stands: Record) -> Modal:
    pupil = stands.pupil
    title = DECIDE.text("settle_title")
    if not stands.disputed:
        return blocks.modal(title, [blocks.Section(DECIDE.text("settle_none", name=pupil.name))])
    uses = ", ".join(history.disputed_names(stands.states, request.school.uses))
    verdicts = [blocks.Option(DECIDE.text(f"verdict_{each}"), each) for each in (Verdict.NO, Verdict.YES)]
    shown = [
        blocks.Section(DECIDE.text("settle_intro", name=pupil.name, class_name=pupil.class_name, uses=uses)),
        blocks.Field(DECIDE.text("verdict"), blocks.radio("verdict", verdicts), name="verdict"),
        _reasons_field(),
    ]
    metadata = {"pupil": pupil.pupil_id, "newest": stands.newest}
    return blocks.modal(title, shown, form="ledger.settle", submit=DECIDE.text("settle_submit"), metadata=metadata)


def _flag_form(request: Request, stands: Record) -> Modal:
    pupil = {"name": stands.pupil.name, "class_name": stands.pupil.class_name}
    title = DECIDE.text("flag_title")
    if stands.flagged and not request.person.holds(*ledger_form.DECIDERS):
        return blocks.modal(title, [blocks.Section(DECIDE.text("flag_not_yours", **pupil))])
    verb = "lift" if stands.flagged else "raise"
    return blocks.modal(
        title,
        [blocks.Section(DECIDE.text(f"flag_intro_{verb}", **pupil)), _reasons_field()],
        form="ledger.flag",
        submit=DECIDE.text(f"flag_{verb}"),
        close=FORM.text("cancel"),
        metadata={"pupil": stands.pupil.pupil_id, "raise": int(not stands.flagged)},
    )


def _reasons_field() -> Block:
    element = blocks.Write("reasons", lines=True, most=LONGEST_REASONS)
    return blocks.Field(DECIDE.text("reasons"), element, name="reasons", hint=DECIDE.text("reasons_hint"))


def _candidate(pupil: Pupil) -> Wording:
    born = spoken_day(pupil.born_on) if pupil.born_on else ""
    return PICK.text("candidate", name=pupil.name, class_name=pupil.class_name, born=born)


def _may(request: Request, task: str) -> bool:
    return request.person.holds(*TASKS.get(task, ()))


ROUTES = (
    command("/consent-record", ledger_form.KEEPERS, start, "Open the record of photo consent", "Jamie Nowak 3B"),
    form("ledger.pick", ledger_form.KEEPERS, picked),
    form("ledger.record", ledger_form.RECORDERS, record),
    form("ledger.withdraw", ledger_form.RECORDERS, withdraw),
    form("ledger.settle", ledger_form.DECIDERS, settle),
    form("ledger.flag", TASKS["flag"], flag),
    form("ledger.history", ledger_form.KEEPERS, history_on),
    button("ledger.open", ledger_form.KEEPERS, start),
    button("ledger.task", ledger_form.KEEPERS, push_task),
    options("ledger.pupil", ledger_form.KEEPERS, suggest),
    shortcut("ledger.form", ledger_form.KEEPERS, start, "Open the record of photo consent"),
)
