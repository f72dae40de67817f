"""Whatever a reader does costs one reading. It is told plainly, and nothing of the file is anywhere else."""

import io
import json
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.bounded import files, process
from bot.bounded.child import PIECE
from bot.bounded.limits import LIMITS, PLACES, Kind, Pace
from bot.bounded.readers import READERS
from bot.errors import BadFile, BadInput, Busy
from bot.reading.roll.rows import Extent
from bot.reading.staff.rows import StaffList
from bot.rules.school import School, Use
from bot.school_file import read_school
from bot.sheets.tables import SAVE_AGAIN
from tests import bounded, policies
from tests.bounded import obeying, unlimited
from tests.school import SAMPLE

OBEYING = Path(obeying.__file__)


def asked(what: str, **more: Any) -> StaffList:
    """Have the made-up reader do something, with the least time and memory that there is."""
    told, kind = more.pop("told", {}), more.pop("kind", Kind.PASTED)
    return process.ask(kind, told, what.encode(), StaffList, program=OBEYING, **more)


@pytest.mark.parametrize(
    ("what", "why", "said"),
    [
        ("sleep", "time", "took too long"),
        ("spin", "time", "took too long"),
        ("eat", "memory", "too much memory"),
        ("flood", "memory", "too much memory"),
        ("die", "broken", "Something in this file stopped Lanyard"),
        ("leave", "broken", "Something in this file stopped Lanyard"),
        ("trip", "broken", "Something in this file stopped Lanyard"),
        ("other", "broken", "Something in this file stopped Lanyard"),
    ],
)
def test_what_a_reader_does_costs_one_reading(what: str, why: str, said: str, log: io.StringIO) -> None:
    kind = Kind.STAFF if why == "memory" else Kind.PASTED  # a busy machine takes a while to give out so much memory
    with pytest.raises(BadFile, match=said) as caught:
        asked(what, kind=kind)
    told = str(caught.value)
    assert f"Nothing was changed. {SAVE_AGAIN}" in told
    written = json.loads(log.getvalue())
    assert (written["event"], written["kind"], written["why"]) == ("reading failed", kind, why)
    assert written["code"] in told
    assert obeying.NAME not in log.getvalue() + told
    assert asked("").members  # and the next one is read


def test_a_mistake_of_ours_is_logged_by_its_place_without_its_text(log: io.StringIO) -> None:
    with pytest.raises(BadFile):
        asked("trip")
    assert json.loads(log.getvalue())["where"].startswith("ValueError at obeying.py:")


def test_what_a_reader_says_is_told_as_it_says_it(log: io.StringIO) -> None:
    with pytest.raises(BadFile, match=r"^This is not a staff list\.$"):
        asked("refuse")
    with pytest.raises(BadInput, match="Mend it") as caught:
        asked("mend")
    assert not isinstance(caught.value, BadFile)
    assert caught.value.fields == {"file": "this one"}
    assert log.getvalue() == ""


def test_a_reader_sees_no_secret_and_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: io.StringIO
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-invented")
    with (tmp_path / "open.txt").open("w"):
        around = {found.message for found in asked("look around").problems}
    assert not {name for name in around if name.startswith(("SLACK", "LANYARD", "DATABASE"))}
    # Its own copy of where it writes, and the folder that is being listed.
    assert "2" in around
    with pytest.raises(BadFile):
        asked("write", told={"path": str(tmp_path / "written")})
    assert not (tmp_path / "written").exists() or (tmp_path / "written").stat().st_size == 0
    assert "OSError" in log.getvalue()


def test_how_far_it_is_comes_across_and_so_does_a_long_answer() -> None:
    heard: list[tuple[int, int]] = []
    read = asked("", progress=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 2), (2, 2)]
    assert len(read.members) > 2 * PIECE
    assert [member.line for member in read.members] == list(range(2_500))


def test_a_file_that_nobody_listens_to_holds_nobody_up() -> None:
    deaf = Path(bounded.__file__)  # ends without reading anything
    with pytest.raises(BadFile, match="Something in this file"):
        process.ask(Kind.STAFF, {}, b" " * 5_000_000, StaffList, program=deaf)


def test_two_are_read_at_a_time_and_whoever_has_three_seconds_is_told_so() -> None:
    begun = threading.Barrier(PLACES + 1)
    slow = [threading.Thread(target=_outlasted, args=(begun,)) for _ in range(PLACES)]
    for thread in slow:
        thread.start()
    begun.wait()
    with pytest.raises(Busy, match="reading other files just now"):
        asked("", pace=Pace.NOW)
    assert asked("", pace=Pace.LATER).members  # waits for its turn
    for thread in slow:
        thread.join()


def _outlasted(begun: threading.Barrier) -> None:
    with pytest.raises(BadFile):
        asked("sleep", progress=lambda _, __: begun.wait() and None)


def test_where_the_system_knows_no_limits_the_clock_ends_it(log: io.StringIO) -> None:
    with pytest.raises(BadFile, match="took too long"):
        process.ask(Kind.PASTED, {}, b"spin", StaffList, program=Path(unlimited.__file__))
    assert '"why": "time"' in log.getvalue()
    assert process.ask(Kind.PASTED, {}, b"", StaffList, program=Path(unlimited.__file__)).members


# ── the codec ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def elm() -> School:
    settings = read_school(SAMPLE / "school.toml")
    uses = tuple(Use(use.key, use.name, tuple(use.media), tuple(use.aliases)) for use in settings.uses)
    return School(1, "T", "Elm", "Europe/London", uses, {"Forename used": "Preferred Forename"}, 1)


def _nothing(_: int, __: int) -> None:
    return None


def test_what_is_read_is_the_same_on_either_side(elm: School) -> None:
    """Every kind of file: what the reader makes, and what comes across."""
    today = date(2026, 11, 23)
    content = {name: (SAMPLE / f"{name}.csv").read_bytes() for name in ("roll", "staff", "terms")}
    damaged = content["roll"] + b"X12,9?,Zo?,Dijk,,,soon,3,3B,,,maybe\n"
    training = b"Email,Training,Date,Provider\na@elm.example,E-Safety,23/11/2026,Us\nb@elm.example,None,soon,\n"
    posts = b"Where,Posted on,Link or place,Pupils\nFeed,23/11/2026,https://x.example/1,3B\nFeed,soon,,\n"
    uses = [{"key": use.key, "name": use.name, "media": use.media, "aliases": use.aliases} for use in elm.uses]
    named = {"file_name": "x", "today": today.isoformat(), "uses": uses, "headers": dict(elm.headers)}
    crossed = {
        Kind.ROLL: files.roll("x", damaged, elm, today, extent=Extent.WHOLE, pace=Pace.LATER),
        Kind.PASTED: files.roll("x", content["roll"], elm, today, extent=Extent.PART, pace=Pace.NOW),
        Kind.STAFF: files.staff("x", content["staff"]),
        Kind.TRAINING: files.training("x", training),
        Kind.POSTS: files.posts("x", posts),
        Kind.TERMS: files.terms("x", content["terms"] + b"term,2026-01-01,soon,\n", today),
        Kind.POLICY: files.policy(policies.word()),
    }
    given = {
        Kind.ROLL: (damaged, {"extent": Extent.WHOLE.value}),
        Kind.PASTED: (content["roll"], {"extent": Extent.PART.value}),
        Kind.STAFF: (content["staff"], {}),
        Kind.TRAINING: (training, {}),
        Kind.POSTS: (posts, {}),
        Kind.TERMS: (content["terms"] + b"term,2026-01-01,soon,\n", {}),
        Kind.POLICY: (policies.word(), {}),
    }
    assert set(crossed) == set(given) == set(Kind) == set(LIMITS)
    for kind, (written, more) in given.items():
        assert READERS[kind](written, named | more, _nothing) == crossed[kind], kind
