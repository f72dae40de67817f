"""Requests and reports looked through: narrowed, opened, taken out as a list; and nobody finds what is about them."""

import csv
import io

import pytest
from openpyxl import load_workbook

from bot.errors import BadInput, Refused
from bot.rules import search as rules
from bot.rules.search import Kind, Scope, Search, Standing
from bot.services import search as records
from tests.access.test_access import YES, ask, decide
from tests.content.test_content import report
from tests.filter.test_register import complete, files
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, PRIYA, Someone
from tests.school import School, acting
from tests.slack.people import Forged
from tests.slack.views import View


def opened(school: School, who: Someone, button: str = "Requests and reports") -> View:
    view = school.press(who, school.more(who), button).view
    assert view is not None
    return view


def narrowed(school: School, who: Someone, view: View, **entries: str) -> View:
    found = school.submit(who, view, entries).view
    assert found is not None
    return found


@pytest.fixture
def busy(school: School) -> School:
    """Two requests of Ann's, one approved; a report of Ben's, dealt with."""
    ask(school)
    decide(school, HANA, "Approve", YES)
    ask(school, ANN, **{"Full URL": "https://castles.example/", "Site content": "Castles 100% real"})
    report(school, BEN)
    complete(school)
    return school


def test_everything_is_there_the_newest_first(busy: School) -> None:
    text = opened(busy, HANA).text
    assert "*3 records match*" in text
    assert text.index("CR-4526*, Mon 23 Nov 2026, Ben Carter: dealt with") < text.index("AR-2*")
    assert "AR-1*, Mon 23 Nov 2026, Ann Teacher: approved; the filter is still to be changed" in text


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ({"Which form?": "Requests to open a site"}, {"AR-1", "AR-2"}),
        ({"Which form?": "Reports of content"}, {"CR-4526"}),
        ({"How does it stand?": "Waiting for somebody"}, {"AR-2"}),
        ({"How does it stand?": "Approved"}, {"AR-1"}),
        ({"How does it stand?": "Dealt with"}, {"CR-4526"}),
        ({"How does it stand?": "Not approved"}, set()),
        ({"From": "2026-11-23", "Until": "2026-11-23"}, {"AR-1", "AR-2", "CR-4526"}),
        ({"From": "2026-11-24"}, set()),
        ({"Until": "2026-11-22"}, set()),
        ({"Words": "castles"}, {"AR-2"}),
        ({"Words": "ann CASTLES"}, {"AR-2"}),
        ({"Words": "100%"}, {"AR-2"}),
        ({"Words": "10_%"}, set()),
        ({"Words": "ar-1"}, {"AR-1"}),
        ({"Words": "worse.example"}, {"CR-4526"}),
        ({"Words": "nowhere"}, set()),
        ({"Words": "AR-99999999999999999999"}, set()),
        ({"Words": "CR-99999999999999999999"}, set()),
        ({"Words": "ar-²"}, set()),
        ({"Words": "CR-١"}, set()),
        ({"Words": "cr-"}, set()),
    ],
)
def test_narrowed(busy: School, entries: dict[str, str], found: set[str]) -> None:
    text = narrowed(busy, HANA, opened(busy, HANA), **entries).text
    assert {name for name in ("AR-1", "AR-2", "CR-4526") if f"*{name}*" in text} == found
    assert ("Nothing matches" in text) == (not found)


@pytest.mark.parametrize("words", ["école", "ÉCOLE", "Éc ann", "100%_é"])
def test_capital_letters_with_accents_are_found(school: School, words: str) -> None:
    ask(school, ANN, **{"Site content": "Une ÉCOLE, 100%_É"})
    ask(school, ANN, **{"Site content": "Une ecole, 100 %É"})
    text = narrowed(school, HANA, opened(school, HANA), Words=words).text
    assert "AR-1*" in text
    assert "AR-2*" not in text


def test_days_in_the_wrong_order_are_told_under_the_field(busy: School) -> None:
    answer = busy.submit(HANA, opened(busy, HANA), {"From": "2026-11-24", "Until": "2026-11-23"})
    assert set(answer.errors) == {"last"}


def test_a_row_opens_its_record(busy: School) -> None:
    record = busy.press(HANA, opened(busy, HANA), "Open", near="CR-4526").view
    assert record is not None
    assert "A violent game." in record.text


def test_more_than_a_page_is_turned(school: School) -> None:
    for _ in range(10):
        ask(school)
    first = opened(school, HANA)
    assert "*10 records match*, newest first: 1 to 8" in first.text
    second = school.press(HANA, first, "Older").view
    assert second is not None
    assert "9 to 10" in second.text
    assert "AR-1*" in second.text
    back = school.press(HANA, second, "Newer").view
    assert back is not None
    assert "AR-10*" in back.text


def test_mine_are_mine_alone(busy: School) -> None:
    text = opened(busy, ANN, "All my requests").text
    assert "AR-2*" in text
    assert "CR-4526" not in text
    view = opened(busy, ANN, "All my requests")
    metadata = Search(Scope.ALL).written()
    forged = busy.submit(ANN, view, {}, forge={"private_metadata": f'{{"search":{metadata!r}}}'.replace("'", '"')})
    assert "CR-4526*" not in str(forged.body)
    with pytest.raises(Refused):
        records.look(acting(busy, BEN), Search(Scope.ALL))


def test_who_may_see_all(busy: School) -> None:
    for who in (OLU, ANN, COL):
        assert "Requests and reports" not in busy.more(who).text + busy.home(who).text
    assert "AR-1" in opened(busy, PRIYA).text
    assert "CR-4526" not in opened(busy, PRIYA).text  # reports are not the DPO's business unless they come to the DPO
    assert "AR-1" in opened(busy, DEV).text


def test_nobody_finds_or_counts_what_is_about_them(school: School) -> None:
    report(school, about="The headteacher")
    report(school, ANN, "A member of staff", **{"Name of individual": "hana  REES"})
    report(school, ANN, "A member of staff", **{"Name of individual": "Dev Mistry"})
    text = opened(school, HANA).text
    assert "*1 record matches*" in text
    assert "CR-5134" in text
    assert "Nothing matches" in opened(school, DEV).text
    waiting = [message.text for message in school.people.inbox(COL.user_id)]
    assert sum("waits for you" in text for text in waiting) == 2  # both are about the headteacher, whatever was chosen
    assert not [message for message in school.people.inbox(HANA.user_id) if "CR-5417" in message.text]


def test_the_list_leaves_as_csv_and_as_excel_without_formulas(school: School) -> None:
    ask(school, ANN, **{"Site content": "=cmd|' /C calc'!A1", "Reasons for access": "+44 reasons"})
    decide(school, HANA, "Reject", {"Reasons": "@SUM is no reason", "Signature": "Hana Rees"})
    report(school, BEN, **{"Nature of inappropriate content": "-2+3 bad words"})
    for button in ("Send me the list (CSV)", "Send me the list (Excel)"):
        school.press(HANA, opened(school, HANA), button)
    got = files(school, HANA)
    rows = list(csv.DictReader(io.StringIO(got["records-2026-11-23.csv"].decode("utf-8-sig"), newline="")))
    assert [row["record"] for row in rows] == ["CR-4526", "AR-1"]
    assert rows[0]["content"] == "'-2+3 bad words"
    assert rows[1]["content"] == "'=cmd|' /C calc'!A1"
    assert rows[1]["reasons or action taken"] == "'@SUM is no reason"
    assert rows[1]["decided or completed by"] == "Hana Rees"
    sheet = load_workbook(io.BytesIO(got["records-2026-11-23.xlsx"])).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "d", "n"}  # no "f"
    assert sheet["G3"].value == "=cmd|' /C calc'!A1"


def test_the_list_is_what_the_window_showed(busy: School) -> None:
    view = narrowed(busy, HANA, opened(busy, HANA), Words="castles")
    busy.press(HANA, view, "Send me the list (CSV)")
    rows = files(busy, HANA)["records-2026-11-23.csv"].decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "castles.example" in rows[1]


def test_a_forged_list_is_refused(busy: School) -> None:
    for value in ("records-csv:{}", "records-csv:nonsense", "everything:", "", "form:AR-1"):
        told = busy.press(HANA, opened(busy, HANA), "Send me the list (CSV)", Forged(value))
        assert "out of date" in told.text
    assert files(busy, HANA) == {}
    with pytest.raises(BadInput):
        rules.again("{}")


def test_what_is_written_is_read_again() -> None:
    search = rules.read(Scope.ALL, {"kind": "access", "standing": "waiting", "first": "2026-11-01", "words": " a  b "})
    assert rules.again(search.written()) == search
    assert (search.kind, search.standing, search.words) == (Kind.ACCESS, Standing.WAITING, "a b")
    with pytest.raises(BadInput):
        rules.read(Scope.MINE, {"words": "x" * 201, "first": "tomorrow"})
