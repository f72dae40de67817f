"""Word documents: only the three members that hold words and numbers are unpacked, and each only up to a limit.

Text that was deleted under tracked changes is left out, inserted text is taken: what Word shows as final.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
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
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


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


def _paragraphs(body: Any) -> Iterator[Any]:
    """Walk through every paragraph in the order in which it is read: in tables and content controls, too."""
    for paragraph in body.iter(f"{W}p"):
        above = {each.tag for each in paragraph.iterancestors()}
        if not above & _LEFT_OUT and _FALLBACK not in above:
            yield paragraph


def _read(paragraph: Any, numbers: Numbering) -> Iterator[Line]:
    style = numbers.style_of(paragraph)
    number = numbers.next_of(paragraph)  # asked in any case: an empty paragraph counts, too
    text = "".join(_words(paragraph))
    if not text.strip() or style.lower().startswith("toc"):
        return
    first, *more = (part for part in text.split("\n") if part.strip())
    # A bold paragraph is a heading only where nothing numbers it: Word's clauses may begin in bold.
    heading = style.lower().startswith(("heading", "title", "subtitle")) or (not number and _is_bold(paragraph))
    words = " ".join(part for part in (number, first.strip()) if part)
    yield Line(words, starts=True, is_heading=heading, is_numbered=bool(number))
    for part in more:
        yield Line(part.strip())  # a break within a paragraph may stand in the middle of a sentence


def _words(paragraph: Any) -> Iterator[str]:
    for each in paragraph.iter():
        if each.tag == f"{W}t":
            above = {parent.tag for parent in each.iterancestors()}
            if above & _LEFT_OUT or _FALLBACK in above or _is_hidden(each.getparent()):
                continue
            yield each.text or ""
        elif each.tag == f"{W}tab":
            yield " " if each.getparent().tag == f"{W}r" else ""
        elif each.tag in {f"{W}br", f"{W}cr"}:
            yield "\n"
        elif each.tag == f"{W}noBreakHyphen":
            yield "-"


def _is_hidden(run: Any) -> bool:
    return _is_on(run.find(f"{W}rPr/{W}vanish"))


def _is_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if any((text.text or "").strip() for text in run.iter(f"{W}t"))]
    return bool(runs) and all(_is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _is_on(mark: Any) -> bool:
    return mark is not None and mark.get(f"{W}val") not in {"0", "false", "off"}
