"""What is still published is looked at once a year, and when a Yes has run out or a child has left. Policy §4.6."""

import io

import pytest
from pypdf import PdfReader

from bot.services.documents import overview_page
from storage.posting.posts import posts
from tests.consent.test_ledger import ON_PAPER, record
from tests.people import ANN, BEN, HANA, OLU
from tests.posting.gate import FATIMA, FEED, check, log, message, withdraw
from tests.posting.test_surfaces import looked_after_by, register
from tests.school import School, acting
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")
BOTH = pytest.mark.databases("sqlite", "postgresql")


def still(school: School) -> View:
    view = school.press(OLU, school.more(OLU).view, "Still published").view
    assert view is not None
    return view


def old(school: School, days: int = 400) -> None:
    """Log a post from long ago."""
    form = school.press(ANN, school.more(ANN).view, "Log a post").view
    day = (school.clock.instant.date()).replace(year=2025, month=9, day=1 + days % 20)
    entries = {
        "Where is it": FEED,
        "Photo or video": "Photo",
        "Names or classes": FATIMA,
        "Link or place": f"https://x.example/huntington/{days}",
        "Posted on": f"{day}",
        "Taken with": "A school device",
    }
    assert "is logged" in school.submit(ANN, form, entries).text
    school.deliver()


@BOTH
@pytest.mark.policy("4.6")
def test_after_a_year_it_is_looked_at_and_may_stay_or_comes_down(school: School) -> None:
    log(school, ANN, check(school).view)
    assert "Nothing is to be looked at" in still(school).text
    for days in (1, 2, 3):
        old(school, days)
    shown = still(school)
    assert "3 posts are still published, and to be looked at." in shown.text
    stays = school.submit(
        OLU, shown, {"Tick what": [f"PO-2 · {FEED}", f"PO-3 · {FEED}"], "What did you": "It may stay"}
    ).view
    assert stays is not None
    assert "1 post is still published" in stays.text
    gone = school.submit(OLU, stays, {"Tick what": [f"PO-4 · {FEED}"], "What did you": "I took it down"}).view
    assert gone is not None
    assert "Nothing is to be looked at" in gone.text
    school.deliver()
    assert "PO-4: taken down" in message(school, ANN, "PO-4").text


@pytest.mark.policy("4.6")
def test_whoever_looks_after_the_place_is_reminded_once_a_morning(school: School) -> None:
    old(school)
    school.clock.forward(days=1)
    school.tick()
    assert "1 post is still published, and to be looked at." in message(school, HANA, "still published").text
    assert not [each for each in school.people.inbox(BEN.user_id) if "still published" in each.text]


def test_a_colleague_who_looks_after_the_place_sees_what_is_to_be_looked_at(school: School) -> None:
    old(school)
    change = school.press(OLU, register(school), "Change", near=FEED).view
    school.submit(OLU, change, looked_after_by(school, change, BEN))
    school.clock.forward(days=1)
    school.tick()
    shown = school.press(BEN, message(school, BEN, "still published"), "Look at them").view
    assert shown is not None
    assert "1 post is still published" in shown.text


@BOTH
def test_a_yes_that_runs_out_has_its_pictures_looked_at(school: School) -> None:
    log(school, ANN, check(school).view)
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video", "Until which day": "2026-12-01"})
    school.clock.forward(days=8)
    assert "Nothing" in still(school).text
    school.clock.forward(days=1)
    shown = still(school)
    assert "1 post is still published" in shown.text
    assert "1 without a current Yes" in str(shown.payload)


def test_the_day_is_kept_with_the_post(school: School) -> None:
    log(school, ANN, check(school).view)
    with school.database.read() as connection:
        (form,) = posts.of_records(connection, range(1, 50)).values()
    assert (form.look_on - form.posted_on).days == 365


def test_the_overview_counts_posts_and_says_few_take_downs_as_such(school: School) -> None:
    def told() -> str:
        view = school.press(HANA, school.more(HANA).view, "School overview").view
        assert view is not None
        return view.text

    assert "Pictures that were posted" not in told()
    log(school, ANN, check(school).view)
    assert "Autumn 2026: 1 post was logged; nothing had to come down." in told()
    withdraw(school)
    assert "Autumn 2026: 1 post was logged; fewer than 3 take-downs." in told()


def test_the_pdf_of_the_overview_shows_posts_and_stays_one_page(school: School) -> None:
    log(school, ANN, check(school).view)
    withdraw(school)
    paper = PdfReader(io.BytesIO(overview_page.make_pdf(acting(school, HANA))))
    assert len(paper.pages) == 1
    told = " ".join(paper.pages[0].extract_text().split())
    assert "Pictures that were posted" in told
    assert "Autumn 2026: 1 post was logged; fewer than 3 take-downs" in told
