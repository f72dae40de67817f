"""What somebody typed after /consent: names, classes, a use, a medium. Read word by word, in one walk from the end."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.errors import BadInput
from bot.rules.consent import slips
from bot.rules.consent.answer import MOST_SUBJECTS, Ask, Subject, refuse_unasked
from bot.rules.names.folding import fold
from bot.rules.school import Media, Use

MOST_LETTERS = 1000  # a whole class typed by name is about 500
MOST_USE_WORDS = 16  # "a photo and a video on the newsletter and prospectus"
MOST_PIECES = 4  # "photos, films for the website video"; more is no way of speaking

_MEDIA_WORDS = {
    Media.PHOTO: "photo photos photograph photographs picture pictures image images pic pics",
    Media.VIDEO: "video videos film films clip clips vid vids",
}
_MEDIA = {word: medium for medium, words in _MEDIA_WORDS.items() for word in words.split()}
_BETWEEN_SUBJECTS = re.compile(r"[,;\n&+]|\band\b", re.IGNORECASE)
_BEFORE_USE = frozenset({"for", "on", "in"})
_BEFORE_SUBJECT = frozenset({"of", "with"})  # "photo of Jamie"
_BETWEEN_MEDIA = frozenset({"and", "or", "both", "&", "+"})
_FILLERS = frozenset({"a", "an", "the", "our", "on", "in", "at", "to", "of"})

# "the children in 3B", "everyone in 3B", "all of 3B", "the whole class 3B"
_EVERYBODY = frozenset({"all", "whole", "everyone", "everybody", "children", "kids", "pupils"})
_OF_CLASS = frozenset({"in", "of", "from", "class"})
_AROUND_CLASS = _EVERYBODY | _OF_CLASS | _FILLERS

_LETTER = re.compile("[0-9A-Za-z]")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
# Nothing that a name needs, and each would be twice or six times as long in a button's value.
_TIDY = {code: " " for code in (*range(32), 127) if chr(code) != "\n"} | {ord('"'): "”", ord("\\"): " "}

IsName = slips.IsName


_NOT_NAMES = frozenset({"and", "help", *_MEDIA})


def nobody(_words: str) -> bool:
    """Where there is no roll at hand, nothing is a name."""
    return False


def read(text: str, uses: Sequence[Use], classes: tuple[str, ...], is_name: IsName = nobody) -> Ask:
    """Understand "Jamie, Aisha, Tunde Nowak for twitter" or "3B website video". Raises BadInput.

    `is_name`: whether somebody is called so; "Jamie Press" is a child before it is Jamie for the press.
    """
    if len(text) > MOST_LETTERS:
        raise BadInput(f"That is very long. Please ask about at most {MOST_SUBJECTS} children at a time.")
    called = _called(tuple(uses))
    if text.isalpha() and text.casefold() not in _NOT_NAMES and fold(text) and fold(text) not in called:
        return Ask((_subject(text, classes),))  # one word, as nearly always: there is nothing to take apart
    if slips.is_call_for_help(text) and not is_name(text):
        return Ask(())
    said = slips.without_asking(_tidy(text), is_name)
    who, use, media = _Reading(said, called, classes, is_name).read()
    medium = next(iter(media)) if len(media) == 1 else None
    refuse_unasked(use, medium)
    who = slips.without_asking(who, is_name)
    # A class may be called "Oak & Ash": it is not to be taken apart.
    written = [who] if fold(who) in _folded(classes) else _BETWEEN_SUBJECTS.split(who)
    subjects = tuple(dict.fromkeys(_subject(part.strip(), classes) for part in written if _says_something(part)))
    if len(subjects) > MOST_SUBJECTS:
        raise BadInput(f"That is {len(subjects)} names. Please ask about at most {MOST_SUBJECTS} children at a time.")
    return Ask(subjects, use, medium)


def subject(written: str, classes: tuple[str, ...]) -> Subject:
    """Return one of those asked about, as `read` would: a name, perhaps with its class, or a class."""
    return _subject(written, classes)


def classes_called(words: str, classes: Iterable[str]) -> tuple[str, ...]:
    """Return the classes that "Acorns", "hazel" or "year 3" may mean."""
    said = fold(re.sub(r"^(class|year|yr|y)\s*(?=\S)", "", words, flags=re.IGNORECASE))
    return tuple(
        name for name in classes if said in fold(name).split() or (said.isdigit() and re.match(rf"{said}(?!\d)", name))
    )


def _says_something(written: str) -> bool:
    return _LETTER.search(written) is not None or bool(fold(written))


def _tidy(text: str) -> str:
    """One space between words, one line for each line."""
    return "\n".join(" ".join(line.split()) for line in text.translate(_TIDY).splitlines())


@dataclass
class _Reading:
    """Takes what the picture is for off the end of a text, piece by piece, until only names and classes are left."""

    text: str
    uses: Mapping[str, Use]
    classes: tuple[str, ...]
    is_name: IsName

    def read(self) -> tuple[str, Use | None, Collection[Media]]:
        """Return who, the use and the media."""
        use: Use | None = None
        media: set[Media] = set()
        who = self.text
        only = self._only_use(who)
        if only:
            return "", only.use, only.media
        for _ in range(MOST_PIECES):
            before, words = _last_part(who)
            found = self._after_preposition(words) or self._bare(before, words)
            if not found or (use and found.use) or not (before + found.rest).strip(" ,;\n"):
                break
            use, media, who = use or found.use, media | found.media, before + found.rest
        if not use:
            self._refuse_unknown(who)
        return (who, use, media) if media else self._with_medium_first(who, use)

    def _only_use(self, text: str) -> "_Peeled | None":
        """Understand "for twitter" and "website video", where nobody is named."""
        words = text.split()
        if not words or len(words) > MOST_USE_WORDS or "\n" in text or self.is_name(text):
            return None
        start = words[0].casefold() in _BEFORE_USE and len(words) > 1
        use, media, understood = self._use_and_media(words[start:])
        return _Peeled("", use, media) if understood and (use or start) else None

    def _after_preposition(self, words: Sequence[str]) -> "_Peeled | None":
        """Understand "… for a video on the website", the last preposition first."""
        for at in range(len(words) - 2, max(-1, len(words) - 2 - MOST_USE_WORDS), -1):
            if words[at].casefold() in _BEFORE_USE:
                use, media, understood = self._use_and_media(words[at + 1 :])
                if understood:
                    return _Peeled(" ".join(words[:at]), use, media)
        return None

    def _use_and_media(self, words: Sequence[str]) -> tuple[Use | None, set[Media], bool]:
        plain = [word.casefold().strip(".?!:") for word in words]
        media = {_MEDIA[word] for word in plain if word in _MEDIA}
        dropped = _BETWEEN_MEDIA if media else frozenset()
        whole = fold(" ".join(words))
        if whole in self.uses:  # a use may itself be called "Photo wall"
            return self.uses[whole], set(), True
        left = [word for word in plain if word not in _MEDIA and word not in dropped]
        while left and left[0] in _FILLERS:
            left = left[1:]
        use = self.uses.get(fold(" ".join(left)))
        return use, media, use is not None or (bool(media) and not left)

    def _bare(self, before: str, words: Sequence[str]) -> "_Peeled | None":
        """Understand "3B twitter" and "Jamie Nowak video", where what is left is somebody and the whole is nobody."""
        if not words or _class_at_end(words, self.classes) or (len(words) == 1 and not before.strip(" ,;\n")):
            return None
        if len(words) > 1 and words[-1].casefold().strip(".?!:") in _MEDIA:
            size = 2 if len(words) > 2 and words[-2].casefold() in _BETWEEN_MEDIA else 1
            if not self.is_name(" ".join(words)):
                return _Peeled(" ".join(words[:-size]), None, {_MEDIA[words[-1].casefold().strip(".?!:")]})
        for size in range(min(len(words), MOST_USE_WORDS), 0, -1):
            called = fold(" ".join(words[-size:]))
            if called in self.uses and self._may_be_bare(before, words[:-size], called):
                if self.is_name(" ".join(words)):
                    return None
                return _Peeled(" ".join(words[:-size]), self.uses[called], set())
        return None

    def _may_be_bare(self, before: str, left: Sequence[str], called: str) -> bool:
        if not left and not before.strip(" ,;\n"):
            return False
        # "Jamie X" is a child with an initial; "3B X" can only be the use.
        return len(called) > 1 or (bool(left) and _subject(" ".join(left), self.classes).is_class)

    def _with_medium_first(self, who: str, use: Use | None) -> tuple[str, Use | None, Collection[Media]]:
        """Understand "photo of Jamie" too."""
        words = who.split(" ", 2)
        if len(words) > 1 and words[0].casefold() in _MEDIA and not self.is_name(_first_part(who)):
            rest = words[2] if len(words) > 2 and words[1].casefold() in _BEFORE_SUBJECT else " ".join(words[1:])
            return rest, use, {_MEDIA[words[0].casefold()]}
        return who, use, set()

    def _refuse_unknown(self, who: str) -> None:
        """After "for" there has to be a use; "on" and "in" are words of their own, and "On" is a surname."""
        words = _last_part(who)[1]
        at = max((at for at, word in enumerate(words[:-1]) if word.casefold() == "for"), default=None)
        if at is None or fold(who) in _folded(self.classes):
            return
        names = ", ".join(dict.fromkeys(each.name for each in self.uses.values()))
        unknown = " ".join(words[at + 1 :])[:40]
        raise BadInput(f"The school does not ask parents about “{unknown}”. Choose one of these: {names}.")


@dataclass(frozen=True, slots=True)
class _Peeled:
    rest: str
    use: Use | None
    media: set[Media]


def _last_part(text: str) -> tuple[str, list[str]]:
    """Return what stands up to the last comma or line, and the words after it."""
    end = max(text.rfind(mark) for mark in ",;\n") + 1
    return text[:end], text[end:].split()


def _first_part(text: str) -> str:
    return _BETWEEN_SUBJECTS.split(text, maxsplit=1)[0].strip()


@lru_cache(maxsize=256)  # one entry a school: its settings change once a year
def _called(uses: tuple[Use, ...]) -> Mapping[str, Use]:
    """Return every way to call a use: key, name, alias, or a part of "Twitter/X". The first use wins."""
    called: dict[str, Use] = {}
    for use in uses:
        for name in (use.key, use.name, *use.aliases, *use.name.split("/")):
            called.setdefault(fold(name), use)
    called.pop("", None)
    return called


@lru_cache(maxsize=256)
def _folded(classes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, classes))


@lru_cache(maxsize=256)
def _class_tokens(classes: tuple[str, ...]) -> tuple[Mapping[tuple[str, ...], str], int]:
    """Return each class under its letters and figures ("3B" → 3, b), and how many the longest has."""
    named = {tuple(_TOKEN.findall(name.casefold())): name for name in reversed(classes)}
    named.pop((), None)
    return named, max(map(len, named), default=0)


def _class_at_end(words: Sequence[str], classes: tuple[str, ...]) -> bool:
    found = _find_class(" ".join(words), classes)
    return found is not None and not found[2]


def _find_class(written: str, classes: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Return (class, words before, words after): the longest class at the end, or else at the beginning.

    A class is written with or without the blank and the dot: 3B, 3 b, 1-Beech.
    """
    named, most = _class_tokens(classes)
    tokens = list(_TOKEN.finditer(written))
    said = [token[0].casefold() for token in tokens]
    for size in range(min(most, len(said)), 0, -1):
        first = tokens[-size].start()
        if tuple(said[-size:]) in named and (first == 0 or written[first - 1] in " ("):
            return named[tuple(said[-size:])], written[:first].strip(" ("), ""
        last = tokens[size - 1].end()
        after = written[last:].lstrip(")")
        if tuple(said[:size]) in named and after[:1] == " " and not written[: tokens[0].start()].strip("("):
            return named[tuple(said[:size])], "", after.strip()
    return None


def _subject(written: str, classes: tuple[str, ...]) -> Subject:
    """Find the class in "Jamie M 3B", "3B Jamie", "Jamie in class 3 b", "the children in 3B" and "3B"."""
    found = _find_class(written, classes)
    if found is None:
        return Subject(_without_everybody(written))
    class_name, before, after = found
    words = before.split() or after.split()
    if all(word.casefold() in _AROUND_CLASS for word in words):
        return Subject("", class_name)
    while before and words[-1].casefold() in _OF_CLASS:  # "Jamie in class 3B"
        words.pop()
    return Subject(" ".join(words), class_name)


def _without_everybody(written: str) -> str:
    """Read "the children in hazel" as "hazel": a part of a class's name is looked up later."""
    words = written.split()
    around = 0
    while around < len(words) - 1 and words[around].casefold() in _AROUND_CLASS:
        around += 1
    phrase = [word.casefold() for word in words[:around]]
    if phrase and phrase[-1] in _OF_CLASS | {"the"} and (_EVERYBODY & set(phrase) or phrase[0] in {"class", "the"}):
        return " ".join(words[around:])
    return written
