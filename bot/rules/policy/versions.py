"""The life of one version of the policy: sent, in force, and replaced by the next. Policy §10.

Not a record on the spine: nobody decides on it except the person who sent it.
"""

import enum
from collections.abc import Mapping

from bot.rules import steps


class State(enum.StrEnum):
    """How far a version has got."""

    DRAFT = "draft"
    IN_FORCE = "in force"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Event(enum.StrEnum):
    """What moves it on."""

    PUT_IN_FORCE = "put in force"
    REPLACE = "replace"  # by a newer version
    DISCARD = "discard"


STEPS: Mapping[tuple[State, Event], State] = {
    (State.DRAFT, Event.PUT_IN_FORCE): State.IN_FORCE,
    (State.DRAFT, Event.DISCARD): State.DISCARDED,
    (State.IN_FORCE, Event.REPLACE): State.SUPERSEDED,
}
TURNS: Mapping[State, str] = {State.DRAFT: "whoever sent the document", State.IN_FORCE: steps.NOBODY}


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "version")
