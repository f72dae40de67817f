"""Sends what the outbox holds, keeps the place of every message, and brings it up to date when its record changes.

A message is marked only after Slack has taken it. Whoever dies in between leaves it claimed; the next sender looks
into the conversation for its key before sending again, so that nobody is told twice.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Now
from bot.context import Context
from bot.errors import LanyardError
from bot.logs import log
from bot.rules.people import Standing
from bot.services import outbox as service
from bot.services import people
from handlers.notices import Letter, Renders
from storage.engine import Database
from storage.outbox import Message

BATCH = 50
PER_CONVERSATION = timedelta(seconds=1)  # Slack takes about one message a second in each conversation
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
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
GONE = {"user_disabled", "user_not_found", "account_inactive", "channel_not_found"}  # the person, not the message


class Sender:
    """Sends; one `deliver` at a time in each process, and any number of processes."""

    def __init__(self, client: WebClient, database: Database, now: Now, renders: Renders) -> None:
        self._client, self._database, self._now, self._renders = client, database, now, renders
        self._free_from: dict[int, datetime] = {}  # person → when their conversation takes the next message
        self._one_at_a_time = threading.Lock()

    def deliver(self) -> int:
        """Send everything that is due; returns how many messages Slack took. What fails waits for its next try."""
        taken = 0
        with self._one_at_a_time:
            while batch := service.claim(self._database, self._now(), BATCH):
                taken += sum(self._deliver(message) for message in batch)
        return taken

    def _deliver(self, message: Message) -> bool:
        """Send one message; whatever happens to it, the next one has its turn."""
        free_from = self._free_from.get(message.person_id)
        if free_from and free_from > self._now():
            service.put_off(self._database, message, until=free_from, trouble="")
            return False
        try:
            return self._send_or_say_why(message)
        except (SlackClientError, OSError):
            self._later(message, "no answer")
        except LanyardError as error:
            self._later(message, type(error).__name__)
        except Exception as error:
            log.error("not sent", notice=message.notice, message=message.message_id, error=type(error).__name__)
            self._later(message, "unexpected")
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
            service.hand_on(self._database, self._now, message, trouble="recipient has left")
            return False
        letter = self._renders[message.notice](recipient, message.record)
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
        person = recipient.actor.person if recipient.actor else None
        return str(self._client.conversations_open(users=str(person and person.slack_user))["channel"]["id"])

    def _refused(self, message: Message, error: SlackApiError) -> None:
        word = str(error.response.get("error") or "refused")
        retry_after = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after")
        if retry_after:
            wait = timedelta(seconds=float(retry_after if isinstance(retry_after, str) else retry_after[0]))
            self._free_from[message.person_id] = self._now() + wait
            service.put_off(self._database, message, until=self._now() + wait, trouble="ratelimited")
        elif word in GONE:
            self._gone(message, word)
        elif word in NEVER or message.attempts >= MOST_ATTEMPTS:
            log.error("given up", notice=message.notice, message=message.message_id, trouble=word)
            service.give_up(self._database, self._now, message, trouble=word)
        else:
            self._later(message, word)

    def _gone(self, message: Message, word: str) -> None:
        """Ask Slack who has gone, so that everybody knows, and give the message to the next in line."""
        recipient = service.recipient(self._database, self._now, message)
        if recipient and recipient.actor:
            slack_user = str(recipient.actor.person.slack_user)
            user = dict(self._client.users_info(user=slack_user)["user"])
            people.slack_changed(self._database, self._now(), team_id=recipient.school.team_id, user=user)
        service.hand_on(self._database, self._now, message, trouble=word)

    def _later(self, message: Message, trouble: str) -> None:
        wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
        service.put_off(self._database, message, until=self._now() + wait, trouble=trouble)


def _quiet_until(recipient: Context, message: Message) -> datetime | None:
    """Return when the school opens, if a new message has to wait: what was due in time may have met an outage."""
    now = recipient.now()
    opens = now if message.notice.is_urgent else recipient.school.calendar.when_open(now)
    return opens if opens > now else None


def _content(letter: Letter) -> dict[str, Any]:
    return {"text": letter.text, "blocks": list(letter.blocks)}


class Round:
    """Delivers in the background: soon after every change, and regularly for what had to wait."""

    EVERY_SECONDS = 2.0

    def __init__(self, sender: Sender) -> None:
        self._deliver: Callable[[], int] = sender.deliver
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the message in hand, then stop."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self.EVERY_SECONDS)
            self._wake.clear()
            try:
                self._deliver()
            except LanyardError as error:
                log.error("outbox waits", error=type(error).__name__)
            except Exception as error:
                log.error("outbox failed", error=type(error).__name__)
