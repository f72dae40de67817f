"""A long roll comes in pieces: every No first. What stopped half-way says so; the same file finishes it, one undo."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import status
from bot.clock import now
from bot.errors import MENDABLE, Conflict
from bot.reading.roll.rows import Progress
from bot.rules.consent.ledger import EntryKey, EntryKind, State, states
from bot.rules.school import Media
from bot.services.consent import ledger, roll_import, undo, undo_import
from bot.services.consent.roll_pieces import HowFar
from storage import audit
from storage.consent import imports_pieces, roll
from storage.consent import ledger as ledger_storage
from storage.consent.imports import roll_import as import_table
from tests.access.test_access import FORM
from tests.bench.imports_workload import make_roll, matters, pupils
from tests.consent.test_imports import ONE_MORE, ROLL, TWO_CHILDREN
from tests.consent.test_imports_slack import sent
from tests.consent.test_undo_import import WHY, everything
from tests.people import ANN, HANA, OLU
from tests.running.test_serve import Machine
from tests.school import School, acting, at_once

MANY = 700  # children: more than one transaction takes
PRESS = ("press", Media.PHOTO)


class LightsOutError(Exception):
    """Something goes wrong half-way."""


def out_at(share: float) -> Progress:
    """The lights go out at this share of the writing: the piece that is being written is not there, all others are."""

    def progress(done: int, of: int) -> None:
        if done > of * (1 + share) / 2:
            raise LightsOutError

    return progress


def import_it(school: School, content: bytes, share: float | None = None) -> None:
    """Import a file as Olu; until the lights go out, if they do."""
    olu = acting(school, OLU)
    if share is None:
        roll_import.apply(olu, "roll.csv", content)
        return
    with pytest.raises(LightsOutError):
        roll_import.apply(olu, "roll.csv", content, out_at(share))


def half_way(school: School) -> HowFar:
    found = roll_import.how_far(acting(school, OLU))
    assert found
    return found


def verdicts(school: School) -> dict[str, int]:
    """Return how many decisions of the newest import there are of each kind."""
    decision = ledger_storage.decision
    newest = select(func.max(import_table.c.source_id)).scalar_subquery()
    counted = select(decision.c.verdict, func.count().label("many")).where(decision.c.source_id == newest)
    with school.database.read() as connection:
        return {row.verdict: row.many for row in connection.execute(counted.group_by(decision.c.verdict))}


def trail(school: School) -> list[str]:
    with school.database.look() as connection:
        assert audit.first_broken(connection, 1) is None
        return [action for action, _ in audit.entries(connection, 1) if action.startswith("imports.")]


@pytest.fixture
def long(school: School) -> bytes:
    return make_roll(MANY, school.context().school)


def changed(long: bytes) -> bytes:
    """Return the file in which everybody has moved class, every second one says No to the press and the others Yes."""
    header, *rows = long.decode().splitlines()
    place = header.split(",").index("Local press - Photo")
    room = header.split(",").index("Registration Group")
    for number, row in enumerate(rows):
        cells = row.split(",")
        cells[place], cells[room] = ("No" if number % 2 else "Yes"), "9 Oak"
        rows[number] = ",".join(cells)
    return "\n".join([header, *rows]).encode()


@pytest.mark.policy("4.2")
def test_every_no_comes_first_and_the_same_file_finishes_it(school: School, long: bytes) -> None:
    before = trail(school)
    wanted = [verdict for *_, said in pupils(MANY) for verdict in said]
    import_it(school, long, 0.2)
    found = half_way(school)
    assert (found.done, found.noes_done, found.is_at_work) == (0, False, False)
    assert set(verdicts(school)) == {"no"}  # as far as it came, and not one Yes
    with school.database.read() as connection:
        name = connection.execute(select(roll.pupil.c.surname).order_by(roll.pupil.c.id.desc()).limit(1)).scalar_one()
    assert (
        "No child at the school is called" in school.command(ANN, "/consent", f"Zoë {name} 7 Z").text
    )  # half a child is none
    import_it(school, long, 0.8)
    found = half_way(school)
    assert 0 < found.done < found.children == MANY + 208  # those of the sample are missing from this file
    assert found.noes_done
    assert verdicts(school)["no"] == wanted.count("no")
    assert 0 < verdicts(school)["yes"] < wanted.count("yes")
    import_it(school, long)
    assert roll_import.how_far(acting(school, OLU)) is None
    assert verdicts(school) == {"no": wanted.count("no"), "yes": wanted.count("yes")}
    assert roll_import.preview(acting(school, OLU), "roll.csv", long).changes_nothing
    assert roll_import.preview(acting(school, OLU), "roll.csv", long).unchanged == MANY
    stopped = ["imports.begun", "imports.stopped", "imports.resumed", "imports.stopped"]
    assert trail(school)[len(before) :] == [*stopped, "imports.resumed", "imports.applied"]
    assert len(undo_import.recent(acting(school, OLU))) == 2  # one cause, with the sample's own


def test_finished_in_three_goes_it_is_what_it_is_in_one_and_so_is_its_undo(school: School, long: bytes) -> None:
    import_it(school, long)
    before = everything(school)
    ends = []
    for shares in ((0.15, 0.7, None), (None,)):
        for share in shares:
            import_it(school, changed(long), share)
        ends.append(without_numbers(everything(school)))
        olu = acting(school, OLU)
        (newest, *_) = undo_import.recent(olu)
        shown = undo_import.extent(olu, newest.number)
        undo_import.undo_import(olu, newest.number, WHY, shown_until=shown.newest)
        assert everything(school) == before
    assert ends[0] == ends[1] != without_numbers(before)


def without_numbers(found: Any) -> Any:
    """Leave out what tells two imports of one file apart: the numbers of their decisions."""
    children, standing, *rest = found
    return children, {each: (on_roll, [said[1:] for said in made]) for each, (on_roll, made) in standing.items()}, rest


def test_what_stopped_half_way_is_undone_whole(school: School, long: bytes) -> None:
    import_it(school, long)
    before = everything(school)
    for share in (0.3, 0.9):
        import_it(school, changed(long), share)
        number = half_way(school).number
        found = undo_import.extent(acting(school, OLU), number)
        assert found.changed > 0
        undo_import.undo_import(acting(school, OLU), number, WHY, shown_until=found.newest)
        assert roll_import.how_far(acting(school, OLU)) is None
        assert everything(school) == before
    import_it(school, ROLL)  # the way is free for another file


def test_another_file_waits_until_the_first_is_finished_or_undone(school: School, long: bytes) -> None:
    import_it(school, long, 0.5)
    olu = acting(school, OLU)
    for file_name, content in (("roll.csv", ROLL), (roll_import.PASTED, (TWO_CHILDREN + ONE_MORE).encode())):
        for use_case in (roll_import.preview, roll_import.apply):
            with pytest.raises(Conflict, match="Send the same file again to finish it, or undo it"):
                use_case(olu, file_name, content)
    left = roll_import.preview(olu, "roll.csv", long)  # of the first: what is left
    assert left.children == half_way(school).children - half_way(school).done
    assert "Another file can come when that is over" in sent(school, ROLL).text


def test_everybody_who_looks_is_told_how_far_it_came(school: School, long: bytes) -> None:
    import_it(school, long, 0.9)
    found = half_way(school)
    came = f"{found.done} of {found.children} children"
    home = school.home(OLU)
    assert f"The import of Mon 23 Nov 2026, 09:15 stopped after {came}" in home.text
    assert "stopped after" not in school.home(ANN).text
    told = status.of(school.database, school.clock())
    assert told.lines[5].startswith(f"Import of the roll, Mon 23 Nov 2026, 09:15: stopped after {came}")
    assert not told.is_well
    window = school.press(OLU, school.more(OLU), "Import the roll")
    assert "Every No in it counts already" in window.text
    assert f"⚠️ stopped after {came}" in window.text
    shown = sent(school, long)
    assert f"This is the file of the import that stopped.* {came} are done" in shown.text
    assert "Finish it" in str(shown.payload["submit"])
    school.submit(OLU, shown)
    school.bot.router.drain()
    top: Any = school.top(OLU)
    assert "Done." in top.text
    assert "stopped after" not in school.home(OLU).text
    assert len(status.of(school.database, school.clock()).lines) == 5


@pytest.mark.policy("4.5")
def test_a_no_that_comes_while_it_stands_still_is_kept(school: School, long: bytes) -> None:
    place = matters(school.context().school).index(PRESS)
    # Whoever said No to the press, and of whom the second file says Yes.
    upn = next(each[0] for number, each in enumerate(pupils(MANY)) if not number % 2 and each[-1][place] == "no")
    import_it(school, long)
    with school.database.read() as connection:
        pupil_id = connection.execute(select(roll.pupil.c.id).where(roll.pupil.c.upn == upn)).scalar_one()
    import_it(school, changed(long), 0.2)  # before the first Yes
    said_no = {"use-press": "no", "decided_by": "Jo Quill", "relationship": "Mother", "method": "form"}
    ledger.record(acting(school, HANA), pupil_id, said_no, request_id="one")
    import_it(school, changed(long))
    olu = acting(school, OLU)
    assert roll_import.how_far(olu) is None
    with school.database.read() as connection:
        on_roll, decisions = ledger_storage.standing(connection, 1, [pupil_id], olu.today())[pupil_id]
    assert states(decisions, on_roll, olu.school.uses, olu.today())[PRESS] is State.REFUSED


def test_whoever_was_only_believed_dead_writes_no_more(school: School, long: bytes) -> None:
    import_it(school, long, 0.5)
    with school.context().begin() as tx:
        found = imports_pieces.unfinished(tx.connection, 1)
        assert found
        taken = imports_pieces.go_on(tx.connection, 1, found.import_id, at=tx.now, children=found.children)
        turns = (found.turn, taken)
        held = [imports_pieces.holds_turn(tx.connection, 1, found.import_id, turn, at=tx.now) for turn in turns]
    assert held == [False, True]
    with pytest.raises(Conflict, match="is being written"):
        roll_import.apply(acting(school, OLU), "roll.csv", long)
    school.clock.forward(minutes=3)
    import_it(school, long)
    assert roll_import.how_far(acting(school, OLU)) is None


def test_an_entry_of_an_import_that_is_not_finished_is_not_struck_out(school: School, long: bytes) -> None:
    import_it(school, long)
    import_it(school, changed(long), 0.4)
    olu = acting(school, OLU)
    made = undo_import.recent(olu)[0]
    with school.database.read() as connection:
        decision = ledger_storage.decision
        source_id, pupil_id = connection.execute(
            select(decision.c.source_id, decision.c.pupil_id).order_by(decision.c.id.desc()).limit(1)
        ).one()
    with pytest.raises(Conflict, match="Finish it or undo it first"):
        undo.entry(olu, pupil_id, EntryKey(EntryKind.DECIDED, source_id))
    assert made.children


def test_of_two_at_once_one_is_refused_and_others_write_in_between(school: School, long: bytes) -> None:
    olu, hana = acting(school, OLU), acting(school, HANA)
    form = school.command(ANN, "/request-access").view
    asked: list[str] = []

    def ask() -> None:
        while not roll_import.how_far(school.context()):
            pass  # until the first piece is there
        asked.append(school.submit(ANN, form, FORM).text)
        with pytest.raises(Conflict, match="is being written"):
            roll_import.preview(olu, "roll.csv", long)
        with pytest.raises(Conflict, match="An import is being written"):
            undo_import.extent(olu, 1)

    wrong = at_once(
        lambda: roll_import.apply(olu, "roll.csv", long), lambda: roll_import.apply(hana, "roll.csv", long), ask
    )
    assert [type(each) for each in wrong] == [Conflict], [str(each)[:600] for each in wrong]
    assert "Nothing was changed" in str(wrong[0])
    assert "is on its way" in asked[0]
    assert len(undo_import.recent(olu)) == 2
    assert roll_import.preview(olu, "roll.csv", long).changes_nothing


def test_one_that_was_killed_says_how_far_it_came(school: School, tmp_path: Path) -> None:
    """The real process from the command line, killed as soon as its first pieces are there."""
    content = make_roll(3 * MANY, school.context().school)
    machine = Machine(tmp_path, school.slack)
    machine.environment["DATABASE_URL"] = school.database.url.render_as_string(hide_password=False)
    (tmp_path / "roll.csv").write_bytes(content)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "import-roll", "roll.csv", "--apply"],
        cwd=tmp_path,
        env=machine.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not roll_import.how_far(school.context()):
        assert process.poll() is None
    process.kill()
    process.wait()
    school.clock.instant = now() + imports_pieces.ALIVE
    found = half_way(school)
    assert not found.is_at_work
    assert (found.by, found.children) == ("", 3 * MANY + 208)
    assert "imports.stopped" not in trail(school)
    school.tick()
    assert trail(school)[-2:] == ["imports.begun", "imports.stopped"]
    assert f"stopped after {found.done} of {found.children} children" in school.home(OLU).text
    told = machine.bot("import-roll", "roll.csv")
    assert f"stopped after {found.done} of {found.children:,} children. It would be finished:" in told
    assert "To do it, add --apply" in told
    (tmp_path / "other.csv").write_bytes(ROLL)
    assert "Another file can come when that is over" in machine.bot("import-roll", "other.csv", expect=MENDABLE)
    assert "It is finished:" in machine.bot("import-roll", "roll.csv", "--apply")
    assert "Nothing to change." in machine.bot("import-roll", "roll.csv")
    assert trail(school)[-2:] == ["imports.resumed", "imports.applied"]
    school.clock.instant = now()
    number = undo_import.recent(acting(school, OLU))[0].number
    found_new = undo_import.extent(acting(school, OLU), number)
    assert found_new.new == 3 * MANY
