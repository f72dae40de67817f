"""The figures of the overview as blocks: in its window, and beside the picture for whoever cannot see it."""

from bot.clock import spoken_day
from bot.rules.overview import Overview
from bot.services.documents.overview_words import Spelling, say
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block

VIEW = page("overview/view")


def figures(found: Overview) -> list[Block]:
    """Return everything that the page shows, in words."""
    words = say(found)
    return [
        blocks.Section(VIEW.text("headline", headline=words.headline, day=spoken_day(found.on))),
        *blocks.sections(VIEW.text("training", lines=words.training)),
        blocks.Section(VIEW.text("policy", review=words.review, reading=words.reading)),
        *blocks.sections(VIEW.text("access", lines=words.access)),
        *blocks.sections(VIEW.text("reports", lines=words.reports)),
        blocks.Section(VIEW.text("filter", filter=words.filter)),
        *(blocks.sections(VIEW.text("published", lines=words.published)) if words.published else ()),
        *(blocks.sections(VIEW.text("breaches", lines=words.breaches)) if words.breaches else ()),
        blocks.Context(VIEW.text("small_print")),
    ]


def alternative(found: Overview, spelling: Spelling = str) -> Wording:
    """Return what a screen reader says of the picture. `spelling`: Wording where nothing is to be escaped."""
    words = say(found, spelling)
    lines = [*words.training, words.review, words.reading, *words.access, *words.reports, words.filter]
    lines += [*words.published, *words.breaches]
    return VIEW.text("picture_alt", headline=words.headline, lines=lines)
