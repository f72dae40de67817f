"""Walks through everything that one person can reach, and draws it: Home, messages, every window behind a button."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from bot.clock import school_day
from handlers import blocks
from handlers.blocks import Block, Button, Field
from handlers.requests import Kind
from tests.people import Someone
from tests.renderer import page
from tests.renderer.draw import State, drawn
from tests.renderer.entered import Sent
from tests.renderer.markup import Html, plain, tag
from tests.renderer.opening import School
from tests.renderer.screens import HOME, Opened

# What is typed after a command, so that its answers of every kind are seen.
TYPED: Mapping[str, Sequence[str]] = {
    "/consent": ("Jamie", "Jamie Nowak 3B", "3B for website video", "Jmie Nowak", "Rhys Williams", "Nobody Atall", ""),
    "/consent-record": ("", "Jamie Nowak 3B", "Fatima van Dijk"),
    "/policy": ("", "phone photos", "zebra"),
}
WRITTEN = {"url": "https://example.org/page?a=1&b=2", "urls": "https://example.org/page", "question": "Which lessons?"}
PROSE = "Year 3 needs it for the history project this half term."
LOOKED_AT = 3  # so many buttons of one route on one surface: the others lead to more of the same
FEET = 5  # presses from where somebody began
BEGINNING = 24  # letters by which one message is told from another


@dataclass(frozen=True)
class Seen:
    """Something that a person has seen: how they came there, and what it looks like."""

    caption: str
    shown: Html


@dataclass(frozen=True)
class _Place:
    """Somewhere to go on from. `windows`: those that are open there."""

    caption: str
    name: str
    blocks: Sequence[Block]
    windows: Sequence[Opened]


class Walk:
    """One person's walk through a school."""

    def __init__(self, school: School, who: Someone) -> None:
        self._school, self._front, self._who = school, school.front, who
        self._screen = school.front.screens[who.user_id]
        self._ahead: deque[_Place] = deque()
        self._forms: list[tuple[str, Sequence[Opened]]] = []
        self._known: set[str] = set()

    def everything(self) -> Iterator[Seen]:
        """Look at everything; forms are sent last, because sending changes what there is to see."""
        home = self._front.home(self._who.user_id)
        yield Seen("Home", page.home(home))
        self._ahead.append(_Place("Home", HOME, home.home.blocks, ()))
        yield from self._messages("message", {})
        for route in self._front.may(self._who.user_id, Kind.COMMAND):
            for text in TYPED.get(route.name, ("",)):
                yield from self._led(f"{route.name} {text}".strip(), self._type, route.name, text)
        while self._ahead:
            yield from self._look(self._ahead.popleft())
        for caption, windows in self._forms:
            yield from self._send(caption, windows)

    def _type(self, name: str, text: str) -> None:
        self._front.command(self._who.user_id, f"{name} {text}")

    def _look(self, place: _Place) -> Iterator[Seen]:
        """Press every button that leads to something else, and look where it leads."""
        pressed: dict[str, int] = {}
        for element in _pressable(place.blocks):
            action, value, label = element
            route = action.split(":", 1)[0]
            pressed[route] = pressed.get(route, 0) + 1
            if pressed[route] > LOOKED_AT:
                continue
            self._screen.windows = list(deepcopy(place.windows))
            yield from self._led(f"{place.caption} › {label}", self._press, place.name, action, value)

    def _press(self, name: str, action: str, value: str) -> None:
        self._front.press(self._who.user_id, name, action, value, _as_it_is(self._screen.window(name)))

    def _led(self, caption: str, act: Callable[..., None], *how: str) -> Iterator[Seen]:
        """Do something, and look at what is there then and was not before."""
        read, before = self._read(), [_likeness(each) for each in self._screen.windows]
        act(*how)
        yield from self._messages(caption, read)
        windows = self._screen.windows
        if windows and [_likeness(each) for each in windows] != before:
            yield from self._window(caption, windows)
        self._screen.windows = []

    def _read(self) -> dict[str, str]:
        return {message.name: _outline(message.blocks) for message in self._screen.messages}

    def _messages(self, caption: str, before: Mapping[str, str]) -> Iterator[Seen]:
        """Look at messages that are new, or say something else now."""
        for message in self._screen.messages:
            outline = _outline(message.blocks)
            if before.get(message.name) != outline and self._is_new(outline):
                yield Seen(caption, tag("div", page.message(message), class_="messages"))
                self._go_on(caption, message.name, message.blocks, ())

    def _window(self, caption: str, windows: Sequence[Opened]) -> Iterator[Seen]:
        top = deepcopy(windows[-1])
        if not self._is_new(_likeness(top)):
            return
        yield Seen(caption, page.window(top))
        for sure in _asks(top.modal.blocks):
            yield Seen(f"{caption}: asks first", sure)
        self._go_on(caption, top.name, top.modal.blocks, [*deepcopy(list(windows[:-1])), top])
        if top.modal.submit:
            self._forms.append((caption, [*deepcopy(list(windows[:-1])), top]))

    def _go_on(self, caption: str, name: str, shown: Sequence[Block], windows: Sequence[Opened]) -> None:
        if caption.count("›") < FEET:
            self._ahead.append(_Place(caption, name, shown, windows))

    def _is_new(self, likeness: str) -> bool:
        is_new = likeness not in self._known
        self._known.add(likeness)
        return is_new

    # ── forms ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, caption: str, windows: Sequence[Opened]) -> Iterator[Seen]:
        """Send a form filled in plausibly; look at the mistakes, and at what follows."""
        self._screen.windows = list(deepcopy(windows))
        window = self._screen.windows[-1]
        sent = Sent({f"field.{field.name}": self._filled(window, field) for field in window.fields()})
        self._front.submit(self._who.user_id, window.name, sent)
        if window.errors:
            yield Seen(f"{caption} › sent, but", page.window(window))
        elif self._screen.windows:
            top = self._screen.windows[-1]
            if self._is_new(_likeness(top)):
                yield Seen(f"{caption} › sent", page.window(top))
        self._screen.windows = []

    def _filled(self, window: Opened, field: Field) -> list[str]:
        match field.element:
            case blocks.Write(initial=initial):
                name = self._who.name if field.name == "signature" else WRITTEN.get(field.name, PROSE)
                return [initial or ("" if field.optional else name)]
            case blocks.Choose(initial=initial, options=options):
                return [initial or options[0].value]
            case blocks.Tick(initial=initial, options=options):
                return sorted(initial) or [options[0].value]
            case blocks.PickDay(initial=initial):
                today = school_day(self._school.clock(), "Europe/London").isoformat()
                return [initial or ("" if field.optional else today)]
            case blocks.Suggest(action=action):
                found = self._front.suggest(self._who.user_id, window.name, action, "Ja")
                return [option.value for option in found[:1]]
        return []


def _pressable(shown: Sequence[Block]) -> Iterator[tuple[str, str, str]]:
    """Return (action, value, label) of what can be pressed; of a picker, its first choice."""
    for block in shown:
        elements = block.elements if isinstance(block, blocks.Actions) else ()
        if isinstance(block, blocks.Section) and block.accessory:
            elements = (block.accessory,)
        for element in elements:
            if isinstance(element, Button):
                yield element.action, element.value, plain(element.text)
            elif isinstance(element, blocks.Choose):
                yield element.action, element.options[0].value, plain(element.options[0].text)


def _asks(shown: Sequence[Block]) -> Iterator[Html]:
    """Return the questions that buttons ask before they act, open."""
    for block in shown:
        elements = block.elements if isinstance(block, blocks.Actions) else (getattr(block, "accessory", None),)
        for element in elements:
            if isinstance(element, Button) and element.confirm:
                dialog = drawn([blocks.Actions((element,))], State("sheet"))
                yield Html(dialog.replace("<dialog ", "<dialog open "))


def _as_it_is(window: Opened | None) -> Sent:
    """Return what the page of a window sends when nothing was changed in it."""
    if window is None:
        return Sent()
    held = {field.name: getattr(field.element, "initial", None) or "" for field in window.fields()}
    return Sent(
        {f"field.{name}": [value] if isinstance(value, str) else _values(value) for name, value in held.items()}
    )


def _values(initial: Sequence[object]) -> list[str]:
    return [each.value if isinstance(each, blocks.Option) else str(each) for each in initial]


def _likeness(window: Opened) -> str:
    return f"{_without_numbers(plain(window.modal.title))}|{window.modal.form}|{_outline(window.modal.blocks)}"


def _outline(shown: Sequence[Block]) -> str:
    """Return what tells one kind of message or window from another: how it begins, and its kinds of blocks."""
    first = next((plain(block.text) for block in shown if isinstance(block, blocks.Section)), "")
    return " ".join([_without_numbers(first)[:BEGINNING], *dict.fromkeys(map(_block, shown))])


def _block(block: Block) -> str:
    heading = _without_numbers(plain(block.text)) if isinstance(block, blocks.Header) else ""
    return f"{type(block).__name__}:{getattr(block, 'name', '')}:{heading}"


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "0", text)
