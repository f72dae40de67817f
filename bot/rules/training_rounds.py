"""Extra rounds of training: proposed, started by the headteacher, stopped again. Policy §9.7.

A proposal is no record on the spine: other features make it, it is answered with one press and without a signature, and
it is kept from nobody.
"""

import enum
from collections.abc import Mapping
from datetime import date, timedelta

from bot.errors import BadInput
from bot.rules import steps
from bot.rules.training import REASON, read_day, read_words

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
    wrong: dict[str, str] = {}
    due_on = read_day(fields.get("due_on", ""), wrong, "due_on")
    if due_on and not today <= due_on <= today + LONGEST_ROUND:
        wrong["due_on"] = "Choose a day from today on, at most a year ahead."
    reason = read_words(fields.get("reason", ""), "reason", REASON, wrong)
    if wrong or due_on is None:
        raise BadInput("Something on the form needs another look.", fields=wrong)
    return reason, due_on


def read_stop(fields: Mapping[str, str]) -> str:
    """Read why a refresher is stopped. Raises BadInput for "reason"."""
    wrong: dict[str, str] = {}
    reason = read_words(fields.get("reason", ""), "reason", REASON, wrong)
    if wrong:
        raise BadInput("Something on the form needs another look.", fields=wrong)
    return reason
