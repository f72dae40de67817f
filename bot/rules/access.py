"""Asking for a blocked site to be opened: the form of appendix a, and the way it goes. Policy §7.5."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from bot.errors import BadInput
from bot.rules import steps
from bot.rules.deciding import LINES, Duty
from bot.rules.filter.addresses import Address
from bot.rules.filter.addresses import read as read_address

LONGEST = 3000
LONGEST_ALLOWANCE = timedelta(days=3 * 366)


class State(enum.StrEnum):
    """Where a request is on its way."""

    AWAITING_REVIEW = "awaiting review"
    REVIEW_QUESTION = "question from the reviewer"
    AWAITING_HEAD = "awaiting the headteacher"
    HEAD_QUESTION = "question from the headteacher"
    APPROVED = "approved"  # whether it is done in the filter is the register's to say
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Event(enum.StrEnum):
    """What moves it on."""

    APPROVE = "approve"
    APPROVE_FOR_BOTH = "approve for both"  # by one who holds both duties: one answer is enough
    REJECT = "reject"
    ASK_BACK = "ask back"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


STEPS: Mapping[tuple[State, Event], State] = {
    (State.AWAITING_REVIEW, Event.APPROVE): State.AWAITING_HEAD,
    (State.AWAITING_REVIEW, Event.APPROVE_FOR_BOTH): State.APPROVED,
    (State.AWAITING_REVIEW, Event.REJECT): State.REJECTED,
    (State.AWAITING_REVIEW, Event.ASK_BACK): State.REVIEW_QUESTION,
    (State.AWAITING_REVIEW, Event.WITHDRAW): State.WITHDRAWN,
    (State.REVIEW_QUESTION, Event.ANSWER): State.AWAITING_REVIEW,
    (State.REVIEW_QUESTION, Event.WITHDRAW): State.WITHDRAWN,
    # An answer may never come: the asker may have left.
    (State.REVIEW_QUESTION, Event.APPROVE): State.AWAITING_HEAD,
    (State.REVIEW_QUESTION, Event.APPROVE_FOR_BOTH): State.APPROVED,
    (State.REVIEW_QUESTION, Event.REJECT): State.REJECTED,
    (State.AWAITING_HEAD, Event.APPROVE): State.APPROVED,
    (State.AWAITING_HEAD, Event.REJECT): State.REJECTED,
    (State.AWAITING_HEAD, Event.ASK_BACK): State.HEAD_QUESTION,
    (State.AWAITING_HEAD, Event.WITHDRAW): State.WITHDRAWN,
    (State.HEAD_QUESTION, Event.ANSWER): State.AWAITING_HEAD,
    (State.HEAD_QUESTION, Event.WITHDRAW): State.WITHDRAWN,
    (State.HEAD_QUESTION, Event.APPROVE): State.APPROVED,
    (State.HEAD_QUESTION, Event.REJECT): State.REJECTED,
}

ASKER = "whoever asked"
TURNS: Mapping[State, str] = {
    State.AWAITING_REVIEW: "the E-Safety Co-ordinator",
    State.REVIEW_QUESTION: ASKER,
    State.AWAITING_HEAD: "the headteacher",
    State.HEAD_QUESTION: ASKER,
}
# Whose it is to decide; with an open question too. On paper it is by this duty that somebody has decided.
DUTIES: Mapping[State, Duty] = {
    State.AWAITING_REVIEW: Duty.REVIEW_ACCESS,
    State.REVIEW_QUESTION: Duty.REVIEW_ACCESS,
    State.AWAITING_HEAD: Duty.APPROVE_ACCESS,
    State.HEAD_QUESTION: Duty.APPROVE_ACCESS,
}

# Who does what; a Yes of one who holds both duties becomes APPROVE_FOR_BOTH by itself.
DECIDERS_ACTS = frozenset({Event.APPROVE, Event.REJECT, Event.ASK_BACK})
ASKERS_ACTS = frozenset({Event.ANSWER, Event.WITHDRAW})
OPEN = tuple(TURNS)
QUESTIONS = tuple(state for state in OPEN if TURNS[state] == ASKER)
UNDECIDED = tuple(state for state in OPEN if TURNS[state] != ASKER)

# Who may ever decide, whatever the state: the two lines of §7.5.
DECIDERS = frozenset(role for duty in DUTIES.values() for role in LINES[duty])
DECIDED = (State.APPROVED, State.REJECTED)


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "request")


@dataclass(frozen=True, slots=True)
class Form:
    """The requester's half of the form, read and checked."""

    url: Address
    content: str
    reasons: str
    risks: str
    until: date | None


FIELDS = {
    "content": "Say what is on the site.",
    "reasons": "Say what the site is needed for.",
    "risks": "Say what could go wrong and how you will prevent it. “None that I can see, because …” will do.",
}


def read(fields: Mapping[str, str], today: date) -> Form:
    """Read the form. Raises BadInput with a message for each field.

    `fields`: "url", "content", "reasons", "risks"; "until": YYYY-MM-DD or "".
    """
    wrong: dict[str, str] = {}
    url = None
    try:
        url = read_address(fields.get("url", ""))
    except BadInput as error:
        wrong["url"] = str(error)
    for name, needed in FIELDS.items():
        written = fields.get(name, "").strip()
        if len(list(islice(filter(str.isalnum, written), 3))) < 3:
            wrong[name] = needed
        elif len(written) > LONGEST:
            wrong[name] = f"That is {len(written)} letters; {LONGEST} is the most."
    until = read_until(fields.get("until", ""), today, wrong)
    if wrong or url is None:
        raise BadInput("Something on the form needs another look.", fields=wrong)
    content, reasons, risks = (fields[name].strip() for name in FIELDS)
    return Form(url, content, reasons, risks, until)


def read_until(written: str, today: date, wrong: dict[str, str]) -> date | None:
    """Read the last day of an allowance; what is wrong goes into `wrong`, under "until"."""
    if not written:
        return None
    try:
        until = date.fromisoformat(written)
    except ValueError:
        wrong["until"] = "Choose a day."
        return None
    if not today <= until <= today + LONGEST_ALLOWANCE:
        wrong["until"] = "Choose a day from today on, at most three years ahead."
    return until
