"""When somebody is to be reminded: due stages as data, computed from facts.

A rule asks for the latest stage *reached*, never "is today the day": what fell into an outage is caught up once, and a
second run finds nothing new.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """When to remind of one kind of thing, in calendar days around the day it is due.

    `shown_before_days`: from then on it stands on Home; nobody is told of it before the first of `before_days`.
    """

    before_days: tuple[int, ...] = (14, 3)
    shown_before_days: int = 0
    overdue_every_days: int = 7
    escalate_after_days: int = 14  # overdue for so long: the headteacher is told too


@dataclass(frozen=True, slots=True)
class Stage:
    """One moment at which to speak. `name`: "before-14", "due", "overdue-2"; unique for one thing.

    `is_quiet`: it is shown to whoever looks, and told to nobody.
    """

    name: str
    on: date
    overdue_days: int = 0
    escalated: bool = False
    is_quiet: bool = False


def reached(due: date, today: date, plan: Plan) -> Stage | None:
    """Return the latest stage that is reached today; None while it is too early to speak."""
    late = (today - due).days
    if late > 0:
        weeks = late // plan.overdue_every_days
        on = due + timedelta(days=weeks * plan.overdue_every_days)
        name = f"overdue-{weeks}" if weeks else "due"
        return Stage(name, on, overdue_days=late, escalated=late >= plan.escalate_after_days)
    near = [days for days in plan.before_days if -late <= days]
    if late == 0:
        return Stage("due", due)
    if near:
        return Stage(f"before-{min(near)}", due - timedelta(days=min(near)))
    shown = plan.shown_before_days
    return Stage(f"before-{shown}", due - timedelta(days=shown), is_quiet=True) if -late <= shown else None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that one person is to be reminded of.

    `feature`: whose it is, and the block of wording in templates/reminders/items.j2; `key`: what it is, unique for
    this person and this day, without any name; `words`: the values for the wording; `action` and `value`: the
    button that leads on, as handlers know it ("training.done", "12"), "" for none; `takers`: to whom it can be handed
    over, None: any colleague; nobody: it is this person's own; `is_private`: the headteacher never hears of it
    as somebody else's, whether overdue or because somebody is on leave; `is_covered`: while this person is away,
    somebody else is reminded of the very same; `heeds_absence`: while this person is away they are not reminded of it;
    `anchor`: where the due day is reckoned by the calendar, the day it is reckoned from, such as the day since when it
    waits. The due day moves when the calendar does; what a reminder is known by must not.
    """

    feature: str
    key: str
    person_id: int
    due: date
    stage: Stage
    words: Mapping[str, object] = field(default_factory=dict)
    action: str = ""
    value: str = ""
    takers: frozenset[int] | None = None
    is_private: bool = False
    anchor: date | None = None
    is_covered: bool = False
    heeds_absence: bool = True

    @property
    def reference(self) -> str:
        """Return what is put off, handed over or done: this thing of this person, at any stage.

        It is known by its anchor; without one, its due day is a fact itself, such as the last day of an allowance.
        """
        known_by = _digits(self.due) if self.anchor is None else f"from{_digits(self.anchor)}"
        return f"{self.key}-{self.person_id}-{known_by}"

    @property
    def told_key(self) -> str:
        """Return what is told once: this thing, to this person, at this stage."""
        return f"{self.reference}-{self.stage.name}"


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")  # three times as fast as a format, and asked for at every tick


def for_person(items: Iterable[Item], person_id: int) -> list[Item]:
    """Return one person's items, the longest overdue first."""
    return sorted((each for each in items if each.person_id == person_id), key=lambda each: (each.due, each.key))
