"""Words that somebody writes into the Messages tab: one sentence tells what to do instead, and none of it is read.

Lanyard's own messages come back the same way, and so do those of other apps: whatever is not certainly a person's is
left alone, so that nothing is ever answered in a circle.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Now
from bot.wording import page
from handlers.slack.calling import Caller

ONCE_IN = timedelta(hours=1)  # for each person
REMEMBERED = 1000  # people
# A message that only tells of another one (changed, deleted, …) has a subtype; these are somebody's own words.
WRITTEN = {None, "file_share", "thread_broadcast"}
NOT_A_PERSON = ("bot_id", "bot_profile", "app_id", "hidden")


class MessagesTab:
    """Answers whoever writes there, at most once an hour."""

    def __init__(self, client: Caller, now: Now) -> None:
        self._client = client
        self._now = now
        self._answered: dict[str, datetime] = {}  # account → when
        self._one_at_a_time = threading.Lock()

    def answer(self, event: Mapping[str, Any], is_staff: Callable[[], bool]) -> None:
        """Say that nobody reads it, unless they know. `event`: of a sound shape; `is_staff`: asked only if it matters.

        Raises SlackApiError, NoReplyError, and what `is_staff` raises.
        """
        if not _is_a_persons(event) or not self._is_due(str(event["user"])) or not is_staff():
            return
        said = page("router/messages").text("not_read")
        self._client.chat_postMessage(channel=str(event["user"]), text=said, unfurl_links=False, unfurl_media=False)

    def _is_due(self, account: str) -> bool:
        with self._one_at_a_time:
            now = self._now()
            last = self._answered.pop(account, None)
            due = last is None or now - last >= ONCE_IN
            self._answered[account] = now if last is None or due else last
            while len(self._answered) > REMEMBERED:
                self._answered.pop(next(iter(self._answered)))
        return due


def _is_a_persons(event: Mapping[str, Any]) -> bool:
    is_here = event.get("channel_type") == "im" and str(event["channel"]).startswith("D")
    return is_here and event.get("subtype") in WRITTEN and not any(event.get(mark) for mark in NOT_A_PERSON)
