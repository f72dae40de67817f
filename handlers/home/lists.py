"""The whole of what Home shows only the beginning of: what waits, letters still to come, parents who disagree."""

import enum
from collections.abc import Sequence
from typing import Any

from bot.services import home
from bot.services.consent import ledger
from bot.services.home import Overview
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.home import lines, tab
from handlers.parts.records import Pages
from handlers.requests import Open, Reply, Request, Update, read_choice

HOME = page("home/view")
SHOWN = 90  # lines of a window


class Which(enum.StrEnum):
    """What a window lists."""

    WAITING = "waiting"
    PAPERS = "papers"
    DISPUTED = "disputed"


def show(request: Request) -> Reply:
    """Open one of them."""
    return Open(_window(request, read_choice(Which, request.value)))


def paper_received(pages: Sequence[Pages[Any]], request: Request) -> Reply:
    """Note that a letter has come, and show what is there without it: Home, or the window of all letters."""
    ledger.paper_received(request.context, request.number())
    return Update(_window(request, Which.PAPERS)) if request.is_in_window else tab.show(pages, request)


def _window(request: Request, which: Which) -> Modal:
    overview = home.overview(request.context)
    heading, shown = _listed(request, overview, which)
    if len(shown) > SHOWN:
        shown = [*shown[:SHOWN], blocks.Context(HOME.text("more_papers", count=len(shown) - SHOWN))]
    if not shown:
        shown = [blocks.Section(HOME.text("nothing_more"))]
    return blocks.modal(HOME.text(f"all_{which}"), [heading, *shown])


def _listed(request: Request, overview: Overview, which: Which) -> tuple[Block, list[Block]]:
    match which:
        case Which.WAITING:
            shown = [block for group in lines.waits(request, overview, {}) for block in group]
            return tab.heading(overview), shown
        case Which.PAPERS:
            return (
                blocks.Section(HOME.text("papers", count=len(overview.papers))),
                list(lines.papers(request, overview.papers)),
            )
        case Which.DISPUTED:
            return (
                blocks.Section(HOME.text("disputed", count=len(overview.disputed))),
                list(lines.disputed(overview.disputed)),
            )
