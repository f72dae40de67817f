"""Makes the policy's forms into PDFs, the same bytes for the same content.

Tagged for screen readers (PDF/UA-1) and fit for the archive (PDF/A-2a). What people read, and how it looks, is in
`templates/documents`; nothing that anybody typed ever becomes markup there: it goes in as JSON.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from bot.clock import spoken_day, spoken_instant
from bot.rules import documents as rules
from bot.rules.documents import AccessRequestForm, ContentReportForm, Form, RecordForm
from bot.wording import TEMPLATES

if TYPE_CHECKING:
    import typst

FOLDER = TEMPLATES / "documents"
FONTS = FOLDER / "fonts"

Spelling = Callable[[str], str]

_PAGES = {
    AccessRequestForm: "access_request.typ",
    ContentReportForm: "content_report.typ",
    RecordForm: "record.typ",
}
_ADDRESSES = {"url", "urls"}
_EUROPEAN = {"LATIN", "GREEK", "CYRILLIC"}  # their accents are encoded once for all three

_NEW_LINE = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
# In running text these belong to the spelling (Persian, Hindi, emoji) or do no harm; in an address they can deceive.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")


def make_pdf(form: Form, key: str) -> bytes:
    """Return a form as a PDF, with its verification code. Raises Misconfigured without a key.

    No text makes it fail: what no font can show is printed as its number, like □[U+E000].
    """
    code = rules.code(form, key)
    return typeset(
        _PAGES[type(form)],
        lambda spelling: {"form": json.dumps(_printed(form, form.timezone, spelling)), "code": code},
        # The record's own time, so that the same record gives the same bytes.
        at=max(rules.instants(form)),
    )


def typeset(template: str, values: Callable[[Spelling], Mapping[str, str]], *, at: datetime) -> bytes:
    """Return a template with its values as a PDF. `values`: how a text is spelt → what the template is given."""
    import typst

    def compiled(spelling: Spelling) -> bytes:
        return typst.compile(
            FOLDER / template,
            root=FOLDER,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=dict(values(spelling)),
            pdf_standards=["a-2a", "ua-1"],  # for the archive, and for screen readers
            timestamp=at.astimezone(UTC).replace(microsecond=0),  # whole seconds UTC, as typst demands
        )

    try:
        return compiled(visible)
    except typst.TypstError:
        # Both standards demand a glyph for everything. Typst finds none, once in many thousands, for an accent of one
        # script on a letter of another, each from its own font. Nobody's name is written so.
        return compiled(_spelt_out)


def draw(template: str, values: Mapping[str, str], *, dots_an_inch: float) -> bytes:
    """Return a template of one page with its values as a PNG."""
    import typst

    return typst.compile(
        FOLDER / template,
        root=FOLDER,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=dict(values),
        format="png",
        ppi=dots_an_inch,
    )


@cache
def _fonts() -> "typst.Fonts":
    import typst

    # Only our own fonts: a form must not look different on the next machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


@cache
def _unprintable() -> re.Pattern[str]:
    ranges = (line.split("-") for line in (FONTS / "coverage.txt").read_text("ascii").split())
    covered = "".join(f"\\U{first:0>8}-\\U{last:0>8}" for first, last in ranges)
    return re.compile(f"[^{covered}]")


def _printed(value: object, timezone: str, spelling: Spelling, *, name: str = "") -> object:
    """Return a value of a form as the templates take it: texts as lines, instants as people read them."""
    if isinstance(value, str):
        return _lines(value, spelling, _INVISIBLE if name in _ADDRESSES else None)
    if isinstance(value, datetime):  # before date: every datetime is one
        return spoken_instant(value, timezone)
    if isinstance(value, date):
        return spoken_day(value)
    if isinstance(value, tuple):
        return [_printed(item, timezone, spelling, name=name) for item in value]
    if is_dataclass(value):
        names = (field.name for field in fields(value))
        return {name: _printed(getattr(value, name), timezone, spelling, name=name) for name in names}
    return value


def _lines(text: str, spelling: Spelling, shown: re.Pattern[str] | None) -> list[dict[str, object]]:
    # Only blanks are trimmed: what str.strip() takes for space includes characters that must show.
    lines = [line.replace("\t", "    ").strip(" ") for line in _NEW_LINE.split(text)]
    if shown:
        lines = [shown.sub(_number, line) for line in lines]
    return [{"text": spelling(line), "rtl": _is_right_to_left(line)} for line in lines if line]


def visible(line: str) -> str:
    """Return a line of which every character has a glyph, or else is printed as its number."""
    return _unprintable().sub(_number, line)


def _spelt_out(line: str) -> str:
    """Return a line with accents as numbers where they belong to another script than the letter before them."""
    letters, script = [], ""
    for letter in visible(line):
        is_mark = unicodedata.category(letter).startswith("M")
        at_home = _script(letter) == script or (script in _EUROPEAN and "\u0300" <= letter <= "\u036f")
        letters.append(_numbered(letter) if is_mark and not at_home else letter)
        script = script if is_mark else _script(letter)
    return "".join(letters)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]  # "TAMIL LETTER KA"


def _number(found: re.Match[str]) -> str:
    return _numbered(found[0])


def _numbered(letter: str) -> str:
    return f"□[U+{ord(letter):04X}]"


def _is_right_to_left(line: str) -> bool:
    """Tell the direction of a line by its first letter, as Unicode does (UAX 9, P2 and P3)."""
    for letter in line:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False
