"""Names taken out of a text: of those whose data it is about, whom the Commissioner asks not to be named."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SHORTEST = 2  # letters of a name that is looked for by itself, where it begins with a capital
_LIKE = {
    "ı": "i",
    "İ": "i",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "‐": "-",
    "‑": "-",
    "–": "-",
    "ß": "ss",
    "ø": "o",
    "ł": "l",
}


@dataclass(frozen=True, slots=True)
class Redaction:
    """Finds names in texts, however they are accented. `wholes`, `parts`: a name, folded → what stands instead of it.

    A part of a name counts only where it is written with a capital letter.
    """

    wholes: Mapping[str, str]
    parts: Mapping[str, str]
    pattern: re.Pattern[str] | None

    def found(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the names that occur, as they are written, each once."""
        return tuple(dict.fromkeys(text[start:end] for text in texts for start, end, _ in self._hits(text)))

    def apply(self, text: str) -> str:
        """Return a text with every name replaced; several of one kind beside each other by one."""
        pieces, at = list[str](), 0
        for start, end, instead in self._hits(text):
            pieces += [text[at:start], instead]
            at = end
        return re.sub(r"(\[a [a-z ]+\])(?:\s+\1)+", r"\1", "".join([*pieces, text[at:]]))

    def _hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (from, to, what stands instead) of each name in a text, in its order."""
        if self.pattern is None:
            return
        folded, places = _folded(text)
        for hit in self.pattern.finditer(folded):
            start, end = places[hit.start()], places[hit.end() - 1] + 1
            instead = self.wholes.get(hit[0])
            if instead is None and text[start].isupper():
                instead = self.parts.get(hit[0])
            if instead is not None:
                yield start, end, instead


def of(children: Iterable[str], staff: Iterable[str]) -> Redaction:
    """Return what takes these names out, as wholes and in their parts. `children`, `staff`: "Ada Quill"."""
    wholes, parts = dict[str, str](), dict[str, str]()
    for names, instead in ((staff, "[a member of staff]"), (children, "[a child]")):
        for name in filter(str.strip, names):
            wholes[_folded(" ".join(name.split()))[0]] = instead
            for part in (*name.split(), *re.split(r"[\s\-]+", name)):  # "Lee-Jones", and either of it
                if len(part) >= SHORTEST and part[0].isupper():
                    parts[_folded(part)[0]] = instead
    if not wholes:
        return Redaction({}, {}, None)
    # The longest first: "ann lee-jones" before "ann lee", and wholes before their parts.
    every = "|".join(re.escape(name) for name in sorted({**wholes, **parts}, key=len, reverse=True))
    return Redaction(wholes, parts, re.compile(rf"(?<!\w)(?:{every})(?!\w)"))


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text in small letters without accents, and for each of its letters the place that it had."""
    letters, places = list[str](), list[int]()
    for place, letter in enumerate(text):
        plain = _LIKE.get(letter) or unicodedata.normalize("NFKD", letter).casefold()
        for each in plain:
            if not unicodedata.combining(each):
                letters.append(_LIKE.get(each, each))
                places.append(place)
    return "".join(letters), places
