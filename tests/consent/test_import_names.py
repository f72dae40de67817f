"""An import names whom it concerns: to whoever imports, in their window, at their terminal or in a file."""

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.errors import MENDABLE, BadInput, Conflict, Refused
from bot.reading.roll.named import Named, News
from bot.services.consent import roll_import, roll_names, undo_import
from storage import audit
from tests.consent.test_import_pieces import half_way, import_it
from tests.consent.test_imports import ROLL, Rows, sample
from tests.consent.test_imports_slack import sent
from tests.consent.test_undo_import import WHY
from tests.filter.test_register import files
from tests.people import ANN, HANA, OLU, OZ
from tests.running.test_serve import Machine
from tests.school import School, acting
from tests.slack.people import Forged, Sight

FILE = "import-2026-11-23.xlsx"
EVERY = "Send me all the names"


def changed(rows: Rows) -> None:
    """Fatima is missing, Finn is Phil, Jack's family says No, Ivy is in 4A, one of legal name only, and 25 are new."""
    by_name = {f"{row['Preferred Forename']} {row['Preferred Surname']}": row for row in rows}
    rows.remove(by_name["Fatima van Dijk"])
    by_name["Finlay Jones"] |= {"Legal Forename": "Phil", "Preferred Forename": "Phil"}
    by_name["Jack McKenzie"] |= {"Local press - Photo": "No", "Legal Surname": "Smith"}
    by_name["Ivy Ó Briain"] |= {"Registration Group": "4A", "Year Group": "4"}
    base = {**rows[0], "UPN": "", "Date of Entry": "01/09/2026"}
    for number in range(25):
        name = {"Legal Forename": f"New{number:02}", "Preferred Forename": f"New{number:02}"}
        rows.append({**base, **name, "Admission Number": f"8{number:05}", "Date of Birth": "01/02/2019"})


def table(content: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [tuple(cell or "" for cell in row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def trail(school: School) -> list[tuple[str, str]]:
    with school.database.read() as connection:
        return list(audit.entries(connection, 1))


@pytest.mark.policy("4.2")
def test_before_and_after_apply_the_same_children_are_named(school: School) -> None:
    shown = sent(school, sample(changed))
    done = school.submit(OLU, shown)
    for window, becomes in ((shown, "becomes"), (done, "has become")):
        assert f"A Yes {becomes} a No (1)" in window.text
        assert "Jack McKenzie · 2 Cedar: Local press, photo" in window.text
        assert "New pupils (25)" in window.text
        assert "New00 " in window.text
        assert "New19 " in window.text
        assert "New20 " not in window.text
        assert "and 5 more" in window.text
        assert "Ivy Ó Briain: 3B → 4A" in window.text
        assert "Finlay Jones → Phil Jones · 1 Beech" in window.text
        assert "Jack McKenzie: the legal name only" in window.text
        assert "Smith" not in window.text  # what a legal name is now is on no screen
        assert "Fatima van Dijk · Reception Acorns" in window.text


@pytest.mark.policy("4.2")
def test_all_names_come_in_a_file_of_ones_own_that_is_gone_after_a_day(school: School) -> None:
    shown = sent(school, sample(changed))
    assert "on its way" in school.press(OLU, shown, EVERY).text
    before = table(files(school, OLU)[FILE])
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 1
    assert files(school, OLU) == {}

    shown = sent(school, sample(changed))
    done = school.submit(OLU, shown)
    school.press(OLU, done, EVERY)
    (after,) = map(table, files(school, OLU).values())
    assert sorted(after) == sorted(before)
    assert len([row for row in after if row[0] == "new"]) == 25
    assert ("another name", "Phil Jones", "1 Beech", "Finlay Jones", "") in after
    assert ("another class or year", "Ivy Ó Briain", "4A", "3B", "") in after
    assert ("a Yes becomes a No", "Jack McKenzie", "2 Cedar", "", "Local press, photo") in after
    assert ("on the roll, but not in the last whole file", "Fatima van Dijk", "Reception Acorns", "", "") in after

    told = [each for each in trail(school) if each[0] in {"deliveries.asked", "imports.names_exported"}]
    assert [action for action, _ in told] == ["deliveries.asked", "imports.names_exported"] * 2
    said = json.dumps([[message.text, message.fallback] for message in school.people.inbox(OLU.user_id)])
    assert not [name for name in ("Fatima", "New00", "Phil") if name in said + str(trail(school))]


def test_few_names_need_no_file(school: School) -> None:
    shown = sent(school, sample(lambda rows: rows[2].update({"Registration Group": "9 Oak"})))
    assert "Jack McKenzie: 2 Cedar → 9 Oak" in shown.text
    assert EVERY not in shown.text


def test_a_list_that_is_over_is_told_so(school: School) -> None:
    shown = sent(school, sample(changed))
    school.submit(OLU, shown)
    school.press(OLU, shown, EVERY, sight=Sight.AS_SHOWN)  # of a file that is applied by now
    assert files(school, OLU) == {}
    assert "could not be made" in school.people.message(OLU.user_id, "list of names").text
    olu = acting(school, OLU)
    (newest, *_) = undo_import.recent(olu)
    names = roll_names.of_import(olu, newest.number)
    assert Named("Ivy Ó Briain", "4A", "3B") in names[News.MOVED]
    seen = undo_import.extent(olu, newest.number)
    undo_import.undo_import(olu, newest.number, WHY, shown_until=seen.newest)
    with pytest.raises(Conflict):
        roll_names.of_import(olu, newest.number)


def test_nobody_else_gets_a_name(school: School) -> None:
    shown = sent(school, sample(changed))
    for someone in (ANN, OZ):
        school.press(someone, shown, EVERY, sight=Sight.FORGED)
        assert files(school, someone) == {}
    school.press(HANA, shown, EVERY, sight=Sight.FORGED)  # Hana may import, but this file is Olu's
    assert files(school, HANA) == {}
    assert "could not be made" in school.people.message(HANA.user_id, "file could not").text
    school.press(OLU, shown, EVERY, Forged("import:1; DROP"))
    assert files(school, OLU) == {}
    for written in ("", "upload", "upload:", "upload:-1", "import:1234567890", "upload:1\n", "names:1"):
        with pytest.raises(BadInput):
            roll_names.subject(written)
    with pytest.raises(Refused):
        roll_names.of_import(acting(school, ANN), 1)


def test_of_an_import_in_pieces_all_are_named_when_it_is_finished(school: School) -> None:
    from tests.bench.imports_workload import make_roll

    content = make_roll(700, school.context().school)
    import_it(school, content, 0.5)
    number = half_way(school).number
    rest = roll_names.of_difference(school.context(), roll_import.preview(school.context(), "roll.csv", content))
    assert 0 < len(rest[News.NEW]) <= 700  # those whose Yes is still to come are new all the same
    import_it(school, content)
    names = roll_names.of_import(school.context(), number)
    assert len(names[News.NEW]) == 700
    assert names[News.NEW] == sorted(names[News.NEW], key=lambda each: (each.class_name, each.name))
    assert not any(names[each] for each in (News.MOVED, News.RENAMED, News.WITHDRAWN))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_on_the_command_line_the_first_twenty_and_the_rest_in_a_private_file(school: School, tmp_path: Path) -> None:
    machine = Machine(tmp_path, school.slack)
    machine.environment["DATABASE_URL"] = school.database.url.render_as_string(hide_password=False)
    (tmp_path / "roll.csv").write_bytes(sample(changed))
    told = machine.bot("import-roll", "roll.csv")
    assert "25 new:" in told
    assert "  New19 " in told
    assert "  New20 " not in told
    assert "and 5 more: --names FILE writes all of them" in told
    assert "1 for whom a Yes would become a No" in told
    assert "Done:" not in told
    out = tmp_path / "names.csv"
    out.write_text("was there before")
    out.chmod(0o644)
    for options in ((), ("--apply",)):
        told = machine.bot("import-roll", "roll.csv", *options, "--names", "names.csv")
        assert ("Done:" in told) == bool(options)
        assert "and 5 more: see names.csv" in told
        assert "names.csv is written. It names children" in told
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
        assert ["another class or year", "Ivy Ó Briain", "4A", "3B", ""] in rows
        assert len([row for row in rows if row[0] == "new"]) == 25
    assert [path.name for path in tmp_path.glob("tmp*")] == []
    for wrong in ("names.txt", "nowhere/names.csv"):
        machine.bot("import-roll", "roll.csv", "--apply", "--names", wrong, expect=MENDABLE)
    assert "Nothing to change." in machine.bot("import-roll", "roll.csv", "--apply")


def test_names_that_are_formulas_or_markup_stay_names(school: School) -> None:
    def hostile(rows: Rows) -> None:
        rows[2] |= {"Preferred Forename": "=1+1 <!channel>", "Legal Forename": "*Bold* & <https://evil.example|x>"}

    shown = sent(school, sample(hostile))
    assert "Jack McKenzie → =1+1 &lt;!channel&gt; McKenzie · 2 Cedar" in json.dumps(shown.payload, ensure_ascii=False)
    found = roll_names.of_difference(
        school.context(), roll_import.preview(school.context(), "roll.csv", sample(hostile))
    )
    rows = list(csv.reader(io.StringIO(roll_names.export(found, "csv").decode("utf-8-sig"))))
    assert rows[1][1] == "'=1+1 <!channel> McKenzie"


def test_the_same_roll_names_nobody(school: School) -> None:
    found = roll_import.preview(school.context(), "roll.csv", ROLL)
    assert not any(roll_names.of_difference(school.context(), found).values())
