"""One spelling for every way in which a name is written."""

import re
import unicodedata
from collections.abc import Iterator

from anyascii import anyascii

MOST_JOINED = 4  # words typed apart that are one on the roll: "van der Berg", "Mac Donald"

APOSTROPHES = dict.fromkeys(map(ord, "'’‘‛`´ʹʻʼʽʾʿˈ′＇ꞌ"))
SYLLABLES = re.compile("([\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])")  # Han, Hangul: one a word
POINTS = re.compile("[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")  # Hebrew and Arabic vowel signs
FOREIGN = re.compile("[^\x00-\x7f]")
ASCII = {code: None if code < 32 or code == 127 else " " for code in range(128)} | APOSTROPHES
ASCII |= {ord(c): c.lower() for c in map(chr, range(128)) if c.isalnum()} | {ord(c): " " for c in "\t\n\v\f\r"}


def fold(text: str) -> str:
    """One spelling for all: lower-case ASCII words one space apart, without accents, apostrophes, invisible signs."""
    if not text.isascii():
        # Apostrophes first: NFKC would turn an acute accent used as one into a space.
        text = unicodedata.normalize("NFKC", text.translate(APOSTROPHES))
        text = SYLLABLES.sub(r" \1 ", POINTS.sub("", text))
        text = FOREIGN.sub(_in_ascii, text)
    return " ".join(text.translate(ASCII).split())


def _in_ascii(letter: re.Match[str]) -> str:
    return " " if unicodedata.category(letter[0])[0] in "SPZ" else anyascii(letter[0])


def words(text: str) -> tuple[str, ...]:
    """The folded words."""
    return tuple(fold(text).split())


def forms(name: str) -> Iterator[str]:
    """The words of one name and their neighbours written together: lloyd, hughes, lloydhughes."""
    parts = words(name)
    for start in range(len(parts)):
        for end in range(start + 1, min(start + MOST_JOINED, len(parts)) + 1):
            form = "".join(parts[start:end])
            yield form
            if parts[start] == "st" and len(parts) > 1:
                yield "saint" + form[2:]


def room_names(class_name: str) -> Iterator[str]:
    """What a class is called after a pupil's name: "4 Elm" → 4elm, elm, 4, y4."""
    parts = words(class_name)
    yield "".join(parts)
    yield from (part for part in parts if len(part) > 1)
    year = re.match(r"\d+", "".join(parts))
    if year:
        yield from (year[0], "y" + year[0])


def natural(class_name: str) -> tuple[int, int, str, str]:
    """Nursery, Reception, 1 … 6, then whatever else; 2 before 10."""
    folded = fold(class_name)
    early = {"nursery": 0, "reception": 1}.get(folded.split(" ")[0], 2)
    year = re.match(r"\d+", folded)
    return early, int(year[0]) if year else 99, folded, class_name
