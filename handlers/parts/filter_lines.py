"""Lines for the filter as a part of a form: typed, looked at twice where they cover too much, and sent."""

import hashlib
from collections.abc import Iterator, Sequence

from bot.services.filter import register
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block
from handlers.requests import Request

LINES = page("register/lines")


def field(request: Request, label: str, proposed: Sequence[str], *, optional: bool = False) -> Block:
    """Return the field "lines", with what was typed or else what is proposed. `label`: "allow" or "block"."""
    typed = request.fields.get("lines") if "lines" in request.fields else None
    initial = "\n".join(proposed) if typed is None else str(typed)
    element = blocks.Write("lines", lines=True, initial=initial)
    return blocks.Field(
        LINES.text(label),
        element,
        name="lines",
        hint=LINES.text("hint_block" if optional else "hint"),
        optional=optional,
    )


def doubts(request: Request, urls: Sequence[str]) -> list[Block]:
    """Return what to add to the form before its lines may be used; [] if they fit or are confirmed. Raises BadInput."""
    found = register.doubts(str(request.fields.get("lines") or ""), urls)
    name = _name(found)
    return list(_asked(found, name)) if found and not request.fields.get(name) else []


def _name(found: Sequence[str]) -> str:
    """Name the tick after what it is a Yes to: where other lines are doubted next, it is a new one, not yet ticked."""
    doubted = "\n".join(found).encode()
    return f"sure:{hashlib.sha256(doubted).hexdigest()[:16]}"


def _asked(found: Sequence[str], name: str) -> Iterator[Block]:
    yield from blocks.sections(LINES.text("doubts", doubts=found))
    meant = blocks.tick("sure", [blocks.Option(LINES.text("sure_yes"), "yes")])
    yield blocks.Field(LINES.text("sure"), meant, name=name, optional=True)
