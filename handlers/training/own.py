"""`/training`: what is due for me and my class, and recording it. Policy §9."""

from collections.abc import Iterator
from typing import Any

from bot.clock import spoken_day
from bot.errors import LanyardError, NotFound
from bot.rules.evidence import FILE_TYPES
from bot.rules.school import Training
from bot.rules.training import KEEPERS, PARENTS, PROVIDER, REASON, Subject
from bot.services.training import completions
from bot.services.training import register as training_register
from bot.services.training.completions import Recorded
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal, Option
from handlers.notices import Renders
from handlers.requests import (
    EVERYONE,
    Later,
    Open,
    Reply,
    Request,
    SentFile,
    Update,
    button,
    command,
    form,
    read_number,
    shortcut,
)
from handlers.training import files, register
from handlers.training import view as mine

MINE, RECORD = mine.MINE, page("training/record")


def start(request: Request) -> Reply:
    """Show one's own training, or a colleague's where somebody who keeps the register types a name."""
    if not request.text or not request.person.holds(*KEEPERS):
        return Open(mine.view(request, completions.mine(request.context)))
    found = training_register.called(request.context, request.text)
    if len(found) == 1:
        return Open(mine.view(request, completions.of_person(request.context, found[0].person_id)))
    told = MINE.text("several" if found else "nobody", words=request.text[:100])
    return Open(mine.view(request, completions.mine(request.context), told))


def show_person(request: Request) -> Reply:
    """Show a colleague's training in the window in which they were chosen."""
    return Update(mine.view(request, completions.of_person(request.context, request.number())))


def open_own(request: Request) -> Reply:
    """Open the form for one's own training, or for a class's lesson: "kind" or "kind:class"."""
    key, _, class_name = request.value.partition(":")
    kind = _kind(request, key)
    if class_name:
        return Open(_form(request, kind, Subject(class_name=class_name)))
    return Open(_form(request, kind, Subject(request.person.person_id) if kind.is_personal else PARENTS))


def open_other(request: Request) -> Reply:
    """Open the form for a colleague's training: "kind:person"."""
    key, _, person = request.value.partition(":")
    return Open(_form(request, _kind(request, key), Subject(read_number(person))))


def record(request: Request) -> Reply:
    """Record it, and say when it is due next."""
    done = completions.record(
        request.context, request.kept("kind"), _subject(request), _texts(request), form_id=request.request_id
    )
    files = request.fields.get("evidence") or ()
    return _shown_everywhere(request, done, files[0] if files else None)


def open_correct(request: Request) -> Reply:
    """Ask which entry is to be corrected: "person:7"."""
    _, _, person = request.value.partition(":")
    subjects = [Subject(read_number(person))]
    if subjects[0].person_id == request.person.person_id:
        subjects += [*(Subject(class_name=name) for name in request.person.classes), PARENTS]
    entries = [each for subject in subjects for each in completions.correctable(request.context, subject)]
    if not entries:
        told = blocks.Section(RECORD.text("nothing_to_correct"))
        return Open(blocks.modal(RECORD.text("correct_title"), [told]))
    entries = sorted(entries, key=lambda each: each.entry_id, reverse=True)[: completions.ENTRIES_SHOWN]
    choices = [blocks.Option(_entry_line(each), str(each.entry_id)) for each in entries]
    metadata = {"person": subjects[0].person_id, "window": _window(request)}
    return Open(
        blocks.modal(
            RECORD.text("correct_title"),
            list(_correct_fields(choices)),
            form="training.correct",
            submit=RECORD.text("correct_submit"),
            metadata=metadata,
        )
    )


def correct(request: Request) -> Reply:
    """Add the correction."""
    fields = _texts(request)
    entry = fields.get("entry", "")
    done = completions.correct(request.context, read_number(entry), fields, form_id=request.request_id)
    return _shown_everywhere(request, done)


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _form(request: Request, kind: Training, subject: Subject) -> Modal:
    name = _colleague(request, subject)
    heading = RECORD.text("what", what=mine.what(kind.name, subject.class_name), name=name)
    metadata = {"kind": kind.key, "person": subject.person_id or 0, "class": subject.class_name}
    return blocks.modal(
        RECORD.text("title"),
        [blocks.Section(heading), *_fields(request)],
        form="training.record",
        submit=RECORD.text("submit"),
        metadata={**metadata, "window": _window(request)},
    )


def _fields(request: Request) -> Iterator[Block]:
    today = request.context.today().isoformat()
    yield blocks.Field(RECORD.text("done_on"), blocks.PickDay("done_on", today), name="done_on")
    provider, hint = blocks.Write("provider", most=PROVIDER), RECORD.text("provider_hint")
    yield blocks.Field(RECORD.text("provider"), provider, name="provider", hint=hint)
    picker = blocks.Upload("evidence", tuple(FILE_TYPES))
    hint = RECORD.text("evidence_hint")
    yield blocks.Field(RECORD.text("evidence"), picker, name="evidence", hint=hint, optional=True)


def _correct_fields(choices: list[Option]) -> Iterator[Block]:
    yield blocks.Section(RECORD.text("correct_intro"))
    which = blocks.radio("entry", choices, initial=choices[0].value)
    yield blocks.Field(RECORD.text("entry"), which, name="entry")
    day, hint = blocks.PickDay("done_on"), RECORD.text("correct_done_on_hint")
    yield blocks.Field(RECORD.text("correct_done_on"), day, name="done_on", hint=hint, optional=True)
    provider = blocks.Write("provider", most=PROVIDER)
    hint = RECORD.text("correct_provider_hint")
    yield blocks.Field(RECORD.text("correct_provider"), provider, name="provider", hint=hint, optional=True)
    why = blocks.Write("why", lines=True, most=REASON)
    yield blocks.Field(RECORD.text("why"), why, name="why")


def _shown_everywhere(request: Request, done: Recorded, file: SentFile | None = None) -> Reply:
    """Say what was recorded. Once Slack has its answer, fetch the file and bring the window below up to date."""
    said = [blocks.Section(_said(request, done))]
    window = str(request.metadata.get("window") or "")
    if not window and not file:
        return Update(blocks.modal(RECORD.text("recorded_title"), said))

    def later() -> None:
        if file:
            told = blocks.Section(_kept(request, done, file))
            request.show(blocks.modal(RECORD.text("recorded_title"), [*said, told]))
        if window:
            person = done.subject.person_id
            own = person is None or person == request.person.person_id
            try:
                found = (
                    completions.mine(request.context) if own else completions.of_person(request.context, person or 0)
                )
            except NotFound:
                return  # they have left meanwhile: what is recorded stands, and nothing is shown of them any more
            request.front.change_window(window, mine.view(request, found))

    fetching = [blocks.Section(RECORD.text("evidence_fetching"))] if file else []
    return Later(Update(blocks.modal(RECORD.text("recorded_title"), [*said, *fetching])), later)


def _said(request: Request, done: Recorded) -> Wording:
    return RECORD.text(
        "recorded" if done.done_on else "removed",
        what=mine.what(done.kind_name, done.subject.class_name),
        name=_colleague(request, done.subject),
        done_on=spoken_day(done.done_on) if done.done_on else "",
        next=spoken_day(done.next_due) if done.next_due else "",
    )


def _kept(request: Request, done: Recorded, file: SentFile) -> Wording:
    """Fetch the file and keep it; return what to say of it. The entry stands whatever becomes of the file."""
    try:
        completions.add_evidence(request.context, done.entry_id, file.name, file.fetch())
    except LanyardError as error:
        return RECORD.text("evidence_not_kept", message=error)
    return RECORD.text("evidence_kept")


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _kind(request: Request, key: str) -> Training:
    kind = request.school.training_of(key)
    if kind is None:
        raise NotFound("The school has no such training any more. What was recorded of it stays in the register.")
    return kind


def _colleague(request: Request, subject: Subject) -> str:
    """Return the name of a colleague; "" for oneself, a class and the parents."""
    if subject.person_id is None or subject.person_id == request.person.person_id:
        return ""
    return next((each.name for each in _colleagues(request) if each.person_id == subject.person_id), "")


def _colleagues(request: Request) -> list[Any]:
    return list(training_register.colleagues(request.context)) if request.person.holds(*KEEPERS) else []


def _entry_line(entry: Any) -> Wording:
    name = mine.what(entry.kind_name, entry.subject.class_name)
    return RECORD.text("entry_line", what=name, done_on=spoken_day(entry.done_on))


def _subject(request: Request) -> Subject:
    return Subject(request.kept_number("person") or None, request.kept("class"))


def _window(request: Request) -> str:
    """Return the window of ours on top of which something is opened; "" elsewhere."""
    return request.window_of(mine.WINDOW)


def _texts(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.fields.items() if isinstance(value, str)}


NOTICES: Renders = register.NOTICES

ROUTES = (
    command("/training", EVERYONE, start, "See and record your training", ""),
    shortcut("training.form", EVERYONE, start, "See and record your training"),
    button("training.open", EVERYONE, start),
    button("training.done", EVERYONE, open_own),
    button("training.done_for", KEEPERS, open_other),
    form("training.record", EVERYONE, record),
    button("training.correct", EVERYONE, open_correct),
    form("training.correct", EVERYONE, correct),
    button("training.person", KEEPERS, show_person),
    *files.ROUTES,
    *register.ROUTES,
)
