"""Photo consent look-ups: one clear answer for each pupil and use, logged before it is shown. Policy §4.2, 4.13."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from bot.context import Context, Transaction
from bot.errors import NotFound
from bot.rules.consent import answer as rules
from bot.rules.consent import ledger as ledger_rules
from bot.rules.consent import words as consent_words
from bot.rules.consent.answer import Ask, Pupil, PupilAnswer, Purpose, Subject
from bot.rules.consent.ledger import Matter, OnRoll, State
from bot.rules.names.index import Index
from bot.rules.school import Media, Use
from bot.services.consent import roll
from bot.services.consent.meant import SHOWN_CANDIDATES, Met, WhichClass, WhichPupil, is_name, meet
from storage.consent import ledger, look_ups
from storage.engine import Durability

# Who has been moved to another class in this very moment: without any decision, so to be left out.
_MOVED_ON: ledger.Standing = (OnRoll(), [])


class WhichUse(NamedTuple):
    """A class is checked for one picture at a time, so its use has to be known."""

    subject: Subject


class NotOwnClass(NamedTuple):
    """The person is not known to work with this class: have them say that they are taking the picture."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """Who has to stay out of one picture of a class. A class too long for one message comes in several parts."""

    class_name: str
    use: Use
    medium: Media
    pupils: int
    told: tuple[int, ...]  # of whom this part tells something, whether they may be included or not
    left_out: tuple[Pupil, ...]  # those of this part
    count: int  # of all parts
    continued: bool = False
    more: int = 0  # names in the parts to come

    def first(self, names: int) -> "ClassAnswer":
        """Return a part with so many names."""
        later = {pupil.pupil_id for pupil in self.left_out[names:]}
        told = tuple(each for each in self.told if each not in later)
        return replace(self, told=told, left_out=self.left_out[:names], more=len(later))


States = Mapping[Matter, State]
Question = WhichPupil | WhichClass | WhichUse | NotOwnClass
Told = PupilAnswer | ClassAnswer | Question
Fits = Callable[[Ask, Told], bool]  # tells whether one thing more can be shown; if so it is going to be


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that one look-up tells. `near`: others whom the person may have meant. `rest`: what did not fit."""

    ask: Ask
    uses: tuple[Use, ...]  # the school's, to choose from
    pupils: tuple[PupilAnswer, ...] = ()
    classes: tuple[ClassAnswer, ...] = ()
    questions: tuple[Question, ...] = ()
    near: tuple[Pupil, ...] = ()
    rest: tuple[Subject, ...] = ()

    @property
    def following(self) -> Ask:
        """Return the question about what did not fit."""
        return replace(self.ask, subjects=self.rest)


def _all_fits(_ask: Ask, _told: Told) -> bool:
    return True


def look_up(context: Context, text: str, fits: Fits = _all_fits) -> Answer:
    """Answer what was typed after /consent. Raises BadInput, Busy. If the log cannot be written nothing is told.

    Told and logged is what fits; the rest is in the answer as a question of its own.
    """
    return look_up_again(context, understand(context, text), fits)


def look_up_again(context: Context, ask: Ask, fits: Fits = _all_fits) -> Answer:
    """Answer a question in which something has been chosen. Raises NotFound where it is not of this school."""
    rules.refuse_too_long(ask)
    rules.refuse_unasked(ask.use, ask.medium)
    index = roll.kept(context)
    met = [each for subject in ask.subjects for each in meet(context, index, subject)]
    ask = replace(ask, subjects=_each_once([each.subject for each in met]))
    rules.refuse_too_long(ask)  # names without commas are more than they seemed
    with context.begin(Durability.QUICK) as tx:  # from here on others wait: everything that takes long is done
        return _answer(context, tx, index, ask, met, fits)


def understand(context: Context, text: str) -> Ask:
    """Read typed names and classes without answering. Raises BadInput."""
    index = roll.kept(context)
    return consent_words.read(text, context.school.uses, tuple(index.classes), is_name(index))


def suggest(context: Context, typed: str, limit: int, window_id: str) -> list[Pupil]:
    """Return pupils whose name begins with what was typed, for a picker. Raises Busy: what is not logged is not told.

    Who is at the school, and in which class, is something to learn too. Logged is whom it offered, not what was typed.
    """
    index = roll.kept(context)
    offered = index.begins(typed, limit)
    if offered:
        with context.begin(Durability.QUICK) as tx:
            look_ups.log_typed(
                tx.connection,
                tx.school_id,
                at=tx.now,
                person_id=tx.actor_id or 0,
                pupils=offered,
                purpose=Purpose.TYPED,
                window_id=window_id,
            )
    return [roll.pupil(index, pupil_id) for pupil_id in offered]


def log_offered(tx: Transaction, pupils: Sequence[Pupil]) -> None:
    """Log names, with their classes, that somebody is asked to choose from."""
    if pupils:
        offered = tuple(dict.fromkeys(pupil.pupil_id for pupil in pupils))
        _log_list(tx, offered, Purpose.OFFERED)


def log_checked(
    context: Context,
    tx: Transaction,
    named: Sequence[int],
    classes: Mapping[str, Sequence[int]],
    matter: tuple[str, str],
) -> None:
    """Log of whom a check of a picture tells: `named` by name; class → whom of it.

    `matter`: use, "" for several, and medium.
    """
    _log(tx, named, matter, Purpose.NAMED)
    for class_name, members in classes.items():
        # Whoever checks a picture has said that they are posting it.
        purpose = Purpose.CLASS if _may_check(context, class_name) else Purpose.DECLARED
        _log_list(tx, members, purpose, (class_name, *matter))


def _answer(context: Context, tx: Transaction, index: Index, ask: Ask, met: Sequence[Met], fits: Fits) -> Answer:
    """Tell pupils, then classes, then questions, until something does not fit."""
    pupil_ids = list(dict.fromkeys(each.pupil_id for each in met if each.pupil_id is not None))
    pupils = tuple(takewhile(lambda told: fits(ask, told), _of_pupils(context, tx, index, pupil_ids, ask)))
    told = [each.pupil.pupil_id for each in pupils]
    _log(tx, told, (ask.use.key if ask.use else "", ask.medium or ""), Purpose.NAMED)
    rest = [each.subject for each in met if each.pupil_id is not None and each.pupil_id not in told]
    classes: list[ClassAnswer] = []
    questions: list[Question] = []
    open_ones: list[Question] = [each.question for each in met if each.question]
    for subject in (each for each in ask.subjects if each.is_class):
        checked = None if rest else _class_or_question(context, tx, index, subject, ask)
        if checked is not None and not isinstance(checked, ClassAnswer):
            open_ones.append(checked)
            continue
        part = _part(ask, checked, fits, alone=not pupils and not classes) if checked else None
        if part:
            classes.append(part)
            _log_class(context, tx, part)
        if part is None or part.more:
            rest.append(replace(subject, after=part.left_out[-1].pupil_id) if part else subject)
    for question in open_ones:
        if rest or not fits(ask, question):
            rest.append(question.subject)
        else:
            questions.append(question)
    near = dict.fromkeys(
        close for each in met if each.pupil_id in told for close in each.near if close not in pupil_ids
    )
    shown = tuple(roll.pupil(index, each) for each in near)[:SHOWN_CANDIDATES]
    which = [pupil for question in questions if isinstance(question, WhichPupil) for pupil in question.candidates]
    log_offered(tx, [*which, *shown])
    return Answer(ask, context.school.uses, pupils, tuple(classes), tuple(questions), shown, tuple(rest))


def _each_once(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the subjects without a class that was said in two ways: declared once is declared."""
    declared = {each.class_name for each in subjects if each.is_class and each.declared}
    return tuple(
        dict.fromkeys(
            replace(each, declared=True) if each.is_class and each.class_name in declared else each for each in subjects
        )
    )


def _part(ask: Ask, checked: ClassAnswer, fits: Fits, *, alone: bool) -> ClassAnswer | None:
    """Return a class, or as much of it as fits if it is the first thing told; None where it has to wait."""
    if fits(ask, checked):
        return checked
    names = len(checked.left_out)
    while alone and names > 1:
        names //= 2
        if fits(ask, checked.first(names)):
            return checked.first(names)
    return None


def _class_or_question(
    context: Context, tx: Transaction, index: Index, subject: Subject, ask: Ask
) -> ClassAnswer | Question:
    class_name = subject.class_name or ""
    if class_name not in index.classes:
        raise NotFound("There is no class of that name at the school any more.")
    if ask.use is None:
        return WhichUse(subject)
    if not subject.declared and not _may_check(context, class_name):
        return NotOwnClass(subject)
    return _of_class(tx, index, subject, ask.use, ask.medium or ask.use.media[0])


def _of_pupils(
    context: Context, tx: Transaction, index: Index, pupil_ids: Sequence[int], ask: Ask
) -> tuple[PupilAnswer, ...]:
    if any(each not in index for each in pupil_ids):
        raise NotFound("That pupil is not at this school.")
    states = _states(context, tx, pupil_ids, ask.use)
    if any(each not in states for each in pupil_ids):
        raise NotFound("That pupil is not at this school.")
    uses = context.school.uses
    return tuple([rules.answer(roll.pupil(index, each), states[each], uses, ask.use, ask.medium) for each in pupil_ids])


def _states(context: Context, tx: Transaction, pupil_ids: Sequence[int], use: Use | None) -> dict[int, States]:
    """Return how it stands for each pupil: for one use where there is a Yes for it, else for every use."""
    states: dict[int, States] = {}
    if use and pupil_ids:
        standing = ledger.standing_on_use(tx.connection, tx.school_id, pupil_ids, tx.today, use.key)
        states = _of_standing(tx, standing, (use,))
    # Whether there is a Yes for anything at all.
    others = [each for each in pupil_ids if State.YES not in states.get(each, {}).values()]
    if others:
        standing = ledger.standing(tx.connection, tx.school_id, others, tx.today)
        states |= _of_standing(tx, standing, context.school.uses)
    return states


def _of_standing(tx: Transaction, standing: Mapping[int, ledger.Standing], uses: Sequence[Use]) -> dict[int, States]:
    return {
        pupil_id: ledger_rules.states(decisions, on_roll, uses, tx.today)
        for pupil_id, (on_roll, decisions) in standing.items()
    }


def _of_class(tx: Transaction, index: Index, subject: Subject, use: Use, medium: Media) -> ClassAnswer:
    class_name = subject.class_name or ""
    members = tuple(each for each in index.members(class_name) if index[each].on_roll)
    standing = ledger.standing_in_class(tx.connection, tx.school_id, class_name, tx.today, use.key, medium)
    left_out = []
    for pupil_id in members:
        on_roll, decisions = standing.get(pupil_id, _MOVED_ON)
        if ledger_rules.state(decisions, on_roll, tx.today) is not State.YES:
            left_out.append(roll.pupil(index, pupil_id))
    if subject.after in members:
        before = members[: members.index(subject.after) + 1]
        part = tuple(pupil for pupil in left_out if pupil.pupil_id not in before)
        told = tuple(pupil.pupil_id for pupil in part)
        return ClassAnswer(class_name, use, medium, len(members), told, part, len(left_out), continued=True)
    return ClassAnswer(class_name, use, medium, len(members), members, tuple(left_out), len(left_out))


def _log_class(context: Context, tx: Transaction, part: ClassAnswer) -> None:
    purpose = Purpose.CLASS if _may_check(context, part.class_name) else Purpose.DECLARED
    _log_list(tx, part.told, purpose, (part.class_name, part.use.key, part.medium))


def _log_list(
    tx: Transaction, pupils: Sequence[int], purpose: Purpose, matter: tuple[str, str, str] = ("", "", "")
) -> None:
    look_ups.log_list(
        tx.connection,
        tx.school_id,
        at=tx.now,
        person_id=tx.actor_id or 0,
        pupils=pupils,
        purpose=purpose,
        matter=matter,
    )


def _log(tx: Transaction, pupils: Sequence[int], matter: tuple[str, str], purpose: Purpose) -> None:
    use_key, medium = matter
    look_ups.log(
        tx.connection,
        tx.school_id,
        at=tx.now,
        person_id=tx.actor_id or 0,
        pupils=pupils,
        use_key=use_key,
        media=medium,
        purpose=purpose,
    )


def _may_check(context: Context, class_name: str) -> bool:
    return context.actor is not None and rules.may_check_class(context.actor.person, class_name)
