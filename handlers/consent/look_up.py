"""`/consent`: may this picture be used? Answered privately, in the acknowledgement itself."""

from collections.abc import Sequence

from bot.errors import BadInput
from bot.rules.consent.answer import MOST_SUBJECTS, Ask, PupilAnswer, unpack
from bot.rules.consent.words import MOST_LETTERS
from bot.rules.school import Use
from bot.services.consent import look_ups
from bot.services.consent.look_ups import (
    Answer,
    ClassAnswer,
    Told,
)
from bot.wording import page
from handlers import blocks
from handlers.blocks import Sheet
from handlers.consent import answers, form
from handlers.parts import pupils
from handlers.requests import (
    EVERYONE,
    Reply,
    Request,
    Say,
    button,
    command,
)

ANSWER = page("consent/answer")
PAGE = 8  # pupils in one message, with all their uses: more than a phone's screen shows at once
# What stays free for what comes first (whom to leave out) and last: who else is close by name, what is still to come,
# the footer.
LAST_BLOCKS, LAST_CHARACTERS = 10, 4000


def look_up(request: Request) -> Reply:
    """Answer `/consent Jamie`; without text, open the form."""
    if not request.text:
        return form.open_form(request)
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


class _Message:
    """A private message while it is filled. What does not fit is for the next one, and is not logged as told."""

    def __init__(self, uses: Sequence[Use]) -> None:
        self.uses = uses
        self.sheet = Sheet(blocks.MESSAGE_BLOCKS - LAST_BLOCKS, blocks.MESSAGE_CHARACTERS - LAST_CHARACTERS)
        self._pupils = 0

    def fits(self, ask: Ask, told: Told) -> bool:
        """Show one thing more, if there is room."""
        if isinstance(told, ClassAnswer):
            return self.sheet.takes([*answers.class_checked(told), *answers.other_medium(ask, told)])
        if not isinstance(told, PupilAnswer):
            choices = [(label, settled) for label, _, settled in answers.choices(ask, told, self.uses)]
            return self.sheet.takes([blocks.Section(answers.asked(told)), *answers.offered(told, choices)])
        self._pupils += 1
        most = PAGE if ask.use is None else MOST_SUBJECTS  # of one use, each child is a line
        return self._pupils <= most and self.sheet.takes(answers.pupil(told))


def _said(answer: Answer, message: _Message) -> Say:
    shown = [*answers.several(answer), *message.sheet.blocks]
    if answer.near:
        near = [(pupils.candidate(pupil), answers.only(answer.ask, pupil)) for pupil in answer.near]
        shown += [blocks.Section(ANSWER.text("near")), *answers.rows(near)]
    if answer.rest:
        more = ANSWER.text("more_button")
        shown += [blocks.Section(answers.more(answer)), *answers.rows([(more, answer.following)])]
    if not shown:
        shown = answers.nobody(answer.ask)
    if not answer.ask.subjects or not all(map(answers.has_choices, answer.questions)):
        shown.append(answers.choose(answer.ask))
    if answer.pupils or answer.classes:
        shown += answers.post_it(answer.ask)
    return Say(ANSWER.text("spoken"), [*shown, *answers.footer(answer)])


def _not_here(text: str) -> Say:
    show = blocks.Button(
        ANSWER.text("show_privately"), "consent.privately", value=text[: MOST_LETTERS + 1], style="primary"
    )
    said = ANSWER.text("not_here")
    return Say(said, [blocks.Section(said), blocks.actions(show)])


ROUTES = (
    command("/consent", EVERYONE, look_up, "May we use this child's photo?", "Jamie M 3B for website"),
    button("consent.ask", EVERYONE, look_up_again),
)
