"""Word documents: only the three members that hold words and numbers are unpacked, and each only up to a limit.

Text that was deleted under tracked changes is left out, inserted text is taken: what Word shows as final.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from bot.errors import BadFile
from bot.reading.policy.docx_numbers import Numbering
from bot.reading.policy.formats import READS, SAVE_AS
from bot.reading.policy.lines import Line

MAX_MEMBERS = 2_000
MAX_UNPACKED = 30_000_000  # bytes of one member: forty pages are 1 MB
MAX_TAGS = 300_000  # of one member: forty pages have some 20,000, and a file of a few kB can unfold to millions
DOCUMENT, NUMBERING, STYLES = "word/document.xml", "word/numbering.xml", "word/styles.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    NotImplementedError,
)
_CUT_OFF = f"This file is cut off or damaged, so nothing was read from it. Download it once more. {SAVE_AS}"
_TOO_LARGE = f"This file unfolds to more than a policy can hold, so it was not opened. {SAVE_AS}"
_LOCKED = "This file is locked with a password. Save it without the password and send it again."
_OTHERS = {
    "xl/workbook.xml": "an Excel workbook",
    "ppt/presentation.xml": "a presentation",
    "content.xml": "an OpenDocument file (.odt)",
    "Index/Document.iwa": "a Pages file",
}
# Nothing but our own bytes is ever read: no entities, no DTD, no network, no giant trees.
_PARSER = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}
_LEFT_OUT = {f"{W}del", f"{W}moveFrom", f"{W}txbxContent", f"{W}instrText", f"{W}footnoteReference"}
_LEFT_OUT.add("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")
_PARAGRAPH, _RUN, _TEXT = f"{W}p", f"{W}r", f"{W}t"
_SIGNS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}


def lines(content: bytes) -> list[Line]:
    """Return the paragraphs of a Word document, with Word's own numbers. Raises BadFile."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = _checked(archive)
        body = _tree(archive, DOCUMENT)
        styles = _tree(archive, STYLES) if STYLES in names else None
        numbering = _tree(archive, NUMBERING) if NUMBERING in names else None
    except _BROKEN as error:
        raise BadFile(_CUT_OFF) from error
    except etree.XMLSyntaxError as error:
        raise BadFile(_CUT_OFF) from error
    numbers = Numbering(numbering, styles)
    return [line for paragraph in _paragraphs(body) for line in _read(paragraph, numbers)]


def _checked(archive: zipfile.ZipFile) -> set[str]:
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS:
        raise BadFile(_TOO_LARGE)
    if any(member.flag_bits & 1 for member in members):
        raise BadFile(_LOCKED)
    for name, kind in _OTHERS.items():
        if name in names and DOCUMENT not in names:
            raise BadFile(f"This file is {kind}. {READS} {SAVE_AS}")
    if DOCUMENT not in names:
        raise BadFile(f"This is a zip file without a Word document in it. {READS}")
    return names


def _tree(archive: zipfile.ZipFile, name: str) -> Any:
    """Unpack and read one member. The size that it declares may be a lie, so it is not asked."""
    member = archive.getinfo(name)
    member.file_size = MAX_UNPACKED + 2
    with archive.open(member) as stream:
        written = stream.read(MAX_UNPACKED + 1)
    if len(written) > MAX_UNPACKED or written.count(b"<") > MAX_TAGS:
        raise BadFile(_TOO_LARGE)
    # A document type belongs to no Word document; entities that multiply are declared in one.
    if b"<!DOCTYPE" in written or b"<!ENTITY" in written:
        raise BadFile(_CUT_OFF)
    return etree.fromstring(written, etree.XMLParser(**_PARSER))


@dataclass(slots=True)
class _Run:
    """Words that look alike."""

    is_hidden: bool
    is_bold: bool


@dataclass(slots=True)
class _Paragraph:
    """One paragraph, without those that lie within it."""

    element: Any
    words: list[str] = field(default_factory=list)
    is_bold: bool = True
    has_words: bool = False

    def take(self, each: Any, run: _Run | None) -> None:
        """Take what an element says."""
        if each.tag == _TEXT:
            if run and (each.text or "").strip():
                self.has_words, self.is_bold = True, self.is_bold and run.is_bold
            if not (run and run.is_hidden):
                self.words.append(each.text or "")
        elif each.tag == f"{W}tab":
            self.words.append(" " if each.getparent().tag == _RUN else "")
        else:
            self.words.append(_SIGNS.get(each.tag, ""))


def _paragraphs(body: Any) -> list[_Paragraph]:
    """Return every paragraph in the order in which it is read: in tables and content controls, too.

    One walk, in which each word is met once, however deep paragraphs lie in each other.
    """
    found: list[_Paragraph] = []
    within: list[_Paragraph] = []
    runs: list[_Run] = []
    left_out = 0
    for event, each in etree.iterwalk(body, events=("start", "end")):
        begins = event == "start"
        if each.tag in _LEFT_OUT:
            left_out += 1 if begins else -1
        elif left_out:
            continue
        elif each.tag == _PARAGRAPH:
            if begins:
                found.append(_Paragraph(each))
                within.append(found[-1])
            else:
                within.pop()
        elif each.tag == _RUN:
            if begins:
                runs.append(_Run(_is_on(each.find(f"{W}rPr/{W}vanish")), _is_on(each.find(f"{W}rPr/{W}b"))))
            else:
                runs.pop()
        elif begins and within:
            within[-1].take(each, runs[-1] if runs else None)
    return found


def _read(paragraph: _Paragraph, numbers: Numbering) -> Iterator[Line]:
    style = numbers.style_of(paragraph.element).lower()
    number = numbers.next_of(paragraph.element)  # asked in any case: an empty paragraph counts, too
    text = "".join(paragraph.words)
    if not text.strip() or style.startswith("toc"):
        return
    first, *more = (part for part in text.split("\n") if part.strip())
    # A bold paragraph is a heading only where nothing numbers it: Word's clauses may begin in bold.
    is_bold = paragraph.has_words and paragraph.is_bold
    heading = style.startswith(("heading", "title", "subtitle")) or (not number and is_bold)
    words = " ".join(part for part in (number, first.strip()) if part)
    yield Line(words, starts=True, is_heading=heading, is_numbered=bool(number))
    for part in more:
        yield Line(part.strip())  # a break within a paragraph may stand in the middle of a sentence


def _is_on(mark: Any) -> bool:
    return mark is not None and mark.get(f"{W}val") not in {"0", "false", "off"}
