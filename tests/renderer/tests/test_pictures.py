"""The pictures of the documentation: each is taken by a program, and none is left over."""

import re
from pathlib import Path

from tests.browser.workspace import PROJECT
from tests.renderer import pictures

SCREENSHOTS = PROJECT / "docs/screenshots"
PRINTED = {"overview.png"}  # `python -m bot overview` draws it


def test_every_picture_that_is_shown_is_taken_and_every_one_taken_is_shown(tmp_path: Path) -> None:
    pages = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"screenshots/([\w-]+\.png)", page.read_text())}
    pictures.take(tmp_path)
    taken = {path.name for path in tmp_path.iterdir()}
    assert taken | PRINTED == shown
    assert {path.name for path in SCREENSHOTS.iterdir()} == shown
