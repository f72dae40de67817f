"""Draws what people see as Slack's Block Kit, within Slack's limits: what is too long for its place is shortened."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.wording import Wording, page
from handlers import blocks as shapes
from handlers.blocks import Block, Element, HomeTab, Modal, cut

Drawn = dict[str, Any]

# Letters. https://docs.slack.dev/reference/block-kit/blocks and …/block-elements
SECTION, HEADER, TITLE, BUTTON, OPTION, LABEL, PLACEHOLDER, SPOKEN = 3000, 150, 24, 75, 75, 2000, 150, 75
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
WINDOW_BLOCKS = 100
GIVES_WAY = "gives-way"  # the name of a window whose place is taken by what is opened from it; no route's


def message(blocks: Sequence[Block]) -> list[Drawn]:
    """Return the blocks of a message."""
    return [_BLOCKS[type(each)](each) for each in blocks]


def view(shown: Modal | HomeTab) -> Drawn:
    """Return a form, a private window or the Home tab."""
    if isinstance(shown, HomeTab):
        return {"type": "home", "blocks": message(shown.blocks[:WINDOW_BLOCKS])}
    drawn: Drawn = {"type": "modal", "title": _plain(shown.title, TITLE), "blocks": message(_at_most(shown.blocks))}
    drawn["close"] = _plain(shown.close, TITLE)
    if shown.form or shown.gives_way:
        drawn["callback_id"] = shown.form or GIVES_WAY
    if shown.submit:
        drawn["submit"] = _plain(shown.submit, TITLE)
    if shown.tell_when_closed:
        drawn["notify_on_close"] = True
    if shown.metadata:
        drawn["private_metadata"] = json.dumps(dict(shown.metadata), ensure_ascii=False, separators=(",", ":"))
    return drawn


def options(found: Sequence[shapes.Option]) -> list[Drawn]:
    """Return the choices that a picker offers."""
    return [_option(each) for each in found]


def _at_most(blocks: Sequence[Block]) -> Sequence[Block]:
    """Leave out the last of what is only read, and say so: what can be filled in or pressed has to stay."""
    if len(blocks) <= WINDOW_BLOCKS:
        return blocks
    read = [place for place, block in enumerate(blocks) if not isinstance(block, shapes.Field | shapes.Actions)]
    left_out = set(read[-(len(blocks) + 1 - WINDOW_BLOCKS) :])
    shown = [block for place, block in enumerate(blocks) if place not in left_out]
    return [*shown, shapes.Context(page("router/messages").text("left_out"))]


def _plain(text: Wording, limit: int) -> Drawn:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def _mrkdwn(text: Wording) -> Drawn:
    # `verbatim`: Slack must not turn what it takes for an address into a link.
    return {"type": "mrkdwn", "text": cut(text, SECTION), "verbatim": True}


def _named(drawn: Drawn, name: str) -> Drawn:
    if name:
        drawn["block_id"] = name
    return drawn


# ── blocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _section(block: shapes.Section) -> Drawn:
    drawn: Drawn = {"type": "section", "text": _mrkdwn(block.text)}
    if block.accessory:
        drawn["accessory"] = _element(block.accessory)
    return _named(drawn, block.name)


def _field(block: shapes.Field) -> Drawn:
    drawn: Drawn = {"type": "input", "block_id": block.name, "label": _plain(block.label, LABEL)}
    drawn["element"] = _element(block.element)
    if block.hint:
        drawn["hint"] = _plain(block.hint, LABEL)
    if block.optional:
        drawn["optional"] = True
    if block.saves:
        drawn["dispatch_action"] = True
        if not isinstance(block.element, shapes.Suggest):  # which is asked for suggestions under the same name
            drawn["element"]["action_id"] = f"{block.saves}:{block.name}"
    return drawn


def _actions(block: shapes.Actions) -> Drawn:
    return _named({"type": "actions", "elements": [_element(each) for each in block.elements]}, block.name)


_BLOCKS: Mapping[type, Callable[[Any], Drawn]] = {
    shapes.Section: _section,
    shapes.Header: lambda block: {"type": "header", "text": _plain(block.text, HEADER)},
    shapes.Context: lambda block: {"type": "context", "elements": [_mrkdwn(block.text)]},
    shapes.Divider: lambda _block: {"type": "divider"},
    shapes.Actions: _actions,
    shapes.Field: _field,
}


# ── elements ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _element(element: Element) -> Drawn:
    return _ELEMENTS[type(element)](element)


def _option(option: shapes.Option) -> Drawn:
    drawn: Drawn = {"text": _plain(option.text, OPTION), "value": option.value}
    if option.description:
        drawn["description"] = _plain(option.description, OPTION)
    return drawn


def _button(button: shapes.Button) -> Drawn:
    drawn: Drawn = {"type": "button", "text": _plain(button.text, BUTTON), "action_id": button.action}
    if button.value:
        drawn["value"] = button.value
    if button.style:
        drawn["style"] = button.style
    if button.confirm:
        drawn["confirm"] = _confirm(button.confirm)
    if button.spoken:
        drawn["accessibility_label"] = cut(button.spoken, SPOKEN)
    return drawn


def _confirm(sure: shapes.Confirm) -> Drawn:
    return {
        "title": _plain(sure.title, CONFIRM_TITLE),
        "text": _plain(sure.text, CONFIRM_TEXT),
        "confirm": _plain(sure.yes, CONFIRM_BUTTON),
        "deny": _plain(sure.no, CONFIRM_BUTTON),
    }


def _choose(choose: shapes.Choose) -> Drawn:
    drawn: Drawn = {"type": "static_select" if choose.is_list else "radio_buttons", "action_id": choose.action}
    drawn["options"] = options(choose.options)
    if choose.placeholder:
        drawn["placeholder"] = _plain(choose.placeholder, PLACEHOLDER)
    chosen = next((each for each in drawn["options"] if each["value"] == choose.initial), None)
    if chosen:
        drawn["initial_option"] = chosen
    return drawn


def _tick(tick: shapes.Tick) -> Drawn:
    drawn: Drawn = {"type": "checkboxes", "action_id": tick.action, "options": options(tick.options)}
    ticked = [each for each in drawn["options"] if each["value"] in tick.initial]
    if ticked:
        drawn["initial_options"] = ticked
    return drawn


def _suggest(suggest: shapes.Suggest) -> Drawn:
    drawn: Drawn = {
        "type": "multi_external_select" if suggest.several else "external_select",
        "action_id": suggest.action,
        "placeholder": _plain(suggest.placeholder, PLACEHOLDER),
        "min_query_length": 1,
    }
    if suggest.several and suggest.most:
        drawn["max_selected_items"] = suggest.most
    if suggest.initial:
        initial = options(suggest.initial)
        drawn["initial_options" if suggest.several else "initial_option"] = initial if suggest.several else initial[0]
    return drawn


def _write(write: shapes.Write) -> Drawn:
    drawn: Drawn = {"type": "plain_text_input", "action_id": write.action, "multiline": write.lines}
    drawn["max_length"] = write.most
    if write.least:
        drawn["min_length"] = write.least
    if write.initial:
        drawn["initial_value"] = write.initial[: write.most]
    if write.placeholder:
        drawn["placeholder"] = _plain(write.placeholder, PLACEHOLDER)
    return drawn


def _pick_day(day: shapes.PickDay) -> Drawn:
    drawn: Drawn = {"type": "datepicker", "action_id": day.action}
    if day.initial:
        drawn["initial_date"] = day.initial
    return drawn


def _upload(upload: shapes.Upload) -> Drawn:
    return {"type": "file_input", "action_id": upload.action, "filetypes": list(upload.kinds), "max_files": 1}


_ELEMENTS: Mapping[type, Callable[[Any], Drawn]] = {
    shapes.Button: _button,
    shapes.Choose: _choose,
    shapes.Tick: _tick,
    shapes.Suggest: _suggest,
    shapes.Write: _write,
    shapes.PickDay: _pick_day,
    shapes.Upload: _upload,
}
