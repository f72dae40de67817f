"""What words of the policy mean the same: simple forms, and the field's own synonyms. Data, for schools to add to."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.rules.names.folding import fold

MOST_WORDS = 12  # of a question; what comes after these adds nothing
MOST_LETTERS = 300

# Each line: words that staff use for one thing. Words of one group find each other.
GROUPS = (
    "phone mobile smartphone telephone handset iphone",
    "photo photograph picture image pic snap photography",
    "video film footage clip",
    "twitter x tweet",
    "facebook meta",
    "pupil child children student kid",
    "staff teacher colleague employee ta",
    "parent carer guardian mum dad mother father",
    "headteacher head principal",
    "governor governing",
    "consent permission",
    "bullying bully cyberbullying harassment abuse",
    "wifi network internet",
    "password login credentials passcode",
    "friend befriend",
    "blocked filter filtered filtering blocking",
    "post upload publish share",
    "training course induction",
    "dpo dataprotectionofficer",
    "esafety onlinesafety",
    "break breaktime lunchtime playtime",
    "anonymous alias pseudonym",
    "screenshot evidence",
    "lesson class classroom",
    "device laptop tablet ipad computer chromebook",
    "swimwear swimming",
    "email mail",
    "police crime criminal illegal",
    "delete remove removal takedown",
)
# Written in two words or in one.
COMPOUNDS = {
    "wi fi": "wifi",
    "e safety": "esafety",
    "online safety": "onlinesafety",
    "e mail": "email",
    "head teacher": "headteacher",
    "data protection officer": "dataprotectionofficer",
    "cyber bullying": "cyberbullying",
    "break time": "breaktime",
    "lunch time": "lunchtime",
    "log in": "login",
    "take down": "takedown",
    "smart phone": "smartphone",
}
_STOP = """
    a about allowed am an and any are as at be been by can could do does for from had has have he her him his how i if
    in into is it its may me might must my no not of on or our ours shall she should so than that the their them there
    these they this those to us use using want was we were what when where which who will with would you your
"""
STOP = frozenset(_STOP.split())
_COMPOUND = re.compile(r"\b(" + "|".join(map(re.escape, COMPOUNDS)) + r")\b")


@lru_cache(20_000)  # a policy has some thousand words, and every question has some of them
def stem(word: str) -> str:
    """Return the simple form of a folded word: phones → phon; posting, posted, posts → post. Rough on purpose."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "i"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search("[aeiouy]", base):
            word = base[:-1] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "ls" else base
            break
    if word.endswith("y") and len(word) > 3:
        return word[:-1] + "i"
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def stems(text: str) -> Iterator[str]:
    """Return the simple forms of all words of a text, in order."""
    folded = _COMPOUND.sub(lambda found: COMPOUNDS[found[1]], fold(text))
    return map(stem, folded.split())


def asked(text: str) -> tuple[str, ...]:
    """Return the simple forms of the words of a question that mean something, each once."""
    folded = _COMPOUND.sub(lambda found: COMPOUNDS[found[1]], fold(text[:MOST_LETTERS]))
    words = dict.fromkeys(stem(word) for word in folded.split() if word not in STOP)
    return tuple(words)[:MOST_WORDS]


def _synonyms() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in GROUPS:
        words = frozenset(map(stem, group.split()))
        for word in words:
            found[word] = found.get(word, frozenset()) | words - {word}
    return found


SYNONYMS = _synonyms()
