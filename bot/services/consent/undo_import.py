"""Undoes an import of the roll as one step: what it brought goes, what was recorded later stays. Policy §4.2."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.changes import ConsentChanged
from bot.clock import spoken_instant
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.buttons import is_its_own, value_of
from bot.rules.consent import undo as rules
from bot.rules.consent.answer import Pupil
from bot.rules.consent.ledger import EntryKind
from bot.rules.consent.undo_import import Built, Later, barred
from bot.rules.forms import read_reasons
from bot.services.consent import roll, roll_pieces, undo
from bot.services.consent.roll_pieces import HowFar
from storage import school
from storage.consent import imports, imports_pieces, imports_undo, ledger
from storage.consent.imports_bulk import in_chunks
from storage.consent.imports_undo import Import
from storage.people import people

SHOWN = 5  # imports to choose from: an older one has been built on
TOO_OLD = (
    "That import was made before Lanyard kept what an import changes. Strike out its entries child by child: "
    "/consent-record, the child's name, “See the history”, “Recorded in error”."
)


@dataclass(frozen=True, slots=True)
class Imported:
    """One import as it is offered to be undone. `undone_at`: when it was, `is_too_old`: not known what it changed.

    `done`, `children`: how far it came, where it is not finished; `is_at_work`: it is being written.
    """

    number: int
    at: datetime
    by: str  # "": from the command line
    rows: int
    undone_at: datetime | None
    is_too_old: bool
    done: int = 0
    children: int = 0
    is_at_work: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """What undoing an import would take back, in numbers; and what was built on it, which stays."""

    imported: Imported
    new: int  # pupils who go off the roll
    changed: int  # pupils whose details go back
    decisions: int
    flags: int
    later: tuple[tuple[Pupil, Built], ...]
    newest: int  # grows with everything that is built on it


@dataclass(frozen=True, slots=True)
class Undone:
    """An import that was undone, for the headteacher: who did it, when and why, and whom something kept out."""

    imported: Imported
    at: datetime
    by: str
    reasons: str
    kept_out: tuple[str, ...]  # names


def recent(context: Context) -> list[Imported]:
    """Return the newest imports, newest first, those too that cannot be undone or were."""
    with context.look() as tx:
        names = people.names(tx.connection, tx.school_id)
        known = imports_undo.newest(tx.connection, tx.school_id, SHOWN)
        way = roll_pieces.how_far(tx)
        return [_imported(each, names, way) for each in known]


def extent(context: Context, number: int) -> Extent:
    """Return what undoing an import would do. Raises Conflict, NotFound, Refused. It is logged who looked."""
    with context.begin() as tx:
        made = _get(tx, number)
        later = _later(context, tx, made)
        tx.audit("imports.undo_seen", f"import {number}")
        return _extent(tx, made, later)


def undo_import(context: Context, number: int, reasons: str, *, shown_until: int) -> bool:
    """Undo an import, with the reason; tells whether a child may be shown again, so that the headteacher is told.

    `shown_until`: `Extent.newest` as this person has seen it. Raises BadInput, Conflict, NotFound, Refused.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        made = _get(tx, number)
        later = _later(context, tx, made)
        if len(later) != shown_until:
            raise Conflict(
                "Something that relies on this import was recorded meanwhile. Nothing was changed: open it again."
            )
        return _undo(tx, made, later, read_reasons(reasons))


def button(context: Context, number: int) -> str:
    """Return what the button carries by which the headteacher sees an import that was undone. Raises NotFound."""
    with context.look() as tx:
        made = imports_undo.get(tx.connection, tx.school_id, number)
    if made is None or made.undone_at is None:
        raise NotFound(undo.GONE)
    return value_of(number, made.undone_at)


def told(context: Context, number: int, token: str) -> Undone:
    """Return what the headteacher was told of. Raises NotFound. It is logged who looked."""
    with context.begin() as tx:
        made = imports_undo.get(tx.connection, tx.school_id, number)
        if made is None or made.undone_at is None or not is_its_own(token, made.undone_at):
            raise NotFound(undo.GONE)
        tx.audit("imports.undo_seen", f"import {number}")
        index, names = roll.of(tx), people.names(tx.connection, tx.school_id)
        kept_out = imports_undo.kept_out(tx.connection, tx.school_id, made)
        shown = sorted(roll.pupil(index, pupil_id).name for pupil_id in kept_out if pupil_id in index)
        by = names.get(made.undone_by or 0, "")
        return Undone(_imported(made, names), made.undone_at, by, made.reasons or "", tuple(shown))


# ── within a transaction ───────────────────────────────────────────────────────────────────────────────────────────


def _get(tx: Look, number: int) -> Import:
    made = imports_undo.get(tx.connection, tx.school_id, number)
    if made is None:
        raise NotFound("There is no such import.")
    if made.undone_at is not None:
        at = spoken_instant(made.undone_at, tx.school.timezone)
        raise Conflict(f"This import was undone already, {at}. Nothing was changed now.")
    if not made.can_be_undone:
        raise Conflict(TOO_OLD)
    way = roll_pieces.how_far(tx)
    if way and way.is_at_work:
        raise Conflict(
            "An import is being written at this moment. Nothing was changed now. Try again in a few minutes."
        )
    return made


def _later(context: Context, tx: Look, made: Import) -> set[Later]:
    later = imports_undo.built_on(tx.connection, tx.school_id, made)
    flags = imports_undo.raised(tx.connection, tx.school_id, made)
    if why := barred(context.person, later, flags=len(flags)):
        raise Refused(why.value)
    return later


def _extent(tx: Look, made: Import, later: Collection[Later]) -> Extent:
    index, connection = roll.of(tx), tx.connection
    stay = {each.pupil_id for each in later}
    changed = imports_undo.as_they_were(
        connection, tx.school_id, imports_undo.changes(connection, tx.school_id, made.import_id)
    )
    new = imports_undo.new_pupils(connection, tx.school_id, made)
    listed = sorted(
        ((roll.pupil(index, each.pupil_id), each.built) for each in later if each.pupil_id in index),
        key=lambda each: (each[0].class_name, each[0].name, each[1]),
    )
    return Extent(
        imported=_imported(made, people.names(connection, tx.school_id)),
        new=sum(pupil_id not in stay for pupil_id in new),
        changed=len(changed),
        decisions=sum(imports_undo.decided(connection, tx.school_id, made).values()),
        flags=len(imports_undo.raised(connection, tx.school_id, made)),
        later=tuple(listed),
        newest=len(later),
    )


def _imported(made: Import, names: Mapping[int, str], way: HowFar | None = None) -> Imported:
    by, is_too_old = names.get(made.person_id or 0, ""), not made.can_be_undone and made.undone_at is None
    came = (way.done, way.children, way.is_at_work) if way and way.number == made.import_id else (0, 0, False)
    return Imported(made.import_id, made.at, by, made.rows_read, made.undone_at, is_too_old, *came)


def _undo(tx: Transaction, made: Import, later: Collection[Later], reasons: str) -> bool:
    connection, school_id = tx.connection, tx.school_id
    decided = imports_undo.decided(connection, school_id, made)
    flags = imports_undo.raised(connection, school_id, made)
    changed = imports_undo.changes(connection, school_id, made.import_id)
    new = imports_undo.new_pupils(connection, school_id, made)
    concerned = sorted({*decided, *flags.values(), *new, *(each.pupil_id for each in changed)})
    before = _standing(tx, concerned)
    entries = [(pupil_id, EntryKind.DECIDED, made.source_id or 0) for pupil_id in decided]
    entries += [(pupil_id, EntryKind.FLAG, flag_id) for flag_id, pupil_id in flags.items()]
    imports_undo.strike_out(connection, school_id, entries, reasons=reasons, by=tx.actor_id, at=tx.now)
    stay = {each.pupil_id for each in later}
    imports_undo.take_off(connection, school_id, [each for each in new if each not in stay], tx.now)
    _put_back(tx, imports_undo.as_they_were(connection, school_id, changed))
    if made.finished_at is None:
        imports_pieces.stop(connection, school_id, made.import_id, tx.now)
    imports_undo.add_undone(connection, school_id, made.import_id, reasons=reasons, by=tx.actor_id, at=tx.now)
    school.roll_changed(connection, school_id)
    tx.audit("imports.undone", f"import {made.import_id}")
    tx.changed(ConsentChanged(frozenset(concerned)))
    after, off = _standing(tx, concerned), set(new) - stay
    # As in a child's history: whatever was a No is told of, even where another No stands.
    shown = bool(imports_undo.kept_out(connection, school_id, made) - off) or any(
        rules.shown_again(before[each], after[each], tx.school.uses, tx.today) for each in concerned if each not in off
    )
    if shown:
        undo.tell(tx, made.import_id, Notice.CONSENT_IMPORT_UNDONE)
    return shown


def _standing(tx: Look, pupil_ids: Sequence[int]) -> dict[int, rules.Standing]:
    found: dict[int, rules.Standing] = {}
    for chunk in in_chunks(pupil_ids, imports_undo.AT_ONCE):
        found |= ledger.standing(tx.connection, tx.school_id, chunk, tx.today)
    return found


def _put_back(tx: Transaction, facts: Sequence[tuple[int, dict[str, object]]]) -> None:
    """Put details back as they were; the class counts again from today on."""
    imports.change_pupils(tx.connection, tx.school_id, facts)
    moved = [pupil_id for pupil_id, was in facts if "class_name" in was or "year_group" in was]
    imports.add_placements(tx.connection, tx.school_id, imports_undo.placed(tx.connection, moved, tx.today))
