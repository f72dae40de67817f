"""One step of a state machine that is written down as a table: (state, event) → state."""

import enum
from collections.abc import Mapping
from typing import TypeVar

from bot.errors import Conflict

State = TypeVar("State", bound=enum.StrEnum)
Event = TypeVar("Event", bound=enum.StrEnum)

# In a table of turns, state → whose turn it is: nobody is waited for, until somebody decides anew or its time is over.
# A state that stands in no such table is final.
NOBODY = "nobody"


def take(steps: Mapping[tuple[State, Event], State], state: State, event: Event, what: str) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more. `what`: "request"."""
    try:
        return steps[state, event]
    except KeyError:
        raise Conflict(f"This {what} is {state.value} by now, so nothing was changed.") from None
