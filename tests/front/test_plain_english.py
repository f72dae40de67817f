"""What people read is plain: short sentences, and no word that a supply teacher would have to look up.

As gov.uk writes (https://www.gov.uk/guidance/content-design/writing-for-gov-uk): sentences have 20 words or fewer on
average, and plain words come first. Here no sentence has more. `proselint` and `textstat` were looked at: the one looks
for worn-out phrases, the other counts syllables of English prose; neither knows a template.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bot.wording import TEMPLATES
from tests.browser.workspace import PROJECT

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
ENDS = re.compile(r"(?<=[.!?:;])[”\")*_]*\s+")
LITERAL = re.compile(r""""([^"]*)"|'([^']*)'""")  # within what is filled in
CODE = ("bot", "handlers", "storage")
PAGES = ("start-teacher", "start-office", "start-headteacher")


def _longest(found: re.Match[str]) -> str:
    """Return the longest way in which something that depends can be said."""
    return max(re.split(r"{%-? el(?:se|if).*?%}", found[1], flags=re.DOTALL), key=lambda said: len(said.split()))


def _filled(found: re.Match[str]) -> str:
    """Return the longest words that may be filled in, where they are written there; else "…"."""
    words = [first or second or "…" for first, second in LITERAL.findall(found[1])]
    return max(words, key=lambda said: len(said.split()), default="…")


def _said(node: ast.AST) -> str:
    """Return the words of a string; what is filled in is "…". "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_said(part) or "…" for part in node.values)
    return ""


def in_code(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (place, sentence) of what code says by itself: errors, commands and what they print, slips in a file.

    A sentence begins with a capital letter, or has a full stop. Docstrings are for developers, and are not read here.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    told = [node for node in ast.walk(tree) if id(node) not in passed and " " in _said(node)]
    for said, line in ((_said(node), getattr(node, "lineno", 0)) for node in told):
        if re.match(r"\W*[A-Z…]", said) or re.search(r"[a-z]\.$", said):
            yield from ((f"{path.relative_to(PROJECT)}:{line}", part) for part in ENDS.split(said.strip()) if part)


def everywhere_else() -> Iterator[tuple[str, str]]:
    """Yield (place, sentence) of what people read that is in no template."""
    for folder in CODE:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from in_code(path)
    for command in (PROJECT / "bot" / "commands").glob("*.py"):
        functions = (node for node in ast.parse(command.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))
        helped = (ast.get_docstring(node) for node in functions if node.decorator_list)
        yield from ((command.name, part) for said in helped if said for part in ENDS.split(said))
    for name in PAGES:
        text = (PROJECT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:-|\d\.) )", text):
            yield from ((f"docs/{name}", part) for part in ENDS.split(" ".join(paragraph.split())) if part)
    yield from (
        ("manifest.json", part)
        for said in _strings(json.loads((PROJECT / "manifest.json").read_text()))
        for part in ENDS.split(said)
    )


def _strings(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for part in found.values() if isinstance(found, dict) else found:
            yield from _strings(part)


def too_long(told: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the sentences with more words than people like."""
    return [(place, said) for place, said in told if len(said.split()) > LONGEST]


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (page and block, sentence) of every template; what is filled in is "…"."""
    for path in sorted(TEMPLATES.rglob("*.j2")):
        text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for name, block in BLOCK.findall(text):
            place = f"{path.relative_to(TEMPLATES).with_suffix('')}: {name}"
            filled = re.sub(r"{{(.*?)}}", _filled, block, flags=re.DOTALL)
            while (shorter := IF.sub(_longest, filled)) != filled:
                filled = shorter
            for line in re.sub(r"{%.*?%}", " ", filled, flags=re.DOTALL).splitlines():
                yield from ((place, said) for said in ENDS.split(line.strip()) if said)


def test_there_is_something_to_read() -> None:
    assert len(list(sentences())) > 1000
    assert len(list(everywhere_else())) > 700


def test_no_sentence_is_long() -> None:
    assert too_long(sentences()) == []


def test_no_sentence_is_long_that_is_in_no_template() -> None:
    assert too_long(everywhere_else()) == []


@pytest.mark.parametrize("said", ['"…" if it else "{}"', "'{}' if it else 'short'", '"%s" % count if it else "{}"'])
def test_a_long_sentence_is_found_in_what_is_filled_in(said: str) -> None:
    long = f"This is {'very ' * LONGEST}long."
    filled = re.sub(r"{{(.*?)}}", _filled, f"Here: {{{{ {said.format(long)} }}}}")
    assert too_long(("here", part) for part in ENDS.split(filled)) == [("here", long)]


def test_errors_help_pages_and_the_manifest_are_read() -> None:
    read = set(everywhere_else())
    for beginning in ("bot/commands/", "bot/services/", "bot/doctor/", "bot/reading/", "docs/start-office", "manifest"):
        assert any(place.startswith(beginning) for place, _ in read), beginning
    assert ("running.py", "Bring the database to the newest shape.") in read


def test_plain_words_come_first() -> None:
    avoided = re.compile(rf"\b({AVOIDED})\b", re.IGNORECASE)
    assert [(place, found[0]) for place, said in sentences() if (found := avoided.search(said))] == []


@pytest.mark.parametrize("said", ["Please utilise it.", "Sent via Slack.", "An invalid address."])
def test_a_word_that_nobody_needs_is_found(said: str) -> None:
    assert re.search(rf"\b({AVOIDED})\b", said, re.IGNORECASE)
