"""`python -m tests.renderer.sheets OUT [ROLE …]`: contact sheets of everything that each role can see, to look at.

On a phone and on a desk, light and dark; beside them `found.txt`: labels that were cut, and buttons that do not fit.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import update

from storage import migrate
from storage.engine import open_database
from storage.outbox import queue
from tests.people import ANN, CARA, COL, DEV, GWEN, HANA, OLU, PRIYA, STAFF
from tests.renderer import page
from tests.renderer.accounts import FRONT, move_in
from tests.renderer.markup import Html, joined, tag
from tests.renderer.opening import Clock, School
from tests.renderer.visitor import Scheme, Width, open_browser, open_page
from tests.renderer.walk import Seen, Walk
from tests.school import KEY, MadeUpClock, furnish, open_school
from tests.soak import story

PEOPLE = {
    "teacher": ANN,
    "assistant": CARA,
    "headteacher": HANA,
    "deputy": DEV,
    "office": OLU,
    "dpo": PRIYA,
    "chair": COL,
    "governor": GWEN,
}
COLUMNS = {Width.PHONE: 4, Width.DESK: 3}
FIGURE = {Width.PHONE: 390, Width.DESK: 640}  # pixels
HIGHEST = 2600  # pixels of one sheet
GAP = 24
WALL = 420  # letters of one paragraph that nothing breaks: more is hardly read
STYLE = """
body { padding: 16px; background: #8b8b8b; }
.sheet { display: flex; gap: 24px; align-items: flex-start; }
.column { display: flex; flex-direction: column; gap: 24px; }
figure { margin: 0; } figcaption { font-size: 12px; color: #000; background: #ffd; padding: 2px 6px; }
figure > .surface { background: var(--ground); padding: 0 14px 8px; border-radius: 8px; }
figure > .surface:has(> .window, > .messages) { padding: 0; } .body { overflow: visible; }
figure .window { max-width: none; box-shadow: none; } dialog { position: static; }
[data-cut], .spills { outline: 2px dashed #e0007a; }
"""
FINDS = """() => {
  const found = [];
  for (const cut of document.querySelectorAll("[data-cut]")) found.push(`cut: ${cut.dataset.cut}`);
  for (const box of document.querySelectorAll(".button, .surface"))
    if (box.scrollWidth > box.clientWidth + 1) {
      box.classList.add("spills");
      found.push(`too wide: ${box.innerText.slice(0, 80)}`);
    }
  for (const text of document.querySelectorAll(".text p, .small p"))
    for (const line of text.innerText.split("\\n"))
      if (line.length > WALL) found.push(`${line.length} letters: ${line.slice(0, 80)}…`);
  return found;
}""".replace("WALL", str(WALL))


def main(out: Path, *roles: str) -> None:
    """Draw the sheets of these roles, or of all, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        staged, clock = _staged(Path(folder))
        found: list[str] = []
        for role in roles or PEOPLE:
            with _copied(staged, clock) as school:
                seen = list(Walk(school, PEOPLE[role]).everything())
            for width in Width:
                for scheme in Scheme:
                    told = _draw(browser, seen, out / f"{role}-{width.name.lower()}-{scheme}", width, scheme)
                    found += [f"{role}, {width.name.lower()}: {line}" for line in told if scheme is Scheme.LIGHT]
            print(f"{role}: {len(seen)} things to be seen")
    (out / "found.txt").write_text("\n".join(dict.fromkeys(found)) + "\n", encoding="utf-8")


def _staged(folder: Path) -> tuple[Path, MadeUpClock]:
    """Return a database in which a lot has happened, from Monday to Wednesday morning; and the time there."""
    path, clock = folder / "staged.db", MadeUpClock(Clock().instant)
    database = open_database(f"sqlite:///{path}", KEY)
    migrate.upgrade(database)
    furnish(database, clock)
    for school in open_school(database, clock):
        story.tell(school)
    # Everything that was told lies in the front in which it happened: it is told again, as it reads now, in this one.
    move_in(database, clock(), STAFF)
    here = {"front": FRONT, "state": queue.WAITING, "not_before": clock(), "conversation": None, "message": None}
    with database.begin() as connection:
        connection.execute(update(queue.outbox).values(**here))
    database.close()
    return path, clock


@contextmanager
def _copied(staged: Path, clock: MadeUpClock) -> Iterator[School]:
    path = staged.with_name("walked.db")
    shutil.copy(staged, path)
    database, ours = open_database(f"sqlite:///{path}", KEY), Clock()
    ours.instant = clock.instant
    try:
        school = School(database, ours)
        school.front.deliver()
        yield school
    finally:
        database.close()


def _draw(browser: Browser, seen: Sequence[Seen], name: Path, width: Width, scheme: Scheme) -> list[str]:
    """Draw as many sheets as it takes; return what was found on them."""
    wide = FIGURE[width]
    figures = [
        tag(
            "figure", tag("figcaption", each.caption), tag("div", each.shown, class_="surface"), style=f"width:{wide}px"
        )
        for each in seen
    ]
    with open_page(browser, width, scheme) as shown:
        _fill(shown, joined(*figures))
        heights = shown.eval_on_selector_all("figure", "all => all.map((one) => one.offsetHeight)")
        found: list[str] = []
        for number, columns in enumerate(_packed(figures, heights, COLUMNS[width]), start=1):
            _fill(shown, tag("div", *(tag("div", *column, class_="column") for column in columns), class_="sheet"))
            found += shown.evaluate(FINDS)
            shown.set_viewport_size({"width": (wide + GAP) * COLUMNS[width] + GAP, "height": 600})
            shown.screenshot(path=f"{name}-{number}.png", full_page=True, animations="disabled")
    return found


def _fill(shown: Page, body: Html) -> None:
    head = tag("head", tag("meta", charset="utf-8"), tag("style", Html(page.style() + STYLE)))
    shown.set_content(joined(Html("<!doctype html>"), tag("html", head, tag("body", body), lang="en-GB")))
    shown.evaluate("document.fonts.ready.then(() => true)")


def _packed(figures: Sequence[Html], heights: Sequence[int], most: int) -> Iterator[list[list[Html]]]:
    """Put figures below each other while they fit, then beside each other, then onto the next sheet."""
    columns, filled = [list[Html]()], 0
    for figure, height in zip(figures, heights, strict=True):
        if columns[-1] and filled + height > HIGHEST:
            if len(columns) == most:
                yield columns
                columns = []
            columns.append([])
            filled = 0
        columns[-1].append(figure)
        filled += height + GAP
    yield columns


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
