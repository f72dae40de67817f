"""Socket Mode's other end: a small websocket server on 127.0.0.1, whose lines can be cut, silenced and taken back."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.slack.rules import Json

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Line:
    """One line that the bot holds open."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._one_at_a_time = threading.Lock()
        self.received: queue.Queue[Json] = queue.Queue()
        self.stands = True
        self.is_silent = False  # pings are not echoed, as over a cable that was pulled

    def send(self, told: Json) -> None:
        """Send something."""
        self._frame(TEXT, json.dumps(told).encode())

    def send_raw(self, text: bytes) -> None:
        """Send a text that Slack would not."""
        self._frame(TEXT, text)

    def cut(self) -> None:
        """Close it without a word."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.stands = False

    def acknowledged(self, seconds: float) -> list[Json]:
        """Return what is acknowledged until the line is closed, or so many seconds are over."""
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end and (self.stands or not self.received.empty()):
            with suppress(queue.Empty):
                found.append(self.received.get(timeout=0.05))
        return found

    def listen(self) -> None:
        """Take what comes, until it is over."""
        with suppress(OSError):
            while True:
                head = self._exactly(2)
                length = head[1] & 127
                if length == 126:
                    length = struct.unpack(">H", self._exactly(2))[0]
                elif length == 127:
                    length = struct.unpack(">Q", self._exactly(8))[0]
                mask = self._exactly(4)
                data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(self._exactly(length)))
                kind = head[0] & 15
                if kind == PING and not self.is_silent:
                    self._frame(PONG, data)
                elif kind == TEXT:
                    self.received.put(json.loads(data))
                elif kind == CLOSE:
                    break
        self.stands = False

    def _frame(self, kind: int, data: bytes) -> None:
        length = len(data)
        if length < 126:
            head = bytes([length])
        elif length < 1 << 16:
            head = bytes([126]) + struct.pack(">H", length)
        else:
            head = bytes([127]) + struct.pack(">Q", length)
        with self._one_at_a_time:
            self._socket.sendall(bytes([0x80 | kind]) + head + data)

    def _exactly(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            more = self._socket.recv(length - len(found))
            if not more:
                raise ConnectionResetError
            found += more
        return found


class Exchange:
    """Takes lines. `greeted`: called with each that was greeted."""

    def __init__(self, greeted: Callable[[Line], None] = lambda _line: None) -> None:
        self.lines: list[Line] = []
        self.greeted = greeted
        self._numbers = itertools.count(1)
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Return where a line is opened."""
        return f"ws://127.0.0.1:{self._listener.getsockname()[1]}/link/?ticket={next(self._numbers)}"

    def standing(self) -> list[Line]:
        """Return the lines that stand."""
        return [line for line in self.lines if line.stands]

    def close(self) -> None:
        """Take no more, and close all."""
        self._listener.close()
        for line in self.lines:
            line.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += connection.recv(4096)
                named = [each.partition(b":") for each in asked.split(b"\r\n")]
                key = next(value.strip() for name, _, value in named if name.lower() == b"sec-websocket-key")
                accept = base64.b64encode(hashlib.sha1(key + MAGIC, usedforsecurity=False).digest())
                connection.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
                )
                line = Line(connection)
                self.lines.append(line)
                threading.Thread(target=line.listen, daemon=True).start()
                line.send({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0LANYARD"}})
                self.greeted(line)
