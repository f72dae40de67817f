"""What people's files say. The one way to the readers: each call is a process of its own, with the limits of `limits`.

Every one raises Busy, and BadFile where a file cannot be read, whatever the reason: it says what to do.
"""

from datetime import date

from bot.bounded.limits import Kind, Pace
from bot.bounded.process import ask
from bot.reading.posts.rows import PostsTable
from bot.reading.roll.rows import Extent, Progress, Roll
from bot.reading.staff.rows import StaffList
from bot.reading.terms.found import CalendarFile
from bot.reading.training.rows import TrainingTable
from bot.rules.policy.clauses import Policy
from bot.rules.school import School


def roll(
    file_name: str,
    content: bytes,
    school: School,
    today: date,
    progress: Progress | None = None,
    *,
    extent: Extent,
    pace: Pace,
) -> Roll:
    """Read a roll with its consent. Its reader is told what the school's headers mean, and nothing else."""
    uses = [{"key": use.key, "name": use.name, "media": use.media, "aliases": use.aliases} for use in school.uses]
    meant = {"uses": uses, "headers": dict(school.headers)}
    told = {"file_name": file_name, "today": today.isoformat(), "extent": extent.value, **meant}
    kind = Kind.ROLL if extent is Extent.WHOLE else Kind.PASTED
    return ask(kind, told, content, Roll, progress, pace=pace)


def staff(file_name: str, content: bytes) -> StaffList:
    """Read a staff list."""
    return ask(Kind.STAFF, {"file_name": file_name}, content, StaffList)


def training(file_name: str, content: bytes) -> TrainingTable:
    """Read a table of past training."""
    return ask(Kind.TRAINING, {"file_name": file_name}, content, TrainingTable)


def posts(file_name: str, content: bytes) -> PostsTable:
    """Read a list of what was posted before."""
    return ask(Kind.POSTS, {"file_name": file_name}, content, PostsTable)


def terms(file_name: str, content: bytes, today: date) -> CalendarFile:
    """Read terms, INSET days and closures from a table or a calendar."""
    return ask(Kind.TERMS, {"file_name": file_name, "today": today.isoformat()}, content, CalendarFile)


def policy(content: bytes) -> Policy:
    """Read the school's policy from a document."""
    return ask(Kind.POLICY, {}, content, Policy)
