"""Role holders outside Slack: who has to be told and cannot be, and which colleague tells them. KCSIE; UK GDPR Art 33.

A bought-in data protection officer or a chair of governors may have no account, or only a guest's, whom Lanyard
refuses. Lanyard then asks somebody here to tell them, and writes down who was told, how and when.
"""

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import BadInput
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.forms import Wrong
from bot.rules.people import Person, Standing
from bot.rules.reminders.stages import Plan
from bot.rules.school import Role

FEATURE = "relays"
OFFICE = (Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # where nothing confidential is
HEADS = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)
REMINDED = Plan(before_days=(), overdue_every_days=1)  # [K] a phone call: every morning until it is made
AT_MOST_BEFORE = timedelta(days=7)  # [K] told on Friday, and written down on Monday


class How(enum.StrEnum):
    """How somebody was told."""

    PHONE = "phone"
    IN_PERSON = "in person"
    EMAIL = "e-mail"
    LETTER = "letter"


def is_outside(person: Person, phones: Mapping[str, str]) -> bool:
    """Return whether somebody who holds a role has no account that Lanyard could write to, and is to be told otherwise.

    Whoever has left Slack may have left the school, too: they are told nothing unless the school gives their number.
    """
    holds_office = bool(person.roles - {Role.STAFF})
    return holds_office and not person.is_here and (person.standing is not Standing.LEFT or person.email in phones)


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody who has to be told and is outside Slack. `role`: in which office."""

    role: Role
    person: Person


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that the holder of an office has to be told, as it stands now.

    `notice`, `record`: the message that those with an account get; `name`: what it may be called ("AR-7"), "" for
    nothing; `asked`: who gets it; `outside`: who cannot; `tellers`: the colleagues any of whom tells these; `asker_id`:
    whoever asked for it or reported it.
    """

    notice: Notice
    record: int
    name: str
    asked: tuple[Person, ...] = ()
    outside: tuple[Outside, ...] = ()
    tellers: tuple[Person, ...] = ()
    asker_id: int | None = None
    is_confidential: bool = False

    @property
    def is_askers(self) -> bool:
        """Return whether nobody but whoever asked may tell: they alone learn whom to phone."""
        return [person.person_id for person in self.tellers] == [self.asker_id]


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody at the school, and how they can be reached. `phones`: address → number; `away`: who is not here."""

    people: Sequence[Person]
    phones: Mapping[str, str]
    away: Collection[int] = ()


def telling(
    reach: Reach,
    notice: Notice,
    record: int,
    line: Iterable[Role],
    *,
    asked: Iterable[Person],
    barred: Collection[int] = (),
    is_confidential: bool = False,
) -> Telling:
    """Return what a line has to be told about something that is not a record on the spine. `asked`: told in Slack.

    What is confidential is told by the headteacher or the deputy, unless it concerns them; anything else by the office.
    """
    told, outside = tuple(asked), tuple(passed_over(line, reach, barred))
    if not outside:
        return Telling(notice, record, "", told)
    if is_confidential:
        heads = {each.person_id for each in reach.people if each.holds(*HEADS)}
        tellers = tellers_in_confidence(reach.people, barred, reach.away, heads)
    else:
        tellers = tellers_of_office(reach.people, barred, reach.away)
    return Telling(notice, record, "", told, outside, tellers or told, None, is_confidential)


def passed_over(line: Iterable[Role], reach: Reach, barred: Collection[int], *, several: int = 1) -> Iterator[Outside]:
    """Yield those of a line who are outside Slack and come before, or are among, the first `several` groups asked.

    None of them is barred. Where a role has somebody here who is not away, nobody else in that role is yielded: one
    of each office is enough.
    """
    met, here = set(barred), 0
    for role in line:
        group = [each for each in reach.people if role in each.roles and each.person_id not in met]
        met |= {each.person_id for each in group}
        if any(each.is_here and each.person_id not in reach.away for each in group):
            here += 1
            if here == several:
                return
            continue
        yield from (Outside(role, each) for each in group if is_outside(each, reach.phones))


def tellers_of_office(people: Iterable[Person], barred: Collection[int], away: Collection[int]) -> tuple[Person, ...]:
    """Return who tells where nothing confidential is behind it: the office, else the headteacher or the deputy."""
    return _here(deciding.people_of(OFFICE, people, barred), away)


def tellers_in_confidence(
    people: Sequence[Person], barred: Collection[int], away: Collection[int], knowing: Collection[int]
) -> tuple[Person, ...]:
    """Return who tells of what is confidential: the headteacher, or the deputy who acts. `knowing`: who may know of it.

    Never anybody of whom it speaks, who is related to them, or who may not know of it. Where a headteacher is one of
    these there is nobody: a deputy tells for a head who is away, but does not go round one.
    """
    heads, deputies = ([each for each in people if each.is_here and each.holds(role)] for role in HEADS)
    may_tell = {each for each in knowing if each not in barred}
    if any(each.person_id not in may_tell for each in heads):
        return ()
    groups = (tuple(each for each in group if each.person_id in may_tell) for group in (heads, deputies))
    return _here(groups, away)


def _here(groups: Iterable[tuple[Person, ...]], away: Collection[int]) -> tuple[Person, ...]:
    """Return the first group with somebody who is not away: those of it who are not."""
    present = (tuple(each for each in group if each.person_id not in away) for group in groups)
    return next(filter(None, present), ())


def otherwise(tellers: tuple[Person, ...], asker: Person | None, asked: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return who tells: these, or else whoever asked, alone, or else those who are told themselves."""
    return tellers or ((asker,) if asker and asker.is_here else ()) or asked


def read_told(fields: Mapping[str, str], now: datetime, since: datetime) -> tuple[How, datetime]:
    """Read "how", "day" (YYYY-MM-DD) and "time" (HH:MM, school time). Raises BadInput with a message for each.

    `now`, `since`: on the school's clock; since when it was to be told. Never in the future, nor long before.
    """
    form = Wrong(fields)
    how = form.choice("how", How, "Choose one.")
    day = form.day("day")
    at = form.of("time", _clock, None)
    form.check("day", day <= now.date(), "This day is still to come.")
    form.check("day", day >= (since - AT_MOST_BEFORE).date(), "This is too long ago. Please check it.", relies_on="day")
    told = datetime.combine(day, at.time(), now.tzinfo) if at else now
    form.check("time", told <= now or day > now.date(), "This is still to come.", relies_on="day")
    form.raise_if_any()
    return how, told


def _clock(written: str) -> datetime | None:
    try:
        return datetime.strptime(written.replace(".", ":"), "%H:%M")  # noqa: DTZ007 - a time of day, of no day yet
    except ValueError:
        message = "Write a time such as 14:05."
        raise BadInput(message, fields={"time": message}) from None
