"""Whoever clicks through the invented school in Chromium, at a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.renderer.opening import open_school
from tests.renderer.serving import serve
from tests.renderer.visitor import Scheme, Visitor, Width, open_browser, open_page


@pytest.fixture(params=[(Width.DESK, Scheme.LIGHT), (Width.PHONE, Scheme.DARK)], ids=["desk", "phone"])
def visitor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visitor]:
    """A page on the invented school; fails, never skips, where Chromium is missing."""
    with (
        open_school(tmp_path) as school,
        serve(school.front) as url,
        open_browser() as browser,
        open_page(browser, *request.param) as page,
    ):
        yield Visitor(page, url, tmp_path)
