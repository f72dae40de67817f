"""Asking for what the policy allows only with permission.

A personal account in a lesson (§5.7) or over the WiFi (§5.9), and posting on one of the school's accounts (§5.1).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.notices import Notice
from bot.rules.forms import Wrong
from bot.rules.procedures import All, Line, Procedure, Sight, Turn, Whose
from bot.rules.reminders.stages import Plan
from bot.rules.school import Role

KIND, FEATURE = "PR", "permissions"
LONGEST = 2000  # letters
LONGEST_PERMISSION = timedelta(days=366)  # [K] then it is asked for anew; for the headteacher to confirm
AHEAD = timedelta(days=366)
EXPIRY = Plan(before_days=(7,))  # [K] how long before its last day the asker is reminded of a permission


class What(enum.StrEnum):
    """What may be asked for; each is a procedure of its own."""

    LESSON = "lesson"  # §5.7: a personal account in a lesson, for teaching
    WIFI = "wifi"  # §5.9: a personal account over the school's WiFi
    ACCOUNT = "account"  # §5.1: to post on one of the school's accounts, which the headteacher gives access to


class State(enum.StrEnum):
    """How far a request for permission has got."""

    AWAITING_HEAD = "awaiting the headteacher"
    AWAITING_BOTH = "awaiting the headteacher and the E-Safety Co-ordinator"
    AWAITING_CONTROLS = "permitted, awaiting the E-Safety Co-ordinator"
    PERMITTED = "permitted"
    NOT_PERMITTED = "not permitted"
    WITHDRAWN = "withdrawn"
    LAPSED = "not permitted: nobody decided in time"
    REVOKED = "no longer permitted"
    OVER = "over"


class Event(enum.StrEnum):
    """What moves it on."""

    PERMIT = "permit"
    CONFIRM = "confirm the controls"
    PERMIT_AND_CONFIRM = "permit and confirm the controls"  # by one who holds both offices: one signature is enough
    REFUSE = "refuse"
    ASK_BACK = "ask back"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"
    LAPSE = "lapse"
    EXPIRE = "expire"


HEAD: Line = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
COORDINATOR: Line = (Role.E_SAFETY_COORDINATOR, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
SIGNED = frozenset({Event.PERMIT, Event.CONFIRM, Event.PERMIT_AND_CONFIRM, Event.REFUSE, Event.REVOKE})
YES = (Event.PERMIT_AND_CONFIRM, Event.PERMIT, Event.CONFIRM)  # the first that somebody may take is their Yes
AWAITED = frozenset({Event.PERMIT, Event.CONFIRM})
READERS = {
    Role.HEADTEACHER: Sight.FULL,
    Role.DEPUTY_HEADTEACHER: Sight.FULL,
    Role.E_SAFETY_COORDINATOR: Sight.FULL,
    Role.DATA_PROTECTION_OFFICER: Sight.FULL,
}
PAST: Mapping[enum.StrEnum, str] = {
    Event.PERMIT: "permitted",
    Event.CONFIRM: "confirmed",
    Event.PERMIT_AND_CONFIRM: "permitted_and_confirmed",
    Event.REFUSE: "refused",
    Event.ASK_BACK: "asked_back",
    Event.ANSWER: "answered",
    Event.WITHDRAW: "withdrawn",
    Event.REVOKE: "revoked",
    Event.LAPSE: "lapsed",
    Event.EXPIRE: "expired",
}
DECIDERS = frozenset({*HEAD, *COORDINATOR})

Steps = Mapping[tuple[enum.StrEnum, enum.StrEnum], enum.StrEnum]


def _waiting(state: State) -> Steps:
    """Return what can happen to everything that waits. A question leaves it where it is: the answer may never come."""
    return {
        (state, Event.REFUSE): State.NOT_PERMITTED,
        (state, Event.ASK_BACK): state,
        (state, Event.ANSWER): state,
        (state, Event.WITHDRAW): State.WITHDRAWN,
        (state, Event.LAPSE): State.LAPSED,
    }


_PERMITTED: Steps = {
    (State.PERMITTED, Event.REVOKE): State.REVOKED,
    (State.PERMITTED, Event.WITHDRAW): State.WITHDRAWN,
    (State.PERMITTED, Event.EXPIRE): State.OVER,
}
_ASKERS: dict[enum.StrEnum, Whose] = {
    Event.ANSWER: Turn.ASKER,
    Event.WITHDRAW: Turn.ASKER,
    Event.LAPSE: Turn.CLOCK,
}


def _decided_by(*lines: Line) -> dict[enum.StrEnum, Whose]:
    return {Event.REFUSE: lines, Event.ASK_BACK: lines, **_ASKERS}


def _after(*lines: Line) -> dict[enum.StrEnum, Whose]:
    return {Event.REVOKE: lines, Event.WITHDRAW: Turn.ASKER, Event.EXPIRE: Turn.CLOCK}


def _way(
    name: What, first: State, steps: Steps, turns: Mapping[enum.StrEnum, Mapping[enum.StrEnum, Whose]]
) -> Procedure:
    return Procedure(
        name=name,
        kind=KIND,
        feature=FEATURE,
        first=first,
        steps=steps,
        turns=turns,
        signed=SIGNED,
        waits=Notice.PERMISSION_WAITS,
        stands=Notice.PERMISSION_STANDS,
        readers=READERS,
        awaited=AWAITED,
        past=PAST,
        yes=YES,
        spoken=frozenset({Event.ASK_BACK, Event.ANSWER}),
    )


LESSON = _way(
    What.LESSON,
    State.AWAITING_HEAD,
    steps={(State.AWAITING_HEAD, Event.PERMIT): State.PERMITTED, **_waiting(State.AWAITING_HEAD), **_PERMITTED},
    turns={
        State.AWAITING_HEAD: {Event.PERMIT: (HEAD,), **_decided_by(HEAD)},
        State.PERMITTED: _after(HEAD),
    },
)
ACCOUNT = replace(LESSON, name=What.ACCOUNT)  # the headteacher decides on this alone, too

# Either order: the headteacher permits, the E-Safety Co-ordinator confirms that the controls are applied.
WIFI = _way(
    What.WIFI,
    State.AWAITING_BOTH,
    steps={
        (State.AWAITING_BOTH, Event.PERMIT): State.AWAITING_CONTROLS,
        (State.AWAITING_BOTH, Event.CONFIRM): State.AWAITING_HEAD,
        (State.AWAITING_BOTH, Event.PERMIT_AND_CONFIRM): State.PERMITTED,
        (State.AWAITING_CONTROLS, Event.CONFIRM): State.PERMITTED,
        (State.AWAITING_HEAD, Event.PERMIT): State.PERMITTED,
        **_waiting(State.AWAITING_BOTH),
        **_waiting(State.AWAITING_CONTROLS),
        **_waiting(State.AWAITING_HEAD),
        **_PERMITTED,
    },
    turns={
        State.AWAITING_BOTH: {
            Event.PERMIT: (HEAD,),
            Event.CONFIRM: (COORDINATOR,),
            Event.PERMIT_AND_CONFIRM: All((HEAD, COORDINATOR)),
            **_decided_by(HEAD, COORDINATOR),
        },
        State.AWAITING_CONTROLS: {Event.CONFIRM: (COORDINATOR,), **_decided_by(HEAD, COORDINATOR)},
        State.AWAITING_HEAD: {Event.PERMIT: (HEAD,), **_decided_by(HEAD, COORDINATOR)},
        State.PERMITTED: _after(HEAD, COORDINATOR),
    },
)

PROCEDURES: Mapping[str, Procedure] = {What.LESSON: LESSON, What.WIFI: WIFI, What.ACCOUNT: ACCOUNT}
WAITING = frozenset({State.AWAITING_HEAD, State.AWAITING_BOTH, State.AWAITING_CONTROLS})


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for. `conditions`: of the Yes, "" without any; `surface_id`: where to post, else None."""

    purpose: str
    first_on: date
    last_on: date
    conditions: str = ""
    surface_id: int | None = None


def read(fields: Mapping[str, str], today: date) -> tuple[What, Form]:
    """Read "what", "purpose", "first", "last" (days as YYYY-MM-DD), "where". Raises BadInput, a message for each."""
    form = Wrong(fields)
    what = form.choice("what", What, "Choose one.")
    purpose = form.text("purpose", "Say which account it is and what you need it for.", most=LONGEST)
    first, last = form.day("first"), form.day("last")
    form.check("first", today <= first <= today + AHEAD, "Choose a day from today on, at most a year ahead.")
    form.check("last", first <= last, "This is before the first day.", relies_on="first")
    within = last - first <= LONGEST_PERMISSION
    form.check("last", within, "Choose at most a year. After that, ask again.", relies_on="first")
    where, is_account = form.written("where"), what is What.ACCOUNT
    form.check("where", bool(where) or not is_account, "Choose on which of the school's places you want to post.")
    form.check("where", is_account or not where, "Leave this empty: it is only for posting for the school.")
    form.raise_if_any()
    return what, Form(purpose, first, last, surface_id=int(where) if where.isdecimal() else None)


def lapses_on(asked_on: date, first: date) -> date:
    """Return the day on whose morning it lapses: the day it was to begin or, if it was asked only then, a day later.

    Silence is no permission (§5.7, 5.9).
    """
    return first if asked_on < first else first + timedelta(days=1)
