"""Reporting inappropriate content: the form of appendix b, and who may learn of it. §5.5, 6.7, 7.3; KCSIE; UKCIS."""

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import BadInput
from bot.rules import deciding, steps
from bot.rules.filter.addresses import Address, read_several
from bot.rules.names.index import fold
from bot.rules.people import Person
from bot.rules.school import Role

LONGEST = 3000
LONGEST_NAME = 200


class State(enum.StrEnum):
    """Where a report is on its way."""

    AWAITING_ACTION = "awaiting action"
    COMPLETED = "completed"


class Event(enum.StrEnum):
    """What moves it on."""

    COMPLETE = "complete"


STEPS: Mapping[tuple[State, Event], State] = {(State.AWAITING_ACTION, Event.COMPLETE): State.COMPLETED}
TURNS: Mapping[State, str] = {State.AWAITING_ACTION: "whoever is in line to complete it"}
OPEN = tuple(TURNS)


class Illegal(enum.StrEnum):
    """The first question, on an indecent image of a child or other illegal material."""

    NO = "no"
    PERHAPS = "perhaps"  # yes, or not sure: both are treated as yes


class About(enum.StrEnum):
    """Whom the report is about: asked before anybody is told."""

    PUPIL = "pupil"
    STAFF = "staff"
    COORDINATOR = "coordinator"
    HEAD = "head"
    CHAIR = "chair"
    HEAD_AND_CHAIR = "head and chair"
    UNKNOWN = "unknown"


# Roles whose holders must not learn of a report, by whom it is about.
BARRED: Mapping[About, frozenset[Role]] = {
    About.PUPIL: frozenset(),
    About.STAFF: frozenset(),
    About.COORDINATOR: frozenset({Role.E_SAFETY_COORDINATOR}),
    About.HEAD: frozenset({Role.HEADTEACHER}),
    About.CHAIR: frozenset({Role.CHAIR_OF_GOVERNORS}),
    About.HEAD_AND_CHAIR: frozenset({Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS}),
    About.UNKNOWN: frozenset(),
}

_USUAL = (Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
# Who completes the report. What concerns the headteacher goes to the chair of governors (KCSIE part four); what
# concerns both goes to nobody in the school: the local authority's designated officer is shown instead.
LINE: Mapping[About, tuple[Role, ...]] = {
    **dict.fromkeys(About, _USUAL),
    About.HEAD: (Role.CHAIR_OF_GOVERNORS,),
    About.HEAD_AND_CHAIR: (),
}


COMPLETERS = tuple(dict.fromkeys(role for line in LINE.values() for role in line))  # who may ever complete one


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "report")


# The words by which people name an office instead of a person.
_OFFICES: Mapping[str, Role] = {
    "head": Role.HEADTEACHER,
    "headteacher": Role.HEADTEACHER,
    "headmaster": Role.HEADTEACHER,
    "headmistress": Role.HEADTEACHER,
    "principal": Role.HEADTEACHER,
    "chair": Role.CHAIR_OF_GOVERNORS,
    "chairman": Role.CHAIR_OF_GOVERNORS,
    "chairperson": Role.CHAIR_OF_GOVERNORS,
    "chairwoman": Role.CHAIR_OF_GOVERNORS,
    "deputy": Role.DEPUTY_HEADTEACHER,
    "coordinator": Role.E_SAFETY_COORDINATOR,
}


def named(individual: str, about: About, people: Iterable[Person]) -> list[Person]:
    """Return the colleagues whom a form may name, however it does: "Mrs Rees", "Rees, Hana", "the head".

    Rather one too many than one too few: whoever is named is kept out of it. A pupil may share a colleague's surname,
    so of a pupil's name all has to fit.
    """
    words = set(fold(re.sub(r"[^\w'’-]+", " ", individual)).split())
    fits = all if about is About.PUPIL else any
    offices = {_OFFICES[word] for word in words & set(_OFFICES)} if about is not About.PUPIL else set()
    return [
        each
        for each in people
        if each.holds(*offices) or fits(part in words for part in fold(each.name).split() or "-")
    ]


def effective(about: About, individual: str, people: Sequence[Person]) -> About:
    """Return whom a report is about, from what was chosen and from the name on it.

    "A member of staff" may turn out to be the headteacher; and where the E-Safety Co-ordinator is the headteacher, a
    report about the one is about the other (KCSIE: to the chair).
    """
    roles = set(BARRED[about]) | {role for person in named(individual, about, people) for role in person.roles}
    coordinators = [each for each in people if each.holds(Role.E_SAFETY_COORDINATOR)]
    if Role.E_SAFETY_COORDINATOR in roles and any(each.holds(Role.HEADTEACHER) for each in coordinators):
        roles.add(Role.HEADTEACHER)
    return next((who for wanted, who in _ABOUTS if wanted <= roles), about)


_ABOUTS = (
    ({Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS}, About.HEAD_AND_CHAIR),
    ({Role.HEADTEACHER}, About.HEAD),
    ({Role.CHAIR_OF_GOVERNORS}, About.CHAIR),
    ({Role.E_SAFETY_COORDINATOR}, About.COORDINATOR),
)


def subjects(about: About, individual: str, people: Iterable[Person]) -> frozenset[int]:
    """Return the ids of everybody whom a report is, or may be, about: written down with it, whatever roles do later."""
    people = list(people)
    holders = [each for each in people if BARRED[about] and each.holds(*BARRED[about])]
    return frozenset(each.person_id for each in (*holders, *named(individual, about, people)))


def is_confidential(about: About) -> bool:
    """Tell whether a report concerns somebody who would otherwise learn of it: it leaves no trace in shared lists."""
    return bool(BARRED[about])


def barred(person: Person, about: About, subject_ids: Collection[int]) -> bool:
    """Tell whether a report must be kept from this person: no message, no list, no count, no search.

    `subject_ids`: those whom it was about when it was made. Whoever holds such a role now is kept out of it, too.
    """
    return person.person_id in subject_ids or (bool(BARRED[about]) and person.holds(*BARRED[about]))


def completers(
    people: Iterable[Person],
    about: About,
    reporter_id: int | None,
    subject_ids: Collection[int] = (),
    away: Collection[int] = (),
) -> tuple[Person, ...]:
    """Return who completes the report: the first role in the line held by somebody not barred, and not the reporter.

    `away`: whoever is on long absence; where all of a role are, the next in the same line stand in. Nobody outside it
    ever does: a report about the headteacher waits for the chair.
    """
    return tuple(dict.fromkeys(deciding.asked(groups(people, about, reporter_id, subject_ids), away)))


def groups(
    people: Iterable[Person], about: About, reporter_id: int | None, subject_ids: Collection[int] = ()
) -> list[tuple[Person, ...]]:
    """Return who may complete the report, role after role: nobody who made it, and nobody whom it is about."""
    staff = [
        person
        for person in people
        if person.is_here and person.person_id != reporter_id and not barred(person, about, subject_ids)
    ]
    found = (tuple(person for person in staff if person.holds(role)) for role in LINE[about])
    return [group for group in found if group]


def told(
    people: Iterable[Person], about: About, reporter_id: int | None, subject_ids: Collection[int] = ()
) -> tuple[Person, ...]:
    """Return the headteachers who are told (§6.7): none where the report is about the headteacher."""
    return tuple(
        each
        for each in people
        if each.is_here
        and each.holds(Role.HEADTEACHER)
        and not barred(each, about, subject_ids)
        and each.person_id != reporter_id
    )


def may_know(
    person: Person,
    people: Sequence[Person],
    about: About,
    reporter_id: int,
    subject_ids: Collection[int] = (),
    away: Collection[int] = (),
) -> bool:
    """Tell whether a report may be counted for this person: one who deals with it, is told of it, or made it.

    Never one who must be kept from it.
    """
    if barred(person, about, subject_ids):
        return False
    known = (
        *completers(people, about, reporter_id, subject_ids, away),
        *told(people, about, reporter_id, subject_ids),
    )
    return person.person_id == reporter_id or any(each.person_id == person.person_id for each in known)


@dataclass(frozen=True, slots=True)
class Form:
    """The reporter's half of the form, read and checked."""

    individual: str  # "" not known
    urls: tuple[Address, ...]
    nature: str


def read(fields: Mapping[str, str]) -> Form:
    """Read "individual", "urls" and "nature". Raises BadInput with a message for each field."""
    wrong: dict[str, str] = {}
    urls: tuple[Address, ...] = ()
    try:
        urls = read_several(fields.get("urls", ""))
    except BadInput as error:
        wrong["urls"] = str(error)
    if not urls and "urls" not in wrong:
        wrong["urls"] = "Write the address of the page, as the browser shows it."
    individual = " ".join(fields.get("individual", "").split())
    if len(individual) > LONGEST_NAME:
        wrong["individual"] = f"Please keep the name under {LONGEST_NAME} letters."
    nature = read_text(fields.get("nature", ""), "nature", "Say in a few words what was to be seen.", wrong)
    if wrong:
        raise BadInput("Something on the form needs another look.", fields=wrong)
    return Form(individual, urls, nature)


def read_text(written: str, name: str, needed: str, wrong: dict[str, str]) -> str:
    """Return a text that says something; what is wrong goes into `wrong` under the field's name."""
    text = written.strip()
    if sum(letter.isalnum() for letter in text) < 3:
        wrong[name] = needed
    elif len(text) > LONGEST:
        wrong[name] = f"That is {len(text)} letters; {LONGEST} is the most."
    return text
