"""Blocks: what is too long for one of them is parted, never cut; what is too much for a window never costs a field."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.wording import Wording
from handlers import blocks
from handlers.slack import draw

# Texts as they stand in blocks: escaped, with entities, links, words that are long, and lines that quote.
SPAN = st.sampled_from(
    ["&amp;", "&lt;b&gt;", "<https://a.example/x y|a page>", ">", " ", "  ", "\n", "a", "word ", "é" * 30]
)


@given(st.lists(SPAN, max_size=120).map("".join), st.integers(40, 90))
def test_nothing_is_cut_off_a_long_text(text: str, most: int) -> None:
    parts = blocks.parts(Wording(text), most)
    assert all(len(part) <= most for part in parts)
    assert re.sub(r"[\s>]", "", "".join(parts)) == re.sub(r"[\s>]", "", text)
    for part in parts:
        assert re.fullmatch(r"(?:&(?:amp|lt|gt);|<[^<>]*>|[^&<])*", part)


def test_a_long_quotation_stays_one() -> None:
    parts = blocks.parts(Wording(">" + "word " * 1000))
    assert [part[:5] for part in parts] == [">word"] * 2


def test_a_window_that_is_too_full_keeps_its_fields_and_says_so() -> None:
    read = [blocks.Section(Wording(f"Step {number}")) for number in range(120)]
    field = blocks.Field(Wording("Answer"), blocks.Write("answer"), name="answer")
    shown = draw.view(blocks.modal(Wording("AR-1"), [*read, field]))["blocks"]
    assert len(shown) == draw.WINDOW_BLOCKS
    assert draw.message([field])[0] in shown
    assert "more than this window can hold" in shown[-1]["elements"][0]["text"]
