"""For which children decisions are still to be recorded: counted for Home, by class and name for the list. Policy §4.2.

A missing decision counts as “do not use”, so the office asks for what is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.context import Context, Look
from bot.errors import Refused
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import RECORDERS
from bot.rules.documents import File, What
from bot.services.consent import roll
from bot.sheets import writing
from storage.consent import ledger

HEADER = ("Class", "Child", "Recorded", "Decisions recorded", "Decisions wanted")
NOTHING, SOME = "nothing", "some"


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete the consent record is, counted in pupils on roll today."""

    pupils: int
    complete: int
    partly: int
    nothing: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A child of whom decisions are missing. `recorded`: how many there are."""

    pupil: Pupil
    recorded: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """Every child of whom decisions are missing, by class and name. `wanted`: how many decisions each child needs."""

    wanted: int
    nothing: tuple[Gap, ...]
    some: tuple[Gap, ...]


def completeness(tx: Look) -> Completeness:
    """Count the pupils on roll with every decision, with some and with none."""
    recorded, wanted = _recorded(tx), _wanted(tx)
    complete = sum(count >= wanted for count in recorded.values())
    nothing = sum(not count for count in recorded.values())
    return Completeness(len(recorded), complete, len(recorded) - complete - nothing, nothing)


def get(context: Context) -> Gaps:
    """Return whose decisions are missing, for those who record them. Raises Refused."""
    if not context.person.holds(*RECORDERS):
        raise Refused("This list is for the school office and the headteacher.")
    with context.look() as tx:
        return _of(tx)


def export(context: Context) -> bytes:
    """Return the same as a table (CSV). Raises Refused, Busy."""
    found = get(context)
    rows = [
        (gap.pupil.class_name, gap.pupil.name, word, gap.recorded, found.wanted)
        for word, gaps in ((NOTHING, found.nothing), (SOME, found.some))
        for gap in gaps
    ]
    with context.begin() as tx:
        tx.audit("consent.gaps_exported", f"{len(rows)} pupils")
    return writing.write_csv(HEADER, rows) if rows else b""


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.GAPS: lambda context, _subject: File(f"decisions-missing-{context.today()}.csv", export(context))
}


def _of(tx: Look) -> Gaps:
    index, wanted = roll.of(tx), _wanted(tx)
    missing = (Gap(roll.pupil(index, pupil), count) for pupil, count in _recorded(tx).items() if count < wanted)
    gaps = sorted(missing, key=lambda gap: (gap.pupil.class_name, gap.pupil.name))
    nothing = tuple(gap for gap in gaps if not gap.recorded)
    return Gaps(wanted, nothing, tuple(gap for gap in gaps if gap.recorded))


def _recorded(tx: Look) -> dict[int, int]:
    return ledger.recorded_matters(tx.connection, tx.school_id, tx.today, [use.key for use in tx.school.uses])


def _wanted(tx: Look) -> int:
    return sum(len(use.media) for use in tx.school.uses)
