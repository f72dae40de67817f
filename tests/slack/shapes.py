"""Tables of the Block Kit objects that Lanyard may use, with Slack's limits.

Sources: docs.slack.dev/reference/block-kit and shared notes on limits. What is not in a table is refused: the
bot has no use for markdown, rich_text, table, video or file blocks, and a new one should be a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.slack.rules import (
    ANY_TEXT,
    ID_LIMIT,
    OPTION_TEXT_LIMIT,
    OPTION_VALUE_LIMIT,
    PLAIN,
    Json,
    Rule,
    Shape,
    anything,
    boolean,
    every_option,
    integer,
    iso_date,
    list_of,
    matching,
    only,
    option,
    options,
    string,
    text,
    unique_values,
)

URL = matching(r"https?://\S{1,2990}", "an address of at most 3000 characters")
ID = string(ID_LIMIT)
INPUT_LENGTH = 3000  # characters that a plain_text_input can take
TICKS_LIMIT = 10  # options of a checkbox or radio group

CONFIRM = Shape(
    {"title": text(100), "text": text(300, ANY_TEXT), "confirm": text(30), "deny": text(30)},
    {"style": only("primary", "danger")},
)


def exactly_one(*names: str) -> Rule:
    """Of these fields, one is there and the others are not."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if sum(name in value for name in names) != 1:
            yield f"{path}: needs exactly one of {', '.join(names)}"

    return rule


def at_least_one(*names: str) -> Rule:
    """Of these fields, one or more are there."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if not any(name in value for name in names):
            yield f"{path}: needs {' or '.join(names)}"

    return rule


def initial_among_options(path: str, element: Any) -> Iterator[str]:
    """What is chosen at first must be one of the choices, field for field."""
    choices = every_option(element)
    if "initial_option" in element and element["initial_option"] not in choices:
        yield f"{path}.initial_option: is not one of the options"
    for index, chosen in enumerate(element.get("initial_options") or []):
        if chosen not in choices:
            yield f"{path}.initial_options[{index}]: is not one of the options"


def values_unique_across_groups(path: str, element: Any) -> Iterator[str]:
    """A value may not come twice, in whichever group."""
    if "option_groups" in element:
        yield from unique_values(f"{path}.option_groups", every_option(element))


def ordered(least: str, most: str) -> Rule:
    """The lower bound is not above the upper one."""

    def rule(path: str, value: Any) -> Iterator[str]:
        try:
            wrong = least in value and most in value and float(value[least]) > float(value[most])
        except (TypeError, ValueError):
            wrong = True
        if wrong:
            yield f"{path}: {least} is above {most}"

    return rule


def interactive(required: dict[str, Rule], optional: dict[str, Rule], *also: Rule) -> Shape:
    """An element that a person acts on. Without an action_id of ours nobody could answer it, so it is required."""
    return Shape({"type": anything, "action_id": ID, **required}, optional, also)


FOCUS: dict[str, Rule] = {"focus_on_load": boolean}
PLACEHOLDER: dict[str, Rule] = {"placeholder": text(150)}
ASK: dict[str, Rule] = {"confirm": CONFIRM}
MENU = {**FOCUS, **PLACEHOLDER, **ASK}
MULTI: dict[str, Rule] = {**MENU, "max_selected_items": integer(1, 100)}
TYPED: dict[str, Rule] = {
    **FOCUS,
    **PLACEHOLDER,
    "dispatch_action_config": Shape(
        {"trigger_actions_on": list_of(only("on_enter_pressed", "on_character_entered"), most=2)}
    ),
}
GROUPS = list_of(Shape({"label": text(OPTION_TEXT_LIMIT), "options": options()}), most=100)
CHOICES: dict[str, Rule] = {"options": options(), "option_groups": GROUPS}
LIST_RULES = (exactly_one("options", "option_groups"), initial_among_options, values_unique_across_groups)
TICKS = options(TICKS_LIMIT, ANY_TEXT)
CHOSEN_TICKS = list_of(option(ANY_TEXT), most=TICKS_LIMIT)
CHOSEN = list_of(option(), most=100)
IDS = list_of(ID, most=100)
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:MM")
MIN_QUERY: dict[str, Rule] = {"min_query_length": integer(0, 150)}
CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": boolean, "filter": anything}
NUMBER = matching(r"-?\d+(\.\d+)?", "a number written as a string")
OVERFLOW_OPTION = Shape(
    {"text": text(OPTION_TEXT_LIMIT), "value": string(OPTION_VALUE_LIMIT)},
    {"description": text(OPTION_TEXT_LIMIT), "url": URL},
)

ELEMENTS: dict[str, Shape] = {
    "button": interactive(
        {"text": text(75)},
        {
            **ASK,
            "value": string(2000),
            "url": URL,
            "style": only("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "overflow": interactive(
        {"options": list_of(OVERFLOW_OPTION, most=5)},
        ASK,
        lambda path, value: unique_values(f"{path}.options", value.get("options")),
    ),
    "checkboxes": interactive(
        {"options": TICKS}, {**ASK, **FOCUS, "initial_options": CHOSEN_TICKS}, initial_among_options
    ),
    "radio_buttons": interactive(
        {"options": TICKS}, {**ASK, **FOCUS, "initial_option": option(ANY_TEXT)}, initial_among_options
    ),
    "datepicker": interactive({}, {**MENU, "initial_date": iso_date}),
    "timepicker": interactive({}, {**MENU, "initial_time": TIME, "timezone": string(64)}),
    "datetimepicker": interactive({}, {**ASK, **FOCUS, "initial_date_time": integer(10**9, 10**10 - 1)}),
    "static_select": interactive({}, {**MENU, **CHOICES, "initial_option": option()}, *LIST_RULES),
    "external_select": interactive({}, {**MENU, **MIN_QUERY, "initial_option": option()}),
    "users_select": interactive({}, {**MENU, "initial_user": ID}),
    "channels_select": interactive({}, {**MENU, "initial_channel": ID, "response_url_enabled": boolean}),
    "conversations_select": interactive(
        {}, {**MENU, **CONVERSATIONS, "initial_conversation": ID, "response_url_enabled": boolean}
    ),
    "multi_static_select": interactive({}, {**MULTI, **CHOICES, "initial_options": CHOSEN}, *LIST_RULES),
    "multi_external_select": interactive({}, {**MULTI, **MIN_QUERY, "initial_options": CHOSEN}),
    "multi_users_select": interactive({}, {**MULTI, "initial_users": IDS}),
    "multi_channels_select": interactive({}, {**MULTI, "initial_channels": IDS}),
    "multi_conversations_select": interactive({}, {**MULTI, **CONVERSATIONS, "initial_conversations": IDS}),
    "plain_text_input": interactive(
        {},
        {
            **TYPED,
            "initial_value": string(INPUT_LENGTH, least=0),
            "multiline": boolean,
            "min_length": integer(0, INPUT_LENGTH),
            "max_length": integer(1, INPUT_LENGTH),
        },
        ordered("min_length", "max_length"),
    ),
    "email_text_input": interactive({}, {**TYPED, "initial_value": string(INPUT_LENGTH)}),
    "url_text_input": interactive({}, {**TYPED, "initial_value": URL}),
    "number_input": interactive(
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": NUMBER, "min_value": NUMBER, "max_value": NUMBER},
        ordered("min_value", "max_value"),
    ),
    "file_input": interactive({}, {"filetypes": list_of(string(20), most=100), "max_files": integer(1, 10)}),
    "image": Shape({"type": anything, "image_url": URL, "alt_text": string(2000)}),
}

BLOCK: dict[str, Rule] = {"type": anything}
BLOCK_ID: dict[str, Rule] = {"block_id": ID}
# Elements are checked by block_kit, which knows the surface; here they are only counted.
BLOCKS: dict[str, Shape] = {
    "section": Shape(
        BLOCK,
        {
            **BLOCK_ID,
            "text": text(3000, ANY_TEXT),
            "fields": list_of(text(2000, ANY_TEXT), most=10),
            "accessory": anything,
            "expand": boolean,
        },
        (at_least_one("text", "fields"),),
    ),
    "actions": Shape({**BLOCK, "elements": list_of(anything, most=25)}, BLOCK_ID),
    "context": Shape({**BLOCK, "elements": list_of(anything, most=10)}, BLOCK_ID),
    "header": Shape({**BLOCK, "text": text(150)}, BLOCK_ID),
    "divider": Shape(BLOCK, BLOCK_ID),
    "image": Shape({**BLOCK, "image_url": URL, "alt_text": string(2000)}, {**BLOCK_ID, "title": text(2000)}),
    "input": Shape(
        {**BLOCK, "label": text(2000), "element": anything},
        {**BLOCK_ID, "hint": text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
}

CONTEXT_TEXT = text(3000, ANY_TEXT)

_PICKERS = {"datepicker", "timepicker"}
_MENUS = {"static_select", "external_select", "users_select", "channels_select", "conversations_select"}
_MULTI_MENUS = {f"multi_{menu}" for menu in _MENUS}
_GROUPS = {"checkboxes", "radio_buttons"}
_TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}

ELEMENTS_IN: dict[str, frozenset[str]] = {
    "section": frozenset({"button", "overflow", "image", *_PICKERS, *_MENUS, *_MULTI_MENUS, *_GROUPS}),
    "actions": frozenset({"button", "overflow", "datetimepicker", *_PICKERS, *_MENUS, *_GROUPS}),
    "context": frozenset({"image"}),
    "input": frozenset({"datetimepicker", "file_input", *_PICKERS, *_MENUS, *_MULTI_MENUS, *_GROUPS, *_TYPED}),
}
MODAL_ONLY = frozenset({"file_input", "email_text_input", "url_text_input", "number_input"})
BLOCKS_ON: dict[str, frozenset[str]] = {
    "modal": frozenset(BLOCKS),
    "home": frozenset(BLOCKS),
    # Slack lets messages hold input blocks, but they cannot be submitted: a person would type for nothing.
    "message": frozenset(BLOCKS) - {"input"},
}

VIEW: dict[str, Rule] = {
    "type": anything,
    "blocks": anything,
    "private_metadata": string(3000, least=0),
    "callback_id": ID,
    "external_id": ID,
}
_VIEW_REQUIRED = {"type": VIEW["type"], "blocks": VIEW["blocks"]}
_VIEW_OPTIONAL = {name: rule for name, rule in VIEW.items() if name not in _VIEW_REQUIRED}
VIEWS: dict[str, Shape] = {
    "modal": Shape(
        {**_VIEW_REQUIRED, "title": text(24)},
        {
            **_VIEW_OPTIONAL,
            "submit": text(24),
            "close": text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": Shape(_VIEW_REQUIRED, _VIEW_OPTIONAL),
}

__all__ = [
    "BLOCKS",
    "BLOCKS_ON",
    "CONTEXT_TEXT",
    "ELEMENTS",
    "ELEMENTS_IN",
    "MODAL_ONLY",
    "PLAIN",
    "VIEWS",
    "Json",
]
