"""What was posted before Lanyard is logged from a list; a row that is not certain is refused by its line. §4.6."""

import pytest

from bot.services.posting import earlier
from tests.people import ANN, OLU
from tests.posting.gate import FATIMA, JACK, withdraw
from tests.posting.test_corrections import listed, opened, outcomes
from tests.school import School
from tests.slack.people import Sight
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")
BOTH = pytest.mark.databases("sqlite", "postgresql")
HEADER = "Where,Posted on,Link or place,Pupils,Photo or video\n"
ROWS = (
    HEADER
    + f'School Twitter feed,03/09/2025,https://x.example/huntington/11,"{FATIMA}, {JACK}",\n'
    + "School website,2026-10-01,https://huntington.example/news/4,Reception Acorns,video\n"
)
DOUBTFUL = (
    ROWS
    + "School Facebook,03/09/2025,https://f.example/1,Reception Acorns,\n"
    + "School website,31/02/2025,https://huntington.example/news/5,Reception Acorns,\n"
    + "School website,03/09/2025,https://huntington.example/news/6,Nobody Atall,\n"
    + "School website,03/09/2025,https://huntington.example/news/7,Jamie,\n"
    + "School website,03/09/2030,https://huntington.example/news/8,Reception Acorns,\n"
    + "School website,03/09/2025,https://huntington.example/news/9,Fatima van Dijk,painting\n"
    + "School website,03/09/2025,,Reception Acorns,\n"
)


def sent(school: School, rows: str) -> View:
    """Olu sends a list, and is shown what would be logged."""
    log = school.press(OLU, school.more(OLU).view, "Log a post").view
    form = school.press(OLU, log, "Many at once").view
    school.submit(OLU, form, {"Or rows": rows})
    return shown(school)


def shown(school: School) -> View:
    view = school.top(OLU)
    assert view is not None
    return view


@BOTH
@pytest.mark.policy("4.6")
def test_older_posts_are_logged_from_a_list_and_come_down_with_a_withdrawal(school: School) -> None:
    would = sent(school, ROWS)
    assert "2 posts would be logged" in would.text
    assert "PO-" not in listed(school, OLU).text
    would = sent(school, ROWS)
    school.submit(OLU, would, {})
    school.deliver()
    assert "2 posts are logged." in shown(school).text
    assert "Logged from a list" in opened(school, OLU, "PO-1").text
    before = outcomes(school)
    withdraw(school)
    assert outcomes(school) == [*before, "open"]
    assert "0 posts" not in sent(school, ROWS).text
    assert "2 are logged already." in shown(school).text


@pytest.mark.policy("4.6")
def test_a_row_that_is_not_certain_is_refused_by_its_line(school: School) -> None:
    told = sent(school, DOUBTFUL).text
    assert "2 posts would be logged" in told
    for line, column in ((4, "Where"), (5, "Posted on"), (6, "Pupils"), (7, "Pupils"), (8, "Posted on")):
        assert f"line {line}, {column}: " in told
    assert "line 9, Photo or video: this is neither photo nor video." in told
    assert "line 10, Link or place: this is empty." in told
    assert "Jamie" not in told.replace("“Jamie P 3B”", "")  # no name in what is told, but for the example


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Name,Class\nAda,3B\n", "There is no column Where and no column Posted on"),
        (HEADER + "School website,03/09/2025,https://h.example/1,Reception Acorns,,surplus,cells\n", "more cells than"),
        (HEADER + "School website,03/09/2025,https://h.example/1,Reception Acorns,\n" * 501, "at most 500 at a time"),
    ],
)
def test_what_is_no_list_of_posts_is_refused(school: School, rows: str, said: str) -> None:
    from bot.errors import BadFile

    try:
        told = "; ".join(map(str, earlier.preview(school.context(), "posts.csv", rows.encode()).problems))
    except BadFile as error:
        told = str(error)
    assert said.casefold() in told.casefold()


def test_either_a_file_or_rows(school: School) -> None:
    log = school.press(OLU, school.more(OLU).view, "Log a post").view
    form = school.press(OLU, log, "Many at once").view
    assert "either a file or pasted rows" in str(school.submit(OLU, form, {}).body)


def test_a_list_is_for_the_office_and_is_logged_once(school: School) -> None:
    would = sent(school, ROWS)
    school.submit(ANN, would, {}, sight=Sight.FORGED)
    assert "PO-" not in listed(school, OLU).text
    for _ in range(2):  # pressed twice
        school.submit(OLU, would, {}, sight=Sight.FORGED)
    school.deliver()
    assert "PO-3" not in listed(school, OLU).text


def test_the_office_mends_what_was_logged_wrongly_by_somebody_else(school: School) -> None:
    school.submit(OLU, sent(school, ROWS), {})
    school.deliver()
    form = school.press(OLU, opened(school, OLU, "PO-1"), "Correct it").view
    school.submit(OLU, form, {"Link or place": "https://x.example/huntington/12"})
    told = opened(school, OLU, "PO-1").text
    assert "Corrected by the office; before it said" in told
    assert "huntington/12" in told


def test_a_class_of_another_year_had_other_children(school: School) -> None:
    rows = HEADER + "School website,03/09/2019,https://huntington.example/news/4,Reception Acorns,\n"
    assert "line 2, Pupils: other children were in it in another school year" in sent(school, rows).text
    form = school.press(ANN, school.more(ANN).view, "Log a post").view
    entries = {"Where is it": "School website", "Photo or video": "Photo", "Names or classes": "Reception Acorns"}
    entries |= {"Link or place": "in the hall", "Posted on": "2025-06-01", "Taken with": "A school device"}
    assert "A class has other children now" in str(school.submit(ANN, form, entries).body)
