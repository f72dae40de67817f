"""What the outbox asks of a front such as Slack, and what a front may answer, whatever its own words for it are."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol, Self, TypeVar

from bot.context import Context
from bot.notices import Notice
from storage.outbox.queue import Place


class Letter(Protocol):
    """What a message says, and the file that comes with it. Only the front that shows it looks inside."""

    @property
    def as_earlier(self) -> Self | None:
        """Return what it says once a later message tells the same person of the same record; None: no change."""


L = TypeVar("L", bound=Letter)
L_contra = TypeVar("L_contra", bound=Letter, contravariant=True)
Renders = Mapping[Notice, Callable[[Context, int], L]]  # (the recipient's context, record number) → what it says now


class Messenger(Protocol[L_contra]):
    """Carries messages to the people of one front, and knows nothing of what they are about.

    `account`: the front's id of a person. Each method raises NotDelivered, and none of them retries: after a call that
    got no answer the sender checks first whether the message is there.
    """

    front: str  # its name; whatever is kept of accounts and places says of which front it is

    def post(self, account: str, letter: L_contra, *, key: str) -> Place:
        """Put a message into the conversation with somebody, after the file that comes with it; return where it lies.

        `key`: kept with the message where people do not see it, for `find`.
        """

    def update(self, account: str, place: Place, letter: L_contra) -> None:
        """Change what a message says, where it lies. Nobody is alerted."""

    def find(self, account: str, *, key: str) -> Place | None:
        """Return where the message with a key lies; None where it has never arrived."""

    def delete(self, file_id: str) -> bool:
        """Take away a file that came with a message; return whether it is gone: False where the front refuses."""


class NotDelivered(Exception):  # noqa: N818 - the family is named for what happened, not "…Error"
    """A front has not done what it was asked for. `trouble`: its own word for why, never a name."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class LaterPlease(NotDelivered):
    """The front takes nothing more from this school for a while; nothing was done. `after`: for how long."""

    def __init__(self, trouble: str, after: timedelta) -> None:
        super().__init__(trouble)
        self.after = after


class Unreachable(NotDelivered):
    """No message reaches this person: the account is gone."""


class NeverTaken(NotDelivered):
    """The front will never take this message, however often it is tried."""


class NotThere(NotDelivered):
    """The message that is to be changed is not there any more, and never will be. Whoever it told has been told."""


class MayHaveArrived(NotDelivered):
    """There is no clear answer: it may have been done all the same."""


class NoAnswer(MayHaveArrived):
    """Nothing was heard at all. That is no fault of the message: it is never given up for it."""
