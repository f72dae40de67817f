"""`/report-content`: the form of appendix b, told to the right people and nobody else. Policy §5.5, 6.7, 7.3."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.clock import spoken_instant
from bot.context import Context
from bot.errors import BadInput, NotFound
from bot.notices import Notice
from bot.rules.content import KIND, LONGEST, LONGEST_NAME, About, Illegal, State
from bot.rules.people import Person
from bot.services import content
from bot.services.content import View as Record
from bot.services.content import completion, is_nobodys_yet, may_complete, may_take, taken
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.parts import colleagues, filter_lines, meant, relayed
from handlers.parts.records import people, texts
from handlers.requests import (
    EVERYONE,
    Open,
    Reply,
    Request,
    Suggestions,
    Update,
    button,
    command,
    form,
    options,
    read_choice,
    shortcut,
)

FORM, VIEW = page("content/form"), page("content/view")

UNLISTED, UNSAID = "unlisted", "unsaid"  # answers besides the colleagues


def open_first(request: Request) -> Reply:
    """Ask first whether it may be illegal, and whom it is about: both decide who may learn of it."""
    illegal = [blocks.Option(FORM.text(f"illegal_{each}"), each) for each in Illegal]
    about = [blocks.Option(FORM.text(f"about_{each.value.replace(' ', '_')}"), each) for each in About]
    shown = [
        blocks.Section(FORM.text("first_intro")),
        blocks.Field(FORM.text("illegal"), blocks.radio("illegal", illegal), name="illegal"),
        blocks.Field(FORM.text("about"), blocks.radio("about", about), name="about"),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, form="content.first", submit=FORM.text("continue")))


def first(request: Request) -> Reply:
    """Go on: to which colleague it is about, to the form, or, where it may be illegal, to what to do now."""
    about = _about(str(request.fields.get("about") or ""))
    answer = str(request.fields.get("illegal") or "")
    if answer not in set(Illegal):
        raise BadInput("Please answer this.", fields={"illegal": "Please answer this: if you are not sure, say so."})
    if about is About.STAFF:
        return Update(_which_colleague(request, Illegal(answer)))
    if answer == Illegal.PERHAPS:
        return Update(_stop_here(request, content.report_illegal(request.context, about, form_id=request.request_id)))
    return Update(_form(request, about, 0))


def which_colleague(request: Request) -> Reply:
    """Go on to the form, knowing which colleague it is about, or that they are not in the list."""
    chosen, otherwise = colleagues.chosen(request.fields), str(request.fields.get("otherwise") or "")
    if chosen and otherwise:
        raise BadInput("One of the two.", fields={"otherwise": "You have chosen a colleague above. Leave this empty."})
    if not chosen and otherwise not in {UNLISTED, UNSAID}:
        raise BadInput("Nobody.", fields={"colleague": "Choose a colleague, or answer the question below."})
    if otherwise == UNSAID:
        return Update(_whom_to_phone(request))
    if request.kept("illegal") == Illegal.PERHAPS:
        whom = [chosen] if chosen else []
        report_id = request.request_id
        told = content.report_illegal(request.context, About.STAFF, form_id=report_id, colleagues=whom)
        return Update(_stop_here(request, told))
    return Update(_form(request, About.STAFF, chosen or 0))


def report(request: Request) -> Reply:
    """Take the report in, and say its number and whom it waits for; ask first whether a name means a colleague."""
    fields, about = texts(request), read_choice(About, request.kept("about"))
    colleague = request.kept_number("colleague")
    whom = [colleague] if colleague else []
    if colleague:
        known = {each.person_id: each.name for each in content.colleagues(request.context)}
        fields["individual"] = known.get(colleague, "")
    elif might_be := content.meant(request.context, fields.get("individual", "")):
        answers = meant.answers(request.fields, might_be)
        if answers is None:
            return Update(_form(request, about, 0, might_be))
        whom = answers
    record = content.report(request.context, about, fields, form_id=request.request_id, colleagues=whom)
    told = {"name": record.name, "people": people(record), "contact": request.school.designated_officer}
    if record.whom_to_phone:
        said = FORM.text("sent_own", **told, whom=relayed.whom(record.whom_to_phone))
    else:
        said = FORM.text("sent" if people(record) else "sent_nobody", **told)
    return Update(blocks.modal(FORM.text("sent_title"), [blocks.Section(said)]))


def show(request: Request) -> Reply:
    """Show one report; who has to complete it may do so there."""
    return Open(_record(request, content.DESK.get(request.context, *request.record())))


def take(request: Request) -> Reply:
    """Say “I have it” of a report that may not wait."""
    number, token = request.record()
    shown = _record(request, content.take(request.context, number, token=token))
    return Update(shown) if request.is_in_window else Open(shown)


def step_aside(request: Request) -> Reply:
    """Have somebody else deal with a report."""
    number, token = request.record()
    people = content.step_aside(request.context, number, token=token)
    said = VIEW.text("stepped_aside", name=f"{KIND}-{number}", people=" or ".join(people))
    return Update(blocks.modal(VIEW.text("title", name=f"{KIND}-{number}"), [blocks.Section(said)]))


def open_also_about(request: Request) -> Reply:
    """Ask which colleague a report is also about."""
    record = content.DESK.get(request.context, *request.record())
    people = content.colleagues(request.context)
    picker = colleagues.picker("content.colleague", VIEW.text("colleague_placeholder"), people)
    shown = [
        blocks.Section(VIEW.text("also_intro", name=record.name)),
        blocks.Field(VIEW.text("colleague"), picker, name="colleague"),
    ]
    title, submit = VIEW.text("title", name=record.name), VIEW.text("also_submit")
    return Open(blocks.modal(title, shown, form="content.also", submit=submit, metadata=_kept(record)))


def also_about(request: Request) -> Reply:
    """Write down that a report is also about a colleague."""
    number, token = request.kept_number("number"), request.kept("token")
    done = content.also_about(request.context, number, colleagues.chosen(request.fields), token=token)
    if not isinstance(done, tuple):
        return Update(_record(request, done))
    name = f"{KIND}-{number}"
    said = VIEW.text("not_yours_now", name=name, people=" or ".join(done))
    return Update(blocks.modal(VIEW.text("title", name=name), [blocks.Section(said)]))


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    return Suggestions(colleagues.suggestions(content.colleagues(request.context), request.typed))


def complete(request: Request) -> Reply:
    """Write down the action taken, signed, and have the site blocked."""
    number, token = request.kept_number("number"), request.kept("token")
    if request.fields.get("lines"):
        found = content.DESK.get(request.context, number, token)
        if may_complete(found) and (doubts := filter_lines.doubts(request, found.form.urls)):
            return Update(_record(request, found, doubts))
    fields = {name: value for name, value in request.fields.items() if isinstance(value, str)}
    return Update(_record(request, content.complete(request.context, number, fields, token=token)))


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _which_colleague(request: Request, illegal: Illegal) -> Modal:
    """Ask which colleague it is about: a name that is typed could be misread, and tell the wrong person."""
    picker = colleagues.picker(
        "content.colleague", VIEW.text("colleague_placeholder"), content.colleagues(request.context)
    )
    others = [blocks.Option(FORM.text("unlisted"), UNLISTED), blocks.Option(FORM.text("unsaid"), UNSAID)]
    shown = [
        blocks.Section(FORM.text("which_intro")),
        blocks.Field(FORM.text("which"), picker, name="colleague", optional=True),
        blocks.Field(FORM.text("otherwise"), blocks.radio("otherwise", others), name="otherwise", optional=True),
    ]
    title, submit = FORM.text("title"), FORM.text("continue")
    return blocks.modal(title, shown, form="content.which", submit=submit, metadata={"illegal": illegal})


def _whom_to_phone(request: Request) -> Modal:
    """Say whom to speak to where somebody would rather not write it down here. Nothing of it is kept."""
    told = FORM.text("phone", contact=request.school.designated_officer)
    return blocks.modal(FORM.text("title"), [blocks.Section(told)])


def _form(request: Request, about: About, colleague: int, might_be: Sequence[Person] = ()) -> Modal:
    """The form; with what was typed and a question where the name on it may be a colleague's."""
    typed = texts(request) if might_be else {}
    shown: list[Block] = [blocks.Section(FORM.text("intro"))]
    if might_be:
        shown += meant.asked(might_be)
    if not colleague:
        name = blocks.Write("individual", most=LONGEST_NAME, initial=typed.get("individual", ""))
        hint = FORM.text("individual_hint")
        shown.append(blocks.Field(FORM.text("individual"), name, name="individual", hint=hint, optional=True))
    urls = blocks.Write("urls", lines=True, initial=typed.get("urls", ""))
    nature = blocks.Write("nature", lines=True, most=LONGEST, initial=typed.get("nature", ""))
    shown += [
        blocks.Field(FORM.text("urls"), urls, name="urls", hint=FORM.text("urls_hint")),
        blocks.Field(FORM.text("nature"), nature, name="nature", hint=FORM.text("nature_hint")),
    ]
    metadata, submit = {"about": about, "colleague": colleague}, FORM.text("submit")
    return blocks.modal(FORM.text("title"), shown, form="content.report", submit=submit, metadata=metadata)


def _stop_here(request: Request, record: Record) -> Modal:
    told = people(record) or FORM.text("nobody", contact=request.school.designated_officer)
    if record.whom_to_phone:
        told = FORM.text("nobody_but", whom=relayed.whom(record.whom_to_phone), others=told)
    shown = [
        blocks.Section(FORM.text("illegal_told")),
        blocks.Section(FORM.text("illegal_steps", people=told)),
        blocks.Context(FORM.text("illegal_recorded", name=record.name)),
    ]
    return blocks.modal(FORM.text("illegal_title"), shown)


def _record(request: Request, record: Record, doubts: Sequence[Block] = ()) -> Modal:
    title, shown = VIEW.text("title", name=record.name), list(_details(request, record))
    if not may_complete(record):
        shown.append(blocks.actions(blocks.Button(VIEW.text("pdf"), "deliveries.form", value=record.name)))
        return blocks.modal(title, shown)
    shown += [_others(record), *_completion(request, record), *doubts]
    submit = VIEW.text("complete")
    return blocks.modal(title, shown, form="content.complete", submit=submit, metadata=_kept(record))


def _kept(record: Record) -> dict[str, object]:
    return {"number": record.record.number, "token": record.record.token}


def _others(record: Record) -> Block:
    """What whoever completes it can do instead: leave it to the next, or say whom else it is about."""
    sure = blocks.Confirm(*(VIEW.text(f"aside_{part}") for part in ("title", "text", "yes", "no")))
    return blocks.actions(
        *_take(record),
        blocks.Button(VIEW.text("aside"), "content.aside", value=record.button, confirm=sure),
        blocks.Button(VIEW.text("also"), "content.also_open", value=record.button),
    )


def _completion(request: Request, record: Record) -> Iterator[Block]:
    """The half that the E-Safety Co-ordinator completes, with what was typed already."""
    written = {name: str(request.fields.get(name) or "") for name in ("action", "reasons", "signature")}
    action = blocks.Write("action", lines=True, most=LONGEST, initial=written["action"])
    yield blocks.Field(VIEW.text("action"), action, name="action", hint=VIEW.text("action_hint"))
    if record.form.may_block:
        yield filter_lines.field(request, "block", record.form.proposed, optional=True)
        reasons = blocks.Write("reasons", initial=written["reasons"] or VIEW.text("reasons_usual", name=record.name))
        hint = VIEW.text("blocked_hint")
        yield blocks.Field(VIEW.text("reasons"), reasons, name="reasons", hint=hint, optional=True)
    elif record.form.urls:
        yield blocks.Context(VIEW.text("not_in_the_list"))
    signature = blocks.Write("signature", most=LONGEST_NAME, initial=written["signature"])
    signer = VIEW.text("signature_hint", signer=request.person.name)
    yield blocks.Field(VIEW.text("signature"), signature, name="signature", hint=signer)


def _details(request: Request, record: Record) -> Iterator[Block]:
    found, zone = record.form, request.school.timezone
    at = spoken_instant(record.record.asked_at, zone)
    yield blocks.Section(VIEW.text("head", name=record.name, state=_state(record), reporter=record.asker, at=at))
    if _is_nobodys(record):
        yield blocks.Section(VIEW.text("nobody", contact=request.school.designated_officer))
    elif is_nobodys_yet(record):
        yield blocks.Section(VIEW.text("letter_nobody_yet", **_phones(request.context, record)))
    yield from relayed.shown(record, zone)
    if found.perhaps_illegal:
        yield blocks.Section(VIEW.text("illegal", reporter=record.asker))
    else:
        told = {"individual": found.individual or VIEW.text("not_known")}
        told |= {"urls": "\n".join(found.urls), "nature": found.nature}
        for name, value in told.items():
            yield from blocks.sections(VIEW.text("field", label=FORM.text(name), value=value))
    if record.form.warnings:
        yield blocks.Context(VIEW.text("warnings", warnings=record.form.warnings))
    if has_it := taken(record):
        since = spoken_instant(has_it.at, zone)
        yield blocks.Context(VIEW.text("taken", person=record.names[has_it.person_id or 0], at=since))
    if done := completion(record):
        when = spoken_instant(done.at, zone)
        yield from blocks.sections(VIEW.text("completed", action=done.words, signature=done.signature, at=when))
    if record.form.entries:
        yield from blocks.sections(VIEW.text("entries", entries=record.form.entries))


def _state(record: Record) -> Wording:
    return VIEW.text(f"state_{content.DESK.standing(record)}")


def _about(written: str) -> About:
    try:
        return About(written)
    except ValueError:
        message = "Please choose: it decides who may learn of this."
        raise BadInput(message, fields={"about": message}) from None


# ── letters: references only ───────────────────────────────────────────────────────────────────────────────────────


def _waits(context: Context, number: int) -> Letter:
    record = _seen(context, number)
    if record is None or not may_complete(record):
        return _over(context, record)
    if has_it := taken(record):
        said = VIEW.text("letter_taken", name=record.name, person=record.names[has_it.person_id or 0])
        return _letter(said, record, "open_complete")
    block = "letter_urgent" if record.form.perhaps_illegal else "letter_waits"
    return _letter(VIEW.text(block, name=record.name), record, "open_complete")


def _told(context: Context, number: int) -> Letter:
    record = _seen(context, number)
    if record is None:
        return _over(context, record)
    if record.state is State.COMPLETED:
        return _letter(_done(context, record), record, "open")
    return _letter(VIEW.text("letter_told", name=record.name, people=people(record)), record, "open")


def _stands(context: Context, number: int) -> Letter:
    record = _seen(context, number)
    if record is None:
        return _over(context, record)
    told = {"name": record.name, "state": _state(record)}
    if _is_nobodys(record):
        said = VIEW.text("letter_nobody", **told)
    elif is_nobodys_yet(record):
        said = VIEW.text("letter_nobody_yet", **_phones(context, record))
    elif (has_it := taken(record)) and record.state is State.AWAITING_ACTION:
        said = VIEW.text("letter_stands_taken", **told, person=record.names[has_it.person_id or 0])
    else:
        said = VIEW.text("letter_stands", **told)
    letter = _letter(said, record, "open")
    return replace(letter, earlier=[blocks.Context(VIEW.text("letter_earlier", **told))])


def _phones(context: Context, record: Record) -> dict[str, object]:
    return {"name": record.name, "people": people(record), "contact": context.school.designated_officer}


def _is_nobodys(record: Record) -> bool:
    return record.state is State.AWAITING_ACTION and not people(record) and not record.relayed


def _done(context: Context, record: Record) -> Wording:
    left = filter_lines.left(context, record.name)
    return VIEW.text("letter_over", name=record.name, state=_state(record), left=left)


def _over(context: Context, record: Record | None) -> Letter:
    said = _done(context, record) if record else VIEW.text("letter_gone")
    return Letter(said, [blocks.Section(said)])


def _letter(said: Wording, record: Record, label: str) -> Letter:
    opener = blocks.Button(VIEW.text(label), "content.open", value=record.button)
    row = blocks.actions(*_take(record), opener)
    return Letter(said, [blocks.Section(said), row])


def _take(record: Record) -> Iterator[blocks.Button]:
    if may_take(record):
        yield blocks.Button(VIEW.text("take"), "content.take", value=record.button, style="primary")


def _seen(context: Context, number: int) -> Record | None:
    try:
        return content.DESK.get(context, number)
    except NotFound:
        return None


NOTICES: Renders = {
    Notice.CONTENT_WAITS: _waits,
    Notice.CONTENT_TOLD: _told,
    Notice.CONTENT_STANDS: _stands,
}

ROUTES = (
    command("/report-content", EVERYONE, open_first, "Report something unsuitable seen online", ""),
    form("content.first", EVERYONE, first),
    form("content.which", EVERYONE, which_colleague),
    form("content.report", EVERYONE, report),
    button("content.open", EVERYONE, show),
    form("content.complete", EVERYONE, complete),
    button("content.take", EVERYONE, take),
    button("content.aside", EVERYONE, step_aside),
    button("content.also_open", EVERYONE, open_also_about),
    form("content.also", EVERYONE, also_about),
    options("content.colleague", EVERYONE, suggest),
    button("content.new", EVERYONE, open_first),
    shortcut("content.form", EVERYONE, open_first, "Report something unsuitable seen online"),
)
