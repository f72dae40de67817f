"""Tells in a terminal what people type, press and read: Slack's blocks as plain text, in colour where there is some."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

INDENT, NAME_COLUMNS = 3, 9
MARKS = re.compile(r"\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`")
BUTTONS = 5  # of a long row of choices, as many are shown


class Transcript:
    """Writes the conversation."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def scene(self, number: int, text: str) -> None:
        """Begin a scene of the tour."""
        self._console.print()
        self._console.print(Text(f"{number}. {text}", style="bold"))

    def does(self, who: str, what: str) -> None:
        """Tell what somebody types or presses."""
        self._line(who, [Text(what, style="cyan")], style="bold cyan")

    def answers(self, blocks: Iterable[dict[str, Any]]) -> None:
        """Show what the bot answers."""
        self._line("Lanyard", list(_lines(blocks)), style="bold green")

    def _line(self, who: str, lines: list[Text], *, style: str) -> None:
        # Wrapped by us: a table of rich's crops a line that begins with an emoji.
        width = max(20, self._console.width - INDENT - NAME_COLUMNS)
        name = Text(who, style=style)
        for part in (part for line in lines for part in line.wrap(self._console, width)):
            name.align("left", NAME_COLUMNS)
            part.rstrip()
            self._console.print(Text(" " * INDENT).append_text(name).append_text(part), soft_wrap=True)
            name = Text()


def formatted(mrkdwn: str) -> Text:
    """Make terminal text of Slack's: bold and code; everything else stands as it is."""
    text, at = Text(), 0
    for mark in MARKS.finditer(mrkdwn):
        text.append(html.unescape(mrkdwn[at : mark.start()]))
        text.append(html.unescape(mark["bold"] or mark["code"]), style="bold" if mark["bold"] else "cyan")
        at = mark.end()
    return text.append(html.unescape(mrkdwn[at:]))


def _lines(blocks: Iterable[dict[str, Any]]) -> Iterator[Text]:
    buttons: list[str] = []
    for block in blocks:
        kind = block["type"]
        if kind == "actions":
            buttons += [element.get("text", element.get("placeholder"))["text"] for element in block["elements"]]
            continue
        yield from _buttons(buttons)
        buttons = []
        if kind in {"section", "header"}:
            yield from formatted(block["text"]["text"]).split("\n")
        elif kind == "context":
            for element in block["elements"]:
                small = formatted(element["text"])
                small.stylize("dim")
                yield small
    yield from _buttons(buttons)


def _buttons(labels: list[str]) -> Iterator[Text]:
    for label in labels[:BUTTONS]:
        yield Text(f"[ {html.unescape(label)} ]", style="yellow")
    if more := len(labels[BUTTONS:]):
        yield Text(f"… and {more} more button{'s' if more > 1 else ''}", style="dim")
