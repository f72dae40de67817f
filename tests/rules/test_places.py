"""Where an address is found, and what a word asks for: in any spelling, by its beginning, and nothing else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.filter.addresses import LONGEST, read
from bot.rules.filter.places import LONGEST as KEPT
from bot.rules.filter.places import MOST, places, sought


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://kidmaths.example/", ("kidmaths.example/",)),
        ("https://www.kidmaths.example/Year4?x=1", ("kidmaths.example/year4?x=1",)),
        ("http://clips.kidmaths.example/a", ("clips.kidmaths.example/a", "kidmaths.example/a")),
        ("https://kidmaths.example:8080/a:b", ("kidmaths.example:8080/a:b",)),
        ("https://www.gov.uk/schools", ("www.gov.uk/schools", "gov.uk/schools")),
        ("https://xn--bcher-kva.example/", ("xn--bcher-kva.example/",)),
        ("https://8.8.8.8/a", ("8.8.8.8/a",)),
        ("https://[2001:4860:4860::8888]:8443/", ("[2001:4860:4860::8888]:8443/",)),
        ("https://[2001:4860:4860::8888]/", ("[2001:4860:4860::8888]/",)),
        ("https://old.example/page#Types", ("old.example/page",)),  # as the first versions kept it
    ],
)
def test_an_address_is_found_at_its_site_and_at_what_that_belongs_to(url: str, found: tuple[str, ...]) -> None:
    assert places(url) == found


def test_an_endless_address_is_found_at_few_places() -> None:
    found = places("https://" + "a." * 120 + "example/" + "x" * 1700)
    assert len(found) == MOST
    assert {len(place) for place in found} == {KEPT}
    assert found[-1].startswith("a.example/xxx")


@pytest.mark.parametrize(
    ("word", "asked"),
    [
        ("kidmaths.example", "kidmaths.example"),
        ("www.KidMaths.EXAMPLE", "kidmaths.example"),
        ("https://kidmaths.example/year4?x=1", "kidmaths.example/year4?x=1"),
        ("HTTP://kidmaths.example:80/Year4/", "kidmaths.example/year4"),
        ("kidmaths.example/", "kidmaths.example"),
        ("kidmaths.example.", "kidmaths.example"),
        ("kidmaths.example:8080", "kidmaths.example:8080"),
        ("“kidmaths.example”,", "kidmaths.example"),
        ("<https://kidmaths.example>", "kidmaths.example"),
        ("kidmaths.example/a/../schön", "kidmaths.example/sch%c3%b6n"),
        ("kidmaths", "kidmaths"),
        ("KidMaths.", "kidmaths"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("Bücher", "xn--bcher-kva"),
        ("8.8.8.8", "8.8.8.8"),
        ("www.gov.uk", "www.gov.uk"),
        *(
            (word, "")
            for word in ("", "/", "...", "%", "100%", "a%b.example", "*.example", "'", '"', "';", "a b.example")
        ),
        *(
            (word, "")
            for word in ("ann@school.example", "javascript:alert(1)", "ftp://kidmaths.example", "\0", "\ud800")
        ),
        *((word, "") for word in ("https://", "https://kidmaths", "a" * 64, "a" * LONGEST + ".example")),
    ],
)
def test_what_a_word_asks_for(word: str, asked: str) -> None:
    assert sought(word) == asked


@given(st.text(max_size=2100))
@example("[\x80")
@example("[\x7f")
def test_nothing_that_is_typed_breaks_it(word: str) -> None:
    asked = sought(word)
    assert asked.isascii()
    assert len(asked) <= KEPT
    assert asked == asked.lower()
    assert "\x7f" not in asked


@given(
    st.from_regex(
        r"https?://([a-z0-9]{1,5}\.){1,9}example(:[0-9]{2,4})?(/[a-zA-Zé%~.]{0,9}){0,3}(\?[a-z=é&]{0,9})?",
        fullmatch=True,
    )
)
def test_every_address_is_found_by_itself(typed: str) -> None:
    try:
        url = read(typed).url
    except BadInput:
        return
    assert places(url)[0].startswith(sought(typed))
    assert sought(typed) == sought(url)
