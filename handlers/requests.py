"""What a handler is given, and what it may answer, in the house's own words: no front's."""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from bot.context import Context
from bot.errors import BadInput, Outsider
from bot.rules.people import Person
from bot.rules.school import Role, School
from bot.wording import Wording
from handlers.blocks import Block, HomeTab, Modal, Option

OLD_BUTTON = "That button is out of date."
OLD_FORM = "That form is out of date. Please open it again."
EVERYONE = frozenset({Role.STAFF})  # every full member of the workspace (policy §2.2)


Choice = TypeVar("Choice", bound=enum.Enum)


class Kind(enum.Enum):
    """The ways in which somebody can ask the bot for something."""

    COMMAND = "command"
    BUTTON = "button"  # any press or choice inside a message, a form or the Home tab
    FORM = "form"
    CLOSED = "closed form"
    OPTIONS = "options"
    SHORTCUT = "shortcut"
    HOME = "home"


class Front(Protocol):
    """What handlers may ask of the front itself, beyond answering."""

    def change_window(self, window_id: str, window: Modal) -> bool:
        """Show something else in an open window; False where the person has closed it. Raises Busy."""


@dataclass(frozen=True, slots=True)
class Window:
    """The form or private window that was sent or in which something was pressed. `form`: the route it is sent by."""

    window_id: str
    form: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent in a form; `fetch` returns its content, and raises BadFile, Busy, Misconfigured."""

    name: str
    fetch: Callable[[], bytes]


Entered = str | list[str] | list[SentFile]


@dataclass(frozen=True)
class Request:
    """One thing that one member of staff asks. Nothing in it is to be trusted but `context`.

    `text`: what was typed after a command; `value`: of the pressed button or the chosen option; `typed`: so far, into a
    picker; `window`: None outside one; `metadata`: what the window was given to bring back. `pressed_at`: the
    moment of a press, as the front names it; `request_id`: one name for one sending of a form, so that a form delivered
    twice is done once.
    `entered`: reads what a form holds.
    """

    kind: Kind
    name: str
    context: Context
    front: Front
    place_is_private: Callable[[], bool]
    entered: Callable[[], Mapping[str, Entered]]
    text: str = ""
    value: str = ""
    typed: str = ""
    window: Window | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    pressed_at: str = ""
    request_id: str = ""

    @property
    def person(self) -> Person:
        """Return who asks: verified with the front, and staff of this school."""
        if self.context.actor is None:
            raise Outsider("Nobody is asking.")
        return self.context.actor.person

    @property
    def school(self) -> School:
        """Return the school."""
        return self.context.school

    @property
    def is_in_window(self) -> bool:
        """Return whether something was pressed in a form or window, and not in a message or on the Home tab."""
        return self.window is not None

    @property
    def window_id(self) -> str:
        """Return the id of the form or window in which somebody is; "" outside one."""
        return self.window.window_id if self.window else ""

    def window_of(self, form: str) -> str:
        """Return the id of the window that is sent by this route, if that is where somebody is; else ""."""
        return self.window.window_id if self.window and self.window.form == form else ""

    def show(self, window: Modal) -> bool:
        """Show something else in the window in which somebody is; False where they have closed it. Raises Busy."""
        return self.window is not None and self.front.change_window(self.window.window_id, window)

    @property
    def press_id(self) -> str:
        """Return one name for one press of a button, so that a press delivered twice is done once."""
        return f"{self.person.person_id}:{self.pressed_at}"

    def number(self) -> int:
        """Return the number in the value of the pressed button. Raises BadInput."""
        return read_number(self.value)

    def record(self) -> tuple[int, str]:
        """Return the record that the pressed button opens: its number, and the token, "" on an old one. BadInput."""
        number, _, token = self.value.partition(":")
        return read_number(number), token

    def numbers(self, count: int) -> list[int]:
        """Return the `count` numbers in the value, parted by colons; 0 for each that is left out. Raises BadInput."""
        written = self.value.split(":")
        if len(written) > count:
            raise BadInput(OLD_BUTTON)
        return [*map(read_number, written), *([0] * (count - len(written)))]

    def kept(self, name: str) -> str:
        """Return one text that the window brought back. Raises BadInput where it is missing."""
        if not isinstance(self.metadata.get(name), str):
            raise BadInput(OLD_FORM)
        return str(self.metadata[name])

    def kept_number(self, name: str) -> int:
        """Return one number that the window brought back. Raises BadInput where it is missing."""
        return read_number(self.metadata.get(name), OLD_FORM)

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """Return field name → what was entered: text, a choice, a list of choices or files, a date; "" where blank.

        Raises BadInput for a choice that the form did not offer.
        """
        return self.entered()


def read_number(written: object, otherwise: str = OLD_BUTTON) -> int:
    """Read a record's number as it was brought back: at most nine digits, which every database takes. Raises BadInput.

    `otherwise`: what to say instead.
    """
    # Not str.isdigit, which takes "²", and not \d, which takes the digits of every script.
    if not re.fullmatch("[0-9]{1,9}", str(written)):
        raise BadInput(otherwise)
    return int(str(written))


def read_choice(choices: type[Choice], written: object, otherwise: str = OLD_FORM) -> Choice:
    """Read one of a few choices as it was brought back. Raises BadInput. `otherwise`: what to say instead."""
    try:
        return choices(written)
    except ValueError as error:
        raise BadInput(otherwise) from error


# ── what a handler may answer ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Say:
    """A private message, in place of the one whose button was pressed, if any."""

    text: Wording  # for screen readers and notifications: no pupil's details
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Tell(Say):
    """A private message beside whatever is there: nothing that was shown goes away."""


@dataclass(frozen=True)
class Open:
    """A form or private window on top of whatever is there."""

    view: Modal


@dataclass(frozen=True)
class Update:
    """The view that was sent or pressed in, changed."""

    view: Modal


@dataclass(frozen=True)
class Push:
    """One more view on top of the one that was sent."""

    view: Modal


@dataclass(frozen=True)
class Errors:
    """Messages under the fields of a form: block name → message."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """The form is closed; nothing more to say."""


@dataclass(frozen=True)
class Noted:
    """Nothing to say, and nothing to show anew."""


@dataclass(frozen=True)
class Suggestions:
    """Choices for a picker."""

    options: Sequence[Option]


@dataclass(frozen=True)
class Home:
    """The Home tab of the person who asks."""

    view: HomeTab


@dataclass(frozen=True)
class Later:
    """Answer now; then, when Slack has its answer, do the slow rest."""

    reply: "Reply"
    job: Callable[[], None]


Reply = Say | Tell | Open | Update | Push | Errors | Done | Noted | Suggestions | Home | Later


@dataclass(frozen=True)
class Route:
    """One way in. `roles` has no default: whoever adds a way in says who may use it."""

    kind: Kind
    name: str
    roles: frozenset[Role]
    handle: Callable[[Request], Reply]
    summary: str = field(default="")  # for the manifest and the help, commands and shortcuts only
    usage: str = field(default="")


def command(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply], summary: str, usage: str) -> Route:
    """Declare a slash command."""
    return Route(Kind.COMMAND, name, roles, handle, summary, usage)


def button(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply]) -> Route:
    """Declare a button, a picker in a message or anything else that is pressed."""
    return Route(Kind.BUTTON, name, roles, handle)


def form(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply]) -> Route:
    """Declare a form that is sent."""
    return Route(Kind.FORM, name, roles, handle)


def closed(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply]) -> Route:
    """Declare what happens when a form is closed without sending it."""
    return Route(Kind.CLOSED, name, roles, handle)


def options(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply]) -> Route:
    """Declare a picker's suggestions."""
    return Route(Kind.OPTIONS, name, roles, handle)


def shortcut(name: str, roles: frozenset[Role], handle: Callable[[Request], Reply], summary: str) -> Route:
    """Declare a global shortcut."""
    return Route(Kind.SHORTCUT, name, roles, handle, summary)
