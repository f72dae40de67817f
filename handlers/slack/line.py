"""The line to Slack that Socket Mode holds open: what comes in over it, whether it still stands, and how it ends.

The SDK opens the line and knows its frames. When to open it anew, and what may be lost, is decided here: the SDK drops
what is in hand when it is closed, needs a minute to notice that a line was cut, never stops asking a Slack that
refuses, and keeps what goes wrong in its threads to itself.
"""

import json
import queue
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.logs import log, quiet_logger, where
from handlers.slack import shape
from handlers.slack.calling import Caller, NoReplyError, part, trouble
from handlers.slack.door import LARGEST, handed_on

THREADS = 10  # as many as the database has connections
LOOKS_EVERY = 1.0  # seconds
PINGS_EVERY, SILENT_SECONDS = 4.0, 12.0  # a line over which so long nothing came, not even an echo, is cut
LONGEST_WAIT = 30.0  # seconds between two attempts to open it; the first ones follow each other sooner
STANDS_SECONDS = 5.0  # after Slack's greeting: a line that Slack takes back at once was none
QUIET_SECONDS = 0.2  # what was on its way when we were asked to stop has come by then
SWITCHED_OFF = "link_disabled"  # Slack's word: somebody has switched Socket Mode off on the app's page


class Line(SocketModeClient):
    """One line, opened anew as often as need be. Whatever comes in over it is answered in one of a few threads."""

    def __init__(self, app: App, app_token: str, caller: Caller) -> None:
        super().__init__(
            app_token,
            logger=quiet_logger(),
            web_client=caller,
            auto_reconnect_enabled=False,
            ping_interval=LOOKS_EVERY,  # how often the SDK has `_monitor_current_session` called
            receive_buffer_size=65536,
        )
        self._app, self._caller = app, caller
        self._pinged_at = 0.0  # this and the others: `time.monotonic()`
        self._greeted_at: float | None = None
        self._next_try = 0.0
        self._tries = 0  # since it last stood
        self._is_cut = False
        self._is_taken_back = False  # Slack has said that it will close this one
        self._trouble = ""  # what was logged; "" while the line stands
        self._waiting: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._in_hand = 0
        self._refuses = False
        self._changed = threading.Condition()
        for _ in range(THREADS):
            threading.Thread(target=self._work, name="line", daemon=True).start()

    # ── opening it, and looking after it ─────────────────────────────────────────────────────────────────────────

    def connect(self) -> None:
        """Open the line. Raises SlackApiError, NoReplyError."""
        self._greeted_at = None
        super().connect()
        session = self.current_session
        socket = session.sock if session else None
        if session is None or socket is None:
            raise NoReplyError("Slack does not open the line")
        session.sock = _Whole(socket)  # type: ignore[assignment]
        session.last_ping_pong_time = time.time()
        self._is_taken_back = self._is_cut = False
        self._caller.heard()

    def issue_new_wss_url(self) -> str:
        """Ask Slack where the line is to be opened. Raises SlackApiError, NoReplyError; the SDK would wait and ask."""
        return str(part(self.web_client.apps_connections_open(app_token=self.app_token), "url"))

    def _monitor_current_session(self) -> None:
        try:
            self._look_after()
        except Exception:
            log.error("line not looked after", where=where())

    def _look_after(self) -> None:
        if self.closed:
            return
        now, session = time.monotonic(), self.current_session
        if session is not None and session.is_active() and not _is_silent(session):
            if now - self._pinged_at >= PINGS_EVERY:
                self._pinged_at = now
                self._ping(session)
            if session.last_ping_pong_time and session.last_ping_pong_time > (self._caller.heard_at or 0):
                self._caller.heard()
            if self._greeted_at is not None and now - self._greeted_at >= STANDS_SECONDS:
                self._stands()
            if not self._is_taken_back:
                return
        elif not self._is_cut and not self._trouble:
            self._is_cut = True
            log.info("line cut")
        if now >= self._next_try:
            self._open_anew(now)

    def _open_anew(self, now: float) -> None:
        self._next_try = now + min(2.0**self._tries, LONGEST_WAIT)
        self._tries += 1
        try:
            self.connect_to_new_endpoint(force=True)
        except (SlackClientError, SlackApiError, OSError) as error:
            self._has_trouble(trouble(error))

    def _ping(self, session: Connection) -> None:
        try:
            session.ping(f"{session.session_id}:{time.time()}")
        except OSError:
            session.disconnect()  # opened anew at the next look

    def _has_trouble(self, what: str) -> None:
        if not self._trouble:
            log.error("slack out of reach", trouble=what)
        self._trouble = what

    def _stands(self) -> None:
        self._tries, self._next_try = 0, 0.0
        if self._trouble:
            log.info("slack back")
        self._trouble = ""

    # ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────

    def enqueue_message(self, message: str) -> None:
        """Take whatever Slack has sent; the thread that receives must not die of it."""
        self._caller.heard()
        try:
            told = json.loads(message) if len(message) <= LARGEST else None
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, Mapping):
            log.info("unreadable", where="the line")
        elif told.get("type") == "hello":
            self._greeted_at = time.monotonic()
        elif told.get("type") == "disconnect":
            self._is_taken_back = True
            if told.get("reason") == SWITCHED_OFF:
                self._greeted_at = None
                self._has_trouble(SWITCHED_OFF)
        elif not shape.is_envelope(told):
            log.info("malformed", kind="envelope")
        else:
            with self._changed:
                self._in_hand += 1
            self._waiting.put(told)

    def _work(self) -> None:
        while True:
            envelope = self._waiting.get()
            try:
                if not self._refuses:  # Slack delivers it to another line, or says that nobody answered
                    self._answer(envelope)
            except Exception:
                log.error("unanswered", where=where())
            finally:
                with self._changed:
                    self._in_hand -= 1
                    self._changed.notify_all()

    def _answer(self, envelope: Mapping[str, Any]) -> None:
        body = dict(envelope["payload"])
        response = handed_on(self._app, lambda: BoltRequest(mode="socket_mode", body=body))
        if response.status != HTTPStatus.OK:
            return  # as over HTTP: what is refused is not acknowledged
        try:
            self.send_socket_mode_response(SocketModeResponse(envelope["envelope_id"], _payload(response)))
        except (SlackClientError, OSError, AttributeError):
            log.error("acknowledgement lost", where=where())

    # ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────

    def drain(self, seconds: float) -> bool:
        """Answer what has come in, for at most `seconds`; returns whether all of it was answered.

        In the first half of the time what comes in is taken; then only what was begun is finished. What was not begun
        is neither recorded nor acknowledged.
        """
        end = time.monotonic() + seconds
        self._is_idle_before(end - seconds / 2)
        self._refuses = True
        with self._changed:
            return self._changed.wait_for(lambda: self._in_hand == 0, max(end - time.monotonic(), 0))

    def _is_idle_before(self, end: float) -> bool:
        """Wait until nothing is in hand, and nothing has come for a moment."""
        while (left := end - time.monotonic()) > 0:
            with self._changed:
                if not self._changed.wait_for(lambda: self._in_hand == 0, left):
                    return False
                if not self._changed.wait_for(lambda: self._in_hand > 0, min(QUIET_SECONDS, left)):
                    return True
        return False

    def close(self) -> None:
        """Let go of the line at once; the SDK would wait for each of its threads."""
        self.closed = True
        self.current_session_state.terminated = True
        self.current_app_monitor.event.set()
        session = self.current_session
        if session is not None and isinstance(session.sock, _Whole):
            session.sock.cut()


class _Whole:
    """A socket that sends everything it is given, and says when the other side has gone: the SDK takes care of neither.

    Of a long answer the SDK would send a part, and over a line that Slack has closed it would read nothing, for ever.
    """

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def send(self, data: bytes) -> int:
        self._socket.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        received: bytes = self._socket.recv(size)
        if not received:
            raise ConnectionResetError("the other side has closed the line")
        return received

    def close(self) -> None:
        self._socket.close()

    def cut(self) -> None:
        """Close it, whoever is reading."""
        with suppress(OSError):
            self._socket.shutdown(2)
        self._socket.close()


def _is_silent(session: Connection) -> bool:
    heard_at = session.last_ping_pong_time  # None: it is only just being opened
    return heard_at is not None and time.time() - heard_at > SILENT_SECONDS


def _payload(response: BoltResponse) -> dict[str, Any] | None:
    """Return what goes back with the acknowledgement."""
    if not response.body:
        return None
    kind = (response.headers.get("content-type") or [""])[0]
    answer: dict[str, Any] = json.loads(response.body) if kind.startswith("application/json") else {}
    return answer or {"text": response.body}
