"""Who or what is meant by what somebody typed; where that is not certain, what to ask. Never a guess. Policy §4.2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.context import Context
from bot.rules.consent import slips
from bot.rules.consent import words as consent_words
from bot.rules.consent.answer import Pupil, Subject
from bot.rules.names.index import Index
from bot.services.consent import roll

SHOWN_CANDIDATES = 20
MOST_NEAR = 5


class WhichPupil(NamedTuple):
    """Several pupils have this name (`exact`), or none has and some are close, or nobody is."""

    subject: Subject
    words: str
    candidates: tuple[Pupil, ...]
    exact: bool
    more: int = 0


class WhichClass(NamedTuple):
    """Several classes may be meant; `known`: by that name. Else there is none of that name, and these there are."""

    subject: Subject
    classes: tuple[str, ...]
    known: bool = True


@dataclass(frozen=True, slots=True)
class Met:
    """What one subject turned out to be: a pupil, a class or a question; and who else is close by name."""

    subject: Subject  # a class that was recognised is named here in full
    pupil_id: int | None = None
    question: WhichPupil | WhichClass | None = None
    near: Sequence[int] = ()


def meet(context: Context, index: Index, subject: Subject) -> list[Met]:
    """Find out who or what is meant; where that is not certain, what to ask. Several where commas were left out."""
    if subject.pupil_id is not None:
        return [Met(subject, pupil_id=subject.pupil_id)]
    if subject.is_class:
        return [Met(subject)]
    found = index.find(subject.words, subject.class_name)
    near = found.near[:MOST_NEAR]
    if len(found.exact) == 1:
        return [Met(subject, pupil_id=found.exact[0], near=near)]
    if found.exact:
        return [Met(subject, question=_which(context, index, subject, (*found.exact, *near), exact=True))]
    return _meet_otherwise(context, index, subject, near)


def is_name(index: Index) -> slips.IsName:
    """Return what tells whether a pupil is called so."""
    return index.is_anybody


def _meet_otherwise(context: Context, index: Index, subject: Subject, near: Sequence[int]) -> list[Met]:
    """Find out what is meant by words that are nobody's name."""
    meant = consent_words.classes_called(subject.words, index.classes)
    if len(meant) == 1:
        return [Met(replace(subject, words="", class_name=meant[0]))]
    if meant:
        return [Met(subject, question=WhichClass(subject, meant))]
    several = _apart(index, subject)
    if several:
        return [each for one in several for each in meet(context, index, one)]
    return [Met(subject, question=_slip(context, index, subject, near))]


def _apart(index: Index, subject: Subject) -> list[Subject]:
    """Return the children of whom each full name is on the roll, where somebody left out the commas."""
    names = [consent_words.subject(each, index.classes) for each in slips.apart(subject.words, is_name(index))]
    if names and subject.class_name:  # "Freya Jones Harry Begum 3B": a class stands behind the last of them
        last = replace(names[-1], class_name=subject.class_name)
        if names[-1].class_name or not index.find(last.words, last.class_name).exact:
            return []
        names[-1] = last
    return names


def _slip(context: Context, index: Index, subject: Subject, near: Sequence[int]) -> WhichPupil | WhichClass:
    """Return what to offer where nobody is called that. Whatever it is, it is asked about, never answered."""
    own = context.actor.person.classes if context.actor else ()
    if not near and subject.class_name is None:
        is_class = slips.is_like_a_class(subject.words)
        classes = index.classes if is_class else slips.classes_like(subject.words, index.classes)
        if classes:
            return WhichClass(subject, tuple(sorted(classes, key=lambda name: name not in own)), known=False)
    return _which(context, index, subject, near or _offered(index, subject), exact=False)


def _offered(index: Index, subject: Subject) -> Sequence[int]:
    """Return children to offer, the likeliest way first: in another class, by some of the words, by the letters."""
    elsewhere = index.find(subject.words)
    if subject.class_name and (elsewhere.exact or elsewhere.near):
        return elsewhere.exact or elsewhere.near[:MOST_NEAR]
    called = is_name(index)
    names = slips.names_among(subject.words, called)
    found = index.find(names, subject.class_name).exact or index.find(names).exact
    if not found:
        parts = slips.apart_loosely(names, called)
        found = tuple(dict.fromkeys(each for part in parts for each in index.find(part).exact))
    return found or index.nearest(subject.words, subject.class_name) or index.nearest(subject.words)


def _which(context: Context, index: Index, subject: Subject, candidates: Sequence[int], *, exact: bool) -> WhichPupil:
    own = context.actor.person.classes if context.actor else ()
    # One's own class first: most questions are about it. The order within is that of the search.
    candidates = sorted(candidates, key=lambda each: index[each].class_name not in own)
    shown = tuple(roll.pupil(index, each) for each in candidates[:SHOWN_CANDIDATES])
    said = f"{subject.words} {subject.class_name or ''}".strip()
    return WhichPupil(subject, said, shown, exact, more=max(0, len(candidates) - SHOWN_CANDIDATES))
