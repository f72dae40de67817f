"""What waits for a person, at a glance."""

from dataclasses import dataclass

from bot.context import Context
from bot.notices import PRIVATE
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import DECIDERS, RECORDERS
from bot.rules.consent.ledger import State, states
from bot.rules.filter.register import RegisterEntry
from bot.rules.people import Standing
from bot.rules.reminders import week as monday_rules
from bot.services import access, content, monday, reminders
from bot.services.consent import ledger, roll, roll_import
from bot.services.consent.ledger import Paper
from bot.services.filter import register
from bot.services.reminders import Entry
from bot.services.school import absences
from bot.services.training import completions, rounds
from storage.consent import ledger as ledger_storage
from storage.outbox import queue


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete the consent record is, counted in pupils on roll today."""

    pupils: int
    complete: int
    partly: int
    nothing: tuple[Pupil, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What one person's Home tab shows; None where it is none of their business."""

    completeness: Completeness | None = None
    papers: tuple[Paper, ...] = ()
    disputed: tuple[Pupil, ...] = ()
    requests: tuple[access.View, ...] = ()  # this person's own, newest first
    decide: tuple[access.View, ...] = ()  # what waits for this person, the longest waiting first
    reports: tuple[content.View, ...] = ()
    own_training: completions.Mine | None = None
    proposals: int = 0  # refreshers that wait for the head's answer
    filter: tuple[RegisterEntry, ...] = ()  # what this person has to change in the web filter
    reminded: tuple[Entry, ...] = ()  # what this person is to be reminded of, the longest overdue first
    away: int | None = None  # how many colleagues are on long absence
    week: monday.Week | None = None  # the headteacher's and the deputy's
    unreached: tuple[str, ...] = ()  # names of colleagues whom Lanyard's last message did not reach
    missing: int = 0  # pupils who were not in the last imported file


def overview(context: Context) -> Overview:
    """Return what this person's role has to see to."""
    person = context.actor.person if context.actor else None
    if person is None:
        return Overview()
    keeps = person.holds(*RECORDERS)
    return Overview(
        completeness=completeness(context) if keeps else None,
        papers=ledger.papers(context) if keeps else (),
        requests=tuple(access.mine(context)),
        decide=tuple(access.waiting_for(context)),
        reports=tuple(content.waiting_for(context)),
        own_training=completions.mine(context),
        proposals=len(rounds.waiting(context)),
        filter=tuple(register.waiting_for(context)),
        reminded=reminders.mine(context),
        away=absences.count(context) if person.holds(*absences.KEEPERS) else None,
        week=monday.get(context) if person.roles & monday_rules.READERS else None,
        unreached=_unreached(context) if person.holds(*absences.KEEPERS) else (),
        missing=len(roll_import.leavers(context)) if keeps else 0,
        disputed=_disputed(context) if person.holds(*DECIDERS) else (),
    )


def completeness(context: Context) -> Completeness:
    """Count the pupils on roll with every decision, with some and with none."""
    wanted = sum(len(use.media) for use in context.school.uses)
    with context.database.read() as connection:
        index = roll.of(context, connection)
        recorded = ledger_storage.recorded_matters(
            connection, context.school.school_id, context.today(), [use.key for use in context.school.uses]
        )
    nothing = sorted((roll.pupil(index, each) for each, count in recorded.items() if not count), key=_by_class)
    complete = sum(count >= wanted for count in recorded.values())
    return Completeness(len(recorded), complete, len(recorded) - complete - len(nothing), tuple(nothing))


def _unreached(context: Context) -> tuple[str, ...]:
    with context.begin() as tx:
        found = queue.unreached(tx.connection, tx.school_id, leave_out=PRIVATE)
        staff = [each for each in tx.everybody() if each.standing is Standing.STAFF]
        return tuple(each.name for each in staff if each.person_id in found)


def _disputed(context: Context) -> tuple[Pupil, ...]:
    with context.database.read() as connection:
        index = roll.of(context, connection)
        # Only a pupil about whom two named people decided can be disputed.
        asked = ledger_storage.with_several_deciders(connection, context.school.school_id)
        standing = ledger_storage.standing(connection, context.school.school_id, asked, context.today())
    found = [
        roll.pupil(index, pupil_id)
        for pupil_id, (on_roll, decisions) in standing.items()
        if State.DISPUTED in states(decisions, on_roll, context.school.uses, context.today()).values()
    ]
    return tuple(sorted(found, key=_by_class))


def _by_class(pupil: Pupil) -> tuple[str, str]:
    return pupil.class_name, pupil.name
