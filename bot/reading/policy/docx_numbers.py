"""Word's automatic numbers, which are not in the text: worked out from numbering.xml as Word does.

ECMA-376 part 1, §17.9. Levels, starts, restarts, overrides, numbers that come from a style, lists that follow another
list's style, and the formats that schools use. Any other format is shown as a decimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BULLET = "•"
DEEPEST = 9  # levels: Word has no more
LONGEST_MARK = 100  # letters of "Article %1.%2": what is longer numbers nothing
LETTERED = 26 * 26  # the last number that is written in letters: nobody counts zz…z
MOST_BASES = 20  # a style rests on a style rests on …: a circle ends here

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_ONES = ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list: "%1.%2." and what each % is."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    restarts_after: int | None = None  # the level after which it starts anew; None: any above; 0: never
    is_legal: bool = False  # all parts as decimals
    style: str = ""


@dataclass(slots=True)
class _List:
    """One abstract list: its levels, and where it is. Lists that share it go on counting together."""

    levels: Mapping[int, _Level]
    at: dict[int, int] = field(default_factory=dict)


class Numbering:
    """All lists of one document. `next_of` has to be asked of every paragraph in order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self._styles = {_value(each, "styleId"): each for each in _all(styles, "style")}
        self._default = next((_value(s, "styleId") for s in _all(styles, "style") if _is_default(s)), "")
        found = {_value(each, "abstractNumId"): each for each in _all(numbering, "abstractNum")}
        self._nums = {_value(each, "numId"): each for each in _all(numbering, "num")}
        read: dict[int, Mapping[int, _Level]] = {}
        self._lists = {key: _List(self._levels(found, each, read)) for key, each in found.items()}
        self._starts = {key: _starts(num) for key, num in self._nums.items()}
        self._overridden: set[tuple[str, int]] = set()

    def style_of(self, paragraph: Any) -> str:
        """Return the name of a paragraph's style as Word calls it in English: "heading 1", "toc 2"."""
        style = self._styles.get(self._style_id(paragraph))
        name = None if style is None else style.find(f"{W}name")
        return "" if name is None else _value(name, "val")

    def next_of(self, paragraph: Any) -> str:
        """Count on, and return the number or mark that Word shows before a paragraph; "" for none."""
        num_id, depth = self._place(paragraph)
        num = self._nums.get(num_id)
        if num is None:
            return ""
        counted = self._lists.get(_child(num, "abstractNumId"))
        level = counted.levels.get(depth) if counted else None
        if counted is None or level is None:
            return ""
        self._count(counted, level, num_id, depth)
        return self._shown(counted, level, depth)

    def _count(self, counted: _List, level: _Level, num_id: str, depth: int) -> None:
        start = level.start
        told = self._starts[num_id].get(str(depth), "")
        if told and (num_id, depth) not in self._overridden:  # where a list is told to begin anew, it does so once
            self._overridden.add((num_id, depth))
            counted.at.pop(depth, None)
            start = _int(told, 1)
        counted.at[depth] = counted.at[depth] + 1 if depth in counted.at else start
        for deeper, other in counted.levels.items():
            after = other.restarts_after
            if deeper > depth and after != 0 and (after is None or depth < after):
                counted.at.pop(deeper, None)

    def _shown(self, counted: _List, level: _Level, depth: int) -> str:
        if level.format == "bullet":
            return BULLET
        if level.format == "none" and "%" not in level.text:
            return level.text.strip()
        shown = level.text
        for above in range(min(depth, DEEPEST - 1) + 1):
            other = counted.levels.get(above, _Level())
            value = counted.at.get(above, other.start)
            shown = shown.replace(f"%{above + 1}", _formatted(value, "decimal" if level.is_legal else other.format))
        return shown.strip()

    # ── where a paragraph says which list it belongs to ──────────────────────────────────────────────────────────

    def _place(self, paragraph: Any) -> tuple[str, int]:
        own = paragraph.find(f"{W}pPr/{W}numPr")
        style = self._style_id(paragraph)
        num_id, depth = _child(own, "numId"), _child(own, "ilvl")
        if not num_id:
            num_id, inherited, style = self._of_style(style)
            depth = depth or inherited
        if depth or not num_id:
            return num_id, _int(depth, 0)
        return num_id, self._level_of(num_id, style)

    def _of_style(self, style: str) -> tuple[str, str, str]:
        for _ in range(MOST_BASES):
            found = self._styles.get(style)
            if found is None:
                break
            own = found.find(f"{W}pPr/{W}numPr")
            if own is not None and _child(own, "numId"):
                return _child(own, "numId"), _child(own, "ilvl"), style
            style = _child(found, "basedOn")
        return "", "", ""

    def _level_of(self, num_id: str, style: str) -> int:
        """Return the level that is tied to a style: “Heading 2” is the second."""
        num = self._nums.get(num_id)
        counted = self._lists.get(_child(num, "abstractNumId"))
        levels = counted.levels if counted else {}
        return next((depth for depth, level in levels.items() if style and level.style == style), 0)

    def _style_id(self, paragraph: Any) -> str:
        return _child(paragraph.find(f"{W}pPr"), "pStyle") or self._default

    def _levels(
        self, found: Mapping[str, Any], abstract: Any, read: dict[int, Mapping[int, _Level]]
    ) -> Mapping[int, _Level]:
        """Return the levels of an abstract list, its own or another's. `read`: those that were read before, by id."""
        for _ in range(MOST_BASES):
            link = _child(abstract, "numStyleLink")
            style = self._styles.get(link) if link else None
            if style is None:
                break
            num = self._nums.get(_child(style.find(f"{W}pPr/{W}numPr"), "numId"))
            linked = found.get(_child(num, "abstractNumId"))
            if linked is None:
                break
            abstract = linked
        if id(abstract) not in read:
            levels = ((_int(_value(each, "ilvl"), 0), each) for each in _all(abstract, "lvl"))
            read[id(abstract)] = {depth: _level(each) for depth, each in levels if depth < DEEPEST}
        return read[id(abstract)]


def _starts(num: Any) -> Mapping[str, str]:
    """Return where a list is told to begin anew: level → number, as written; of several the first."""
    overrides = [(_value(each, "ilvl"), _child(each, "startOverride")) for each in _all(num, "lvlOverride")]
    return dict(reversed(overrides))


def _level(each: Any) -> _Level:
    restart = _child(each, "lvlRestart")
    return _Level(
        format=_child(each, "numFmt") or "decimal",
        text=_child(each, "lvlText")[:LONGEST_MARK],
        start=_int(_child(each, "start"), 1),
        restarts_after=_int(restart, 0) if restart else None,
        is_legal=each.find(f"{W}isLgl") is not None,
        style=_child(each, "pStyle"),
    )


def _formatted(value: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and 0 < value <= LETTERED:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)  # after z Word writes aa, bb
        return letter if form == "lowerLetter" else letter.upper()
    if form in {"lowerRoman", "upperRoman"} and 0 < value < 4000:
        return _roman(value) if form == "lowerRoman" else _roman(value).upper()
    return f"{value:02}" if form == "decimalZero" else "" if form == "none" else str(value)


def _roman(value: int) -> str:
    written = ""
    for worth, letters in (*_ROMAN, *_ROMAN_ONES):
        count, value = divmod(value, worth)
        written += letters * count
    return written


def _all(tree: Any, name: str) -> list[Any]:
    return [] if tree is None else list(tree.findall(f"{W}{name}"))


def _value(each: Any, name: str) -> str:
    return str(each.get(f"{W}{name}") or "")


def _child(parent: Any, name: str) -> str:
    found = None if parent is None else parent.find(f"{W}{name}")
    return "" if found is None else _value(found, "val")


def _int(written: str, otherwise: int) -> int:
    return int(written) if written.isdecimal() and len(written) < 6 else otherwise


def _is_default(style: Any) -> bool:
    return _value(style, "type") == "paragraph" and _value(style, "default") in {"1", "true", "on"}
