"""The school overview in Slack: the figures in words, and the page as a PDF or a picture."""

from bot.rules.documents import What
from bot.rules.overview import READERS
from bot.services import overview
from bot.wording import page
from handlers import blocks
from handlers.parts.overview_words import figures
from handlers.requests import Open, Reply, Request, button

VIEW = page("overview/view")


def show(request: Request) -> Reply:
    """Show how the school stands."""
    found = overview.get(request.context)
    pdf, picture = (
        blocks.Button(
            VIEW.text(f"{name}_button"), "deliveries.overview:" + name, value=what, spoken=VIEW.text(f"spoken_{name}")
        )
        for name, what in (("pdf", What.OVERVIEW_PDF), ("picture", What.OVERVIEW_PICTURE))
    )
    return Open(blocks.modal(VIEW.text("title"), [*figures(found), blocks.actions(pdf, picture)]))


ROUTES = (button("overview.open", READERS, show),)
