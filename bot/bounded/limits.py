"""What is read, and how much of the machine reading it may take."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.reading.policy.formats import SAVE_AS
from bot.sheets.tables import SAVE_AGAIN

MEGABYTE = 1 << 20  # bytes
PLACES = 2  # files that are read at a time: a school's server has two cores or four, and answers besides


class Pace(enum.Enum):
    """Who waits for a reading, which may itself have to wait until there is a place."""

    NOW = "an answer to Slack, which has three seconds"
    LATER = "somebody who was told that it takes a while"


WAITS: Mapping[Pace, float | None] = {Pace.NOW: 0.5, Pace.LATER: None}  # seconds; None: however long it takes


class Kind(enum.StrEnum):
    """What a file is to hold."""

    ROLL = "roll"
    PASTED = "pasted"  # rows of a roll that were pasted into a form: somebody waits for the answer
    STAFF = "staff"
    TRAINING = "training"
    TERMS = "terms"
    POSTS = "posts"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may take. All of it [K]: several times what the largest file that is accepted was seen to take.

    `megabytes`: of address space. `answer`: megabytes that are taken back. `nice`: by how much those who answer people
    go first. `mend`: what the person can do.
    """

    cpu: int  # seconds of processor
    wall: float  # seconds by the clock, once there is a place
    megabytes: int
    answer: int
    mend: str
    nice: int = 10


LIMITS: Mapping[Kind, Limits] = {
    # 250,000 rows.
    Kind.ROLL: Limits(cpu=120, wall=600, megabytes=2_000, answer=400, mend=SAVE_AGAIN),
    # Slack gives three seconds for all of it.
    Kind.PASTED: Limits(cpu=2, wall=2.0, megabytes=500, answer=4, mend=SAVE_AGAIN, nice=0),
    Kind.STAFF: Limits(cpu=20, wall=120, megabytes=500, answer=50, mend=SAVE_AGAIN),
    Kind.TRAINING: Limits(cpu=20, wall=120, megabytes=500, answer=50, mend=SAVE_AGAIN),
    Kind.POSTS: Limits(cpu=20, wall=120, megabytes=500, answer=20, mend=SAVE_AGAIN),
    Kind.TERMS: Limits(
        cpu=20, wall=120, megabytes=500, answer=10, mend="Give the terms as a table: type,start,end,title."
    ),
    Kind.POLICY: Limits(cpu=15, wall=120, megabytes=500, answer=20, mend=SAVE_AS),
}
