"""Does what the handlers answer, on the screen of the person who asked; and answers for them where they cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import BadInput, LanyardError, Outsider, Refused
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import HomeTab, Modal
from handlers.requests import Done, Errors, Home, Kind, Noted, Open, Push, Reply, Say, Suggestions, Tell, Update
from tests.renderer.screens import Opened, Screen, Shown

SAID = page("router/messages")
MOST_WINDOWS = 3  # on top of each other, as in Slack


@dataclass(frozen=True)
class Asked:
    """One thing that one person did, and where."""

    who: str
    screen: Screen
    kind: Kind
    name: str
    window: Opened | None = None
    message: Shown | None = None
    text: str = ""
    value: str = ""
    typed: str = ""


def _say(asked: Asked, reply: Say) -> None:
    if asked.kind is Kind.COMMAND:
        asked.screen.say(reply.text, reply.blocks, said=f"{asked.name} {asked.text}".strip())
    elif asked.message is None:
        _open(asked, Open(_as_window(reply)))
    elif isinstance(reply, Tell):
        asked.screen.say(reply.text, reply.blocks)
    else:
        asked.message.text, asked.message.blocks = reply.text, reply.blocks


def _open(asked: Asked, reply: Open | Push) -> None:
    if asked.window and (asked.window.modal.gives_way or len(asked.screen.windows) >= MOST_WINDOWS):
        asked.window.ask_anew(reply.view)
    else:
        asked.screen.open(reply.view)


def _update(asked: Asked, reply: Update) -> None:
    if asked.window is None:  # pressed where nothing of the kind is shown
        asked.screen.open(reply.view)
    elif asked.kind is Kind.FORM:
        asked.window.ask_anew(reply.view)
    else:
        asked.window.ask_still(reply.view)


def _errors(asked: Asked, reply: Errors) -> None:
    first = next(iter(reply.fields.values()))
    names = [field.name for field in asked.window.fields()] if asked.window else []
    if asked.window is None or not names:  # nothing is asked there under which it could stand
        _update(asked, Update(_as_window(_spoken(SAID.text("mishap", message=first)))))
        return
    asked.window.errors = {name: said for name, said in reply.fields.items() if name in names} or {names[0]: first}


def _done(asked: Asked, _reply: Done) -> None:
    if asked.kind is Kind.FORM and asked.window:
        asked.screen.close(asked.window)


def _home(asked: Asked, reply: Home) -> None:
    asked.screen.home = reply.view


REPLIES: Mapping[type, Callable[[Asked, Any], None]] = {
    Say: _say,
    Tell: _say,
    Open: _open,
    Push: _open,
    Update: _update,
    Errors: _errors,
    Done: _done,
    Noted: lambda _asked, _reply: None,
    Suggestions: lambda _asked, _reply: None,
    Home: _home,
}


# ── errors → replies ───────────────────────────────────────────────────────────────────────────────────────────────

_SAID_AS = {Outsider: "outsider", Refused: "refused", LanyardError: "mishap"}  # the first that fits


def mishap(asked: Asked, error: LanyardError) -> Reply:
    """Return what is answered where something was refused or has to be mended."""
    block = next(block for kind, block in _SAID_AS.items() if isinstance(error, kind))
    fields = error.fields if isinstance(error, BadInput) else {}
    return told(asked, SAID.text(block, message=error), fields or {"": str(error)})


def told(asked: Asked, said: Wording, fields: Mapping[str, str]) -> Reply:
    """Say what went wrong where the person is looking: under a field, in the window, or beside the message."""
    if asked.kind is Kind.FORM and asked.window and any(asked.window.fields()):
        return Errors(fields)
    return _TOLD_AS[asked.kind](_spoken(said))


def _spoken(said: Wording) -> Tell:
    return Tell(text=SAID.text("spoken"), blocks=[blocks.Section(said)])


def _as_window(reply: Say) -> Modal:
    return blocks.modal(SAID.text("title"), reply.blocks)


_TOLD_AS: Mapping[Kind, Callable[[Say], Reply]] = {
    Kind.COMMAND: lambda told: told,
    Kind.BUTTON: lambda told: told,
    Kind.FORM: lambda told: Update(_as_window(told)),
    Kind.SHORTCUT: lambda told: Open(_as_window(told)),
    Kind.HOME: lambda told: Home(HomeTab(tuple(told.blocks))),
    Kind.OPTIONS: lambda _told: Suggestions([]),
    Kind.CLOSED: lambda _told: Done(),  # nobody is looking any more
}
