"""Looking leaves a trace: what was offered, what was answered, and who is told of whoever looks through every class."""

import csv
import io
import string
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import insert, select, update

from bot.errors import Refused
from bot.rules.consent.looks import Narrowed
from bot.services.consent import look_log as service
from storage import audit
from storage import school as storage_school
from storage.consent import look_ups
from storage.consent.roll import pupil
from tests.consent.test_consent import logged, offered
from tests.filter.test_register import files
from tests.people import ANN, BEN, COL, DEV, GWEN, HANA, OLU, PRIYA
from tests.school import School, acting, at_once
from tests.slack.people import Forged
from tests.slack.views import View
from tests.staff.test_accounts import changed


def rows(school: School) -> int:
    """Return how many rows the lists' log has."""
    return len(offered(school))


# ── names that are offered while somebody types: case 13 ───────────────────────────────────────────────────────────


def test_going_through_the_alphabet_finds_nobody(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert all(school.suggest(ANN, form, "Pupils", letter) == [] for letter in string.ascii_lowercase)
    assert logged(school) == []  # nobody was offered


@pytest.mark.policy("1.1")
def test_a_minute_of_typing_in_one_window_is_one_row(school: School) -> None:
    form = school.command(ANN, "/consent").view
    shown = {
        label
        for typed in ("jam", "jami", "jamie", "jami", "fat")
        for label in school.suggest(ANN, form, "Pupils", typed)
    }
    assert logged(school) == [("", "", "while typing")]
    assert len(offered(school)[0]) == len(shown) > 16
    school.clock.forward(minutes=1)
    school.suggest(ANN, form, "Pupils", "jamie")
    assert rows(school) == 2
    again = school.command(ANN, "/consent").view
    school.suggest(ANN, again, "Pupils", "jamie")
    assert rows(school) == 3


def test_two_people_who_type_at_the_same_minute_are_two_rows(school: School) -> None:
    for who, form, field in ((ANN, school.command(ANN, "/consent").view, "Pupils"), (OLU, picker(school), "Pupil")):
        assert school.suggest(who, form, field, "jamie")
    assert rows(school) == 2


def picker(school: School) -> object:
    return school.command(OLU, "/consent-record").view


def test_letters_that_arrive_at_once_lose_nobody(school: School) -> None:
    form = school.command(ANN, "/consent").view
    typed = ("jam", "fat", "ais", "oll")
    wrong = at_once(*(lambda each=each: school.suggest(ANN, form, "Pupils", each) for each in typed))
    assert wrong == []
    assert rows(school) == 1
    each = {found for text in typed for found in school.suggest(ANN, form, "Pupils", text)}
    assert len(offered(school)[0]) == len(each)


def test_the_log_holds_numbers_and_never_what_was_typed(school: School) -> None:
    form = school.command(ANN, "/consent").view
    school.suggest(ANN, form, "Pupils", "fatima v")
    school.command(ANN, "/consent", "Jamie")
    school.command(ANN, "/consent", "Jmie Novak")
    with school.database.read() as connection:
        kept = [str(tuple(row)) for row in connection.execute(select(look_ups.look_up_list))]
    assert len(kept) == 3
    assert not [row for row in kept if "atima" in row or "amie" in row or "ovak" in row]


def test_without_the_log_no_name_is_offered(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert school.suggest(ANN, form, "Pupils", "jamie")
    with school.database.durable.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look_up_list RENAME TO look_up_gone")
    assert school.suggest(ANN, form, "Pupils", "jamie") == []
    assert "amie" not in school.command(ANN, "/consent", "Jamie").text


def test_names_to_choose_from_in_the_record_are_a_look_too(school: School) -> None:
    school.command(OLU, "/consent-record", "Jamie")
    assert logged(school) == [("", "", "offered")]


def test_whom_the_answer_offers_beside_itself_is_logged(school: School) -> None:
    school.command(ANN, "/consent", "Jaime Nowak")
    assert [purpose for _, _, purpose in logged(school)] in (["offered"], ["by name", "offered"])


def test_the_lists_are_forgotten_with_the_rest_of_the_log(school: School) -> None:
    school.command(ANN, "/consent", "Jamie")
    school.command(ANN, "/consent", "3B for website")
    school.clock.forward(days=366)
    school.tick()
    assert logged(school) == []


# ── the log, for the data protection officer ───────────────────────────────────────────────────────────────────────


def log(school: School, pupil: str = "", colleague: str = "") -> View:
    """Open the log as the DPO, narrowed to a child, a colleague, or both."""
    view = school.press(PRIYA, school.home(PRIYA), "Look-up log").view
    assert view is not None
    entries = {}
    if pupil:
        (found,) = [label for label in school.suggest(PRIYA, view, "A child", pupil) if pupil in label]
        entries["A child"] = found
    if colleague:
        entries["A colleague"] = colleague
    if not entries:
        return view
    shown = school.submit(PRIYA, view, entries).view
    assert shown is not None
    return shown


def exported(school: School, view: View) -> list[dict[str, str]]:
    """Have what a window shows sent as a file, and read it."""
    told = school.press(PRIYA, view, "Send me all of this")
    assert "on its way" in told.text
    (content,) = files(school, PRIYA).values()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.policy("4.2")
def test_who_looked_a_child_up_and_when(school: School) -> None:
    """A parent asks who looked their child up."""
    school.command(ANN, "/consent", "Jamie Nowak for website photo")
    school.clock.forward(minutes=5)
    school.command(ANN, "/consent", "3B for website")
    school.clock.forward(minutes=5)
    asked = school.command(BEN, "/consent", "3B for twitter video")
    school.press(BEN, asked, "I am taking this picture")
    school.command(BEN, "/consent", "Jamie")
    school.command(BEN, "/consent", "Fatima van Dijk")
    school.command(OLU, "/consent-record", "Jamie Nowak")
    shown = log(school, "Jamie Nowak").text
    assert "*Who looked up Jamie Nowak*" in shown
    assert "*Mon 23 Nov 2026, 09:15* · Ann Teacher\nJamie Nowak (3B): asked by name, School website, photo" in shown
    assert "*Mon 23 Nov 2026, 09:20* · Ann Teacher\n3B: who has to be left out, School website, photo" in shown
    assert "Ben Carter\n3B: who has to be left out, Twitter/X, video (with Jamie Nowak (3B)). 26 children" in shown
    assert "Said: “I am taking this picture”" in shown
    assert "asked “which one?”" in shown
    assert "opened the consent record" in shown
    assert "Fatima" not in shown


def test_of_other_children_in_a_list_nothing_is_told(school: School) -> None:
    school.command(BEN, "/consent", "Jamie")
    rows = exported(school, log(school, "Jamie Nowak"))
    (row,) = [row for row in rows if row["On what ground"] == "offered"]
    assert (row["Who"], row["E-mail"], row["Child"], row["Class"]) == ("Ben Carter", BEN.email, "Jamie Nowak", "3B")
    assert int(row["Children in the list"]) > 10
    assert row["When"] == "23/11/2026 09:15"


def test_what_a_colleague_looked_up(school: School) -> None:
    school.command(ANN, "/consent", "3B for website")
    school.command(BEN, "/consent", "Jamie")
    view = log(school, colleague="Ben Carter")
    assert "*What Ben Carter looked up*" in view.text
    assert "Ann Teacher\n" not in view.text
    (row,) = exported(school, view)
    assert row["Who"] == "Ben Carter"
    assert row["Child"].count("Jamie") == int(row["Children in the list"])


def test_the_log_holds_who_looked_at_the_log(school: School) -> None:
    school.command(ANN, "/consent", "Jamie Nowak")
    log(school, "Jamie Nowak")
    school.clock.forward(minutes=1)
    shown = log(school, "Jamie Nowak").text
    assert "Priya Nair\nRead this log of Jamie Nowak (3B)" in shown
    exported(school, log(school, "Jamie Nowak"))
    assert "Exported this log as a file, of Jamie Nowak" in log(school, "Jamie Nowak").text
    with school.database.read() as connection:
        trail = [action for action, _ in audit.entries(connection, 1)]
    assert trail.count("looks.exported") == 1
    assert trail.count("looks.seen") >= 4


def test_a_colleague_about_one_child_alone(school: School) -> None:
    for who, child in ((ANN, "Jamie Nowak"), (ANN, "Fatima van Dijk"), (BEN, "Jamie Nowak")):
        school.command(who, "/consent", child)
    shown = log(school, "Jamie Nowak", "Ann Teacher").text
    assert "*What Ann Teacher looked up about Jamie Nowak*" in shown
    assert "Ben Carter\n" not in shown
    assert "Fatima" not in shown


def test_a_child_who_has_left_is_still_found(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    with school.database.begin() as connection:
        connection.execute(update(pupil).where(pupil.c.surname == "van Dijk").values(left_on=date(2026, 11, 20)))
        storage_school.roll_changed(connection, 1)
    view = school.press(PRIYA, school.home(PRIYA), "Look-up log").view
    label = next(found for found in school.suggest(PRIYA, view, "A child", "Fatima van Dijk") if "van Dijk" in found)
    assert "not at the school today" in label
    shown = school.submit(PRIYA, view, {"A child": label}).view
    assert shown is not None
    assert "Fatima van Dijk (not at the school today): asked by name, every use" in shown.text


def test_a_long_log_comes_in_pages(school: School) -> None:
    for _ in range(25):
        school.command(ANN, "/consent", "Fatima van Dijk")
        school.clock.forward(minutes=1)
    first = log(school, colleague="Ann Teacher")
    second = school.press(PRIYA, first, "Older").view
    assert second is not None
    third = school.press(PRIYA, second, "Older").view
    assert third is not None
    pages = [page.text.count("asked by name") for page in (first, second, third)]
    assert pages == [10, 10, 5]
    with pytest.raises(AssertionError, match="nothing to press"):
        school.press(PRIYA, third, "Older")
    assert "page 3" in third.text
    back = school.press(PRIYA, third, "Newer").view
    assert back is not None
    assert back.text.count("asked by name") == 10


def test_nobody_but_the_data_protection_officer_sees_the_log(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    view = log(school)
    for who in (ANN, HANA, DEV, OLU, COL, GWEN):
        assert "Look-up log" not in school.home(who).text + school.more(who).text
    answer = school.press(PRIYA, view, "Send me all of this", Forged("36:5; drop"))
    assert "out of date" in answer.text
    for who in (HANA, OLU):
        with pytest.raises(Refused):
            service.page(acting(school, who), Narrowed())
        with pytest.raises(Refused):
            service.export(acting(school, who), Narrowed(), service.Format.CSV)


def test_whoever_is_dpo_no_more_gets_no_file_that_was_asked_for(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    school.press(PRIYA, log(school), "Send me all of this")
    with school.database.begin() as connection:
        from storage.people import people

        people.set_roles(connection, 1, {(HANA.email, "headteacher")})
    assert files(school, PRIYA) == {}


def test_a_log_of_a_year_is_read_quickly_and_taken_out_whole(school: School) -> None:
    """By pupil it is scanned: a school of sixty who look ten times a day."""
    school.command(ANN, "/consent", "Fatima van Dijk")
    with school.database.read() as connection:
        ids = list(connection.execute(select(pupil.c.id).order_by(pupil.c.id)).scalars())
    common = {"school_id": 1, "person_id": acting(school, ANN).person.person_id, "media": "photo", "use_key": "website"}
    listed = [
        {
            **common,
            "at": school.clock() - timedelta(minutes=number),
            "pupils": look_ups.packed(ids[number % 150 : number % 150 + 30]),
            "class_name": "3B",
            "purpose": "own class",
            "window_id": None,
        }
        for number in range(100_000)
    ]
    with school.database.begin() as connection:
        connection.execute(insert(look_ups.look_up_list), listed)
    priya = acting(school, PRIYA)
    before = perf_counter()
    found = service.page(priya, Narrowed(pupil_id=ids[0]))
    assert perf_counter() - before < 2  # seconds; about 0.1 is usual
    assert found.has_more
    assert {row.count for row in found.rows} == {1, 30}
    before = perf_counter()
    content = service.export(priya, Narrowed(), service.Format.CSV)
    assert perf_counter() - before < 30  # seconds; about 3 is usual
    assert content.count(b"\r\n") == 100_000 + 4  # the heading, what Ann asked, what Priya read and took out


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_on_the_command_line(school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from bot.commands import app

    monkeypatch.setenv("DATABASE_URL", school.database.url.render_as_string(hide_password=False))
    school.command(ANN, "/consent", "Jamie Nowak")
    school.command(BEN, "/consent", "Fatima van Dijk")

    def run(*options: str) -> str:
        return CliRunner().invoke(app, ["looks", *options]).output

    # What is typed there is real time: the sample's Monday lies within the year that is kept.
    assert "Ann Teacher" in run("--pupil", "Jamie Nowak")
    assert "Fatima" not in run("--pupil", "Jamie Nowak 3B")
    assert "Jamie" not in run("--person", BEN.email)
    changed(school, BEN.user_id, email="ben.newname@huntington.example")
    assert "Fatima" in run("--person", BEN.email)  # by the address of before, too
    out = tmp_path / "log.xlsx"
    assert "is written" in run("--out", str(out), "--person", "Ben Carter")
    assert out.read_bytes().startswith(b"PK")
    wrong = [CliRunner().invoke(app, ["looks", *each]) for each in (["--pupil", "Jamie"], ["--pupil", "Qwzzt"])]
    assert "--pupil " in str(wrong[0].exception)
    assert "No child is called that" in str(wrong[1].exception)
    assert "e-mail address" in str(CliRunner().invoke(app, ["looks", "--person", "Nobody"]).exception)
    assert "end in .csv" in str(CliRunner().invoke(app, ["looks", "--out", "log.txt"]).exception)
    with school.database.read() as connection:
        assert [action for action, _ in audit.entries(connection, 1)].count("looks.exported") == 5
