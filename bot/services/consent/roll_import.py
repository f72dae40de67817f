"""The roll and its consent, from the school's own system: look first, then apply in one transaction. Policy §4.2."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from bot.bounded import files
from bot.bounded.limits import Pace
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.reading.roll.difference import Difference, Missing, counts_from, difference
from bot.reading.roll.rows import Extent, Progress, Roll
from bot.rules.consent.form import RECORDERS
from bot.rules.consent.ledger import Verdict
from storage import school
from storage.consent import imports, imports_undo

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
    """Say what an import would change, changing nothing. Raises BadFile, Refused, Busy. `progress`: (rows done, of)."""
    _check(context)
    roll, today = _read(context, file_name, content, progress, pace), context.today()
    with context.database.look() as connection:
        recorded = imports.recorded(connection, context.school.school_id, roll.matters, today)
    return difference(roll, recorded, today)


def apply(context: Context, file_name: str, content: bytes, progress: Progress | None = None) -> Difference:
    """Import a roll: every good row or, where anything goes wrong, none. Raises BadFile, Refused, Busy.

    The difference is worked out anew, so it may be another than the one that was shown. Where nothing changes nothing
    is written, not even into the trail.
    """
    _check(context)
    halved = _Halves(progress)
    roll = _read(context, file_name, content, halved.first)
    with context.begin() as tx:
        return _apply(tx, roll, content, halved).found


def _read(
    context: Context, file_name: str, content: bytes, progress: Progress | None = None, pace: Pace = Pace.LATER
) -> Roll:
    extent = Extent.PART if file_name == PASTED else Extent.WHOLE
    return files.roll(file_name, content, context.school, context.today(), progress, extent=extent, pace=pace)


def leavers(context: Context) -> list[Missing]:
    """Return the pupils who were missing from the last file and who may have left. Raises Refused, Busy."""
    _check(context)
    with context.database.read() as connection:
        return imports.missing(connection, context.school.school_id)


def confirm_leavers(context: Context, pupil_ids: Sequence[int], left_on: date) -> list[int]:
    """Record missing pupils as leavers, all or none; returns the entries' ids. `left_on`: the last day on roll.

    Raises BadInput, Conflict, NotFound, Refused, Busy.
    """
    _check(context)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        for pupil_id in dict.fromkeys(pupil_ids):
            _check_leaver(imports.roll_dates(tx.connection, tx.school_id, pupil_id), left_on, tx.today)
            tx.audit("roll.left", f"pupil {pupil_id}")
        leaving, facts = list(dict.fromkeys(pupil_ids)), {"left_on": left_on, "missing_since": None}
        made = imports.add_leavers(tx.connection, tx.school_id, leaving, left_on, by=tx.actor_id, at=tx.now)
        imports.change_pupils(tx.connection, tx.school_id, [(pupil_id, facts) for pupil_id in leaving])
        school.roll_changed(tx.connection, tx.school_id)
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
    _check(context)
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


class Applied(NamedTuple):
    """What an import did. `number`: by which it can be undone; None where nothing changed."""

    found: Difference
    number: int | None


def apply_upload(context: Context, upload_id: int, pace: Pace = Pace.LATER) -> Applied:
    """Import a kept file, once. Raises BadFile, NotFound, Conflict, Refused, Busy."""
    file_name, content = _kept(context, upload_id)
    roll = _read(context, file_name, content, pace=pace)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        # Compare-and-set: Apply may be pressed twice.
        if not imports.close_upload(tx.connection, tx.school_id, upload_id, applied=True):
            raise Conflict(GONE)
        return _apply(tx, roll, content, _Halves(None))


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
    _check(context)
    with context.database.read() as connection:
        kept = imports.get_upload(connection, context.school.school_id, upload_id, person_id=_sender(context))
    if not kept:
        raise NotFound("There is no such file of yours.")
    if kept.content is None or kept.at < context.now() - UPLOAD_KEPT:
        raise Conflict(GONE)
    return kept.file_name, kept.content


def _check(context: Context) -> None:
    # Without an actor it is the command line, which only whoever runs the server can reach.
    if context.actor and not context.actor.person.holds(*RECORDERS):
        raise Refused(NOT_YOURS)


def _sender(context: Context) -> int:
    if not context.actor:
        raise Refused(NOT_YOURS)
    return context.actor.person.person_id


# ── the one transaction ────────────────────────────────────────────────────────────────────────────────────────────


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


def _apply(tx: Transaction, roll: Roll, content: bytes, halved: _Halves) -> Applied:
    school.lock(tx.connection, tx.school_id)
    found = difference(roll, imports.recorded(tx.connection, tx.school_id, roll.matters, tx.today), tx.today)
    number = None
    if not found.changes_nothing:
        number = imports.add_import(
            tx.connection,
            tx.school_id,
            person_id=tx.actor_id,
            at=tx.now,
            sha256=hashlib.sha256(content).hexdigest(),
            rows_read=found.rows_read,
            rows_refused=found.rows_refused,
        )
        _write(tx, number, found, halved)
        school.roll_changed(tx.connection, tx.school_id)
        tx.audit("imports.applied", f"import {number}")
    halved.second(1, 1)
    return Applied(found, number)


def _write(tx: Transaction, number: int, found: Difference, halved: _Halves) -> None:
    connection, school_id = tx.connection, tx.school_id
    facts = [(change.pupil_id, change.facts) for change in found.changes]
    facts += [(pupil.pupil_id, {"missing_since": tx.today}) for pupil in found.missing if pupil.since is None]
    # What is there now, and what comes with this import: it may be undone as a whole.
    imports_undo.keep_changes(connection, school_id, number, facts)
    flags_after, source = imports_undo.newest_flag(connection, school_id), None
    imports.change_pupils(connection, school_id, facts)
    ids = imports.add_pupils(connection, school_id, found.new)
    imports.add_placements(connection, school_id, _placements(found, ids, tx.today))
    former = [(change.pupil_id, name) for change in found.changes for name in change.former_names]
    imports.add_former_names(connection, school_id, former, tx.today)
    raised = [
        (pupil_id, counts_from(row, tx.today))
        for pupil_id, row in zip(ids, found.new, strict=True)
        if row.never_photograph
    ]
    raised += [(change.pupil_id, tx.today) for change in found.changes if change.raises_flag]
    imports.raise_flags(connection, school_id, raised, person_id=tx.actor_id, at=tx.now)
    if found.decisions:
        source = imports.add_source(connection, school_id, person_id=tx.actor_id, at=tx.now)
        imports.add_decisions(connection, school_id, source, _decisions(found, ids, tx.today, halved))
    imports_undo.keep_extent(connection, school_id, number, source_id=source, pupil_ids=ids, flags_after=flags_after)


def _placements(found: Difference, ids: Sequence[int], today: date) -> list[tuple[int, str, str, date]]:
    placed = [
        (number, row.class_name, row.year_group, row.joined_on or today)
        for number, row in zip(ids, found.new, strict=True)
        if row.class_name or row.year_group
    ]
    return placed + [(change.pupil_id, *change.placement, today) for change in found.changes if change.placement]


def _decisions(
    found: Difference, ids: Sequence[int], today: date, halved: _Halves
) -> Iterator[tuple[int, str, str, str, date]]:
    matters = [(key, medium.value) for key, medium in found.matters]
    said = {verdict: verdict.value for verdict in Verdict}
    for change in found.changes:
        for made in change.decisions:
            yield change.pupil_id, *matters[made.place], made.verdict.value, today
    for done, (number, row) in enumerate(zip(ids, found.new, strict=True)):
        day = counts_from(row, today)
        if done % 1_000 == 0:
            halved.second(done, len(found.new))
        for (use_key, medium), verdict in zip(matters, row.verdicts, strict=True):
            if verdict:
                yield number, use_key, medium, said[verdict], day
