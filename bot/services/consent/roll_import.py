"""The roll and its consent, from the school's own system: look first, then apply. Policy §4.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.bounded import files
from bot.bounded.limits import Pace
from bot.changes import ConsentChanged
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.reading.roll.difference import Difference, Missing
from bot.reading.roll.rows import Extent, Progress, Roll
from bot.rules.consent.form import RECORDERS
from bot.services.consent import roll_pieces
from bot.services.consent.roll_pieces import Applied, HowFar
from storage import school
from storage.consent import imports
from storage.posting import posts, surfaces

UPLOAD_KEPT = timedelta(hours=24)  # a file waits for its confirmation until the next day, not longer
PASTED = ""  # the file name of rows that were pasted: some pupils, so that nobody is missing from them

NOT_YOURS = "Only the admin team and the headteacher keep the roll up to date (policy §4.2)."
GONE = (
    "That file is no longer here: it was applied, cancelled or sent more than a day ago. "
    "Nothing was changed now. If it is still needed, send it again."
)


def preview(
    context: Context, file_name: str, content: bytes, progress: Progress | None = None, pace: Pace = Pace.LATER
) -> Difference:
    """Say what an import would change, changing nothing. `progress`: (rows done, of).

    Of one that stopped: what is left of it. Raises BadFile, Conflict, Refused, Busy.
    """
    check(context)
    with context.look() as tx:
        roll_pieces.may_come(tx, content)  # before it is read, which takes a while
    roll = _read(context, file_name, content, progress, pace)
    with context.look() as tx:
        roll_pieces.may_come(tx, content)
        return roll_pieces.compare(tx, roll)


def comes_down(context: Context, found: Difference) -> tuple[int, int]:
    """Return (pictures, places): what has to come down because of an import, of what was logged as posted (§4.6)."""
    withdrawn = set(found.withdrawn)
    with context.look() as tx:
        uses = {each.surface_id: each.use_key for each in surfaces.every(tx.connection, tx.school_id)}
        shown = posts.shown(tx.connection, tx.school_id, sorted({pupil_id for pupil_id, _ in withdrawn}))
    gone = [each for each in shown if (each.pupil_id, (uses[each.surface_id], each.medium)) in withdrawn]
    return len({each.post_id for each in gone}), len({each.surface_id for each in gone})


def apply(context: Context, file_name: str, content: bytes, progress: Progress | None = None) -> Difference:
    """Import a roll, every good row of it. The same file finishes an import that stopped.

    The difference is worked out anew, so it may be another than the one that was shown. A long one is written in
    pieces: see `roll_pieces`. Raises BadFile, Conflict, Refused, Busy; Stopped where some pieces are written.
    """
    check(context)
    halved = _Halves(progress)
    roll = _read(context, file_name, content, halved.first)
    found = roll_pieces.bring_in(context, roll, content, halved.second).found
    halved.second(1, 1)
    return found


def how_far(context: Context) -> HowFar | None:
    """Return how far that import has come which is not finished; None: there is none. Raises Refused, Busy."""
    check(context)
    with context.look() as tx:
        return roll_pieces.how_far(tx)


def _read(
    context: Context, file_name: str, content: bytes, progress: Progress | None = None, pace: Pace = Pace.LATER
) -> Roll:
    extent = Extent.PART if file_name == PASTED else Extent.WHOLE
    return files.roll(file_name, content, context.school, context.today(), progress, extent=extent, pace=pace)


def leavers(context: Context) -> list[Missing]:
    """Return the pupils who were missing from the last file and who may have left. Raises Refused, Busy."""
    check(context)
    with context.database.read() as connection:
        return imports.missing(connection, context.school.school_id)


def confirm_leavers(context: Context, pupil_ids: Sequence[int], left_on: date) -> list[int]:
    """Record missing pupils as leavers, all or none; returns the entries' ids. `left_on`: the last day on roll.

    Raises BadInput, Conflict, NotFound, Refused, Busy.
    """
    check(context)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        for pupil_id in dict.fromkeys(pupil_ids):
            _check_leaver(imports.roll_dates(tx.connection, tx.school_id, pupil_id), left_on, tx.today)
            tx.audit("roll.left", f"pupil {pupil_id}")
        leaving, facts = list(dict.fromkeys(pupil_ids)), {"left_on": left_on, "missing_since": None}
        made = imports.add_leavers(tx.connection, tx.school_id, leaving, left_on, by=tx.actor_id, at=tx.now)
        imports.change_pupils(tx.connection, tx.school_id, [(pupil_id, facts) for pupil_id in leaving])
        school.roll_changed(tx.connection, tx.school_id)
        tx.changed(ConsentChanged(frozenset(leaving)))
        return made


def confirm_leaver(context: Context, pupil_id: int, left_on: date) -> None:
    """Record one missing pupil as a leaver. Raises BadInput, Conflict, NotFound, Refused, Busy."""
    confirm_leavers(context, [pupil_id], left_on)


def _check_leaver(known: imports.Dates | None, left_on: date, today: date) -> None:
    if known is None:
        raise NotFound("There is no such pupil on this school's roll.")
    if known.left_on or not known.missing_since:
        raise Conflict("Somebody was quicker, or the newest file names this pupil again. Nothing was changed.")
    if left_on > today or (known.joined_on and left_on < known.joined_on):
        said = "Choose a last day between the day they joined and today."
        raise BadInput(said, fields={"left_on": said})


# ── a file sent in Slack ───────────────────────────────────────────────────────────────────────────────────────────


def keep_upload(context: Context, file_name: str, content: bytes) -> int:
    """Keep a file until the person who sent it confirms; returns its number. Raises Refused, Busy."""
    check(context)
    with context.begin() as tx:
        return imports.keep_upload(
            tx.connection,
            tx.school_id,
            person_id=_sender(context),
            at=tx.now,
            file_name=file_name[:255],
            content=content,
        )


def preview_upload(context: Context, upload_id: int, progress: Progress | None = None) -> Difference:
    """Say what a kept file would change. Raises BadFile, NotFound, Conflict, Refused, Busy."""
    file_name, content = _kept(context, upload_id)
    return preview(context, file_name, content, progress)


def apply_upload(context: Context, upload_id: int, pace: Pace = Pace.LATER) -> Applied:
    """Import a kept file, once. Raises BadFile, NotFound, Conflict, Refused, Busy, Stopped."""
    file_name, content = _kept(context, upload_id)
    roll = _read(context, file_name, content, pace=pace)

    def close(tx: Transaction) -> None:
        # Compare-and-set: Apply may be pressed twice.
        if not imports.close_upload(tx.connection, tx.school_id, upload_id, applied=True):
            raise Conflict(GONE)

    return roll_pieces.bring_in(context, roll, content, lambda _done, _of: None, close)


def cancel_upload(context: Context, upload_id: int) -> None:
    """Forget a kept file. Raises NotFound, Conflict, Refused, Busy."""
    _kept(context, upload_id)
    with context.begin() as tx:
        imports.close_upload(tx.connection, tx.school_id, upload_id, applied=False)


def forget_stale_uploads(context: Context) -> None:
    """Forget files that nobody confirmed within a day. For the timetable."""
    with context.look() as tx:
        is_stale = imports.has_upload_before(tx.connection, tx.school_id, tx.now - UPLOAD_KEPT)
    if is_stale:
        with context.begin() as tx:
            imports.close_uploads_before(tx.connection, tx.school_id, tx.now - UPLOAD_KEPT)


def _kept(context: Context, upload_id: int) -> tuple[str, bytes]:
    check(context)
    with context.database.read() as connection:
        kept = imports.get_upload(connection, context.school.school_id, upload_id, person_id=_sender(context))
    if not kept:
        raise NotFound("There is no such file of yours.")
    if kept.content is None or kept.at < context.now() - UPLOAD_KEPT:
        raise Conflict(GONE)
    return kept.file_name, kept.content


def check(context: Context) -> None:
    """Refuse whoever does not keep the roll. Raises Refused."""
    # Without an actor it is the command line, which only whoever runs the server can reach.
    if context.actor and not context.actor.person.holds(*RECORDERS):
        raise Refused(NOT_YOURS)


def _sender(context: Context) -> int:
    if not context.actor:
        raise Refused(NOT_YOURS)
    return context.actor.person.person_id


@dataclass(slots=True)
class _Halves:
    """Reading is the first half of the way, writing the second."""

    progress: Progress | None
    length: int = 0

    def first(self, done: int, length: int) -> None:
        self.length = max(length, 1)
        if self.progress:
            self.progress(done, 2 * self.length)

    def second(self, done: int, length: int) -> None:
        if self.progress:
            self.progress(self.length + done * self.length // max(length, 1), 2 * self.length)
