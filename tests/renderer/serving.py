"""The web server before the front: on this machine alone, on a free port. It only translates."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bot.wording import Wording
from handlers.requests import Kind
from tests.renderer import page
from tests.renderer.entered import Sent
from tests.renderer.front import Front
from tests.renderer.markup import plain
from tests.renderer.screens import HOME, MESSAGES, Screen


@dataclass(frozen=True)
class Answer:
    """What goes back; `where`: to look for it there instead."""

    content: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    where: str = ""


NOT_FOUND = Answer(b"There is nothing here.", status=HTTPStatus.NOT_FOUND)


class Pages:
    """The addresses of the site: /<who>/home, /<who>/messages, and what is done there."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._one_at_a_time = threading.Lock()

    def get(self, address: str) -> Answer:
        """Show a page, a file or what a picker offers."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        with self._one_at_a_time:
            match [unquote(part) for part in path.split("/")[1:]]:
                case [""]:
                    return _page(page.people(self._front.names.items()))
                case [page.STYLE]:
                    return Answer(page.style().encode(), "text/css; charset=utf-8")
                case [page.SCRIPT]:
                    return Answer((page.ASSETS / page.SCRIPT).read_bytes(), "text/javascript; charset=utf-8")
                case [who, *rest] if who in self._front.screens:
                    return self._shown(who, rest, {name: values[-1] for name, values in query.items()})
        return NOT_FOUND

    def _shown(self, who: str, rest: list[str], query: dict[str, str]) -> Answer:
        match rest:
            case [tab] if tab in {HOME, MESSAGES}:
                self._front.deliver()
                shown = self._front.home(who) if tab == HOME else self._front.messages(who)
                name = self._front.names[who]
                return _page(page.screen(who, name, shown, self._front.may(who, Kind.SHORTCUT)))
            case ["suggest", place]:
                found = self._front.suggest(who, place, query.get("action", ""), query.get("typed", ""))
                offered = [{"text": plain(option.text), "value": option.value} for option in found]
                return Answer(json.dumps(offered).encode(), "application/json")
            case ["file", place, number, _name]:
                message = self._front.screens[who].message(place)
                if message and number.isdecimal() and int(number) < len(message.files):
                    file = message.files[int(number)]
                    return Answer(file.content, _kind(file.name))
        return NOT_FOUND

    def post(self, address: str, sent: Sent) -> Answer:
        """Do what somebody has pressed, typed or sent, and have their page shown anew."""
        with self._one_at_a_time:
            match urlsplit(address).path.split("/")[1:]:
                case [who, *rest] if who in self._front.screens:
                    screen = self._done(who, rest, sent)
                    if screen:
                        return Answer(status=HTTPStatus.SEE_OTHER, where=f"/{who}/{screen.tab}")
        return NOT_FOUND

    def _done(self, who: str, rest: list[str], sent: Sent) -> Screen | None:
        match rest:
            case ["command"]:
                return self._front.command(who, sent.first("text"))
            case ["shortcut"]:
                return self._front.shortcut(who, sent.first("name"))
            case ["press", place]:
                return self._pressed(who, place, sent)
        return None

    def _pressed(self, who: str, place: str, sent: Sent) -> Screen:
        match sent.first("do"):
            case "submit":
                return self._front.submit(who, place, sent)
            case "close":
                return self._front.close(who, place)
            case "leave":
                return self._front.leave(who)
        pressed = json.loads(sent.first("press"))
        return self._front.press(who, place, str(pressed["action"]), str(pressed["value"]), sent)


def _page(shown: Wording | str) -> Answer:
    return Answer(shown.encode())


def _kind(name: str) -> str:
    return guess_type(name)[0] or "application/octet-stream"


def read(content: bytes, kind: str) -> Sent:
    """Return what a form sent."""
    if not kind.startswith("multipart/form-data"):
        return Sent(parse_qs(content.decode(), keep_blank_values=True))
    parts = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    values, files = dict[str, list[str]](), dict[str, tuple[str, bytes]]()
    for part in parts.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        held = part.get_payload(decode=True)
        assert isinstance(held, bytes)
        if part.get_filename() is None:
            values.setdefault(name, []).append(held.decode())
        elif part.get_filename():
            files[name] = (str(part.get_filename()), held)
    return Sent(values, files)


class _Handler(BaseHTTPRequestHandler):
    pages: Pages

    def do_GET(self) -> None:
        self._send(self.pages.get(self.path))

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(self.pages.post(self.path, read(content, self.headers.get("Content-Type", ""))))

    def log_message(self, *args: Any) -> None:
        """Say nothing: tests have their own output."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.where:
            self.send_header("Location", answer.where)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)


@contextmanager
def serve(front: Front, port: int = 0) -> Iterator[str]:
    """Serve on this machine; the address is given. `port`: 0 for a free one."""
    handler = type("Handler", (_Handler,), {"pages": Pages(front)})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="renderer", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
