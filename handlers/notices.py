"""What a message says, decided when it is sent or brought up to date: each feature renders its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.context import Context
from bot.notices import Notice
from bot.wording import Wording
from handlers.blocks import Block


@dataclass(frozen=True)
class Enclosure:
    """A file that comes with a message.

    `begun`: called with Slack's id for it before it is uploaded; `sent`: called once it is there, so that it is not
    sent again.
    `alternative`: what a picture shows, in words; "" for anything else.
    """

    name: str
    content: bytes
    begun: Callable[[str], None]
    sent: Callable[[], None]
    before: str | None  # Slack's id of one that was begun before, and perhaps came
    alternative: str = ""


@dataclass(frozen=True)
class Letter:
    """A direct message: `text` for notifications and screen readers, and the blocks. References only, no narratives.

    `earlier`: what it says instead once a later message tells the same person of the same thing.
    """

    text: Wording
    blocks: Sequence[Block]
    enclosure: Enclosure | None = None
    earlier: Sequence[Block] = ()

    @property
    def as_earlier(self) -> "Letter | None":
        """Return the letter as it reads once a later one was sent; None where it reads the same."""
        return replace(self, blocks=self.earlier) if self.earlier else None


Render = Callable[[Context, int], Letter]  # (the recipient's context, record number) → what it says now
Renders = Mapping[Notice, Render]
