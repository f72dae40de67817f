"""What is typed after /consent and is no list of names. Nothing that could be a name is ever dropped."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.consent import slips
from bot.rules.consent.answer import Ask, Subject
from bot.rules.consent.words import read
from bot.rules.names.folding import fold
from tests.rules.test_consent import CLASSES, PHOTO, TWITTER, USES, VIDEO, WEBSITE, name, room

# Names of children, and words of a question.
AMBIGUOUS = ["May", "Will", "Mark", "Grace", "Can", "Do", "Is", "Ok", "An", "Please", "Check", "Show", "Post"]
ASKED = "can we use is ok ok? please may i will do have consent for the check"
ASKING = ASKED.split()


def is_called(*names: str) -> slips.IsName:
    """Return what tells whether every word is a name of one of these children."""
    children = [set(fold(each).split()) for each in names]
    return lambda said: bool(fold(said)) and any(set(fold(said).split()) <= child for child in children)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("can we use Freya Jones", Ask((name("Freya Jones"),))),
        ("Can we use Freya Jones, Harry Begum for twitter?", Ask((name("Freya Jones"), name("Harry Begum")), TWITTER)),
        ("is Harry Begum ok for website", Ask((name("Harry Begum"),), WEBSITE)),
        ("Molly O'Brien photo ok?", Ask((name("Molly O'Brien"),), None, PHOTO)),
        ("is it OK to post a picture with Freya on twitter please", Ask((name("Freya"),), TWITTER, PHOTO)),
        ("do we have consent for Harry Begum for website video", Ask((name("Harry Begum"),), WEBSITE, VIDEO)),
        ("has Freya Jones got consent?", Ask((name("Freya Jones"),))),
        ("what about Freya Jones 3b", Ask((name("Freya Jones", "3B"),))),
        ("please check 3B for website", Ask((room("3B"),), WEBSITE)),
        ("Freya Jones thanks", Ask((name("Freya Jones"),))),
        ("Will Smith ok?", Ask((name("Will Smith"),))),
        ("Can Yilmaz ok for website", Ask((name("Can Yilmaz"),), WEBSITE)),
        ("May Jones", Ask((name("May Jones"),))),
        ("Jamie Fine", Ask((name("Jamie Fine"),))),
        ("Jamie Ok", Ask((name("Jamie Ok"),))),  # with a capital letter: it may be a surname
        ("Grace Mark please", Ask((name("Grace Mark"),))),
        ("for twitter", Ask((), TWITTER)),
        ("twitter video", Ask((), TWITTER, VIDEO)),
        ("on the website", Ask((), WEBSITE)),
        ("help", Ask(())),
        ("?", Ask(())),
        ("can we use", Ask(())),
    ],
)
def test_what_is_meant_by_a_sentence(typed: str, expected: Ask) -> None:
    assert read(typed, USES, CLASSES) == expected


@pytest.mark.parametrize(
    ("typed", "child", "expected"),
    [
        ("may we use May Jones", "May Jones", name("may we use May Jones")),
        ("will you post Will Smith", "Will Smith", name("will you post Will Smith")),
        ("can we use Can Yilmaz", "Can Yilmaz", name("can we use Can Yilmaz")),
        ("Grace Ok", "Grace Ok", name("Grace Ok")),
        ("grace ok", "Grace Ok", name("grace ok")),
        ("help", "Help Jones", name("help")),
        ("twitter", "Sandy Twitter", name("twitter")),
    ],
)
def test_a_word_that_is_a_childs_name_is_a_name(typed: str, child: str, expected: Subject) -> None:
    assert read(typed, USES, CLASSES, is_called(child)) == Ask((expected,))


@given(
    st.lists(st.sampled_from([*AMBIGUOUS, *map(str.lower, AMBIGUOUS), *ASKING, "Freya", "jones"]), max_size=9),
    st.lists(st.sampled_from(AMBIGUOUS), max_size=3),
)
@example(["may", "we", "use", "May"], ["May"])
def test_no_word_that_could_be_a_name_is_dropped(words: list[str], called: list[str]) -> None:
    text = " ".join(words)
    kept = slips.without_asking(text, is_called(*called)).split()
    at = next(start for start in range(len(words) + 1) if words[start : start + len(kept)] == kept)
    dropped = [*enumerate(words[:at]), *enumerate(words[at + len(kept) :], start=at + len(kept))]
    for place, word in dropped:
        assert word.strip("?").casefold() in {each.strip("?") for each in [*ASKING, *map(str.casefold, AMBIGUOUS)]}
        assert word.strip("?").casefold() not in {each.casefold() for each in called}
        assert place == 0 or word[0].islower()


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused_in_words(typed: str) -> None:
    for is_name in (is_called(), is_called("Will May"), lambda _said: True):
        with suppress(BadInput):
            read(typed, USES, CLASSES, is_name)
        slips.apart(typed, is_name)
        parted = slips.apart_loosely(typed, is_name)
        assert not parted or " ".join(parted) == " ".join(typed.split())
        assert set(slips.classes_like(typed, CLASSES)) <= set(CLASSES)


def test_full_names_without_a_comma_are_parted_where_there_is_one_way() -> None:
    known = is_called("Freya Jones", "Harry Begum", "Anna Maria Jones")
    assert slips.apart("Freya Jones Harry Begum", known) == ("Freya Jones", "Harry Begum")
    assert slips.apart("Freya Jones Anna Maria Jones Harry Begum", known) == (
        "Freya Jones",
        "Anna Maria Jones",
        "Harry Begum",
    )
    assert slips.apart("Freya Jones Harry Bgum", known) == ()
    assert slips.apart("Freya Harry", known) == ()  # it may be one child: no more than offered
    assert slips.apart_loosely("Freya Harry", known) == ("Freya", "Harry")
    two_ways = is_called("Anna Maria Lee", "Anna Maria", "Lee Joy Kim", "Joy Kim")
    assert slips.apart("Anna Maria Lee Joy Kim", two_ways) == ()


@pytest.mark.parametrize("typed", ["7B", "7 b", "class 9", "Class Oak", "year 9", "Y9", "yr 4", "nursery"])
def test_a_class_is_known_by_how_it_is_written(typed: str) -> None:
    assert slips.is_like_a_class(typed)


@pytest.mark.parametrize("typed", ["Jamie", "Yasmin", "Jamie 7B", "classy Jones", "year", "B7 Jones", ""])
def test_a_name_is_no_class(typed: str) -> None:
    assert not slips.is_like_a_class(typed)


def test_a_misspelt_class_is_met() -> None:
    assert slips.classes_like("hazle", CLASSES) == ("6 Hazel",)
    assert slips.classes_like("6 hazzel", CLASSES) == ("6 Hazel",)
    assert slips.classes_like("acrons", CLASSES) == ("Reception Acorns",)
    assert slips.classes_like("Qwzzt", CLASSES) == ()
