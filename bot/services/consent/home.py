"""The consent record as Home and the week gather it: how complete it is, which letters and decisions it waits for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.context import Context, Look
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import DECIDERS, RECORDERS
from bot.rules.consent.ledger import State, states
from bot.rules.people import Person
from bot.rules.reminders.week import Week
from bot.services.consent import gaps, roll, roll_import, roll_pieces
from bot.services.consent.ledger import papers
from storage.consent import imports, ledger, look_ups, looks


def tick(context: Context) -> None:
    """Empty uploads that nobody confirmed, note an import that was killed, remove look-ups that are too old."""
    roll_import.forget_stale_uploads(context)
    roll_pieces.note_stopped(context)
    with context.look() as tx:
        is_old = look_ups.any_before(tx.connection, tx.school_id, tx.now - context.school.look_ups_kept)
    if is_old:
        with context.begin() as tx:
            removed = look_ups.forget_before(tx.connection, tx.school_id, tx.now - context.school.look_ups_kept)
            looks.forget_before(tx.connection, tx.school_id, tx.now - context.school.look_ups_kept)
            tx.audit("consent.look_ups_removed", f"{removed} rows")


def week(tx: Look, person: Person, _monday: date) -> Week:
    """Return how many letters are still to come, for those who keep the record."""
    return Week(letters=len(ledger.papers(tx.connection, tx.school_id)) if person.holds(*RECORDERS) else 0)


def card(tx: Look, person: Person) -> Mapping[str, Any]:
    """Return what those who keep the record have to see to, and what the headteacher has to settle."""
    found: dict[str, Any] = {}
    if person.holds(*RECORDERS):
        found |= {"completeness": gaps.completeness(tx), "papers": papers(tx)}
        found["unfinished"] = roll_pieces.how_far(tx)
        found["missing"] = len(imports.missing(tx.connection, tx.school_id))
    if person.holds(*DECIDERS):
        found["disputed"] = _disputed(tx)
    return found


def _disputed(tx: Look) -> tuple[Pupil, ...]:
    # Only a pupil about whom two named people decided can be disputed.
    asked = ledger.with_several_deciders(tx.connection, tx.school_id)
    standing = ledger.standing(tx.connection, tx.school_id, asked, tx.today)
    index = roll.of(tx)
    found = [
        roll.pupil(index, pupil_id)
        for pupil_id, (on_roll, decisions) in standing.items()
        if State.DISPUTED in states(decisions, on_roll, tx.school.uses, tx.today).values()
    ]
    return tuple(sorted(found, key=_by_class))


def _by_class(pupil: Pupil) -> tuple[str, str]:
    return pupil.class_name, pupil.name
