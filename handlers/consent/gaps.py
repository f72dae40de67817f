"""For which children decisions are still to be recorded: by class, with their names. Policy §4.2."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.rules.consent.form import RECORDERS
from bot.services.consent import gaps
from bot.services.consent.gaps import Gap
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Sheet
from handlers.requests import Open, Reply, Request, button

VIEW = page("consent/gaps")
ROOM = 2  # blocks that are kept free for what follows the names


def show(request: Request) -> Reply:
    """Show whose decisions are missing: first those of whom there is none."""
    found = gaps.get(request.context)
    sheet = Sheet(blocks.WINDOW_BLOCKS - ROOM, blocks.MESSAGE_CHARACTERS * 5)
    if not found.nothing and not found.some:
        return Open(blocks.modal(VIEW.text("title"), [blocks.Section(VIEW.text("nobody"))]))
    sheet.takes([blocks.actions(blocks.Button(VIEW.text("send"), "deliveries.gaps"))])
    left_out = 0
    for heading, some in (
        (VIEW.text("nothing", count=len(found.nothing)), found.nothing),
        (VIEW.text("some", count=len(found.some), wanted=found.wanted), found.some),
    ):
        left_out += _fill(sheet, heading, some)
    last = [blocks.Context(VIEW.text("left_out", count=left_out))] if left_out else []
    return Open(blocks.modal(VIEW.text("title"), [*sheet.blocks, *last]))


def _fill(sheet: Sheet, heading: Wording, some: Sequence[Gap]) -> int:
    """Show as many classes as there is room for; return how many children were left out."""
    if not some:
        return 0
    left_out, has_room = 0, sheet.takes([blocks.Divider(), blocks.Section(heading)])
    for class_name, children in _by_class(some):
        has_room = has_room and sheet.takes(blocks.sections(VIEW.text("class", name=class_name, pupils=children)))
        left_out += 0 if has_room else len(children)
    return left_out


def _by_class(some: Sequence[Gap]) -> Iterator[tuple[str, list[Gap]]]:
    for class_name, children in groupby(some, key=lambda gap: gap.pupil.class_name):
        yield class_name, list(children)


ROUTES = (button("consent.gaps", RECORDERS, show),)
