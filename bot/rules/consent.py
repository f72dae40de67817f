"""May we use this picture? What somebody asks, and what staff are told. Policy §4.2, 4.4, 4.7, 4.13.

Staff are told "yes" or "do not use", never who refused, when, or why.
"""

import enum
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from bot.errors import BadInput
from bot.rules.ledger import Matter, State
from bot.rules.names import fold
from bot.rules.people import Person
from bot.rules.school import Media, Role, Use

MOST_LETTERS = 1000  # a whole class typed by name is about 500
MOST_SUBJECTS = 40

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

_MEDIA_WORDS = {
    Media.PHOTO: (
        "photo",
        "photos",
        "photograph",
        "photographs",
        "picture",
        "pictures",
        "image",
        "images",
        "pic",
        "pics",
    ),
    Media.VIDEO: ("video", "videos", "film", "films", "clip", "clips", "vid", "vids"),
}
_MEDIA = {word: medium for medium, words in _MEDIA_WORDS.items() for word in words}
_BETWEEN_SUBJECTS = re.compile(r"[,;\n&+]|\band\b", re.IGNORECASE)
_BEFORE_USE = re.compile(r"^(?P<who>.*?)(?:^|\s)(?P<word>for|on|in)\s+(?P<use>[^,;\n]+)$", re.I | re.S)

_CLASS_WORD = re.compile(r"^class\s+(?=\S)|(?<=\s)(?:in\s+)?class\s+(?=\S+$)", re.IGNORECASE)
_FILLERS = re.compile(r"^(?:(?:a|an|the|our|on|in|at|to)\s+)+", re.IGNORECASE)


class Purpose(enum.StrEnum):
    """Why a look-up was made; kept in the look-up log."""

    NAMED = "by name"
    CLASS = "own class"
    DECLARED = "other class"  # said that they are taking or posting the picture


@dataclass(frozen=True, slots=True)
class Subject:
    """One of those asked about: a name, perhaps with a class; a whole class; or a pupil who was chosen."""

    words: str = ""
    class_name: str | None = None
    pupil_id: int | None = None
    declared: bool = False  # "I am taking this picture", of a class that is not one's own

    @property
    def is_class(self) -> bool:
        """Tell whether the whole class is meant."""
        return not self.words and self.class_name is not None


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to know. No use: every use. No medium: photo and video.

    `start`: how many pupils were already told on earlier pages.
    """

    subjects: tuple[Subject, ...]
    use: Use | None = None
    medium: Media | None = None
    start: int = 0

    def settle(self, subject: Subject, chosen: Subject) -> "Ask":
        """Return the same question with one unclear subject made clear."""
        return replace(self, subjects=tuple(chosen if each == subject else each for each in self.subjects))


def pack(ask: Ask) -> str:
    """Write a question into a button's value or a form's metadata: at most 2,000 characters."""
    subjects = [[s.words, s.class_name, s.pupil_id, int(s.declared)] for s in ask.subjects]
    packed = {"s": subjects, "u": ask.use.key if ask.use else "", "m": ask.medium or "", "f": ask.start}
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def unpack(packed: str, uses: Sequence[Use]) -> Ask:
    """Read a question back. Raises BadInput: a button's value is not to be trusted."""
    try:
        read = json.loads(packed)
        subjects = tuple(Subject(str(w), c and str(c), p and int(p), bool(d)) for w, c, p, d in read["s"])
        medium = Media(read["m"]) if read["m"] else None
        use = next((use for use in uses if use.key == read["u"]), None)
        return Ask(subjects[:MOST_SUBJECTS], use, medium, max(0, int(read["f"])))
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput("That button is out of date. Please ask again.") from error


def read(text: str, uses: Sequence[Use], classes: tuple[str, ...]) -> Ask:
    """Understand "Jamie, Aisha, Tom Nowak for twitter" or "3B for website video". Raises BadInput."""
    if len(text) > MOST_LETTERS:
        raise BadInput(f"That is very long. Please ask about at most {MOST_SUBJECTS} children at a time.")
    who, use, medium = _split_use(text, uses)
    # A class may be called "Oak & Ash": it is not to be taken apart.
    whole = fold(who) in _folded(classes)
    written = [who.strip()] if whole else [part.strip() for part in _BETWEEN_SUBJECTS.split(who)]
    subjects = tuple(dict.fromkeys(_subject(part, classes) for part in written if fold(part)))
    if len(subjects) > MOST_SUBJECTS:
        raise BadInput(f"That is {len(subjects)} names. Please ask about at most {MOST_SUBJECTS} children at a time.")
    return Ask(subjects, use, medium)


def _split_use(text: str, uses: Sequence[Use]) -> tuple[str, Use | None, Media | None]:
    found = _BEFORE_USE.match(text)
    if not found:
        who, medium = _take_medium(text)
        # "Jamie video" means the medium; a lone word is a name.
        return (who, None, medium) if who else (text, None, None)
    words, medium = _take_medium(found["use"])
    words = _FILLERS.sub("", words)
    use = next((use for use in uses if use.is_called(words)), None) if words else None
    if use and medium and medium not in use.media:
        raise BadInput(f"{use.name} is asked for {use.media[0]} only, so there is no decision on {medium}.")
    if use or (medium and not words):
        return found["who"], use, medium
    if found["word"].casefold() != "for":
        return text, None, None  # "on" and "in" are words of their own, and "On" is a surname
    names = ", ".join(use.name for use in uses)
    raise BadInput(f"The school has no use called “{words[:40]}”. It may be one of: {names}.")


def _take_medium(text: str) -> tuple[str, Media | None]:
    words = text.split()
    named = [_MEDIA[word.casefold()] for word in words if word.casefold() in _MEDIA]
    rest = " ".join(word for word in words if word.casefold() not in _MEDIA)
    return (rest, named[0]) if len(set(named)) == 1 else (rest if named else text, None)


@lru_cache(maxsize=256)  # one entry a school: its classes change once a year
def _folded(classes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, classes))


def _subject(written: str, classes: tuple[str, ...]) -> Subject:
    """Find the class in "Jamie P 3B", "3B Jamie", "Jamie (3 b)" and "3B"."""
    for class_name, pattern in _class_patterns(classes):
        found = pattern.fullmatch(_CLASS_WORD.sub("", written))
        if found:
            words = found["before"] or found["after"] or ""
            return Subject(words.strip(), class_name)
    return Subject(written)


@lru_cache(maxsize=256)
def _class_patterns(classes: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return a pattern for each class, longest name first: "3B" must not be found in "3B Jones" of a longer name."""
    return tuple((name, _class_pattern(name)) for name in sorted(classes, key=len, reverse=True))


def _class_pattern(class_name: str) -> re.Pattern[str]:
    # A class is written with or without the blank and the dot: 3B, 3 b, 1-Beech.
    spelt = r"[\W_]*".join(re.escape(part) for part in re.findall(r"\d+|[^\W\d_]+", class_name))
    return re.compile(rf"(?:(?P<before>.*?)[\s(]+)?{spelt}\)?|\(?{spelt}\)?\s+(?P<after>.+)", re.IGNORECASE | re.DOTALL)


def classes_called(words: str, classes: Iterable[str]) -> tuple[str, ...]:
    """Return the classes that "Acorns", "hazel" or "year 3" may mean."""
    said = fold(re.sub(r"^(class|year|yr|y)\s*(?=\S)", "", words, flags=re.IGNORECASE))
    return tuple(
        name for name in classes if said in fold(name).split() or (said.isdigit() and re.match(rf"{said}(?!\d)", name))
    )


def may_check_class(person: Person, class_name: str) -> bool:
    """Tell whether this person works with the class or answers for the record (policy §4.2)."""
    return class_name in person.classes or bool(person.roles & SEES_EVERY_CLASS)


# ── answers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as staff may see one: name and class, nothing else."""

    pupil_id: int
    name: str
    class_name: str
    on_roll: bool
    born_on: date | None = None  # only where two in one class have one name


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


def may_not_be_included(states: Mapping[Matter, State], use: Use, medium: Media) -> bool:
    """Tell whether a pupil has to stay out of this picture."""
    return states.get((use.key, medium)) is not State.YES
