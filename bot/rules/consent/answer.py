"""May we use this picture? What somebody asks, and what staff are told. Policy §4.2, 4.4, 4.7, 4.13.

Staff are told "yes" or "do not use", never who refused, when, or why.
"""

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from bot.errors import BadInput
from bot.rules.consent.ledger import Matter, State
from bot.rules.people import Person
from bot.rules.school import Media, Role, Use

MOST_SUBJECTS = 40
MOST_PACKED = 1800  # characters; what is chosen later may be a little longer than what was typed
OUT_OF_DATE = "That button is out of date. Please ask again."

# Whoever may check any class without saying why: they answer for the record or for what is published.
SEES_EVERY_CLASS = frozenset(
    {
        Role.ADMIN_TEAM,
        Role.HEADTEACHER,
        Role.DEPUTY_HEADTEACHER,
        Role.SENIOR_LEADER,
        Role.E_SAFETY_COORDINATOR,
        Role.DATA_PROTECTION_OFFICER,
    }
)


class Purpose(enum.StrEnum):
    """On what ground somebody learnt something of pupils; kept in the look-up log."""

    NAMED = "by name"
    CLASS = "own class"
    DECLARED = "other class"  # said that they are taking or posting the picture
    OFFERED = "offered"  # names to choose from, "Which Jamie?", without an answer
    TYPED = "while typing"  # names that a picker offered within one minute, without an answer
    # These stand in the audit trail, and are read with the log.
    RECORD = "record opened"
    HISTORY = "history seen"
    LOG = "log seen"
    EXPORT = "log exported"


@dataclass(frozen=True, slots=True)
class Subject:
    """One of those asked about: a name, perhaps with a class; a whole class; or a pupil who was chosen."""

    words: str = ""
    class_name: str | None = None
    pupil_id: int | None = None
    declared: bool = False  # "I am taking this picture", of a class that is not one's own
    after: int | None = None  # of a class too long for one message: told up to this pupil

    @property
    def is_class(self) -> bool:
        """Tell whether the whole class is meant."""
        return not self.words and self.class_name is not None


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to know. No use: every use. No medium: photo and video."""

    subjects: tuple[Subject, ...]
    use: Use | None = None
    medium: Media | None = None

    def settle(self, subject: Subject, chosen: Subject) -> "Ask":
        """Return the same question with one unclear subject made clear. It comes first: its answer is waited for."""
        others = [each for each in self.subjects if each not in {subject, chosen}]
        return replace(self, subjects=(chosen, *others))


def packed(ask: Ask) -> dict[str, object]:
    """Return a question as a form's metadata keeps it."""
    return {
        "s": [_packed(subject) for subject in ask.subjects],
        "u": ask.use.key if ask.use else "",
        "m": ask.medium or "",
    }


def _packed(subject: Subject) -> object:
    if subject.pupil_id is not None:
        return subject.pupil_id
    if subject.class_name is None:
        return subject.words
    return [subject.words, subject.class_name, int(subject.declared), subject.after]


def unpacked(read: object, uses: Sequence[Use]) -> Ask:
    """Read a question back from a form's metadata. Raises BadInput: it is not to be trusted."""
    try:
        kept: Any = read
        subjects = tuple(map(_unpacked, kept["s"]))
        medium = Media(kept["m"]) if kept["m"] else None
        use = next((use for use in uses if use.key == kept["u"]), None)
        if len(subjects) > MOST_SUBJECTS or (kept["u"] and not use):
            raise BadInput(OUT_OF_DATE)
        return Ask(subjects, use, medium)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadInput(OUT_OF_DATE) from error


def _unpacked(kept: Any) -> Subject:
    if isinstance(kept, str):
        return Subject(kept)
    if isinstance(kept, int):
        return Subject(pupil_id=_bounded(kept))
    words, class_name, declared, after = kept
    return Subject(str(words), str(class_name), declared=bool(declared), after=after and _bounded(int(after)))


def _bounded(pupil_id: int) -> int:
    if not 0 <= pupil_id < 10**9:
        raise ValueError("no number that every database takes")
    return pupil_id


def pack(ask: Ask) -> str:
    """Write a question into a button's value: Slack takes 2,000 characters."""
    return json.dumps(packed(ask), ensure_ascii=False, separators=(",", ":"))


def unpack(value: str, uses: Sequence[Use]) -> Ask:
    """Read a question back from a button's value. Raises BadInput: it is not to be trusted."""
    try:
        return unpacked(json.loads(value), uses)
    except (ValueError, RecursionError) as error:
        raise BadInput(OUT_OF_DATE) from error


def refuse_too_long(ask: Ask) -> None:
    """Refuse what no button could carry on: what is asked about must never be cut. Raises BadInput."""
    if len(ask.subjects) > MOST_SUBJECTS or len(pack(ask)) > MOST_PACKED:
        raise BadInput(f"That is too much at once. Please ask about at most {MOST_SUBJECTS} children at a time.")


def refuse_unasked(use: Use | None, medium: Media | None) -> None:
    """Refuse a medium on which nobody has decided for this use. Raises BadInput."""
    if use and medium and medium not in use.media:
        said = f"{use.name} is asked for {use.media[0]} only, so there is no decision on {medium}."
        raise BadInput(said, fields={"medium": said})


def may_check_class(person: Person, class_name: str) -> bool:
    """Tell whether this person works with the class or answers for the record (policy §4.2)."""
    return class_name in person.classes or bool(person.roles & SEES_EVERY_CLASS)


# ── answers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as staff may see one: name and class; the birthday only where two in one class have one name."""

    pupil_id: int
    name: str
    class_name: str
    on_roll: bool
    born_on: date | None = None


class UseAnswer(NamedTuple):
    """For one use: the media that may be used, and those that may not."""

    use: Use
    yes: tuple[Media, ...]
    no: tuple[Media, ...]


class PupilAnswer(NamedTuple):
    """For one pupil. `nowhere`: no picture may be used for anything, whatever the cause."""

    pupil: Pupil
    uses: tuple[UseAnswer, ...]
    nowhere: bool


def answer(
    pupil: Pupil, states: Mapping[Matter, State], uses: Iterable[Use], use: Use | None, medium: Media | None
) -> PupilAnswer:
    """Say for one pupil what may be used. `states`: every matter of the school."""
    told = []
    for each in [use] if use else uses:
        asked = [m for m in each.media if medium is None or m is medium]
        yes = [m for m in asked if states.get((each.key, m)) is State.YES]
        if asked:
            told.append(UseAnswer(each, tuple(yes), tuple([m for m in asked if m not in yes])))
    return PupilAnswer(pupil, tuple(told), nowhere=State.YES not in states.values())
