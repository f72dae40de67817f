"""Consent was taken back: what was posted comes down, wherever that can reasonably be done. Policy §4.5, 4.6.

One take-down `TD-n` a cause and place: its pictures are its lines. Once a cause there is another, without a place: to
look by hand for pictures from before Lanyard. Whoever looks after a place sees picture and child, never the cause.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.notices import Notice
from bot.rules.consent import ledger
from bot.rules.consent.ledger import Decision, Matter, OnRoll, Verdict
from bot.rules.consent.ledger import State as Stands
from bot.rules.forms import Wrong, has_letters
from bot.rules.procedures import Line, Procedure, Sight, Turn
from bot.rules.school import Role, Use

KIND, FEATURE = "TD", "take_downs"
LONGEST_WORDS = 1000
AGAIN_AFTER, HEAD_AFTER = timedelta(days=1), timedelta(days=2)  # [K] clock time, in holidays too
NOON = 12  # o'clock: what comes up in one half of a day is one message


class State(enum.StrEnum):
    """How a take-down stands."""

    OPEN = "open"
    AWAITING_HEAD = "waiting for the headteacher"  # something cannot be taken down: is that so?
    DONE = "done"
    CONSENT_IS_BACK = "consent is back"


class Event(enum.StrEnum):
    """What moves it on."""

    FINISH = "finish"  # every line has come to its end
    ASK_HEAD = "ask the headteacher"  # … but some could not be taken down
    AGREE = "agree"
    SEND_BACK = "send back"
    END = "end"  # no line is left: the parent has changed their mind, or it was recorded in error


class Outcome(enum.StrEnum):
    """What became of a line."""

    REMOVED = "removed"  # somebody has looked
    CHANGED = "changed"  # cropped or blurred
    CANNOT_RECALL = "cannot be recalled"  # it is printed; the publisher was asked
    NOT_PRACTICABLE = "not practicable"  # and why; the headteacher confirms it
    NOTHING_FOUND = "nothing found"  # of a look by hand
    CONSENT_IS_BACK = "consent is back"  # by nobody
    FOLLOWED = "followed by another"  # by nobody: a newer No or the flag has a line of its own
    CORRECTED = "corrected"  # by nobody: the post was logged at another place, or with another child


# What somebody may say of a picture, and of a look by hand.
OF_PICTURE = (Outcome.REMOVED, Outcome.CHANGED, Outcome.CANNOT_RECALL, Outcome.NOT_PRACTICABLE)
OF_LOOK = (Outcome.NOTHING_FOUND, *OF_PICTURE)
IN_WORDS = frozenset({Outcome.CANNOT_RECALL, Outcome.NOT_PRACTICABLE})  # who was asked and when, or why not

# Only these take a picture down: a Yes that has run out and a leaver are for the yearly look at everything [K].
TAKE_DOWN = frozenset({Stands.NOT_RECORDED, Stands.REFUSED, Stands.WITHDRAWN, Stands.DISPUTED, Stands.NEVER_PHOTOGRAPH})
NOES = frozenset({Stands.REFUSED, Stands.WITHDRAWN, Stands.DISPUTED})

OVER = frozenset({Outcome.CONSENT_IS_BACK, Outcome.FOLLOWED, Outcome.CORRECTED})  # what nobody did anything about

HEAD: Line = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
# Who sees every one; whoever looks after a place sees its own.
TOLD_LATE = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # who may see every one of them
READERS = {
    Role.ADMIN_TEAM: Sight.FULL,
    Role.HEADTEACHER: Sight.FULL,
    Role.DEPUTY_HEADTEACHER: Sight.FULL,
    Role.DATA_PROTECTION_OFFICER: Sight.FULL,
}
MAY_TICK_ALL = frozenset({Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})
PAST: Mapping[enum.StrEnum, str] = {
    Event.FINISH: "finished",
    Event.ASK_HEAD: "head_asked",
    Event.AGREE: "agreed",
    Event.SEND_BACK: "sent_back",
    Event.END: "ended",
}

PROCEDURE = Procedure(
    name="take-down",
    kind=KIND,
    feature=FEATURE,
    first=State.OPEN,
    steps={
        (State.OPEN, Event.FINISH): State.DONE,
        (State.OPEN, Event.ASK_HEAD): State.AWAITING_HEAD,
        (State.OPEN, Event.END): State.CONSENT_IS_BACK,
        (State.AWAITING_HEAD, Event.AGREE): State.DONE,
        (State.AWAITING_HEAD, Event.SEND_BACK): State.OPEN,
    },
    turns={
        State.OPEN: {Event.FINISH: Turn.CLOCK, Event.ASK_HEAD: Turn.CLOCK, Event.END: Turn.CLOCK},
        State.AWAITING_HEAD: {Event.AGREE: (HEAD,), Event.SEND_BACK: (HEAD,)},
    },
    signed=frozenset(),
    waits=Notice.TAKE_DOWN_CONFIRM,
    stands=Notice.TAKE_DOWN_CONFIRM,  # nobody asked for it, so nobody is answered
    readers=READERS,
    awaited=frozenset({Event.AGREE}),
    past=PAST,
    taken_in="opened",
    kept=True,
)
PROCEDURES: Mapping[str, Procedure] = {PROCEDURE.name: PROCEDURE}


@dataclass(frozen=True, slots=True)
class Form:
    """What a take-down is about. `surface_id`: None where everything is looked through by hand."""

    cause: str
    surface_id: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one pupil. `sources`: decision's number → its occasion, and when that was recorded.

    `flag`: the entry that raised the flag, and when; None while it is down.
    """

    on_roll: OnRoll
    decisions: Sequence[Decision]
    sources: Mapping[int, tuple[int, datetime]]
    flag: tuple[int, datetime] | None = None


def causes(pupil_id: int, known: Known, uses: Iterable[Use], day: date) -> dict[Matter, str]:
    """Return what a pupil may not be shown for any more → because of which entry: "source 12", "flag 3"."""
    found: dict[Matter, str] = {}
    for matter, stands in ledger.states(known.decisions, known.on_roll, uses, day).items():
        if stands not in TAKE_DOWN:
            continue
        if stands is Stands.NEVER_PHOTOGRAPH:
            found[matter] = f"flag {known.flag[0] if known.flag else 0}"
        elif stands in NOES and (no := _newest_no(known, matter, day)):
            found[matter] = f"source {known.sources[no.number][0]}"
        else:
            found[matter] = unrecorded(pupil_id)
    return found


def by_hand(known: Known, uses: Iterable[Use], day: date, since: datetime) -> frozenset[str]:
    """Return the causes for which older pictures are looked for by hand: a Yes was taken back, or the flag went up.

    `since`: what was recorded before was before Lanyard kept posts.
    """
    found = set[str]()
    yeses = [each for each in known.decisions if each.verdict is Verdict.YES and each.number in known.sources]
    for matter, stands in ledger.states(known.decisions, known.on_roll, uses, day).items():
        if stands is Stands.NEVER_PHOTOGRAPH and known.flag:
            number, at = known.flag
            if at >= since and any(known.sources[yes.number][1] < at for yes in yeses):
                found.add(f"flag {number}")
        elif stands in NOES and (no := _newest_no(known, matter, day)):
            number, at = known.sources[no.number]
            if at >= since and any(yes.matter == matter and yes.number < no.number for yes in yeses):
                found.add(f"source {number}")
    return frozenset(found)


def _newest_no(known: Known, matter: Matter, day: date) -> Decision | None:
    mine = [each for each in known.decisions if each.matter == matter and each.number in known.sources]
    noes = [each for each in ledger.in_force(mine, day) if each.verdict is not Verdict.YES]
    return max(noes, key=lambda each: each.number, default=None)


def wave(at: datetime) -> int:
    """Return the number under which everything that comes up in one half of a day is told. `at`: school time."""
    return int(f"{at:%Y%m%d}") * 10 + (0 if at.hour < NOON else 1)


def unrecorded(pupil_id: int) -> str:
    """Return the cause where no entry says No: the Yes was recorded in error, has run out, or there never was one."""
    return f"unrecorded {pupil_id}"


def read(fields: Mapping[str, str], may_say: Sequence[Outcome]) -> tuple[Outcome, str]:
    """Read "outcome" and "words". Raises BadInput with a message for each field."""
    form = Wrong(fields)
    outcome = form.choice("outcome", may_say, "Choose what was done.")
    words = form.written("words")
    needs = outcome in IN_WORDS and not has_letters(words, 3)
    form.check("words", not needs, "Write who was asked and when, or why it cannot be done.")
    form.check("words", len(words) <= LONGEST_WORDS, f"Please use at most {LONGEST_WORDS} letters.")
    form.raise_if_any()
    return outcome, words
