"""Whether a payload has the shape of what Slack sends: everything that is read of it, and no more.

Slack signs what it sends, and sends nothing else; whatever has another shape is refused in one place, and nothing
behind the router has to ask again whether a view is one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from handlers.requests import Kind

Shape = Callable[[Any], bool]

# Slack's own ids, handles and times: nothing that no database or address could hold.
_ID = re.compile(r"[!-~]{1,255}")
_MOMENT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")  # seconds


def is_sound(kind: Kind, body: Mapping[str, Any]) -> bool:
    """Return whether a payload of this kind can be read."""
    return _KINDS[kind](body)


def is_event(event: object) -> bool:
    """Return whether something is an event."""
    return _BLOCK(event)


def is_change(body: object) -> bool:
    """Return whether an event brings the user object of whoever has changed."""
    return _CHANGE(body)


def is_message(body: object) -> bool:
    """Return whether an event brings a message that somebody wrote somewhere."""
    return _MESSAGE(body)


def is_envelope(told: object) -> bool:
    """Return whether something that came over Socket Mode's line brings a payload."""
    return _ENVELOPE(told)


def is_account(user: object) -> bool:
    """Return whether something is the user object of an account."""
    return _ACCOUNT(user)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _moment(value: object) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def _each(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _named(shape: Shape) -> Shape:
    return lambda value: isinstance(value, dict) and all(map(shape, value.values()))


def _object(needed: Mapping[str, Shape], **others: Shape) -> Shape:
    """Return the shape of an object. `others`: what may be left out, or be null."""
    asked = [(name, shape, True) for name, shape in needed.items()]
    asked += [(name, shape, False) for name, shape in others.items()]

    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        for name, shape, is_needed in asked:
            found = value.get(name)
            if (is_needed or found is not None) and not shape(found):
                return False
        return True

    return fits


_OPTION = _object({"value": _text})
_CHOICE = _object({}, value=_text)  # of a picker of people or channels: without a value
_ENTERED = _object(
    {"type": _text},
    value=_text,
    selected_date=_text,
    selected_option=_OPTION,
    selected_options=_each(_OPTION),
    files=_each(_object({}, name=_text, url_private=_text, url_private_download=_text)),
)
_ELEMENT = _object(
    {"type": _text},
    options=_each(_OPTION),
    option_groups=_each(_object({"options": _each(_OPTION)})),
    initial_option=_OPTION,
    initial_options=_each(_OPTION),
    initial_value=_text,
    initial_date=_text,
)
_INPUT = _object({"block_id": _text, "element": _ELEMENT})
_BLOCK = _object({"type": _text})
_VIEW = _object(
    {"id": _id, "type": _text, "hash": _id},
    callback_id=_text,
    private_metadata=_text,
    state=_object({}, values=_named(_named(_ENTERED))),
    blocks=_each(lambda block: _BLOCK(block) and (block["type"] != "input" or _INPUT(block))),
)
_ACTION = _object({"action_id": _text, "action_ts": _moment}, value=_text, selected_option=_CHOICE, selected_date=_text)
_PERSON = _object({"id": _id}, team_id=_id)
_PLACE: Mapping[str, Shape] = {
    "team": _object({"id": _id}),
    "channel": _object({"id": lambda value: value == "" or _id(value)}),  # Home has none
    "view": _VIEW,
    "response_url": lambda url: _id(url) and url.startswith(("https://", "http://")),
}
_ACCOUNT = _object(
    {"id": _id},
    team_id=_id,
    real_name=_text,
    profile=_object({}, email=_text, real_name=_text),
    enterprise_user=_object({}, teams=_each(_id)),
)
_CHANGE = _object({"team_id": _id, "event": _object({"user": _ACCOUNT})})
_ENVELOPE = _object({"envelope_id": _id, "type": _text, "payload": lambda body: isinstance(body, dict)})
_MESSAGE = _object({"team_id": _id, "event": _object({"user": _id, "channel": _id}, channel_type=_text, subtype=_text)})
_KINDS: Mapping[Kind, Shape] = {
    Kind.COMMAND: _object(
        {"command": _text, "team_id": _id, "user_id": _id, "trigger_id": _id},
        channel_id=_id,
        response_url=_PLACE["response_url"],
    ),
    Kind.BUTTON: _object(
        {"user": _PERSON, "trigger_id": _id, "actions": lambda pressed: _each(_ACTION)(pressed) and bool(pressed)},
        **_PLACE,
    ),
    Kind.FORM: _object({"user": _PERSON, "view": _VIEW}, team=_PLACE["team"]),
    Kind.CLOSED: _object({"user": _PERSON, "view": _VIEW}, team=_PLACE["team"]),
    Kind.OPTIONS: _object({"user": _PERSON, "action_id": _text}, value=_text, **_PLACE),
    Kind.SHORTCUT: _object({"user": _PERSON, "callback_id": _text, "trigger_id": _id}, **_PLACE),
    Kind.HOME: _object({"team_id": _id, "event": _object({"user": _id})}),
}
