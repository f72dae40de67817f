"""Which pupil on record a row of a roll is about: by UPN, else by admission number, else by name and birthday."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.reading.cells import Fault
from bot.reading.roll import upn as upns
from bot.reading.roll.rows import PupilRow, admission_key, same_name
from bot.rules.consent.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Recorded:
    """A pupil as Lanyard has one. `imported`, `refused` go by the places of the file's matters."""

    pupil_id: int
    upn: str
    admission_number: str
    legal_forename: str
    legal_surname: str
    forename: str
    surname: str
    born_on: date | None
    year_group: str
    class_name: str
    joined_on: date | None
    left_on: date | None
    missing_since: date | None
    never_photograph: bool = False
    imported: Sequence[Verdict | None] = ()  # what was imported last
    refused: frozenset[int] = frozenset()  # where somebody's No, recorded in Lanyard itself, stands

    def is_on_roll(self, day: date) -> bool:
        """Tell whether the pupil is on roll on a day."""
        return (self.left_on is None or self.left_on >= day) and (self.joined_on is None or self.joined_on <= day)


NOBODY = Fault("without a UPN, an admission number or a date of birth Lanyard cannot tell who this is")
SOMEBODY_ELSE = Fault("Lanyard has this admission number for a child with another name and date of birth. Please check")
SEVERAL = Fault("Lanyard has more than one pupil with this name and date of birth: add the UPN")


@dataclass(slots=True)
class Who:
    """Everybody on record, to be recognised."""

    everyone: Iterable[Recorded]
    _by_upn: dict[str, Recorded] = field(default_factory=dict)
    _by_number: dict[str, list[Recorded]] = field(default_factory=dict)
    _by_birthday: dict[date | None, list[Recorded]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for pupil in self.everyone:
            if pupil.upn:
                self._by_upn[pupil.upn] = pupil
            if pupil.admission_number:
                self._by_number.setdefault(admission_key(pupil.admission_number), []).append(pupil)
            self._by_birthday.setdefault(pupil.born_on, []).append(pupil)

    def find(self, row: PupilRow) -> Recorded | Fault | None:
        """Return the pupil; None for a new one; a Fault where nobody can tell."""
        if row.upn and (known := self._by_upn.get(row.upn)):
            return known
        if not (row.upn or row.admission_number or row.born_on):
            return NOBODY
        holders = self._by_number.get(admission_key(row.admission_number), ()) if row.admission_number else ()
        same = [pupil for pupil in holders if _is_same(row, pupil)]
        if not same:
            same = self._with_this_name_and_birthday(row)
        if len(same) > 1:
            return SEVERAL
        if not same and holders and not row.upn:
            return SOMEBODY_ELSE
        return same[0] if same else None

    def known(self, upn: str, admission: str) -> Iterable[Recorded]:
        """Return those whom a refused row may be about, by what could be read of it."""
        if upn in self._by_upn:
            return (self._by_upn[upn],)
        return self._by_number.get(admission, ()) if admission else ()

    def has_namesake(self, row: PupilRow) -> bool:
        """Tell whether somebody on record has a new pupil's very name and birthday, but another UPN."""
        return row.born_on is not None and any(_has_name(row, each) for each in self._by_birthday.get(row.born_on, ()))

    def _with_this_name_and_birthday(self, row: PupilRow) -> list[Recorded]:
        if row.born_on is None:
            return []
        born = self._by_birthday.get(row.born_on, ())
        return [pupil for pupil in born if _upns_agree(row, pupil) and _has_name(row, pupil)]


def _is_same(row: PupilRow, pupil: Recorded) -> bool:
    """Judge two with one admission number: of name, birthday and UPN, two must agree."""
    name, birthday = _has_name(row, pupil), row.born_on is None or row.born_on == pupil.born_on
    return (name and birthday) or ((name or birthday) and _upns_agree(row, pupil))


def _has_name(row: PupilRow, pupil: Recorded) -> bool:
    forename, surname = row.legal_forename or row.forename, row.legal_surname or row.surname
    return same_name(forename, pupil.legal_forename) and same_name(surname, pupil.legal_surname)


def _upns_agree(row: PupilRow, pupil: Recorded) -> bool:
    """Tell whether both may be one child: a missing or temporary number is replaced by the child's own."""
    return not row.upn or not pupil.upn or row.upn == pupil.upn or upns.is_temporary(pupil.upn)
