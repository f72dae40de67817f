"""`/lanyard`: help, in the words of the person's role."""

from collections.abc import Callable, Iterable

from bot.wording import page
from handlers import blocks
from handlers.parts import roles
from handlers.requests import EVERYONE, Kind, Reply, Request, Route, Say, command

HELP = page("help/view")


def routes(others: Callable[[], Iterable[Route]]) -> tuple[Route, ...]:
    """Return the help's own route. `others`: the whole route table, for the help is written from it."""

    def show(request: Request) -> Reply:
        mine = [
            blocks.Section(HELP.text("line", command=route.name, summary=route.summary, usage=route.usage))
            for route in others()
            if route.kind is Kind.COMMAND and route.roles & request.person.roles
        ]
        intro = HELP.text("intro", roles=roles.spoken(request.person.roles), school=request.school.name)
        return Say(HELP.text("spoken"), [blocks.Section(intro), *mine, blocks.Context(HELP.text("outro"))])

    return (command("/lanyard", EVERYONE, show, "What you can do here", ""),)
