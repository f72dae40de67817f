"""Small rules that the Block Kit checker is put together from.

A rule takes a path and a value and yields one line per problem; it never raises. `Shape` joins rules into the
description of a whole object: which fields it must have, which it may have, and what must hold between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Json = dict[str, Any]
Rule = Callable[[str, Any], Iterator[str]]

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")
ID_LIMIT = 255  # characters: block_id, action_id, callback_id, external_id
OPTION_TEXT_LIMIT = 75  # characters: text and description of an option
OPTION_VALUE_LIMIT = 150  # characters
OPTIONS_LIMIT = 100

# The only markup the bot may write. Whatever else begins with "<" came from a person and was not escaped:
# <!channel>, <!here>, <!subteam^…>, <#C…>, or a link made by an attacker with another scheme.
ALLOWED_MARKUP = re.compile(
    r"<(?:https?://[^\s<>|]+(?:\|[^<>|]+)?"  # a link, with or without a label
    r"|@[UW][A-Z0-9]+"  # a person
    r"|!date\^\d+\^[^<>|^]+(?:\^https?://[^\s<>|^]+)?\|[^<>|]+)>"  # an instant in the reader's time zone
)
RAW_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


@dataclass(frozen=True)
class Shape:
    """What an object may hold. `also` are rules about several fields at once; they get the whole object."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    also: tuple[Rule, ...] = ()

    def __call__(self, path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: must be an object, is {type(value).__name__}"
            return
        rules = {**self.required, **self.optional}
        yield from (f"{path}: lacks {name}" for name in self.required if name not in value)
        yield from (f"{path}: unknown field {name}" for name in value if name not in rules)
        for name in value:
            if name in rules:
                yield from rules[name](join(path, name), value[name])
        for rule in self.also:
            yield from rule(path, value)


def join(path: str, name: str) -> str:
    """The path of a field; paths at the top have no leading dot."""
    return f"{path}.{name}" if path else name


def unsafe(text: str, *, markup: re.Pattern[str] | None = ALLOWED_MARKUP) -> Iterator[str]:
    """What a hostile value could have done in this text. `markup`: the only forms that may begin with `<`."""
    rest = markup.sub("", text) if markup else text
    if "<" in rest:
        at = rest.index("<")
        yield f"raw '<' that is no link or mention of ours: {rest[at : at + 30]!r}"
    if found := RAW_AMPERSAND.search(text):
        yield f"raw '&': {text[found.start() : found.start() + 30]!r}"


def anything(path: str, value: Any) -> Iterator[str]:
    """No demands."""
    yield from ()


def boolean(path: str, value: Any) -> Iterator[str]:
    """A JSON true or false; Slack refuses "true"."""
    if not isinstance(value, bool):
        yield f"{path}: must be true or false"


def only(*allowed: Any) -> Rule:
    """One of these values and no other."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if not any(value is one or (type(value) is type(one) and value == one) for one in allowed):
            yield f"{path}: {value!r} is not one of {', '.join(map(repr, allowed))}"

    return rule


def integer(least: int, most: int) -> Rule:
    """A whole number within bounds, both allowed."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path}: must be a whole number"
        elif not least <= value <= most:
            yield f"{path}: {value} is not between {least} and {most}"

    return rule


def string(most: int, *, least: int = 1) -> Rule:
    """A string whose length in characters lies within bounds; blank counts as empty."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{path}: must be a string, is {type(value).__name__}"
        elif len(value) > most:
            yield f"{path}: {len(value)} characters, at most {most}"
        elif least and not value.strip():
            yield f"{path}: is empty"

    return rule


def matching(pattern: str, meaning: str) -> Rule:
    """A string of exactly this pattern."""

    def rule(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{path}: {value!r} is not {meaning}"

    return rule


def iso_date(path: str, value: Any) -> Iterator[str]:
    """A day that exists, as `YYYY-MM-DD`."""
    try:
        valid = re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and date.fromisoformat(value) is not None
    except (TypeError, ValueError):
        valid = False
    if not valid:
        yield f"{path}: {value!r} is not a day as YYYY-MM-DD"


def list_of(rule: Rule, *, most: int, least: int = 1) -> Rule:
    """A list of so many, each of which keeps the rule."""

    def check(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path}: must be a list"
            return
        if not least <= len(value) <= most:
            bound = f"at most {most}" if len(value) > most else f"at least {least}"
            yield f"{path}: {len(value)} items, {bound}"
        for index, item in enumerate(value):
            yield from rule(f"{path}[{index}]", item)

    return check


def prose(most: int) -> Rule:
    """A bare string that Slack reads as mrkdwn, such as the `text` beside blocks."""

    def rule(path: str, value: Any) -> Iterator[str]:
        yield from string(most)(path, value)
        if isinstance(value, str):
            yield from (f"{path}: {problem}" for problem in unsafe(value))

    return rule


def text(most: int, kinds: tuple[str, ...] = PLAIN) -> Rule:
    """A text object of one of these kinds, filled, short enough and safe.

    mrkdwn must be verbatim, or else Slack turns names and addresses into links by itself. plain_text shows
    markup letter for letter, so that it may hold none.
    """
    objects = {
        "plain_text": Shape({"type": anything, "text": string(most)}, {"emoji": boolean}),
        "mrkdwn": Shape({"type": anything, "text": string(most), "verbatim": only(True)}),
    }

    def rule(path: str, value: Any) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in kinds:
            yield f"{path}: must be a text object of type {' or '.join(kinds)}, is {kind or type(value).__name__}"
            return
        yield from objects[kind](path, value)
        markup = ALLOWED_MARKUP if kind == "mrkdwn" else None
        content = value.get("text")
        if isinstance(content, str):
            yield from (f"{join(path, 'text')}: {problem}" for problem in unsafe(content, markup=markup))

    return rule


def unique_values(path: str, value: Any) -> Iterator[str]:
    """Option values differ from each other, or nobody could tell what was chosen."""
    values = [option.get("value") for option in value if isinstance(option, dict)] if isinstance(value, list) else []
    for one in sorted({str(v) for v in values if values.count(v) > 1}):
        yield f"{path}: two options with the value {one!r}"


def option(kinds: tuple[str, ...] = PLAIN) -> Shape:
    """One choice. Only radio buttons and checkboxes may show mrkdwn."""
    texts = text(OPTION_TEXT_LIMIT, kinds)
    return Shape({"text": texts, "value": string(OPTION_VALUE_LIMIT)}, {"description": texts})


def options(most: int = OPTIONS_LIMIT, kinds: tuple[str, ...] = PLAIN, *, least: int = 1) -> Rule:
    """A list of choices with different values."""

    def rule(path: str, value: Any) -> Iterator[str]:
        yield from list_of(option(kinds), most=most, least=least)(path, value)
        yield from unique_values(path, value)

    return rule


def every_option(element: Json) -> list[Any]:
    """All choices of an element, in groups or not."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(o for group in groups for o in group.get("options", []))]
