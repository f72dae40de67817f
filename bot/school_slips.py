"""What is said of a slip in school.toml: where it stands, what is wrong and what to write, in words of ours.

The libraries that read the file say it in theirs; none of these reaches a person.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

COMPARE = "Compare it with tests/sample-school/school.toml."
TWICE = "this is there twice; write it once. A section of which there may be several has [[ ]] each time"
FAR = 0.5  # [K] less alike than this is no slip of the finger

# What TOML's reader says, from its first words → what is wrong. Whatever is not here gets NO_TOML.
_TOML: Mapping[str, str] = {
    "Invalid value": 'the value cannot be read. Write words in straight quotes, "like this", and a list in [ ]',
    "Unterminated string": "a quote is opened and not closed",
    "Expected \"'\"": "a quote is opened and not closed",
    "Unclosed array": "a list is opened with [ and not closed with ]",
    "Cannot overwrite": TWICE,
    "Cannot declare": TWICE,
    "Cannot mutate": TWICE,
    "Expected ']": "the name of a section needs its closing bracket",
    "Expected '='": "write name = value",
    "Expected newline": "there is more on this line than one setting. Write words in quotes, and a day as 2026-03-04",
    "Invalid statement": "write name = value, with a name of plain letters",
    "Invalid initial character": "a name is missing here",
    "Unescaped": 'a \\ in quotes stands for something else; write it twice, or put the words in single quotes',
    "Illegal character": "there is an invisible character here; type this line anew",
    "Invalid date": "write a day as 2026-11-23",
}  # fmt: skip
NO_TOML = f"this cannot be read. {COMPARE}"

# The kinds of pydantic's errors → what to write. Whatever is not here gets NO_VALUE.
_VALUES: Mapping[str, str] = {
    "missing": "this is missing",
    "string_type": 'write words in quotes, "like this"',
    "string_too_short": "this is empty",
    "string_too_long": "this is too long; at most {max_length} characters",
    "int_type": "write a whole number, without quotes",
    "int_parsing": "write a whole number, without quotes",
    "int_from_float": "write a whole number",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "too_short": "there has to be at least one",
    "date_type": "write a day as 2026-11-23, without quotes",
    "date_parsing": "write a day as 2026-11-23",
    "date_from_datetime_parsing": "write a day as 2026-11-23",
    "date_from_datetime_inexact": "write a day as 2026-11-23, without a time",
    "dict_type": "write this as a section of its own, [{last}]",
    "model_type": "write this as a section of its own, [{last}]",
    "model_attributes_type": "write this as a section of its own, [{last}]",
}
_LISTS = ("tuple_type", "list_type")
NO_VALUE = f"this cannot be taken as it is written. {COMPARE}"

# Patterns of school_file.py, by what is to be written.
_PATTERNS: Mapping[str, str] = {
    "@": "this is not an e-mail address; write one such as office@school.example",
    "[TE]": "write the workspace's number, which begins with T. python -m bot doctor shows it",
    "[a-z]": "write small letters, digits and hyphens, with a letter first",
    "[0-9]": "write a phone number, such as 01632 960 002",
}


def of_toml(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Return "line 2: …" for a file that is no TOML."""
    said = str(error)
    at = re.search(r"at line (\d+)", said)
    line = int(at[1]) if at else len(text.splitlines())
    return f"line {line}: {next((words for first, words in _TOML.items() if said.startswith(first)), NO_TOML)}."


def of_settings(error: ValidationError, text: str, model: type[BaseModel]) -> str:
    """Return "line 2: policy.version: …" for the first slip in the settings, a name that is not known before others."""
    mishaps = sorted(error.errors(include_input=False, include_url=False), key=lambda each: not _is_unknown(each))
    mishap: Mapping[str, Any] = mishaps[0]
    loc = tuple(part for part in mishap["loc"] if part not in {"[key]", "str", "date"})
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in loc)
    line = _line_of(text, loc)
    place = f"line {line}: " if line else ""
    return f"{place}{where + ': ' if where else ''}{_plainly(mishap, loc, model)}"


def _is_unknown(mishap: Mapping[str, Any]) -> bool:
    return bool(mishap["type"] == "extra_forbidden" or mishap["loc"][-1:] == ("[key]",))


def _plainly(mishap: Mapping[str, Any], loc: tuple[Any, ...], model: type[BaseModel]) -> str:
    kind, context = mishap["type"], dict(mishap.get("ctx", {}), last=loc[-1] if loc else "")
    if _is_unknown(mishap):
        return _unknown(loc, _choices(context) or _known(model, loc[:-1]), model)
    if kind == "enum":
        return f"write one of: {', '.join(_choices(context))}"
    if kind == "value_error":  # our own
        return str(mishap["msg"]).removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        return next((words for part, words in _PATTERNS.items() if part in context["pattern"]), NO_VALUE)
    if kind in _LISTS:
        return (
            f"write {_heading(model, loc[0])} above each" if len(loc) == 1 else 'write a list, such as ["this", "that"]'
        )
    return _VALUES.get(kind, NO_VALUE).format_map(context)


def _choices(context: Mapping[str, Any]) -> list[str]:
    """Return the words of which one was expected, as pydantic lists them: "'photo' or 'video'"."""
    return re.findall(r"'([^']+)'", str(context.get("expected", "")))


def _unknown(loc: tuple[Any, ...], known: Iterable[str], model: type[BaseModel]) -> str:
    """Return what is said of a name that is not known: the nearest that is, or else all."""
    names = list(known)
    shown = {name: _heading(model, name) for name in names} if len(loc) == 1 else {name: name for name in names}
    what = "section" if len(loc) == 1 else "setting"
    near = difflib.get_close_matches(str(loc[-1]).lower(), names, n=1, cutoff=FAR)
    mend = f"Did you mean {shown[near[0]]}?" if near else f"It knows {', '.join(shown.values())}."
    return f"Lanyard does not know this {what}. {mend}"


def _heading(model: type[BaseModel], name: str) -> str:
    """Return how a section is headed: "[policy]", or "[[uses]]" of which there may be several."""
    return f"[[{name}]]" if get_origin(model.model_fields[name].annotation) is tuple else f"[{name}]"


def _known(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Return the names of the settings in the section at a path: ("uses", 1)."""
    for part in path:
        if isinstance(part, str):
            inner = _model_in(model.model_fields[part].annotation)
            model = inner or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a setting's type speaks of: `tuple[UseTable, ...]`, `PolicyTable | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)


def _line_of(text: str, loc: tuple[Any, ...]) -> int | None:
    """Return the line on which a setting (or else its table) stands."""
    if not loc:
        return None
    table, rest = str(loc[0]), list(loc[1:])
    nth = rest.pop(0) if rest and isinstance(rest[0], int) else 0
    seen, found = -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([\w-]+)\s*\]+", line)
        if heading:
            seen += heading[1] == table
            inside = heading[1] == table and seen == nth
            found = number if inside else found
        elif found and rest and inside and re.match(rf"\s*{re.escape(str(rest[0]))}\s*=", line):
            return number
    return found
