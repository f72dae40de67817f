"""Filling in a form as Slack's client lets a person do it: by visible labels, with its own checks.

What Slack would not let them enter or submit is an AssertionError. `Forged` gets past the checks, as an attacker
with a home-made client would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tests.slack.reading import block_text, decoded, plain
from tests.slack.rules import Json, every_option

State = dict[str, dict[str, Json]]  # block_id → action_id → what is filled in
DEFAULT_MAX_FILES = 10


@dataclass(frozen=True)
class Forged:
    """A value that no client offered: the option or button value, or for other inputs the text, as is."""

    value: str


@dataclass(frozen=True)
class Field:
    """One input with its block. `offered`: options that a type-ahead query has brought up for this person."""

    block: Json
    element: Json
    offered: list[Json]

    @property
    def label(self) -> str:
        """By what the person knows it."""
        return block_text(self.block)

    @property
    def options(self) -> list[Json]:
        """Everything that can be chosen now."""
        initial = self.element.get("initial_option")
        chosen = [*(self.element.get("initial_options") or []), *([initial] if initial else [])]
        return [*every_option(self.element), *self.offered, *(c for c in chosen if c not in self.offered)]


@dataclass(frozen=True)
class Kind:
    """How one kind of element is filled in: the key in its state, where it starts, and what an entry becomes."""

    key: str
    initial: str | None
    entry: Callable[[Field, Any], Any]
    blank: Any = None


def refuse(field: Field, reason: str) -> AssertionError:
    """Slack's client holds the form back."""
    return AssertionError(f"Slack would not let them submit: {field.label or field.element['action_id']}: {reason}")


def choose(field: Field, wanted: Any) -> Json:
    """The option that a person means by its text, the beginning of it, or its value. Raises AssertionError."""
    if isinstance(wanted, Forged):
        return {"text": {"type": "plain_text", "text": wanted.value or "-", "emoji": True}, "value": wanted.value}
    if isinstance(wanted, dict):
        wanted = wanted["value"]
    tests: tuple[Callable[[Json], bool], ...] = (
        lambda option: plain(option["text"]) == wanted,
        lambda option: bool(option["value"] == wanted),
        lambda option: plain(option["text"]).startswith(str(wanted)),
    )
    for test in tests:
        found = [option for option in field.options if test(option)]
        if len({option["value"] for option in found}) == 1:
            return found[0]
    shown = [plain(option["text"]) for option in field.options]
    raise AssertionError(f"{field.label or field.element['action_id']}: {wanted!r} is not one choice of {shown}")


def initial_state(element: Json) -> Json:
    """The state of an element that nobody has touched."""
    kind = KINDS[element["type"]]
    value = element.get(kind.initial) if kind.initial else None
    blank: Any = list(kind.blank) if isinstance(kind.blank, list) else kind.blank
    return {"type": element["type"], kind.key: blank if value is None else value}


def entered_state(field: Field, entry: Any) -> Json:
    """The state after a person entered something; None empties it. Raises AssertionError if Slack would not take it."""
    kind = KINDS[field.element["type"]]
    if entry is None or entry in ("", []):
        return {"type": field.element["type"], kind.key: [] if kind.blank == [] else None}
    return {"type": field.element["type"], kind.key: kind.entry(field, entry)}


def state_of(blocks: list[Json], drafts: State) -> State:
    """`state.values` as Slack sends it: every element with a state, filled in, prefilled or blank."""
    values: State = {}
    for block, element in stateful(blocks):
        drafted = drafts.get(block["block_id"], {}).get(element["action_id"])
        values.setdefault(block["block_id"], {})[element["action_id"]] = drafted or initial_state(element)
    return values


def stateful(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that holds a state, with its block."""
    for block in blocks:
        for element in (block.get("element"), block.get("accessory"), *(block.get("elements") or [])):
            if isinstance(element, dict) and element.get("type") in KINDS:
                yield block, element


def find_input(blocks: list[Json], name: str) -> tuple[Json, Json]:
    """An input by block_id, action_id, label or the beginning of its label. Raises AssertionError."""
    known = list(stateful(blocks))
    tests: tuple[Callable[[Json, Json], bool], ...] = (
        lambda block, element: name in (block["block_id"], element["action_id"]),
        lambda block, element: name in (block_text(block), plain(element.get("placeholder"))),
        lambda block, element: block_text(block).startswith(name),
    )
    for test in tests:
        found = [(block, element) for block, element in known if test(block, element)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    raise AssertionError(f"{name!r} is not one input of {[block_text(block) for block, _ in known]}")


def check_required(blocks: list[Json], values: Mapping[str, Mapping[str, Json]]) -> None:
    """Raises AssertionError if an input that is not optional is blank."""
    for block in blocks:
        if block["type"] == "input" and not block.get("optional"):
            element = block["element"]
            state = values[block["block_id"]][element["action_id"]]
            filled = state[KINDS[element["type"]].key]
            if filled is None or filled in ([], "") or (isinstance(filled, str) and not filled.strip()):
                raise refuse(Field(block, element, []), "is required")


def _typed(field: Field, entry: Any) -> str:
    if isinstance(entry, Forged):
        return entry.value
    text = str(entry)
    least, most = field.element.get("min_length", 0), field.element.get("max_length", 3000)
    if not least <= len(text) <= most:
        raise refuse(field, f"{len(text)} characters, not between {least} and {most}")
    if "\n" in text and not field.element.get("multiline"):
        raise refuse(field, "has one line only")
    return text


def _matching(pattern: str, meaning: str) -> Callable[[Field, Any], str]:
    def entry(field: Field, value: Any) -> str:
        if isinstance(value, Forged):
            return value.value
        if not re.fullmatch(pattern, str(value)):
            raise refuse(field, f"{value!r} is not {meaning}")
        return str(value)

    return entry


def _number(field: Field, entry: Any) -> str:
    pattern = r"-?\d+(\.\d+)?" if field.element["is_decimal_allowed"] else r"-?\d+"
    number = _matching(pattern, "a number")(field, entry)
    for name, beyond in (("min_value", float.__lt__), ("max_value", float.__gt__)):
        bound = field.element.get(name)
        if bound is not None and not isinstance(entry, Forged) and beyond(float(number), float(bound)):
            raise refuse(field, f"{number} is beyond {name} {bound}")
    return number


def _day(field: Field, entry: Any) -> str:
    if isinstance(entry, Forged):
        return entry.value
    return entry.isoformat() if isinstance(entry, date) else date.fromisoformat(entry).isoformat()


def _time(field: Field, entry: Any) -> str:
    return entry.strftime("%H:%M") if isinstance(entry, time) else _matching(r"\d\d:\d\d", "a time")(field, entry)


def _instant(field: Field, entry: Any) -> int:
    return int(entry.timestamp()) if isinstance(entry, datetime) else int(entry)


def _many(field: Field, entry: Any) -> list[Json]:
    wanted = entry if isinstance(entry, list | tuple | set | frozenset) else [entry]
    chosen = [choose(field, one) for one in wanted]
    most = field.element.get("max_selected_items", len(chosen))
    if len(chosen) > most:
        raise refuse(field, f"{len(chosen)} chosen, at most {most}")
    return chosen


def _ids(field: Field, entry: Any) -> list[str]:
    return [_id(field, one) for one in ([entry] if isinstance(entry, str | Forged) else entry)]


def _id(field: Field, entry: Any) -> str:
    return entry.value if isinstance(entry, Forged) else decoded(str(entry))


def _files(field: Field, entry: Any) -> list[Json]:
    files = [entry] if isinstance(entry, dict) else list(entry)
    most = field.element.get("max_files", DEFAULT_MAX_FILES)
    types = field.element.get("filetypes")
    if len(files) > most:
        raise refuse(field, f"{len(files)} files, at most {most}")
    # Only the end of the name is looked at, as by Slack: what is inside may be something else.
    if types and any(file["filetype"] not in types for file in files):
        raise refuse(field, f"only files of {types}")
    return files


KINDS: dict[str, Kind] = {
    "plain_text_input": Kind("value", "initial_value", _typed),
    "email_text_input": Kind("value", "initial_value", _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")),
    "url_text_input": Kind("value", "initial_value", _matching(r"https?://\S+", "an address")),
    "number_input": Kind("value", "initial_value", _number),
    "datepicker": Kind("selected_date", "initial_date", _day),
    "timepicker": Kind("selected_time", "initial_time", _time),
    "datetimepicker": Kind("selected_date_time", "initial_date_time", _instant),
    "static_select": Kind("selected_option", "initial_option", choose),
    "external_select": Kind("selected_option", "initial_option", choose),
    "radio_buttons": Kind("selected_option", "initial_option", choose),
    "checkboxes": Kind("selected_options", "initial_options", _many, []),
    "multi_static_select": Kind("selected_options", "initial_options", _many, []),
    "multi_external_select": Kind("selected_options", "initial_options", _many, []),
    "users_select": Kind("selected_user", "initial_user", _id),
    "channels_select": Kind("selected_channel", "initial_channel", _id),
    "conversations_select": Kind("selected_conversation", "initial_conversation", _id),
    "multi_users_select": Kind("selected_users", "initial_users", _ids, []),
    "multi_channels_select": Kind("selected_channels", "initial_channels", _ids, []),
    "multi_conversations_select": Kind("selected_conversations", "initial_conversations", _ids, []),
    "file_input": Kind("files", None, _files, []),
}
