"""A Slack for tests, as strict as Slack: `with FakeSlack(now=…) as fake:` and hand `fake.api_url` to the real clients.

World (fake_world) is what Slack remembers, Views and ResponseUrls (fake_views) what is open, METHODS (fake_api)
what can be asked for. Here are the door, the token, the scopes, the faults and the list of violations.
`fake.violations` must be empty at the end of a test: each entry is something that real Slack would have refused,
or that a house rule forbids.
"""

from __future__ import annotations

import json
import mimetypes
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from tests.slack.api import METHODS, answer_response_url
from tests.slack.lines import Exchange
from tests.slack.rules import Json
from tests.slack.serving import Door, HalfError, HangUpError, Reply, Request
from tests.slack.views import ResponseUrls, View, Views
from tests.slack.world import SlackError, StoredFile, World

MANIFEST = Path(__file__).resolve().parents[2] / "manifest.json"
DEFAULT_SCOPES = (
    "commands chat:write im:write users:read users:read.email files:read channels:read groups:read im:read mpim:read"
)
FAKE_TOKEN = "xoxb-fake-token"
FAKE_APP_TOKEN = "xapp-fake-token"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to Slack</body></html>"
LONGEST_HANG = 60.0  # seconds; no test waits for it
# What can fail beside the methods of the Web API.
OTHER_DOORS = frozenset({"response_url", "files.download", "files.upload"})


def manifest_scopes(manifest: Path = MANIFEST) -> frozenset[str]:
    """The bot's scopes by the manifest; without a manifest, a generous default."""
    if not manifest.exists():
        return frozenset(DEFAULT_SCOPES.split())
    return frozenset(json.loads(manifest.read_text())["oauth_config"]["scopes"]["bot"])


@dataclass(frozen=True)
class Late:
    """A request that takes its time: `has_come` tells that it is there, and it is done once `goes_on` is set."""

    has_come: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong."""

    error: str | None
    status: int
    retry_after: object
    connection: Literal["kept", "dropped", "lost"]
    body: bytes | None = None  # sent instead, although it was done
    half: bool = False  # of the reply is sent, although it was done
    hangs: threading.Event | None = None  # nothing is said before it is set, and nothing done
    late: Late | None = None


@dataclass(frozen=True)
class Call:
    """One request to the Web API, and its outcome: "ok" or Slack's error code."""

    method: str
    args: Json
    outcome: str


class FakeSlack(World):
    """One workspace with the bot installed. `now`: aware, UTC; the tests' clock.

    `page_limit`: most items in a page, whatever limit was asked for.
    `post_interval`: if set, one post per channel in that time; sooner is answered with 429.
    `refuses_deactivated`: a post to a deactivated person is answered with channel_not_found, as documented. Slack
    has also been seen to accept it in silence (python-slack-sdk issue 1156): set to False for that.
    """

    bot_id = "B0LANYARD"
    app_id = "A0LANYARD"
    team_domain = "st-aldhelms"

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        scopes: Iterable[str] | None = None,
        token: str = FAKE_TOKEN,
        team_id: str = "T0SCHOOL",
    ) -> None:
        super().__init__(now, team_id=team_id, bot_user_id="U0LANYARD")
        self.scopes = frozenset(scopes) if scopes is not None else manifest_scopes()
        self.token = token
        self.views = Views(self)
        self.urls = ResponseUrls(self)
        self.calls: list[Call] = []
        self.page_limit = 200
        self.post_interval: timedelta | None = None
        self.refuses_deactivated = True
        self.redirects: deque[str] = deque()  # where the next downloads are sent on to; "": there again
        self._last_post: dict[str, datetime] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self.exchange: Exchange | None = None  # with Socket Mode
        self.refusing: dict[str, str] = {}  # person → why nothing new is taken for them
        self.add_user(self.bot_user_id, "lanyard", "", real_name="Lanyard", is_bot=True)
        self._door = Door(self._serve)

    def __enter__(self) -> FakeSlack:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server."""
        self._door.close()

    @property
    def api_url(self) -> str:
        """For WebClient(base_url=…)."""
        return f"{self._door.url}/api/"

    def response_url(self, key: str) -> str:
        """The address that belongs to a key of `urls`."""
        return f"{self._door.url}/response/{key}"

    def add_file(self, name: str, content: bytes, owner: str, *, mimetype: str | None = None) -> Json:
        """Somebody uploads a file; returns the file object that a file_input's state would hold."""
        file_id = self.serial("F")
        kind = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = f"{self._door.url}/files/{file_id}/{name.replace(' ', '_')}"
        self.files[file_id] = StoredFile(file_id, name, kind, content, owner, url)
        return self.files[file_id].to_slack()

    def begin_upload(self, name: str, length: int, alternative: str = "") -> Json:
        """The bot is about to upload a file; returns where to."""
        file_id = self.serial("F")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = f"{self._door.url}/files/{file_id}/{name.replace(' ', '_')}"
        self.uploads[file_id] = StoredFile(file_id, name, kind, b"\0" * length, self.bot_user_id, url, "", alternative)
        return {"upload_url": f"{self._door.url}/upload/{file_id}", "file_id": file_id}

    def shared_with(self, user_id: str) -> list[StoredFile]:
        """The files that lie in somebody's conversation with the bot, the oldest first."""
        return [file for file in self.files.values() if file.shared_in == self.dm_of(user_id)]

    def user_object(self, user_id: str) -> Json:
        """The user object, as in a user_change event."""
        return self.users[user_id].to_slack(self.scopes)

    def home(self, user_id: str) -> View | None:
        """The Home tab that was last published for this person."""
        return self.views.home(user_id)

    def fail_next(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int = 200,
        retry_after: object = None,
        drop_connection: bool = False,
        lose_reply: bool = False,
        body: bytes | None = None,
        half: bool = False,
        hangs: threading.Event | None = None,
        late: Late | None = None,
        times: int = 1,
    ) -> None:
        """Let the next requests to a method fail; also "response_url" and "files.download".

        `error`: Slack's code. `retry_after`: seconds, with status 429. `drop_connection`: nothing was done.
        `lose_reply`: it was done, but the connection broke before the answer, so that the bot cannot know. `body`: it
        was done, but this is sent instead of the answer; `half`: of the answer only the half. `hangs`: nothing is said
        until this is set, and nothing done. `late`: it is done as ever, but not yet.
        """
        if method not in METHODS and method not in OTHER_DOORS:
            raise AssertionError(f"the fake has no method {method}")
        kind: Literal["kept", "dropped", "lost"] = "dropped" if drop_connection else "lost" if lose_reply else "kept"
        fault = Fault(error, 429 if retry_after is not None else status, retry_after, kind, body, half, hangs, late)
        self._faults.setdefault(method, deque()).extend([fault] * times)

    def refuse(self, user_id: str, error: str) -> None:
        """Take no new message for one person: Slack's code for why. Calls about everybody else work as ever."""
        self.refusing[user_id] = error

    def stop_failing(self, method: str) -> None:
        """Let a method work again."""
        self._faults.pop(method, None)

    def waits_for(self, method: str, times: int) -> bool:
        """Tell whether so many faults of a method are still to come: none of them was met yet."""
        return len(self._faults.get(method, ())) == times

    def called(self, method: str) -> list[Call]:
        """Every request to one method, the first one first."""
        return [call for call in self.calls if call.method == method]

    def demand(self, scope: str | None) -> None:
        """Raises SlackError if the bot was not granted this scope."""
        if scope and scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def spend_post(self, channel_id: str) -> None:
        """Count a post against the channel's rate. Raises SlackError("ratelimited")."""
        last = self._last_post.get(channel_id)
        if self.post_interval and last is not None and self.now() - last < self.post_interval:
            left = (last + self.post_interval - self.now()).total_seconds()
            raise SlackError("ratelimited", retry_after=max(1, round(left)))
        self._last_post[channel_id] = self.now()

    def _serve(self, request: Request) -> Reply:
        """Answer one request; everything happens under one lock."""
        door, _, rest = request.path.lstrip("/").partition("/")
        doors = {"api": self._serve_api, "response": self._serve_response_url, "files": self._serve_file}
        doors["upload"] = self._serve_upload
        method = {"api": rest, "response": "response_url", "files": "files.download", "upload": "files.upload"}.get(
            door, ""
        )
        with self.lock:
            fault = self._next_fault(method)
        if fault and fault.hangs:
            fault.hangs.wait(LONGEST_HANG)
            raise HangUpError
        if fault and fault.late:
            fault.late.has_come.set()
            fault.late.goes_on.wait(LONGEST_HANG)
            fault = None
        with self.lock:
            is_done = fault and fault.status != 429 and (fault.body is not None or fault.half)
            if fault and fault.connection == "dropped":
                raise HangUpError
            if fault and fault.connection == "kept" and not is_done:
                return self._failing(fault)
            if door not in doors:
                self.violate("http", f"nothing is served at {request.path}")
                return Reply(404, b"")
            try:
                reply = doors[door](rest, request)
            except Exception as error:  # a hole in the fake, or arguments that no Slack would understand
                self.violate(method, f"the fake failed: {error!r}")
                return Reply.of_json({"ok": False, "error": "fatal_error"}, status=500)
        if fault is None:
            return reply
        if fault.half:
            raise HalfError(reply)
        if fault.body is None:
            raise HangUpError
        return Reply(fault.status, fault.body, {"Content-Type": "application/json; charset=utf-8"})

    def _next_fault(self, method: str) -> Fault | None:
        waiting = self._faults.get(method)
        return waiting.popleft() if waiting else None

    @staticmethod
    def _failing(fault: Fault) -> Reply:
        if fault.body is not None:
            return Reply(fault.status, fault.body, {"Content-Type": "application/json; charset=utf-8"})
        error = fault.error or ("ratelimited" if fault.status == 429 else "internal_error")
        headers = {} if fault.retry_after is None else {"Retry_After": str(fault.retry_after)}
        return Reply.of_json({"ok": False, "error": error}, status=fault.status, **headers)

    def _serve_api(self, method: str, request: Request) -> Reply:
        status, headers = 200, {"x_oauth_scopes": ",".join(sorted(self.scopes))}
        try:
            body = {"ok": True, **self._run(method, request)}
        except SlackError as refusal:
            body = {"ok": False, "error": refusal.error, **refusal.details}
            if refusal.error == "ratelimited":
                status, headers = 429, {"Retry_After": str(refusal.details["retry_after"])}
        self.calls.append(Call(method, request.args, str(body.get("error", "ok"))))
        return Reply.of_json(body, status=status, **headers)

    def _run(self, name: str, request: Request) -> Json:
        method = METHODS.get(name)
        if method is None:
            self.violate(name, "unknown_method")
            raise SlackError("unknown_method")
        if not self._has_token(request, self.token if name != "apps.connections.open" else FAKE_APP_TOKEN):
            raise SlackError("invalid_auth" if "authorization" in request.headers else "not_authed")
        self.demand(method.scope)
        return method.run(self, request.args)

    def _has_token(self, request: Request, token: str = "") -> bool:
        return request.headers.get("authorization") == f"Bearer {token or self.token}"

    def _serve_response_url(self, key: str, request: Request) -> Reply:
        try:
            answer_response_url(self, key, request.args)
        except SlackError as refusal:
            status = 400 if refusal.error == "invalid_payload" else 404
            return Reply.of_json({"ok": False, "error": refusal.error}, status=status)
        return Reply(200, b"ok", {"Content-Type": "text/plain; charset=utf-8"})

    def _serve_file(self, path: str, request: Request) -> Reply:
        """A download. Without the token or the scope Slack sends its login page, with status 200."""
        if self.redirects:
            return Reply(302, b"", {"Location": self.redirects.popleft() or request.path})
        file = self.files.get(path.partition("/")[0])
        if file is None:
            return Reply(404, b"", {"Content-Type": "text/html"})
        if not self._has_token(request) or "files:read" not in self.scopes:
            return Reply(200, LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        return Reply(200, file.content, {"Content-Type": file.mimetype})

    def _serve_upload(self, file_id: str, request: Request) -> Reply:
        """The bytes of a file that the bot has announced, as long as it said."""
        file = self.uploads.get(file_id)
        if file is None or len(file.content) != len(request.raw):
            return Reply(400, b"not what was announced")
        self.uploads[file_id] = replace(file, content=request.raw)
        return Reply(200, b"OK")
