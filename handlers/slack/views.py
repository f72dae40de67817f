"""Puts windows before people and changes them, and knows what Slack's words mean where it refuses."""

import itertools
import threading
from collections import OrderedDict

from slack_sdk.errors import SlackApiError

from bot.clock import Now
from handlers.slack import incoming, windows
from handlers.slack.calling import Caller, worded
from handlers.slack.draw import GIVES_WAY, Drawn
from handlers.slack.incoming import Arrived

TOO_DEEP = "push_limit_reached"  # three windows lie on top of each other already
CHANGED = "hash_conflict"  # the window shows something else by now
CLOSED = frozenset({"not_found", "view_not_found"})  # by the person
# A trigger lives for three seconds and works once. Slack calls it one way for windows and another for dialogs.
TOO_LATE = frozenset({"expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"})
REMEMBERED = 1000  # windows


class TooLateError(Exception):
    """Slack opens no window any more for what the person did: it took too long, or has one for it already."""


class Views:
    """The windows of everybody. Methods raise SlackApiError and NoReplyError for what no person has brought about."""

    def __init__(self, client: Caller, now: Now) -> None:
        self._client = client
        self._now = now
        self._count = itertools.count()
        self._pressed: OrderedDict[str, float] = OrderedDict()  # view id → its last press
        self._one_at_a_time = threading.Lock()

    def put(self, arrived: Arrived, view: Drawn) -> None:
        """Open a window, on top of the one in which something was pressed. Raises TooLateError."""
        trigger = str(arrived.body["trigger_id"])
        put = self._client.views_push if arrived.is_in_modal else self._client.views_open
        try:
            put(trigger_id=trigger, view=view)
        except SlackApiError as error:
            word = worded(error)
            if word in TOO_LATE:
                raise TooLateError from error
            if word != TOO_DEEP:
                raise
            # Instead of the window that was pressed in: better than a button that does nothing.
            below = arrived.body["view"]
            new = windows.asked_anew(view, after=f"{below['hash']} {trigger}")
            self._client.views_update(view_id=below["id"], view=new)

    def lead_on(self, arrived: Arrived, view: Drawn) -> None:
        """Open a window; one that only leads on gives way to it. Raises TooLateError."""
        below = incoming.view_of(arrived.body)
        if arrived.is_in_modal and below.get("callback_id") == GIVES_WAY:
            # Nothing can be entered there; pressed twice, it gives way once.
            self._update(below["id"], view, hash=below["hash"])
        else:
            self.put(arrived, view)

    def replace(self, arrived: Arrived, view: Drawn) -> None:
        """Show something else in the window in which something was pressed."""
        before = arrived.body["view"]
        pressed_at = str(arrived.body["actions"][0]["action_ts"])
        shown = windows.asked_still(view, before, after=f"{before['hash']} {pressed_at}")
        is_last = self._is_last(before["id"], float(pressed_at))
        if self._update(before["id"], shown, hash=before["hash"]) == CHANGED and is_last:
            # Somebody was quicker, most often the same finger, pressing twice: the last press shows how it stands now.
            self._update(before["id"], shown)

    def change(self, window_id: str, view: Drawn) -> bool:
        """Show something else in an open window; False where the person has closed it."""
        after = f"{window_id} {self._now().isoformat()} {next(self._count)}"
        return not self._update(window_id, windows.asked_anew(view, after=after))

    def _update(self, view_id: str, view: Drawn, **only_if: str) -> str:
        """Change a window; returns "", or Slack's word where the person has closed it or sees something else by now."""
        try:
            self._client.views_update(view_id=view_id, view=view, **only_if)
        except SlackApiError as error:
            word = worded(error)
            if word not in {CHANGED, *CLOSED}:
                raise
            return word
        return ""

    def _is_last(self, view_id: str, pressed_at: float) -> bool:
        """Return whether a press is the last one in a window as far as is known here, and note it."""
        with self._one_at_a_time:
            before = self._pressed.pop(view_id, 0.0)
            self._pressed[view_id] = max(before, pressed_at)  # at the end: those at the beginning are forgotten
            while len(self._pressed) > REMEMBERED:
                self._pressed.popitem(last=False)
        return pressed_at > before
