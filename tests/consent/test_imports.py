"""The office brings the roll up to date: from the command line and from Slack."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from bot.context import Context
from bot.errors import BadFile, BadInput, Conflict, NotFound, Refused
from bot.rules.consent.ledger import Matter, State, states
from bot.rules.school import Media
from bot.services.consent import roll_import
from bot.services.features import REACTIONS
from storage import audit
from storage import school as school_storage
from storage.consent import imports as storage
from storage.consent import ledger, roll
from storage.engine import Database
from storage.people import people
from tests.people import ANN, HANA, OLU, PRIYA, Someone
from tests.running.test_serve import Machine
from tests.school import MadeUpClock, School, acting

SAMPLE = Path(__file__).parent.parent / "sample-school"
ROLL = (SAMPLE / "roll.csv").read_bytes()
OTHER = (SAMPLE / "roll-other-mis.csv").read_bytes()
TABLES = (
    *(roll.pupil, roll.former_name, roll.placement, ledger.source, ledger.decision, ledger.flag),
    *(storage.roll_import, storage.upload, audit.audit),
)

Rows = list[dict[str, str]]


def sample(change: Callable[[Rows], object] | None = None) -> bytes:
    """Return the sample roll with a change made to its rows."""
    rows = list(csv.DictReader(io.StringIO(ROLL.decode())))
    if change:
        change(rows)
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().encode()


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES
        }


def stands(school: School, name: str, day: date | None = None) -> Mapping[Matter, State]:
    """Return how every matter of the pupil with this preferred forename and surname stands."""
    context = school.context()
    with school.database.read() as connection:
        rows = connection.execute(select(roll.pupil.c.id, roll.pupil.c.forename, roll.pupil.c.surname))
        (pupil_id,) = [row.id for row in rows if f"{row.forename} {row.surname}" == name]
        on_roll, decisions = ledger.standing(connection, 1, [pupil_id], day or context.today())[pupil_id]
    return states(decisions, on_roll, context.school.uses, day or context.today())


@pytest.fixture
def empty(database: Database, clock: MadeUpClock) -> Context:
    """A school without pupils."""
    from bot.school_file import read_school

    with database.begin() as connection:
        settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
        school_storage.add(connection, settings=settings, at=clock())
        known = school_storage.every(connection)[0]
    return Context(database, known, clock, REACTIONS)


# ── from the command line ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [ROLL, OTHER], ids=["roll.csv", "roll-other-mis.csv"])
def test_a_first_import_and_the_same_again(empty: Context, content: bytes) -> None:
    before = counted(empty.database)
    shown = roll_import.preview(empty, "roll.csv", content)
    assert counted(empty.database) == before
    done = roll_import.apply(empty, "roll.csv", content)
    assert done == shown
    assert (len(done.new), done.problems, done.flags) == (208, (), 3)
    first = counted(empty.database)
    assert first == before | {
        "pupil": 208,
        "placement": 208,
        "consent_source": 1,
        "consent_decision": 2274,
        "never_photograph": 3,
        "roll_import": 1,
        "audit": 1,
    }
    again = roll_import.apply(empty, "roll.csv", content)
    assert again.changes_nothing
    assert again.unchanged == 208
    assert counted(empty.database) == first
    with empty.database.look() as connection:
        assert audit.entries(connection, empty.school.school_id) == [("imports.applied", "import 1")]
        assert audit.first_broken(connection, empty.school.school_id) is None


def test_a_change_of_system_changes_nothing(school: School) -> None:
    before = counted(school.database)
    found = roll_import.apply(school.context(), "roll.csv", OTHER)
    assert found.changes_nothing
    assert {each.message.split(".")[-2] for each in found.notes} >= {" The recorded spelling stays"}
    assert counted(school.database) == before


def test_the_excel_file_is_the_same_roll(school: School) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(csv.reader(io.StringIO(ROLL.decode()))):
        # As Excel would have it: numbers are numbers, so leading zeros are gone.
        sheet.append([int(cell) if cell.isdigit() and number else cell or None for cell in row])
    written = io.BytesIO()
    book.save(written)
    found = roll_import.preview(school.context(), "roll.xlsx", written.getvalue())
    assert found.changes_nothing
    assert found.unchanged == 208


def test_progress_goes_from_nothing_to_everything(empty: Context) -> None:
    told: list[tuple[int, int]] = []
    roll_import.apply(empty, "roll.csv", ROLL, lambda done, of: told.append((done, of)))
    assert told[0] == (0, 416)
    assert told[-1] == (416, 416)
    assert told == sorted(told)


@pytest.mark.policy("4.1")
def test_consent_counts_from_the_day_the_child_joined(school: School) -> None:
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.YES
    assert stands(school, "Jack McKenzie", date(2024, 9, 3))["press", Media.PHOTO] is State.YES
    assert stands(school, "Jack McKenzie", date(2024, 9, 2))["press", Media.PHOTO] is State.NOT_STARTED


@pytest.mark.policy("4.5")
def test_a_no_counts_from_today_and_the_past_stays_as_it_was(school: School) -> None:
    content = sample(lambda rows: rows[2].update({"Local press - Photo": "No"}))
    found = roll_import.apply(school.context(), "roll.csv", content)
    assert found.withdrawn
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.REFUSED
    assert stands(school, "Jack McKenzie", date(2026, 11, 22))["press", Media.PHOTO] is State.YES


def test_a_parents_no_stands_against_the_old_system(school: School) -> None:
    context = school.context()
    with context.begin() as tx:
        pupil = tx.connection.execute(select(roll.pupil.c.id).where(roll.pupil.c.upn == "E895920521519")).scalar_one()
        letter = {"school_id": 1, "method": "letter", "decided_by": "Mum", "recorded_at": tx.now}
        source = tx.connection.execute(ledger.source.insert().values(**letter).returning(ledger.source.c.id)).scalar()
        for medium in ("photo", "video"):
            said = {"school_id": 1, "pupil_id": pupil, "use_key": "press", "media": medium, "verdict": "no"}
            tx.connection.execute(ledger.decision.insert().values(**said, effective_from=tx.today, source_id=source))
    # The old system still says Yes, as it did before: nothing new, nothing told.
    assert roll_import.apply(context, "roll.csv", ROLL).changes_nothing
    # It says No, then Yes once more: the No is taken, the Yes is not, and the office hears of it.
    roll_import.apply(context, "roll.csv", sample(lambda rows: rows[2].update({"Local press - Photo": "No"})))
    found = roll_import.apply(context, "roll.csv", ROLL)
    assert found.changes_nothing
    assert [str(each).split(":")[0] for each in found.kept] == ["line 4, Local press - Photo"]
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.REFUSED


def test_a_bad_row_is_named_and_the_good_ones_are_applied(empty: Context) -> None:
    def spoil(rows: Rows) -> None:
        rows[0]["Date of Birth"] = "31/02/2020"
        rows[1]["UPN"] = rows[2]["UPN"]

    found = roll_import.apply(empty, "roll.csv", sample(spoil))
    assert (len(found.new), found.rows_refused) == (205, 3)
    assert [str(each) for each in found.problems] == [
        "line 2, Date of Birth: “31/02/2020”: there is no such day. "
        "Write a date as day/month/year, such as 31/08/2019.",
        "line 3, UPN: this UPN is also on line 4, so neither is imported.",
        "line 4, UPN: this UPN is also on line 3, so neither is imported.",
    ]
    assert counted(empty.database)["pupil"] == 205


@pytest.mark.parametrize("content", [ROLL[:-7].replace(b",3B,", b',"3B,', 1), b"PK\3\4", b"", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_changes_nothing(school: School, content: bytes) -> None:
    before = counted(school.database)
    with pytest.raises(BadFile):
        roll_import.apply(school.context(), "roll.csv", content)
    assert counted(school.database) == before


def test_everything_or_nothing(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress bar that breaks stands for anything that may go wrong half-way."""

    def breaks(done: int, of: int) -> None:
        if done > 250:
            raise RuntimeError("the lights went out")

    before = counted(school.database)
    content = sample(
        lambda rows: [
            row.update({"UPN": "", "Admission Number": f"9{n:05}", "Date of Birth": "01/01/2019"})
            for n, row in enumerate(rows)
        ]
    )
    with pytest.raises(RuntimeError):
        roll_import.apply(school.context(), "roll.csv", content, breaks)
    assert counted(school.database) == before


def test_a_new_name_and_a_new_class(school: School) -> None:
    def change(rows: Rows) -> None:
        rows[2] |= {
            "Legal Surname": "Smith",
            "Preferred Surname": "Smith",
            "Registration Group": "3B",
            "Year Group": "3",
        }

    found = roll_import.apply(school.context(), "roll.csv", sample(change))
    assert (found.renamed, found.moved, len(found.changes)) == (1, 1, 1)
    answer = school.command(ANN, "/consent", "Jack McKenzie")
    assert "Jack Smith" in answer.text
    assert "3B" in answer.text
    with school.database.read() as connection:
        pupil_id = connection.execute(select(roll.pupil.c.id).where(roll.pupil.c.upn == "E895920521519")).scalar_one()
        assert roll.placements(connection, 1, pupil_id) == [(date(2026, 11, 23), "3B"), (date(2024, 9, 3), "2 Cedar")]


@pytest.mark.policy("4.1")
def test_missing_pupils_are_listed_and_leave_only_when_somebody_says_so(school: School) -> None:
    olu = acting(school, OLU)
    found = roll_import.apply(olu, "roll.csv", sample(lambda rows: rows.pop(2)))
    assert [each.name for each in found.missing] == ["Jack McKenzie"]
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.YES
    (jack,) = roll_import.leavers(olu)
    assert (jack.name, jack.class_name, jack.since) == ("Jack McKenzie", "2 Cedar", date(2026, 11, 23))
    for wrong in (date(2026, 11, 24), date(2024, 9, 2)):
        with pytest.raises(BadInput):
            roll_import.confirm_leaver(olu, jack.pupil_id, wrong)
    roll_import.confirm_leaver(olu, jack.pupil_id, date(2026, 11, 20))
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.LEFT
    assert roll_import.leavers(olu) == []
    with pytest.raises(Conflict):
        roll_import.confirm_leaver(olu, jack.pupil_id, date(2026, 11, 20))
    with pytest.raises(NotFound):
        roll_import.confirm_leaver(olu, 999_999, date(2026, 11, 20))
    with school.database.read() as connection:
        assert audit.entries(connection, 1)[-1] == ("roll.left", f"pupil {jack.pupil_id}")


def test_schools_do_not_mix(school: School) -> None:
    context = school.context()
    with context.begin() as tx:
        settings = tx.connection.execute(select(school_storage.school.c.settings)).scalar_one()
        other_settings = settings | {"school": settings["school"] | {"slack_team": "T0OTHER"}}
        other_id = school_storage.add(tx.connection, settings=other_settings, at=tx.now)
        other = school_storage.get(tx.connection, other_id)
    found = roll_import.apply(Context(context.database, other, context.now, context.reactions), "roll.csv", ROLL)
    assert len(found.new) == 208
    assert roll_import.preview(context, "roll.csv", ROLL).changes_nothing
    assert roll_import.preview(context, "roll.csv", ROLL).on_roll == 208


@pytest.mark.parametrize("who", [ANN, PRIYA])
def test_only_the_office_and_the_head_may(school: School, who: Someone) -> None:
    context = acting(school, who)
    for use_case in (
        lambda: roll_import.preview(context, "roll.csv", ROLL),
        lambda: roll_import.apply(context, "roll.csv", ROLL),
        lambda: roll_import.leavers(context),
        lambda: roll_import.confirm_leaver(context, 1, date(2026, 11, 20)),
        lambda: roll_import.keep_upload(context, "roll.csv", ROLL),
        lambda: roll_import.preview_upload(context, 1),
        lambda: roll_import.apply_upload(context, 1),
        lambda: roll_import.cancel_upload(context, 1),
    ):
        with pytest.raises(Refused):
            use_case()


# ── a column sorted by itself ──────────────────────────────────────────────────────────────────────────────────────

TWO_CHILDREN = """\
UPN,Admission Number,Legal Forename,Legal Surname,Date of Birth,Registration Group,Date of Entry,\
School website - Photo,Never Photograph
B895200019001,101,Ada,Quill,03/04/2018,3B,01/09/2022,Yes,Yes
Q895200019002,102,Ben,Wren,12/11/2017,3B,01/09/2022,Yes,
"""
ONE_MORE = "P207000016049,103,Cal,Yew,01/02/2018,3B,01/09/2022,Yes,\n"


def sorted_upns() -> str:
    """Return the same two children after somebody has sorted the column of UPNs and nothing else."""
    return (
        TWO_CHILDREN.replace("B895200019001", "~")
        .replace("Q895200019002", "B895200019001")
        .replace("~", "Q895200019002")
    )


def everybody(school: School) -> set[tuple[Any, ...]]:
    """Return who is who, without what only says that a file named somebody."""
    pupil = roll.pupil
    with school.database.read() as connection:
        rows = connection.execute(
            select(pupil.c.id, pupil.c.upn, pupil.c.admission_number, pupil.c.forename, pupil.c.surname)
        )
        return {tuple(row) for row in rows}


def test_a_column_of_upns_sorted_by_itself_moves_nothing_to_another_child(school: School, tmp_path: Path) -> None:
    machine = Machine(tmp_path, school.slack)
    machine.environment["DATABASE_URL"] = school.database.url.render_as_string(hide_password=False)

    def import_roll(content: str, *options: str, expect: int = 1) -> str:
        (tmp_path / "roll.csv").write_text(content, encoding="utf-8")
        return machine.bot("import-roll", "roll.csv", *options, expect=expect)

    import_roll(TWO_CHILDREN, "--apply", expect=0)
    before = everybody(school)
    for options in ((), ("--apply",)):
        told = import_roll(sorted_upns(), *options)
        assert (
            "line 2, UPN: this UPN is on record for a child with another name, date of birth and admission number. "
            "Was a column sorted by itself? Please check. On record: Ben Wren, 3B." in told
        )
        assert "On record: Ada Quill, 3B." in told
        assert "Nothing to change." in told
    assert everybody(school) == before
    # The good rows are taken all the same.
    assert "1 new pupils" in import_roll(sorted_upns() + ONE_MORE, "--apply")
    assert len(everybody(school) - before) == 1
    assert "*Do not include* Ada Quill" in school.command(ANN, "/consent", "Ada Quill for website photo").text
    assert "✅" in school.command(ANN, "/consent", "Ben Wren for website photo").text


# ── kept files ─────────────────────────────────────────────────────────────────────────────────────────────────────

SMITH = sample(lambda rows: rows[2].update({"Legal Surname": "Smith"}))


def content_of(database: Database, upload: int) -> Any:
    with database.read() as connection:
        return connection.execute(select(storage.upload.c.content).where(storage.upload.c.id == upload)).scalar_one()


def test_a_kept_file_is_applied_once_by_whoever_sent_it(school: School) -> None:
    olu, hana = acting(school, OLU), acting(school, HANA)
    upload = roll_import.keep_upload(olu, "roll.csv", SMITH)
    assert roll_import.preview_upload(olu, upload).renamed == 1
    with pytest.raises(NotFound):
        roll_import.apply_upload(hana, upload)
    assert roll_import.apply_upload(olu, upload).found.renamed == 1
    assert content_of(school.database, upload) is None
    after = counted(school.database)
    with pytest.raises(Conflict):
        roll_import.apply_upload(olu, upload)
    assert counted(school.database) == after


def test_a_kept_file_is_forgotten(school: School, clock: MadeUpClock) -> None:
    olu = acting(school, OLU)
    cancelled, stale = (roll_import.keep_upload(olu, "roll.csv", SMITH) for _ in range(2))
    roll_import.cancel_upload(olu, cancelled)
    assert content_of(school.database, cancelled) is None
    roll_import.forget_stale_uploads(school.context())
    clock.forward(hours=25)
    with pytest.raises(Conflict):
        roll_import.apply_upload(olu, stale)
    roll_import.forget_stale_uploads(school.context())
    assert content_of(school.database, stale) is None


def test_who_is_no_longer_in_the_office_cannot_apply(school: School) -> None:
    upload = roll_import.keep_upload(acting(school, OLU), "roll.csv", SMITH)
    with school.database.begin() as connection:
        holders = {held for held in people.roles(connection, 1) if held[0] != OLU.email}
        people.set_roles(connection, 1, holders)
    with pytest.raises(Refused):
        roll_import.apply_upload(acting(school, OLU), upload)
