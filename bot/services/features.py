"""The list of features: what each of them gives to whatever gathers. Nothing that gathers names a feature.

A feature gives only what it has; for everything else there is a default that gives nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from bot.changes import (
    AbsenceChanged,
    Change,
    ConsentChanged,
    CustodiansChanged,
    FilterChanged,
    HoldersChanged,
    OfficeTold,
    Posted,
    SightChanged,
)
from bot.context import Context, Look, Reaction, Reactions, Transaction
from bot.notices import Notice
from bot.rules.consent import form as consent_form
from bot.rules.consent.looks import VIEWERS
from bot.rules.documents import File, What
from bot.rules.filter import register as filter_rules
from bot.rules.overview import Figures, SchoolDays
from bot.rules.people import Person
from bot.rules.posting import surfaces as surface_rules
from bot.rules.posting import take_downs as take_down_rules
from bot.rules.relays import Telling
from bot.rules.reminders.stages import Item
from bot.rules.reminders.week import Week
from bot.rules.school import Role
from bot.rules.training import COUNTERS
from bot.rules.turns import Line, Waiting
from bot.services import breaches, content, permissions, persons, record_turns, records, relays, welcome
from bot.services.access import due as access
from bot.services.access import requests
from bot.services.consent import gaps, look_log, looks, roll_names, undo
from bot.services.consent import home as consent
from bot.services.filter import due as filter_register
from bot.services.filter import lists, register
from bot.services.policy import acknowledgement, documents, reviews
from bot.services.posting import checks, duties, meanwhile, posts, published, removals, surfaces, take_downs
from bot.services.record_views import Desk
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


def _everybody_may(_tx: Look, _person: Person, _name: str) -> bool:
    return True


def _idle(_given: Context | Transaction) -> None:
    return None


class Door(NamedTuple):
    """What one can do about a clause: a button without a value that opens a window, and who may press it.

    `clauses`: numbers of the policy that Lanyard was written for; `rules.policy.ours` finds them in a school's own.
    """

    opens: str
    clauses: tuple[str, ...]
    roles: frozenset[Role]


EVERYBODY = frozenset({Role.STAFF})


class Feature(NamedTuple):
    """What one feature gives. `name`: as its notices and reminders are called.

    `due_items`: (look, reader) → what people are reminded of; with a reader only what may concern that person.
    `waiting`: (look, person) → what waits for that person. `next_in_line`: (look, notice, record) → whose turn a record
    is; None: a message that concerns nobody else. `week`: (look, person, Monday) → what it gives to the school's week.
    `figures`: (look, first day, school days) → what it gives to the overview. `card`: (look, person) → what it gives to
    Home, by the names of `home.Overview`. `files`: what can be had of it as a file. `tick`: what the clock does.
    `hurry`: what the clock does every minute, where something is urgent.
    `tellings`: what whoever holds an office has to be told now, wherever they are; of every notice in `BY_OFFICE`.
    `clauses`: the doors to it that are shown under a clause of the policy.
    `may_know`: (look, person, record's name) → whether what is over by now may still be named to them.
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
    hurry: Callable[[Context], None] = _idle
    reacts: Mapping[type[Change], Reaction] = {}
    derive: Callable[[Transaction], None] = _idle
    may_know: Callable[[Look, Person, str], bool] = _everybody_may
    tellings: Callable[[Look], Iterable[Telling]] = _nothing
    clauses: tuple[Door, ...] = ()


def on_spine(desk: Desk[Any], **own: Any) -> Feature:
    """Return a feature of records on the spine: what waits, is due, is next, is silent and may not be seen any more.

    All of that the spine gives, so that no feature can forget it. `own`: what the feature gives besides, as in
    `Feature`: added to what the spine gives, or by itself where that is nothing.
    """
    ways, opens = desk.ways, desk.opens
    spine: dict[str, Any] = {
        "due_items": partial(_due, ways, opens, own.get("due_items", _nothing)),
        "waiting": partial(_waiting, ways, opens, own.get("waiting", _nothing)),
        "next_in_line": partial(_next_in_line, ways, own.get("next_in_line", _nobody)),
        "hurry": lambda context: record_turns.bring_in_next(context, ways),
        "tick": partial(_tick, ways, own.get("tick", _idle)),
        "derive": partial(_derive, ways, own.get("derive", _idle)),
        "reacts": {
            SightChanged: partial(_sight_changed, ways),
            AbsenceChanged: partial(_absence_changed, ways),
            FilterChanged: partial(_filter_changed, ways),
            **own.get("reacts", {}),
        },
        "may_know": partial(record_turns.may_know, ways),
        "tellings": partial(_tellings, ways, own.get("tellings", _nothing)),
    }
    return Feature(desk.feature, **{**own, **spine})


Due = Callable[[Look, Person | None], Iterable[Item]]


def _due(ways: records.Ways, opens: str, own: Due, tx: Look, reader: Person | None) -> Iterator[Item]:
    yield from record_turns.due_items(tx, ways, reader, opens)
    yield from own(tx, reader)


def _waiting(
    ways: records.Ways, opens: str, own: Callable[[Look, Person], Iterable[Waiting]], tx: Look, person: Person
) -> Iterator[Waiting]:
    yield from record_turns.waiting(tx, ways, person, opens)
    yield from own(tx, person)


def _next_in_line(
    ways: records.Ways, own: Callable[[Look, Notice, int], Line | None], tx: Look, notice: Notice, number: int
) -> Line | None:
    return own(tx, notice, number) or record_turns.next_in_line(tx, ways, notice, number)


def _tellings(ways: records.Ways, own: Callable[[Look], Iterable[Telling]], tx: Look) -> Iterator[Telling]:
    yield from record_turns.tellings(tx, ways)
    yield from own(tx)


def _tick(ways: records.Ways, own: Callable[[Context], None], context: Context) -> None:
    own(context)
    record_turns.bring_in_next(context, ways)


def _derive(ways: records.Ways, own: Callable[[Transaction], None], tx: Transaction) -> None:
    own(tx)
    for person_id in tx.relatives():
        record_turns.sight_changed(tx, ways, person_id)


def _absence_changed(ways: records.Ways, tx: Transaction, change: AbsenceChanged) -> None:
    record_turns.absence_changed(tx, ways, change.person_id)


def _filter_changed(ways: records.Ways, tx: Transaction, change: FilterChanged) -> None:
    record_turns.filter_changed(tx, ways, change.record)


def _sight_changed(ways: records.Ways, tx: Transaction, change: SightChanged) -> None:
    record_turns.sight_changed(tx, ways, change.person_id)


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield everything that whoever holds an office has to be told now."""
    for feature in FEATURES:
        yield from feature.tellings(tx)


def _of_all(act: Callable[..., Any], given: Look | Context, *more: object) -> Any:
    """Do something of the relay's, which is given what every feature has to tell."""
    return act(given, tellings, *more)


def _may_know(tx: Look, person: Person, name: str) -> bool:
    """Return whether the record of which somebody was to be told may still be named, as its own feature says."""
    return all(each.may_know(tx, person, name) for each in FEATURES if each.may_know is not _may_know)


FEATURES = (
    Feature(
        "consent",
        next_in_line=undo.next_in_line,
        week=consent.week,
        card=consent.card,
        files={**roll_names.FILES, **gaps.FILES},
        tick=consent.tick,
        tellings=undo.tellings,
        clauses=(
            Door("consent.open", ("4.2", "4.4", "4.5", "4.6", "4.7", "4.9", "4.13"), EVERYBODY),
            Door("ledger.open", ("4.1", "4.2", "4.3", "4.4", "4.5", "4.6"), consent_form.KEEPERS),
        ),
    ),
    Feature(
        "looks",
        due_items=looks.due_items,
        waiting=looks.waiting,
        next_in_line=looks.next_in_line,
        files=look_log.FILES,
        tick=looks.tick,
        tellings=looks.tellings,
        clauses=(Door("looks.open", ("1.1", "4.2"), VIEWERS),),
    ),
    on_spine(
        requests.DESK,
        due_items=access.due_items,
        week=access.week,
        figures=access.figures,
        reacts={FilterChanged: access.filter_changed},
        derive=access.derive,
        clauses=(Door("access.new", ("7.1", "7.5"), EVERYBODY),),
    ),
    on_spine(
        content.DESK,
        week=content.week,
        figures=content.figures,
        tellings=content.tellings,
        clauses=(Door("content.new", ("5.5", "6.7", "7.3"), EVERYBODY),),
    ),
    on_spine(
        permissions.DESK,
        due_items=permissions.due_items,
        week=permissions.week,
        tick=permissions.tick,
        clauses=(Door("permissions.new", ("5.1", "5.7", "5.9"), EVERYBODY),),
    ),
    on_spine(
        posts.DESK,
        waiting=duties.waiting,
        card=checks.card,
        figures=posts.figures,
        tick=meanwhile.tick,
        due_items=published.due_items,
        reacts={ConsentChanged: meanwhile.consent_changed, CustodiansChanged: published.custodians_changed},
        derive=checks.derive,
        clauses=(
            Door(
                "posting.open_form",
                ("4.5", "4.7", "4.8", "4.9", "4.10", "4.11", "4.12", "4.13", "5.2", "5.3"),
                EVERYBODY,
            ),
        ),
    ),
    on_spine(
        removals.DESK,
        week=removals.week,
        figures=removals.figures,
        waiting=removals.waiting,
        next_in_line=removals.next_in_line,
        tellings=removals.tellings,
        tick=take_downs.tick,
        reacts={
            ConsentChanged: take_downs.consent_changed,
            Posted: take_downs.posted,
            CustodiansChanged: take_downs.custodians_changed,
        },
        derive=take_downs.derive,
        clauses=(Door("take_downs.list", ("4.5", "4.6"), frozenset(take_down_rules.READERS)),),
    ),
    on_spine(
        breaches.DESK,
        week=breaches.week,
        figures=breaches.figures,
        tick=breaches.tick,
        files=breaches.FILES,
        clauses=(Door("breaches.new", ("4.14",), EVERYBODY),),
    ),
    Feature(
        "surfaces",
        due_items=surfaces.due_items,
        clauses=(Door("surfaces.open", ("5.1",), surface_rules.KEEPERS),),
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
        tellings=filter_register.tellings,
        clauses=(Door("register.open", ("7.1", "7.3", "7.5"), filter_rules.VIEWERS),),
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
        tellings=training.tellings,
        clauses=(
            Door(
                "training.register",
                ("2.2", "2.3", "2.4", "6.1", "6.6", "6.8", "6.9", "8.9", "9.1", "9.2", "9.3", "9.4", "9.6", "9.7"),
                COUNTERS,
            ),
        ),
    ),
    Feature(
        "policy",
        due_items=reviews.due_items,
        next_in_line=reviews.next_in_line,
        week=reviews.week,
        figures=reviews.figures,
        tick=documents.tick,
        tellings=reviews.tellings,
        clauses=(Door("policy.review", ("10.1", "10.2"), reviews.MAY_SEE),),
    ),
    Feature(
        "acknowledgement",
        due_items=acknowledgement.due_items,
        week=acknowledgement.week,
        figures=acknowledgement.figures,
        files=acknowledgement.FILES,
        tick=acknowledgement.tick,
        clauses=(Door("acknowledgement.progress", ("2.1", "10.3"), frozenset(acknowledgement.SEES_ALL)),),
    ),
    Feature(
        "persons",
        next_in_line=persons.next_in_line,
        waiting=persons.waiting,
        tick=persons.tick,
        tellings=persons.tellings,
    ),
    Feature("welcome", tick=welcome.tick),
    Feature("role_changes"),  # told to those whom it concerns, and to nobody instead
    # Last: it asks what all others have to tell.
    Feature(
        "relays",
        due_items=partial(_of_all, relays.due_items),
        waiting=partial(_of_all, relays.waiting),
        next_in_line=partial(_of_all, relays.next_in_line),
        tick=partial(_of_all, relays.tick),
        reacts={
            OfficeTold: lambda tx, _change: relays.derive(tx, tellings),
            HoldersChanged: lambda tx, _change: relays.holders_changed(tx, tellings),
        },
        derive=partial(_of_all, relays.holders_changed),
        may_know=_may_know,
    ),
)


def doors(numbers: Set[str], person: Person) -> list[str]:
    """Return what this person can do about a clause: the buttons that open it, in the order of the features.

    `numbers`: of the clauses of ours to which it corresponds.
    """
    every = (door for feature in FEATURES for door in feature.clauses)
    return [door.opens for door in every if not numbers.isdisjoint(door.clauses) and door.roles & person.roles]


NAMED: Mapping[str, Feature] = {feature.name: feature for feature in FEATURES}


def _reactions() -> Reactions:
    """Return what every feature does about every kind of change."""
    found: dict[type[Change], list[tuple[str, Reaction]]] = {}
    for feature in FEATURES:
        for change, react in feature.reacts.items():
            found.setdefault(change, []).append((feature.name, react))
    return found


REACTIONS = _reactions()
