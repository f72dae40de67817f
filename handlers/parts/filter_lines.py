"""Lines for the filter as a part of a form: typed, looked at twice where they cover too much, and sent."""

import hashlib
from collections.abc import Iterator, Sequence

from bot.context import Context
from bot.services.filter import register
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.requests import Request

LINES = page("register/lines")
RECORD = page("records/one")
LINE = "\n"


def field(request: Request, label: str, proposed: Sequence[str], *, optional: bool = False) -> Block:
    """Return the field "lines", with what was typed or else what is proposed. `label`: "allow" or "block"."""
    typed = request.fields.get("lines") if "lines" in request.fields else None
    initial = LINE.join(proposed) if typed is None else str(typed)
    element = blocks.Write("lines", lines=True, initial=initial)
    return blocks.Field(
        LINES.text(label),
        element,
        name="lines",
        hint=LINES.text("hint_block" if optional else "hint"),
        optional=optional,
    )


def applied(request: Request, name: str, proposed: Sequence[str]) -> Block:
    """Return the box by which somebody says that they have changed the filter already; it is never ticked beforehand.

    `name`: how its name begins; it ends in what it was shown with, so that a tick never stands for other lines.
    """
    shown = str(request.fields.get("lines") or LINE.join(proposed))
    box = blocks.tick("applied", [blocks.Option(LINES.text("applied_yes"), "yes")])
    hint = LINES.text("applied_hint")
    return blocks.Field(LINES.text("applied"), box, name=f"{name}{_digest(shown)}", hint=hint, optional=True)


def left(context: Context, record: str) -> Wording:
    """Return what is left for whoever has decided about a record: to change the filter where that is theirs, too."""
    return LINES.text("left") if register.waits_for(context, record) else RECORD.text("nothing_left")


def doubts(request: Request, urls: Sequence[str]) -> list[Block]:
    """Return what to add to the form before its lines may be used; [] if they fit or are confirmed. Raises BadInput."""
    found = register.doubts(str(request.fields.get("lines") or ""), urls)
    name = _name(found)
    return list(_asked(found, name)) if found and not request.fields.get(name) else []


def _name(found: Sequence[str]) -> str:
    """Name the tick after what it is a Yes to: where other lines are doubted next, it is a new one, not yet ticked."""
    return f"sure:{_digest(LINE.join(found))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _asked(found: Sequence[str], name: str) -> Iterator[Block]:
    yield from blocks.sections(LINES.text("doubts", doubts=found))
    meant = blocks.tick("sure", [blocks.Option(LINES.text("sure_yes"), "yes")])
    yield blocks.Field(LINES.text("sure"), meant, name=name, optional=True)
