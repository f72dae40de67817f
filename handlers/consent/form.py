"""The form of `/consent`, and its own window, where the next question is asked as a form."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import BadInput
from bot.rules.consent.answer import MOST_SUBJECTS, Ask, PupilAnswer, Subject, packed, unpacked
from bot.rules.school import Media, Use
from bot.services.consent import look_ups
from bot.services.consent.look_ups import (
    Answer,
    ClassAnswer,
    NotOwnClass,
    Question,
    Told,
    WhichUse,
)
from bot.wording import Wording, lines, page
from handlers import blocks
from handlers.blocks import Block, Sheet
from handlers.consent import answers
from handlers.parts import pupils
from handlers.requests import (
    EVERYONE,
    Errors,
    Open,
    Reply,
    Request,
    Suggestions,
    Update,
    button,
    form,
    options,
    read_number,
    shortcut,
)

ANSWER = page("consent/answer")
FORM = page("consent/form")
LAST_BLOCKS = 8  # what stays free for what comes last: who else is close by name, what is still to come, the footer
WINDOW_CHARACTERS = 60_000  # Slack takes 250 kB in all


def show_privately(request: Request) -> Reply:
    """Answer in a window of one's own what may not be answered in a channel."""
    return Open(_window(request, look_ups.understand(request.context, request.value)))


def open_form(request: Request) -> Reply:
    """Open the form with the pickers. The button may bring along what the picture is for."""
    key, _, kind = request.value.partition("/")
    use, medium = request.school.use(key), _medium(kind) or "both"
    uses = [blocks.Option(FORM.text("every_use"), "*")]
    uses += [blocks.Option(FORM.text("name", name=use.name), use.key) for use in request.school.uses]
    media = [blocks.Option(FORM.text(key), key) for key in ("both", "photo", "video")]
    view = blocks.modal(
        FORM.text("title"),
        [
            blocks.Field(
                FORM.text("picker"),
                blocks.Suggest("consent.pupils", FORM.text("picker_placeholder"), several=True, most=MOST_SUBJECTS),
                name="pupils",
                optional=True,
            ),
            blocks.Field(
                FORM.text("words"),
                blocks.Write("words", most=1000),
                name="words",
                hint=FORM.text("words_hint"),
                optional=True,
            ),
            blocks.Field(FORM.text("use"), blocks.pick("use", uses, initial=use.key if use else "*"), name="use"),
            blocks.Field(FORM.text("medium"), blocks.radio("medium", media, initial=medium), name="medium"),
        ],
        form="consent.check",
        submit=FORM.text("submit"),
    )
    return Open(view)


def own_class(request: Request) -> Reply:
    """Check a class from the Home tab: only the use is still to be said."""
    return Open(_window(request, Ask((Subject(class_name=request.value),))))


def check(request: Request) -> Reply:
    """Answer the form, in its own window."""
    chosen = tuple(Subject(pupil_id=read_number(value)) for value in request.fields.get("pupils") or ())
    words = str(request.fields.get("words") or "")
    if not chosen and not words.strip():
        return Errors({"words": FORM.text("nobody")})
    try:
        typed = look_ups.understand(request.context, words)
    except BadInput as error:
        return Errors({"words": str(error)})
    use = request.school.use(str(request.fields.get("use"))) or typed.use
    medium = _medium(str(request.fields.get("medium"))) or typed.medium
    subjects = tuple(dict.fromkeys((*chosen, *typed.subjects)))
    if len(subjects) > MOST_SUBJECTS:
        return Errors({"words": FORM.text("too_many", count=len(subjects), most=MOST_SUBJECTS)})
    return Update(_window(request, Ask(subjects, use, medium)))


def settle(request: Request) -> Reply:
    """Answer the form's follow-up question (which Jamie, which class, which use), or show what is still to come."""
    ask = unpacked(request.metadata.get("ask"), request.school.uses)
    if "choice" not in request.fields:
        return Update(_window(request, ask))
    chosen = str(request.fields["choice"] or "")
    if not chosen:
        return Errors({"choice": FORM.text("choose")})
    return Update(_window(request, _settled(request, ask, chosen)))


def suggest(request: Request) -> Reply:
    """Offer pupils while somebody types into a picker."""
    found = look_ups.suggest(request.context, request.typed, blocks.OPTIONS, request.window_id)
    return Suggestions([blocks.Option(pupils.candidate(pupil), str(pupil.pupil_id)) for pupil in found])


class _Window:
    """A window while it is filled. Questions with choices come last, as a form, one after another."""

    def __init__(self) -> None:
        self.sheet = Sheet(blocks.WINDOW_BLOCKS - LAST_BLOCKS, WINDOW_CHARACTERS)

    def fits(self, _ask: Ask, told: Told) -> bool:
        """Show one thing more, if there is room."""
        if isinstance(told, ClassAnswer):
            return self.sheet.takes(answers.class_checked(told))
        if isinstance(told, PupilAnswer):
            return self.sheet.takes(answers.pupil(told))
        return answers.has_choices(told) or self.sheet.takes([blocks.Section(answers.asked(told))])


def _choices_in_window(ask: Ask, question: Question, uses: Sequence[Use]) -> list[tuple[Wording, str]]:
    """Return (label, value) of what can be chosen in a window, where no second button offers the other medium."""
    if not isinstance(question, WhichUse):
        return [(label, value) for label, value, _ in answers.choices(ask, question, uses)]
    return [
        (ANSWER.text("picture", use=use.name, medium=medium), f"use:{use.key}/{medium}")
        for use in uses
        for medium in use.media
        if ask.medium in {None, medium}
    ]


def _window(request: Request, ask: Ask) -> blocks.Modal:
    """Look up and answer in a window, where the next question is asked as a form."""
    window = _Window()
    answer = look_ups.look_up_again(request.context, ask, window.fits)
    shown, title = [*answers.several(answer), *window.sheet.blocks], FORM.text("answer_title")
    if answer.near:
        near = [pupils.candidate(pupil) for pupil in answer.near]
        shown += [blocks.Section(ANSWER.text("near")), *blocks.sections(lines(near))]
    if answer.rest:
        shown += [blocks.Section(answers.more(answer)), *answers.footer(answer)]
        return _next(title, shown, FORM.text("more"), {"ask": packed(answer.following)})
    open_ones = [question for question in answer.questions if answers.has_choices(question)]
    if not open_ones:
        shown = shown or answers.nobody(ask)
        return blocks.modal(title, [*shown, *answers.footer(answer)])
    shown += _asked_in_window(answer, open_ones[0])
    if len(open_ones) > 1:
        shown.append(blocks.Context(FORM.text("then", count=len(open_ones) - 1)))
    at = answer.ask.subjects.index(open_ones[0].subject)
    metadata = {"ask": packed(answer.ask), "at": at}
    return _next(title, [*shown, *answers.footer(answer)], FORM.text("next"), metadata)


def _next(title: Wording, shown: Sequence[Block], submit: Wording, metadata: dict[str, object]) -> blocks.Modal:
    return blocks.modal(title, shown, form="consent.settle", submit=submit, metadata=metadata)


def _asked_in_window(answer: Answer, question: Question) -> list[Block]:
    choices = _choices_in_window(answer.ask, question, answer.uses)
    picker = blocks.pick("choice", [blocks.Option(label, value) for label, value in choices])
    asks = "declare" if isinstance(question, NotOwnClass) else "use" if isinstance(question, WhichUse) else "which"
    label = FORM.text(asks)
    return [blocks.Section(answers.asked(question)), blocks.Field(label, picker, name="choice")]


def _settled(request: Request, ask: Ask, chosen: str) -> Ask:
    """Return the question with the form's choice made. Nothing is looked up, so nothing is logged twice."""
    kind, _, value = chosen.partition(":")
    at = request.metadata.get("at")
    if not isinstance(at, int) or not 0 <= at < len(ask.subjects):
        raise BadInput(FORM.text("out_of_date"))
    subject = ask.subjects[at]
    if kind == "use":
        key, _, medium = value.partition("/")
        return Ask(ask.subjects, request.school.use(key), _medium(medium))
    if kind == "pupil":
        return ask.settle(subject, Subject(pupil_id=read_number(value)))
    if kind == "class":
        return ask.settle(subject, Subject(class_name=value))
    if kind == "declared" and subject.is_class:
        return ask.settle(subject, replace(subject, declared=True))
    raise BadInput(FORM.text("out_of_date"))


def _medium(word: str) -> Media | None:
    return Media(word) if word in {"photo", "video"} else None


ROUTES = (
    button("consent.privately", EVERYONE, show_privately),
    button("consent.open", EVERYONE, open_form),
    button("consent.own_class", EVERYONE, own_class),
    form("consent.check", EVERYONE, check),
    form("consent.settle", EVERYONE, settle),
    options("consent.pupils", EVERYONE, suggest),
    shortcut("consent.form", EVERYONE, open_form, "Check photo consent for pupils"),
)
