"""The school's own document of its policy: Word, PDF or text, recognised by what is in it and not by its name."""

import codecs
import re

from bot.errors import BadFile
from bot.reading.policy.formats import READS, SAVE_AS
from bot.reading.policy.lines import Line, structure
from bot.rules.policy.clauses import Policy
from bot.sheets import kinds

MAX_BYTES = 20_000_000  # what a form of Slack brings, too; a policy of forty pages with pictures is 3 MB
MAX_LETTERS = 3_000_000  # a long policy has 100,000
MAX_LINES = 50_000
MAX_CLAUSES = 2_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TOO_LONG = "This document is far longer than a policy. Is it the right one?"
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_PAGE_SPOKEN = re.compile(r"(?i)\s*page\s+\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\s*")

# Marks that tools leave in a text: emphasis, headings and links of Markdown.
_STRONG = ("**", "__")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((?:#|https?:|mailto:)?[^)\s]{0,500}\)")


def read(content: bytes) -> Policy:
    """Read a policy. Raises BadFile, saying what the file is and what to do, for anything that has no clauses."""
    found = structure(lines_of(content))
    count = found.clause_count()
    if not count:
        raise BadFile(
            "No numbered clauses were found in this document. Lanyard looks for numbers such as 4.7 at the start of a "
            "paragraph. Number the clauses, or send the document as .docx."
        )
    if count > MAX_CLAUSES:
        raise BadFile(f"This document has more than {MAX_CLAUSES:,} numbered clauses. Is it the right one?")
    return found


def lines_of(content: bytes) -> list[Line]:
    """Return the lines of a document of any kind that Lanyard reads. Raises BadFile."""
    if not content.strip(b"\0 \t\r\n"):
        raise BadFile("This file is empty. Send the policy once more.")
    if len(content) > MAX_BYTES:
        raise BadFile(f"This file is larger than {MAX_BYTES // 1_000_000} MB. Take the pictures out and send it again.")
    found = _read(content)
    for line in found:
        line.text = _UNSTORABLE.sub("", line.text)
    if len(found) > MAX_LINES or sum(len(line.text) for line in found) > MAX_LETTERS:
        raise BadFile(_TOO_LONG)
    return found


def _read(content: bytes) -> list[Line]:
    # Each reader is loaded only for its own kind.
    if content.startswith(kinds.ZIP):
        from bot.reading.policy import docx

        return docx.lines(content)
    if kinds.PDF in content[:1024]:
        from bot.reading.policy import pdf

        return pdf.lines(content)
    _refuse_other_kinds(content)
    return _text_lines(_decoded(content))


def _refuse_other_kinds(content: bytes) -> None:
    if kinds.is_locked(content):
        raise BadFile("This Word document is locked with a password. Save it without the password and send it again.")
    kind = "in an old Office format (.doc)" if content.startswith(kinds.OLD_OFFICE) else kinds.kind_of(content)
    if kind == kinds.PICTURE:
        kind += ". A photo of the policy has no words in it"
    if kind:
        raise BadFile(f"This file is {kind}. {READS} {SAVE_AS}")


def _decoded(content: bytes) -> str:
    text = None
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            text = content[len(bom) :].decode(encoding, errors="replace")
            break
    if text is None:
        text = _guessed(content)
    strange = len(re.findall(r"[\x00-\x08\x0e-\x1b\ufffd]", text[:20_000]))
    if strange > len(text[:20_000]) // 50:
        raise BadFile(f"This file is not one that Lanyard can read. {READS} {SAVE_AS}")
    return text


def _guessed(content: bytes) -> str:
    """Read a text without a mark of its encoding: UTF-16 has zeros, UTF-8 proves itself, the rest is Windows'."""
    start = content[:4000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros.count(0) > len(zeros) * 0.7:
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _text_lines(text: str) -> list[Line]:
    if len(text) > 2 * MAX_LETTERS:
        raise BadFile(_TOO_LONG)
    found: list[Line] = []
    starts = True
    for raw in text.replace("\f", "\n\n").splitlines():
        plain = without_marks(raw)
        if not plain.strip():
            starts = True
            continue
        if _PAGE_SPOKEN.fullmatch(plain):
            continue
        found.append(Line(plain, starts=starts, is_heading=raw.startswith("#")))
        starts = False
    return found


def without_marks(raw: str) -> str:
    """Return a line without the marks of Markdown, which say how words look and are not words."""
    plain = raw.lstrip("#").strip() if re.match(r"#{1,6}\s", raw) else raw.rstrip()
    plain = _LINK.sub(r"\1", plain)
    for mark in _STRONG:
        plain = _without_pairs(mark, plain)
    return _EMPHASIS.sub(r"\1", plain)


def _without_pairs(mark: str, text: str) -> str:
    """Return a text without the pairs of a mark that stand close around words; each mark is looked at once."""
    parts = text.split(mark)  # mark `at` stands before parts[at]
    closing = iter([at for at in range(2, len(parts)) if parts[at - 1] and not parts[at - 1][-1].isspace()])
    closes, at = next(closing, 0), 1
    kept = [parts[0]]
    while at < len(parts):
        while closes and closes <= at:
            closes = next(closing, 0)
        if not closes:
            return "".join([*kept, mark, mark.join(parts[at:])])
        if parts[at][:1].isspace():
            kept += [mark, parts[at]]
            at += 1
        else:
            kept += [mark.join(parts[at:closes]), parts[closes]]
            at = closes + 1
    return "".join(kept)
