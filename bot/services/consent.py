"""Photo consent look-ups: one clear answer for each pupil and use, logged before it is shown. Policy §4.2, 4.13."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.context import Context, Transaction
from bot.errors import BadInput, NotFound
from bot.rules import consent as rules
from bot.rules import ledger as ledger_rules
from bot.rules.consent import Ask, Pupil, PupilAnswer, Purpose, Subject
from bot.rules.names import Index
from bot.rules.school import Media, Use
from bot.services import roll
from storage import consent, ledger
from storage import roll as roll_storage
from storage.engine import Durability

SHOWN_CANDIDATES = 20
MOST_NEAR = 5
PAGE = 8  # pupils answered about at a time: more than a phone's screen shows at once


class WhichPupil(NamedTuple):
    """Several pupils have this name (`exact`), or none has and some are close, or nobody is."""

    subject: Subject
    words: str
    candidates: tuple[Pupil, ...]
    exact: bool
    more: int = 0


class WhichClass(NamedTuple):
    """Several classes may be meant."""

    subject: Subject
    classes: tuple[str, ...]


class WhichUse(NamedTuple):
    """A class is checked for one picture at a time, so its use has to be known."""

    subject: Subject


class NotOwnClass(NamedTuple):
    """The person is not known to work with this class: have them say that they are taking the picture."""

    subject: Subject


class ClassAnswer(NamedTuple):
    """Who has to stay out of one picture of a class."""

    class_name: str
    use: Use
    medium: Media
    pupils: int
    left_out: tuple[Pupil, ...]


Question = WhichPupil | WhichClass | WhichUse | NotOwnClass


class Answer(NamedTuple):
    """Everything that one look-up tells. `near`: others whom the person may have meant. `more`: pupils yet to tell."""

    ask: Ask
    uses: tuple[Use, ...]  # the school's, to choose from
    pupils: tuple[PupilAnswer, ...] = ()
    classes: tuple[ClassAnswer, ...] = ()
    questions: tuple[Question, ...] = ()
    near: tuple[Pupil, ...] = ()
    more: int = 0


def look_up(context: Context, text: str) -> Answer:
    """Answer what was typed after /consent. Raises BadInput, Busy. If the log cannot be written nothing is told."""
    with context.begin(Durability.QUICK) as tx:
        index = roll.of(context, tx.connection)
        return _answer(context, tx, index, rules.read(text, context.school.uses, index.classes))


def look_up_again(context: Context, ask: Ask) -> Answer:
    """Answer a question in which something has been chosen. Raises NotFound where it is not of this school."""
    with context.begin(Durability.QUICK) as tx:
        return _answer(context, tx, roll.of(context, tx.connection), ask)


def understand(context: Context, text: str) -> Ask:
    """Read typed names and classes without answering. Raises BadInput."""
    return rules.read(text, context.school.uses, classes(context))


def suggest(context: Context, typed: str, limit: int) -> list[Pupil]:
    """Return pupils whose name begins with what was typed, for a picker. No consent is told, so nothing is logged."""
    with context.database.read() as connection:
        index = roll.of(context, connection)
        return [roll.pupil(index, pupil_id) for pupil_id in index.begins(typed, limit)]


def classes(context: Context) -> tuple[str, ...]:
    """Return the names of the classes on the roll."""
    with context.database.read() as connection:
        index = roll.of(context, connection)
        return tuple(index.classes)


def _answer(context: Context, tx: Transaction, index: Index, ask: Ask) -> Answer:
    met = [_meet(context, tx, index, subject) for subject in ask.subjects]
    pupils = list(dict.fromkeys(each.pupil_id for each in met if each.pupil_id is not None))
    near = dict.fromkeys(close for each in met for close in each.near)
    checked = [_class_or_question(context, tx, index, each.class_subject, ask) for each in met if each.class_subject]
    page = pupils[ask.start : ask.start + PAGE]
    return Answer(
        ask,
        context.school.uses,
        pupils=_of_pupils(context, tx, index, page, ask),
        classes=tuple(each for each in checked if isinstance(each, ClassAnswer)),
        questions=(
            *(each.question for each in met if each.question),
            *(each for each in checked if not isinstance(each, ClassAnswer)),
        ),
        near=tuple(roll.pupil(index, each) for each in near if each not in pupils),
        more=max(0, len(pupils) - ask.start - PAGE),
    )


class _Met(NamedTuple):
    """What one subject turned out to be: exactly one of pupil, class or question; and who else is close by name."""

    pupil_id: int | None = None
    class_subject: Subject | None = None
    question: Question | None = None
    near: Sequence[int] = ()


def _meet(context: Context, tx: Transaction, index: Index, subject: Subject) -> _Met:
    """Find out who or what is meant; where that is not certain, what to ask. Never a guess."""
    if subject.pupil_id is not None:
        return _Met(pupil_id=subject.pupil_id)
    if subject.is_class:
        return _Met(class_subject=subject)
    found = index.find(subject.words, subject.class_name)
    near = found.near[:MOST_NEAR]
    if len(found.exact) == 1:
        return _Met(pupil_id=found.exact[0], near=near)
    if found.exact:
        return _Met(question=_which(context, tx, index, subject, (*found.exact, *near), exact=True))
    meant = rules.classes_called(subject.words, index.classes)
    if len(meant) == 1:
        return _Met(class_subject=replace(subject, words="", class_name=meant[0]))
    return _Met(
        question=WhichClass(subject, meant) if meant else _which(context, tx, index, subject, near, exact=False)
    )


def _which(
    context: Context, tx: Transaction, index: Index, subject: Subject, candidates: Sequence[int], *, exact: bool
) -> WhichPupil:
    own = context.actor.person.classes if context.actor else ()
    # One's own class first: most questions are about it. The order within is that of the search.
    candidates = sorted(candidates, key=lambda each: index[each].class_name not in own)
    shown = _told_apart(tx, [roll.pupil(index, each) for each in candidates[:SHOWN_CANDIDATES]])
    words = f"{subject.words} {subject.class_name or ''}".strip()
    return WhichPupil(subject, words, shown, exact, more=max(0, len(candidates) - SHOWN_CANDIDATES))


def _told_apart(tx: Transaction, pupils: Sequence[Pupil]) -> tuple[Pupil, ...]:
    """Add the birthday where two have the same name in the same class: nothing else that staff know differs."""
    seen = Counter((pupil.name, pupil.class_name) for pupil in pupils)
    twice = [pupil.pupil_id for pupil in pupils if seen[pupil.name, pupil.class_name] > 1]
    born = roll_storage.birthdays(tx.connection, tx.school_id, twice) if twice else {}
    return tuple(replace(pupil, born_on=born.get(pupil.pupil_id)) for pupil in pupils)


def _class_or_question(
    context: Context, tx: Transaction, index: Index, subject: Subject, ask: Ask
) -> ClassAnswer | Question:
    class_name = subject.class_name or ""
    if class_name not in index.classes:
        raise NotFound("There is no class of that name on the roll any more.")
    if ask.use is None:
        return WhichUse(subject)
    if not subject.declared and not _may_check(context, class_name):
        return NotOwnClass(subject)
    return _of_class(context, tx, index, class_name, ask.use, ask.medium or Media.PHOTO)


def _of_pupils(
    context: Context, tx: Transaction, index: Index, pupil_ids: Sequence[int], ask: Ask
) -> tuple[PupilAnswer, ...]:
    if not pupil_ids:
        return ()
    standing = ledger.standing(tx.connection, tx.school_id, pupil_ids, tx.today)
    if any(each not in standing or each not in index for each in pupil_ids):
        raise NotFound("That pupil is not on this school's roll.")
    uses = context.school.uses
    told = []
    for pupil_id in pupil_ids:
        on_roll, decisions = standing[pupil_id]
        states = ledger_rules.states(decisions, on_roll, uses, tx.today)
        told.append(rules.answer(roll.pupil(index, pupil_id), states, uses, ask.use, ask.medium))
    _log(tx, pupil_ids, ask.use, ask.medium, Purpose.NAMED)
    return tuple(told)


def _of_class(context: Context, tx: Transaction, index: Index, class_name: str, use: Use, medium: Media) -> ClassAnswer:
    if medium not in use.media:
        raise BadInput(f"{use.name} is asked for {use.media[0]} only, so there is no decision on {medium}.")
    members = [each for each in index.members(class_name) if index[each].on_roll]
    standing = ledger.standing_on(tx.connection, tx.school_id, members, tx.today, use.key, medium)
    left_out = []
    for pupil_id in members:
        on_roll, decisions = standing[pupil_id]
        states = ledger_rules.states(decisions, on_roll, (use,), tx.today)
        if rules.may_not_be_included(states, use, medium):
            left_out.append(roll.pupil(index, pupil_id))
    own = rules.may_check_class(context.actor.person, class_name) if context.actor else False
    _log(tx, members, use, medium, Purpose.CLASS if own else Purpose.DECLARED)
    return ClassAnswer(class_name, use, medium, len(members), tuple(left_out))


def _log(tx: Transaction, pupils: Sequence[int], use: Use | None, medium: Media | None, purpose: Purpose) -> None:
    consent.log(
        tx.connection,
        tx.school_id,
        at=tx.now,
        person_id=tx.actor_id or 0,
        pupils=pupils,
        use_key=use.key if use else "",
        media=medium or "",
        purpose=purpose,
    )


def _may_check(context: Context, class_name: str) -> bool:
    return context.actor is not None and rules.may_check_class(context.actor.person, class_name)
