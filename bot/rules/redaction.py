"""Names taken out of a text: of those whose data it is about, whom the Commissioner asks not to be named."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SHORTEST = 3  # letters of a name that is looked for by itself: "Al" and "Jo" stand in too many words


@dataclass(frozen=True, slots=True)
class Redaction:
    """Finds names in texts. `instead`: a name, as it is written → what stands in its place: "[a child]"."""

    instead: Mapping[str, str]
    pattern: re.Pattern[str] | None

    def found(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the names that occur, as they are written, each once."""
        if self.pattern is None:
            return ()
        return tuple(dict.fromkeys(hit for text in texts for hit in self.pattern.findall(text)))

    def apply(self, text: str) -> str:
        """Return a text with every name replaced; several of one person beside each other by one."""
        if self.pattern is None:
            return text
        replaced = self.pattern.sub(lambda hit: self.instead[hit[0].casefold()], text)
        return re.sub(r"(\[[^\]]+\])(?:\s+\1)+", r"\1", replaced)


def of(children: Iterable[str], staff: Iterable[str]) -> Redaction:
    """Return what takes these names out, as wholes and in their parts. `children`, `staff`: "Ada Quill".

    A part counts as a name wherever it is written with a capital letter, or all in small ones as a whole name.
    """
    instead: dict[str, str] = {}
    wholes, parts = set[str](), set[str]()
    for names, replacement in ((staff, "[a member of staff]"), (children, "[a child]")):
        for name in names:
            wholes.add(name)
            instead[name.casefold()] = replacement
            for part in (*name.split(), *re.split(r"[\s\-]+", name)):  # "Lee-Jones", and either of it
                if len(part) >= SHORTEST and part[0].isupper():
                    parts.add(part)
                    instead[part.casefold()] = replacement
    if not wholes:
        return Redaction({}, None)
    # Wholes first, and the longest of them: "Ann Lee-Jones" before "Ann Lee". A part has to begin with a capital.
    whole = "|".join(re.escape(name) for name in sorted(wholes, key=len, reverse=True))
    part = "|".join(
        rf"(?-i:{re.escape(name[0])}){re.escape(name[1:])}" for name in sorted(parts, key=len, reverse=True)
    )
    either = f"{whole}|{part}" if part else whole
    return Redaction(instead, re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE))
