"""A file that proves something: what it really is, by its content, and whether it may be kept."""

import re
import unicodedata

from bot.errors import BadFile

MOST_BYTES = 10_000_000
LONGEST_NAME = 200  # letters
FILE_TYPES = ("pdf", "jpg", "jpeg", "png")  # what Slack's picker offers: a convenience, the content decides

# Kind → how such a file begins, and what it must hold near its end: a file that was cut off proves nothing.
_KINDS = {
    "application/pdf": (b"%PDF-", b"%%EOF"),
    "image/jpeg": (b"\xff\xd8\xff", b"\xff\xd9"),
    "image/png": (b"\x89PNG\r\n\x1a\n", b"IEND"),
}
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_END = 2048  # bytes: some programs write a few more after the end
NOT_THESE = "Only a PDF, a JPG or a PNG can be kept. Please save it as one of these."


def kind_of(content: bytes) -> str:
    """Return what a file is by its content. Raises BadFile: only whole PDFs, JPGs and PNGs up to 10 MB."""
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Please send a smaller one.")
    for kind, (start, end) in _KINDS.items():
        if content.startswith(start):
            if end not in content[-_END:]:
                raise BadFile("The file is cut off: its end is missing. Please save it once more.")
            return kind
    raise BadFile(NOT_THESE)


def safe_name(written: str) -> str:
    """Return a file's name as it is kept: no folders, no control or direction characters."""
    bare = re.split(r"[/\\]", unicodedata.normalize("NFC", written))[-1]
    shown = "".join(letter for letter in bare if unicodedata.category(letter)[0] != "C")
    return " ".join(shown.split())[:LONGEST_NAME] or "file"
