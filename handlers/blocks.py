"""Block Kit as plain dicts: about ten shapes, each within Slack's limits.

Every text is `Wording`, escaped by its template: the type checker refuses a raw one. Values are raw.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from bot.wording import Wording, page

Block = dict[str, Any]
View = dict[str, Any]

SECTION, HEADER, TITLE, BUTTON, OPTION, LABEL, PLACEHOLDER = 3000, 150, 24, 75, 75, 2000, 150
MESSAGE_BLOCKS, VIEW_BLOCKS, OPTIONS, ACTIONS = 50, 100, 100, 25
MESSAGE_CHARACTERS = 12_000  # Slack fails at about 13,200 in all
CUT = "…"
CLOSE = page("router/messages").text("close")


def cut(text: Wording, limit: int) -> Wording:
    """Shorten escaped text to a limit without leaving half an entity behind."""
    if len(text) <= limit:
        return text
    kept = text[: limit - len(CUT)]
    entity = kept.rfind("&")
    if entity >= 0 and ";" not in kept[entity:]:
        kept = kept[:entity]
    return Wording(kept.rstrip() + CUT)


def plain(text: Wording, limit: int) -> Block:
    """Plain text: labels, buttons, titles."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def mrkdwn(text: Wording, limit: int = SECTION) -> Block:
    """Formatted text. `verbatim`: Slack must not turn what it takes for an address into a link."""
    return {"type": "mrkdwn", "text": cut(text, limit), "verbatim": True}


def section(text: Wording, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    """A paragraph, with a button beside it perhaps."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory:
        block["accessory"] = accessory
    return _named(block, block_id)


def sections(text: Wording) -> list[Block]:
    """As many paragraphs as a long text needs, so that nothing is cut off."""
    return [section(part) for part in parts(text)]


def parts(text: Wording, most: int = SECTION) -> list[Wording]:
    """Part a text between its lines, else between words, else anywhere but within an entity or a link."""
    if len(text) <= most:
        return [text]
    found: list[str] = []
    for line in text.split("\n"):
        for piece in [line] if len(line) <= most else _pieces(line, most):
            if found and len(found[-1]) + 1 + len(piece) <= most:
                found[-1] += f"\n{piece}"
            else:
                found.append(piece)
    return [Wording(part) for part in found if part.strip()]


# What stays together where there is room for it: a word, with a link or a mention in it as a whole; a space.
_WORDS, _LETTERS = re.compile(r"(?:<[^<>]*>|[^\s<])+|\s+"), re.compile(r"<[^<>]*>|&[a-z]+;|.", re.DOTALL)
QUOTED = ">"  # in front of a line: Slack draws a bar beside it


def _pieces(line: str, most: int) -> Iterator[str]:
    """Part one long line; a quotation stays one on every piece."""
    mark = QUOTED if line.startswith(QUOTED) else ""
    piece = mark
    words = _WORDS.findall(line.removeprefix(mark))
    for token in (token for word in words for token in ([word] if len(word) < most else _LETTERS.findall(word))):
        if len(piece) + len(token) > most:
            yield piece.rstrip()
            piece = mark
        piece += token if piece != mark else token.lstrip()
    if piece != mark:
        yield piece


def header(text: Wording) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, HEADER)}


def context(text: Wording) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def button(
    text: Wording,
    action_id: str,
    *,
    value: str = "",
    style: str | None = None,
    confirm: Block | None = None,
    spoken: Wording | None = None,
) -> Block:
    """A button. `spoken`: what a screen reader says where the label alone would not be enough."""
    made: Block = {"type": "button", "text": plain(text, BUTTON), "action_id": action_id}
    if value:
        made["value"] = value
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    if spoken:
        made["accessibility_label"] = cut(spoken, 75)
    return made


def confirm(title: Wording, text: Wording, yes: Wording, no: Wording) -> Block:
    """Ask once more before a button acts."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """A row of buttons and pickers."""
    return _named({"type": "actions", "elements": list(elements)}, block_id)


def option(text: Wording, value: str, description: Wording | None = None) -> Block:
    """One choice."""
    made: Block = {"text": plain(text, OPTION), "value": value}
    if description:
        made["description"] = plain(description, OPTION)
    return made


def choose(kind: str, action_id: str, options: Sequence[Block], *, initial: str | None = None, **more: Any) -> Block:
    """A static_select or radio_buttons with one choice made, perhaps."""
    made: Block = {"type": kind, "action_id": action_id, "options": list(options), **more}
    chosen = next((each for each in options if each["value"] == initial), None)
    if chosen:
        made["initial_option"] = chosen
    return made


def tick(action_id: str, options: Sequence[Block], *, initial: Iterable[str] = ()) -> Block:
    """Tick boxes; at most ten, so longer lists come in groups."""
    made: Block = {"type": "checkboxes", "action_id": action_id, "options": list(options)}
    chosen = [each for each in options if each["value"] in set(initial)]
    if chosen:
        made["initial_options"] = chosen
    return made


def suggest(
    action_id: str, placeholder: Wording, *, several: bool = False, most: int = 0, initial: Sequence[Block] = ()
) -> Block:
    """A picker that asks us for suggestions while somebody types. `most`: how many may be chosen, if several."""
    made: Block = {
        "type": "multi_external_select" if several else "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER),
        "min_query_length": 1,
    }
    if several and most:
        made["max_selected_items"] = most
    if initial:
        made["initial_options" if several else "initial_option"] = list(initial) if several else initial[0]
    return made


def write(
    action_id: str,
    *,
    initial: str = "",
    placeholder: Wording | None = None,
    lines: bool = False,
    least: int = 0,
    most: int = 3000,
) -> Block:
    """A field to type in; `lines`: several lines."""
    made: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": lines, "max_length": most}
    if least:
        made["min_length"] = least
    if initial:
        made["initial_value"] = initial[:most]
    if placeholder:
        made["placeholder"] = plain(placeholder, PLACEHOLDER)
    return made


def pick_day(action_id: str, initial: str | None = None) -> Block:
    """A date picker; `initial` is YYYY-MM-DD."""
    made: Block = {"type": "datepicker", "action_id": action_id}
    if initial:
        made["initial_date"] = initial
    return made


def field(
    label: Wording, element: Block, *, block_id: str, hint: Wording | None = None, optional: bool = False
) -> Block:
    """An input with its label. The block's name is the field's name: errors are shown under it."""
    made: Block = {"type": "input", "block_id": block_id, "label": plain(label, LABEL), "element": element}
    if hint:
        made["hint"] = plain(hint, LABEL)
    if optional:
        made["optional"] = True
    return made


def modal(
    title: Wording,
    blocks: Sequence[Block],
    *,
    callback_id: str = "",
    submit: Wording | None = None,
    close: Wording = CLOSE,
    metadata: Mapping[str, Any] | None = None,
    tell_when_closed: bool = False,
) -> View:
    """A form or a private window. `metadata` comes back with the form; it holds record numbers, never facts."""
    view: View = {"type": "modal", "title": plain(title, TITLE), "blocks": _at_most(blocks, VIEW_BLOCKS)}
    view["close"] = plain(close, TITLE)
    if callback_id:
        view["callback_id"] = callback_id
    if submit:
        view["submit"] = plain(submit, TITLE)
    if tell_when_closed:
        view["notify_on_close"] = True
    if metadata:
        view["private_metadata"] = json.dumps(dict(metadata), ensure_ascii=False, separators=(",", ":"))
    return view


def _at_most(blocks: Sequence[Block], most: int) -> list[Block]:
    """Leave out the last of what is only read, and say so: what can be filled in or pressed has to stay."""
    if len(blocks) <= most:
        return list(blocks)
    read = [place for place, block in enumerate(blocks) if block["type"] not in {"input", "actions"}]
    left_out = set(read[-(len(blocks) + 1 - most) :])
    shown = [block for place, block in enumerate(blocks) if place not in left_out]
    return [*shown, context(page("router/messages").text("left_out"))]


def home(blocks: Sequence[Block]) -> View:
    """The Home tab."""
    return {"type": "home", "blocks": list(blocks)[:VIEW_BLOCKS]}


@dataclass
class Sheet:
    """A message or window that is being filled: what does not fit any more is refused, never cut."""

    most_blocks: int
    most_characters: int
    blocks: list[Block] = dataclass_field(default_factory=list)
    characters: int = 0

    def takes(self, more: Sequence[Block]) -> bool:
        """Add blocks if all of them fit; tell whether they do."""
        size = characters(more)
        if len(self.blocks) + len(more) > self.most_blocks or self.characters + size > self.most_characters:
            return False
        self.blocks += more
        self.characters += size
        return True


def characters(shown: Any) -> int:
    """Count the letters that people read in blocks: Slack limits their sum in a message."""
    if isinstance(shown, list):
        return sum(map(characters, shown))
    if not isinstance(shown, dict):
        return 0
    text = shown.get("text")
    own = len(text) if isinstance(text, str) else 0
    return own + sum(characters(inner) for inner in shown.values() if isinstance(inner, dict | list))


def _named(block: Block, block_id: str | None) -> Block:
    if block_id:
        block["block_id"] = block_id
    return block
