"""What was said and decided about a record, in full: the newest, where there is more than a window can hold."""

from collections.abc import Callable, Sequence

from bot.wording import Wording
from handlers import blocks
from handlers.blocks import Block

ROOM = 60, 60_000  # blocks, letters: the texts of a form take up to 24 of a window's hundred blocks


def newest(steps: Sequence[list[Block]], older: Callable[[int], Wording]) -> list[Block]:
    """Return the blocks of as many of the newest steps as there is room for. `steps`: the oldest first.

    `older`: what is said of those that are left out, given how many they are.
    """
    room, found = blocks.Sheet(*ROOM), list[list[Block]]()
    for step in reversed(steps):
        if not room.takes(step):
            found.append([blocks.Context(older(len(steps) - len(found)))])
            break
        found.append(step)
    return [block for step in reversed(found) for block in step]
