"""Calls to Slack, each with an end and with an outcome that can be told apart: done, refused with a word, or no reply.

A network does not keep to a time limit for one packet: looking up an address, one address after another and an answer
that comes in drops each begin it anew. So each call runs in a thread of its own, and whoever called waits so long and
no longer. What comes of it afterwards nobody hears.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.logs import log

ANSWERING_SECONDS = 2.0  # for all that one answer needs of Slack: Slack waits three seconds for the answer
LAST_WORD_SECONDS = 0.7  # to say that nothing came of it, where those are used up
SENDING_SECONDS = 10.0  # where nobody waits
CARRYING_SECONDS = 60.0  # a large file over a slow line; it is enough that something moves every ten
STOPPING_SECONDS = 4.0  # from the moment at which the process was asked to stop
SILENT_SECONDS = 5.0  # nobody waits again so soon for what has just not been answered
UNCLEAR = "internal_error"  # Slack's own word for "it may have been done, or not"
RATE_LIMITED = "ratelimited"
# Slack's words for a token that is no longer valid: nothing works until somebody puts in another one.
REFUSED_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type"}
)

T = TypeVar("T")
_of_thread = threading.local()


class NoReplyError(SlackClientError):
    """Slack has said nothing, or nothing that can be understood: it may or may not have been done."""


class Token:
    """Whether Slack takes our token. It is logged once when it no longer does, and once when it does again."""

    def __init__(self) -> None:
        self._refused = ""
        self._one_at_a_time = threading.Lock()

    def refused(self, word: str) -> None:
        """Note that Slack refuses the token."""
        with self._one_at_a_time:
            if not self._refused:
                log.error("slack refuses the token", trouble=word)
            self._refused = word

    def taken(self) -> None:
        """Note that Slack has done something for the token."""
        if not self._refused:
            return
        with self._one_at_a_time:
            if self._refused:
                log.info("slack takes the token again")
            self._refused = ""


class Caller(WebClient):
    """Slack's Web API. Every method raises SlackApiError with Slack's word, or NoReplyError, and nothing else.

    A `SlackApiError.response` always holds a word under "error": UNCLEAR where Slack has sent none.
    """

    def __init__(self, token: str, base_url: str, *, rests: bool) -> None:
        """Take the token, and the address of the Slack to call.

        `rests`: what has just not been answered is not waited for again for a moment, and then by one caller: the
        others are needed for those who want nothing of Slack.
        """
        super().__init__(
            token=token,
            base_url=base_url,
            timeout=int(SENDING_SECONDS),
            # Left alone, the SDK repeats a call whose answer got lost: a message would come twice, and a window
            # that nobody waits for any more would cover what has been shown since.
            retry_handlers=[],
        )
        self.heard_at: float | None = None  # `time.time()` of the last reply
        self._rests = rests
        self._silent_until: dict[str, float] = {}  # method → until when nobody waits for it; `time.monotonic()`
        self._ends = float("inf")  # every call, from the moment at which the process was asked to stop
        self._changed = threading.Condition()
        self._token = Token()

    def api_call(self, api_method: str, **named: Any) -> SlackResponse:
        """Call a method of the Web API."""
        call = super().api_call
        # The one method that is asked with another token, which whoever holds the line looks after.
        with_token = api_method != "apps.connections.open"
        return self.errand(api_method, lambda: call(api_method, **named), with_token=with_token)

    def answer_at(self, url: str, said: Mapping[str, Any]) -> bool:
        """Put an answer where Slack takes it without a token; returns whether it was taken. Raises NoReplyError."""
        post = WebhookClient(url, timeout=int(SENDING_SECONDS), retry_handlers=[]).send_dict
        return self.errand("response_url", lambda: post(dict(said))).status_code == HTTPStatus.OK

    def errand(
        self, method: str, job: Callable[[], T], *, with_token: bool = False, longest: float = SENDING_SECONDS
    ) -> T:
        """Do something at Slack and come back in time. Raises SlackApiError, NoReplyError."""
        self._may_try(method)
        began = time.monotonic()
        try:
            done = self._waited_for(job, longest)
        except SlackApiError as error:
            self._has_answered(method)
            word = worded(error)
            if with_token and word in REFUSED_TOKEN:
                self._token.refused(word)
            raise
        except _TooLateError as error:
            if time.monotonic() - began > ANSWERING_SECONDS / 2:  # less is no fair trial: others have used the time up
                self._is_silent(method)
            raise NoReplyError("no reply in time") from error
        except Exception as error:
            # Half a body, a page, a list: whatever the SDK stumbles over, Slack has not said what it has done.
            self._has_answered(method)
            raise NoReplyError(type(error).__name__) from error
        self._has_answered(method)
        if with_token:
            self._token.taken()
        return done

    def heard(self) -> None:
        """Note that Slack has said something, here or by another way."""
        self.heard_at = time.time()

    def hurry(self) -> None:
        """Let no call last much longer: the process was asked to stop."""
        with self._changed:
            self._ends = min(self._ends, time.monotonic() + STOPPING_SECONDS)
            self._changed.notify_all()

    def _waited_for(self, job: Callable[[], T], longest: float) -> T:
        began, mine = time.monotonic(), getattr(_of_thread, "left", float("inf"))
        until = began + min(longest, mine)
        done: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                done.append(job())
            except BaseException as error:
                failed.append(error)
            with self._changed:
                self._changed.notify_all()

        if min(until, self._ends) <= time.monotonic():
            raise _TooLateError
        threading.Thread(target=run, name="slack", daemon=True).start()
        with self._changed:
            while not done and not failed and (left := min(until, self._ends) - time.monotonic()) > 0:
                self._changed.wait(left)
        _of_thread.left = mine - (time.monotonic() - began)
        if failed:
            raise failed[0]
        if not done:
            raise _TooLateError
        return done[0]

    def _may_try(self, method: str) -> None:
        if not self._rests:
            return
        now = time.monotonic()
        with self._changed:
            silent_until = self._silent_until.get(method)
            if silent_until is None:
                return
            if silent_until > now:
                raise NoReplyError("no reply a moment ago")
            self._silent_until[method] = now + SILENT_SECONDS  # this one tries, for all

    def _is_silent(self, method: str) -> None:
        with self._changed:
            self._silent_until[method] = time.monotonic() + SILENT_SECONDS

    def _has_answered(self, method: str) -> None:
        self.heard()
        with self._changed:
            self._silent_until.pop(method, None)


class _TooLateError(Exception):
    """Nothing came in time."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let this thread wait for Slack in here for at most `seconds`, all calls together."""
    before = getattr(_of_thread, "left", float("inf"))
    _of_thread.left = seconds
    try:
        yield
    finally:
        _of_thread.left = before


def left() -> float:
    """Return for how many seconds this thread may still wait for Slack."""
    seconds: float = getattr(_of_thread, "left", float("inf"))
    return max(seconds, 0.0)


def worded(error: SlackApiError) -> str:
    """Return Slack's word for why it refuses, and see to it that there is one.

    It is UNCLEAR for a page from some machine on the way, for a list, and for nothing at all.
    """
    response = error.response
    said = response.data if isinstance(response.data, Mapping) else {}
    word = said.get("error")
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        word = RATE_LIMITED
    elif not isinstance(word, str) or not word.isidentifier():
        word = UNCLEAR
    response.data = {**said, "ok": False, "error": word}
    return word


def part(answer: SlackResponse, *names: str) -> Any:
    """Return a part of what Slack has answered. Raises NoReplyError where it is not there."""
    found: Any = answer.data
    for name in names:
        if not isinstance(found, Mapping) or found.get(name) is None:
            raise NoReplyError(f"an answer without {name}")
        found = found[name]
    return found


def not_accepted(token: str, error: BaseException) -> str:
    """Return what to tell the IT lead about a token that did not work, or was not even checked."""
    if isinstance(error, SlackApiError) and worded(error) not in {UNCLEAR, RATE_LIMITED}:
        mend = "Give the app this scope" if worded(error) == "missing_scope" else "Copy it again from the app's page"
        return f"Slack does not accept {token} ({trouble(error)}). {mend}."
    return f"Slack cannot be reached just now ({trouble(error)}), so {token} was not checked."


def trouble(error: BaseException) -> str:
    """Return in a few words what is wrong between Slack and us: Slack's own word, or the network's."""
    if isinstance(error, SlackApiError):
        said = error.response.data
        needed = f": {said['needed']}" if isinstance(said.get("needed"), str) else ""
        return f"Slack says {worded(error)}{needed}"
    return f"the network: {error}"
