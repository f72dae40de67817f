"""What somebody asks: names, classes, uses and media, however they are typed."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.consent.answer import Ask, Subject, pack, refuse_too_long, unpack
from bot.rules.consent.words import classes_called, read
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
        ("Jamie Nowak in 3B for twitter", Ask((name("Jamie Nowak", "3B"),), TWITTER)),
        ("the children in 3B for website", Ask((room("3B"),), WEBSITE)),
        ("all of 3B", Ask((room("3B"),))),
        ("the whole class 3B for X", Ask((room("3B"),), TWITTER)),
        ("everyone in hazel", Ask((name("hazel"),))),
        ("3B website video", Ask((room("3B"),), WEBSITE, VIDEO)),
        ("3B for website photos and videos", Ask((room("3B"),), WEBSITE)),
        ("3B twitter", Ask((room("3B"),), TWITTER)),
        ("3B x", Ask((room("3B"),), TWITTER)),
        ("Jamie X", Ask((name("Jamie X"),))),
        ("Jamie Nowak twitter", Ask((name("Jamie Nowak"),), TWITTER)),
        ("Sandy Tweet", Ask((name("Sandy Tweet"),))),
        ("Jamie, Aisha twitter", Ask((name("Jamie"), name("Aisha")), TWITTER)),
        ("Jamie\nAisha video", Ask((name("Jamie"), name("Aisha")), None, VIDEO)),
        ("photo of Jamie", Ask((name("Jamie"),), None, PHOTO)),
        ("photo of", Ask((name("of"),), None, PHOTO)),
        ("Photo Marsh", Ask((name("Photo Marsh"),))),  # there is a child of this name
        ("Photo Marsh, Jamie", Ask((name("Photo Marsh"), name("Jamie")))),
        ("twitter", Ask((), TWITTER)),
        ("Jamie Nowak in class 3 b?", Ask((name("Jamie Nowak", "3B"),))),
        ("", Ask(())),
        ("!!! ,,, ???", Ask(())),
        ("Jamie, jamie, Jamie", Ask((name("Jamie"), name("jamie")))),
    ],
)
def test_what_is_meant(typed: str, expected: Ask) -> None:
    assert read(typed, USES, CLASSES, {"Sandy Tweet", "Photo Marsh"}.__contains__) == expected


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Jamie for facebook", "does not ask parents about “facebook”"),
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
        assert len(pack(ask)) <= 2000


def calls(work: Callable[[], object]) -> int:
    """Count the functions called, built-in ones too: a measure of work that does not hang on the machine."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "typed",
    ["a{spaces}a", "a" + "( " * 499 + "a", "1 " * 499, "for " * 249, "in " * 333, "video " * 166, " 1_" * 333],
)
def test_reading_is_one_walk_however_many_classes_there_are(typed: str) -> None:
    classes = tuple(f"{number % 7} Class{chr(97 + number % 26)}{number}" for number in range(100))
    typed = typed.replace("{spaces}", " " * 998)

    def reading() -> None:
        with suppress(BadInput):
            read(typed, USES, classes)

    reading()  # what is kept for a school is made once
    assert calls(reading) < 20_000


def test_a_longer_text_is_no_more_work_than_it_is_longer() -> None:
    def reading(times: int) -> Callable[[], object]:
        return lambda: read("a ( " * times, USES, CLASSES)

    reading(100)()
    assert calls(reading(250)) < 3.5 * calls(reading(100))


def test_what_goes_into_a_button_is_short_whatever_is_typed() -> None:
    for sign in ('"', "\\", "\x01", "é", "\u2028"):
        ask = read(",".join(f"{sign}a{number}{sign * 15}"[:24] for number in range(40)), USES, CLASSES)
        assert len(ask.subjects) == 40
        assert len(pack(ask)) <= 1800


def test_as_much_as_may_be_asked_is_taken_and_not_one_more() -> None:
    def asked(count: int) -> Ask:
        return Ask(tuple(name(f"P{number}") for number in range(count)))

    def refused(work: Callable[[], object]) -> bool:
        try:
            work()
        except BadInput:
            return True
        return False

    assert read("a" * 1000, USES, CLASSES) == Ask((name("a" * 1000),))
    assert len(read(",".join(f"P{number}" for number in range(40)), USES, CLASSES).subjects) == 40
    for count, too_many in ((40, False), (41, True)):
        assert refused(partial(refuse_too_long, asked(count))) is too_many
        assert refused(partial(unpack, pack(asked(count)), USES)) is too_many
    room = 1800 - len(pack(Ask((name(""),))))
    for letters, too_long in ((room, False), (room + 1, True)):
        assert refused(partial(refuse_too_long, Ask((name("a" * letters),)))) is too_long
    for pupil_id, forged in ((0, False), (10**9 - 1, False), (10**9, True), (-1, True)):
        assert refused(partial(unpack, pack(Ask((Subject(pupil_id=pupil_id),))), USES)) is forged


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


@given(
    st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12)
    | st.sampled_from(["and", "photo", "for", "x"])
)
def test_a_single_word_is_read_as_it_would_be_among_others(word: str) -> None:
    assert read(word, USES, CLASSES) == read(f"{word} ", USES, CLASSES)
