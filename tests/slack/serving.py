"""The doors of the fake: a real HTTP server on 127.0.0.1 that only translates. What it means is in fake_slack."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.slack.rules import Json

_BOOLEANS = {
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
    "reply_broadcast",
    "include_locale",
    "return_im",
    "include_all_metadata",
}
_NESTED = {"blocks", "view", "metadata"}  # JSON inside a form


@dataclass(frozen=True)
class Request:
    """What came in, already read."""

    path: str
    headers: dict[str, str]
    args: Json
    raw: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What goes out."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, body: Json, *, status: int = 200, **headers: str) -> Reply:
        """A JSON answer; underscores in header names become dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8", **named})


class HangUpError(Exception):
    """Break the connection instead of answering."""


class HalfError(Exception):
    """Send the head of a reply and half of its body, and then break the connection."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


Serve = Callable[[Request], Reply]


def _parsed(headers: dict[str, str], query: str, body: str) -> Json:
    if "application/json" in headers.get("content-type", ""):
        parsed = json.loads(body or "{}")
        return parsed if isinstance(parsed, dict) else {}
    return {name: _field(name, value) for name, value in parse_qsl(f"{query}&{body}", keep_blank_values=True)}


def _field(name: str, value: str) -> Any:
    if name in _BOOLEANS:
        return value in ("1", "true", "True")
    return json.loads(value) if name in _NESTED else value


class _Handler(BaseHTTPRequestHandler):
    wbufsize = 65536  # headers and body leave in one packet; two would wait for a delayed ACK of 40 ms
    disable_nagle_algorithm = True
    serve: Serve

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *args: Any) -> None:
        """Say nothing: tests have their own output."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_upload = url.path.startswith("/upload/")
        body = "" if is_upload else raw.decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            reply = type(self).serve(Request(url.path, headers, _parsed(headers, url.query, body), raw))
        except HangUpError:
            self._hang_up()
            return
        except HalfError as half:
            self._send(half.reply, half.reply.body[: len(half.reply.body) // 2])
            self.wfile.flush()
            self._hang_up()
            return
        self._send(reply, reply.body)

    def _send(self, reply: Reply, body: bytes) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without the look-up of the machine's name, which can take seconds."""
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business."""


class Door:
    """A server on a free port of 127.0.0.1, in a thread, until closed."""

    def __init__(self, serve: Serve) -> None:
        handler = type("Handler", (_Handler,), {"serve": staticmethod(serve)})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
