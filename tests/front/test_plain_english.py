"""What people read is plain: short sentences, and no word that a supply teacher would have to look up.

As gov.uk writes (https://www.gov.uk/guidance/content-design/writing-for-gov-uk): sentences have 20 words or fewer on
average, and plain words come first. Here no sentence has more. `proselint` and `textstat` were looked at: the one looks
for worn-out phrases, the other counts syllables of English prose; neither knows a template.
"""

import re
from collections.abc import Iterator

import pytest

from bot.wording import TEMPLATES

LONGEST = 20  # words of a sentence; what is filled in counts as one
# gov.uk, "Words to avoid", as far as they could come up here; and words of ours that nobody else uses.
AVOIDED = (
    "additionally|assist|commence|consequently|deliver|facilitate|foster|furthermore|hereby|herein|in order to|initiate"
    "|leverage|liaise|notwithstanding|obtain|pertaining|prior to|pursuant|regarding|robust|seamless"
    "|subsequently|thereof|transform|utili[sz]e|via|whilst|please be advised|please note|kindly|successfully"
    "|invalid|illegal character|null|payload|database|backend|exception|timestamp|boolean|param|uuid|stack"
)
BLOCK = re.compile(r"{%-?\s*block (\w+)\s*-?%}(.*?){%-?\s*endblock", re.DOTALL)
IF = re.compile(r"{%-? if (?:(?!{%).)*?%}((?:(?!{%-? (?:if|endif|for|call)).)*){%-? endif -?%}", re.DOTALL)
ENDS = re.compile(r"(?<=[.!?:;])\*?_?\s+")


def _longest(found: re.Match[str]) -> str:
    """Return the longest way in which something that depends can be said."""
    return max(re.split(r"{%-? el(?:se|if).*?%}", found[1], flags=re.DOTALL), key=lambda said: len(said.split()))


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (page and block, sentence) of every template; what is filled in is "…"."""
    for path in sorted(TEMPLATES.rglob("*.j2")):
        text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for name, block in BLOCK.findall(text):
            place = f"{path.relative_to(TEMPLATES).with_suffix('')}: {name}"
            filled = re.sub(r"{{.*?}}", "…", block, flags=re.DOTALL)
            while (shorter := IF.sub(_longest, filled)) != filled:
                filled = shorter
            for line in re.sub(r"{%.*?%}", " ", filled, flags=re.DOTALL).splitlines():
                yield from ((place, said) for said in ENDS.split(line.strip()) if said)


def test_there_is_something_to_read() -> None:
    assert len(list(sentences())) > 1000


def test_no_sentence_is_long() -> None:
    assert [(place, said) for place, said in sentences() if len(said.split()) > LONGEST] == []


def test_plain_words_come_first() -> None:
    avoided = re.compile(rf"\b({AVOIDED})\b", re.IGNORECASE)
    assert [(place, found[0]) for place, said in sentences() if (found := avoided.search(said))] == []


@pytest.mark.parametrize("said", ["Please utilise it.", "Sent via Slack.", "An invalid address."])
def test_a_word_that_nobody_needs_is_found(said: str) -> None:
    assert re.search(rf"\b({AVOIDED})\b", said, re.IGNORECASE)
