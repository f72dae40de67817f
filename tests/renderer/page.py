"""The page round what the handlers say: who is here, Home or the messages, and the open windows, one on another."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote

from bot.wording import TEMPLATES, page
from handlers.requests import Route
from tests.renderer.draw import TITLE, State, drawn, short
from tests.renderer.markup import Html, joined, tag
from tests.renderer.screens import HOME, MESSAGES, File, Opened, Screen, Shown

ASSETS = Path(__file__).parent
STYLE, SCRIPT = "chat.css", "chat.js"
# The fonts of the printed forms, so that a picture is the same on every machine.
FONTS = (
    ("Lanyard Sans", 400, "NotoSans-Regular.ttf"),
    ("Lanyard Sans", 700, "NotoSans-Bold.ttf"),
    ("Lanyard Signs", 400, "NotoEmoji-Regular.ttf"),
)
NAME = page("router/messages").text("title")


@cache
def style() -> str:
    """Return the style sheet with its fonts in it: a contact sheet has no server to ask for them."""
    return "".join(_font(*font) for font in FONTS) + (ASSETS / STYLE).read_text(encoding="utf-8")


def _font(family: str, weight: int, name: str) -> str:
    content = b64encode((TEMPLATES / "documents/fonts" / name).read_bytes()).decode()
    source = f"url(data:font/ttf;base64,{content})"
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}\n'


def people(names: Iterable[tuple[str, str]]) -> Html:
    """Return the page on which somebody says who they are."""
    links = (tag("li", tag("a", name, href=f"/{who}/{HOME}")) for who, name in names)
    return whole("Who are you?", tag("main", tag("h1", "Who are you?"), tag("ul", *links), class_="people"))


def screen(who: str, name: str, shown: Screen, shortcuts: Sequence[Route]) -> Html:
    """Return one person's page."""
    tabs = [
        tag("a", label, href=f"/{who}/{tab}", aria_current="page" if shown.tab == tab else None)
        for tab, label in ((HOME, "Home"), (MESSAGES, "Messages"))
    ]
    bar = tag("header", tag("h1", NAME), tag("nav", *tabs), tag("span", name, class_="who"), class_="bar")
    inside = home(shown, who) if shown.tab == HOME else _messages(shown, who)
    # Who is in a window can reach nothing behind it.
    behind = tag("div", bar, tag("main", inside, class_="main"), _below(who, shortcuts), inert=bool(shown.windows))
    last = len(shown.windows) - 1
    windows = [
        tag("div", window(opened, who), class_="over", inert=number != last)
        for number, opened in enumerate(shown.windows)
    ]
    return whole(f"{NAME}: {name}", joined(behind, *windows))


def whole(title: str, body: Html) -> Html:
    """Return a page."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="stylesheet", href=f"/{STYLE}"),
        tag("script", src=f"/{SCRIPT}", defer=True),
    )
    return joined(Html("<!doctype html>"), tag("html", head, tag("body", body), lang="en-GB"))


def home(shown: Screen, who: str = "") -> Html:
    """Return the Home tab."""
    inside = drawn(shown.home.blocks, State(HOME))
    return tag("form", inside, method="post", action=f"/{who}/press/{HOME}", class_="home")


def message(shown: Shown, who: str = "") -> Html:
    """Return a message, with what was typed to get it and the files that came with it."""
    inside = drawn(shown.blocks, State(shown.name))
    form = tag("form", inside, method="post", action=f"/{who}/press/{shown.name}")
    files = [_file(file, who, shown.name, number) for number, file in enumerate(shown.files)]
    said = tag("p", tag("code", shown.said), class_="typed") if shown.said else None
    return tag("article", said, tag("h2", NAME, class_="by"), form, *files, class_="message", id=shown.name)


def window(opened: Opened, who: str = "") -> Html:
    """Return a form or a private window."""
    modal, name = opened.modal, f"{opened.name}.title"
    # Whoever presses Enter in a field sends the form; without this the first button in it would be pressed.
    enter = tag("button", name="do", value="submit", hidden=True, tabindex=-1) if modal.submit else None
    cross = tag("button", "×", name="do", value="leave", aria_label="Close all", class_="cross", formnovalidate=True)
    heading = tag("h2", short(modal.title, TITLE), id=name)
    body = tag("div", drawn(modal.blocks, _state(opened)), class_="body")
    closes = tag("button", short(modal.close, TITLE), name="do", value="close", class_="button", formnovalidate=True)
    sends = None
    if modal.submit:
        sends = tag("button", short(modal.submit, TITLE), name="do", value="submit", class_="button primary")
    form = tag(
        "form",
        enter,
        tag("div", heading, cross, class_="head"),
        body,
        tag("div", closes, sends, class_="foot"),
        method="post",
        enctype="multipart/form-data",
        novalidate=True,
        action=f"/{who}/press/{opened.name}",
        data_place=opened.name,
    )
    return tag("section", form, class_="window", role="dialog", aria_modal="true", aria_labelledby=name)


def _state(opened: Opened) -> State:
    return State(opened.name, opened.entered if opened.version or opened.entered else {}, opened.errors, opened.known)


def _messages(shown: Screen, who: str) -> Html:
    return tag("div", *(message(each, who) for each in shown.messages), class_="messages", role="log")


def _below(who: str, shortcuts: Sequence[Route]) -> Html:
    """The line to type commands in, and the shortcuts."""
    chosen = [
        tag("button", shortcut.summary, name="name", value=shortcut.name, class_="button") for shortcut in shortcuts
    ]
    menu = tag(
        "details",
        tag("summary", "Shortcuts"),
        tag("form", *chosen, method="post", action=f"/{who}/shortcut"),
        class_="shortcuts",
    )
    typed = tag("input", type="text", name="text", aria_label="Command", placeholder="/lanyard", autocomplete="off")
    send = tag("button", "Send", class_="button")
    return tag("footer", menu, tag("form", typed, send, method="post", action=f"/{who}/command"), class_="below")


def _file(file: File, who: str, place: str, number: int) -> Html:
    if file.alternative:
        kind = guess_type(file.name)[0]
        return tag("img", src=f"data:{kind};base64,{b64encode(file.content).decode()}", alt=file.alternative)
    link = tag("a", file.name, href=f"/{who}/file/{place}/{number}/{quote(file.name)}", download=file.name)
    return tag("p", "📎 ", link)
