"""Who is in a picture: chosen, typed, or a whole class without those who are not in it. What is unclear is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.context import Context
from bot.errors import BadInput
from bot.rules.consent.answer import Ask, Pupil
from bot.rules.names.folding import fold
from bot.rules.names.index import Index
from bot.rules.posting.checks import MOST_PUPILS, WHOLE_SCHOOL
from bot.services.consent import look_ups, roll
from bot.services.consent.meant import WhichClass, WhichPupil, meet


@dataclass(frozen=True, slots=True)
class Typed:
    """Who was said to be in a picture. `settled`: words → the pupil whom somebody has chosen for them."""

    chosen: Sequence[int]
    words: str
    absent: Sequence[int]
    settled: dict[str, int]


@dataclass(frozen=True, slots=True)
class Who:
    """Who is in a picture. `classes`: those of whom everybody was meant; `named`: who was not of these."""

    pupils: tuple[Pupil, ...]
    named: tuple[int, ...]
    classes: tuple[str, ...]

    @property
    def is_by_class(self) -> bool:
        """Return whether anybody was meant by their class, or with the whole school."""
        return len(self.named) < len(self.pupils)


@dataclass(frozen=True, slots=True)
class Unclear:
    """What has to be asked first. `known`: who is clear already; `left`: the classes that are."""

    questions: tuple[WhichPupil | WhichClass, ...]
    known: tuple[Pupil, ...]
    left: tuple[str, ...]


def understand(context: Context, typed: Typed) -> Who | Unclear:
    """Find out who is meant; where that is not certain, what to ask. Raises BadInput for "names"."""
    index = roll.kept(context)
    named, classes, words = dict.fromkeys(typed.chosen), dict[str, str](), list[str]()
    questions: list[WhichPupil | WhichClass] = []
    without_class: tuple[int, ...] = ()
    said = " ".join(typed.words.split())
    if fold(said) in {fold(each) for each in WHOLE_SCHOOL}:
        classes = dict.fromkeys(index.classes, "")
        without_class = index.without_class
        words.append(said)
    elif said:
        for subject in _asked(context, said).subjects:
            if (chosen := typed.settled.get(fold(subject.words))) is not None:
                named[chosen] = None
                continue
            for met in meet(context, index, subject):
                if met.question is not None:
                    questions.append(met.question)
                elif met.pupil_id is not None:
                    named[met.pupil_id] = None
                elif met.subject.class_name:
                    classes[met.subject.class_name] = ""
                    words.append(met.subject.class_name)
    if questions:
        return Unclear(tuple(questions), tuple(_pupils(index, named)), tuple(dict.fromkeys(words)))
    return _whole(index, tuple(named), tuple(classes), frozenset(typed.absent), without_class)


def _asked(context: Context, said: str) -> Ask:
    try:
        return look_ups.understand(context, said)
    except BadInput as error:
        raise BadInput(str(error), fields={"names": str(error)}) from error


def _whole(
    index: Index, named: Sequence[int], classes: Sequence[str], absent: frozenset[int], without_class: Sequence[int]
) -> Who:
    members = [each for name in classes for each in index.members(name) if index[each].on_roll]
    meant = dict.fromkeys((*named, *members, *without_class))
    every = [each for each in meant if each in named or each not in absent]
    if len(every) > MOST_PUPILS:
        said = f"That is {len(every)} children. Please check at most {MOST_PUPILS} at a time."
        raise BadInput(said, fields={"names": said})
    if any(each not in index for each in every):
        raise BadInput("One of these children is not at this school.", fields={"pupils": "Choose the children again."})
    in_class = set(members) - set(named)
    return Who(tuple(_pupils(index, every)), tuple(each for each in every if each not in in_class), tuple(classes))


def _pupils(index: Index, pupil_ids: Iterable[int]) -> list[Pupil]:
    return [roll.pupil(index, each) for each in pupil_ids if each in index]


def log_asked(context: Context, unclear: Unclear) -> None:
    """Write down whom somebody is asked to choose from, before they see it. Raises Busy."""
    offered = [
        pupil for question in unclear.questions if isinstance(question, WhichPupil) for pupil in question.candidates
    ]
    if offered:
        with context.begin() as tx:
            look_ups.log_offered(tx, offered)
