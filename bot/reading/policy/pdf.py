"""PDFs: lines as they are printed, with the space above them, and without what is printed on every page."""

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.errors import BadFile
from bot.reading.policy.lines import Line

MAX_PAGES = 300
LEAST_LETTERS = 40  # on a page, on average: a scan has none, or a stamp
EDGE = 3  # lines at the top and at the bottom of a page that may be on every page
PARAGRAPH = 1.2  # times the usual distance of two lines: more is a new paragraph
LARGER = 1.12  # times the usual size of letters: more is a heading
MAX_PRINTED = 5_000_000  # bytes that say what is printed: forty pages have 2 MB at the most
NEAR_END = 4096  # bytes: the mark of a PDF's end stands in its last lines

_PAGE = re.compile(r"(?i)\s*(?:page\s+)?[-–]?\s*\d{1,3}\s*[-–]?(?:\s*(?:of|/)\s*\d{1,3})?\s*")
_LOCKED = "This PDF is locked with a password. Save it without the password, or send the Word document."
_SCANNED = (
    "There is no text in this PDF: it is a scan, a picture of each page. Send the Word document it was made from, or "
    "have the scan's text recognised first."
)
_CUT_OFF = (
    "This PDF is cut off or damaged, so nothing was read from it. Download it once more, or send the Word document."
)
_TOO_MUCH = "This PDF says far more than a policy does. Is it the right one? If so, send the Word document."


@dataclass(slots=True)
class _Printed:
    """One printed line. `down`: from the page's foot, in points."""

    pieces: list[str] = field(default_factory=list)
    down: float = 0.0
    size: float = 0.0
    is_bold: bool = False
    is_begun: bool = False  # there is something to read in it
    text: str = ""  # all pieces, when the page is through


def lines(content: bytes) -> list[Line]:
    """Return the lines of a PDF. Raises BadFile."""
    from pypdf.errors import FileNotDecryptedError, WrongPasswordError

    if b"%%EOF" not in content[-NEAR_END:]:
        raise BadFile(_CUT_OFF)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it writes what it mends, with pieces of the text
    try:
        pages = _pages(content)
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise BadFile(_LOCKED) from error
    except BadFile:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a damaged PDF raises anything: KeyError, RecursionError, its own family
        raise BadFile(_CUT_OFF) from error
    letters = sum(character.isalnum() for page in pages for line in page for character in line.text)
    if letters < LEAST_LETTERS * len(pages):
        raise BadFile(_SCANNED)
    furniture = _furniture(pages)
    return _joined([_without_furniture(page, furniture) for page in pages])


def _pages(content: bytes) -> list[list[_Printed]]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    # Many PDFs only forbid printing: these open with an empty password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadFile(_LOCKED)
    if len(reader.pages) > MAX_PAGES:
        raise BadFile(
            f"This PDF has {len(reader.pages)} pages; a policy has fewer than {MAX_PAGES}. Is it the right one?"
        )
    if not reader.pages:
        raise BadFile(_CUT_OFF)
    if _to_be_printed(reader.pages) > MAX_PRINTED:
        raise BadFile(_TOO_MUCH)
    return [_page(page) for page in reader.pages]


def _to_be_printed(pages: Any) -> int:
    """Return how many bytes say what all pages print. Pages may share them, and each is printed all the same."""
    sizes: dict[object, int] = {}
    total = 0
    for page in pages:
        contents = page.get("/Contents")
        parts = contents.get_object() if contents is not None else []
        for part in parts if isinstance(parts, list) else [page.raw_get("/Contents")]:
            known = (part.idnum, part.generation) if hasattr(part, "idnum") else id(part)
            if known not in sizes:
                sizes[known] = len(part.get_object().get_data())
            total += sizes[known]
        if total > MAX_PRINTED:
            break
    return total


def _page(page: Any) -> list[_Printed]:
    printed = [_Printed()]

    def visit(text: str, space: Sequence[float], place: Sequence[float], font: Any, size: float) -> None:
        for number, part in enumerate(text.split("\n")):
            if number:
                printed.append(_Printed())
            line = printed[-1]
            if not line.is_begun and part.strip():
                line.is_begun = True
                line.down = place[4] * space[1] + place[5] * space[3] + space[5]
                line.size = size * abs(place[3] or 1) * abs(space[3] or 1)
                line.is_bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
            line.pieces.append(part)

    page.extract_text(visitor_text=visit)
    for line in printed:
        line.text = "".join(line.pieces)
    return [line for line in printed if line.is_begun]


def _furniture(pages: Sequence[Sequence[_Printed]]) -> set[str]:
    """Return what stands at the edge of at least half of the pages, numbers aside."""
    counted = Counter(text for page in pages for text in {_shape(line) for line in _edges(page)})
    return {text for text, count in counted.items() if len(pages) > 1 and count >= max(2, len(pages) / 2)}


def _edges(page: Sequence[_Printed]) -> list[_Printed]:
    return [*page[:EDGE], *page[EDGE:][-EDGE:]]


def _shape(line: _Printed) -> str:
    # A page's number differs from page to page; a clause's number is what makes a line another one.
    return re.sub(r"(?<![\d.])\d+(?!\.?\d)", "#", " ".join(line.text.split()))


def _without_furniture(page: Sequence[_Printed], furniture: set[str]) -> list[_Printed]:
    edges = {id(line) for line in _edges(page)}
    return [
        line
        for line in page
        if id(line) not in edges or not (_shape(line) in furniture or _PAGE.fullmatch(line.text.strip()))
    ]


def _joined(pages: Sequence[Sequence[_Printed]]) -> list[Line]:
    printed = [line for page in pages for line in page]
    gaps = sorted(round(a.down - b.down, 1) for page in pages for a, b in pairwise(page))
    leading = next(iter(gaps[len(gaps) // 5 :]), 0.0)
    size = Counter(round(line.size, 1) for line in printed).most_common(1)[0][0]
    bold = sum(line.is_bold for line in printed) > len(printed) / 2  # then it says nothing
    found: list[Line] = []
    for page in pages:
        above: _Printed | None = None
        for line in page:
            larger = line.size > size * LARGER
            starts = above is not None and above.down - line.down > leading * PARAGRAPH
            text = " ".join(line.text.split())
            found.append(Line(text, starts=starts, is_heading=larger or (line.is_bold and not bold)))
            above = line
    return found
