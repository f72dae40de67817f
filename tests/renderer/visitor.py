"""Somebody at the page, in Chromium: presses what is to be seen, fills in by label, and reads what stands there."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser.screen import FLAGS, find_chromium
from tests.people import Someone
from tests.renderer.screens import HOME, MESSAGES

NOTHING_BEHIND = ".over { background: var(--ground); } .window { box-shadow: none; }"  # its corners are round
TIMEOUT = 10_000  # milliseconds
BRITISH = {"LANG": "en_GB.UTF-8", "LANGUAGE": "en_GB"}  # a date field asks the system how dates are written


class Width(enum.IntEnum):
    """How wide the page is, in pixels."""

    PHONE = 390
    DESK = 1120


class Scheme(enum.StrEnum):
    """Whether the page is light or dark."""

    LIGHT = "light"
    DARK = "dark"


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, "--lang=en-GB"], env={**os.environ, **BRITISH}
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, width: Width = Width.DESK, scheme: Scheme = Scheme.LIGHT) -> Iterator[Page]:
    """Open a page; what goes wrong in it, such as a script that fails, fails whoever uses it."""
    context = browser.new_context(
        viewport={"width": int(width), "height": 844}, color_scheme=scheme.value, locale="en-GB"
    )
    context.set_default_timeout(TIMEOUT)
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


class Visitor:
    """One page, at which one person at a time sits."""

    def __init__(self, page: Page, url: str, shots: Path) -> None:
        self.page, self._url, self._shots = page, url, shots
        self._who = ""

    # ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def home(self, who: Someone) -> None:
        """Sit somebody down at their Home."""
        self._go(who, HOME)

    def messages(self, who: Someone) -> None:
        """Sit somebody down at their messages."""
        self._go(who, MESSAGES)

    def command(self, who: Someone, typed: str) -> None:
        """Have somebody type a command."""
        self._go(who, MESSAGES)
        self.page.get_by_label("Command").fill(typed)
        self._click(self.page.get_by_role("button", name="Send", exact=True))

    def _go(self, who: Someone, tab: str) -> None:
        self._who = who.user_id
        self.page.goto(f"{self._url}/{who.user_id}/{tab}")

    # ── what is there ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def top(self) -> Locator:
        """The window on top, else the whole page."""
        windows = self.page.locator(".window")
        return windows.last if windows.count() else self.page.locator("main")

    def window(self, title: str) -> Locator:
        """Wait for a window with a title; return it."""
        found = self.page.locator(".window").last.filter(has=self.page.get_by_role("heading", name=title, exact=True))
        found.wait_for()
        return found

    def message(self, text: str) -> Locator:
        """Wait for the newest message with a text; return it."""
        found = self.page.locator(".message").filter(has_text=text).last
        found.wait_for()
        return found

    def see(self, text: str) -> Locator:
        """Wait for a text in the window on top, else on the page; return where it is."""
        found = self.top.get_by_text(text).last
        found.wait_for()
        return found

    def errors(self) -> dict[str, str]:
        """Return what is wrong with the open form: field → what is said under it."""
        fields = self.top.locator(".field").filter(has=self.page.locator(".error")).all()
        return {str(field.get_attribute("data-name")): field.locator(".error").inner_text() for field in fields}

    # ── what is done ───────────────────────────────────────────────────────────────────────────────────────────────

    def press(self, label: str, *, near: str | None = None) -> None:
        """Press the lowest button with a label. `near`: a text of the message or paragraph that it belongs to."""
        place = self.top
        if near is not None:
            place = place.locator(".message, .body .section, .home .section").filter(has_text=near).last
        # By what is to be seen: what is read out may say more.
        self._click(place.locator("button:visible").filter(has_text=re.compile(f"^{re.escape(label)}$")).last)

    def fill(self, values: Mapping[str, str | Sequence[str]]) -> None:
        """Fill in the open form: by label or the beginning of one; choices by their text."""
        for label, value in values.items():
            self._fill(self._field(label), value)

    def submit(self) -> None:
        """Send the open form."""
        self._click(self.page.locator(".window").last.locator(".foot .primary"))

    def _click(self, button: Locator) -> None:
        button.click()  # waits until the answer begins
        self.page.wait_for_load_state()

    def close(self) -> None:
        """Close every window."""
        self.page.locator(".window").last.get_by_role("button", name="Close all").click()
        self.page.locator(".window").first.wait_for(state="detached")

    def suggest(self, label: str, typed: str, choice: str) -> None:
        """Type into a picker and choose what it offers."""
        field = self._field(label)
        field.get_by_role("combobox").press_sequentially(typed)
        field.get_by_role("option", name=choice, exact=True).click()

    def _field(self, label: str) -> Locator:
        named = self.page.locator(":scope > label, :scope > legend").filter(
            has_text=re.compile(rf"^\s*{re.escape(label)}")
        )
        field = self.page.locator(".window").last.locator(".field").filter(has=named).first
        field.wait_for()  # a window opens when Slack is asked to open it, which is after the command has been sent
        return field

    def _fill(self, field: Locator, value: str | Sequence[str]) -> None:
        if field.locator(".boxes").count():
            for choice in [value] if isinstance(value, str) else value:
                field.get_by_label(choice, exact=True).check()
        elif field.locator("select").count():
            field.locator("select").select_option(label=str(value))
        elif field.locator("input[type=file]").count():
            field.locator("input[type=file]").set_input_files(str(value))
        else:
            field.locator("input, textarea").first.fill(str(value))

    # ── pictures ───────────────────────────────────────────────────────────────────────────────────────────────────

    def shot(self, name: str, of: Locator | None = None) -> Path:
        """Take a picture of something on the page, all of it, without the mouse or the cursor in it."""
        shown = of or self.top
        path = self._shots / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement.blur()")
        shown.screenshot(path=path, animations="disabled", style=NOTHING_BEHIND)
        return path
