"""Relatives at school: each declares their own, and sees nobody else's."""

from collections.abc import Iterator

from bot.services import relatives
from bot.services.relatives import Declared
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
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


def _view(found: Declared) -> Modal:
    picker = colleagues.picker("relatives.colleague", VIEW.text("colleague_placeholder"), found.colleagues)
    shown = [
        blocks.Section(VIEW.text("intro")),
        *_declared(found),
        blocks.Divider(),
        blocks.Field(VIEW.text("colleague"), picker, name="colleague", optional=True),
        blocks.Field(
            VIEW.text("name"),
            blocks.Write("name", most=NAME),
            name="name",
            hint=VIEW.text("name_hint"),
            optional=True,
        ),
        blocks.Field(VIEW.text("class"), blocks.Write("class", most=NAME), name="class", optional=True),
    ]
    return blocks.modal(VIEW.text("title"), shown, form="relatives.declare", submit=VIEW.text("submit"))


def _declared(found: Declared) -> Iterator[Block]:
    if not found.relatives:
        yield blocks.Context(VIEW.text("nobody"))
    for number, each in enumerate(found.relatives):
        text = VIEW.text("pupil" if each.is_pupil else "relative", who=each.who)
        off = blocks.Button(VIEW.text("end"), f"relatives.end:{number}", value=str(each.relative_id))
        yield blocks.Section(text, accessory=off)


ROUTES = (
    button("relatives.open", EVERYONE, show),
    form("relatives.declare", EVERYONE, declare),
    button("relatives.end", EVERYONE, end),
    options("relatives.colleague", EVERYONE, suggest),
)
