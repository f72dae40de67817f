"""Sends what the outbox holds, keeps the place of every message, and brings it up to date when its record changes.

A message is marked only after Slack has taken it. Whoever dies in between leaves it claimed; the next sender looks
into the conversation for its key before sending again, so that nobody is told twice. The same where Slack gave no
clear answer.

Slack's limits: one message a second in each conversation, which is kept here by itself; whatever it names in
`Retry-After` holds for the whole workspace, and until then nothing is sent there.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Now
from bot.context import Context
from bot.errors import Busy, LanyardError
from bot.logs import log
from bot.notices import Hours
from bot.rules.people import Standing
from bot.services import outbox as service
from bot.services.documents import deliveries
from bot.services.outbox import Lost
from bot.services.school import people
from handlers.notices import Enclosure, Letter, Renders
from handlers.slack import draw
from handlers.slack.files import upload
from storage.engine import Database
from storage.outbox.queue import Message

BATCH = 50
MOST_BATCHES = 20  # in one `deliver`
PER_CONVERSATION = timedelta(seconds=1)  # Slack takes about one message a second in each conversation
# Slack takes some fifty `conversations.open` a minute. Asked again so often because it tells who has been deactivated.
CONVERSATION_REMEMBERED = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
MOST_ALTERNATIVE = 1000  # letters: Slack's limit for what a screen reader says of a picture
MOST_ATTEMPTS = 200  # two days of trying every quarter of an hour: longer than any outage of Slack

# Slack's words for "this will never work", as against "not now".
NEVER = {
    "channel_not_found",
    "user_disabled",
    "user_not_found",
    "account_inactive",
    "is_archived",
    "cannot_dm_bot",
    "not_in_channel",
    "invalid_blocks",
    "invalid_arguments",
    "msg_too_long",
}
NOT_NOW = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
NO_FILE = {"file_not_found", "file_deleted"}
GONE = {"user_disabled", "user_not_found", "account_inactive", "channel_not_found"}  # the person, not the message


class Sender:
    """Sends; one `deliver` at a time in each process, and any number of processes."""

    def __init__(self, client: WebClient, database: Database, now: Now, renders: Renders) -> None:
        # By itself the SDK repeats a call whose answer got lost: that would be the same message once more.
        self._client = WebClient(
            token=client.token, base_url=client.base_url, timeout=client.timeout, retry_handlers=[]
        )
        self._database, self._now, self._renders = database, now, renders
        self._free_from: dict[int, datetime] = {}  # person → when their conversation takes the next message
        self._closed_until: dict[int, datetime] = {}  # school → when its Slack takes messages again
        self._conversations: dict[str, tuple[datetime, str]] = {}  # Slack account → until when we believe it, channel
        self._one_at_a_time = threading.Lock()

    def deliver(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send what may be sent now; returns how many messages Slack took. What fails is tried later.

        At most so many batches: whoever calls has other things to do as well, and calls again. `stopping`: asked after
        each message; what was claimed by then is given back untried.
        """
        taken = 0
        with self._one_at_a_time:
            for _ in range(MOST_BATCHES):
                batch = [] if stopping() else self._claim()
                if not batch:
                    break
                taken += self._deliver_all(batch, stopping)
        return taken

    def pause(self, longest: timedelta) -> timedelta:
        """Return how long there is nothing to be done: until somebody's conversation or some school's Slack is free."""
        now = self._now()
        soonest = min((*self._free_from.values(), *self._closed_until.values()), default=now + longest)
        return min(max(soonest - now, timedelta()), longest)

    def _claim(self) -> list[Message]:
        now = self._now()
        self._free_from = {person: at for person, at in self._free_from.items() if at > now}
        self._closed_until = {school: at for school, at in self._closed_until.items() if at > now}
        return service.claim(self._database, now, BATCH, busy=self._free_from, closed=self._closed_until)

    def _deliver_all(self, batch: Sequence[Message], stopping: Callable[[], bool]) -> int:
        taken, held = 0, []
        for message in batch:
            if message.school_id in self._closed_until or stopping():
                held.append(message)
            else:
                taken += self._deliver(message)
        if held:
            service.release(self._database, held, self._now())
        return taken

    def _deliver(self, message: Message) -> bool:
        """Send one message; whatever happens to it, the next one has its turn."""
        try:
            return self._send_or_say_why(message)
        except (SlackClientError, OSError):
            self._later(replace(message, interrupted=True), "no answer")
        except LanyardError as error:
            self._later(message, type(error).__name__)
        except Exception as error:
            log.error("not sent", notice=message.notice, message=message.message_id, error=type(error).__name__)
            self._unexpected(message)
        return False

    def _send_or_say_why(self, message: Message) -> bool:
        try:
            return self._send(message)
        except SlackApiError as error:
            self._refused(message, error)
            return False

    def _send(self, message: Message) -> bool:
        recipient = service.recipient(self._database, self._now, message)
        if recipient is None or recipient.actor is None or recipient.actor.person.standing is not Standing.STAFF:
            service.hand_on(self._database, self._now, message, Lost.RECIPIENT_LEFT, trouble="recipient has left")
            return False
        letter = self._renders[message.notice](recipient, message.record)
        if letter.earlier and service.has_later(self._database, message):
            letter = replace(letter, blocks=letter.earlier)
        if letter.enclosure:
            self._enclose(recipient, letter.enclosure)
        channel, ts = message.channel, message.ts
        if ts is None and message.interrupted:
            channel, ts = self._find(recipient, message)
        if ts is None and (opens := _quiet_until(recipient, message)):
            service.put_off(self._database, message, until=opens, trouble="")
            return False
        if channel and ts:
            self._client.chat_update(channel=channel, ts=ts, **_content(letter))
        else:
            channel, ts = self._post(recipient, message, letter)
        self._free_from[message.person_id] = self._now() + PER_CONVERSATION
        service.sent(self._database, message, channel=channel, ts=ts)
        return True

    def _post(self, recipient: Context, message: Message, letter: Letter) -> tuple[str, str]:
        channel = self._conversation(recipient)
        metadata = {"event_type": "lanyard_notice", "event_payload": {"key": message.key}}
        posted = self._client.chat_postMessage(
            channel=channel, metadata=metadata, unfurl_links=False, unfurl_media=False, **_content(letter)
        )
        return channel, str(posted["ts"])

    def _enclose(self, recipient: Context, enclosure: Enclosure) -> None:
        """Bring a file into the conversation. Its id is noted first: whatever happens then, it is taken away again."""
        channel = self._conversation(recipient)
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

    def clear_away(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Take files out of Slack that have lain there for a day; returns how many. What fails is tried again."""
        gone = 0
        for delivery in deliveries.to_remove(self._database, self._now()):
            if stopping():
                break
            try:
                is_gone = self._delete(str(delivery.file_id))
            except (SlackClientError, OSError):
                break  # Slack does not answer: the next tick
            if is_gone:
                deliveries.removed(self._database, delivery, self._now())
                gone += 1
            else:
                deliveries.stays(self._database, delivery, self._now())
        return gone

    def _delete(self, file_id: str) -> bool:
        """Tell whether a file is gone; not where Slack refuses. Raises SlackClientError, OSError: ask again."""
        try:
            self._client.files_delete(file=file_id)
        except SlackApiError as error:
            word = str(error.response.get("error") or "internal_error")
            if word in NOT_NOW:
                raise
            if word not in NO_FILE:
                log.error("file stays", file=file_id, trouble=word)
                return False
        return True

    def _find(self, recipient: Context, message: Message) -> tuple[str | None, str | None]:
        """Look whether a message that somebody died over did arrive."""
        channel = self._conversation(recipient)
        history = self._client.conversations_history(channel=channel, limit=200, include_all_metadata=True)
        for each in history["messages"]:
            payload = (each.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == message.key:
                return channel, str(each["ts"])
        return None, None

    def _conversation(self, recipient: Context) -> str:
        slack_user = str(recipient.actor and recipient.actor.person.slack_user)
        believed_until, channel = self._conversations.get(slack_user, (self._now(), ""))
        if believed_until <= self._now():
            channel = str(self._client.conversations_open(users=slack_user)["channel"]["id"])
            self._conversations[slack_user] = (self._now() + CONVERSATION_REMEMBERED, channel)
        return channel

    def _refused(self, message: Message, error: SlackApiError) -> None:
        word = str(error.response.get("error") or "refused")
        retry_after = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after")
        if retry_after:
            wait = timedelta(seconds=float(retry_after if isinstance(retry_after, str) else retry_after[0]))
            self._closed_until[message.school_id] = self._now() + wait
            service.put_off(self._database, message, until=self._now() + wait, trouble="ratelimited")
        elif word in GONE:
            self._gone(message, word)
        elif word in NEVER or message.attempts >= MOST_ATTEMPTS:
            log.error("given up", notice=message.notice, message=message.message_id, trouble=word)
            service.hand_on(self._database, self._now, message, Lost.GIVEN_UP, trouble=word)
        else:
            # "internal_error" and its like: Slack itself says that it may have been done all the same.
            self._later(replace(message, interrupted=True), word)

    def _gone(self, message: Message, word: str) -> None:
        """Ask Slack who has gone, so that everybody knows, and give the message to the next in line."""
        recipient = service.recipient(self._database, self._now, message)
        if recipient and recipient.actor:
            slack_user = str(recipient.actor.person.slack_user)
            self._conversations.pop(slack_user, None)
            user = dict(self._client.users_info(user=slack_user)["user"])
            people.slack_changed(self._database, self._now(), team_id=recipient.school.team_id, user=user)
        service.hand_on(self._database, self._now, message, Lost.RECIPIENT_LEFT, trouble=word)

    def _unexpected(self, message: Message) -> None:
        if message.attempts >= MOST_ATTEMPTS:
            service.hand_on(self._database, self._now, message, Lost.GIVEN_UP, trouble="unexpected")
        else:
            self._later(message, "unexpected")

    def _later(self, message: Message, trouble: str) -> None:
        wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
        service.put_off(self._database, message, until=self._now() + wait, trouble=trouble)


def _quiet_until(recipient: Context, message: Message) -> datetime | None:
    """Return when the school opens, if a new message has to wait: what was due in time may have met an outage."""
    now = recipient.now()
    opens = now if message.notice.hours is not Hours.SCHOOL else recipient.school.calendar.when_open(now)
    return opens if opens > now else None


def _content(letter: Letter) -> dict[str, Any]:
    return {"text": letter.text, "blocks": draw.message(letter.blocks)}


class Round:
    """Delivers in the background: soon after every change, and regularly for what had to wait."""

    EVERY = timedelta(seconds=2)
    STOPS_WITHIN = timedelta(seconds=4)  # a call to Slack may take longer; then its message counts as perhaps sent

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def stop(self) -> bool:
        """Finish the message in hand, then stop; returns whether it was. A Slack that hangs is not waited for."""
        self._stop.set()
        self._wake.set()
        self._thread.join(self.STOPS_WITHIN.total_seconds())
        return not self._thread.is_alive()  # if it is, the next sender looks whether that message arrived

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._sender.pause(self.EVERY).total_seconds())
            self._wake.clear()
            try:
                if self._sender.deliver(self._stop.is_set) >= BATCH:
                    self._wake.set()  # there may be more
            except Busy:
                pass  # the database has said itself that it is out of reach
            except LanyardError as error:
                log.error("outbox waits", error=type(error).__name__)
            except Exception as error:
                log.error("outbox failed", error=type(error).__name__)
