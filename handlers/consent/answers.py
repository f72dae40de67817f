"""What an answer about consent looks like: pupils, classes, questions, and the buttons that go on from there."""

from collections.abc import Sequence
from dataclasses import replace

from bot.rules.consent.answer import Ask, Pupil, PupilAnswer, Subject, pack
from bot.rules.school import Use
from bot.services.consent.look_ups import (
    Answer,
    ClassAnswer,
    Question,
    WhichUse,
)
from bot.services.consent.meant import WhichClass, WhichPupil
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import pupils

ANSWER = page("consent/answer")
FORM = page("consent/form")
BUTTONS_A_ROW = 5
MOST_NAMED = 1500  # letters of the names that come first; if there are more, the names stand below alone
MOST_BUTTONS = 5  # children offered as buttons: the others are in a list to choose from
CHOSEN = 150  # characters that the value of a choice may have, in a list


def pupil(told: PupilAnswer) -> list[Block]:
    """Return what may be shown of one pupil, use by use."""
    uses = [(each.use.name, " and ".join(each.yes), " and ".join(each.no)) for each in told.uses]
    pupil = told.pupil
    said = ANSWER.text(
        "pupil",
        name=pupil.name,
        class_name=pupils.class_of(pupil),
        born=pupils.birthday(pupil),
        nowhere=told.nowhere,
        lines=uses,
    )
    return blocks.sections(said)


def several(answer: Answer) -> list[Block]:
    """Return what comes first where several children were asked about for one use: whom to leave out."""
    told, use = answer.pupils, answer.ask.use
    if use is None or len(told) < 2:
        return []
    out = [each.pupil.name for each in told if not any(one.yes for one in each.uses)]
    partly = [each.pupil.name for each in told if any(one.yes and one.no for one in each.uses)]
    names = {"out": out, "partly": partly, "named": len("".join((*out, *partly))) <= MOST_NAMED}
    matter = {"use": use.name, "medium": answer.ask.medium or ""}
    return blocks.sections(ANSWER.text("several", **matter, **names, count=len(told), more=len(answer.rest)))


def class_checked(checked: ClassAnswer) -> list[Block]:
    """Return who has to stay out of one picture of a class."""
    values = {"class_name": checked.class_name, "use": checked.use.name, "medium": checked.medium}
    values |= {"pupils": str(checked.pupils), "count": str(checked.count)}
    kind = "class_empty" if not checked.pupils else "class_some" if checked.left_out else "class_all"
    shown: list[Block] = [blocks.Section(ANSWER.text("class_continued" if checked.continued else kind, **values))]
    if checked.left_out:
        names = [(pupil.name, pupils.birthday(pupil)) for pupil in checked.left_out]
        shown += blocks.sections(ANSWER.text("class_names", names=names))
        if checked.more:
            shown.append(blocks.Section(ANSWER.text("class_more", count=checked.more)))
        shown.append(blocks.Context(ANSWER.text("class_private")))
    return shown


def other_medium(ask: Ask, checked: ClassAnswer) -> list[Block]:
    """Return the button that asks the same of the other medium, if there is one."""
    other = next((medium for medium in checked.use.media if medium is not checked.medium), None)
    if other is None or checked.more:
        return []
    from_the_start = tuple(replace(subject, after=None) for subject in ask.subjects)
    return rows([(ANSWER.text("other_medium", medium=other), Ask(from_the_start, ask.use, other))])


def asked(question: Question) -> Wording:
    """Return what is asked back, in words."""
    if isinstance(question, WhichPupil):
        return ANSWER.text(
            "which",
            words=question.words[:200],
            exact=question.exact,
            count=len(question.candidates),
            more=question.more,
            is_several=" " in question.subject.words,
        )
    if isinstance(question, WhichClass):
        return ANSWER.text("which_class", words=question.subject.words[:200], known=question.known)
    kind = "which_use" if isinstance(question, WhichUse) else "not_own_class"
    return ANSWER.text(kind, class_name=question.subject.class_name)


def choices(ask: Ask, question: Question, uses: Sequence[Use]) -> list[tuple[Wording, str, Ask]]:
    """Return (label, form's value, the question with this chosen) for everything that can be chosen."""
    subject = question.subject
    if isinstance(question, WhichPupil):
        return [
            (pupils.candidate(pupil), f"pupil:{pupil.pupil_id}", ask.settle(subject, Subject(pupil_id=pupil.pupil_id)))
            for pupil in question.candidates
        ]
    if isinstance(question, WhichClass):
        return [
            (label(name), f"class:{name}", ask.settle(subject, Subject(class_name=name))) for name in question.classes
        ]
    if isinstance(question, WhichUse):
        fitting = [use for use in uses if ask.medium is None or ask.medium in use.media]
        return [(label(use.name), f"use:{use.key}", Ask(ask.subjects, use, ask.medium)) for use in fitting]
    declared = Subject(class_name=subject.class_name, declared=True)
    return [(ANSWER.text("declare"), "declared:", ask.settle(subject, declared))]


def nobody(ask: Ask) -> list[Block]:
    """Return what is said where nobody was asked about."""
    values = {"use": ask.use.name if ask.use else "", "medium": ask.medium or ""}
    return [blocks.Section(ANSWER.text("nobody_asked", **values))]


def choose(ask: Ask) -> Block:
    """Return the button that opens the form, where names are found while they are typed; the use is kept."""
    value = f"{ask.use.key if ask.use else ''}/{ask.medium or ''}"
    return blocks.actions(blocks.Button(ANSWER.text("choose"), "consent.open:list", value=value))


def has_choices(question: Question) -> bool:
    """Return whether a question offers anything to choose."""
    return not isinstance(question, WhichPupil) or bool(question.candidates)


def rows(choices: Sequence[tuple[Wording, Ask]]) -> list[Block]:
    """Return buttons, each with the question that it asks, in rows."""
    buttons = [
        blocks.Button(label, f"consent.ask:{number}", value=pack(ask)) for number, (label, ask) in enumerate(choices)
    ]
    return [blocks.actions(*buttons[start : start + BUTTONS_A_ROW]) for start in range(0, len(buttons), BUTTONS_A_ROW)]


def offered(question: Question, choices: Sequence[tuple[Wording, Ask]]) -> list[Block]:
    """Return what can be chosen: as buttons; of many children the first few, and a list with the others.

    One's own class comes first. A question too long for a list's value keeps its buttons: nothing of it may be lost.
    """
    others = choices[MOST_BUTTONS:]
    is_long = isinstance(question, WhichPupil | WhichClass) and len(others) > 1
    if not is_long or any(len(pack(ask)) > CHOSEN for _, ask in others):
        return rows(choices)
    options = [blocks.Option(label, pack(ask)) for label, ask in others]
    placeholder = ANSWER.text("others" if isinstance(question, WhichPupil) else "other_classes")
    picker = blocks.pick("consent.ask:others", options, placeholder=placeholder)
    return [*rows(choices[:MOST_BUTTONS]), blocks.actions(picker)]


def footer(answer: Answer) -> list[Block]:
    """Return what holds for every answer: it counts today, and for this picture."""
    if not answer.pupils and not answer.classes:
        return []
    not_all_yes = any(use.no for told in answer.pupils for use in told.uses) or any(
        checked.left_out for checked in answer.classes
    )
    return [blocks.Context(ANSWER.text("footer", not_all_yes=not_all_yes))]


def post_it(ask: Ask) -> list[Block]:
    """Return the button that goes on from an answer to the check of a picture with the same children."""
    return [blocks.actions(blocks.Button(ANSWER.text("post_it"), "posting.post_it", value=pack(ask)))]


def more(answer: Answer) -> Wording:
    """Return how many are still to come."""
    return ANSWER.text("more", count=len(answer.rest))


def label(name: str) -> Wording:
    """Return a name as a label."""
    return FORM.text("name", name=name)


def only(ask: Ask, pupil: Pupil) -> Ask:
    """Return the same question about one pupil alone."""
    return Ask((Subject(pupil_id=pupil.pupil_id),), ask.use, ask.medium)
