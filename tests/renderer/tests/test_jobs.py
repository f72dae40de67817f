"""How many clicks the daily jobs take, and how many screens of a phone the highest thing that is met on the way has.

A click is a button pressed or a form sent; what is typed or chosen in between is not counted. `pytest -s` prints the
table.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.people import ANN, CARA, HANA, OLU
from tests.renderer.opening import School, open_school
from tests.renderer.serving import serve
from tests.renderer.tests.test_home_height import SCREEN, SITE
from tests.renderer.visitor import Visitor, Width, open_browser, open_page

HEIGHTS = """() => {
    const windows = [...document.querySelectorAll('.window')], top = windows[windows.length - 1];
    if (top) return top.scrollHeight - top.clientHeight
        + [...top.querySelectorAll('.body')].reduce((sum, each) => sum + each.scrollHeight - each.clientHeight, 0)
        + top.clientHeight;
    const home = document.querySelector('.home');
    return home ? home.offsetHeight : [...document.querySelectorAll('.message')].at(-1)?.offsetHeight ?? 0;
}"""


class Counting:
    """A visitor whose clicks are counted, and who measures whatever lies in front of them."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.clicks, self.height = 0, 0

    def press(self, label: str, *, near: str | None = None) -> None:
        """Press something: one click."""
        self.clicks += 1
        self.visitor.press(label, near=near)
        self.look()

    def submit(self) -> None:
        """Send a form: one click."""
        self.clicks += 1
        self.visitor.submit()
        self.look()

    def look(self) -> None:
        """Measure what is in front."""
        self.height = max(self.height, int(self.visitor.page.evaluate(HEIGHTS)))

    @property
    def screens(self) -> int:
        """Return how many screens of a phone the highest had."""
        return math.ceil(self.height / SCREEN)


class Job(NamedTuple):
    """A job, the most clicks and screens that it may take, and how it is done."""

    name: str
    clicks: int
    screens: int
    play: Callable[[Counting, School], None]


def one_child(at: Counting, _school: School) -> None:
    at.visitor.command(ANN, "/consent Kai Chen 3H")
    at.visitor.message("Kai Chen")
    at.look()


def own_class(at: Counting, _school: School) -> None:
    at.visitor.home(ANN)
    at.look()
    at.press("3B")
    at.visitor.fill({"Where is the picture for": "School website, photo"})
    at.submit()
    at.visitor.see("leave out")


def withdrawal(at: Counting, _school: School) -> None:
    at.visitor.home(OLU)
    at.look()
    at.press("Record a decision")
    at.visitor.fill(
        {
            "Or type the pupil's name": "Kai Chen 3H",
            "What would you like to do?": "A parent takes consent back",
        }
    )
    at.submit()
    at.visitor.fill(
        {
            "What may not be used": "Everything: no picture at all",
            "Who decided": "Li Chen",
            "Who is this": "Mother",
            "How did it reach": "Spoken: on the phone or at the door",
        }
    )
    at.submit()
    at.visitor.see("Recorded.")


def approve_and_change_the_filter(at: Counting, _school: School) -> None:
    at.visitor.command(ANN, "/request-access")
    at.visitor.fill(SITE)
    at.visitor.submit()
    at.visitor.close()
    at.visitor.home(HANA)
    at.look()
    at.press("Approve")
    at.visitor.fill(
        {
            "Reasons": "A good source; the comments are hidden",
            "Signature": "Hana Rees",
            "Is the filter changed already?": ["I have changed the filter"],
        }
    )
    at.submit()
    at.visitor.see("approved, and open in the filter")


def own_training(at: Counting, school: School) -> None:
    school.clock.forward(days=18)
    at.visitor.home(CARA)
    at.look()
    at.press("Record it")
    at.visitor.fill({"Done on": "2026-12-11", "Provider": "Online course"})
    at.submit()
    at.visitor.see("Next due")


def report(at: Counting, _school: School) -> None:
    at.visitor.home(ANN)
    at.look()
    at.press("More")
    at.press("Report content")
    at.visitor.fill({"Could it be": "No", "Who is this about": "A pupil"})
    at.submit()
    at.visitor.fill({"Full URL": "https://bad.example/game", "Nature of inappropriate content": "A violent game."})
    at.submit()
    at.visitor.see("is on its way")


JOBS = (
    Job("one child", 0, 1, one_child),
    Job("own class", 2, 1, own_class),
    Job("a withdrawal", 4, 1, withdrawal),
    Job("approve, and the filter is changed", 3, 2, approve_and_change_the_filter),
    Job("own training", 2, 1, own_training),
    Job("a report", 4, 2, report),
)


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[tuple[Counting, School]]:
    """A phone before the invented school; fails, never skips, where Chromium is missing."""
    with (
        open_school(tmp_path) as school,
        serve(school.front) as url,
        open_browser() as browser,
        open_page(browser, Width.PHONE) as page,
    ):
        yield Counting(Visitor(page, url, tmp_path)), school


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_daily_job_takes_few_clicks_and_screens(counting: tuple[Counting, School], job: Job) -> None:
    at, school = counting
    job.play(at, school)
    print(f"{job.name}: {at.clicks} clicks, {at.screens} screens ({at.height} px)")
    assert at.clicks <= job.clicks
    assert at.screens <= job.screens
