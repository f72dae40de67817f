"""What went wrong, as a reply: said where the person is looking, and logged by id."""

from collections.abc import Callable, Mapping

from bot import logs
from bot.errors import BadInput, LanyardError, Outsider, Refused
from bot.logs import log, where
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Modal
from handlers.requests import Done, Errors, Home, Kind, Open, Reply, Say, Suggestions, Tell, Update
from handlers.slack import windows
from handlers.slack.incoming import Arrived

_SAID_AS = {Outsider: "outsider", Refused: "refused", LanyardError: "mishap"}  # the first that fits


def told(arrived: Arrived, error: LanyardError) -> Reply:
    """Say what a person can understand and perhaps mend."""
    block = next(block for kind, block in _SAID_AS.items() if isinstance(error, kind))
    fields = error.fields if isinstance(error, BadInput) else {}
    return _said(arrived, str(error), page("router/messages").text(block, message=error), fields)


def unexpected(arrived: Arrived, what: str) -> Reply:
    """Say that something went wrong, and log it by id, without the body: it may hold a child's name."""
    code = logs.code()
    log.error(what, code=code, kind=arrived.kind.value, route=arrived.name, where=where())
    said = page("router/messages").text(what, code=code)
    return _said(arrived, said.replace("*", ""), said, {})  # under a field Slack shows asterisks as they are


def too_late() -> Tell:
    """Say that Slack opens no window any more for what somebody did."""
    return spoken(page("router/messages").text("too_late"))


def _said(arrived: Arrived, plain: str, said: Wording, fields: Mapping[str, str]) -> Reply:
    """Say what went wrong where the person is looking: under the field, in the window, or beside the message."""
    tell = spoken(said)
    inputs = list(windows.ids(arrived.body.get("view") or {}))
    if arrived.kind is Kind.FORM and inputs:
        shown = {name: message for name, message in fields.items() if name in inputs}
        return Errors(shown or {inputs[0]: plain})
    return _TOLD_AS[arrived.kind](tell)


def spoken(said: Wording) -> Tell:
    """Return what goes beside whatever is there."""
    return Tell(text=page("router/messages").text("spoken"), blocks=[blocks.Section(said)])


# Where nothing was typed that could be mended.
_TOLD_AS: Mapping[Kind, Callable[[Say], Reply]] = {
    Kind.COMMAND: lambda told: told,
    Kind.BUTTON: lambda told: told,
    Kind.FORM: lambda told: Update(as_window(told)),
    Kind.SHORTCUT: lambda told: Open(as_window(told)),
    Kind.HOME: lambda told: Home(blocks.HomeTab(tuple(told.blocks))),
    Kind.OPTIONS: lambda _told: Suggestions([]),
    Kind.CLOSED: lambda _told: Done(),  # nobody is looking any more
}


def as_window(reply: Say) -> Modal:
    """Return an answer as a window of its own."""
    return blocks.modal(page("router/messages").text("title"), reply.blocks)
