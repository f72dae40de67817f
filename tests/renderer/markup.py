"""Wording and values → HTML. Nothing gets onto the page but through here, so nothing gets there unescaped."""

import re
from html import escape
from typing import TypeAlias

from bot.wording import Wording

# Wording holds these three and no others (`bot.wording.escape`).
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_SAFE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_VOID = frozenset({"input", "hr", "br", "img", "link", "meta"})
# A mark holds for what stands between word boundaries, on one line, without a space inside: as Slack reads it.
_MARKS = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<url>[^<>|\s]+)(?:\|(?P<label>[^<>\n]*))?>"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<struck>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)
_TAGS = {"bold": "strong", "italic": "em", "struck": "s"}
_SIGN = re.compile("[✅⛔⚠⏳]\ufe0f?")  # what they mean is told by their shape first, and by a colour
_SIGNS = {"✅": "go", "⛔": "stop", "⚠": "mind", "⏳": "mind"}
QUOTED = ">"


class Html(str):
    """Text that is HTML already: every value in it is escaped."""

    __slots__ = ()


Child: TypeAlias = "str | None"
Value: TypeAlias = "str | int | bool | None"


def tag(name: str, /, *children: Child, **attributes: Value) -> Html:
    """Return an element. What is not `Html` is escaped; an attribute that is None or False is left out.

    `class_`, `for_`: as HTML calls them without the line; an underscore within a name becomes a dash.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_escaped(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Return children one after another; None is nothing."""
    return Html("".join(child if isinstance(child, Html) else _escaped(child) for child in children if child))


def _escaped(value: Value) -> str:
    return escape(plain(value) if isinstance(value, str) else str(value))


def plain(text: str) -> str:
    """Return what a label says, in letters: Wording without its entities, anything else as it is."""
    if not isinstance(text, Wording):
        return text
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], text)


def marked(text: Wording) -> Html:
    """Return a paragraph of Wording: lines, quotations, and within a line bold, italic, struck, code and links."""
    groups: list[tuple[bool, list[Html]]] = []
    for line in text.split("\n"):
        is_quoted = line.startswith(QUOTED)
        if not groups or groups[-1][0] is not is_quoted:
            groups.append((is_quoted, []))
        groups[-1][1].append(_line(line.removeprefix(QUOTED) if is_quoted else line))
    return joined(*(tag("blockquote" if is_quoted else "p", _lines(lines)) for is_quoted, lines in groups))


def _lines(lines: list[Html]) -> Html:
    return Html(tag("br").join(lines))


def _line(text: str) -> Html:
    found, at = list[Html](), 0
    for mark in _MARKS.finditer(text):
        found += [_literal(text[at : mark.start()]), _marked(mark)]
        at = mark.end()
    return joined(*found, _literal(text[at:]))


def _marked(mark: re.Match[str]) -> Html:
    if mark["code"]:
        return tag("code", _literal(mark["code"]))
    if mark["url"]:
        return _link(mark["url"], mark["label"])
    kind = next(kind for kind in _TAGS if mark[kind])
    return tag(_TAGS[kind], _line(mark[kind]))


def _link(url: str, label: str | None) -> Html:
    shown = _literal(label or url)
    # A mention, or a scheme that runs something: shown, never followed.
    return tag("a", shown, href=Wording(url), rel="noreferrer") if _SAFE.match(url) else shown


def _literal(text: str) -> Html:
    return Html(_SIGN.sub(lambda sign: tag("span", sign[0], class_=_SIGNS[sign[0][0]]), joined(Wording(text))))
