"""A breach of personal data: logged, contained, decided on within 72 hours of awareness, learnt from. Policy §4.14.

UK GDPR Art 33 and 34. Every breach is logged, and every near miss; who could not decide, or caused it, does not.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.notices import Notice
from bot.rules import clocks
from bot.rules.calendar import Calendar
from bot.rules.forms import Wrong
from bot.rules.procedures import Line, Procedure, Sight
from bot.rules.procedures import Whose as Turned
from bot.rules.school import Role

KIND, FEATURE = "DB", "breaches"
LONGEST = 3000  # letters of a text
MOST_PEOPLE = 1_000_000
LONG_AGO = timedelta(days=366 * 6)  # how long ago somebody may have become aware of what is logged today [K]


class State(enum.StrEnum):
    """How far a breach has got."""

    OPEN = "being dealt with"
    TO_REPORT = "to be reported"  # the Commissioner has to be told: whoever deals with it does, on their own form
    NOT_REPORTED = "not reported, with reasons"
    NO_BREACH = "no breach after all"
    CLOSED = "closed"


class Event(enum.StrEnum):
    """What moves it on."""

    TAKE = "take"  # “I have it”
    REPORT = "report"
    DO_NOT_REPORT = "do not report"
    NO_BREACH = "no breach"
    REOPEN = "reopen"  # new facts
    CLOSE = "close"
    CONTAIN = "contain"
    TELL_PEOPLE = "tell people"  # … or why not: UK GDPR Art 34
    LEARN = "learn"
    FOLLOW_UP = "follow up"  # the Commissioner was told, first and since, with the case number


class Kind(enum.StrEnum):
    """What happened, in a word."""

    PUBLISHED = "published"
    SENT = "sent"
    LOST = "lost"
    SEEN = "seen"
    BROKEN_INTO = "broken into"
    OTHER = "other"
    NEAR_MISS = "near miss"


class Whose(enum.StrEnum):
    """Whose data it is."""

    CHILDREN = "children"
    PARENTS = "parents"
    STAFF = "staff"
    OTHERS = "others"


class Data(enum.StrEnum):
    """What data it is. The last four are of special care: UK GDPR Art 9 and 10, and what harms most."""

    CONTACT = "contact"
    PICTURES = "pictures"
    RECORDS = "records"
    PASSWORDS = "passwords"
    MONEY = "money"
    HEALTH = "health"
    SAFEGUARDING = "safeguarding"
    OTHER_SPECIAL = "other special"


LINE: Line = (Role.DATA_PROTECTION_OFFICER, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
READERS = {Role.DATA_PROTECTION_OFFICER: Sight.FULL, Role.HEADTEACHER: Sight.FULL}
DECISIONS = (Event.REPORT, Event.DO_NOT_REPORT, Event.NO_BREACH)
NOTES = (Event.CONTAIN, Event.TELL_PEOPLE, Event.LEARN, Event.FOLLOW_UP)  # written down while it stays where it is
DECIDED = (State.TO_REPORT, State.NOT_REPORTED)
TO_DO = (Event.CONTAIN, Event.TELL_PEOPLE, Event.LEARN)  # beside each other, and all before it is closed
TASKS = (Event.FOLLOW_UP, *TO_DO)  # the first once it is to be reported
_BY_LINE: dict[enum.StrEnum, Turned] = dict.fromkeys(NOTES, (LINE,))

PROCEDURE = Procedure(
    name="breach",
    kind=KIND,
    feature=FEATURE,
    first=State.OPEN,
    steps={
        (State.OPEN, Event.TAKE): State.OPEN,
        (State.OPEN, Event.REPORT): State.TO_REPORT,
        (State.OPEN, Event.DO_NOT_REPORT): State.NOT_REPORTED,
        (State.OPEN, Event.NO_BREACH): State.NO_BREACH,
        **{(state, Event.REOPEN): State.OPEN for state in (*DECIDED, State.NO_BREACH, State.CLOSED)},
        **{(state, Event.CLOSE): State.CLOSED for state in DECIDED},
        **{(state, event): state for state in (State.OPEN, *DECIDED) for event in NOTES},
    },
    turns={
        State.OPEN: {Event.TAKE: (LINE,), **dict.fromkeys(DECISIONS, (LINE,)), **_BY_LINE},
        **{state: {Event.REOPEN: (LINE,), Event.CLOSE: (LINE,), **_BY_LINE} for state in DECIDED},
        State.NO_BREACH: {Event.REOPEN: (LINE,)},
        State.CLOSED: {Event.REOPEN: (LINE,)},
    },
    signed=frozenset({*DECISIONS, Event.REOPEN}),
    waits=Notice.BREACH_WAITS,
    stands=Notice.BREACH_STANDS,
    told=(Notice.BREACH_CLOCK,),
    readers=READERS,
    awaited=frozenset(DECISIONS),
    past={
        Event.TAKE: "taken",
        Event.REPORT: "reported_on",
        Event.DO_NOT_REPORT: "not_reported",
        Event.NO_BREACH: "dismissed",
        Event.REOPEN: "reopened",
        Event.CLOSE: "closed",
        Event.CONTAIN: "contained",
        Event.TELL_PEOPLE: "people_told",
        Event.LEARN: "learnt_from",
        Event.FOLLOW_UP: "followed_up",
    },
    yes=(Event.REPORT,),
    confidential=True,
    kept=True,
    taken_in="logged",
    taking=Event.TAKE,
)
PROCEDURES: Mapping[str, Procedure] = {PROCEDURE.name: PROCEDURE}


@dataclass(frozen=True, slots=True)
class Form:
    """A breach without its words, which are sealed. `people`: how many, None not known yet.

    `aware_at`: when somebody at the school knew, which may be long before it was logged.
    """

    kind: Kind
    whose: tuple[Whose, ...]
    data: tuple[Data, ...]
    people: int | None
    aware_at: datetime
    reporter_id: int


@dataclass(frozen=True, slots=True)
class Written:
    """What its form holds. `delay`: why it was logged so late, "" where it was not."""

    kind: Kind
    whose: tuple[Whose, ...]
    data: tuple[Data, ...]
    people: int | None
    aware_at: datetime
    happened: str
    contained: str
    delay: str


def read(
    fields: Mapping[str, str], whose: Sequence[str], data: Sequence[str], aware_at: datetime | None, now: datetime
) -> Written:
    """Read the form. `aware_at`: None where day and time were not understood. Raises BadInput, a message for each."""
    form = Wrong(fields)
    kind = form.choice("kind", Kind, "Choose what comes closest.")
    happened = form.text("happened", "Say what happened, in a sentence or two.", most=LONGEST)
    form.check("aware_time", aware_at is not None, "Write the time as on the clock, such as 14:05.")
    aware = aware_at or now
    form.check("aware", aware <= now, "This is in the future. When did somebody at the school first know?")
    form.check("aware", aware >= now - LONG_AGO, "That is more than six years ago. Check the year.")
    late = is_late(aware, now)
    delay = form.text("delay", "It is more than 72 hours ago: say why it is logged now.", most=LONGEST) if late else ""
    count = form.written("people")
    is_number = not count or (count.isascii() and count.isdecimal() and int(count[:9]) <= MOST_PEOPLE)
    form.check("people", is_number, "Write a number, or leave it empty if you do not know.")
    form.check("whose", bool(set(whose) & set(Whose)), "Tick at least one.")
    contained = form.written("contained")
    form.check("contained", len(contained) <= LONGEST, f"Please use at most {LONGEST} letters.")
    form.raise_if_any()
    return Written(
        kind,
        tuple(each for each in Whose if each in whose),
        tuple(each for each in Data if each in data),
        int(count) if count else None,
        aware,
        happened,
        contained,
        delay,
    )


def decide_by(aware_at: datetime) -> datetime:
    """Return until when the Commissioner is to be told: real hours, so no calendar is asked."""
    return clocks.ends(clocks.BREACH_TO_ICO, aware_at, Calendar())


def is_late(aware_at: datetime, now: datetime) -> bool:
    """Return whether the Commissioner would have had to be told by now: then reasons for the delay are owed."""
    return now > decide_by(aware_at)


def stage(aware_at: datetime, now: datetime) -> int | None:
    """Return the newest warning of the clock that is due, counted from 0; None before the first."""
    told = [at for at in clocks.warned_at(clocks.BREACH_TO_ICO, decide_by(aware_at)) if at <= now]
    return len(told) - 1 if told else None
