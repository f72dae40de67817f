"""*More*: everything that somebody can do, by verb. What is chosen there takes the window's place."""

from bot.services import home
from bot.services.school import absences
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block
from handlers.home import doors
from handlers.requests import Open, Reply, Request

HOME, ABSENCES = page("home/view"), page("absences/view")


def show(request: Request) -> Reply:
    """Open it."""
    shown: list[Block] = []
    for verb, mine in doors.by_verb(request.person, request.school):
        row = [door.button() for door in mine]
        if any(door.action == "relatives.open" for door in mine):
            row.append(away(request))
        shown += [blocks.Section(verb), blocks.actions(*row)]
    return Open(blocks.modal(HOME.text("more"), shown, gives_way=True))


def away(request: Request) -> blocks.Button:
    """Return the button for absences, one's own or everybody's."""
    if request.person.holds(*absences.SEES_ALL):
        return blocks.Button(ABSENCES.text("home_button"), "absences.open")
    is_away = home.is_away(request.context)
    return blocks.Button(ABSENCES.text("home_button_back" if is_away else "home_button_own"), "absences.open")
