"""What a person reads: Block Kit flattened into lines, with entities, links and mentions resolved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.slack.rules import Json, every_option

_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]+))?>")
_MENTION = re.compile(r"<@([A-Z0-9]+)>")
_DATE = re.compile(r"<!date\^[^|>]+\|([^>]+)>")
_CHOICE_LISTS = {"radio_buttons", "checkboxes"}  # shown in full; a menu shows its choices only when opened
_INITIAL = ("initial_value", "initial_date", "initial_time", "initial_user", "initial_conversation", "initial_channel")


def decoded(text: str) -> str:
    """Slack's three entities turned back into the characters that they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def readable(text: str, names: Mapping[str, str] | None = None) -> str:
    """Text of a message as it is read. Links become `label (address)`, mentions `@name`; bold and the like stay."""
    known = names or {}
    text = _LINK.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] else found[1], text)
    text = _MENTION.sub(lambda found: f"@{known.get(found[1], found[1])}", text)
    return decoded(_DATE.sub(lambda found: found[1], text))


def lines(blocks: Iterable[Json], names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Everything that is visible, from top to bottom. A button is `[Approve]`, an input `Label: value`."""
    for block in blocks:
        yield from _block_lines(block, names)


def view_lines(view: Json, names: Mapping[str, str] | None = None) -> Iterator[str]:
    """A modal or Home tab with its title and its own buttons."""
    if "title" in view:
        yield plain(view["title"])
    yield from lines(view.get("blocks", []), names)
    own = [f"[{plain(view[name])}]" for name in ("close", "submit") if view.get(name)]
    if own:
        yield " ".join(own)


def plain(text_object: Any, names: Mapping[str, str] | None = None) -> str:
    """The text of a text object; empty if there is none."""
    return readable(str(text_object.get("text", "")), names) if isinstance(text_object, dict) else ""


def block_text(block: Json) -> str:
    """The words of a block itself, without its elements: by them a person finds a control."""
    parts = [block.get("text"), block.get("label"), *(block.get("fields") or [])]
    return "\n".join(plain(part) for part in parts if isinstance(part, dict))


def _block_lines(block: Json, names: Mapping[str, str] | None) -> Iterator[str]:
    if block["type"] == "input":
        yield f"{plain(block['label'])}: {_element_text(block['element'])}".rstrip()
        if "hint" in block:
            yield plain(block["hint"])
        return
    for part in (block.get("text"), *(block.get("fields") or [])):
        if isinstance(part, dict):
            yield plain(part, names)
    controls = [block["accessory"]] if "accessory" in block else block.get("elements", [])
    shown = [plain(one, names) if "text" in one and "action_id" not in one else _element_text(one) for one in controls]
    if block["type"] == "image":
        shown.append(plain(block.get("title")) or block["alt_text"])
    if shown:
        yield " ".join(shown)


def _element_text(element: Json) -> str:
    kind = element["type"]
    if kind == "button":
        return f"[{plain(element['text'])}]"
    if kind == "image":
        return str(element["alt_text"])
    if kind == "overflow":
        return "[…]"
    if kind in _CHOICE_LISTS:
        return " ".join(_tick(choice, element) for choice in every_option(element))
    chosen = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
    initial = [plain(choice["text"]) for choice in chosen] or [str(element[n]) for n in _INITIAL if n in element]
    return ", ".join(initial) or plain(element.get("placeholder"))


def _tick(choice: Json, element: Json) -> str:
    chosen = choice in (element.get("initial_options") or []) or choice == element.get("initial_option")
    description = f" ({plain(choice['description'])})" if "description" in choice else ""
    return f"({'x' if chosen else ' '}) {plain(choice['text'])}{description}"
