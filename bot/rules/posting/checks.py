"""May this picture be posted? One answer, with the mend, never the reason. Policy §4.7–4.13, 5.2.

A check is no record: it is good while every Yes that it rests on stands, and for two days at most.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from bot.rules.consent.answer import Pupil
from bot.rules.consent.ledger import Matter, State
from bot.rules.forms import Wrong
from bot.rules.posting.surfaces import Surface
from bot.rules.school import Media

GOOD_FOR = timedelta(hours=48)  # [K] for the headteacher to confirm
PLANNED_AHEAD = timedelta(days=28)  # [K] so far ahead something may be planned
PLANNED_TOLD_AT = time(7)  # [K] school time, on the morning of the day
MOST_PUPILS = 600  # a whole school in one picture
LONGEST_ADULTS = 500  # letters
MOST_COUNTED = 9999
WHOLE_SCHOOL = frozenset({"everybody", "everyone", "whole school", "the whole school", "all", "all classes"})

States = Mapping[Matter, State]


class TakenWith(enum.StrEnum):
    """With what it was taken (§4.8)."""

    SCHOOL = "school device"
    PHONE = "personal phone"


class Question(enum.StrEnum):
    """What has to be true of a picture and its text, and only a person can see. At most six: one phone screen."""

    NAMES = "names"  # §4.10, 4.11, 4.13: no name, nothing that says who somebody is
    DRESSED = "dressed"  # §4.12
    POSITIVE = "positive"  # §5.2
    FACES = "faces"  # nobody face-on who need not be: Early Warning Working Group, May 2026
    OTHERS = "others"  # adults and others in it have agreed


class Verdict(enum.StrEnum):
    """The one answer."""

    GO = "go"
    CHANGES = "go after changes"
    STOP = "do not post"


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in. `counted`: children who can be recognised; `untrue`: what was not ticked as true."""

    surfaces: tuple[int, ...]
    medium: Media
    taken_with: TakenWith
    counted: int
    adults: str
    untrue: frozenset[Question]


@dataclass(frozen=True, slots=True)
class Place:
    """What holds for one place. `included`: who may be in the picture; `cover`: who may be cropped or covered instead.

    `leave_out`: everybody who may not be in it as it is. Whoever has no Yes for anything is only ever left out,
    whatever the cause: else the answer would tell (decision 0008).
    """

    surface: Surface
    included: tuple[Pupil, ...]
    leave_out: tuple[Pupil, ...]
    cover: tuple[Pupil, ...]
    is_by_phone: bool = False  # it was taken with a personal phone, which is not allowed for this place (§4.8)

    @property
    def verdict(self) -> Verdict:
        """Return the answer for this place."""
        if self.is_by_phone:
            return Verdict.STOP
        if not self.leave_out:
            return Verdict.GO
        return Verdict.CHANGES if self.included else Verdict.STOP


@dataclass(frozen=True, slots=True)
class Result:
    """The answer, place by place. `untrue`: what has to be mended before anything is posted."""

    places: tuple[Place, ...]
    untrue: tuple[Question, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the one answer: the strictest of all places."""
        if self.untrue:
            return Verdict.STOP
        return max((place.verdict for place in self.places), key=list(Verdict).index)

    @property
    def open_places(self) -> tuple[Place, ...]:
        """Return the places where it may be posted, perhaps after changes."""
        return () if self.untrue else tuple(place for place in self.places if place.verdict is not Verdict.STOP)


def read(fields: Mapping[str, str], chosen: Sequence[str], true: Sequence[str], open_places: Sequence[Surface]) -> Form:
    """Read the form but for who is in the picture. `chosen`: the places; `true`: what was ticked as true.

    Raises BadInput with a message for each field.
    """
    form = Wrong(fields)
    known = {str(each.surface_id): each.surface_id for each in open_places}
    surfaces = tuple(dict.fromkeys(known[each] for each in chosen if each in known))
    form.check("surfaces", bool(surfaces), "Choose where it is to appear.")
    medium = form.choice("medium", Media, "Choose one.")
    taken = form.choice("taken", TakenWith, "Choose one.")
    count = form.written("count")
    is_number = count.isascii() and count.isdecimal() and int(count[:9]) <= MOST_COUNTED
    form.check("count", is_number, "Write a number, such as 4. Write 0 if no child can be recognised.")
    adults = form.written("adults")
    form.check("adults", len(adults) <= LONGEST_ADULTS, f"Please use at most {LONGEST_ADULTS} letters.")
    form.raise_if_any()
    return Form(surfaces, medium, taken, int(count), adults, frozenset(Question) - set(true))


def miscounted(named: int, counted: int) -> str:
    """Return what is said where fewer or more children were named than can be seen; "" where they agree."""
    if named == counted:
        return ""
    if named < counted:
        left = counted - named
        return f"You named {named}, and count {counted}. Name the other {'child' if left == 1 else f'{left} children'}."
    return f"You named {named}, and count {counted}. Count again, or take off who cannot be recognised."


def judge(
    pupils: Iterable[Pupil],
    states: Mapping[int, States],
    surfaces: Iterable[Surface],
    form: Form,
) -> Result:
    """Answer for every place. `states`: pupil → how every matter of the school stands today."""
    every = tuple(pupils)
    anything = {each.pupil_id for each in every if State.YES in states.get(each.pupil_id, {}).values()}
    places = []
    for surface in surfaces:
        matter = (surface.use_key, form.medium)
        yes = {each.pupil_id for each in every if states.get(each.pupil_id, {}).get(matter) is State.YES}
        out = tuple(each for each in every if each.pupil_id not in yes)
        places.append(
            Place(
                surface,
                tuple(each for each in every if each.pupil_id in yes),
                out,
                tuple(each for each in out if each.pupil_id in anything),
                form.taken_with is TakenWith.PHONE and not surface.takes_phones,
            )
        )
    return Result(tuple(places), tuple(each for each in Question if each in form.untrue))
