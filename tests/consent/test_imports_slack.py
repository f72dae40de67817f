"""The roll sent in Slack: the difference is shown, and applied once by those who may."""

from datetime import date
from typing import Any

import pytest

from bot.rules.consent.ledger import State
from bot.rules.school import Media
from bot.services.consent import roll_import
from tests.consent.test_imports import (
    ONE_MORE,
    ROLL,
    SAMPLE,
    SMITH,
    TWO_CHILDREN,
    Rows,
    counted,
    everybody,
    sample,
    sorted_upns,
    stands,
)
from tests.people import ANN, HANA, OLU, OZ
from tests.school import School
from tests.slack.people import Sight


def sent(school: School, content: bytes, name: str = "roll.csv", **more: Any) -> Any:
    """Olu opens the form from her Home tab and sends a file; returns what she sees then."""
    opened = school.press(OLU, school.more(OLU), "Import the roll")
    file = school.slack.add_file(name, content, OLU.user_id)
    school.submit(OLU, opened, {"File": [file]}, **more)
    return school.top(OLU)


@pytest.mark.policy("4.2")
def test_the_office_sends_a_file_sees_the_difference_and_applies_it(school: School) -> None:
    def change(rows: Rows) -> None:
        rows.pop(0)
        rows[1] |= {"Legal Surname": "O’Smith <!channel>", "Local press - Photo": "No"}
        rows[2]["Date of Birth"] = "soon"

    before = counted(school.database)
    shown = sent(school, sample(change))
    assert "pupils with something new: 1" in shown.text
    assert "line 4, Date of Birth: " in shown.text
    assert "Fatima van Dijk" in shown.text
    assert "A Yes becomes a No" in shown.text
    assert counted(school.database)["pupil"] == before["pupil"]
    done = school.submit(OLU, shown)
    assert "Done." in done.text
    assert counted(school.database)["roll_import"] == before["roll_import"] + 1
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.REFUSED
    asked = school.press(OLU, done, "Who has left?")
    told = school.submit(OLU, asked, {"Have left": ["Fatima van Dijk"]})
    assert "1 pupil has left the school" in told.text
    assert stands(school, "Fatima van Dijk", date(2026, 11, 24))["press", Media.PHOTO] is State.LEFT


def test_a_column_of_upns_sorted_by_itself_is_refused_by_line(school: School) -> None:
    school.submit(OLU, sent(school, TWO_CHILDREN.encode()))
    before = everybody(school)
    shown = sent(school, sorted_upns().encode())
    assert "none of the 2 rows could be imported" in shown.text
    assert "line 2, UPN: this UPN is on record for a child with another name, date of birth" in shown.text
    assert "Please check. On record: Ben Wren, 3B." in shown.text
    assert "submit" not in shown.payload
    shown = sent(school, (sorted_upns() + ONE_MORE).encode())
    assert "new pupils: 1" in shown.text
    assert "Rows that were not imported (2)" in school.submit(OLU, shown).text
    assert {row[3:] for row in everybody(school) - before} == {("Cal", "Yew")}
    assert before < everybody(school)
    assert "*Do not include* Ada Quill" in school.command(ANN, "/consent", "Ada Quill for website photo").text


def test_nothing_new_offers_nothing_to_apply(school: School) -> None:
    shown = sent(school, ROLL)
    assert "Nothing would change" in shown.text
    assert "submit" not in shown.payload


def test_applying_twice_is_done_once(school: School) -> None:
    shown = sent(school, SMITH)
    done = school.submit(OLU, shown)
    after = counted(school.database)
    again = school.people.again(done)
    assert "applied, cancelled or sent more than a day ago" in again.text
    assert counted(school.database) == after


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"PK\3\4", "roll.xlsx", "cut off or damaged"),
        (b"a,b\n1,2\n", "roll.csv", "The first row has to hold the column headers"),
        (b"", "roll.csv", "empty"),
    ],
)
def test_a_bad_file_is_told_in_the_window(school: School, content: bytes, name: str, said: str) -> None:
    assert said in sent(school, content, name).text
    assert counted(school.database)["upload"] == 0


def test_without_the_scope_slack_sends_its_log_in_page_and_we_say_so(school: School) -> None:
    school.slack.scopes = frozenset(school.slack.scopes) - {"files:read"}
    assert "files:read" in sent(school, ROLL).text


def test_pasted_rows_are_a_part_of_the_roll(school: School) -> None:
    header, _, jamie, *_ = ROLL.decode().splitlines()
    rows = "\n".join(
        line.replace(",", "\t") for line in (header, jamie.replace("Finlay,Jones,Finlay", "Finn,Jones,Finn"))
    )
    opened = school.press(OLU, school.more(OLU), "Import the roll")
    shown = school.submit(OLU, opened, {"Or paste rows here": rows})
    assert "another name: 1" in shown.text
    assert "not in this file" not in shown.text
    assert "Done." in school.submit(OLU, shown).text
    assert roll_import.leavers(school.context()) == []


def test_a_form_with_nothing_or_with_nonsense(school: School) -> None:
    opened = school.press(OLU, school.more(OLU), "Import the roll")
    assert school.submit(OLU, opened).error_texts == ["Choose a file, or paste some rows."]
    wrong = school.submit(OLU, opened, {"Or paste rows here": "Jamie, 3B"})
    assert "The first row has to hold the column headers" in wrong.error_texts[0]


def test_a_file_full_of_mistakes_still_fits_slack(school: School) -> None:
    def spoil(rows: Rows) -> None:
        for row in rows:
            row |= {"Date of Birth": "<&>" * 40, "Legal Surname": "&<!here>" * 12, "Never Photograph": "&" * 500}

    shown = sent(school, sample(spoil))
    assert "and 404 more" in shown.text
    assert "Nothing can be applied" in shown.text


def test_nobody_else_gets_anywhere(school: School) -> None:
    assert "Import the roll" not in school.more(ANN).text
    shown = sent(school, SMITH)
    before = counted(school.database)
    # Hana may import, but what Olu sent is Olu's to apply.
    for someone, why in ((OZ, "own staff"), (ANN, "admin team"), (HANA, "no such file of yours")):
        assert why in school.submit(someone, shown, sight=Sight.FORGED).body
    assert counted(school.database) == before


@pytest.mark.policy("4.1")
def test_a_child_who_comes_back_is_asked_anew(school: School) -> None:
    """Policy §4.1: consent is for the time on roll."""
    from tests.people import ANN as TEACHER

    context = school.context()
    rows = (SAMPLE / "roll.csv").read_text(encoding="utf-8").splitlines()
    header, fatima = rows[0], next(row for row in rows if "Fatima,van Dijk" in row)
    left = fatima.replace("03/09/2026,,", "03/09/2026,01/10/2026,")
    roll_import.apply(context, roll_import.PASTED, f"{header}\n{left}".encode())
    back = fatima.replace("03/09/2026,,", "20/11/2026,,")
    found = roll_import.apply(context, roll_import.PASTED, f"{header}\n{back}".encode())
    assert any("has come back" in str(warning) for warning in found.warnings)
    assert "*Do not include* Fatima van Dijk" in school.command(TEACHER, "/consent", "Fatima van Dijk").text
