"""How a name is spelt in plain letters, so that it is found however it is written."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.names.folding import fold, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Łukasz ĐẶNG", "lukasz dang"),
        ("Nguyễn", "nguyen"),
        (unicodedata.normalize("NFD", "Nguyễn"), "nguyen"),
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("O`Brien", "obrien"),
        ("OʼBrien", "obrien"),
        ("O´Brien", "obrien"),
        ("Lloyd-Hughes", "lloyd hughes"),
        ("Lloyd–Hughes", "lloyd hughes"),
        ("St. John", "st john"),
        ("  Jamie \t\n Jones ", "jamie jones"),
        ("Ja\u200bmie\u202e Jo\x00nes", "jamie jones"),
        ("Ｊａｍｉｅ", "jamie"),
        ("Straße Ø Æ Þór", "strasse o ae thor"),
        ("王小明", "wang xiao ming"),
        ("Игорь", "igor"),
        ("مُحَمَّد", fold("محمد")),
        ("!?#-–—…", ""),
        ("😀 Jamie", "jamie"),
        ("", ""),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
@example("İ ŉ ǆ ﬃ ½ ℡ ﷺ \ud800")
def test_fold_is_plain_and_idempotent(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", once)
    assert words(text) == tuple(once.split())


@given(st.lists(st.text(max_size=12), max_size=6))
def test_a_word_is_spelt_the_same_alone_and_among_others(words: list[str]) -> None:
    assert fold(" ".join(words)) == " ".join(filter(None, map(fold, words)))
