"""Finding what a person can press, by what they see, and what Slack sends when they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.slack.block_kit import elements_of
from tests.slack.forms import KINDS, Field, Forged, choose, entered_state
from tests.slack.reading import block_text, plain
from tests.slack.rules import Json, every_option

_ECHOED = ("text", "value", "style", "placeholder", "confirm", "initial_option", "initial_options", "initial_date")
Offered = Callable[[Json, Json], list[Json]]  # (block, element) → options that type-ahead has brought up


@dataclass(frozen=True)
class Control:
    """Something to press or choose from. `choice`: the option, if that is what was named."""

    block: Json
    element: Json
    choice: Any = None


def pressable(blocks: list[Json]) -> Iterator[Control]:
    """Every control that sends an action at once. Inputs only do so with dispatch_action."""
    for _, block, element in elements_of(blocks):
        if element["type"] != "image" and (block["type"] != "input" or block.get("dispatch_action")):
            yield Control(block, element)


def button_labels(blocks: list[Json]) -> list[str]:
    """The texts of all buttons, from top to bottom."""
    return [plain(one.element["text"]) for one in pressable(blocks) if one.element["type"] == "button"]


def find_control(blocks: list[Json], name: str, value: Any, offered: Offered, *, near: str | None = None) -> Control:
    """The control with this label, action_id, or option text. Raises AssertionError if none or several fit.

    `near`: words that stand above it or beside it. `value` tells apart buttons with the same label.
    """
    controls = list(pressable(_from(blocks, near)))
    searches: tuple[Callable[[Control], Control | None], ...] = (
        lambda one: one if one.element["action_id"] == name else None,
        lambda one: one if name in _labels(one) else None,
        lambda one: _with_option(one, name, offered),
        lambda one: one if any(label.startswith(name) for label in _labels(one)) else None,
    )
    for search in searches:
        found = [hit for one in controls if (hit := search(one))]
        if len(found) > 1 and value is not None:
            found = [one for one in found if one.element.get("value") == value] or found
        if len(found) == 1 or (found and near):
            return found[0]
        if found:
            raise AssertionError(f"{len(found)} controls answer to {name!r}; say value= or near=")
    raise AssertionError(f"nothing to press is called {name!r}; there is {[_labels(one) for one in controls]}")


def action_of(control: Control, value: Any, field: Field, state: Json | None) -> Json:
    """One entry of `actions` in a block_actions payload, without its action_ts.

    `value`: what is chosen; for a button, a forged value. `state`: what the element holds now.
    """
    element, block = control.element, control.block
    action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    action |= {name: element[name] for name in _ECHOED if name in element}
    if element["type"] == "button":
        forged = value.value if isinstance(value, Forged) else value
        return action if forged is None else action | {"value": forged}
    wanted = control.choice if control.choice is not None else value
    if element["type"] == "overflow":
        return action | {"selected_option": choose(field, wanted)}
    if element["type"] == "checkboxes" and control.choice is not None:
        wanted = _toggled(state, control.choice)
    return action | entered_state(field, wanted)


def _toggled(state: Json | None, choice: Json) -> list[Json]:
    """A click on one tick box changes that one and leaves the others."""
    ticked: list[Json] = (state or {}).get("selected_options") or []
    return [one for one in ticked if one != choice] if choice in ticked else [*ticked, choice]


def _from(blocks: list[Json], near: str | None) -> list[Json]:
    """The blocks from the one that holds these words on."""
    if near is None:
        return blocks
    for index, block in enumerate(blocks):
        if near in block_text(block) or any(near in plain(one) for one in block.get("elements") or []):
            return blocks[index:]
    raise AssertionError(f"nothing shown says {near!r}")


def _labels(control: Control) -> list[str]:
    element = control.element
    if element["type"] == "button":
        return [plain(element["text"])]
    own = [plain(element.get("placeholder")), block_text(control.block)]
    return [label for label in own if label]


def _with_option(control: Control, name: str, offered: Offered) -> Control | None:
    """The control with the option chosen, if it has one with this text."""
    element = control.element
    if element["type"] not in KINDS and element["type"] != "overflow":
        return None
    for option in [*every_option(element), *offered(control.block, element)]:
        if plain(option["text"]) == name:
            return Control(control.block, element, option)
    return None
