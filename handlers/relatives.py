"""Relatives at school: each declares their own, and sees nobody else's."""

from collections.abc import Iterator

from bot.services import relatives
from bot.services.relatives import Declared
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, View
from handlers.parts import colleagues
from handlers.requests import EVERYONE, Open, Reply, Request, Suggestions, Update, button, form, options

VIEW = page("relatives/view")
NAME = 200  # letters


def show(request: Request) -> Reply:
    """Show one's own relatives, and the form for one more."""
    return Open(_view(relatives.mine(request.context)))


def declare(request: Request) -> Reply:
    """Declare one."""
    name, class_name = (str(request.fields.get(field) or "") for field in ("name", "class"))
    return Update(_view(relatives.declare(request.context, colleagues.chosen(request.fields), name, class_name)))


def end(request: Request) -> Reply:
    """Take one off the list."""
    return Update(_view(relatives.end(request.context, request.number())))


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    return Suggestions(colleagues.suggestions(relatives.mine(request.context).colleagues, request.typed))


def _view(found: Declared) -> View:
    picker = colleagues.picker("relatives.colleague", VIEW.text("colleague_placeholder"), found.colleagues)
    shown = [
        blocks.section(VIEW.text("intro")),
        *_declared(found),
        blocks.divider(),
        blocks.field(VIEW.text("colleague"), picker, block_id="colleague", optional=True),
        blocks.field(
            VIEW.text("name"),
            blocks.write("name", most=NAME),
            block_id="name",
            hint=VIEW.text("name_hint"),
            optional=True,
        ),
        blocks.field(VIEW.text("class"), blocks.write("class", most=NAME), block_id="class", optional=True),
    ]
    return blocks.modal(VIEW.text("title"), shown, callback_id="relatives.declare", submit=VIEW.text("submit"))


def _declared(found: Declared) -> Iterator[Block]:
    if not found.relatives:
        yield blocks.context(VIEW.text("nobody"))
    for number, each in enumerate(found.relatives):
        text = VIEW.text("pupil" if each.is_pupil else "relative", who=each.who)
        off = blocks.button(VIEW.text("end"), f"relatives.end:{number}", value=str(each.relative_id))
        yield blocks.section(text, accessory=off)


ROUTES = (
    button("relatives.open", EVERYONE, show),
    form("relatives.declare", EVERYONE, declare),
    button("relatives.end", EVERYONE, end),
    options("relatives.colleague", EVERYONE, suggest),
)
