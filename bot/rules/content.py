"""Reporting inappropriate content: the form of appendix b, and who may learn of it. §5.5, 6.7, 7.3; KCSIE; UKCIS."""

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.notices import Notice
from bot.rules.filter.addresses import Address, read_several
from bot.rules.forms import Wrong
from bot.rules.names.folding import fold
from bot.rules.names.index import Named
from bot.rules.people import Person
from bot.rules.procedures import Line, Procedure, Sight
from bot.rules.school import Role

KIND, FEATURE = "CR", "content"
LONGEST = 3000
LONGEST_NAME = 200


class State(enum.StrEnum):
    """How far a report has got."""

    AWAITING_ACTION = "awaiting action"
    COMPLETED = "completed"


class Event(enum.StrEnum):
    """What moves it on."""

    COMPLETE = "complete"
    TAKE = "take"  # of what may be illegal: “I have it”


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

_USUAL: Line = (Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
_TOLD = {Role.HEADTEACHER: Sight.FULL}  # §6.7


def _way(name: str, line: Line, readers: Mapping[Role, Sight], denied: frozenset[Role]) -> Procedure:
    """Return one way that a report can take: who completes it, who may read it, who may never know of it."""
    return Procedure(
        name=name,
        kind=KIND,
        feature=FEATURE,
        first=State.AWAITING_ACTION,
        steps={
            (State.AWAITING_ACTION, Event.COMPLETE): State.COMPLETED,
            (State.AWAITING_ACTION, Event.TAKE): State.AWAITING_ACTION,
        },
        turns={State.AWAITING_ACTION: {Event.COMPLETE: (line,), Event.TAKE: (line,)}},
        signed=frozenset({Event.COMPLETE}),
        waits=Notice.CONTENT_WAITS,
        stands=Notice.CONTENT_STANDS,
        told=(Notice.CONTENT_TOLD,),
        readers=readers,
        awaited=frozenset({Event.COMPLETE}),
        past={Event.COMPLETE: "completed", Event.TAKE: "taken"},
        taking=Event.TAKE,
        denied=denied,
        confidential=True,
        kept=True,
        taken_in="reported",
    )


# What concerns the headteacher goes to the chair of governors (KCSIE part four); what concerns both goes to nobody in
# the school: the local authority's designated officer is shown instead.
_COORDINATOR_TOO = {**_TOLD, Role.E_SAFETY_COORDINATOR: Sight.FULL}
USUAL = _way("content", _USUAL, _COORDINATOR_TOO, BARRED[About.PUPIL])
ABOUT_COORDINATOR = _way("content-coordinator", _USUAL, _TOLD, BARRED[About.COORDINATOR])
ABOUT_HEAD = _way("content-head", (Role.CHAIR_OF_GOVERNORS,), {Role.CHAIR_OF_GOVERNORS: Sight.FULL}, BARRED[About.HEAD])
ABOUT_CHAIR = _way("content-chair", _USUAL, _COORDINATOR_TOO, BARRED[About.CHAIR])
ABOUT_BOTH = _way("content-both", (), {}, BARRED[About.HEAD_AND_CHAIR])

ABOUT_COORDINATOR_AND_CHAIR = _way(
    "content-coordinator-chair",
    _USUAL,
    _TOLD,
    BARRED[About.COORDINATOR] | BARRED[About.CHAIR],
)


def _illegal(way: Procedure) -> Procedure:
    """Return the same way for what may be illegal: the safeguarding lead comes first (KCSIE part two, UKCIS)."""
    readers = {**way.readers, Role.SAFEGUARDING_LEAD: Sight.FULL}
    return _way(f"{way.name}-illegal", (Role.SAFEGUARDING_LEAD, *_USUAL), readers, way.denied)


USUAL_ILLEGAL = _illegal(USUAL)
ABOUT_COORDINATOR_ILLEGAL = _illegal(ABOUT_COORDINATOR)
ABOUT_CHAIR_ILLEGAL = _illegal(ABOUT_CHAIR)
ABOUT_COORDINATOR_AND_CHAIR_ILLEGAL = _illegal(ABOUT_COORDINATOR_AND_CHAIR)
# Way → the same for what may be illegal. What concerns the headteacher is the chair's alone all the same.
ILLEGAL: Mapping[str, Procedure] = {
    USUAL.name: USUAL_ILLEGAL,
    ABOUT_COORDINATOR.name: ABOUT_COORDINATOR_ILLEGAL,
    ABOUT_CHAIR.name: ABOUT_CHAIR_ILLEGAL,
    ABOUT_COORDINATOR_AND_CHAIR.name: ABOUT_COORDINATOR_AND_CHAIR_ILLEGAL,
}

WAYS: Mapping[About, Procedure] = {
    About.PUPIL: USUAL,
    About.STAFF: USUAL,
    About.UNKNOWN: USUAL,
    About.COORDINATOR: ABOUT_COORDINATOR,
    About.HEAD: ABOUT_HEAD,
    About.CHAIR: ABOUT_CHAIR,
    About.HEAD_AND_CHAIR: ABOUT_BOTH,
}
PROCEDURES: Mapping[str, Procedure] = {
    way.name: way for way in (*WAYS.values(), ABOUT_COORDINATOR_AND_CHAIR, *ILLEGAL.values())
}
OPEN = tuple(USUAL.turns)


def way_of(about: About, *, perhaps_illegal: bool) -> Procedure:
    """Return the way that a report takes."""
    way = WAYS[about]
    return ILLEGAL.get(way.name, way) if perhaps_illegal else way


def effective(about: About, colleagues: Iterable[Person], people: Sequence[Person]) -> About:
    """Return whom a report is about, from what was chosen and from the colleagues whom its reporter means.

    "A member of staff" may turn out to be the headteacher; and where the E-Safety Co-ordinator is the headteacher, a
    report about the one is about the other (KCSIE: to the chair).
    """
    roles = _concerned(BARRED[about].union(*(person.roles for person in colleagues)), people)
    return next((who for wanted, who in _ABOUTS if wanted <= roles), about)


_ABOUTS = (
    ({Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS}, About.HEAD_AND_CHAIR),
    ({Role.HEADTEACHER}, About.HEAD),
    ({Role.CHAIR_OF_GOVERNORS}, About.CHAIR),
    ({Role.E_SAFETY_COORDINATOR}, About.COORDINATOR),
)


def subjects(about: About, colleagues: Iterable[Person], people: Iterable[Person]) -> frozenset[int]:
    """Return the ids of everybody whom a report is about: recorded with it, whatever roles they hold later."""
    holders = [each for each in people if BARRED[about] and each.holds(*BARRED[about])]
    return frozenset(each.person_id for each in (*holders, *colleagues))


def pupils(individual: str, about: About, roll: Iterable[Named]) -> list[int]:
    """Return the ids of the pupils whom a form names in full: their relatives must not deal with it.

    Better one too many than one too few: where two pupils share a name, both are returned.
    """
    if about not in {About.PUPIL, About.UNKNOWN} or not individual:
        return []
    return named_in(individual, roll)


def named_in(text: str, roll: Iterable[Named]) -> list[int]:
    """Return the ids of the pupils whom a text names in full; where two share a name, both."""
    words = set(fold(re.sub(r"[^\w'’-]+", " ", text)).split())
    names = {
        each.pupil_id: (f"{each.forename} {each.surname}", f"{each.legal_forename} {each.legal_surname}")
        for each in roll
    }
    return [pupil_id for pupil_id, both in names.items() if any(words >= set(fold(name).split()) for name in both)]


def also_about(way: str, person: Person, people: Sequence[Person]) -> Procedure:
    """Return the way that a report takes from now on, when it is found to be about somebody else as well.

    A role that has been barred from it stays barred.
    """
    is_illegal = way in {each.name for each in ILLEGAL.values()}
    roles = _concerned(PROCEDURES[way].denied | person.roles, people)
    if {Role.E_SAFETY_COORDINATOR, Role.CHAIR_OF_GOVERNORS} <= roles and Role.HEADTEACHER not in roles:
        found = ABOUT_COORDINATOR_AND_CHAIR
    else:
        about = next((who for wanted, who in _ABOUTS if wanted <= roles), None)
        found = WAYS[about] if about else PROCEDURES[way]
    return ILLEGAL.get(found.name, found) if is_illegal else found


def _concerned(roles: frozenset[Role], people: Sequence[Person]) -> frozenset[Role]:
    """Return the offices that a report is about: where the E-Safety Co-ordinator is the headteacher, both (KCSIE)."""
    coordinators = [each for each in people if each.holds(Role.E_SAFETY_COORDINATOR)]
    is_head = any(each.holds(Role.HEADTEACHER) for each in coordinators)
    return roles | {Role.HEADTEACHER} if is_head and Role.E_SAFETY_COORDINATOR in roles else roles


def told(people: Iterable[Person], way: Procedure, barred: Collection[int]) -> list[Person]:
    """Return the headteachers who are told (§6.7): none where it is about the headteacher, or their own report."""
    return [
        person
        for person in people
        if person.is_here
        and Role.HEADTEACHER in person.roles & way.readers.keys()
        and not person.roles & way.denied
        and person.person_id not in barred
    ]


def leaves_no_trace(way: str) -> bool:
    """Return whether a report concerns an office whose holder reads shared lists: it then appears in none of them."""
    return bool(PROCEDURES[way].denied)


@dataclass(frozen=True, slots=True)
class Form:
    """The reporter's half of the form, read and checked."""

    individual: str  # "" not known
    urls: tuple[Address, ...]
    nature: str


def read(fields: Mapping[str, str]) -> Form:
    """Read "individual", "urls" and "nature". Raises BadInput with a message for each field."""
    form, none = Wrong(fields), tuple[Address, ...]()
    urls = form.of("urls", read_several, none)
    form.check("urls", bool(urls), "Write the address of the page, as the browser shows it.")
    individual = " ".join(form.written("individual").split())
    form.check("individual", len(individual) <= LONGEST_NAME, f"Please keep the name under {LONGEST_NAME} letters.")
    nature = form.text("nature", "Say in a few words what could be seen.", most=LONGEST)
    form.raise_if_any()
    return Form(individual, urls, nature)
