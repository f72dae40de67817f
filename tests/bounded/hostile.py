"""Files that nobody should send, and what would be read of them."""

import io
import zipfile
from collections.abc import Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def workbook(sheet: bytes) -> bytes:
    """Return a workbook whose one sheet holds these bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return packed.getvalue()


def cells_that_never_end(count: int = 40_000) -> bytes:
    """Return a workbook of 1.5 kB with which every answer once stood still for 23 seconds."""
    return workbook(b"<c " * count)


def word(body: str, numbering: str = "") -> bytes:
    """Return a Word document."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
        archive.writestr("word/numbering.xml", f'<w:numbering xmlns:w="{W}">{numbering}</w:numbering>')
    return packed.getvalue()


def pdf(objects: Sequence[bytes]) -> bytes:
    """Return a PDF of these objects; the first is its catalogue."""
    written, places = io.BytesIO(), []
    written.write(b"%PDF-1.7\n")
    for number, each in enumerate(objects, 1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    table = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    written.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    written.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return written.getvalue()


def pages(count: int, content: bytes, font: bytes = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>") -> bytes:
    """Return a PDF of pages that all share one stream."""
    kids = b" ".join(b"%d 0 R" % (6 + number) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            stream(content),
            font,
            stream(_EVERY_LETTER),
            *[page] * count,
        ]
    )


def stream(content: bytes) -> bytes:
    """Return a stream of a PDF."""
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content)


def fonts_without_end() -> bytes:
    """Return a PDF of 40 kB whose reader learns sixty thousand letters anew for each of its pages."""
    return pages(299, b"BT /F 10 Tf (1.1 Fatima van Dijk has a secret.) Tj ET", _FONT)


_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Helvetica/Encoding/Identity-H/ToUnicode 5 0 R/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType2/BaseFont/Helvetica/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>"
)
_EVERY_LETTER = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <FFFF> "
    b"endcodespacerange\n1 beginbfrange\n<0000> <FFFF> <0000>\nendbfrange\nendcmap\n"
)


def calendar_of_lines(count: int = 10_000_000) -> bytes:
    """Return a calendar of more lines than the memory of its reader can hold."""
    return b"BEGIN:VCALENDAR\nSUMMARY:Fatima van Dijk\n" + b"ab\n" * count
