"""What one piece of an import writes: some of the children about whom a file says something new. Policy §4.2."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.changes import ConsentChanged
from bot.context import Transaction
from bot.reading.roll import difference
from bot.reading.roll.difference import Change, Difference, Missing, counts_from
from bot.reading.roll.rows import PupilRow, Recorded, Roll
from bot.rules.consent.ledger import Matter
from storage.consent import imports, imports_undo


@dataclass(frozen=True, slots=True)
class Piece:
    """Some children. `has_yes`: of them everything is written; if not, everything but what lets them be shown."""

    new: tuple[PupilRow, ...]
    known: tuple[Change, ...]
    missing: tuple[Missing, ...]
    has_yes: bool

    def __len__(self) -> int:
        return len(self.new) + len(self.known) + len(self.missing)

    @property
    def finished(self) -> int:
        """Return of how many of these children nothing is left to be written afterwards."""
        if self.has_yes:
            return len(self)
        new = sum(difference.without_yes(row) == row for row in self.new)
        return new + sum(difference.change_without_yes(change) == change for change in self.known)

    def cut(self, size: int) -> tuple["Piece", "Piece"]:
        """Return the first so many children, and the others."""
        new = self.new[:size]
        known = self.known[: size - len(new)]
        missing = self.missing[: size - len(new) - len(known)]
        rest = replace(self, new=self.new[len(new) :], known=self.known[len(known) :])
        return replace(self, new=new, known=known, missing=missing), replace(rest, missing=rest.missing[len(missing) :])


def noes(found: Difference) -> Piece:
    """Return the children whom something in a file keeps out of pictures: a No, the flag, or a last day on roll."""
    new = tuple(row for row in found.new if difference.keeps_out(row))
    known = tuple(change for change in found.changes if difference.keeps_out(change))
    return Piece(new, known, (), has_yes=False)


def everything(found: Difference) -> Piece:
    """Return every child about whom a file says something new."""
    missing = tuple(pupil for pupil in found.missing if pupil.since is None)
    return Piece(found.new, found.changes, missing, has_yes=True)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a piece brought. `source_id`: the occasion of the import's decisions, None as long as there are none."""

    pupil_ids: Sequence[int]
    source_id: int | None


@dataclass(frozen=True, slots=True)
class Import:
    """What every piece of an import belongs to. `arrive`: new pupils are found only when it is finished."""

    number: int
    source_id: int | None
    arrive: bool


def write(tx: Transaction, made: Import, roll: Roll, rows: Mapping[int, PupilRow], piece: Piece) -> Brought:
    """Write one piece. `rows`: line → row.

    Of children on record it is worked out anew, since others write meanwhile; but not of those who come with this
    import: nobody else finds them.
    """
    connection, school_id = tx.connection, tx.school_id
    there = _there(tx, roll, piece)
    known, missing = _known(tx, roll, rows, piece, there), _missing(tx, piece, there)
    new = piece.new if piece.has_yes else tuple(map(difference.without_yes, piece.new))
    facts = [(change.pupil_id, change.facts) for change in known]
    facts += [(pupil.pupil_id, {"missing_since": tx.today}) for pupil in missing]
    # What is there now, and what comes with this import: it may be undone as a whole.
    imports_undo.keep_changes(connection, school_id, made.number, facts)
    imports.change_pupils(connection, school_id, facts)
    ids = imports.add_pupils(connection, school_id, new, arrive_with=made.number if made.arrive else None)
    days = {pupil_id: counts_from(row, tx.today) for pupil_id, row in zip(ids, new, strict=True)}
    for change in known:
        # Who comes with this import is no less new because another piece has brought them.
        days[change.pupil_id] = counts_from(rows[change.line], tx.today) if change.arrives else tx.today
    _placements(tx, new, ids, known)
    former = [(change.pupil_id, name) for change in known for name in change.former_names]
    imports.add_former_names(connection, school_id, former, tx.today)
    raised = [(pupil_id, days[pupil_id]) for pupil_id, row in zip(ids, new, strict=True) if row.never_photograph]
    raised += [(change.pupil_id, days[change.pupil_id]) for change in known if change.raises_flag]
    imports.raise_flags(connection, school_id, made.number, raised, person_id=tx.actor_id, at=tx.now)
    decided = [*_of_new(roll.matters, new, ids, days), *_of_known(roll.matters, known, days)]
    source = made.source_id
    if decided:
        source = source or imports.add_source(connection, school_id, person_id=tx.actor_id, at=tx.now)
        imports.add_decisions(connection, school_id, source, decided)
    of_roll = {"left_on", "joined_on", "decisions_from"}
    changed = {
        each.pupil_id
        for each in known
        if (each.decisions or each.raises_flag or of_roll.intersection(each.facts)) and not each.arrives
    }
    if changed:  # whoever is new is in no picture yet
        tx.changed(ConsentChanged(frozenset(changed)))
    return Brought(ids, source)


def _there(tx: Transaction, roll: Roll, piece: Piece) -> Mapping[int, Recorded]:
    concerned = {change.pupil_id for change in piece.known if not change.arrives}
    concerned |= {pupil.pupil_id for pupil in piece.missing}
    if not concerned:
        return {}
    found = imports.recorded(tx.connection, tx.school_id, roll.matters, tx.today, sorted(concerned))
    return {pupil.pupil_id: pupil for pupil in found}


def _known(
    tx: Transaction, roll: Roll, rows: Mapping[int, PupilRow], piece: Piece, there: Mapping[int, Recorded]
) -> list[Change]:
    pairs = [(rows[each.line], there[each.pupil_id]) for each in piece.known if each.pupil_id in there]
    found = [change for change in piece.known if change.arrives]
    found += difference.changes(roll, pairs, tx.today)
    if piece.has_yes:
        return found
    return [difference.change_without_yes(change) for change in found if difference.keeps_out(change)]


def _missing(tx: Transaction, piece: Piece, there: Mapping[int, Recorded]) -> list[Recorded]:
    found = [there[pupil.pupil_id] for pupil in piece.missing if pupil.pupil_id in there]
    return [was for was in found if was.missing_since is None and was.is_on_roll(tx.today)]


def _placements(tx: Transaction, new: Sequence[PupilRow], ids: Sequence[int], known: Sequence[Change]) -> None:
    placed = [
        (number, row.class_name, row.year_group, row.joined_on or tx.today)
        for number, row in zip(ids, new, strict=True)
        if row.class_name or row.year_group
    ]
    placed += [(change.pupil_id, *change.placement, tx.today) for change in known if change.placement]
    imports.add_placements(tx.connection, tx.school_id, placed)


Decided = tuple[int, str, str, str, date]  # pupil, use, medium, verdict, effective from


def _of_new(
    matters: Sequence[Matter], new: Sequence[PupilRow], ids: Sequence[int], days: Mapping[int, date]
) -> Iterator[Decided]:
    for number, row in zip(ids, new, strict=True):
        for (use_key, medium), verdict in zip(matters, row.verdicts, strict=True):
            if verdict:
                yield number, use_key, medium.value, verdict.value, days[number]


def _of_known(matters: Sequence[Matter], known: Sequence[Change], days: Mapping[int, date]) -> Iterator[Decided]:
    for change in known:
        for made in change.decisions:
            use_key, medium = matters[made.place]
            yield change.pupil_id, use_key, medium.value, made.verdict.value, days[change.pupil_id]
