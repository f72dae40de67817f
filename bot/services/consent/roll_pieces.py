"""An import of the roll is written in pieces, so that nobody waits for long; every No of it first. Policy §4.2, §4.6.

What is new about a few hundred children is one transaction. Whatever is longer is one import all the same: one number,
one undo. Whoever is new is found only when it is finished, and names and classes are read anew only then.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.clock import spoken_instant
from bot.context import Context, Look, Transaction
from bot.errors import Busy, Conflict, Stopped, Unclear
from bot.logs import log
from bot.reading.roll.difference import Difference, difference
from bot.reading.roll.rows import Progress, PupilRow, Roll
from bot.services.consent import roll_writing
from bot.services.consent.roll_writing import Brought, Import, Piece
from storage import school
from storage.consent import imports, imports_pieces
from storage.consent.imports_pieces import Unfinished
from storage.people import people

AT_ONCE = 500  # children: what is new about so many is one transaction
FEWEST, FIRST, MOST = 25, 100, 250  # children in one piece of a longer import
PIECE = 0.05  # seconds that a piece shall take: SQLite of another process has tried again some six times by then
PAUSE = 1.0  # times as long as a piece took, the others have for themselves
PATIENCE = 30.0  # seconds for which a piece gives way to others, once the import has begun

OVERTAKEN = "Another import came in between. Nothing was changed by this one: look at the changes again."
TAKEN_OVER = "Somebody else goes on with this import, or it was undone. Nothing more was changed."


class Applied(NamedTuple):
    """What an import did. `number`: by which it can be undone; None where nothing changed."""

    found: Difference
    number: int | None


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far an import has come that is not finished. `noes_done`: every No of it counts already."""

    number: int
    at: datetime
    by: str  # "": from the command line
    done: int
    children: int
    noes_done: bool
    is_at_work: bool


def how_far(tx: Look) -> HowFar | None:
    """Return how far that import of this school has come which is not finished; None: there is none."""
    found = imports_pieces.unfinished(tx.connection, tx.school_id)
    if found is None:
        return None
    by = people.names(tx.connection, tx.school_id).get(found.person_id or 0, "")
    done, children, noes_done = found.children_done, found.children, found.noes_at is not None
    return HowFar(found.import_id, found.at, by, done, children, noes_done, found.is_at_work(tx.now))


def may_come(tx: Look, content: bytes) -> Unfinished | None:
    """Return the import that stopped, where this file finishes it. Raises Conflict where a file has to wait for it."""
    found = imports_pieces.unfinished(tx.connection, tx.school_id)
    if found is None:
        return None
    at = spoken_instant(found.at, tx.school.timezone)
    came = f"{found.children_done:,} of {found.children:,} children"
    if found.is_at_work(tx.now):
        raise Conflict(
            f"The import of {at} is being written: {came} so far. Nothing was changed now. Try again in a few minutes."
        )
    if found.sha256 != _sha256(content):
        # Two files in one child would be two causes, and neither could be undone whole.
        raise Conflict(
            f"The import of {at} stopped after {came}. Another file can come when that is over. Send the same file "
            "again to finish it, or undo it: Home, “Import the roll”. Nothing was changed now."
        )
    return found


def compare(tx: Look, roll: Roll) -> Difference:
    """Say what an import would change."""
    return difference(roll, imports.recorded(tx.connection, tx.school_id, roll.matters, tx.today), tx.today)


def note_stopped(context: Context) -> None:
    """Note an import at which nobody has been for a while: its process was killed. For the timetable."""
    with context.look() as tx:
        found = imports_pieces.unfinished(tx.connection, tx.school_id)
        if found is None or found.stopped_at or found.is_at_work(tx.now):
            return
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        if imports_pieces.unfinished(tx.connection, tx.school_id) == found:
            _stop(tx, found.import_id)


def bring_in(
    context: Context,
    roll: Roll,
    content: bytes,
    progress: Progress,
    at_first: Callable[[Transaction], None] | None = None,
) -> Applied:
    """Import a roll. Where nothing changes nothing is written, not even into the trail.

    `at_first`: what else belongs into the first transaction. Raises Conflict, Busy; Stopped where some of it is there.
    """
    work = _Work(context, roll, content, progress, at_first)
    try:
        return work.all()
    except BaseException as error:
        stopped = work.stop()
        if stopped and isinstance(error, Busy):
            raise Stopped(stopped) from error
        raise


def _stop(tx: Transaction, number: int) -> None:
    imports_pieces.stop(tx.connection, tx.school_id, number, tx.now)
    school.roll_changed(tx.connection, tx.school_id)  # names and classes, as far as it came
    tx.audit("imports.stopped", f"import {number}")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Turn(NamedTuple):
    """By what this run writes: the import, and whose turn it is."""

    number: int
    turn: int
    source_id: int | None


@dataclass(slots=True)
class _Work:
    """One run of an import. It may finish what another run began."""

    context: Context
    roll: Roll
    content: bytes
    progress: Progress
    at_first: Callable[[Transaction], None] | None
    turn: _Turn | None = None  # once its first piece is written
    resumes: Unfinished | None = None
    mark: tuple[int, int] = (0, 0)
    rows: dict[int, PupilRow] = field(default_factory=dict)  # line → row
    size: int = FIRST  # children in the next piece
    read: tuple[int, int] = (0, 0)  # rows read, rows refused
    children: int = 0  # of this run
    steps: int = 0  # children written, twice where a No and a Yes are
    done: int = 0  # of these steps

    def all(self) -> Applied:
        """Write all pieces."""
        self.rows = {row.line: row for row in self.roll.rows}
        first = found = self._compared()
        if found.changes_nothing and not self.resumes:
            if self.at_first:
                with self.context.begin() as tx:
                    self.at_first(tx)
            return Applied(found, None)
        self.read = (found.rows_read, found.rows_refused)
        self.children = self.steps = found.children
        if self.children <= AT_ONCE and not self.resumes:
            self._write(roll_writing.everything(found), self.children)
        else:
            if noes := roll_writing.noes(found):
                self.steps += len(noes) - noes.finished
                self._write(noes)
                found = self._compared()
            self._write(roll_writing.everything(found))
        return Applied(first, self.turn.number if self.turn else None)

    def stop(self) -> str:
        """Note that it goes no further; returns what to say, "" where there is nothing to finish."""
        if not self.turn:
            return ""
        try:
            with self.context.begin() as tx:
                school.lock(tx.connection, tx.school_id)
                found = imports_pieces.unfinished(tx.connection, tx.school_id)
                if found is None or (found.import_id, found.turn) != self.turn[:2]:
                    return ""
                _stop(tx, found.import_id)
        except Busy:  # the timetable notes it
            log.error("import stopped", school=self.context.school.school_id, record=self.turn.number)
            return "The import stopped. Send the same file again, and it is finished."
        came = f"{found.children_done:,} of {found.children:,} children"
        return f"The import stopped after {came}. Send the same file again, and it is finished."

    def _compared(self) -> Difference:
        with self.context.look() as tx:
            if not self.turn:
                self.resumes = may_come(tx, self.content)
                self.mark = imports_pieces.mark(tx.connection, tx.school_id)
            return compare(tx, self.roll)

    # ── pieces ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, rest: Piece, size: int | None = None) -> None:
        """Write all of it, piece by piece; the others have their turn in between. `size`: children in each."""
        while True:
            piece, rest = rest.cut(size or self.size)
            began = time.monotonic()
            self._patiently(piece, is_last=not rest)
            if not rest:
                return
            taken = max(time.monotonic() - began, PIECE / 100)
            fitting = self.size * min(max(PIECE / taken, 0.5), 2)  # one slow moment of a busy machine says little
            self.size = min(max(int(fitting), FEWEST), MOST)
            time.sleep(taken * PAUSE)

    def _patiently(self, piece: Piece, *, is_last: bool) -> None:
        """Write a piece; once the import has begun, whoever else writes may go first for a while."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self.context.begin() as tx:
                    turn = self._one(tx, piece, is_last=is_last)
                break
            except Unclear:
                raise  # it may be there: whoever goes on looks
            except Busy:
                if not self.turn or time.monotonic() > until:
                    raise
                time.sleep(PIECE)
        self.turn = turn
        self.done += len(piece)

    def _one(self, tx: Transaction, piece: Piece, *, is_last: bool) -> _Turn:
        connection, school_id = tx.connection, tx.school_id
        school.lock(connection, school_id)
        turn = self._turn(tx)
        is_whole = piece.has_yes and is_last
        is_all = is_whole and not self.turn and not self.resumes
        made = Import(turn.number, turn.source_id, arrive=not is_all)
        brought: Brought = roll_writing.write(tx, made, self.roll, self.rows, piece)
        imports_pieces.advance(
            connection,
            school_id,
            turn.number,
            done=piece.finished,
            pupil_ids=brought.pupil_ids,
            source_id=brought.source_id,
            noes_at=tx.now if piece.has_yes or is_last else None,
        )
        if is_whole:
            imports_pieces.finish(connection, school_id, turn.number, tx.now)
            school.roll_changed(connection, school_id)
            tx.audit("imports.applied", f"import {turn.number}")
        self.progress(self.done + len(piece), self.steps)
        return turn._replace(source_id=brought.source_id)

    def _turn(self, tx: Transaction) -> _Turn:
        """Return the turn, taking it with the first piece. Raises Conflict where it is somebody else's by now."""
        connection, school_id = tx.connection, tx.school_id
        if self.turn:
            if not imports_pieces.holds_turn(connection, school_id, self.turn.number, self.turn.turn, at=tx.now):
                raise Conflict(TAKEN_OVER)
            return self.turn
        if self.at_first:
            self.at_first(tx)
        if self.mark != imports_pieces.mark(connection, school_id):
            raise Conflict(OVERTAKEN)
        was = self.resumes
        if was is None:
            number = imports_pieces.begin(
                connection,
                school_id,
                person_id=tx.actor_id,
                at=tx.now,
                sha256=_sha256(self.content),
                rows=self.read,
                children=self.children,
            )
            if self.children > AT_ONCE:
                tx.audit("imports.begun", f"import {number}")
            return _Turn(number, 1, None)
        if imports_pieces.unfinished(connection, school_id) != was:
            raise Conflict(OVERTAKEN)
        children = was.children_done + self.children
        turn = imports_pieces.go_on(connection, school_id, was.import_id, at=tx.now, children=children)
        tx.audit("imports.resumed", f"import {was.import_id}")
        return _Turn(was.import_id, turn, was.source_id)
