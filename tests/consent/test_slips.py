"""A slip in typing after /consent gets an answer to what was meant, or an offer; a child is never guessed."""

import json

import pytest
from sqlalchemy import text

from storage.engine import metadata
from tests.consent.test_consent import enrol, logged, offered, told_of
from tests.people import ANN, GUS, OLU, OPEN_DAY, OZ
from tests.school import School
from tests.slack.people import Forged

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

FREYA, HARRY, MOLLY = "*Freya Jones* · 1 Beech", "*Harry Begum* · 1 Beech", "*Molly O'Brien* · 3B"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("can we use Freya Jones", FREYA),
        ("is Harry Begum ok for website", HARRY),
        ("Molly O'Brien photo ok?", MOLLY),
        ("Molly O’Brien for twitter please", MOLLY),
        ("Has Freya Jones got consent?", FREYA),
        ("do we have permission for Harry Begum for twitter?", HARRY),
    ],
)
def test_a_whole_sentence_is_understood(school: School, typed: str, told: str) -> None:
    answer = school.command(ANN, "/consent", typed)
    assert told in answer.text
    assert "Nobody found" not in answer.text
    assert len(told_of(school)) == 1


@pytest.mark.parametrize(
    ("typed", "asked", "use", "medium"),
    [
        ("for twitter", "*Who is in the picture for Twitter/X?*", "Twitter/X", "Both"),
        ("twitter", "*Who is in the picture for Twitter/X?*", "Twitter/X", "Both"),
        ("on the website video", "*Who is in the video for School website?*", "School website", "Video"),
        ("help", "Type a child's name or a class", "Everywhere", "Both"),
        ("?", "Type a child's name or a class", "Everywhere", "Both"),
    ],
)
def test_nobody_named_is_asked_who_and_the_use_is_kept(
    school: School, typed: str, asked: str, use: str, medium: str
) -> None:
    answer = school.command(ANN, "/consent", typed)
    assert asked in answer.text
    assert "do not use" not in answer.text
    form = school.press(ANN, answer, "Choose from a list").view
    assert form is not None
    chosen = [json.dumps(block["element"].get("initial_option")) for block in form.blocks if "element" in block]
    assert any(f'"{use}"' in each for each in chosen)
    assert any(f'"{medium}"' in each for each in chosen)
    shown = school.submit(ANN, form, {"Or type": "Freya Jones"}).view
    assert shown is not None
    assert "*Freya Jones*" in shown.text
    assert len(logged(school)) == 1


@pytest.mark.parametrize("typed", ["7B for website", "class 9 for website", "year 9 for website"])
def test_a_class_that_there_is_not_is_answered_with_those_that_there_are(school: School, typed: str) -> None:
    asked = school.command(ANN, "/consent", typed)
    words = typed.removesuffix(" for website").removeprefix("class ")
    assert f"*There is no class “{words}”.* Did you mean:" in asked.text
    assert asked.buttons[0] == "3B"  # her own comes first
    answer = school.press(ANN, asked, "3B")
    assert "For one photo on School website" in answer.text
    others = school.press(OLU, school.command(OLU, "/consent", typed), "Another class", "6 Hazel")
    assert "*6 Hazel:" in others.text


@pytest.mark.databases("sqlite", "postgresql")
def test_a_misspelt_class_is_offered(school: School) -> None:
    asked = school.command(OLU, "/consent", "6 hazzel for twitter")
    assert asked.buttons == ["6 Hazel"]
    assert "leave out" not in asked.text
    assert "*6 Hazel:" in school.press(OLU, asked, "6 Hazel").text


def test_the_form_names_the_classes_too(school: School) -> None:
    form = school.command(OLU, "/consent").view
    asked = school.submit(OLU, form, {"Or type": "7B", "Where": "Twitter/X"}).view
    assert asked is not None
    assert "There is no class “7B”" in asked.text
    shown = school.submit(OLU, asked, {"Which one": "3H"}).view
    assert shown is not None
    assert "*3H:" in shown.text


@pytest.mark.databases("sqlite", "postgresql")
def test_two_full_names_without_a_comma_are_two_children(school: School) -> None:
    answer = school.command(ANN, "/consent", "Freya Jones Harry Begum for twitter")
    for told in (FREYA, HARRY):
        assert told in answer.text
    assert len(told_of(school)) == 2
    with_class = school.command(ANN, "/consent", "Freya Jones Molly O'Brien 3B")
    assert FREYA in with_class.text
    assert MOLLY in with_class.text


def test_two_forenames_without_a_comma_are_only_offered(school: School) -> None:
    asked = school.command(ANN, "/consent", "Molly Freya")
    assert "No child at the school is called “Molly Freya”" in asked.text
    assert "Several children? Put a comma between their names." in asked.text
    assert {"Freya Jones · 1 Beech", "Molly O'Brien · 3B"} <= {*asked.buttons, *asked.text.splitlines()}
    assert told_of(school) == []
    assert len(offered(school)) == 1


@pytest.mark.parametrize(
    ("child", "typed", "offer"),
    [
        (("May", "Marsh"), "may we use May Marsh", "May Marsh · 3B"),
        (("Will", "Mark"), "will you post Will Mark", "Will Mark · 3B"),
        (("Can", "Grace"), "can we use Can Grace for twitter", "Can Grace · 3B"),
    ],
)
def test_a_word_that_may_be_a_name_is_never_dropped_but_the_child_is_offered(
    school: School, child: tuple[str, str], typed: str, offer: str
) -> None:
    enrol(school, [child])
    asked = school.command(ANN, "/consent", typed)
    assert offer in asked.buttons
    assert "✅" not in asked.text
    assert told_of(school) == []
    assert f"*{' '.join(child)}* · 3B" in school.command(ANN, "/consent", f"{' '.join(child)} ok?").text


def test_who_is_not_on_the_roll_is_not_taken_for_somebody_of_that_surname(school: School) -> None:
    enrol(school, [("Anna", "Uniquely")])
    for typed in ("Will Uniquely", "May Uniquely ok?", "Grace Uniquely for twitter"):
        asked = school.command(ANN, "/consent", typed)
        assert "✅" not in asked.text
        assert "⛔" not in asked.text
        assert "Did you mean" in asked.text
    assert told_of(school) == []


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("Molly O'Brien 7Z", "Molly O'Brien · 3B"),  # no such class
        ("Molly O'Brien 1 Beech", "Molly O'Brien · 3B"),  # not in that class
        ("little Molly O'Brien xyz", "Molly O'Brien · 3B"),
        ("Frayer Jhonse", "Freya Jones · 1 Beech"),  # letter by letter, where no word is close
    ],
)
def test_a_near_name_is_offered_with_its_class(school: School, typed: str, offer: str) -> None:
    asked = school.command(ANN, "/consent", typed)
    assert offer in asked.buttons
    assert "✅" not in asked.text
    assert told_of(school) == []
    assert f"*{offer.replace(' · ', '* · ')}" in school.press(ANN, asked, offer).text


def test_nobody_close_leads_to_the_list(school: School) -> None:
    asked = school.command(ANN, "/consent", "Qwzzt Vbxx for twitter")
    assert "*Nobody found for “Qwzzt Vbxx”.* Do not use the picture until you have found the child." in asked.text
    assert school.press(ANN, asked, "Choose from a list").view is not None
    assert logged(school) == []


@pytest.mark.parametrize(
    "typed",
    [
        "<!channel> ok?",
        "can we use <@U0HANA> & *x* please",
        "for twitter " * 60,
        "Jo " * 300,
        "is " * 200 + "ok",
        "(" * 500,
        "class " + "9" * 300,
        "'; DROP TABLE pupil; --",
    ],
)
def test_odd_sentences_get_a_plain_answer(school: School, typed: str) -> None:
    answer = school.command(ANN, "/consent", typed)
    assert answer.status == 200
    assert answer.text
    assert "IT lead" not in answer.text
    assert "<!channel>" not in str(answer.body)
    assert "<@U0HANA>" not in str(answer.body)


@pytest.mark.parametrize("value", ["nonsense", "/", "twitter/<video>", "🦆/photo", "x" * 500])
def test_a_forged_use_opens_the_form_as_it_is(school: School, value: str) -> None:
    asked = school.command(ANN, "/consent", "help")
    form = school.press(ANN, asked, "Choose from a list", value=Forged(value)).view
    assert form is not None
    assert "Where is the picture for?" in form.text


@pytest.mark.databases("sqlite", "postgresql")
def test_what_was_typed_is_kept_nowhere(school: School) -> None:
    for typed in ("can we use Zebedee Ok", "Zebedee 7Z", "Zebedee Freya", "7Zebedee", "for Zebedee"):
        school.command(ANN, "/consent", typed)
    with school.database.read() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(text(f"SELECT * FROM {table.name}")).all()  # noqa: S608 - our own names
            assert "zebedee" not in str(rows).casefold()


@pytest.mark.databases("sqlite", "postgresql")
def test_guests_and_outsiders_learn_nothing_by_a_slip(school: School) -> None:
    for who, channel in ((OZ, None), (GUS, None)):
        for typed in ("can we use Freya Jones", "7B", "Freya Harry"):
            told = school.command(who, "/consent", typed, channel=channel).text
            assert "Freya Jones" not in told
            assert "3B" not in told
    refused = school.command(ANN, "/consent", "7B", channel=OPEN_DAY)
    assert "Not in this channel" in refused.text
    assert "3H" not in refused.text


def test_the_record_says_that_nobody_is_called_so(school: School) -> None:
    form = school.command(OLU, "/consent-record", "Qwzzt Vbxx").view
    assert form is not None
    assert "*Nobody on the roll is called “Qwzzt Vbxx”.*" in form.text
    near = school.command(OLU, "/consent-record", "Frayer Jhonse").view
    assert near is not None
    assert "It is not certain who “Frayer Jhonse” is. Choose one." in near.text
    assert "Nobody on the roll" not in school.command(OLU, "/consent-record").view.text  # type: ignore[union-attr]
