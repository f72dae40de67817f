"""Which pupil on record a row of a roll is about: by UPN, else by admission number, else by name and birthday.

One cell alone decides nothing: see `evidence`. A row that speaks for two children is nobody's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.reading.columns import Column
from bot.reading.roll.evidence import Evidence, Fact, is_enough, outweighs, weigh
from bot.reading.roll.rows import Identity, Name, PupilRow, Recorded, admission_key, names_of


@dataclass(frozen=True, slots=True)
class Match:
    """A pupil on record whom a row is about."""

    pupil: Recorded
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nobody can tell whom a row is about. `pupils`: those on record who may be meant, the likeliest first."""

    said: str
    column: Column | None = None
    pupils: tuple[Recorded, ...] = ()


Found = Match | Doubt | None  # None: nobody on record, so a new pupil

NOBODY = Doubt("without a UPN, an admission number or a date of birth Lanyard cannot tell who this is")
NAME_ALONE = "a pupil with this name is on record without this date of birth: add the UPN or the admission number"
SEVERAL = "Lanyard has more than one pupil with this name and date of birth: add the UPN"
_COLUMNS = {Fact.UPN: Column.UPN, Fact.NUMBER: Column.ADMISSION_NUMBER}
CROWD = 200  # [K] children with one birthday, name or number: more are no school's, and would be compared row by row
CROWDED = f"more than {CROWD} children on record have this {{fact}}, so nobody can tell who this is. Please check it"
ASK = "Was a column sorted by itself? Please check"


@dataclass
class Who:
    """Everybody on record, to be recognised."""

    everyone: Sequence[Recorded]
    _by_upn: dict[str, Recorded] = field(default_factory=dict)
    _by_number: dict[str, list[Recorded]] = field(default_factory=dict)
    _by_birthday: dict[date, list[Recorded]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for pupil in self.everyone:
            if pupil.upn:
                self._by_upn[pupil.upn] = pupil
            if pupil.admission_number:
                self._by_number.setdefault(admission_key(pupil.admission_number), []).append(pupil)
            if pupil.born_on:
                self._by_birthday.setdefault(pupil.born_on, []).append(pupil)

    @cached_property
    def _by_name(self) -> Mapping[Name, Sequence[Recorded]]:
        named: dict[Name, list[Recorded]] = {}
        for pupil in self.everyone:
            for name in names_of(pupil):
                named.setdefault(name, []).append(pupil)
        return named

    def recognise(self, rows: Sequence[PupilRow], refused: Iterable[Identity]) -> Iterator[tuple[PupilRow, Found]]:
        """Say whom each row of a file is about. One row, even a refused one, may tell that another cannot be right."""
        found = [(row, self._find(row)) for row in rows]
        # A pupil whose own row nothing speaks against is not meant by another one too.
        settled = {match.pupil.pupil_id for _, match in found if isinstance(match, Match) and not match.evidence.other}
        refused = [*refused, *(row.identity for row, doubt in found if isinstance(doubt, Doubt))]
        upns = {identity.upn: identity.line for identity in refused if identity.upn}
        exchanged = _exchanged(found, refused)
        for row, match in found:
            doubt: Doubt | None = None
            if not isinstance(match, Doubt):
                doubt = exchanged.get(row.line) or self._upn_elsewhere(row, match, upns)
                doubt = doubt or self._rival(row, match, settled)
            yield row, doubt or match

    def known(self, upn: str, admission: str) -> Iterable[Recorded]:
        """Return those whom a refused row may be about, by what could be read of it."""
        if upn in self._by_upn:
            return (self._by_upn[upn],)
        return self._by_number.get(admission, ()) if admission else ()

    def namesakes(self, row: PupilRow) -> list[Recorded]:
        """Return those on record with the same name and birthday as a new pupil, but another UPN."""
        return [match.pupil for match in self._born_alike(row) if Fact.NAME in match.evidence.shared]

    def _find(self, row: PupilRow) -> Found:
        """Return whom a row is about, as far as it tells by itself."""
        if row.upn and (known := self._by_upn.get(row.upn)):
            match = Match(known, weigh(row, known))
            return match if is_enough(match.evidence) else _another(Fact.UPN, match)
        if not (row.upn or row.admission_number or row.born_on):
            return NOBODY
        if crowd := self._crowd(row):
            return crowd
        holders = [Match(pupil, weigh(row, pupil)) for pupil in self._holders(row)]
        same = [match for match in holders if is_enough(match.evidence)]
        same = same or [match for match in self._born_alike(row) if is_enough(match.evidence)]
        if same:
            return same[0] if len(same) == 1 else Doubt(SEVERAL, pupils=tuple(match.pupil for match in same))
        # A number is given to somebody new where much else differs. By a name alone nobody can tell.
        unclear = [match for match in holders if not row.upn or len(match.evidence.other) < 2]
        return _another(Fact.NUMBER, unclear[0]) if unclear else None

    def _crowd(self, row: PupilRow) -> Doubt | None:
        """Doubt a row of whose birthday or number there are so many that comparing all would never end."""
        if len(self._holders(row)) > CROWD:
            return Doubt(CROWDED.format(fact=Fact.NUMBER.value), Column.ADMISSION_NUMBER)
        if row.born_on and len(self._by_birthday.get(row.born_on, ())) > CROWD:
            return Doubt(CROWDED.format(fact=Fact.BIRTHDAY.value), Column.BORN)
        return None

    def _holders(self, row: PupilRow) -> Sequence[Recorded]:
        return self._by_number.get(admission_key(row.admission_number), ()) if row.admission_number else ()

    def _born_alike(self, row: PupilRow) -> list[Match]:
        born = self._by_birthday.get(row.born_on, ()) if row.born_on else ()
        return [Match(pupil, weigh(row, pupil)) for pupil in born]

    def _rival(self, row: PupilRow, match: Match | None, settled: set[int]) -> Doubt | None:
        """Doubt a row that is about somebody else on record at least as much."""
        # A new number makes a new pupil. With a birthday alone it may be a birthday corrected.
        if not match.evidence.other if match else row.upn or row.admission_number:
            return None
        if crowd := self._crowd(row):
            return crowd
        if any(len(self._by_name.get(name, ())) > CROWD for name in names_of(row)):
            return Doubt(CROWDED.format(fact=Fact.NAME.value))
        named = [Match(pupil, weigh(row, pupil)) for name in names_of(row) for pupil in self._by_name.get(name, ())]
        if not match:
            meant = tuple(known.pupil for known in named if known.pupil.pupil_id not in settled)
            return Doubt(NAME_ALONE, pupils=meant) if meant else None
        holders = [Match(pupil, weigh(row, pupil)) for pupil in self._holders(row)]
        for rival in (*holders, *named, *self._born_alike(row)):
            if rival.pupil.pupil_id not in settled and outweighs(rival.evidence, match.evidence):
                return _two_children(match, rival)
        return None

    def _upn_elsewhere(self, row: PupilRow, match: Match | None, upns: Mapping[str, int]) -> Doubt | None:
        """Doubt a row that gives a pupil another UPN, or is a second one of them, where theirs is on another line."""
        if not upns:
            return None
        for pupil in [match.pupil] if match else self.namesakes(row):
            if pupil.upn in upns and pupil.upn != row.upn:
                said = f"this child has another UPN on record, and that UPN is on line {upns[pupil.upn]}. {ASK}"
                return Doubt(said, Column.UPN, (pupil,))
        return None


def _exchanged(found: Sequence[tuple[PupilRow, Found]], refused: Iterable[Identity]) -> Mapping[int, Doubt]:
    """Return line → doubt where a pupil would be renamed and the name that they have is on another line."""
    renamed = [(row, who.pupil) for row, who in found if isinstance(who, Match) and Fact.NAME in who.evidence.other]
    if not renamed:
        return {}
    new = [row for row, match in found if match is None]
    lines: dict[Name, list[int]] = {}
    for identity in (*refused, *(row.identity for row in (*new, *(row for row, _ in renamed)))):
        for name in identity.names:
            lines.setdefault(name, []).append(identity.line)
    for spoken in lines.values():
        spoken.sort()
    doubts: dict[int, Doubt] = {}
    told: Counter[Name] = Counter()
    for row, pupil in renamed:
        names = names_of(pupil)
        # Two rounds leave no line of a name untold, the first one's own included; then this row's own doubt is all.
        for line in sorted(
            {line for name in names for line in _once_all(lines.get(name, ()), told[name])} - {row.line}
        ):
            said = f"this child has another name on record, and that name is on line {line}. {ASK}"
            doubts.setdefault(row.line, Doubt(said, pupils=(pupil,)))
            said = f"this name is on record for a child who has another name on line {row.line}. {ASK}"
            doubts.setdefault(line, Doubt(said, pupils=(pupil,)))
        told.update(names)
    return doubts


def _once_all(lines: Sequence[int], rounds: int) -> Sequence[int]:
    return lines if rounds < 2 else lines[:2]


def _another(fact: Fact, match: Match) -> Doubt:
    said = f"this {fact.value} is on record for a child with another {_listed(match.evidence.other)}. {ASK}"
    return Doubt(said, _COLUMNS.get(fact), (match.pupil,))


def _two_children(match: Match, rival: Match) -> Doubt:
    ours = _listed(match.evidence.shared - rival.evidence.shared)
    theirs = _listed(rival.evidence.shared & match.evidence.other)
    said = f"this row has the {ours} of one child on record and the {theirs} of another. {ASK}"
    return Doubt(said, pupils=(match.pupil, rival.pupil))


def _listed(facts: Iterable[Fact]) -> str:
    """Return facts as words: "name, date of birth and admission number"."""
    *first, last = [fact.value for fact in Fact if fact in facts]
    return f"{', '.join(first)} and {last}" if first else last
