"""What a handler is given, and what it may answer: Slack's payloads in the house's own words, free of Bolt."""

import enum
import json
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
from handlers import windows
from handlers.blocks import Block, View

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


class Slack(Protocol):
    """What handlers may ask of Slack itself, beyond answering."""

    def download(self, file: Mapping[str, Any]) -> bytes:
        """Return the content of a file that was sent in a form. Raises BadFile, Busy."""

    def update_view(self, view_id: str, view: View) -> bool:
        """Replace an open view; False where the person has closed it."""


@dataclass(frozen=True)
class Request:
    """One thing that one member of staff asks. Nothing in it is to be trusted but `context`."""

    kind: Kind
    name: str
    context: Context
    body: Mapping[str, Any]
    slack: Slack
    place_is_private: Callable[[], bool]

    @property
    def person(self) -> Person:
        """Return who asks: verified with Slack, and staff of this school."""
        if self.context.actor is None:
            raise Outsider("Nobody is asking.")
        return self.context.actor.person

    @property
    def school(self) -> School:
        """Return the school."""
        return self.context.school

    @cached_property
    def text(self) -> str:
        """Return what was typed after a command."""
        return _storable(str(self.body.get("text") or "")).strip()

    @cached_property
    def action(self) -> Mapping[str, Any]:
        """Return the pressed element."""
        return dict(self.body["actions"][0])

    @cached_property
    def value(self) -> str:
        """Return the value of the pressed button or of the chosen option; "" without one."""
        chosen = self.action.get("selected_option") or self.action
        return _storable(chosen.get("value") or self.action.get("selected_date") or "")

    @cached_property
    def typed(self) -> str:
        """Return what was typed so far into a picker."""
        return _storable(self.body.get("value") or "")

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

    @property
    def view(self) -> Mapping[str, Any]:
        """Return the view that was sent or in which something was pressed; {} outside a view."""
        return self.body.get("view") or {}

    @property
    def is_in_window(self) -> bool:
        """Tell whether something was pressed in a form or window, and not in a message or on the Home tab."""
        return self.view.get("type") == "modal"

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Return what a view was given to bring back. Raises BadInput for anything but an object."""
        try:
            kept = json.loads(self.view.get("private_metadata") or "{}")
        except (ValueError, RecursionError) as error:
            raise BadInput(OLD_FORM) from error
        if not isinstance(kept, dict):
            raise BadInput(OLD_FORM)
        return kept

    def kept(self, name: str) -> str:
        """Return one text that the view brought back. Raises BadInput where it is missing."""
        if not isinstance(self.metadata.get(name), str):
            raise BadInput(OLD_FORM)
        return _storable(self.metadata[name])

    def kept_number(self, name: str) -> int:
        """Return one number that the view brought back. Raises BadInput where it is missing."""
        return read_number(self.metadata.get(name), OLD_FORM)

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """Return field name → what was entered: text, a choice, a list of choices or files, a date; "" where blank.

        Raises BadInput for a choice that the form did not offer.
        """
        entered = {
            windows.name(block_id): _entered(element)
            for block_id, elements in ((self.view.get("state") or {}).get("values") or {}).items()
            for element in elements.values()
        }
        for block in windows.inputs(self.view):
            name, element = windows.name(block["block_id"]), block["element"]
            # Some Slack-alikes send nothing for an input that was left as it was shown.
            needed = not block.get("optional") and not entered.get(name)
            if needed or name not in entered:
                entered[name] = _initial(element)
            if entered[name] and not windows.was_offered(element, entered[name]):
                raise BadInput(windows.NOT_OFFERED, fields={name: windows.NOT_OFFERED})
        return entered

    @property
    def press_id(self) -> str:
        """Return one name for one press of a button, so that a press delivered twice is done once."""
        return f"{self.person.person_id}:{self.action['action_ts']}"

    @property
    def request_id(self) -> str:
        """Return one name for one sending of a form, so that a form delivered twice is done once."""
        return f"{self.view.get('id', '')}:{self.view.get('hash', '')}"


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


def _entered(element: Mapping[str, Any]) -> Any:
    if element["type"] == "file_input":
        return element.get("files") or []
    if "selected_options" in element:
        return [_storable(chosen["value"]) for chosen in element["selected_options"] or ()]
    if element.get("selected_option"):
        return _storable(element["selected_option"]["value"])
    return _storable(element.get("value") or element.get("selected_date") or "")


def _storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and halves of surrogate pairs. Nobody can see them."""
    return _NO_TEXT.sub("", text)


_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def _initial(element: Mapping[str, Any]) -> Any:
    if element.get("initial_option"):
        return element["initial_option"]["value"]
    if element.get("initial_options"):
        return [chosen["value"] for chosen in element["initial_options"]]
    return element.get("initial_value") or element.get("initial_date") or ""


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

    view: View


@dataclass(frozen=True)
class Update:
    """The view that was sent or pressed in, changed."""

    view: View


@dataclass(frozen=True)
class Push:
    """One more view on top of the one that was sent."""

    view: View


@dataclass(frozen=True)
class Errors:
    """Messages under the fields of a form: block name → message."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """The form is closed; nothing more to say."""


@dataclass(frozen=True)
class Suggestions:
    """Choices for a picker."""

    options: Sequence[Block]


@dataclass(frozen=True)
class Home:
    """The Home tab of the person who asks."""

    view: View


@dataclass(frozen=True)
class Later:
    """Answer now; then, when Slack has its answer, do the slow rest."""

    reply: "Reply"
    job: Callable[[], None]


Reply = Say | Tell | Open | Update | Push | Errors | Done | Suggestions | Home | Later


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
