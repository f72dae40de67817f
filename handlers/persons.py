"""Who uses a colleague's address now: the office says whether it is the same person."""

from bot.clock import school_day, spoken_day
from bot.context import Context
from bot.errors import NotFound, Refused
from bot.notices import Notice
from bot.rules.staff.persons import Answer, Doubt
from bot.services import persons
from bot.services.persons import Asked
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.requests import Open, Reply, Request, Update, button

VIEW = page("persons/view")
ANSWERERS = frozenset(persons.ANSWERERS)


def show(request: Request) -> Reply:
    """Show one question, with its two answers."""
    return Open(_view(request.context, persons.get(request.context, *request.record())))


def same(request: Request) -> Reply:
    """It is the same person."""
    return Update(_view(request.context, persons.answer(request.context, *request.record(), Answer.SAME)))


def other(request: Request) -> Reply:
    """It is somebody else."""
    return Update(_view(request.context, persons.answer(request.context, *request.record(), Answer.OTHER)))


def _view(context: Context, doubt: Asked) -> Modal:
    asked = doubt.question
    told = {"newcomer": doubt.newcomer, "earlier": doubt.earlier}
    is_name = asked.why is Doubt.NAME
    if asked.is_same is not None:
        done = VIEW.text("done_same" if asked.is_same else "done_two" if is_name else "done_other", **told)
        return blocks.modal(VIEW.text("title"), blocks.sections(done))
    day = spoken_day(school_day(asked.asked_at, context.school.timezone))
    value = doubt.button
    newer, earlier = doubt.addresses
    if is_name:
        question = VIEW.text("question_name", **told, addresses=(newer, earlier))
    else:
        question = VIEW.text("question", **told, address=asked.address, day=day)
    shown: list[Block] = [
        blocks.Section(question),
        blocks.Section(VIEW.text("what_follows_name" if is_name else "what_follows", earlier=doubt.earlier)),
        blocks.actions(
            blocks.Button(
                VIEW.text("same"), "persons.same", value=value, confirm=_sure(VIEW.text("sure_same", **told))
            ),
            blocks.Button(
                VIEW.text("two" if is_name else "other"),
                "persons.other",
                value=value,
                confirm=_sure(VIEW.text("sure_two" if is_name else "sure_other", **told)),
            ),
        ),
    ]
    return blocks.modal(VIEW.text("title"), shown)


def _sure(said: Wording) -> blocks.Confirm:
    return blocks.Confirm(VIEW.text("sure_title"), said, VIEW.text("yes"), VIEW.text("no"))


def _letter(context: Context, number: int) -> Letter:
    """Names nobody: who is meant is in the window."""
    try:
        doubt = persons.get(context, number)
    except (NotFound, Refused):
        return _said(VIEW.text("not_yours"))
    if doubt.question.is_same is not None:
        return _said(VIEW.text("answered"))
    opener = blocks.Button(VIEW.text("open"), "persons.open", value=doubt.button, style="primary")
    suffix = "_name" if doubt.question.why is Doubt.NAME else ""
    said = [blocks.Section(VIEW.text(f"letter{suffix}")), blocks.actions(opener)]
    return Letter(VIEW.text(f"spoken{suffix}"), said)


def _said(text: Wording) -> Letter:
    return Letter(text, [blocks.Section(text)])


NOTICES: Renders = {Notice.PERSON_ASKED: _letter}

ROUTES = (
    button("persons.open", ANSWERERS, show),
    button("persons.same", ANSWERERS, same),
    button("persons.other", ANSWERERS, other),
)
