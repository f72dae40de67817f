"""The form of a check: `/post-check`, from Home, and *Post it* on an answer of `/consent`. What was filled in stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.context import Context
from bot.errors import BadInput
from bot.rules.consent import words as consent_words
from bot.rules.consent.answer import MOST_SUBJECTS, Ask, Pupil, unpack
from bot.rules.names.folding import fold
from bot.rules.posting.checks import LONGEST_ADULTS, WHOLE_SCHOOL, Question, TakenWith
from bot.rules.posting.surfaces import Surface
from bot.rules.school import Media
from bot.services.consent import roll
from bot.services.consent.meant import WhichPupil, is_name
from bot.services.posting import surfaces
from bot.services.posting.checks import Checked
from bot.services.posting.who import Typed, Unclear
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.parts.pupils import candidate
from handlers.requests import Request, read_number

FORM, PUBLISH = page("posting/form"), page("posting/publish")
A_GROUP = 10  # tick boxes in one field
LONGEST_NAMES = 1000
COUNT_LETTERS, INSTEAD = 6, "instead"
KEPT_TEXTS = frozenset({"count", "adults"})  # of a draft, besides what has a place of its own
CHECK, SAVES = "picture check", "posting.draft"  # how its draft is kept, and the route that keeps it
WHERE, WHICH = "surfaces", "which"  # field names; several of them are told apart by a number


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form when it opens, and what was entered once it was sent."""

    surfaces: Sequence[str] = ()
    medium: str | None = None
    pupils: Sequence[Pupil] = ()
    names: str = ""
    absent: Sequence[Pupil] = ()
    taken: str | None = None
    true: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # of every field with one text


def open_places(context: Context) -> list[Surface]:
    """Return the places where something may be posted."""
    return surfaces.kept(context)


def typed(request: Request, text: str) -> Filled:
    """Return the form as a text fills it: "Jamie P 3B, Aisha for twitter photo". Raises BadInput."""
    index, places = roll.kept(request.context), open_places(request.context)
    if fold(text) in {fold(each) for each in WHOLE_SCHOOL}:
        return Filled(names=text)
    named = {each.use_key: tuple(place.name for place in places if place.use_key == each.use_key) for each in places}
    uses = [replace(use, aliases=(*use.aliases, *_new(named.get(use.key, ()), use))) for use in request.school.uses]
    return _asked(consent_words.read(text, uses, tuple(index.classes), is_name(index)), places)


def of_answer(request: Request) -> Filled:
    """Return the form as an answer of `/consent` fills it. Raises BadInput."""
    ask, index = unpack(request.value, request.school.uses), roll.kept(request.context)
    chosen = [each.pupil_id for each in ask.subjects if each.pupil_id is not None and each.pupil_id in index]
    return replace(_asked(ask, open_places(request.context)), pupils=[roll.pupil(index, each) for each in chosen])


def _new(names: Sequence[str], use: Any) -> list[str]:
    """Return the names of places by which a use is not called anyway."""
    return [name for name in names if not use.is_called(name)]


def _asked(ask: Ask, places: Sequence[Surface]) -> Filled:
    words = [f"{each.words} {each.class_name or ''}".strip() for each in ask.subjects if each.pupil_id is None]
    fitting = [each for each in places if ask.use and each.use_key == ask.use.key]
    chosen = [str(each.surface_id) for each in fitting] if len(fitting) == 1 else []
    return Filled(surfaces=chosen, medium=ask.medium, names=", ".join(words))


def entered(request: Request) -> Filled:
    """Return what was entered. Raises BadInput."""
    fields = request.fields
    index = roll.kept(request.context)
    chosen = [read_number(each) for each in fields.get("pupils") or ()]
    away = [read_number(each) for each in fields.get("absent") or ()]
    return Filled(
        surfaces=[value for name, each in fields.items() if name.startswith(WHERE) and each for value in each],
        medium=str(fields.get("medium") or "") or None,
        pupils=[roll.pupil(index, each) for each in chosen if each in index],
        names=str(fields.get("names") or ""),
        absent=[roll.pupil(index, each) for each in away if each in index],
        taken=str(fields.get("taken") or "") or None,
        true=list(fields.get("true") or ()),
        texts={name: value for name, value in fields.items() if isinstance(value, str)},
    )


def to_keep(request: Request) -> dict[str, Any]:
    """Return what is filled in so far, as a draft keeps it."""
    filled = entered(request)
    kept = {name: value for name, value in filled.texts.items() if name in KEPT_TEXTS}
    return {
        "surfaces": list(filled.surfaces),
        "medium": filled.medium,
        "pupils": [each.pupil_id for each in filled.pupils],
        "names": filled.names,
        "absent": [each.pupil_id for each in filled.absent],
        "taken": filled.taken,
        "true": list(filled.true),
        "texts": kept,
    }


def of_draft(request: Request, kept: Mapping[str, Any]) -> Filled:
    """Return the form as a draft fills it, of whoever is still at the school."""
    index = roll.kept(request.context)

    def pupils_of(name: str) -> list[Pupil]:
        return [roll.pupil(index, each) for each in kept[name] if each in index]

    open_ids = {str(each.surface_id) for each in open_places(request.context)}
    return Filled(
        surfaces=[each for each in kept["surfaces"] if each in open_ids],
        medium=kept["medium"],
        pupils=pupils_of("pupils"),
        names=kept["names"],
        absent=pupils_of("absent"),
        taken=kept["taken"],
        true=kept["true"],
        texts=kept["texts"],
    )


def said(request: Request, filled: Filled) -> Typed:
    """Return who was said to be in the picture, with what was chosen where it was unclear. Raises BadInput."""
    words = request.metadata.get(WHICH)
    asked = [str(each) for each in words] if isinstance(words, list) else []
    settled = {
        fold(each): read_number(filled.texts[f"{WHICH}-{number}"])
        for number, each in enumerate(asked)
        if filled.texts.get(f"{WHICH}-{number}")
    }
    absent = [each.pupil_id for each in filled.absent]
    return Typed([each.pupil_id for each in filled.pupils], filled.names, absent, settled)


def of_check(held: Checked) -> Filled:
    """Return the form as it was filled in for a check."""
    kept = held.check.form
    return Filled(
        surfaces=[str(each) for each in kept.surfaces],
        medium=kept.medium,
        pupils=held.pupils,
        taken=kept.taken_with,
        true=[each for each in Question if each not in kept.untrue],
        texts={"count": str(len(held.pupils)), "adults": kept.adults},
    )


def window(
    places: Sequence[Surface], filled: Filled, unclear: Unclear | None = None, *, instead: str = "", draft: str = ""
) -> Modal:
    """Return the form. `unclear`: what has to be asked first; `instead`: the check whose place it takes.

    `draft`: when what stands in it was filled in, and not sent.
    """
    if not places:
        return blocks.modal(FORM.text("title"), [blocks.Section(FORM.text("no_places"))])
    asked, words = questions(unclear) if unclear else ([], [])
    kept = filled if unclear is None else settled(filled, unclear)
    shown = [
        *(_draft(draft) if draft else ()),
        *asked,
        *where(places, kept.surfaces),
        medium(kept.medium),
        *who(kept),
        blocks.Field(
            FORM.text("count"),
            blocks.Write("count", initial=kept.texts.get("count", ""), most=COUNT_LETTERS),
            name="count",
            hint=FORM.text("count_hint"),
        ),
        taken_with(kept.taken),
        adults(kept.texts.get("adults", "")),
        blocks.Field(
            FORM.text("true"),
            blocks.tick(
                "true", [blocks.Option(FORM.text(f"true_{each}"), each) for each in Question], initial=kept.true
            ),
            name="true",
            optional=True,
        ),
    ]
    shown = [replace(block, saves=SAVES) if isinstance(block, blocks.Field) else block for block in shown]
    metadata: dict[str, object] = {WHICH: words} if words else {}
    if instead:
        metadata[INSTEAD] = instead
    return blocks.modal(FORM.text("title"), shown, form="posting.check", submit=FORM.text("submit"), metadata=metadata)


def _draft(at: str) -> list[Block]:
    anew = blocks.Button(FORM.text("anew"), "posting.anew")
    return [blocks.Section(FORM.text("draft", at=at), accessory=anew)]


# ── fields that the form of a post has, too ────────────────────────────────────────────────────────────────────────


def where(places: Sequence[Surface], chosen: Sequence[str]) -> list[Block]:
    """Return the places to tick, ten in a field."""
    shown: list[Block] = []
    for number, start in enumerate(range(0, len(places), A_GROUP)):
        options = [
            blocks.Option(FORM.text("name", name=each.name), str(each.surface_id))
            for each in places[start : start + A_GROUP]
        ]
        label = FORM.text("surfaces_more" if number else "surfaces")
        name = f"{WHERE}-{number}" if number else WHERE
        is_optional = len(places) > A_GROUP
        shown.append(blocks.Field(label, blocks.tick(name, options, initial=chosen), name=name, optional=is_optional))
    return shown


def medium(chosen: str | None) -> Block:
    """Return the choice of a medium."""
    options = [blocks.Option(FORM.text(each.value), each) for each in Media]
    return blocks.Field(FORM.text("medium"), blocks.radio("medium", options, initial=chosen), name="medium")


def taken_with(chosen: str | None) -> Block:
    """Return with what it was taken."""
    words = {TakenWith.SCHOOL: "taken_school", TakenWith.PHONE: "taken_phone"}
    options = [blocks.Option(FORM.text(words[each]), each) for each in TakenWith]
    return blocks.Field(FORM.text("taken"), blocks.radio("taken", options, initial=chosen), name="taken")


def adults(written: str) -> Block:
    """Return the field for adults and others."""
    element = blocks.Write("adults", initial=written, most=LONGEST_ADULTS)
    return blocks.Field(FORM.text("adults"), element, name="adults", hint=FORM.text("adults_hint"), optional=True)


def who(filled: Filled) -> list[Block]:
    """Return the fields for the children in it."""
    return [
        pupils(filled.pupils),
        blocks.Field(
            FORM.text("names"),
            blocks.Write("names", initial=filled.names, most=LONGEST_NAMES),
            name="names",
            hint=FORM.text("names_hint"),
            optional=True,
        ),
        _picker("absent", filled.absent),
    ]


def pupils(chosen: Sequence[Pupil]) -> Block:
    """Return the field in which children are chosen by typing the beginning of a name."""
    return _picker("pupils", chosen)


def _picker(name: str, chosen: Sequence[Pupil]) -> Block:
    options = tuple(blocks.Option(candidate(each), str(each.pupil_id)) for each in chosen)
    element = blocks.Suggest(
        "posting.pupils", FORM.text("pupils_placeholder"), several=True, most=MOST_SUBJECTS, initial=options
    )
    return blocks.Field(FORM.text(name), element, name=name, optional=True)


# ── what is unclear ────────────────────────────────────────────────────────────────────────────────────────────────


def questions(unclear: Unclear) -> tuple[list[Block], list[str]]:
    """Return what is asked, and the words that it is asked of, in the order of the questions."""
    shown: list[Block] = [blocks.Section(FORM.text("unclear"))]
    words: list[str] = []
    for question in unclear.questions:
        typed_words = question.subject.words
        if not isinstance(question, WhichPupil) or not question.candidates:
            shown.append(blocks.Section(FORM.text("nobody", words=typed_words)))
            continue
        options = [blocks.Option(candidate(each), str(each.pupil_id)) for each in question.candidates]
        picker = blocks.pick(WHICH, options, placeholder=FORM.text("which_placeholder"))
        label = FORM.text("which", words=typed_words)
        shown.append(blocks.Field(label, picker, name=f"{WHICH}-{len(words)}"))
        words.append(typed_words)
    return shown, words


def settled(filled: Filled, unclear: Unclear) -> Filled:
    """Return the form with everybody who is clear among the chosen; what is not stays as it was typed."""
    left = [f"{each.subject.words} {each.subject.class_name or ''}".strip() for each in unclear.questions]
    return replace(filled, pupils=unclear.known, names=", ".join((*unclear.left, *left)))


def read_places(request: Request, places: Sequence[Surface]) -> Surface:
    """Return the one place that was chosen. Raises BadInput."""
    chosen = str(request.fields.get("where") or "")
    found = next((each for each in places if str(each.surface_id) == chosen), None)
    if found is None:
        raise BadInput("Choose where it is.", fields={"where": "Choose where it is."})
    return found


def read_medium(filled: Filled) -> Media:
    """Return the medium that was chosen. Raises BadInput."""
    found = next((each for each in Media if each == filled.medium), None)
    if found is None:
        raise BadInput("Choose one.", fields={"medium": "Choose one."})
    return found
