"""Asking for a blocked site to be opened: the form of appendix a, and the steps it takes. Policy §7.5."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import BadInput
from bot.notices import Notice
from bot.rules.filter.addresses import Address
from bot.rules.filter.addresses import read as read_address
from bot.rules.forms import ANOTHER_LOOK, Wrong
from bot.rules.procedures import All, Line, Procedure, Sight, Turn, Whose
from bot.rules.school import Role

KIND, FEATURE = "AR", "access"
SEES_ALL = frozenset(
    {Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER}
)
LONGEST = 3000
LONGEST_ALLOWANCE = timedelta(days=3 * 366)


class State(enum.StrEnum):
    """How far a request has got."""

    AWAITING_REVIEW = "awaiting review"
    REVIEW_QUESTION = "question from the reviewer"
    AWAITING_HEAD = "awaiting the headteacher"
    HEAD_QUESTION = "question from the headteacher"
    APPROVED = "approved"  # the register says whether the filter was changed
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Event(enum.StrEnum):
    """What moves it on."""

    APPROVE = "approve"
    APPROVE_FOR_BOTH = "approve for both"  # by one who holds both duties: one signature is enough
    REJECT = "reject"
    ASK_BACK = "ask back"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


_STEPS: Mapping[tuple[enum.StrEnum, enum.StrEnum], enum.StrEnum] = {
    (State.AWAITING_REVIEW, Event.APPROVE): State.AWAITING_HEAD,
    (State.AWAITING_REVIEW, Event.APPROVE_FOR_BOTH): State.APPROVED,
    (State.AWAITING_REVIEW, Event.REJECT): State.REJECTED,
    (State.AWAITING_REVIEW, Event.ASK_BACK): State.REVIEW_QUESTION,
    (State.AWAITING_REVIEW, Event.WITHDRAW): State.WITHDRAWN,
    (State.REVIEW_QUESTION, Event.ANSWER): State.AWAITING_REVIEW,
    (State.REVIEW_QUESTION, Event.WITHDRAW): State.WITHDRAWN,
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


class Duty(enum.StrEnum):
    """In which of the form's two roles somebody decides."""

    REVIEW = "E-Safety Co-ordinator"
    APPROVE = "Headteacher"


# The first role with somebody in it is asked; the next may act when these are silent.
REVIEWERS: Line = (Role.E_SAFETY_COORDINATOR, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
APPROVERS: Line = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
# Who decides, even while a question is open: an answer may never come, and the asker may have left.
DUTIES: Mapping[enum.StrEnum, Duty] = {
    State.AWAITING_REVIEW: Duty.REVIEW,
    State.REVIEW_QUESTION: Duty.REVIEW,
    State.AWAITING_HEAD: Duty.APPROVE,
    State.HEAD_QUESTION: Duty.APPROVE,
}
LINES: Mapping[Duty, Line] = {Duty.REVIEW: REVIEWERS, Duty.APPROVE: APPROVERS}
_ASKERS = frozenset({Event.ANSWER, Event.WITHDRAW})


def _whose(state: enum.StrEnum, event: enum.StrEnum) -> Whose:
    if event in _ASKERS:
        return Turn.ASKER
    return All((REVIEWERS, APPROVERS)) if event is Event.APPROVE_FOR_BOTH else (LINES[DUTIES[state]],)


PROCEDURE = Procedure(
    name="access",
    kind=KIND,
    feature=FEATURE,
    first=State.AWAITING_REVIEW,
    steps=_STEPS,
    turns={state: {event: _whose(state, event) for was, event in _STEPS if was is state} for state in DUTIES},
    signed=frozenset({Event.APPROVE, Event.APPROVE_FOR_BOTH, Event.REJECT}),
    waits=Notice.ACCESS_WAITS,
    stands=Notice.ACCESS_STANDS,
    readers=dict.fromkeys(SEES_ALL, Sight.FULL),
    awaited=frozenset({Event.APPROVE, Event.ANSWER}),
    yes=(Event.APPROVE_FOR_BOTH, Event.APPROVE),
    spoken=frozenset({Event.ASK_BACK, Event.ANSWER}),
    past={
        Event.APPROVE: "approved",
        Event.APPROVE_FOR_BOTH: "approved_for_both",
        Event.REJECT: "rejected",
        Event.ASK_BACK: "asked_back",
        Event.ANSWER: "answered",
        Event.WITHDRAW: "withdrawn",
    },
)
PROCEDURES: Mapping[str, Procedure] = {PROCEDURE.name: PROCEDURE}
OPEN = tuple(DUTIES)
QUESTIONS = tuple(PROCEDURE.asking)
UNDECIDED = tuple(PROCEDURE.awaiting)
DECIDERS = PROCEDURE.deciding_roles
DECIDED = (State.APPROVED, State.REJECTED)


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
    form = Wrong(fields)
    url = form.of("url", read_address, None)
    content, reasons, risks = (form.text(name, needed, most=LONGEST) for name, needed in FIELDS.items())
    until = read_until(form, today)
    form.raise_if_any()
    if url is None:
        raise BadInput(ANOTHER_LOOK)
    return Form(url, content, reasons, risks, until)


def read_until(form: Wrong, today: date) -> date | None:
    """Read the last day of an allowance, "until"; None: for always."""
    until = form.day_if_any("until")
    is_near = until is None or today <= until <= today + LONGEST_ALLOWANCE
    form.check("until", is_near, "Choose a day from today on, at most three years ahead.")
    return until
