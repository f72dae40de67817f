"""`/consent`: may this picture be used? Answered privately, in the acknowledgement itself."""

from collections.abc import Iterator, Sequence

from bot.clock import spoken_day
from bot.errors import BadInput
from bot.rules.consent import Ask, Pupil, PupilAnswer, Subject, pack, unpack
from bot.rules.school import Media, Use
from bot.services import consent
from bot.services.consent import Answer, ClassAnswer, NotOwnClass, Question, WhichClass, WhichPupil, WhichUse
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.requests import (
    EVERYONE,
    Errors,
    Open,
    Reply,
    Request,
    Say,
    Suggestions,
    Update,
    button,
    command,
    form,
    options,
    shortcut,
)

ANSWER = page("consent/answer")
FORM = page("consent/form")
NAMES_A_SECTION = 25  # names of at most 100 letters, so that no section is ever cut: a name left off would be a lie
BUTTONS_A_ROW = 5


def look_up(request: Request) -> Reply:
    """Answer `/consent Jamie`; without text, open the form."""
    if not request.text:
        return open_form(request)
    if not request.place_is_private():
        return _not_here(request.text)
    return _said(consent.look_up(request.context, request.text))


def look_up_again(request: Request) -> Reply:
    """Answer a button of an answer: which Jamie, which use, the next page."""
    ask = unpack(request.value, request.school.uses)
    if not request.place_is_private():
        raise BadInput(ANSWER.text("not_here"))
    return _said(consent.look_up_again(request.context, ask))


def show_privately(request: Request) -> Reply:
    """Answer in a window of one's own what may not be answered in a channel."""
    return Open(_window(consent.look_up(request.context, request.value)))


def open_form(request: Request) -> Reply:
    """Open the form with the pickers."""
    uses = [blocks.option(FORM.text("every_use"), "*")]
    uses += [blocks.option(FORM.text("name", name=use.name), use.key) for use in request.school.uses]
    media = [blocks.option(FORM.text(key), key) for key in ("both", "photo", "video")]
    view = blocks.modal(
        FORM.text("title"),
        [
            blocks.field(
                FORM.text("picker"),
                blocks.suggest("consent.pupils", FORM.text("picker_placeholder"), several=True),
                block_id="pupils",
                optional=True,
            ),
            blocks.field(
                FORM.text("words"),
                blocks.write("words", most=1000),
                block_id="words",
                hint=FORM.text("words_hint"),
                optional=True,
            ),
            blocks.field(FORM.text("use"), blocks.choose("static_select", "use", uses, initial="*"), block_id="use"),
            blocks.field(
                FORM.text("medium"), blocks.choose("radio_buttons", "medium", media, initial="both"), block_id="medium"
            ),
        ],
        callback_id="consent.check",
        submit=FORM.text("submit"),
    )
    return Open(view)


def own_class(request: Request) -> Reply:
    """Check a class from the Home tab: only the use is still to be said."""
    answer = consent.look_up_again(request.context, Ask((Subject(class_name=request.value),)))
    return Open(_window(answer))


def check(request: Request) -> Reply:
    """Answer the form, in its own window."""
    chosen = tuple(Subject(pupil_id=int(value)) for value in request.fields.get("pupils") or () if value.isdigit())
    words = str(request.fields.get("words") or "")
    if not chosen and not words.strip():
        return Errors({"words": FORM.text("nobody")})
    try:
        typed = consent.understand(request.context, words)
    except BadInput as error:
        return Errors({"words": str(error)})
    use = request.school.use(str(request.fields.get("use"))) or typed.use
    medium = _medium(str(request.fields.get("medium"))) or typed.medium
    answer = consent.look_up_again(request.context, Ask((*chosen, *typed.subjects), use, medium))
    return Update(_window(answer))


def settle(request: Request) -> Reply:
    """Answer the form's follow-up question: which Jamie, which class, which use."""
    ask = unpack(str(request.metadata.get("ask", "")), request.school.uses)
    ask = _settled(request, consent.look_up_again(request.context, ask))
    return Update(_window(consent.look_up_again(request.context, ask)))


def suggest(request: Request) -> Reply:
    """Offer pupils while somebody types into a picker."""
    typed = str(request.body.get("value") or "")
    found = consent.suggest(request.context, typed, blocks.OPTIONS)
    return Suggestions([blocks.option(_candidate(pupil), str(pupil.pupil_id)) for pupil in found])


# ── what an answer looks like ──────────────────────────────────────────────────────────────────────────────────────


def _said(answer: Answer) -> Say:
    shown = list(_told(answer))
    for question in answer.questions:
        shown += _asked(answer, question)
    if answer.near:
        near = [(_candidate(pupil), _only(answer.ask, pupil)) for pupil in answer.near]
        shown += [blocks.section(ANSWER.text("near")), *_rows(near)]
    if not shown:
        shown = [blocks.section(ANSWER.text("nobody_asked"))]
    return Say(ANSWER.text("spoken"), [*shown[: blocks.MESSAGE_BLOCKS - 1], *_footer(answer)])


def _told(answer: Answer) -> Iterator[Block]:
    for told in answer.pupils:
        yield blocks.section(_pupil(told))
    if answer.more:
        ask = answer.ask
        following = Ask(ask.subjects, ask.use, ask.medium, ask.start + len(answer.pupils))
        label = ANSWER.text("next_page", count=min(answer.more, consent.PAGE))
        yield from _rows([(label, following)])
    for checked in answer.classes:
        yield from _class(answer.ask, checked)


def _pupil(told: PupilAnswer) -> Wording:
    lines = [(each.use.name, " and ".join(each.yes), " and ".join(each.no)) for each in told.uses]
    return ANSWER.text(
        "pupil", name=told.pupil.name, class_name=_class_name(told.pupil), nowhere=told.nowhere, lines=lines
    )


def _class(ask: Ask, checked: ClassAnswer) -> Iterator[Block]:
    values = {"class_name": checked.class_name, "use": checked.use.name, "medium": checked.medium}
    values |= {"pupils": str(checked.pupils), "count": str(len(checked.left_out))}
    kind = "class_empty" if not checked.pupils else "class_some" if checked.left_out else "class_all"
    yield blocks.section(ANSWER.text(kind, **values))
    names = [pupil.name for pupil in checked.left_out]
    for start in range(0, len(names), NAMES_A_SECTION):
        yield blocks.section(ANSWER.text("class_names", names=names[start : start + NAMES_A_SECTION]))
    if names:
        yield blocks.context(ANSWER.text("class_private"))
    other = next((medium for medium in checked.use.media if medium is not checked.medium), None)
    if other:
        again = Ask(ask.subjects, ask.use, other)
        yield from _rows([(ANSWER.text("other_medium", medium=other), again)])


def _question(question: Question) -> Wording:
    if isinstance(question, WhichPupil):
        return ANSWER.text(
            "which",
            words=question.words[:200],
            exact=question.exact,
            count=len(question.candidates),
            more=question.more,
        )
    if isinstance(question, WhichClass):
        return ANSWER.text("which_class", words=question.subject.words[:200])
    kind = "which_use" if isinstance(question, WhichUse) else "not_own_class"
    return ANSWER.text(kind, class_name=question.subject.class_name)


def _choices(ask: Ask, question: Question, uses: Sequence[Use]) -> list[tuple[Wording, str, Ask]]:
    """Return (label, short value, the question with this chosen) for everything that can be chosen."""
    subject = question.subject
    if isinstance(question, WhichPupil):
        return [
            (_candidate(pupil), str(pupil.pupil_id), ask.settle(subject, Subject(pupil_id=pupil.pupil_id)))
            for pupil in question.candidates
        ]
    if isinstance(question, WhichClass):
        return [(_name(name), name, ask.settle(subject, Subject(class_name=name))) for name in question.classes]
    if isinstance(question, WhichUse):
        fitting = [use for use in uses if ask.medium is None or ask.medium in use.media]
        return [(_name(use.name), use.key, Ask(ask.subjects, use, ask.medium)) for use in fitting]
    declared = Subject(class_name=subject.class_name, declared=True)
    return [(ANSWER.text("declare"), "declared", ask.settle(subject, declared))]


def _choices_in_window(answer: Answer) -> list[tuple[Wording, str, Ask]]:
    """Return what can be chosen in a window, where no second button offers the other medium."""
    question, ask = answer.questions[0], answer.ask
    if not isinstance(question, WhichUse):
        return _choices(ask, question, answer.uses)
    return [
        (ANSWER.text("picture", use=use.name, medium=medium), f"{use.key}/{medium}", Ask(ask.subjects, use, medium))
        for use in answer.uses
        for medium in use.media
        if ask.medium in {None, medium}
    ]


def _asked(answer: Answer, question: Question) -> list[Block]:
    choices = [(label, settled) for label, _, settled in _choices(answer.ask, question, answer.uses)]
    return [blocks.section(_question(question)), *_rows(choices)]


def _rows(choices: Sequence[tuple[Wording, Ask]]) -> list[Block]:
    buttons = [
        blocks.button(label, f"consent.ask:{number}", value=pack(ask)) for number, (label, ask) in enumerate(choices)
    ]
    return [blocks.actions(*buttons[start : start + BUTTONS_A_ROW]) for start in range(0, len(buttons), BUTTONS_A_ROW)]


def _footer(answer: Answer) -> list[Block]:
    if not answer.pupils and not answer.classes:
        return []
    not_all_yes = any(use.no for told in answer.pupils for use in told.uses) or any(
        checked.left_out for checked in answer.classes
    )
    return [blocks.context(ANSWER.text("footer", not_all_yes=not_all_yes))]


def _window(answer: Answer) -> blocks.View:
    """The same answer in a window, where the next question is asked as a form."""
    shown = [block for block in _told(answer) if block["type"] != "actions"]
    title = FORM.text("answer_title")
    if not answer.questions:
        shown = shown or [blocks.section(ANSWER.text("nobody_asked"))]
        return blocks.modal(title, [*shown, *_footer(answer)])
    question = answer.questions[0]
    shown.append(blocks.section(_question(question)))
    choices = [(label, value) for label, value, _ in _choices_in_window(answer)]
    if not choices:
        return blocks.modal(title, [*shown, *_footer(answer)])
    picker = blocks.choose("static_select", "choice", [blocks.option(label, value) for label, value in choices])
    label = FORM.text("declare" if isinstance(question, NotOwnClass) else "which")
    shown += [blocks.field(label, picker, block_id="choice"), *_footer(answer)]
    metadata = {"ask": pack(answer.ask)}
    return blocks.modal(title, shown, callback_id="consent.settle", submit=FORM.text("next"), metadata=metadata)


def _settled(request: Request, answer: Answer) -> Ask:
    chosen = str(request.fields.get("choice") or "")
    for _, value, settled in _choices_in_window(answer) if answer.questions else ():
        if value == chosen:
            return settled
    return answer.ask


def _not_here(text: str) -> Say:
    show = blocks.button(ANSWER.text("show_privately"), "consent.privately", value=text[:1000], style="primary")
    said = ANSWER.text("not_here")
    return Say(said, [blocks.section(said), blocks.actions(show)])


def _candidate(pupil: Pupil) -> Wording:
    born = spoken_day(pupil.born_on) if pupil.born_on else ""
    return ANSWER.text("candidate", name=pupil.name, class_name=_class_name(pupil), born=born)


def _name(name: str) -> Wording:
    return FORM.text("name", name=name)


def _class_name(pupil: Pupil) -> str:
    return pupil.class_name if pupil.on_roll else ANSWER.text("left_the_roll")


def _only(ask: Ask, pupil: Pupil) -> Ask:
    return Ask((Subject(pupil_id=pupil.pupil_id),), ask.use, ask.medium)


def _medium(word: str) -> Media | None:
    return Media(word) if word in {"photo", "video"} else None


ROUTES = (
    command("/consent", EVERYONE, look_up, "May we use this child's photo?", "Jamie P 3B for website"),
    button("consent.ask", EVERYONE, look_up_again),
    button("consent.privately", EVERYONE, show_privately),
    button("consent.open", EVERYONE, open_form),
    button("consent.own_class", EVERYONE, own_class),
    form("consent.check", EVERYONE, check),
    form("consent.settle", EVERYONE, settle),
    options("consent.pupils", EVERYONE, suggest),
    shortcut("consent.form", EVERYONE, open_form, "Check photo consent for pupils"),
)
