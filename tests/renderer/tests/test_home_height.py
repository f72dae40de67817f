"""How high Home is on a phone of 390 x 844: one screen for a teacher, in the usual state one and a half for anybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people import ANN, CARA, COL, DEV, GWEN, HANA, OLU, PRIYA, Someone
from tests.renderer.opening import School, open_school
from tests.renderer.serving import serve
from tests.renderer.visitor import Visitor, Width, open_browser, open_page

SCREEN = 844  # pixels
SITE = {
    "Full URL": "https://volcano-cam.example.org/live",
    "Site content": "A live camera on a volcano",
    "Reasons for access": "Year 3 watches volcanoes this half term",
    "Identified risks": "Comments below the film: shown full screen",
}
MOST = dict.fromkeys((ANN, CARA), SCREEN) | dict.fromkeys((HANA, DEV, OLU, PRIYA, COL, GWEN), SCREEN * 3 // 2)


@pytest.fixture(scope="module")
def heights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Someone, int]]:
    """The height of everybody's Home in December: two requests wait, and training is due."""
    folder: Path = tmp_path_factory.mktemp("school")
    with (
        open_school(folder) as school,
        serve(school.front) as url,
        open_browser() as browser,
        open_page(browser, Width.PHONE) as page,
    ):
        visitor = Visitor(page, url, folder)
        for who in (ANN, CARA):
            visitor.command(who, "/request-access")
            visitor.fill(SITE)
            visitor.submit()
            visitor.close()
        _december(school)
        found = {}
        for who in MOST:
            visitor.home(who)
            found[who] = int(page.locator(".home").evaluate("home => home.offsetHeight"))
        yield found


def _december(school: School) -> None:
    school.clock.forward(days=18)
    school.tick()


@pytest.mark.parametrize("who", MOST, ids=lambda who: who.name)
def test_home_fits(heights: dict[Someone, int], who: Someone) -> None:
    assert heights[who] <= MOST[who]
