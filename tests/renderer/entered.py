"""What a page sends → what a form holds, by the names of its fields; and what its front asks of every form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from handlers import blocks
from handlers.blocks import Element, Field
from handlers.requests import Entered, SentFile
from tests.renderer.draw import FIELD
from tests.renderer.screens import Opened

MISSING = "Please fill this in."
NOT_OFFERED = "Please choose one of these."


@dataclass(frozen=True)
class Sent:
    """What a page sent: text values by name, and files by name as (file name, content)."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """Return the one value of a name, "" where there is none."""
        return next(iter(self.values.get(name, ())), "")


def entered(window: Opened, sent: Sent) -> dict[str, Entered]:
    """Return field → what was entered. A file that was sent before stays, as a page cannot show it again."""
    found = {field.name: _READ[type(field.element)](field, sent) for field in window.fields()}
    before = {name: value for name, value in window.entered.items() if value and name in found and not found[name]}
    uploads = {field.name for field in window.fields() if isinstance(field.element, blocks.Upload)}
    return found | {name: value for name, value in before.items() if name in uploads}


def wrong(window: Opened, held: Mapping[str, Entered]) -> dict[str, str]:
    """Return what any front says of a form before the feature is asked: what is missing, too long, or not offered."""
    said = {field.name: _wrong(field, held[field.name]) for field in window.fields()}
    return {name: told for name, told in said.items() if told}


def _wrong(asked: Field, held: Entered) -> str:
    element = asked.element
    if not held:
        return "" if asked.optional else MISSING
    if isinstance(element, blocks.Write):
        return _length(element, str(held))
    if isinstance(element, blocks.Choose | blocks.Tick):
        chosen = {held} if isinstance(held, str) else set(map(str, held))
        return "" if chosen <= {option.value for option in element.options} else NOT_OFFERED
    if isinstance(element, blocks.Suggest) and 0 < element.most < len(held) and element.several:
        return f"At most {element.most}, please."
    return ""


def _length(element: blocks.Write, held: str) -> str:
    if len(held) > element.most:
        return f"At most {element.most} characters, please: these are {len(held)}."
    return f"At least {element.least} characters, please." if len(held) < element.least else ""


def storable(text: str) -> str:
    """Return a text as people typed it: with plain line breaks, and without what no database takes."""
    return text.replace("\r\n", "\n").replace("\0", "")


def _text(asked: Field, sent: Sent) -> Entered:
    return storable(sent.first(f"{FIELD}{asked.name}"))


def _several(asked: Field, sent: Sent) -> Entered:
    return list(map(storable, sent.values.get(f"{FIELD}{asked.name}", ())))


def _suggested(asked: Field, sent: Sent) -> Entered:
    assert isinstance(asked.element, blocks.Suggest)
    return (_several if asked.element.several else _text)(asked, sent)


def _files(asked: Field, sent: Sent) -> Entered:
    name, content = sent.files.get(f"{FIELD}{asked.name}", ("", b""))
    return [SentFile(name, partial(bytes, content))] if name else []


_READ: Mapping[type[Element], Callable[[Field, Sent], Entered]] = {
    blocks.Write: _text,
    blocks.PickDay: _text,
    blocks.Choose: _text,
    blocks.Tick: _several,
    blocks.Suggest: _suggested,
    blocks.Upload: _files,
}
