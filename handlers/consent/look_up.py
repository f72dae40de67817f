"""`/consent`: may this picture be used? Answered privately, in the acknowledgement itself."""

from collections.abc import Sequence
from dataclasses import replace

from bot.clock import spoken_day
from bot.errors import BadInput
from bot.rules.consent.answer import MOST_SUBJECTS, Ask, Pupil, PupilAnswer, Subject, pack, packed, unpack, unpacked
from bot.rules.consent.words import MOST_LETTERS
from bot.rules.school import Media, Use
from bot.services.consent import look_ups
from bot.services.consent.look_ups import (
    Answer,
    ClassAnswer,
    NotOwnClass,
    Question,
    Told,
    WhichClass,
    WhichPupil,
    WhichUse,
)
from bot.wording import Wording, lines, page
from handlers import blocks
from handlers.blocks import Block, Sheet
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
    read_number,
    shortcut,
)

ANSWER = page("consent/answer")
FORM = page("consent/form")
PAGE = 8  # pupils in one message: more than a phone's screen shows at once
BUTTONS_A_ROW = 5
# What stays free for what comes last: who else is close by name, what is still to come, the footer.
LAST_BLOCKS, LAST_CHARACTERS = 8, 2000
WINDOW_CHARACTERS = 60_000  # Slack takes 250 kB in all


def look_up(request: Request) -> Reply:
    """Answer `/consent Jamie`; without text, open the form."""
    if not request.text:
        return open_form(request)
    if not request.place_is_private():
        return _not_here(request.text)
    message = _Message(request.school.uses)
    return _said(look_ups.look_up(request.context, request.text, message.fits), message)


def look_up_again(request: Request) -> Reply:
    """Answer a button of an answer: which Jamie, which use, the next page."""
    ask = unpack(request.value, request.school.uses)
    if not request.place_is_private():
        raise BadInput(ANSWER.text("not_here"))
    message = _Message(request.school.uses)
    return _said(look_ups.look_up_again(request.context, ask, message.fits), message)


def show_privately(request: Request) -> Reply:
    """Answer in a window of one's own what may not be answered in a channel."""
    return Open(_window(request, look_ups.understand(request.context, request.value)))


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
                blocks.suggest("consent.pupils", FORM.text("picker_placeholder"), several=True, most=MOST_SUBJECTS),
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
    typed = str(request.body.get("value") or "")
    found = look_ups.suggest(request.context, typed, blocks.OPTIONS)
    return Suggestions([blocks.option(_candidate(pupil), str(pupil.pupil_id)) for pupil in found])


# ── what an answer looks like ──────────────────────────────────────────────────────────────────────────────────────


class _Message:
    """A private message while it is filled. What does not fit is for the next one, and is not logged as told."""

    def __init__(self, uses: Sequence[Use]) -> None:
        self.uses = uses
        self.sheet = Sheet(blocks.MESSAGE_BLOCKS - LAST_BLOCKS, blocks.MESSAGE_CHARACTERS - LAST_CHARACTERS)
        self._pupils = 0

    def fits(self, ask: Ask, told: Told) -> bool:
        """Show one thing more, if there is room."""
        if isinstance(told, ClassAnswer):
            return self.sheet.takes([*_class(told), *_other_medium(ask, told)])
        if not isinstance(told, PupilAnswer):
            choices = [(label, settled) for label, _, settled in _choices(ask, told, self.uses)]
            return self.sheet.takes([blocks.section(_question(told)), *_rows(choices)])
        self._pupils += 1
        return self._pupils <= PAGE and self.sheet.takes(_pupil(told))


class _Window:
    """A window while it is filled. Questions with choices come last, as a form, one after another."""

    def __init__(self) -> None:
        self.sheet = Sheet(blocks.VIEW_BLOCKS - LAST_BLOCKS, WINDOW_CHARACTERS)

    def fits(self, _ask: Ask, told: Told) -> bool:
        """Show one thing more, if there is room."""
        if isinstance(told, ClassAnswer):
            return self.sheet.takes(_class(told))
        if isinstance(told, PupilAnswer):
            return self.sheet.takes(_pupil(told))
        return _has_choices(told) or self.sheet.takes([blocks.section(_question(told))])


def _said(answer: Answer, message: _Message) -> Say:
    shown = message.sheet.blocks
    if answer.near:
        near = [(_candidate(pupil), _only(answer.ask, pupil)) for pupil in answer.near]
        shown += [blocks.section(ANSWER.text("near")), *_rows(near)]
    if answer.rest:
        more = ANSWER.text("more_button")
        shown += [blocks.section(_more(answer)), *_rows([(more, answer.following)])]
    if not shown:
        shown = [blocks.section(ANSWER.text("nobody_asked"))]
    return Say(ANSWER.text("spoken"), [*shown, *_footer(answer)])


def _more(answer: Answer) -> Wording:
    return ANSWER.text("more", count=len(answer.rest))


def _pupil(told: PupilAnswer) -> list[Block]:
    uses = [(each.use.name, " and ".join(each.yes), " and ".join(each.no)) for each in told.uses]
    pupil = told.pupil
    said = ANSWER.text(
        "pupil",
        name=pupil.name,
        class_name=_class_name(pupil),
        born=_born(pupil),
        nowhere=told.nowhere,
        lines=uses,
    )
    return blocks.sections(said)


def _class(checked: ClassAnswer) -> list[Block]:
    values = {"class_name": checked.class_name, "use": checked.use.name, "medium": checked.medium}
    values |= {"pupils": str(checked.pupils), "count": str(checked.count)}
    kind = "class_empty" if not checked.pupils else "class_some" if checked.left_out else "class_all"
    shown = [blocks.section(ANSWER.text("class_continued" if checked.continued else kind, **values))]
    if checked.left_out:
        names = [(pupil.name, _born(pupil)) for pupil in checked.left_out]
        shown += blocks.sections(ANSWER.text("class_names", names=names))
        if checked.more:
            shown.append(blocks.section(ANSWER.text("class_more", count=checked.more)))
        shown.append(blocks.context(ANSWER.text("class_private")))
    return shown


def _other_medium(ask: Ask, checked: ClassAnswer) -> list[Block]:
    other = next((medium for medium in checked.use.media if medium is not checked.medium), None)
    if other is None or checked.more:
        return []
    from_the_start = tuple(replace(subject, after=None) for subject in ask.subjects)
    return _rows([(ANSWER.text("other_medium", medium=other), Ask(from_the_start, ask.use, other))])


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
    """Return (label, form's value, the question with this chosen) for everything that can be chosen."""
    subject = question.subject
    if isinstance(question, WhichPupil):
        return [
            (_candidate(pupil), f"pupil:{pupil.pupil_id}", ask.settle(subject, Subject(pupil_id=pupil.pupil_id)))
            for pupil in question.candidates
        ]
    if isinstance(question, WhichClass):
        return [
            (_name(name), f"class:{name}", ask.settle(subject, Subject(class_name=name))) for name in question.classes
        ]
    if isinstance(question, WhichUse):
        fitting = [use for use in uses if ask.medium is None or ask.medium in use.media]
        return [(_name(use.name), f"use:{use.key}", Ask(ask.subjects, use, ask.medium)) for use in fitting]
    declared = Subject(class_name=subject.class_name, declared=True)
    return [(ANSWER.text("declare"), "declared:", ask.settle(subject, declared))]


def _choices_in_window(ask: Ask, question: Question, uses: Sequence[Use]) -> list[tuple[Wording, str]]:
    """Return (label, value) of what can be chosen in a window, where no second button offers the other medium."""
    if not isinstance(question, WhichUse):
        return [(label, value) for label, value, _ in _choices(ask, question, uses)]
    return [
        (ANSWER.text("picture", use=use.name, medium=medium), f"use:{use.key}/{medium}")
        for use in uses
        for medium in use.media
        if ask.medium in {None, medium}
    ]


def _has_choices(question: Question) -> bool:
    return not isinstance(question, WhichPupil) or bool(question.candidates)


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


def _window(request: Request, ask: Ask) -> blocks.View:
    """Look up and answer in a window, where the next question is asked as a form."""
    window = _Window()
    answer = look_ups.look_up_again(request.context, ask, window.fits)
    shown, title = window.sheet.blocks, FORM.text("answer_title")
    if answer.near:
        near = [_candidate(pupil) for pupil in answer.near]
        shown += [blocks.section(ANSWER.text("near")), *blocks.sections(lines(near))]
    if answer.rest:
        shown += [blocks.section(_more(answer)), *_footer(answer)]
        return _next(title, shown, FORM.text("more"), {"ask": packed(answer.following)})
    open_ones = [question for question in answer.questions if _has_choices(question)]
    if not open_ones:
        shown = shown or [blocks.section(ANSWER.text("nobody_asked"))]
        return blocks.modal(title, [*shown, *_footer(answer)])
    shown += _asked_in_window(answer, open_ones[0])
    if len(open_ones) > 1:
        shown.append(blocks.context(FORM.text("then", count=len(open_ones) - 1)))
    at = answer.ask.subjects.index(open_ones[0].subject)
    metadata = {"ask": packed(answer.ask), "at": at}
    return _next(title, [*shown, *_footer(answer)], FORM.text("next"), metadata)


def _next(title: Wording, shown: Sequence[Block], submit: Wording, metadata: dict[str, object]) -> blocks.View:
    return blocks.modal(title, shown, callback_id="consent.settle", submit=submit, metadata=metadata)


def _asked_in_window(answer: Answer, question: Question) -> list[Block]:
    choices = _choices_in_window(answer.ask, question, answer.uses)
    picker = blocks.choose("static_select", "choice", [blocks.option(label, value) for label, value in choices])
    label = FORM.text("declare" if isinstance(question, NotOwnClass) else "which")
    return [blocks.section(_question(question)), blocks.field(label, picker, block_id="choice")]


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


def _not_here(text: str) -> Say:
    show = blocks.button(
        ANSWER.text("show_privately"), "consent.privately", value=text[: MOST_LETTERS + 1], style="primary"
    )
    said = ANSWER.text("not_here")
    return Say(said, [blocks.section(said), blocks.actions(show)])


def _candidate(pupil: Pupil) -> Wording:
    values = {"class_name": _class_name(pupil), "born": _born(pupil)}
    said = ANSWER.text("candidate", name=pupil.name, **values)
    too_long = len(said) - blocks.BUTTON
    if too_long <= 0:
        return said
    # What tells two of one name apart stands at the end: the middle of the name is what can be spared.
    kept = max(2, len(pupil.name) - too_long - len(blocks.CUT))
    name = f"{pupil.name[: kept - kept // 2]}{blocks.CUT}{pupil.name[-(kept // 2) :]}"
    return ANSWER.text("candidate", name=name, **values)


def _born(pupil: Pupil) -> str:
    return spoken_day(pupil.born_on) if pupil.born_on else ""


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
