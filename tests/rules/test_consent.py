"""What somebody asks: names, classes, uses and media, however they are typed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.consent import Ask, Subject, classes_called, pack, read, unpack
from bot.rules.school import Media, Use

BOTH = (Media.PHOTO, Media.VIDEO)
WEBSITE, TWITTER = Use("website", "School website", BOTH), Use("twitter", "Twitter/X", BOTH, ("x", "tweet"))
DISPLAYS = Use("displays", "Displays in school", (Media.PHOTO,))
USES = (WEBSITE, TWITTER, DISPLAYS)
CLASSES = ("Reception Acorns", "1 Beech", "3B", "3H", "6 Hazel")
PHOTO, VIDEO = Media.PHOTO, Media.VIDEO


def name(words: str, class_name: str | None = None) -> Subject:
    return Subject(words, class_name)


def room(class_name: str) -> Subject:
    return Subject("", class_name)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Jamie", Ask((name("Jamie"),))),
        ("  Jamie P 3b ", Ask((name("Jamie P", "3B"),))),
        ("3B Jamie", Ask((name("Jamie", "3B"),))),
        ("Jamie (3B)", Ask((name("Jamie", "3B"),))),
        ("Jamie, Aisha, Tom Nowak for twitter", Ask((name("Jamie"), name("Aisha"), name("Tom Nowak")), TWITTER)),
        ("Jamie and Sandy; Anders\nAisha", Ask((name("Jamie"), name("Sandy"), name("Anders"), name("Aisha")))),
        ("3B for website video", Ask((room("3B"),), WEBSITE, VIDEO)),
        ("3B for a video on the website", Ask((room("3B"),), WEBSITE, VIDEO)),
        ("class 3B for X", Ask((room("3B"),), TWITTER)),
        ("reception acorns for Twitter/X photos", Ask((room("Reception Acorns"),), TWITTER, PHOTO)),
        ("Jamie for video", Ask((name("Jamie"),), None, VIDEO)),
        ("Jamie Nowak video", Ask((name("Jamie Nowak"),), None, VIDEO)),
        ("Jamie on tweet", Ask((name("Jamie"),), TWITTER)),
        ("Jin On", Ask((name("Jin On"),))),
        ("Forrest", Ask((name("Forrest"),))),
        ("", Ask(())),
        ("!!! ,,, ???", Ask(())),
        ("Jamie, jamie, Jamie", Ask((name("Jamie"), name("jamie")))),
    ],
)
def test_what_is_meant(typed: str, expected: Ask) -> None:
    assert read(typed, USES, CLASSES) == expected


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Jamie for facebook", "no use called “facebook”"),
        ("3B for displays video", "asked for photo only"),
        ("a" * 1001, "very long"),
        (",".join(f"P{n}" for n in range(41)), "at most 40"),
    ],
)
def test_what_cannot_be_answered_says_why(typed: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read(typed, USES, CLASSES)


@given(st.text(max_size=1200))
def test_anything_typed_is_understood_or_refused_in_words(typed: str) -> None:
    with suppress(BadInput):
        ask = read(typed, USES, CLASSES)
        assert len(ask.subjects) <= 40
        assert unpack(pack(ask), USES) == ask
        assert len(pack(ask)) <= 3000


@given(st.text(max_size=300))
def test_a_forged_value_is_refused_in_words(packed: str) -> None:
    with pytest.raises(BadInput, match="out of date"):
        unpack(packed, USES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hazel", ("6 Hazel",)),
        ("Year 3", ("3B", "3H")),
        ("y3", ("3B", "3H")),
        ("Reception", ("Reception Acorns",)),
        ("class hazel", ("6 Hazel",)),
        ("Jamie", ()),
    ],
)
def test_a_part_of_a_class_name(words: str, expected: tuple[str, ...]) -> None:
    assert classes_called(words, CLASSES) == expected
