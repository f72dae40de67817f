"""What a roll would change, worked out before anything is. Policy §4.1-4.4; domain rules 1-4, 9, 11.

The file is what the school's own system says; what a person recorded in Lanyard since is newer and stands:

* A consent cell counts where it differs from the last *imported* decision. A No is always recorded. A Yes is not where
  somebody's No or withdrawal, recorded in Lanyard, stands: it is reported and left to `/consent-record`.
* A blank erases nothing: no decision, no name, no date; and only a person lowers a never-photograph flag.
* A pupil who is not in the file is listed, never removed.
* What is imported about a known pupil counts from today. For a new pupil it counts from the date of entry, since
  parents are asked when the child joins (§4.1), but from today where that day is yet to come: nobody may be
  photographed before it anyway, and a decision dated ahead would outrank a No that is given in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from bot.reading.columns import Column, Finding
from bot.reading.roll.rows import SHOWN_LINES, Extent, PupilRow, Recorded, Roll, admission_key, fits, name_key
from bot.reading.roll.who import Doubt, Who
from bot.rules.consent.ledger import Decision, Matter, Method, Verdict, in_force

KEPT = (
    "a newer No is recorded, so this Yes was not imported. "
    "If the parent has changed their mind, record it with /consent-record."
)
AS_IT_STANDS = "The name is imported as it stands: correct it and import again."


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A consent cell that says something new."""

    place: int  # of the matter
    verdict: Verdict
    before: Verdict | None  # what was imported last


@dataclass(frozen=True, slots=True)
class Change:
    """What is new about a pupil on record."""

    pupil_id: int
    line: int
    facts: Mapping[str, Any]  # column of the pupil → new value
    former_names: tuple[str, ...]
    placement: tuple[str, str] | None  # (class, year group) from today on
    raises_flag: bool
    decisions: tuple[NewDecision, ...]
    arrives: bool  # brought by this very file, whose import is not finished yet
    was: Recorded

    @property
    def is_renamed(self) -> bool:
        """Tell whether the pupil has another name, the legal one counted."""
        return any(name in self.facts for name in _NAMES.values())

    def withdrawn(self, matters: Sequence[Matter]) -> tuple[Matter, ...]:
        """Return where an imported Yes becomes a No. `matters`: by the places of the file."""
        return tuple(
            matters[made.place]
            for made in self.decisions
            if made.before is Verdict.YES and made.verdict is not Verdict.YES
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """A pupil on roll whom the file does not name."""

    pupil_id: int
    name: str
    class_name: str
    since: date | None  # None: in the file until now


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that an import would do, has done, or will not do."""

    matters: tuple[Matter, ...]
    rows_read: int
    rows_refused: int
    new: tuple[PupilRow, ...]
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]
    on_roll: int  # pupils on record and on roll before this import
    unchanged: int
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    kept: tuple[Finding, ...]  # each a Yes that was not imported
    notes: tuple[Finding, ...]  # each something that stays as it was

    @property
    def changes_nothing(self) -> bool:
        """Return whether applying this would write nothing at all."""
        return not (self.new or self.changes or any(pupil.since is None for pupil in self.missing))

    @property
    def decisions(self) -> int:
        """Return how many consent decisions would be recorded."""
        new = sum(len(row.verdicts) - row.verdicts.count(None) for row in self.new)
        return new + sum(len(change.decisions) for change in self.changes)

    @property
    def children(self) -> int:
        """Return about how many children something would be recorded."""
        return len(self.new) + len(self.changes) + sum(pupil.since is None for pupil in self.missing)

    @property
    def withdrawn(self) -> tuple[tuple[int, Matter], ...]:
        """Return (pupil, matter) of each imported Yes that becomes a No: posts may have to come down (§4.6)."""
        return tuple((change.pupil_id, matter) for change in self.changes for matter in change.withdrawn(self.matters))

    @property
    def flags(self) -> int:
        """Return how many never-photograph flags would be raised."""
        return sum(row.never_photograph for row in self.new) + sum(change.raises_flag for change in self.changes)

    @property
    def renamed(self) -> int:
        """Return how many pupils have another name."""
        return sum(change.is_renamed for change in self.changes)

    @property
    def moved(self) -> int:
        """Return how many pupils have another class or year group."""
        return sum(change.placement is not None for change in self.changes)


def difference(roll: Roll, recorded: Iterable[Recorded], today: date) -> Difference:
    """Compare a roll with what is on record. `recorded`: every pupil of the school, leavers too."""
    everyone = list(recorded)
    work = _Work(roll, Who(everyone), today)
    pairs = work.recognise()
    new = tuple(work.arrival(row) for row, was in pairs if was is None)
    changes = tuple(change for row, was in pairs if was and (change := work.change(row, was)))
    on_roll = [pupil for pupil in everyone if pupil.is_on_roll(today)]
    problems = (*roll.problems, *work.problems)
    return Difference(
        matters=roll.matters,
        rows_read=len(roll.rows) + len(roll.refused),
        rows_refused=len({found.line for found in problems}),
        new=new,
        changes=changes,
        # Where no row could be imported, the file tells nothing about who is missing.
        missing=work.missing(on_roll, pairs) if pairs and roll.extent is Extent.WHOLE else (),
        on_roll=len(on_roll),
        unchanged=len(pairs) - len(new) - len(changes),
        problems=tuple(sorted(problems, key=_line)),
        warnings=tuple(sorted((*roll.warnings, *work.warnings), key=_line)),
        kept=tuple(work.kept),
        notes=tuple(work.notes),
    )


def changes(roll: Roll, pairs: Iterable[tuple[PupilRow, Recorded]], today: date) -> tuple[Change, ...]:
    """Return what is new about pupils whom `difference` has recognised, as they are on record by now."""
    work = _Work(roll, Who(()), today)
    return tuple(change for row, was in pairs if (change := work.change(row, was)))


def counts_from(row: PupilRow, today: date) -> date:
    """Return the day from which a new pupil's imported decisions and flag count."""
    return min(row.joined_on or today, today)


def refused_by_somebody(decisions: Sequence[Decision], today: date) -> bool:
    """Return whether somebody's No, recorded in Lanyard itself, stands on one matter, today or from a day to come."""
    own = [decision for decision in decisions if decision.method is not Method.IMPORT]
    standing = (*in_force(own, today), *in_force(own, date.max))
    return any(decision.verdict is not Verdict.YES for decision in standing)


def _line(found: Finding) -> int:
    return found.line


def keeps_out(found: PupilRow | Change) -> bool:
    """Tell whether something in it keeps the child out of pictures: a No, the flag, or a last day on roll."""
    if isinstance(found, PupilRow):
        return found.never_photograph or found.left_on is not None or any(map(_is_no, found.verdicts))
    return (
        found.raises_flag or bool(found.facts.get("left_on")) or any(_is_no(made.verdict) for made in found.decisions)
    )


def without_yes(row: PupilRow) -> PupilRow:
    """Return a new pupil with every No, and without any Yes."""
    return replace(row, verdicts=tuple(verdict if _is_no(verdict) else None for verdict in row.verdicts))


def change_without_yes(change: Change) -> Change:
    """Return what is new about a pupil, without any Yes."""
    return replace(change, decisions=tuple(made for made in change.decisions if _is_no(made.verdict)))


def _is_no(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict is not Verdict.YES


Pairs = list[tuple[PupilRow, Recorded | None]]

_NAMES = {
    Column.LEGAL_FORENAME: "legal_forename",
    Column.LEGAL_SURNAME: "legal_surname",
    Column.FORENAME: "forename",
    Column.SURNAME: "surname",
}
_FACTS = ("upn", "born_on", "year_group", "class_name", "joined_on", "left_on")


@dataclass(slots=True)
class _Work:
    roll: Roll
    who: Who
    today: date
    problems: list[Finding] = field(default_factory=list)
    doubted: set[int] = field(default_factory=set)  # pupils who may be meant by a row that nobody can tell
    warnings: list[Finding] = field(default_factory=list)
    kept: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def recognise(self) -> Pairs:
        """Find out who each row is about; refuse rows where nobody can tell, and rows that are about the same pupil."""
        pairs: Pairs = []
        claimed: dict[int, list[int]] = {}
        for row, found in self.who.recognise(self.roll.rows, self.roll.refused):
            if isinstance(found, Doubt):
                self.problems.append(self._doubted(row, found))
                self.doubted.update(pupil.pupil_id for pupil in found.pupils)
                continue
            pairs.append((row, found.pupil if found else None))
            if found:
                claimed.setdefault(found.pupil.pupil_id, []).append(row.line)
        for lines in claimed.values():
            if len(lines) > 1:
                shown, more = lines[:SHOWN_LINES], len(lines) - SHOWN_LINES
                listed = " and ".join(map(str, shown)) + (f" and {more} more" if more > 0 else "")
                said = f"lines {listed} are about the same pupil, so neither is imported."
                self.problems += [Finding(line, "", said) for line in lines]
        twice = {line for lines in claimed.values() if len(lines) > 1 for line in lines}
        return [pair for pair in pairs if pair[0].line not in twice] if twice else pairs

    def arrival(self, row: PupilRow) -> PupilRow:
        """Return a new pupil; where the legal or the preferred name is missing, the other takes its place."""
        for column, said in self.roll.damaged.get(row.line, {}).items():
            self._warn(row, column, f"{said}. {AS_IT_STANDS}")
        if not row.class_name:
            self._warn(row, Column.CLASS, "there is no class, so this child is in no class list yet.")
        if row.upn and self.who.namesakes(row):
            self._warn(row, Column.UPN, "a pupil with this name and date of birth has another UPN. Please check.")
        if row.legal_forename and row.legal_surname and row.forename and row.surname:
            return row
        return replace(
            row,
            legal_forename=row.legal_forename or row.forename,
            legal_surname=row.legal_surname or row.surname,
            forename=row.forename or row.legal_forename,
            surname=row.surname or row.legal_surname,
        )

    def change(self, row: PupilRow, was: Recorded) -> Change | None:
        """Return what is new about a pupil on record; None: nothing."""
        facts = {name: value for name in _FACTS if (value := getattr(row, name)) and value != getattr(was, name)}
        if row.admission_number and admission_key(row.admission_number) != admission_key(was.admission_number):
            facts["admission_number"] = row.admission_number
        names = self._names(row, was)
        facts |= names
        self._dates(row, was, facts)
        if was.missing_since:
            facts["missing_since"] = None
        moved = "class_name" in facts or "year_group" in facts
        placement = (facts.get("class_name", was.class_name), facts.get("year_group", was.year_group))
        raises = self._flag(row, was)
        decisions = () if row.verdicts == was.imported else tuple(self._decisions(row, was))
        if not (facts or raises or decisions):
            return None
        former = _former_names(was, names) if names else ()
        place = placement if moved else None
        return Change(was.pupil_id, row.line, facts, former, place, raises, decisions, was.arrives, was)

    def missing(self, on_roll: Iterable[Recorded], pairs: Pairs) -> tuple[Missing, ...]:
        """Return those on roll whom no row names. A refused row names its pupil all the same."""
        named = {was.pupil_id for _, was in pairs if was} | self.doubted
        refused = [(each.upn, each.admission) for each in self.roll.refused]
        lines = {found.line for found in self.problems}
        refused += [(row.upn, admission_key(row.admission_number)) for row in self.roll.rows if row.line in lines]
        named.update(pupil.pupil_id for upn, number in set(refused) for pupil in self.who.known(upn, number))
        missing = [
            Missing(pupil.pupil_id, f"{pupil.forename} {pupil.surname}", pupil.class_name, pupil.missing_since)
            for pupil in on_roll
            if pupil.pupil_id not in named
        ]
        return tuple(sorted(missing, key=lambda pupil: (pupil.class_name, pupil.name)))

    def _names(self, row: PupilRow, was: Recorded) -> dict[str, str]:
        """Return the names that are new. A name that has lost letters does not replace the same name whole."""
        names = {}
        damaged = self.roll.damaged.get(row.line, {})
        for column, name in _NAMES.items():
            written, known = getattr(row, name), getattr(was, name)
            if column in damaged:
                if fits(written, known):
                    self.notes.append(self._finding(row, column, f"{damaged[column]}. The recorded spelling stays."))
                    continue
                self._warn(row, column, f"{damaged[column]}. {AS_IT_STANDS}")
            if written and written != known:
                names[name] = written
        for preferred, legal in (("forename", "legal_forename"), ("surname", "legal_surname")):
            # A pupil without a preferred name goes by the legal one, also when that changes.
            if legal in names and not getattr(row, preferred) and getattr(was, preferred) == getattr(was, legal):
                names[preferred] = names[legal]
        return names

    def _dates(self, row: PupilRow, was: Recorded, facts: dict[str, Any]) -> None:
        """Note the dates that are new. Somebody who left is back only if the file has a later date of entry."""
        if row.left_on or not was.left_on or was.left_on >= self.today:
            return
        if row.joined_on and row.joined_on > was.left_on:
            facts["left_on"] = None
            facts["decisions_from"] = was.left_on + timedelta(days=1)
            self._warn(
                row,
                Column.JOINED,
                "this child has come back: what the parents decided before no longer counts. Ask again (§4.1).",
            )
        else:
            said = "this child is recorded as having left, and the file does not say so. The recorded day stays."
            self.notes.append(self._finding(row, Column.LEFT, said))

    def _flag(self, row: PupilRow, was: Recorded) -> bool:
        if was.never_photograph and not row.never_photograph:
            self.notes.append(self._finding(row, Column.NEVER, "the flag stays up: only a person can take it down."))
        return row.never_photograph and not was.never_photograph

    def _decisions(self, row: PupilRow, was: Recorded) -> Iterator[NewDecision]:
        for place, (verdict, before) in enumerate(zip(row.verdicts, was.imported, strict=True)):
            if verdict is None or verdict is before:
                continue
            if verdict is Verdict.YES and place in was.refused:
                header = self.roll.columns.header[self.roll.columns.matter_places[place]]
                self.kept.append(Finding(row.line, header, KEPT))
            else:
                yield NewDecision(place, verdict, before)

    def _doubted(self, row: PupilRow, doubt: Doubt) -> Finding:
        column = self.roll.columns.called(doubt.column) if doubt.column else ""
        children = (f"{pupil.forename} {pupil.surname}, {pupil.class_name}" for pupil in doubt.pupils)
        return Finding(row.line, column, f"{doubt.said}.", " · ".join(children))

    def _warn(self, row: PupilRow, column: Column, said: str) -> None:
        self.warnings.append(self._finding(row, column, said))

    def _finding(self, row: PupilRow, column: Column, said: str) -> Finding:
        return Finding(row.line, self.roll.columns.called(column), said)


def _former_names(was: Recorded, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the full names that the pupil no longer has. A spelling that was only mended is not a former name."""
    former = []
    for forename, surname in (("legal_forename", "legal_surname"), ("forename", "surname")):
        olds = (getattr(was, forename), getattr(was, surname))
        news = (names.get(forename, olds[0]), names.get(surname, olds[1]))
        if not all(name_key(old) == name_key(new) or fits(old, new) for old, new in zip(olds, news, strict=True)):
            former.append(" ".join(olds))
    return tuple(dict.fromkeys(former))
