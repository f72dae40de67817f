"""A local Slack to run the bot against: starts, drives and inspects the third-party program ``local-slack``.

The program (npm ``local-slack-linux-x64``) listens on every network interface and has no option against it.
It is a Bun executable, and Bun reads ``bunfig.toml`` from its working folder: ours preloads two lines that bind it
to 127.0.0.1, and :meth:`LocalSlack.start` refuses to go on if that did not work.

Nothing here sleeps: every wait listens to the program's own ``/ui`` WebSocket, with a time limit.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import websocket

from tests.browser.form_state import action_of, state_of
from tests.browser.workspace import (
    APP_ID,
    APP_TOKEN,
    BOT_TOKEN,
    PEOPLE,
    SIGNING_SECRET,
    STAFFROOM,
    Channel,
    Json,
    LocalSlackError,
    Person,
    find_program,
    write_config,
)

Found = TypeVar("Found")

_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
_NOT_OURS = ("BUN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")  # Bun's own settings, and a way round this machine
_UNANSWERED_AFTER = 4.9  # seconds; the program itself gives up on an acknowledgement after 5


@dataclass(frozen=True)
class Submitted:
    """What came back for a form: errors by block, and the forms now on the screen, the top one last."""

    errors: dict[str, str] = field(default_factory=dict)
    stack: list[Json] = field(default_factory=list)


class LocalSlack:
    """A running local Slack; use it as a context manager.

    People may be named by id, short name or full name; channels by id or name, or a person's name for that
    person's direct messages with the bot.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        users: Sequence[Person] = PEOPLE,
        channels: Sequence[Channel] = (STAFFROOM,),
        bot_port: int | None = None,
        program: Path | None = None,
        timeout: float = 15.0,
    ) -> None:
        self.folder = folder
        self.users = tuple(users)
        self.channels = tuple(channels)
        self.port = port
        self.timeout = timeout
        self._bot_port = bot_port
        self._program = program
        self._process: subprocess.Popen[str] | None = None
        self._said: list[str] = []
        self._reader: threading.Thread | None = None

    # ---- running -------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where people open it in a browser."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """What the bot needs as ``SLACK_API_URL``."""
        return f"{self.url}/api/"

    @property
    def environment(self) -> dict[str, str]:
        """The bot's environment: tokens and address; the app token only for Socket Mode."""
        bot = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": self.api_url}
        return bot | ({"SLACK_APP_TOKEN": APP_TOKEN} if self._bot_port is None else {})

    def start(self) -> None:
        """Start the program and wait until it answers; with port 0 it picks a free port itself."""
        program = self._program or find_program()
        config = write_config(self.folder, users=self.users, channels=self.channels, bot_port=self._bot_port)
        self._process = subprocess.Popen(
            [
                *(str(program.resolve()), "--config", config.name, "--port", str(self.port)),
                *("--base-host", "127.0.0.1", "--files-dir", str((self.folder / "files").resolve())),
            ],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_OURS)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for whoever started us: the bot has to stop before its Slack does
        )
        try:
            self.port = self._port_from(self._process)
            self._check_fence()
            self.state()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the program; harmless if it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        if self._reader is not None:
            self._reader.join(5)

    def when_it_ends(self, tell: Callable[[], None]) -> None:
        """Call ``tell``, from another thread, once the program has ended, for whatever reason."""
        process = self._process
        if process is not None:

            def watch() -> None:
                process.wait()
                tell()

            threading.Thread(target=watch, name="slack-watch", daemon=True).start()

    def _port_from(self, process: subprocess.Popen[str]) -> int:
        """Read what the program prints until it names its address."""
        lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._listen, args=(process, lines), daemon=True)
        self._reader.start()
        end = time.monotonic() + self.timeout
        while (left := end - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            if "Web UI:" in line:
                return int(line.rsplit(":", 1)[1])
        raise LocalSlackError(f"local-slack did not start within {self.timeout:g} s; it said:\n{''.join(self._said)}")

    def _listen(self, process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
        """Keep reading, so that the program never blocks on a full pipe."""
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self._said.append(line)
                    lines.put(line)
        lines.put(None)

    def _check_fence(self) -> None:
        """Refuse to run where another machine could reach it: 127.0.0.2 answers only if it listens everywhere."""
        with closing(socket.socket()) as probe:
            probe.settimeout(2)
            if probe.connect_ex(("127.0.0.2", self.port)) == 0:
                raise LocalSlackError("local-slack listens beyond 127.0.0.1: its bunfig.toml was not obeyed")

    # ---- who and where -------------------------------------------------------------------------------------------

    def user(self, name: str) -> Person:
        """Return the person with this id, short name or full name."""
        for person in self.users:
            if name in {person.id, person.name, person.real_name}:
                return person
        raise LocalSlackError(f"nobody here is called {name!r}")

    def channel(self, name: str) -> str:
        """Return the id of a channel, given its id or name, or a person's name for the direct messages."""
        for channel in self.channels:
            if name.removeprefix("#") in {channel.id, channel.name}:
                return channel.id
        return name if name.startswith("D0") else self.user(name).dm

    # ---- what people do ------------------------------------------------------------------------------------------

    def command(self, user: str, text: str, *, channel: str = STAFFROOM.name) -> list[Json]:
        """Type a slash command, such as ``/consent Jamie``; return what the acknowledgement put into the channel."""
        place = self.channel(channel)
        before = {message["ts"] for message in self.messages(place)}
        command, _, rest = text.partition(" ")
        who = self.user(user).id
        self._control("command", {"channel": place, "user": who, "command": command, "text": rest})
        return [message for message in self.messages(place) if message["ts"] not in before]

    def say(self, user: str, text: str, *, channel: str = STAFFROOM.name) -> None:
        """Write an ordinary message."""
        self._control("message", {"channel": self.channel(channel), "user": self.user(user).id, "text": text})

    def press(self, user: str, label: str, *, channel: str = STAFFROOM.name, ts: str | None = None) -> None:
        """Press a button, by its text or action id, on the newest message that has it (or on the one named)."""
        place = self.channel(channel)
        for message in reversed(self.messages(place)):
            if ts in {None, message["ts"]} and (action := action_of(message.get("blocks", []), label)):
                body = {"channel": place, "messageTs": message["ts"], "user": self.user(user).id, "action": action}
                self._control("interact", body)
                return
        raise LocalSlackError(f"no message in {channel} has {label!r}")

    def open_home(self, user: str) -> Json:
        """Open App Home; return the view that the bot publishes for it."""
        who = self.user(user).id
        with self._ui() as (ui, _):
            self._control("open-home", {"user": who})
            return self._until(
                ui, lambda news: news["view"] if news["t"] == "home" and news["user"] == who else None, "a Home"
            )

    def press_home(self, user: str, label: str) -> None:
        """Press a button on somebody's App Home, by its text or action id."""
        who = self.user(user).id
        with self._ui() as (ui, state):
            view = state["homeViews"].get(who, {}).get(APP_ID, {})
            action = action_of(view.get("blocks", []), label)
            if action is None:
                raise LocalSlackError(f"{user}'s Home has no {label!r}")
            message = {"t": "block_action", "channel": "", "messageTs": "", "user": who, "appId": APP_ID}
            ui.send(json.dumps(message | {"action": action}))

    def submit_view(self, user: str, values: Mapping[str, Any], *, keep_initial: bool = True) -> Submitted:
        """Fill in and submit the form on the screen; return what came back.

        Inputs go by block id or by the beginning of their label; choices by their text or value. Untouched inputs
        send their initial values, as in Slack; the program's own page forgets them: ``keep_initial=False``.
        """
        with self._ui() as (ui, state):
            if not state["modalStack"]:
                raise LocalSlackError("there is no form on the screen")
            filled = state_of(state["modalStack"][-1], values, keep_initial=keep_initial)
            ui.send(json.dumps({"t": "view_submit", "user": self.user(user).id, "values": filled}))
            return self._until(ui, _submitted, "an answer to the form")

    def close_view(self, user: str) -> None:
        """Close the form on the screen with its cross."""
        with self._ui() as (ui, _):
            ui.send(json.dumps({"t": "view_close", "user": self.user(user).id}))
            self._until(ui, _submitted, "the form to close")

    # ---- what is there -------------------------------------------------------------------------------------------

    def messages(self, channel: str) -> list[Json]:
        """Return all messages of a channel, the oldest first; private answers have ``subtype: ephemeral``."""
        found: list[Json] = self._get(f"messages/{self.channel(channel)}")["messages"]
        return found

    def current_view(self, user: str | None = None) -> Json | None:
        """Return the form on top of the screen; there is one screen for everybody, whoever is named."""
        if user is not None:
            self.user(user)
        stack = self.state()["modalStack"]
        return stack[-1] if stack else None

    def home_of(self, user: str) -> Json | None:
        """Return somebody's App Home as last published, without opening it."""
        view: Json | None = self.state()["homeViews"].get(self.user(user).id, {}).get(APP_ID)
        return view

    def log(self) -> list[Json]:
        """Return the last 1,000 exchanges with the bot."""
        entries: list[Json] = self._get("log")["log"]
        return entries

    def state(self) -> Json:
        """Return everything that the browser page is given when it opens."""
        with self._ui() as (_, state):
            return state

    def reset(self) -> None:
        """Forget messages, forms, Homes and the log; the people and channels stay."""
        self._control("reset", {})

    # ---- waiting -------------------------------------------------------------------------------------------------

    def wait_until(self, look: Callable[[], Found | None], what: str, timeout: float | None = None) -> Found:
        """Look now, and again after every piece of news, until something true is found; return it."""
        with self._ui() as (ui, _):
            found = look()
            return found if found else self._until(ui, lambda _: look() or None, what, timeout)

    def wait_for_bot(self, timeout: float | None = None) -> None:
        """Wait until the bot is connected by Socket Mode."""
        self.wait_until(lambda: any(app["connected"] for app in self.state()["apps"]), "the bot to connect", timeout)

    def wait_for_message(self, channel: str, text: str, timeout: float | None = None) -> Json:
        """Wait for a message with ``text`` anywhere in it, blocks included; return the newest one."""

        def look() -> Json | None:
            hits = [m for m in self.messages(channel) if text in json.dumps(m, ensure_ascii=False)]
            return hits[-1] if hits else None

        return self.wait_until(look, f"a message with {text!r} in {channel}", timeout)

    def wait_for_view(self, title: str = "", timeout: float | None = None) -> Json:
        """Wait for a form with ``title`` in its title; return it."""

        def look() -> Json | None:
            view = self.current_view()
            return view if view and title in view["title"]["text"] else None

        return self.wait_until(look, f"a form titled {title!r}", timeout)

    # ---- plumbing ------------------------------------------------------------------------------------------------

    def _control(self, what: str, body: Json) -> None:
        began = time.monotonic()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_control/{what}", json.dumps(body).encode(), headers)
        with _NO_PROXY.open(request, timeout=self.timeout) as answer:
            answer.read()
        if time.monotonic() - began > _UNANSWERED_AFTER:
            raise LocalSlackError(f"the bot did not acknowledge {body} within {_UNANSWERED_AFTER:g} s")

    def _get(self, what: str) -> Json:
        with _NO_PROXY.open(f"{self.url}/_control/{what}", timeout=self.timeout) as answer:
            found: Json = json.load(answer)
        return found

    @contextmanager
    def _ui(self) -> Iterator[tuple[websocket.WebSocket, Json]]:
        """Open the page's own WebSocket; give it and the state that it begins with."""
        # With a socket of our own: the library would take an `http_proxy` of the environment for this machine too.
        line = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        ui = websocket.create_connection(f"ws://127.0.0.1:{self.port}/ui", timeout=self.timeout, socket=line)
        with closing(ui):
            yield ui, json.loads(ui.recv())["state"]

    def _until(
        self,
        ui: websocket.WebSocket,
        take: Callable[[Json], Found | None],
        what: str,
        timeout: float | None = None,
    ) -> Found:
        """Read news until ``take`` makes something of it."""
        limit = self.timeout if timeout is None else timeout
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            ui.settimeout(left)
            try:
                found = take(json.loads(ui.recv()))
            except websocket.WebSocketTimeoutException:
                break
            if found is not None:
                return found
        raise LocalSlackError(f"waited {limit:g} s in vain for {what}")


def _submitted(news: Json) -> Submitted | None:
    """Make the outcome of a form out of a piece of news."""
    if news["t"] == "view_errors":
        return Submitted(errors=dict(news["errors"]))
    return Submitted(stack=list(news["stack"])) if news["t"] == "view" else None
