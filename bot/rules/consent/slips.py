"""What people type after /consent that is no list of names: sentences, names without a comma, a class there is not.

A word is dropped only where nobody could be called so: not if it is any pupil's name, and not if it is written with a
capital letter inside the text. What is left is looked up as if it had been typed alone. Everything bolder than that
(`apart_loosely`, `names_among`) gives children to offer, never one to answer about.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice

from bot.rules.names.folding import fold
from bot.rules.names.index import MOST_WORDS

IsName = Callable[[str], bool]

# "can we use …", "is it ok to post …", "do we have consent for …": a verb and who asks, and then only words of asking.
_VERBS = frozenset(["can", "could", "may", "might", "shall", "should", "would", "will", "do", "did", "are", "am", "is"])
_ASKERS = frozenset(["we", "i", "you", "they", "it"])
_WORDS_OF_ASKING = """
    all also just please still allowed able ok okay alright to be use using used post posting share sharing show include
    including put publish print take taking upload tweet have got consent permission for from a an the any if
"""
_ASKING = frozenset(_WORDS_OF_ASKING.split())
# "is … ok": both or neither.
_ABOUT = frozenset(["is", "are", "does", "has"])
_STARTS = (("what", "about"), ("how", "about"), ("look", "up"), ("consent", "for"), ("permission", "for"))
_START = frozenset({"please", "check"})
_ENDS = (
    *(("be", done) for done in ("used", "included", "shown", "posted", "published")),
    *((have, given) for have in ("have", "got", "has") for given in ("consent", "permission")),
    ("all", "right"),
    ("thank", "you"),
)
_END = frozenset(["ok", "okay", "alright", "allowed", "please", "pls", "thanks", "consent", "permission"])

_LIKE_A_CLASS = re.compile(r"(?:class|year|yr|form)\s?\w+|y\s?\d{1,2}|\d{1,2}\s?[a-z]{0,2}|nursery|reception")
_CLOSE = 0.75  # of a class's name: 6 hazzle for 6 Hazel
MOST_CLOSE = 5


def is_call_for_help(text: str) -> bool:
    """Return whether somebody asks what can be typed: "help", "?"."""
    return fold(text) in {"help", ""}


def without_asking(text: str, is_name: IsName) -> str:
    """Return what is asked about: "can we use Freya Jones please?" → "Freya Jones". `is_name`: see `words.read`."""
    words = text.split(" ")
    plain = [word.casefold().strip(".,;:?!") for word in words]
    first, last = _opening(plain), _closing(plain)
    if not first and last < len(words) and plain[0] in _ABOUT:
        first = 1
    first, last = _kept(words, first, last, is_name)
    if first >= last and len(words) == 1:
        return text
    return " ".join(words[first:last])


def _opening(plain: Sequence[str]) -> int:
    """Return how many words only ask."""
    count = 0
    while count < len(plain) and plain[count] in _START:
        count += 1
    if tuple(plain[count : count + 2]) in _STARTS:
        return count + 2
    if len(plain) > count + 1 and plain[count] in _VERBS and plain[count + 1] in _ASKERS:
        count += 2
        while count < len(plain) and plain[count] in _ASKING:
            count += 1
    return count


def _closing(plain: Sequence[str]) -> int:
    """Return after how many words only asking follows."""
    count = len(plain)
    while count > 1:
        if tuple(plain[max(0, count - 2) : count]) in _ENDS:
            count -= 2
        elif plain[count - 1] in _END or not plain[count - 1]:
            count -= 1
        else:
            break
    return max(count, 0)


def _kept(words: Sequence[str], first: int, last: int, is_name: IsName) -> tuple[int, int]:
    """Return the same bounds, or those of the whole text at either end where somebody could be called so."""

    def could_be(place: int) -> bool:
        word = words[place].strip(".,;:?!")
        is_capital = place > 0 and word[:1].isupper() and word not in {"I", "OK"}
        return is_capital or is_name(word)

    if any(map(could_be, range(first))):
        first = 0
    if any(map(could_be, range(last, len(words)))):
        last = len(words)
    return first, last


def apart(words: str, is_name: IsName) -> tuple[str, ...]:
    """Return the full names in "Freya Jones Harry Begum"; nothing where they can be parted in two ways, or in none."""
    found = list(islice(_partings(tuple(words.split()), is_name, least=2), 2))
    return found[0] if len(found) == 1 else ()


def apart_loosely(words: str, is_name: IsName) -> tuple[str, ...]:
    """Return names of one word or more: those of which the fewest are needed."""
    return min(islice(_partings(tuple(words.split()), is_name, least=1), 50), key=len, default=())


def _partings(words: tuple[str, ...], is_name: IsName, *, least: int) -> Iterator[tuple[str, ...]]:
    """Give every way to part words into two names or more, each of so many words at least."""
    count = len(words) if len(words) <= MOST_WORDS else 0
    after: dict[int, list[int]] = {count: []}  # where a name may begin → where the next may, if the rest are names too
    for start in range(count - least, -1, -1):
        ends = [end for end in range(start + least, count + 1) if end in after]
        ends = [end for end in ends if is_name(" ".join(words[start:end]))]
        if ends:
            after[start] = ends

    def walk(start: int) -> Iterator[tuple[str, ...]]:
        for end in after.get(start, ()):
            name = " ".join(words[start:end])
            if end == count and start > 0:
                yield (name,)
            for others in walk(end):
                yield (name, *others)

    yield from walk(0)


def names_among(words: str, is_name: IsName) -> str:
    """Return only the words that are somebody's name: "Jamie 7Z" → "Jamie"."""
    return " ".join([word for word in words.split()[:MOST_WORDS] if is_name(word)])


def is_like_a_class(words: str) -> bool:
    """Return whether a class is meant, by the way it is written: 7B, year 9, class Oak."""
    return _LIKE_A_CLASS.fullmatch(fold(words)) is not None


def classes_like(words: str, classes: Sequence[str]) -> tuple[str, ...]:
    """Return the classes whose name is close: "hazle", "6 hazzel"."""
    parts = {part: name for name in classes for part in fold(name).split() if len(part) > 3}
    called = parts | {fold(name): name for name in classes}
    close = get_close_matches(fold(words), called, n=MOST_CLOSE, cutoff=_CLOSE)
    return tuple(dict.fromkeys(called[each] for each in close))
