"""Who reads what. Only `child` calls these; each is imported when it is needed, so that a reading begins quickly."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.bounded.limits import Kind

if TYPE_CHECKING:
    from bot.reading.posts.rows import PostsTable
    from bot.reading.roll.rows import Progress, Roll
    from bot.reading.staff.rows import StaffList
    from bot.reading.terms.found import CalendarFile
    from bot.reading.training.rows import TrainingTable
    from bot.rules.policy.clauses import Policy

Told = Mapping[str, Any]  # what the reader has to know besides the file, as JSON brings it


def _roll(content: bytes, told: Told, progress: "Progress") -> "Roll":
    from bot.reading.roll.read import read_roll
    from bot.reading.roll.rows import Extent
    from bot.rules.school import Media, School, Use
    from bot.sheets.reading import read

    uses = tuple(
        Use(use["key"], use["name"], tuple(map(Media, use["media"])), tuple(use["aliases"])) for use in told["uses"]
    )
    # A roll's reader has to know what the school's headers mean, and is told nothing else.
    school = School(0, "", "", "", uses=uses, headers=told["headers"], settings_version=0)
    sheet = read(told["file_name"], content)
    return read_roll(sheet, school, date.fromisoformat(told["today"]), progress, extent=Extent(told["extent"]))


def _staff(content: bytes, told: Told, _: "Progress") -> "StaffList":
    from bot.reading.staff import read as staff
    from bot.sheets.reading import read

    return staff.read(read(told["file_name"], content))


def _training(content: bytes, told: Told, _: "Progress") -> "TrainingTable":
    from bot.reading.training import read as training
    from bot.sheets.reading import read

    return training.read(read(told["file_name"], content))


def _posts(content: bytes, told: Told, _: "Progress") -> "PostsTable":
    from bot.reading.posts import read as posts
    from bot.sheets.reading import read

    return posts.read(read(told["file_name"], content))


def _terms(content: bytes, told: Told, _: "Progress") -> "CalendarFile":
    from bot.reading.terms.read import read

    return read(told["file_name"], content, date.fromisoformat(told["today"]))


def _policy(content: bytes, _: Told, __: "Progress") -> "Policy":
    from bot.reading.policy.read import read

    return read(content)


READERS: Mapping[Kind, Callable[[bytes, Told, "Progress"], Any]] = {
    Kind.ROLL: _roll,
    Kind.PASTED: _roll,
    Kind.STAFF: _staff,
    Kind.TRAINING: _training,
    Kind.TERMS: _terms,
    Kind.POSTS: _posts,
    Kind.POLICY: _policy,
}
