"""A role was given or taken away: whoever has it or had it is told, and the headteacher."""

from bot.clock import school_day, spoken_day
from bot.context import Context
from bot.notices import Notice
from bot.rules.staff.role_changes import Event
from bot.services import role_changes
from bot.wording import page
from handlers import blocks
from handlers.notices import Letter, Renders
from handlers.parts import roles
from handlers.requests import Route

VIEW = page("role_changes/view")


def _letter(context: Context, number: int) -> Letter:
    told = role_changes.get(context, number)
    words = {
        "role": roles.spoken([told.change.role]),
        "day": spoken_day(school_day(told.change.at, context.school.timezone)),
        "by": told.by or VIEW.text("setup"),
    }
    is_given = told.change.event is Event.GIVEN
    if told.is_own:
        said = VIEW.text("given_you" if is_given else "taken_you", **words)
    else:
        said = VIEW.text("given" if is_given else "taken", **words, who=told.who)
    return Letter(VIEW.text("spoken"), [blocks.Section(said)])


NOTICES: Renders = {Notice.ROLE_CHANGED: _letter}
ROUTES: tuple[Route, ...] = ()
