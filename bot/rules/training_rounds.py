"""Extra rounds of training: proposed, started by the headteacher, stopped again. Policy §9.7.

A proposal is not a record on the spine: other features make it, it is answered with one press and without a signature,
and it is kept from nobody.
"""

import enum
from collections.abc import Mapping
from datetime import date, timedelta

from bot.rules import steps
from bot.rules.forms import Wrong
from bot.rules.training import REASON

LONGEST_ROUND = timedelta(days=366)
SOURCE = 120  # letters of what a proposal comes from, such as "IN-2"


class State(enum.StrEnum):
    """How a proposal of an extra round stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    STOPPED = "stopped"  # accepted first, and all that it started was stopped again


class Event(enum.StrEnum):
    """What moves it on."""

    START = "start"
    DISMISS = "dismiss"
    STOP = "stop"


STEPS: Mapping[tuple[State, Event], State] = {
    (State.OPEN, Event.START): State.ACCEPTED,
    (State.OPEN, Event.DISMISS): State.DISMISSED,
    (State.ACCEPTED, Event.STOP): State.STOPPED,
}
TURNS: Mapping[State, str] = {State.OPEN: "the headteacher or the deputy", State.ACCEPTED: steps.NOBODY}


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "proposal")


def read_round(fields: Mapping[str, str], today: date) -> tuple[str, date]:
    """Read why a refresher is started and by when. Raises BadInput for "reason", "due_on"."""
    form = Wrong(fields)
    due_on, reason = form.day("due_on"), form.words("reason", most=REASON)
    form.check("due_on", today <= due_on <= today + LONGEST_ROUND, "Choose a day from today on, at most a year ahead.")
    form.raise_if_any()
    return reason, due_on


def read_stop(fields: Mapping[str, str]) -> str:
    """Read why a refresher is stopped. Raises BadInput for "reason"."""
    form = Wrong(fields)
    reason = form.words("reason", most=REASON)
    form.raise_if_any()
    return reason
