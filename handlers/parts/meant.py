"""“Do you mean …?”: whether a name that somebody typed means a colleague is asked, for nobody is guessed."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import BadInput
from bot.rules.people import Person
from bot.rules.school import Role
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import roles

WORDS = page("content/meant")
NOBODY = "nobody"  # the answer besides the colleagues


def asked(might_be: Sequence[Person]) -> list[Block]:
    """Ask whether a name means a colleague: it decides who may learn of this, and is not guessed."""
    options = [
        blocks.Option(WORDS.text("meant", name=each.name, role=_office(each)), str(each.person_id)) for each in might_be
    ]
    label = WORDS.text("do_you_mean")
    if len(options) == 1:
        yes = blocks.Option(WORDS.text("meant_yes"), options[0].value)
        asked = blocks.radio("meant", [yes, blocks.Option(WORDS.text("meant_no"), NOBODY)])
        label = WORDS.text("do_you_mean_one", name=might_be[0].name, role=_office(might_be[0]))
        return [blocks.Field(label, asked, name=_asking(might_be), hint=WORDS.text("meant_hint"))]
    several = blocks.tick("meant", [*options, blocks.Option(WORDS.text("meant_none"), NOBODY)])
    return [blocks.Field(label, several, name=_asking(might_be), hint=WORDS.text("meant_hint"))]


def answers(fields: Mapping[str, Any], might_be: Sequence[Person]) -> list[int] | None:
    """Return the ids of those who are meant; None where that was not asked yet. Raises BadInput for a contradiction."""
    given = fields.get(_asking(might_be)) or ()
    ticked = [given] if isinstance(given, str) else list(given)
    if NOBODY in ticked and len(ticked) > 1:
        wrong = "Tick whom you mean, or “none of them”."
        raise BadInput(wrong, fields={_asking(might_be): wrong})
    return [each.person_id for each in might_be if str(each.person_id) in ticked] if ticked else None


def _asking(might_be: Sequence[Person]) -> str:
    """Return the name of the question: where the name on the form means others by now, it is another question."""
    return "meant:" + ".".join(str(each.person_id) for each in might_be)


def _office(person: Person) -> str:
    return roles.spoken(person.roles) if person.roles - {Role.STAFF} else ""
