"""The welcome: what Lanyard is, what it will ask for, and where to press."""

from bot.context import Context
from bot.notices import Notice
from bot.wording import page
from handlers import blocks
from handlers.notices import Letter, Renders
from handlers.requests import Route

VIEW = page("welcome/view")


def _letter(context: Context, _number: int) -> Letter:
    said = VIEW.text("letter", school=context.school.name, has_training=bool(context.school.training))
    buttons = blocks.actions(
        blocks.Button(VIEW.text("consent"), "consent.open", style="primary"),
        blocks.Button(VIEW.text("help"), "help.open"),
    )
    return Letter(VIEW.text("spoken"), [blocks.Section(said), buttons])


NOTICES: Renders = {Notice.WELCOME: _letter}
ROUTES: tuple[Route, ...] = ()
