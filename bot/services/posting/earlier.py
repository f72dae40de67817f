"""What was posted before Lanyard, logged from a table: a withdrawal finds these, too. Policy §4.6."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.bounded import files
from bot.changes import ConsentChanged
from bot.context import Context, Look
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.reading.columns import Finding
from bot.reading.posts.rows import DAY, MEDIUM, PLACE, PUPILS, WHERE, PostsTable, Told
from bot.rules.calendar import school_year
from bot.rules.forms import has_letters
from bot.rules.posting.posts import LOGGED_BACK, Written
from bot.rules.posting.surfaces import KEEPERS, Surface
from bot.rules.school import Media
from bot.services.posting import posts, surfaces
from bot.services.posting.who import Typed, Unclear, Who, understand
from storage import records as record_storage
from storage import school
from storage.consent import imports

UPLOAD_KEPT = timedelta(hours=24)  # as a roll that waits for its confirmation
NOT_YOURS = "This is for the school office, the headteacher and the deputy."
GONE = "That file is no longer here: it was used, or sent more than a day ago. Please send it again."
OTHER_CHILDREN = "other children were in it in another school year: name those who are in the picture."
NO_PICTURE_OF = "nobody of this name is at the school, or it may be several: add the class, as in “Jamie P 3B”."


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a table adds: `new` posts; `known`: logged already; `children`: how many are in the new ones."""

    new: int
    known: int
    children: int
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row that can be taken. `origin`: the same row is the same post, also in another file."""

    surface: Surface
    medium: Media
    told: Told
    pupils: tuple[int, ...]

    @property
    def origin(self) -> str:
        written = f"{self.surface.surface_id} {self.medium} {self.told.posted_on} {self.told.place} {self.pupils}"
        return f"earlier {hashlib.sha256(written.encode()).hexdigest()[:32]}"


def preview(context: Context, file_name: str, content: bytes) -> Earlier:
    """Say what a table would add. Raises BadFile, Busy, Refused."""
    _check(context)
    rows, problems = _judged(context, files.posts(file_name, content))
    with context.look() as tx:
        return _counted(rows, _known(tx, rows), problems)


def apply(context: Context, file_name: str, content: bytes, upload_id: int | None = None) -> Earlier:
    """Log every good row, in one transaction; a second run adds nothing. Raises BadFile, Busy, Conflict, Refused.

    What a parent has said no to by now comes down as after a withdrawal. No breach is proposed: whether there was a
    Yes then, Lanyard does not know.
    """
    _check(context)
    rows, problems = _judged(context, files.posts(file_name, content))
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        # Compare-and-set: the button may be pressed twice.
        if upload_id is not None and not imports.close_upload(tx.connection, tx.school_id, upload_id, applied=True):
            raise Conflict(GONE)
        known = _known(tx, rows)
        for row in (each for each in rows if each.origin not in known):
            said = Written(row.told.place, row.told.posted_on, row.told.adults, None)
            posts.add(tx, said, (row.surface, row.medium), row.pupils, origin=row.origin)
        shown = frozenset(pupil_id for row in rows for pupil_id in row.pupils)
        tx.audit("posting.earlier_logged", f"{len(rows) - len(known)} posts")
        if shown:
            tx.changed(ConsentChanged(shown))  # once for all of them: one message
        return _counted(rows, known, problems)


def keep(context: Context, file_name: str, content: bytes) -> int:
    """Keep a file until whoever sent it confirms; returns its number. Raises Refused."""
    _check(context)
    with context.begin() as tx:
        return imports.keep_upload(
            tx.connection,
            tx.school_id,
            person_id=context.person.person_id,
            at=tx.now,
            file_name=file_name[:255],
            content=content,
        )


def apply_kept(context: Context, upload_id: int) -> Earlier:
    """Log a kept file, once. Raises BadFile, Conflict, NotFound, Refused."""
    _check(context)
    with context.look() as tx:
        kept = imports.get_upload(tx.connection, tx.school_id, upload_id, person_id=context.person.person_id)
    if kept is None:
        raise NotFound("There is no such file of yours.")
    if kept.content is None or kept.at < context.now() - UPLOAD_KEPT:
        raise Conflict(GONE)
    return apply(context, kept.file_name, kept.content, upload_id)


def _check(context: Context) -> None:
    # Without an actor it is the command line, which only whoever runs the server can reach.
    if context.actor and not context.actor.person.roles & KEEPERS:
        raise Refused(NOT_YOURS)


def _counted(rows: Sequence[_Row], known: frozenset[str], problems: Sequence[Finding]) -> Earlier:
    new = [row for row in rows if row.origin not in known]
    children = {pupil_id for row in new for pupil_id in row.pupils}
    return Earlier(len(new), len(rows) - len(new), len(children), tuple(problems))


def _known(tx: Look, rows: Sequence[_Row]) -> frozenset[str]:
    return record_storage.known_origins(tx.connection, tx.school_id, [row.origin for row in rows])


def _judged(context: Context, table: PostsTable) -> tuple[list[_Row], list[Finding]]:
    """Find out which place and which children each row means; the same row twice is one post."""
    with context.look() as tx:
        known = sorted(surfaces.every(tx), key=lambda each: each.is_open)  # of two of one name the open one counts
        places = {each.name.casefold(): each for each in known}
        today = tx.today
    rows, problems = dict[str, _Row](), list(table.problems)
    for told in table.rows:
        found = _row(context, told, places.get(told.where.casefold()), today)
        if isinstance(found, _Row):
            rows.setdefault(found.origin, found)
        else:
            problems.append(found)
    return list(rows.values()), sorted(problems, key=lambda each: each.line)


def _row(context: Context, told: Told, surface: Surface | None, today: date) -> _Row | Finding:
    medium = {"": Media.PHOTO, "photos": Media.PHOTO, "videos": Media.VIDEO} | {each.value: each for each in Media}
    faults = {
        WHERE: (surface is None, "there is no place of this name. Home, More, “Where pictures appear” has them."),
        MEDIUM: (told.medium not in medium, "this is neither photo nor video."),
        DAY: (
            not today - LOGGED_BACK <= told.posted_on <= today,
            "this day is still to come, or more than ten years ago.",
        ),
        PLACE: (not has_letters(told.place, 2), "write the link, or where it hangs or stands."),
    }
    for column, (is_wrong, said) in faults.items():
        if is_wrong:
            return Finding(told.line, column, said)
    who = _who(context, told.names)
    if surface is None or who is None:
        return Finding(told.line, PUPILS, NO_PICTURE_OF)
    if who.is_by_class and school_year(told.posted_on) != school_year(today):
        return Finding(told.line, PUPILS, OTHER_CHILDREN)
    return _Row(surface, medium[told.medium], told, tuple(sorted(each.pupil_id for each in who.pupils)))


def _who(context: Context, names: str) -> Who | None:
    """Return who is meant; None where that is not certain."""
    try:
        who = understand(context, Typed((), names, (), {}))
    except BadInput:
        return None
    return None if isinstance(who, Unclear) or not who.pupils else who
