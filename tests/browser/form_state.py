"""What Slack's own page sends for a button or a form, made out of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.workspace import Json, LocalSlackError


def action_of(blocks: Sequence[Json], label: str) -> Json | None:
    """Find a button by its text or action id and make the action that pressing it sends."""
    for number, block in enumerate(blocks):
        for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
            if element.get("type") == "button" and label in {element["text"]["text"], element.get("action_id")}:
                wanted = {name: element.get(name) for name in ("type", "action_id", "value", "text")}
                return wanted | {"block_id": block.get("block_id", f"b{number}")}
    return None


def state_of(view: Json, values: Mapping[str, Any], *, keep_initial: bool) -> dict[str, dict[str, Json]]:
    """Make ``state.values`` out of plain values."""
    left = dict(values)
    entered: dict[str, dict[str, Json]] = {}
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    for block in inputs:
        name = next((n for n in left if n in {block.get("block_id"), block["label"]["text"]}), None)
        if name is None:
            name = next((n for n in left if block["label"]["text"].startswith(n)), None)
        element = block["element"]
        if name is not None:
            answer: Json | None = _answer(element, left.pop(name))
        else:
            answer = _initial(element) if keep_initial else None
        if answer is not None:
            entered.setdefault(block["block_id"], {})[element["action_id"]] = answer
    if left:
        raise LocalSlackError(f"the form has no {', '.join(left)}; it has {[b['label']['text'] for b in inputs]}")
    return entered


def _initial(element: Json) -> Json | None:
    """Return what an untouched input sends in Slack, if it begins with something."""
    names = {
        "initial_value": "value",
        "initial_date": "selected_date",
        "initial_option": "selected_option",
        "initial_options": "selected_options",
    }
    return next(({"type": element["type"], to: element[name]} for name, to in names.items() if name in element), None)


def _answer(element: Json, value: Any) -> Json:
    """Make what an input sends out of a plain value; anything it cannot be made of goes as it is."""
    kind = element["type"]
    if isinstance(value, Mapping):
        return {"type": kind, **value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": str(value)}
    if kind in {"radio_buttons", "static_select"}:
        return {"type": kind, "selected_option": _option(element, str(value))}
    if kind in {"checkboxes", "multi_static_select"}:
        chosen = [value] if isinstance(value, str) else value
        return {"type": kind, "selected_options": [_option(element, str(one)) for one in chosen]}
    return {"type": kind, "value": str(value)}


def _option(element: Json, wanted: str) -> Json:
    options: list[Json] = element.get("options", [])
    for option in options:
        if wanted in {option["text"]["text"], option["value"]}:
            return option
    raise LocalSlackError(f"no choice {wanted!r} among {[option['text']['text'] for option in options]}")
