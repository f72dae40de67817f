"""The headteacher's week in its window, as it stands now. A short form of it is in her Monday message and on Home."""

from bot.rules.reminders.week import READERS
from bot.services import monday
from bot.wording import page
from handlers import blocks
from handlers.parts import week
from handlers.requests import Open, Reply, Request, button

VIEW = page("monday/view")


def show(request: Request) -> Reply:
    """Show the week."""
    return Open(blocks.modal(VIEW.text("title"), week.whole(monday.get(request.context))))


ROUTES = (button("monday.open", READERS, show),)
