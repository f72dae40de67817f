"""What Slack does for the outbox: posts, updates, finds and deletes, and what its errors mean there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Now
from bot.logs import log
from bot.rules.school import SLACK
from bot.services.outbox.messenger import (
    LaterPlease,
    MayHaveArrived,
    NeverTaken,
    NoAnswer,
    NotDelivered,
    Unreachable,
)
from handlers.notices import Enclosure, Letter
from handlers.slack import draw
from handlers.slack.files import upload
from storage.outbox.queue import Place

# Slack takes some fifty `conversations.open` a minute. Asked again so often because it tells who has been deactivated.
CONVERSATION_REMEMBERED = timedelta(minutes=10)
LOOKED_THROUGH = 200  # messages of a conversation, the newest, when one is looked for
MOST_ALTERNATIVE = 1000  # letters: Slack's limit for what a screen reader says of a picture

# Slack's words, and what they mean. "internal_error" and its like: Slack itself says that it may have been done.
MEANS: Mapping[str, type[NotDelivered]] = {
    "user_disabled": Unreachable,
    "user_not_found": Unreachable,
    "account_inactive": Unreachable,
    "channel_not_found": Unreachable,
    "is_archived": NeverTaken,
    "cannot_dm_bot": NeverTaken,
    "not_in_channel": NeverTaken,
    "invalid_blocks": NeverTaken,
    "invalid_arguments": NeverTaken,
    "msg_too_long": NeverTaken,
}
NOT_NOW = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
NO_FILE = {"file_not_found", "file_deleted"}


class SlackMessenger:
    """Carries messages to the people of a Slack workspace, each in their own conversation with Lanyard."""

    front = SLACK

    def __init__(self, client: WebClient, now: Now) -> None:
        # By itself the SDK repeats a call whose answer got lost: that would be the same message once more.
        self._client = WebClient(
            token=client.token, base_url=client.base_url, timeout=client.timeout, retry_handlers=[]
        )
        self._now = now
        self._conversations: dict[str, tuple[datetime, str]] = {}  # account → until when we believe it, channel

    def post(self, account: str, letter: Letter, *, key: str) -> Place:
        """Post a message, with its key in the metadata, which Slack shows to nobody."""
        metadata = {"event_type": "lanyard_notice", "event_payload": {"key": key}}
        with self._translated(account):
            channel = self._conversation(account)
            self._enclose(channel, letter.enclosure)
            posted = self._client.chat_postMessage(
                channel=channel, metadata=metadata, unfurl_links=False, unfurl_media=False, **_content(letter)
            )
            return Place(channel, str(posted["ts"]))

    def update(self, account: str, place: Place, letter: Letter) -> None:
        """Change a message where it lies."""
        with self._translated(account):
            self._enclose(place.conversation, letter.enclosure)
            self._client.chat_update(channel=place.conversation, ts=place.message, **_content(letter))

    def find(self, account: str, *, key: str) -> Place | None:
        """Look for a key among the newest messages of somebody's conversation."""
        with self._translated(account):
            channel = self._conversation(account)
            history = self._client.conversations_history(
                channel=channel, limit=LOOKED_THROUGH, include_all_metadata=True
            )
            for message in history["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key:
                    return Place(channel, str(message["ts"]))
        return None

    def delete(self, file_id: str) -> bool:
        """Take a file out of Slack; return whether it is gone: False where Slack refuses."""
        with self._translated():
            return self._delete(file_id)

    def _enclose(self, channel: str, enclosure: Enclosure | None) -> None:
        """Bring a file into a conversation. Its id is noted first: whatever happens then, it is taken away again."""
        if enclosure is None:
            return
        if enclosure.before:  # somebody died over it, or the answer got lost: it may be there
            self._delete(enclosure.before)
        place = self._client.files_getUploadURLExternal(
            filename=enclosure.name,
            length=len(enclosure.content),
            alt_txt=enclosure.alternative[:MOST_ALTERNATIVE] or None,
        )
        file_id = str(place["file_id"])
        enclosure.begun(file_id)
        upload(self._client, str(place["upload_url"]), enclosure.content)
        named: dict[str, str | None] = {"id": file_id, "title": enclosure.name}
        self._client.files_completeUploadExternal(files=[named], channel_id=channel)
        enclosure.sent()

    def _delete(self, file_id: str) -> bool:
        try:
            self._client.files_delete(file=file_id)
        except SlackApiError as error:
            word = _word(error)
            if word in NOT_NOW:
                raise
            if word not in NO_FILE:
                log.error("file stays", file=file_id, trouble=word)
                return False
        return True

    def _conversation(self, account: str) -> str:
        believed_until, channel = self._conversations.get(account, (self._now(), ""))
        if believed_until <= self._now():
            channel = str(self._client.conversations_open(users=account)["channel"]["id"])
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
        except (SlackClientError, OSError) as error:
            raise NoAnswer("no answer") from error


def _meaning(error: SlackApiError) -> NotDelivered:
    headers = error.response.headers
    retry_after = headers.get("Retry-After") or headers.get("retry-after")
    if retry_after:
        seconds = float(retry_after if isinstance(retry_after, str) else retry_after[0])
        return LaterPlease("ratelimited", timedelta(seconds=seconds))
    word = _word(error)
    return MEANS.get(word, MayHaveArrived)(word)


def _word(error: SlackApiError) -> str:
    """Return Slack's word; for a page from some machine on the way, the word for an unclear answer."""
    word = str(error.response.get("error") or "internal_error")
    return word if word.isidentifier() else "internal_error"


def _content(letter: Letter) -> dict[str, Any]:
    return {"text": letter.text, "blocks": draw.message(letter.blocks)}
