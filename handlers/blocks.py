"""What people see, as values: some twenty shapes, which a front draws (`handlers/slack/draw.py` as Block Kit).

Every text is `Wording`, escaped by its template: the type checker refuses a raw one. Values are raw. A feature says
what there is to read, to fill in and to press; how long a label may be, and what its id is called, is the front's say.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from dataclasses import field as dataclass_field
from functools import cache
from typing import Any

from bot.wording import Wording, page

# As much as any front has room for: whatever does not fit in these is shown in parts, or on the next page.
PARAGRAPH, OPTIONS, MESSAGE_BLOCKS, WINDOW_BLOCKS, CHOICE = 3000, 100, 50, 100, 75
MESSAGE_CHARACTERS = 12_000
CUT = "…"
CLOSE = page("router/messages").text("close")


# ── what can be pressed or filled in ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Element:
    """Anything that can be pressed or filled in."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks once more before a button acts."""

    title: Wording
    text: Wording
    yes: Wording
    no: Wording


@dataclass(frozen=True, slots=True)
class Button(Element):
    """A button. `action`: the route that it leads to, after a colon what tells it apart from others beside it.

    `style`: "primary", "danger"; `spoken`: what a screen reader says where the label alone would not be enough.
    """

    text: Wording
    action: str
    value: str = ""
    style: str | None = None
    confirm: Confirm | None = None
    spoken: Wording | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One choice."""

    text: Wording
    value: str
    description: Wording | None = None


@dataclass(frozen=True, slots=True)
class Choose(Element):
    """One of a few: shown all at once, or as a list that opens. `initial`: the value that is chosen already."""

    action: str
    options: tuple[Option, ...]
    initial: str | None = None
    placeholder: Wording | None = None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Tick(Element):
    """Tick boxes; at most ten, so longer lists come in groups. `initial`: the values that are ticked already."""

    action: str
    options: tuple[Option, ...]
    initial: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Suggest(Element):
    """A picker that asks us for suggestions while somebody types. `most`: how many may be chosen, if several."""

    action: str
    placeholder: Wording
    several: bool = False
    most: int = 0
    initial: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Write(Element):
    """A field to type in; `lines`: several lines."""

    action: str
    initial: str = ""
    placeholder: Wording | None = None
    lines: bool = False
    least: int = 0
    most: int = 3000


@dataclass(frozen=True, slots=True)
class PickDay(Element):
    """A date picker; `initial` is YYYY-MM-DD."""

    action: str
    initial: str | None = None


@dataclass(frozen=True, slots=True)
class Upload(Element):
    """A field for one file. `kinds`: the endings that are offered."""

    action: str
    kinds: tuple[str, ...]


# ── what stands in a message or window ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Block:
    """Anything that stands in a message or window."""


@dataclass(frozen=True, slots=True)
class Section(Block):
    """A paragraph, perhaps with something to press beside it. `name`: keeps its place when a window changes."""

    text: Wording
    accessory: Element | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Header(Block):
    """A heading."""

    text: Wording


@dataclass(frozen=True, slots=True)
class Context(Block):
    """Small print."""

    text: Wording


@dataclass(frozen=True, slots=True)
class Divider(Block):
    """A line."""


@dataclass(frozen=True, slots=True)
class Actions(Block):
    """A row of buttons and pickers."""

    elements: tuple[Element, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Field(Block):
    """Something to fill in, with its label. `name`: of the field; what is wrong with it is shown under it.

    `saves`: the route that is told whenever it is changed, so that nothing is lost with a window closed by mistake.
    """

    label: Wording
    element: Element
    name: str
    hint: Wording | None = None
    optional: bool = False
    saves: str = ""


@dataclass(frozen=True, slots=True)
class Modal:
    """A form or a private window. `form`: the route by which it is sent.

    `metadata` comes back with the form; it holds record numbers, never facts. `gives_way`: it only leads on, and
    what is opened from it takes its place.
    """

    title: Wording
    blocks: tuple[Block, ...]
    form: str = ""
    submit: Wording | None = None
    close: Wording = CLOSE
    metadata: Mapping[str, Any] = dataclass_field(default_factory=dict)
    tell_when_closed: bool = False
    gives_way: bool = False


@dataclass(frozen=True, slots=True)
class HomeTab:
    """The Home tab."""

    blocks: tuple[Block, ...]


# ── put together ───────────────────────────────────────────────────────────────────────────────────────────────────


def actions(*elements: Element, name: str = "") -> Actions:
    """Return a row of buttons and pickers."""
    return Actions(elements, name)


def radio(action: str, options: Sequence[Option], *, initial: str | None = None) -> Choose:
    """Return a choice of one, with all options shown."""
    return Choose(action, tuple(options), initial)


def pick(
    action: str, options: Sequence[Option], *, initial: str | None = None, placeholder: Wording | None = None
) -> Choose:
    """Return a choice of one, from a list that opens."""
    return Choose(action, tuple(options), initial, placeholder, is_list=True)


def tick(action: str, options: Sequence[Option], *, initial: Iterable[str] = ()) -> Tick:
    """Return tick boxes."""
    return Tick(action, tuple(options), frozenset(initial))


def modal(title: Wording, blocks: Sequence[Block], **more: Any) -> Modal:
    """Return a form or a private window. `more`: as in `Modal`."""
    return Modal(title, tuple(blocks), **more)


def sections(text: Wording) -> list[Block]:
    """Return as many paragraphs as a long text needs, so that nothing is cut off."""
    return [Section(part) for part in parts(text)]


def cut(text: Wording, limit: int) -> Wording:
    """Shorten escaped text to a limit without leaving half an entity behind."""
    if len(text) <= limit:
        return text
    kept = text[: limit - len(CUT)]
    entity = kept.rfind("&")
    if entity >= 0 and ";" not in kept[entity:]:
        kept = kept[:entity]
    return Wording(kept.rstrip() + CUT)


def parts(text: Wording, most: int = PARAGRAPH) -> list[Wording]:
    """Split a text between its lines, else between words, else anywhere but within an entity or a link."""
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
QUOTED = ">"  # in front of a line: a bar is drawn beside it


def _pieces(line: str, most: int) -> Iterator[str]:
    """Split one long line; in a quotation every piece is marked as one."""
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
    """Count the letters that people read in blocks."""
    if isinstance(shown, Wording):
        return len(shown)
    if not shown:  # most of what a shape may have, it has not
        return 0
    if isinstance(shown, list | tuple):
        return sum(map(characters, shown))
    kind: Any = type(shown)
    return sum([characters(getattr(shown, name)) for name in _read_of(kind)])


@cache
def _read_of(kind: Any) -> tuple[str, ...]:
    """Return the fields of a shape; none where it is none."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()
