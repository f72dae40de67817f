"""A strict checker of everything the bot shows: Slack's limits, and the house's rules on safe text.

`check_view`, `check_message` and `check_options` raise AssertionError with one line per problem, such as
`blocks[3].elements[0].text.text: 83 characters, at most 75`. Tables are in fake_shapes, rules in fake_rules.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.slack.rules import Json, Rule, Shape, anything, boolean, join, list_of, only, options, prose, string, text
from tests.slack.shapes import BLOCKS, BLOCKS_ON, CONTEXT_TEXT, ELEMENTS, ELEMENTS_IN, MODAL_ONLY, VIEWS

VIEW_BLOCKS_LIMIT = 100
MESSAGE_BLOCKS_LIMIT = 50
MESSAGE_CHARACTERS_LIMIT = 13_200  # measured: more than this in all blocks together and Slack refuses
MESSAGE_TEXT_LIMIT = 4000  # characters of `text`; chat.update refuses more
VIEW_BYTES_LIMIT = 250_000

MESSAGE = Shape(
    optional={
        "text": prose(MESSAGE_TEXT_LIMIT),
        "blocks": anything,
        "channel": string(255),
        "user": string(255),
        "ts": string(30),
        "thread_ts": string(30),
        "unfurl_links": only(False),  # a link in a message must never show its page
        "unfurl_media": only(False),
        "mrkdwn": boolean,
        "metadata": Shape({"event_type": string(255), "event_payload": anything}),
        "response_type": only("ephemeral", "in_channel"),
        "replace_original": boolean,
        "delete_original": boolean,
    }
)
OPTION_LISTS = {
    "options": options(least=0),
    "option_groups": list_of(Shape({"label": text(75), "options": options()}), most=100, least=0),
}


def check_view(view: Json) -> None:
    """A modal or Home tab, as handed to views.* or to a response_action. Raises AssertionError."""
    _report(_view_problems(view))


def check_message(payload: Json) -> None:
    """A message, as handed to chat.*, a response_url or a command's acknowledgement. Raises AssertionError."""
    _report(_message_problems(payload))


def check_options(payload: Json) -> None:
    """The answer to a type-ahead query: `options` or `option_groups`. Raises AssertionError."""
    _report(_options_problems(payload))


def elements_of(blocks: Iterable[Json]) -> Iterator[tuple[str, Json, Json]]:
    """Every element with the path to it and its block; text objects of context blocks are none."""
    for index, block in enumerate(blocks):
        path = f"blocks[{index}]"
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict):
                yield f"{path}.{name}", block, block[name]
        for number, element in enumerate(block.get("elements") or []):
            if isinstance(element, dict) and element.get("type") not in ("mrkdwn", "plain_text"):
                yield f"{path}.elements[{number}]", block, element


def characters_in(value: Any) -> int:
    """The length of all texts in a piece of Block Kit together."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(characters_in(item) for item in value.values())
    if isinstance(value, list):
        return sum(characters_in(item) for item in value)
    return 0


def _report(problems: Iterator[str]) -> None:
    found = list(problems)
    if found:
        raise AssertionError("\n".join(found))


def _view_problems(view: Json) -> Iterator[str]:
    surface = view.get("type") if isinstance(view, dict) else None
    if surface not in VIEWS:
        yield f"type: {surface!r} is not one of 'modal', 'home'"
        return
    yield from VIEWS[surface]("", view)
    yield from _blocks_problems(view.get("blocks"), surface, VIEW_BLOCKS_LIMIT)
    yield from _submit_problems(view)
    size = len(json.dumps(view).encode())
    if size > VIEW_BYTES_LIMIT:
        yield f"view: {size} bytes, at most {VIEW_BYTES_LIMIT}"


def _submit_problems(view: Json) -> Iterator[str]:
    if view.get("type") == "modal" and "submit" not in view and "input" in _types(view.get("blocks")):
        yield "submit: is needed, because there are input blocks"


def _message_problems(payload: Json) -> Iterator[str]:
    if isinstance(payload, dict) and payload.get("delete_original") is True:
        payload = {name: value for name, value in payload.items() if name != "text"}  # respond() always adds ""
        yield from MESSAGE("", payload)
        return
    yield from MESSAGE("", payload)
    if "text" not in payload:
        yield "text: is missing; screen readers and notifications need it, also beside blocks"
    if "blocks" in payload:
        yield from _blocks_problems(payload["blocks"], "message", MESSAGE_BLOCKS_LIMIT)
        total = characters_in(payload["blocks"])
        if total > MESSAGE_CHARACTERS_LIMIT:
            yield f"blocks: {total} characters in all, at most {MESSAGE_CHARACTERS_LIMIT}"


def _options_problems(payload: Json) -> Iterator[str]:
    lists = [name for name in OPTION_LISTS if name in payload]
    if len(lists) != 1 or len(payload) != 1:
        yield f"answer: must hold either options or option_groups and nothing else, holds {sorted(payload)}"
    for name in lists:
        yield from OPTION_LISTS[name](name, payload[name])


def _blocks_problems(blocks: Any, surface: str, most: int) -> Iterator[str]:
    yield from list_of(_block_rule(surface), most=most)("blocks", blocks)
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return
    yield from _element_problems(blocks, surface)
    yield from _id_problems(blocks)
    focused = [path for path, _, element in elements_of(blocks) if element.get("focus_on_load")]
    if len(focused) > 1:
        yield f"{focused[1]}.focus_on_load: only one element of a view can have the focus"


def _block_rule(surface: str) -> Rule:
    def rule(path: str, block: Any) -> Iterator[str]:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in BLOCKS_ON[surface]:
            yield f"{path}: {kind!r} is no block for a {surface}"
            return
        yield from BLOCKS[kind](path, block)
        if kind == "context":
            yield from _context_problems(path, block)

    return rule


def _context_problems(path: str, block: Json) -> Iterator[str]:
    for index, element in enumerate(block.get("elements") or []):
        if not isinstance(element, dict) or element.get("type") != "image":
            yield from CONTEXT_TEXT(f"{path}.elements[{index}]", element)


def _element_problems(blocks: list[Json], surface: str) -> Iterator[str]:
    for path, block, element in elements_of(blocks):
        kind = element.get("type")
        if kind not in ELEMENTS_IN.get(str(block.get("type")), ()):
            yield f"{path}: {kind!r} is no element for a {block.get('type')} block"
        elif kind in MODAL_ONLY and surface != "modal":
            yield f"{path}: {kind!r} works in modals only"
        else:
            yield from ELEMENTS[str(kind)](path, element)


def _id_problems(blocks: list[Json]) -> Iterator[str]:
    for block_id in _repeated(block.get("block_id") for block in blocks):
        yield f"blocks: two blocks with the block_id {block_id!r}"
    for index, block in enumerate(blocks):
        ids = (element.get("action_id") for _, _, element in elements_of([block]))
        for action_id in _repeated(ids):
            yield f"{join(f'blocks[{index}]', 'elements')}: two elements with the action_id {action_id!r}"


def _repeated(ids: Iterable[Any]) -> list[str]:
    return [one for one, times in Counter(i for i in ids if isinstance(i, str)).items() if times > 1]


def _types(blocks: Any) -> set[Any]:
    return {block.get("type") for block in blocks if isinstance(block, dict)} if isinstance(blocks, list) else set()
