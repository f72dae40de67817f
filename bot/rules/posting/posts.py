"""What was posted, where, who is in it: `PO-n`, always recorded, for it is in the world. Policy §4.6, 4.7."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.notices import Notice
from bot.rules.forms import Wrong
from bot.rules.posting.checks import LONGEST_ADULTS, TakenWith
from bot.rules.procedures import Line, Procedure, Sight, Turn
from bot.rules.school import Media, Role

KIND, FEATURE = "PO", "posting"
LONGEST_PLACE = 500  # letters of a link, or of words for where it is
LOOKED_AT_AFTER = timedelta(days=365)  # [K] Early Warning Working Group, May 2026: a regular audit of what is published
LOGGED_BACK = timedelta(days=366 * 10)  # how long ago something may have been posted that is logged today


SAME_SITE: Mapping[str, str] = {"twitter.com": "x.com", "youtu.be": "youtube.com", "fb.com": "facebook.com"}


class State(enum.StrEnum):
    """How a post stands."""

    PUBLISHED = "published"
    TAKEN_DOWN = "taken down"


class Task(enum.StrEnum):
    """What is still to be done about a post, beside its state."""

    PHONE = "clear the phone"  # §4.8: whoever took it with their own phone removes it there
    BREACH = "weigh a breach"  # §4.14: it was posted although a parent had said no


class Event(enum.StrEnum):
    """What moves it on."""

    TAKE_DOWN = "take down"  # by whoever posted it
    CORRECT = "correct"  # a wrong link or day: what it said before stays with the step
    MEND = "mend"  # the same by the office: whoever posted it may have left, or it came from a list
    REMOVE = "remove"  # because somebody who looks after the place has done so, for a take-down


@dataclass(frozen=True, slots=True)
class Form:
    """One post. `place`: a link, or words for where it is; `check_id`: of the check that went before, if any.

    `look_on`: from when on somebody looks whether it may still be there; `out_on`: the day by which it is to come down
    anyway, None: stays.
    """

    surface_id: int
    medium: Media
    posted_on: date
    place: str
    adults: str
    taken_with: TakenWith
    check_id: int | None
    look_on: date
    out_on: date | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody writes of a post, as of `Form`."""

    place: str
    posted_on: date
    adults: str
    out_on: date | None


# Who may see every one of them: the office, the head and the deputy, the data protection officer.
READERS = {
    Role.ADMIN_TEAM: Sight.FULL,
    Role.HEADTEACHER: Sight.FULL,
    Role.DEPUTY_HEADTEACHER: Sight.FULL,
    Role.DATA_PROTECTION_OFFICER: Sight.FULL,
}
WEIGHERS = (Role.DATA_PROTECTION_OFFICER, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # the first with somebody here
HEARS_OF_PHONES = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # about the headteacher: the chair
PHONE_ASKED_AT = time(16)  # [K] school time: at the end of the day

OFFICE: Line = (Role.ADMIN_TEAM,)
CORRECTS = (Event.CORRECT, Event.MEND)

PAST: Mapping[enum.StrEnum, str] = {
    Event.TAKE_DOWN: "taken_down",
    Event.REMOVE: "removed",
    Event.CORRECT: "corrected",
    Event.MEND: "mended",
}

PROCEDURE = Procedure(
    name="post",
    kind=KIND,
    feature=FEATURE,
    first=State.PUBLISHED,
    steps={
        (State.PUBLISHED, Event.TAKE_DOWN): State.TAKEN_DOWN,
        (State.PUBLISHED, Event.REMOVE): State.TAKEN_DOWN,
        (State.PUBLISHED, Event.CORRECT): State.PUBLISHED,
        (State.PUBLISHED, Event.MEND): State.PUBLISHED,
    },
    turns={
        State.PUBLISHED: {
            Event.TAKE_DOWN: Turn.ASKER,
            Event.CORRECT: Turn.ASKER,
            Event.MEND: (OFFICE,),
            Event.REMOVE: Turn.CLOCK,
        }
    },
    signed=frozenset(),
    waits=Notice.POSTING_STANDS,
    stands=Notice.POSTING_STANDS,
    readers=READERS,
    awaited=frozenset(),  # nobody decides on it: it has been decided by the check, and by whoever posted it
    past=PAST,
    taken_in="posted",
)
PROCEDURES: Mapping[str, Procedure] = {PROCEDURE.name: PROCEDURE}


def look_on(looked: date, ends: Iterable[date | None], out_on: date | None = None) -> date:
    """Return from when on a post is to be looked at: after a year, or once a Yes runs out or a child has left.

    `looked`: when it was posted or looked at; `ends`: the last days of what it rests on, as far as they are later;
    `out_on`: by when it is to come down anyway.
    """
    days = [day + timedelta(days=1) for day in ends if day is not None and day >= looked]
    return min([looked + LOOKED_AT_AFTER, *days, *([out_on] if out_on else [])])


def is_elsewhere(place: str, url: str) -> bool:
    """Return whether a link leads to another site than the account with this address; False where one is no link.

    Which account of a site it is, a link does not say: many have a post under an address of its own.
    """
    links = [written.casefold().partition("://") for written in (place, url)]
    if not all(separator for _, separator, _ in links):
        return False
    hosts = [re.split("[/?#:]", rest, maxsplit=1)[0].removeprefix("www.").removeprefix("m.") for _, _, rest in links]
    there, account = (SAME_SITE.get(host, host) for host in hosts)
    return there != account


def read(fields: Mapping[str, str], today: date) -> Written:
    """Read "place", "posted", "adults" and "out". Raises BadInput with a message for each field."""
    form = Wrong(fields)
    place = form.words("place", "Paste the link, or say where it hangs or stands.", most=LONGEST_PLACE)
    day = form.day("posted")
    form.check("posted", day <= today, "This day is still to come. Log it when it is posted.")
    form.check("posted", day >= today - LOGGED_BACK, "That is more than ten years ago. Check the year.")
    adults = form.written("adults")
    form.check("adults", len(adults) <= LONGEST_ADULTS, f"Please use at most {LONGEST_ADULTS} letters.")
    out = form.day_if_any("out")
    form.check("out", out is None or out >= max(day, today), "Choose a day from today on, or leave this empty.")
    form.raise_if_any()
    return Written(place, day, adults, out)
