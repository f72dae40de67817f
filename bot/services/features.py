"""The list of features: what each of them gives to whatever gathers. Nothing that gathers names a feature.

A feature gives only what it has; for everything else there is a default that gives nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from bot.changes import Change, FilterChanged, SightChanged
from bot.context import Context, Look, Reaction, Reactions, Transaction
from bot.notices import Notice
from bot.rules.documents import File, What
from bot.rules.overview import Figures, SchoolDays
from bot.rules.people import Person
from bot.rules.reminders.stages import Item
from bot.rules.reminders.week import Week
from bot.rules.turns import Line, Waiting
from bot.services import content, permissions
from bot.services.access import due as access
from bot.services.consent import home as consent
from bot.services.filter import due as filter_register
from bot.services.filter import lists, register
from bot.services.policy import acknowledgement, documents, reviews
from bot.services.training import due as training
from bot.services.training import files
from bot.services.training import register as training_register


def _nothing(_tx: Look, *_more: object) -> tuple[Any, ...]:
    return ()


def _nobody(_tx: Look, _notice: Notice, _record: int) -> None:
    return None


def _no_week(_tx: Look, _person: Person, _monday: date) -> Week:
    return Week()


def _no_figures(_tx: Look, _first: date, _days: SchoolDays) -> Figures:
    return Figures()


def _no_card(_tx: Look, _person: Person) -> Mapping[str, Any]:
    return {}


def _idle(_given: Context | Transaction) -> None:
    return None


class Feature(NamedTuple):
    """What one feature gives. `name`: as its notices and reminders are called.

    `due_items`: (look, reader) → what people are reminded of; with a reader only what may concern that person.
    `waiting`: (look, person) → what waits for that person. `next_in_line`: (look, notice, record) → whose turn a record
    is; None: a message that concerns nobody else. `week`: (look, person, Monday) → what it gives to the school's week.
    `figures`: (look, first day, school days) → what it gives to the overview. `card`: (look, person) → what it gives to
    Home, by the names of `home.Overview`. `files`: what can be had of it as a file. `tick`: what the clock does.
    `reacts`: kind of change → what it does about it; `derive`: the same from the tables alone, for all that ever was.
    """

    name: str
    due_items: Callable[[Look, Person | None], Iterable[Item]] = _nothing
    waiting: Callable[[Look, Person], Iterable[Waiting]] = _nothing
    next_in_line: Callable[[Look, Notice, int], Line | None] = _nobody
    week: Callable[[Look, Person, date], Week] = _no_week
    figures: Callable[[Look, date, SchoolDays], Figures] = _no_figures
    card: Callable[[Look, Person], Mapping[str, Any]] = _no_card
    files: Mapping[What, Callable[[Context, str], File]] = {}
    tick: Callable[[Context], None] = _idle
    reacts: Mapping[type[Change], Reaction] = {}
    derive: Callable[[Transaction], None] = _idle


FEATURES = (
    Feature("consent", week=consent.week, card=consent.card, tick=consent.tick),
    Feature(
        "access",
        due_items=access.due_items,
        waiting=access.waiting,
        next_in_line=access.next_in_line,
        week=access.week,
        figures=access.figures,
        card=access.card,
        tick=access.tick,
        reacts={FilterChanged: access.filter_changed, SightChanged: access.sight_changed},
        derive=access.derive,
    ),
    Feature(
        "content",
        due_items=content.due_items,
        waiting=content.waiting,
        next_in_line=content.next_in_line,
        week=content.week,
        figures=content.figures,
        tick=content.tick,
        reacts={SightChanged: content.sight_changed},
        derive=content.derive,
    ),
    Feature(
        "permissions",
        due_items=permissions.due_items,
        waiting=permissions.waiting,
        next_in_line=permissions.next_in_line,
        week=permissions.week,
        card=permissions.card,
        tick=permissions.tick,
        reacts={SightChanged: permissions.sight_changed},
        derive=permissions.derive,
    ),
    Feature(
        "register",
        due_items=filter_register.due_items,
        next_in_line=filter_register.next_in_line,
        week=filter_register.week,
        figures=filter_register.figures,
        card=filter_register.card,
        files=lists.FILES,
        tick=filter_register.tick,
        reacts={SightChanged: register.sight_changed},
        derive=register.derive,
    ),
    Feature(
        "training",
        due_items=training.due_items,
        next_in_line=training.next_in_line,
        week=training.week,
        figures=training.figures,
        card=training.card,
        files={**training_register.FILES, **files.FILES},
        tick=training.tick,
    ),
    Feature(
        "policy",
        due_items=reviews.due_items,
        next_in_line=reviews.next_in_line,
        week=reviews.week,
        figures=reviews.figures,
        tick=documents.tick,
    ),
    Feature(
        "acknowledgement",
        due_items=acknowledgement.due_items,
        week=acknowledgement.week,
        figures=acknowledgement.figures,
        files=acknowledgement.FILES,
        tick=acknowledgement.tick,
    ),
)

NAMED: Mapping[str, Feature] = {feature.name: feature for feature in FEATURES}


def _reactions() -> Reactions:
    """Return what every feature does about every kind of change."""
    found: dict[type[Change], list[tuple[str, Reaction]]] = {}
    for feature in FEATURES:
        for change, react in feature.reacts.items():
            found.setdefault(change, []).append((feature.name, react))
    return found


REACTIONS = _reactions()
