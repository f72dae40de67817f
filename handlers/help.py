"""What one can do here, in the words of the person's role: `/lanyard`, and a button."""

from collections.abc import Callable, Iterable

from bot.wording import page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import roles
from handlers.requests import EVERYONE, Kind, Open, Reply, Request, Route, Say, button, command

HELP = page("help/view")


def routes(others: Callable[[], Iterable[Route]]) -> tuple[Route, ...]:
    """Return the help's own routes. `others`: the whole route table, for the help is written from it."""

    def said(request: Request) -> list[Block]:
        mine = [
            blocks.Section(HELP.text("line", command=route.name, summary=route.summary, usage=route.usage))
            for route in others()
            if route.kind is Kind.COMMAND and route.roles & request.person.roles
        ]
        intro = HELP.text("intro", roles=roles.spoken(request.person.roles), school=request.school.name)
        return [blocks.Section(intro), *mine, blocks.Context(HELP.text("outro"))]

    def show(request: Request) -> Reply:
        return Say(HELP.text("spoken"), said(request))

    def show_window(request: Request) -> Reply:
        return Open(blocks.modal(HELP.text("title"), said(request)))

    return (
        command("/lanyard", EVERYONE, show, "What you can do here", ""),
        button("help.open", EVERYONE, show_window),
    )
