"""A pupil as one of several to choose from."""

from bot.clock import spoken_day
from bot.rules.consent.answer import Pupil
from bot.wording import Wording, page
from handlers import blocks

ANSWER = page("consent/answer")


def candidate(pupil: Pupil) -> Wording:
    """Return a pupil as a choice: by name, class and, where need be, birthday."""
    values = {"class_name": class_of(pupil), "born": birthday(pupil)}
    said = ANSWER.text("candidate", name=pupil.name, **values)
    too_long = len(said) - blocks.CHOICE
    if too_long <= 0:
        return said
    # What tells two of one name apart stands at the end: the middle of the name is what can be spared.
    kept = max(2, len(pupil.name) - too_long - len(blocks.CUT))
    name = f"{pupil.name[: kept - kept // 2]}{blocks.CUT}{pupil.name[-(kept // 2) :]}"
    return ANSWER.text("candidate", name=name, **values)


def birthday(pupil: Pupil) -> str:
    """Return a birthday in words, "" where it tells nobody apart."""
    return spoken_day(pupil.born_on) if pupil.born_on else ""


def class_of(pupil: Pupil) -> str:
    """Return a pupil's class, or that they have left."""
    return pupil.class_name if pupil.on_roll else ANSWER.text("left_the_roll")
