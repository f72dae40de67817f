"""What kind of file something is, by its first bytes and never by its name."""

import codecs
import re

ZIP = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")  # .xlsx and .docx are such, too
PDF = b"%PDF-"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls and .doc; also what is locked with a password
_LOCKED = "EncryptedPackage".encode("utf-16-le")
PICTURE = "a picture"
_KNOWN = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text document (RTF)"),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"\x1f\x8b", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"SQLite format 3", "a database"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|meta|body|table|\?xml)", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """Return what a file is in a few words, such as "a picture"; "" where it may well be text or a table."""
    if is_web_page(content):
        return "a web page, whatever its name says"
    return next((kind for start, kind in _KNOWN if content.startswith(start)), "")


def is_locked(content: bytes) -> bool:
    """Return whether it is a document of Office that only a password opens."""
    return content.startswith(OLD_OFFICE) and _LOCKED in content


def is_web_page(content: bytes) -> bool:
    """Return whether it is HTML or XML: systems export "Excel" files that are."""
    return bool(_MARKUP.match(content.removeprefix(codecs.BOM_UTF8)))
