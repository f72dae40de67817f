"""Who is told of a record outside Slack, and who was: by whom, when and how."""

from collections.abc import Iterator
from typing import Any

from bot.clock import spoken_instant
from bot.rules.relays import How
from bot.services.record_views import RecordView, Relayed
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import roles

WORDS = page("relays/record")


def shown(view: RecordView[Any], timezone: str) -> Iterator[Block]:
    """Yield a line for everybody outside Slack who was told of a record, or is still to be."""
    for number, each in enumerate(view.relayed):
        if each.at or not each.is_own:
            yield blocks.Context(line(each, timezone))
            continue
        yield blocks.Section(WORDS.text("own", whom=whom([each])))
        if each.number:
            yield blocks.actions(
                blocks.Button(WORDS.text("told_button"), f"relays.open:record{number}", value=str(each.number))
            )


def line(each: Relayed, timezone: str) -> Wording:
    """Return how it stands, in a line."""
    role = roles.spoken([each.role])
    if each.at and each.how:
        at = spoken_instant(each.at, timezone)
        return WORDS.text("told", role=role, how=spoken(each.how), at=at, by=each.by)
    return WORDS.text("to_tell", role=role, tellers=each.tellers)


def whom(people: list[Relayed] | tuple[Relayed, ...]) -> Wording:
    """Return whom somebody has to phone, and how: "the chair of governors, Ida Marsh (01632 960 102)"."""
    told = [{"role": roles.spoken([each.role]), "holder": each.holder, "phone": each.phone} for each in people]
    return WORDS.text("whom", people=told)


def spoken(how: How) -> Wording:
    """Return how somebody was told, in words: "by phone"."""
    return WORDS.text(f"how_{how.name.lower()}")
