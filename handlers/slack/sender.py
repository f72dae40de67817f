"""What Slack does for the outbox: posts, updates, finds and deletes, and what its errors mean there."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError

from bot.clock import Now
from bot.logs import log
from bot.rules.school import SLACK
from bot.services.outbox.messenger import (
    LaterPlease,
    MayHaveArrived,
    NeverTaken,
    NoAnswer,
    NotDelivered,
    NotThere,
    Unreachable,
)
from handlers.notices import Enclosure, Letter
from handlers.slack import draw
from handlers.slack.calling import RATE_LIMITED, UNCLEAR, Caller, NoReplyError, part, worded
from handlers.slack.files import upload
from storage.outbox.queue import Place

# Slack takes some fifty `conversations.open` a minute. Asked again so often because it tells who has been deactivated.
CONVERSATION_REMEMBERED = timedelta(minutes=10)
LOOKED_THROUGH = 200  # messages of a conversation, the newest, when one is looked for
MOST_ALTERNATIVE = 1000  # letters: Slack's limit for what a screen reader says of a picture

NO_CONVERSATION = "channel_not_found"  # also where there is one, but of an app that was made anew
# Of a message that is to be changed: deleted, no more to be changed, or not in a conversation of this app's.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", NO_CONVERSATION})
# Slack's words, and what they mean. "internal_error" and its like: Slack itself says that it may have been done.
MEANS: Mapping[str, type[NotDelivered]] = {
    "user_disabled": Unreachable,
    "user_not_found": Unreachable,
    "account_inactive": Unreachable,
    NO_CONVERSATION: Unreachable,
    "is_archived": NeverTaken,
    "cannot_dm_bot": NeverTaken,
    "not_in_channel": NeverTaken,
    "invalid_blocks": NeverTaken,
    "invalid_arguments": NeverTaken,
    "msg_too_long": NeverTaken,
}
NOT_NOW = {RATE_LIMITED, UNCLEAR, "fatal_error", "service_unavailable", "request_timeout"}
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)  # where Slack asks for time and says none, or nonsense
T = TypeVar("T")
NO_FILE = {"file_not_found", "file_deleted"}


class SlackMessenger:
    """Carries messages to the people of a Slack workspace, each in their own conversation with Lanyard."""

    front = SLACK

    def __init__(self, client: Caller, now: Now) -> None:
        """Take what calls Slack. It must not repeat a call whose answer got lost: people would be told twice."""
        self._client = client
        self._now = now
        self._conversations: dict[str, tuple[datetime, str]] = {}  # account → until when we believe it, channel

    def post(self, account: str, letter: Letter, *, key: str) -> Place:
        """Post a message, with its key in the metadata, which Slack shows to nobody."""
        metadata = {"event_type": "lanyard_notice", "event_payload": {"key": key}}
        content = _content(letter)  # what goes wrong here is ours, and nothing has arrived

        def posted(channel: str) -> Place:
            self._enclose(channel, letter.enclosure)
            answer = self._client.chat_postMessage(
                channel=channel, metadata=metadata, unfurl_links=False, unfurl_media=False, **content
            )
            return Place(channel, str(part(answer, "ts")))

        with self._translated(account):
            return self._in_conversation(account, posted)

    def update(self, account: str, place: Place, letter: Letter) -> None:
        """Change a message where it lies."""
        content = _content(letter)
        with self._translated(account):
            try:
                self._enclose(place.conversation, letter.enclosure)
                self._client.chat_update(channel=place.conversation, ts=place.message, **content)
            except SlackApiError as error:
                word = worded(error)
                if word not in GONE or letter.enclosure:  # a file that somebody has asked for is not dropped quietly
                    raise
                if word == NO_CONVERSATION:
                    self._conversation(account, anew=True)  # raises if it is the account that is gone
                raise NotThere(word) from error

    def find(self, account: str, *, key: str) -> Place | None:
        """Look for a key among the newest messages of somebody's conversation."""

        def found(channel: str) -> Place | None:
            history = self._client.conversations_history(
                channel=channel, limit=LOOKED_THROUGH, include_all_metadata=True
            )
            messages = part(history, "messages")
            if not isinstance(messages, list):
                raise NoReplyError("an answer without messages")
            lies_at = (str(message["ts"]) for message in messages if _has_key(message, key))
            return next((Place(channel, each) for each in lies_at), None)

        with self._translated(account):
            return self._in_conversation(account, found)

    def delete(self, file_id: str) -> bool:
        """Take a file out of Slack; return whether it is gone: False where Slack refuses."""
        with self._translated():
            return self._delete(file_id)

    def _enclose(self, channel: str, enclosure: Enclosure | None) -> None:
        """Bring a file into a conversation. Its id is noted first: whatever happens then, it is taken away again."""
        if enclosure is None:
            return
        if enclosure.before:  # a process died over it, or the answer got lost: it may be there
            self._delete(enclosure.before)
        place = self._client.files_getUploadURLExternal(
            filename=enclosure.name,
            length=len(enclosure.content),
            alt_txt=enclosure.alternative[:MOST_ALTERNATIVE] or None,
        )
        file_id, url = str(part(place, "file_id")), str(part(place, "upload_url"))
        enclosure.begun(file_id)
        upload(self._client, url, enclosure.content)
        named: dict[str, str | None] = {"id": file_id, "title": enclosure.name}
        self._client.files_completeUploadExternal(files=[named], channel_id=channel)
        enclosure.sent()

    def _delete(self, file_id: str) -> bool:
        try:
            self._client.files_delete(file=file_id)
        except SlackApiError as error:
            word = worded(error)
            if word in NOT_NOW:
                raise
            if word not in NO_FILE:
                log.error("file stays", file=file_id, trouble=word)
                return False
        return True

    def _in_conversation(self, account: str, act: Callable[[str], T]) -> T:
        """Do something in the conversation with somebody; where Slack does not know it any more, once in a new one."""
        try:
            return act(self._conversation(account))
        except SlackApiError as error:
            if worded(error) != NO_CONVERSATION:
                raise
        return act(self._conversation(account, anew=True))

    def _conversation(self, account: str, *, anew: bool = False) -> str:
        believed_until, channel = self._conversations.get(account, (self._now(), ""))
        if anew or believed_until <= self._now():
            channel = str(part(self._client.conversations_open(users=account), "channel", "id"))
            self._conversations[account] = (self._now() + CONVERSATION_REMEMBERED, channel)
        return channel

    @contextmanager
    def _translated(self, account: str = "") -> Iterator[None]:
        """Say in the outbox's words what went wrong."""
        try:
            yield
        except SlackApiError as error:
            meant = _meaning(error)
            if isinstance(meant, Unreachable):
                self._conversations.pop(account, None)
            raise meant from error
        except NoReplyError as error:
            raise NoAnswer("no answer") from error


def _meaning(error: SlackApiError) -> NotDelivered:
    word = worded(error)
    if error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS or word == RATE_LIMITED:
        return LaterPlease(word, _pause(error))
    return MEANS.get(word, MayHaveArrived)(word)


def _pause(error: SlackApiError) -> timedelta:
    """Return for how long Slack wants to be left alone: as it says, but neither for ever nor for no time at all."""
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    said = headers.get("retry-after", "")
    try:
        seconds = float(said if isinstance(said, str) else said[0])
    except (ValueError, TypeError, IndexError):  # a date, or nonsense
        return PAUSE
    if not math.isfinite(seconds) or seconds <= 0:
        return PAUSE
    return timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))


def _has_key(message: Any, key: str) -> bool:
    """Return whether a message of a conversation is the one with this key."""
    if not isinstance(message, Mapping) or not isinstance(message.get("ts"), str):
        return False
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    return isinstance(payload, Mapping) and payload.get("key") == key


def _content(letter: Letter) -> dict[str, Any]:
    return {"text": letter.text, "blocks": draw.message(letter.blocks)}
