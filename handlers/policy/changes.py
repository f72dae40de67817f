"""How a changed clause looks: what it says now, and what it said before."""

from collections.abc import Iterator

from bot.rules.policy.changes import Change, Kind
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.policy.clauses import tidy

VIEW, NUMBER = page("acknowledgement/view"), page("policy/view")


def shown(change: Change) -> list[Block]:
    """Show one change in full."""
    places = {"place": _place(change.number), "was_place": _place(change.was_number)}
    texts = {"text": change.text, "was_text": change.was_text}
    told = VIEW.text(change.kind.value, heading=change.heading, **places, **texts)
    quotes: list[Block] = []
    if change.kind in {Kind.ADDED, Kind.CHANGED}:
        label = "now" if change.kind is Kind.CHANGED else None
        quotes += _quote(label, change.text)
    if change.kind in {Kind.REMOVED, Kind.CHANGED}:
        quotes += _quote("before", change.was_text)
    return [blocks.Section(told), *quotes]


def _quote(label: str | None, text: str) -> Iterator[Block]:
    if label:
        yield blocks.Context(VIEW.text(label))
    yield from blocks.sections(VIEW.text("quote", lines=tidy(text)))


def _place(number: str) -> Wording:
    return NUMBER.text("number", number=number) if number else VIEW.text("unnumbered")
