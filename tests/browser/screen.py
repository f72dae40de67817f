"""What a person does in the local Slack's page, through Chromium.

Every wait is Playwright's own or for a message on the page's WebSocket; nothing sleeps.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, WebSocket, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class ScreenError(LookupError):
    """What was asked for is not on the screen."""


def find_chromium() -> str | None:
    """Return the system's Chromium; None means Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def open_screen(url: str, *, timeout: float = 10.0, size: tuple[int, int] = (1280, 900)) -> Iterator[Screen]:
    """Open the local Slack at ``url`` in a fresh Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, "--lang=en-GB"])
        try:
            width, height = size
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/London"
            )
            context.set_default_timeout(timeout * 1000)
            yield Screen(context.new_page(), url, timeout)
        finally:
            browser.close()


class Screen:
    """One browser window, in which one person at a time sits."""

    def __init__(self, page: Page, url: str, timeout: float = 10.0) -> None:
        self.page = page
        self._limit = timeout * 1000
        with page.expect_websocket(lambda found: found.url.endswith("/ui")) as opened:
            page.goto(url)
        self._ui: WebSocket = opened.value
        page.locator(".actas select option").first.wait_for(state="attached")

    # ---- who and where -------------------------------------------------------------------------------------------

    def as_person(self, name: str) -> None:
        """Sit somebody else down at the window, by full name or the beginning of it, such as ``ann``."""
        chooser = self.page.locator(".actas select").last
        people = [option.strip() for option in chooser.locator("option").all_inner_texts()]
        found = [one for one in people if one.casefold() == name.casefold()]
        found = found or [one for one in people if one.casefold().startswith(name.casefold())]
        if len(found) != 1:
            raise ScreenError(f"{name!r} is not one of {people}")
        if self._person() == found[0]:
            return
        if self._at_home():  # switching there asks for the new person's Home, which takes its time
            self._news(lambda: chooser.select_option(label=found[0]), "home", of=found[0])
        else:
            chooser.select_option(label=found[0])

    def go(self, channel: str) -> None:
        """Open a channel by its name, or somebody's direct messages with the bot by that person's full name."""
        name = channel.removeprefix("#")
        item = self.page.locator(".sidebar-item:not(:has(.app-dot))").filter(has_text=_ends(name))
        item.click()
        expect(self.page.locator(".channel-title")).to_contain_text(name)

    def say(self, channel: str, text: str) -> None:
        """Write a message or a slash command in a channel (or, by full name, in somebody's direct messages)."""
        self.go(channel)
        self.page.locator(".main .composer-input").fill(text)
        self.page.locator(".main .composer-send").click()
        expect(self.page.locator(".main .composer-input")).to_have_value("")

    def home(self) -> Locator:
        """Open the bot's App Home and wait until the bot has published it."""
        app = self.page.locator(".sidebar-item:has(.app-dot)").first
        if self._at_home():
            self.page.locator(".sidebar-item:not(:has(.app-dot))").first.click()
        self._news(app.click, "home", of=self._person())
        self._drawn()
        view = self.page.locator(".home .blocks")
        view.wait_for()
        return view

    # ---- messages and Home ---------------------------------------------------------------------------------------

    def see(self, text: str | re.Pattern[str]) -> Locator:
        """Wait for a text in the open form if there is one, else in the channel or Home; return the lowest."""
        place = self.page.locator(".modal" if self._form_open() else ".main")
        found = place.get_by_text(text).last
        found.wait_for()
        return found

    def message(self, text: str) -> Locator:
        """Wait for the newest message with a text; return it."""
        found = self.page.locator(".main .messages .msg").filter(has_text=text).last
        found.wait_for()
        return found

    def messages(self, text: str, count: int) -> None:
        """Wait until so many messages say a text."""
        expect(self.page.locator(".main .messages .msg").filter(has_text=text)).to_have_count(count)

    def press(self, label: str, *, near: str | None = None) -> None:
        """Press a button: in the form if one is open, else the lowest one in the channel or Home.

        ``near`` names the message by a text in it. Buttons in the body of a form do nothing in the local Slack.
        """
        place = self.page.locator(".modal" if self._form_open() else ".main")
        if near is not None:
            place = place.locator(".msg, .bk-section, .bk-actions").filter(has_text=near).last
        place.get_by_role("button", name=label, exact=True).last.click()

    def gone(self, text: str) -> None:
        """Wait until a text is not to be seen any more."""
        expect(self.page.locator(".main").get_by_text(text)).to_have_count(0, timeout=self._limit)

    # ---- forms ---------------------------------------------------------------------------------------------------

    def form(self, title: str | None = None) -> Locator:
        """Wait for a form (with this in its title); return it."""
        form = self.page.locator(".modal")
        form.wait_for()
        if title is not None:
            expect(form.locator(".modal-title")).to_contain_text(title, timeout=self._limit)
        return form

    def fill_modal(self, values: Mapping[str, str | Sequence[str]]) -> None:
        """Fill in the open form: by label or the beginning of one; choices by their text, several as a list."""
        form = self.form()
        for label, value in values.items():
            _fill(self._input(form, label), label, value)

    def choose(self, choice: str) -> None:
        """Choose in the only picker of the open form, whatever its label."""
        self.form().locator(".bk-input select").select_option(label=choice)

    def submit(self) -> dict[str, str]:
        """Submit the open form and wait for the answer; return the errors, by block id: none if it was taken."""
        news = self._news(self.form().locator(".modal-btn.primary").click, "view", "view_errors")
        if news["t"] == "view_errors":
            expect(self.page.locator(".modal-error")).to_have_count(len(news["errors"]))
            self.page.locator(".modal-error").last.scroll_into_view_if_needed()
            return dict(news["errors"])
        if news["stack"]:
            expect(self.page.locator(".modal-title")).to_have_text(news["stack"][-1]["title"]["text"])
        else:
            self.page.locator(".modal").wait_for(state="detached")
        return {}

    def close(self) -> None:
        """Close the open form, and with it all forms, by its cross."""
        self.page.locator(".modal-x").click()
        self.page.locator(".modal").wait_for(state="detached")

    # ---- plumbing ------------------------------------------------------------------------------------------------

    def _person(self) -> str:
        chosen: str = self.page.locator(".actas select").last.evaluate("box => box.selectedOptions[0].text")
        return chosen.strip()

    def _account(self, name: str) -> str | None:
        option = self.page.locator(".actas").last.locator("option").filter(has_text=_ends(name))
        return option.get_attribute("value")

    def _at_home(self) -> bool:
        return self.page.locator(".home").count() > 0

    def _form_open(self) -> bool:
        return self.page.locator(".modal").count() > 0

    def _drawn(self) -> None:
        """Let the page draw what it has been told."""
        self.page.evaluate(_DRAWN)

    def _news(self, act: Callable[[], Any], *kinds: str, of: str | None = None) -> dict[str, Any]:
        """Do something and wait until the server tells the page one of these kinds of news (of this person)."""
        who = self._account(of) if of else None

        def wanted(frame: str | bytes) -> bool:
            news = json.loads(frame)
            return news["t"] in kinds and who in {None, news.get("user")}

        try:
            with self._ui.expect_event("framereceived", wanted, timeout=self._limit) as told:
                act()
        except TookTooLong as error:
            raise ScreenError(f"the bot did not answer ({' or '.join(kinds)}) in {self._limit / 1000:g} s") from error
        news: dict[str, Any] = json.loads(told.value)
        return news

    def _input(self, form: Locator, label: str) -> Locator:
        """Find an input by its label, or by the beginning of it."""
        blocks = form.locator(".bk-input")
        for pattern in (re.compile(f"^{re.escape(label)}$"), re.compile(f"^{re.escape(label)}")):
            found = blocks.filter(has=self.page.locator(".bk-label").filter(has_text=pattern))
            if found.count() == 1:
                return found
        raise ScreenError(f"no one input is labelled {label!r} among {form.locator('.bk-label').all_inner_texts()}")


def _ends(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|[#\s🔒]){re.escape(name)}\s*$")


def _fill(block: Locator, label: str, value: str | Sequence[str]) -> None:
    if block.locator(".bk-unknown").count():
        raise ScreenError(f"the local Slack cannot draw {label!r}: {block.locator('.bk-unknown').inner_text()}")
    several = [value] if isinstance(value, str) else list(value)
    if block.locator(".bk-options").count():
        for choice in several:
            exactly = re.compile(rf"^\s*{re.escape(choice)}\s*$")
            block.locator(".bk-options label").filter(has_text=exactly).locator("input").check()
    elif block.locator("select").count():
        block.locator("select").select_option(label=several)
    else:
        block.locator("input").fill("\n".join(several))
