"""What one person has before their eyes: the tab, the messages and the open windows, the top one last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.wording import Wording
from handlers import blocks
from handlers.blocks import Block, HomeTab, Modal, Option
from handlers.requests import Entered

HOME, MESSAGES = "home", "messages"


@dataclass
class File:
    """A file that came with a message. `alternative`: what a picture shows."""

    name: str
    content: bytes
    alternative: str


@dataclass
class Shown:
    """A message, as it reads now. `said`: what the person typed to get it; `key`: of a letter, by which it is found."""

    name: str
    text: Wording
    blocks: Sequence[Block]
    key: str = ""
    said: str = ""
    files: list[File] = field(default_factory=list)


@dataclass
class Opened:
    """An open window: what is in it, what was entered so far, and what is wrong with it.

    `version`: how often it has become another, so that each sending of a form has a name of its own.
    """

    name: str
    modal: Modal
    version: int = 0
    entered: dict[str, Entered] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, Option] = field(default_factory=dict)

    def ask_anew(self, modal: Modal) -> None:
        """Become another window, in which nothing that was entered before still stands."""
        self.entered = {}
        self.ask_still(modal)

    def ask_still(self, modal: Modal) -> None:
        """Become another window, in which a field that was there before keeps what was entered."""
        self.modal, self.errors = modal, {}
        self.version += 1

    def fields(self) -> Iterator[blocks.Field]:
        """Return what there is to fill in."""
        return (block for block in self.modal.blocks if isinstance(block, blocks.Field))


@dataclass
class Screen:
    """One person's screen: what handlers may ask of a front (`handlers.requests.Front`) is asked of it."""

    tab: str = HOME
    home: HomeTab = field(default_factory=lambda: HomeTab(()))
    messages: list[Shown] = field(default_factory=list)
    windows: list[Opened] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def say(self, text: Wording, shown: Sequence[Block], *, key: str = "", said: str = "") -> Shown:
        """Put a message below the others."""
        message = Shown(f"m{next(self._numbers)}", text, shown, key, said)
        self.messages.append(message)
        return message

    def open(self, modal: Modal) -> None:
        """Put a window on top of the others."""
        self.windows.append(Opened(f"w{next(self._numbers)}", modal))

    def window(self, name: str) -> Opened | None:
        """Return an open window."""
        return next((window for window in self.windows if window.name == name), None)

    def message(self, name: str) -> Shown | None:
        """Return a message."""
        return next((message for message in self.messages if message.name == name), None)

    def change_window(self, window_id: str, window: Modal) -> bool:
        """Show something else in an open window; False where the person has closed it."""
        found = self.window(window_id)
        if found:
            found.ask_anew(window)
        return found is not None

    def close(self, window: Opened) -> None:
        """Close a window, and whatever lies on top of it."""
        if window in self.windows:
            del self.windows[self.windows.index(window) :]
