"""Two minutes as each person of the invented school, step by step. The card shows them; a test plays every one."""

import enum
from collections.abc import Iterator
from typing import NamedTuple


class Place(enum.StrEnum):
    """Where in the local Slack something is done, as the card says it."""

    STAFFROOM = "staffroom"
    HOME = "Lanyard"
    MESSAGES = "your own name"


class Type(NamedTuple):
    """Type a command."""

    command: str


class Press(NamedTuple):
    """Press a button. `near`: words that stand beside it, where several buttons are called the same."""

    label: str
    near: str = ""


class Fill(NamedTuple):
    """Fill in the open form and send it. `answers`: beginning of a label → what to choose or type, or every tick."""

    answers: tuple[tuple[str, str | tuple[str, ...]], ...]
    label: str


class Step(NamedTuple):
    """One thing to try. `why`: the question or the event behind it; `see`: words that are then on the screen.

    `gone`: words that are then no longer on Home.
    """

    why: str
    place: Place
    acts: tuple[Type | Press | Fill, ...]
    see: str = ""
    gone: str = ""


class Persona(NamedTuple):
    """Somebody to be."""

    name: str
    role: str
    steps: tuple[Step, ...]


ALL_OF_THEM = "all of them"  # as the card says it of tick boxes
STAFFROOM, HOME, MESSAGES = Place.STAFFROOM, Place.HOME, Place.MESSAGES

ANN = Persona(
    "Ann Teacher",
    "teacher of 3B",
    (
        Step(
            "May I use my picture of Jamie McKenzie?",
            STAFFROOM,
            (Type("/consent Jamie"), Press("Jamie McKenzie · 3B")),
            "School website:",
        ),
        Step(
            "Whom must I leave out of a class film, and of a photo?",
            STAFFROOM,
            (Type("/consent 3B for website video"), Press("Check photo instead")),
            "For one photo on School website",
        ),
        Step(
            "The same without typing.",
            HOME,
            (Press("3B"), Fill((("Where is the picture for?", "School website, photo"),), "Continue")),
            "3B: leave out",
        ),
        Step(
            "May my picture of two children go on the website?",
            STAFFROOM,
            (
                Type("/post-check"),
                Fill(
                    (
                        ("Where is it to appear?", ("School website",)),
                        ("Photo or video", "Photo"),
                        ("Names or classes, typed", "Jamie McKenzie 3B, Ben Wright 3B"),
                        ("How many children can be recognised?", "2"),
                        ("Taken with", "A school device"),
                        (
                            "Tick what is true",
                            (
                                "No child's name or details, in the text or the picture (§4.10 to 4.13)",
                                "Everybody is suitably dressed (§4.12)",
                                "It is positive, and about school life (§5.2)",
                                "No face is closer than the picture needs",
                                "Adults and others in it have agreed, or there are none",
                            ),
                        ),
                    ),
                    "Check",
                ),
            ),
            "Go. It may be posted",
        ),
        Step(
            "I have done the training that was overdue.",
            HOME,
            (Press("Record it", near="Online safety refresher"), Fill((("Provider", "The trust"),), "Record")),
            "Next due",
        ),
    ),
)
OLU = Persona(
    "Olu Adeyemi",
    "school office",
    (
        Step(
            "The letter from Jamie Nowak's mother has come.",
            HOME,
            (Press("Letter received", near="Jamie Nowak"),),
            gone="Jamie Nowak",
        ),
        Step(
            "A father phones: no more pictures.",
            STAFFROOM,
            (
                Type("/consent-record Rhys Williams 3B"),
                Fill(
                    (
                        ("What was decided for everything at once?", "No, or withdrawn"),
                        ("Who decided? Name of the parent or guardian", "Gareth Williams"),
                        ("Who is this person to the child?", "Father"),
                        ("How did it reach the school?", "Spoken: on the phone or at the door"),
                    ),
                    "Record",
                ),
            ),
            "Every look-up from now on goes by it",
        ),
        Step("Whose forms do I have to chase?", HOME, (Press("See who", near="Photo consent"),), "Nothing recorded"),
        Step(
            "How does Ben stand with his training?",
            STAFFROOM,
            (Type("/training Ben Carter"),),
            "Training of Ben Carter",
        ),
    ),
)
HANA = Persona(
    "Hana Rees",
    "headteacher, and E-Safety Co-ordinator",
    (
        Step(
            "Cara's request waits. I decide it where it stands.",
            HOME,
            (
                Press("Approve", near="AR-1"),
                Fill((("Reasons", "A good source"), ("Signature", "Hana Rees")), "Approve"),
            ),
            "approved; the filter is still to be changed",
        ),
        Step(
            "I have changed the filter, and say so.",
            MESSAGES,
            (Press("Filter is changed", near="because of AR-1"),),
            "nothing has to be changed there",
        ),
        Step(
            "Ben's report waits.",
            MESSAGES,
            (
                Press("Open and complete", near="Inappropriate content was reported"),
                Fill((("Action taken", "Talked to the class"), ("Signature", "Hana Rees")), "Sign and complete"),
            ),
            "dealt with",
        ),
        Step("How is the school doing?", HOME, (Press("See", near="overdue in the school"),), "Last week"),
        Step(
            "A court order: never photograph Ben Wright.",
            STAFFROOM,
            (
                Type("/consent-record"),
                Fill(
                    (
                        ("Or type the pupil's name", "Ben Wright 3B"),
                        ("What would you like to do?", "Never photograph: raise or lift the flag"),
                    ),
                    "Continue",
                ),
                Fill((("Reasons", "Court order"),), "Raise the flag"),
            ),
            "Ben Wright will not be included",
        ),
    ),
)
GUIDED = (ANN, OLU, HANA)
OTHERS = (
    Persona(
        "Ben Carter",
        "teacher of 3H",
        (
            Step(
                "I take a picture of a class that is not mine.",
                STAFFROOM,
                (Type("/consent 3B for website photo"), Press("I am taking this picture")),
                "3B: leave out",
            ),
        ),
    ),
    Persona(
        "Cara Singh",
        "teaching assistant",
        (Step("How does my request stand?", MESSAGES, (Press("Open", near="AR-1"),), "volcano-cam.example"),),
    ),
    Persona(
        "Dev Mistry",
        "deputy headteacher",
        (Step("What is overdue in the school?", HOME, (Press("See", near="overdue in the school"),), "Overdue ("),),
    ),
    Persona(
        "Priya Nair",
        "data protection officer",
        (Step("Who looked up which child?", HOME, (Press("Look-up log"),), "Jamie"),),
    ),
    Persona(
        "Col Evans",
        "chair of governors",
        (Step("The school in figures, without names.", HOME, (Press("School overview"),), "Online safety refresher"),),
    ),
    Persona(
        "Gwen Smith",
        "governor",
        (Step("What does the policy say about phones?", STAFFROOM, (Type("/policy phone"),), "§4.8"),),
    ),
)


def everybody() -> Iterator[Persona]:
    """Yield everybody whom the card names, in its order."""
    yield from GUIDED
    yield from OTHERS
