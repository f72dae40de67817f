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

Json = dict[str, Any]
Found = TypeVar("Found")

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path("node_modules/local-slack-linux-x64/bin/local-slack")
INSTALL = "npm install --no-save local-slack-linux-x64@0.1.8"

TEAM_ID = "T0SCHOOL"
APP_ID = "A0LANYARD"
BOT_ID = "U0LANYARD"
BOT_NAME = "Lanyard"
BOT_TOKEN = "xoxb-invented-bot-token"
APP_TOKEN = "xapp-invented-app-token"
SIGNING_SECRET = "invented-signing-secret"

_FENCE = """// Keeps local-slack on this machine: without it, it listens on every network interface.
const serve = Bun.serve;
Bun.serve = (options) => serve({ ...options, hostname: "127.0.0.1" });
"""
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
_NOT_OURS = ("BUN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")  # Bun's own settings, and a way round this machine
_UNANSWERED_AFTER = 4.9  # seconds; the program itself gives up on an acknowledgement after 5


class LocalSlackError(RuntimeError):
    """The local Slack could not be started, or what was asked of it is not there."""


@dataclass(frozen=True)
class Person:
    """Somebody invented, with an account in the local Slack."""

    id: str
    name: str
    real_name: str
    email: str

    @property
    def dm(self) -> str:
        """The id of this person's direct message channel with the bot."""
        return "D" + self.id[1:]


@dataclass(frozen=True)
class Channel:
    """A channel; without members named, everybody and the bot are in it."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    is_private: bool = False


@dataclass(frozen=True)
class Submitted:
    """What came back for a form: errors by block, and the forms now on the screen, the top one last."""

    errors: dict[str, str] = field(default_factory=dict)
    stack: list[Json] = field(default_factory=list)


def _person(name: str, real_name: str, mailbox: str | None = None) -> Person:
    return Person("U0" + name.upper(), name, real_name, f"{mailbox or name}@huntington.example")


PEOPLE: tuple[Person, ...] = (
    _person("ann", "Ann Teacher"),
    _person("ben", "Ben Carter"),
    _person("cara", "Cara Singh"),
    _person("hana", "Hana Rees", "head"),
    _person("dev", "Dev Mistry", "deputy"),
    _person("olu", "Olu Adeyemi", "office"),
    _person("priya", "Priya Nair", "dpo"),
    _person("col", "Col Evans", "chair"),
    _person("gwen", "Gwen Smith", "gov.smith"),
)
STAFFROOM = Channel("C0STAFF", "staffroom")


def find_program() -> Path:
    """Return the local-slack program: ``LOCAL_SLACK`` if set, else the one under the project's node_modules."""
    named = os.environ.get("LOCAL_SLACK")
    program = Path(named) if named else PROJECT / PROGRAM
    if not program.is_file():
        where = f"LOCAL_SLACK names {program}, which is not there" if named else f"there is no {program}"
        raise LocalSlackError(f"local-slack is not installed ({where}); run in {PROJECT}: {INSTALL}")
    if not os.access(program, os.X_OK):
        raise LocalSlackError(f"{program} may not be executed; run: chmod +x {program}")
    return program


def write_config(
    folder: Path,
    *,
    users: Sequence[Person] = PEOPLE,
    channels: Sequence[Channel] = (STAFFROOM,),
    bot_port: int | None = None,
    team_id: str = TEAM_ID,
    team_name: str = "Huntington",
) -> Path:
    """Write the workspace and the fence into ``folder``; return the workspace file.

    With ``bot_port`` the bot is called over signed HTTP at ``/slack/events`` on that port; without, over Socket Mode.
    Everybody gets a direct message channel named ``directmessage``, as a slash command in Slack reports it.
    """
    everybody = [person.id for person in users]
    app: Json = {
        "appId": APP_ID,
        "botUserId": BOT_ID,
        "botName": BOT_NAME,
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SIGNING_SECRET,
        "mode": "socket",
    }
    if bot_port is not None:
        app |= {"mode": "events", "requestUrl": f"http://127.0.0.1:{bot_port}/slack/events"}
    rooms: list[Json] = [
        {
            "id": channel.id,
            "name": channel.name,
            "is_private": channel.is_private,
            "members": [*(channel.members or everybody), BOT_ID],
        }
        for channel in channels
    ]
    direct: list[Json] = [
        {
            "id": person.dm,
            "name": "directmessage",
            "is_im": True,
            "is_channel": False,
            "is_private": True,
            "members": [person.id, BOT_ID],
        }
        for person in users
    ]
    config = {
        "workspace": {"name": team_name, "domain": team_name.lower().replace(" ", "-"), "teamId": team_id},
        "apps": [app],
        "users": [
            {"id": p.id, "name": p.name, "real_name": p.real_name, "email": p.email, "tz": "Europe/London"}
            for p in users
        ],
        "channels": rooms + direct,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fence.js").write_text(_FENCE, encoding="utf-8")
    (folder / "bunfig.toml").write_text('preload = ["./fence.js"]\n', encoding="utf-8")
    path = folder / "workspace.json"
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return path


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
            if ts in {None, message["ts"]} and (action := _action(message.get("blocks", []), label)):
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
            action = _action(view.get("blocks", []), label)
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
            filled = _fill(state["modalStack"][-1], values, keep_initial=keep_initial)
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


def _action(blocks: Sequence[Json], label: str) -> Json | None:
    """Find a button by its text or action id and make the action that pressing it sends."""
    for number, block in enumerate(blocks):
        for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
            if element.get("type") == "button" and label in {element["text"]["text"], element.get("action_id")}:
                wanted = {name: element.get(name) for name in ("type", "action_id", "value", "text")}
                return wanted | {"block_id": block.get("block_id", f"b{number}")}
    return None


def _fill(view: Json, values: Mapping[str, Any], *, keep_initial: bool) -> dict[str, dict[str, Json]]:
    """Make ``state.values`` out of plain values."""
    left = dict(values)
    filled: dict[str, dict[str, Json]] = {}
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    for block in inputs:
        name = next((n for n in left if n in {block.get("block_id"), block["label"]["text"]}), None)
        if name is None:
            name = next((n for n in left if block["label"]["text"].startswith(n)), None)
        element = block["element"]
        if name is not None:
            answer: Json | None = _answer(element, left.pop(name))
        else:
            answer = _initial(element) if keep_initial else None
        if answer is not None:
            filled.setdefault(block["block_id"], {})[element["action_id"]] = answer
    if left:
        raise LocalSlackError(f"the form has no {', '.join(left)}; it has {[b['label']['text'] for b in inputs]}")
    return filled


def _initial(element: Json) -> Json | None:
    """Return what an untouched input sends in Slack, if it begins with something."""
    names = {
        "initial_value": "value",
        "initial_date": "selected_date",
        "initial_option": "selected_option",
        "initial_options": "selected_options",
    }
    return next(({"type": element["type"], to: element[name]} for name, to in names.items() if name in element), None)


def _answer(element: Json, value: Any) -> Json:
    """Make what an input sends out of a plain value; anything it cannot be made of goes as it is."""
    kind = element["type"]
    if isinstance(value, Mapping):
        return {"type": kind, **value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": str(value)}
    if kind in {"radio_buttons", "static_select"}:
        return {"type": kind, "selected_option": _option(element, str(value))}
    if kind in {"checkboxes", "multi_static_select"}:
        chosen = [value] if isinstance(value, str) else value
        return {"type": kind, "selected_options": [_option(element, str(one)) for one in chosen]}
    return {"type": kind, "value": str(value)}


def _option(element: Json, wanted: str) -> Json:
    options: list[Json] = element.get("options", [])
    for option in options:
        if wanted in {option["text"]["text"], option["value"]}:
            return option
    raise LocalSlackError(f"no choice {wanted!r} among {[option['text']['text'] for option in options]}")
