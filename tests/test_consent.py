"""May this photo be used? From a phone, between two lessons."""

import pytest
from sqlalchemy import func, select, update

from storage import consent
from storage import school as storage_school
from tests.fake_people import Forged
from tests.people import ANN, BEN, DEV, GUS, OLU, OPEN_DAY, OZ, SHARED, STAFFROOM
from tests.school import School


def logged(school: School) -> list[tuple[str, str, str]]:
    """Return (use, medium, purpose) of every look-up in the log."""
    with school.database.read() as connection:
        rows = connection.execute(select(consent.look_up).order_by(consent.look_up.c.id))
        return [(row.use_key, row.media, row.purpose) for row in rows]


def test_one_child_is_answered_privately_and_logged(school: School) -> None:
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert answer.private
    assert "*Fatima van Dijk* · Reception Acorns" in answer.text
    assert "⚠️ School website: *photo only* · ⛔ *video: do not use*" in answer.text
    assert "✅ Twitter/X: *yes*, photo and video" in answer.text
    assert school.slack.history(STAFFROOM) == []
    assert logged(school) == [("", "", "by name")]


def test_one_use_and_one_medium(school: School) -> None:
    assert (
        "⛔ School website: *do not use*" in school.command(ANN, "/consent", "Fatima van Dijk for website video").text
    )
    assert (
        "✅ School website: *yes*, photo"
        in school.command(ANN, "/consent", "fatima VAN DIJK on the website photo").text
    )
    assert logged(school) == [("website", "video", "by name"), ("website", "photo", "by name")]


def test_a_shared_name_asks_which_and_tells_nothing_before(school: School) -> None:
    asked = school.command(ANN, "/consent", "Jamie")
    assert "*Which Jamie?*" in asked.text
    assert "✅" not in asked.text
    assert logged(school) == []
    answer = school.press(ANN, asked, "Jamie Nowak · 3B")
    assert "⚠️ Twitter/X: *video only* · ⛔ *photo: do not use*" in answer.text
    assert "Which" not in answer.text


def test_initial_and_class_are_enough(school: School) -> None:
    assert "*Jamie Nowak* · 3B" in school.command(ANN, "/consent", "Jamie N 3B").text


def test_two_of_one_name_in_one_class_are_told_apart_by_birthday(school: School) -> None:
    with school.database.begin() as connection:
        from storage.roll import pupil

        connection.execute(update(pupil).where(pupil.c.surname == "Begum").values(class_name="5 Fir"))
        storage_school.roll_changed(connection, 1)
    asked = school.command(ANN, "/consent", "Jamie Begum")
    assert asked.buttons == ["Jamie Begum · 5 Fir · born Tue 11 Jul 2017", "Jamie Begum · 5 Fir · born Tue 2 Jun 2020"]


def test_several_at_once_and_one_of_them_unclear(school: School) -> None:
    asked = school.command(ANN, "/consent", "Zoe Williams, Aisha and Ollie Đặng for twitter")
    assert "*Zoë Williams* · 2 Cedar" in asked.text
    assert "*Which Aisha?*" in asked.text
    answer = school.press(ANN, asked, "Aisha Begum · 3B")
    for name in ("Zoë Williams", "Aisha Begum", "Ollie Đặng"):
        assert f"*{name}*" in answer.text


def test_a_misspelling_is_offered_never_answered(school: School) -> None:
    asked = school.command(ANN, "/consent", "Jmie Novak")
    assert "No child on the roll is called “Jmie Novak”" in asked.text
    assert asked.buttons == ["Jamie Nowak · 3B"]
    assert "✅" not in asked.text


def test_nobody_found_says_so_and_says_do_not_use(school: School) -> None:
    assert "Nobody found for “Qwzzt”" in school.command(ANN, "/consent", "Qwzzt").text
    assert logged(school) == []


def test_own_class_names_who_stays_out(school: School) -> None:
    answer = school.command(ANN, "/consent", "3B for website video")
    assert "⛔ *3B: leave out 8 of 26 children*" in answer.text
    assert "• Rosie Đặng" in answer.text
    assert "yes" not in answer.text
    assert set(logged(school)) == {("website", "video", "own class")}
    assert len(logged(school)) == 26


def test_a_class_is_checked_for_one_use_at_a_time(school: School) -> None:
    asked = school.command(ANN, "/consent", "class 3b")
    assert "where is the picture for?" in asked.text
    answer = school.press(ANN, asked, "Twitter/X")
    assert "For one photo on Twitter/X" in answer.text
    assert "For one video on Twitter/X" in school.press(ANN, answer, "Check video instead").text


def test_another_class_needs_a_word_and_is_logged_as_such(school: School) -> None:
    asked = school.command(BEN, "/consent", "3B for website")
    assert "not one of your classes" in asked.text
    assert "•" not in asked.text
    answer = school.press(BEN, asked, "I am taking this picture")
    assert "leave out" in answer.text
    assert set(logged(school)) == {("website", "photo", "other class")}


def test_the_office_and_the_heads_check_any_class(school: School) -> None:
    for someone in (OLU, DEV):
        assert "leave out" in school.command(someone, "/consent", "3B for website").text


def test_a_part_of_a_class_name_will_do_and_two_ask_which(school: School) -> None:
    assert "*6 Hazel:" in school.command(OLU, "/consent", "hazel for twitter").text
    asked = school.command(OLU, "/consent", "year 3 for twitter")
    assert asked.buttons == ["3B", "3H"]
    assert "*3H:" in school.press(OLU, asked, "3H").text


def test_refused_withdrawn_unrecorded_and_flagged_read_the_same(school: School) -> None:
    """Staff never learn why a child must be left out."""
    refused = school.command(ANN, "/consent", "Jamie Roberts 6 Hazel").text.replace("Jamie Roberts* · 6 Hazel", "")
    with school.database.read() as connection:
        from storage.roll import pupil

        unrecorded = connection.execute(select(pupil).where(pupil.c.surname == "de Souza")).all()
    nobody_decided = next(p for p in unrecorded if p.forename == "Aisha")
    other = school.command(ANN, "/consent", "Aisha de Souza").text.replace(
        f"Aisha de Souza* · {nobody_decided.class_name}", ""
    )
    assert refused.replace("Jamie Roberts", "X") == other.replace("Aisha de Souza", "X")


def test_more_than_a_screenful_comes_in_pages(school: School) -> None:
    with school.database.read() as connection:
        from storage.roll import pupil

        rows = connection.execute(select(pupil).where(pupil.c.class_name == "3B").order_by(pupil.c.id).limit(11)).all()
    typed = ", ".join(f"{row.forename} {row.surname} 3B" for row in rows)
    first = school.command(ANN, "/consent", typed)
    second = school.press(ANN, first, "Show the next 3")
    told = first.text + second.text
    assert all(f"*{row.forename} {row.surname}*" in told for row in rows)
    assert len(logged(school)) == 11


@pytest.mark.parametrize("channel", [OPEN_DAY, SHARED])
def test_not_in_a_channel_with_outsiders_but_in_a_window(school: School, channel: str) -> None:
    refused = school.command(ANN, "/consent", "Fatima van Dijk", channel=channel)
    assert "Not in this channel" in refused.text
    assert "Fatima" not in refused.text
    window = school.press(ANN, refused, "Show the answer to me only").view
    assert window is not None
    assert "✅ Twitter/X: *yes*, photo and video" in window.text


def test_not_in_a_private_channel_that_the_bot_cannot_see_into(school: School) -> None:
    school.slack.add_channel("C0HEADS", "heads", [ANN.user_id], is_private=True, bot_is_member=False)
    assert "Not in this channel" in school.command(ANN, "/consent", "Fatima van Dijk", channel="C0HEADS").text


def test_in_the_conversation_with_the_bot_all_is_private(school: School) -> None:
    assert "*Fatima van Dijk*" in school.command(ANN, "/consent", "Fatima van Dijk", channel=None).text


def test_a_channel_that_a_guest_joins_is_closed_within_minutes(school: School) -> None:
    assert "*Fatima" in school.command(ANN, "/consent", "Fatima van Dijk").text
    members = [*school.slack.channels[STAFFROOM].members, GUS.user_id]
    school.slack.change_channel(STAFFROOM, members=members)
    school.bot.router.directory.forget()
    assert "Not in this channel" in school.command(ANN, "/consent", "Fatima van Dijk").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Jamie for facebook", "The school has no use called “facebook”"),
        ("3B for displays video", "Displays in school is asked for photo only"),
        ("x" * 3000, "very long"),
        ("<!channel>", "Nobody found for “<!channel>”"),
        ("'\"`´’‘“”‚„«»", "Type a child's name"),
        (", ,;and & ,", "Type a child's name"),
        (";".join(f"Nobody {n}" for n in range(60)), "at most 40"),
    ],
)
def test_odd_input_gets_a_plain_answer(school: School, typed: str, told: str) -> None:
    answer = school.command(ANN, "/consent", typed)
    assert told in answer.text
    assert answer.private


def test_the_form_offers_pupils_and_answers_in_its_own_window(school: School) -> None:
    form = school.command(ANN, "/consent").view
    offered = school.suggest(ANN, form, "Pupils", "fatima v")
    assert offered[0] == "Fatima van Dijk · Reception Acorns"
    answer = school.submit(ANN, form, {"Pupils": ["Fatima van Dijk · Reception Acorns"], "Where": "School website"})
    assert answer.view is not None
    assert "⛔ *video: do not use*" in answer.view.text


def test_the_form_asks_which_of_several(school: School) -> None:
    form = school.command(ANN, "/consent").view
    asked = school.submit(ANN, form, {"Or type": "Jamie, 3B", "Where": "Twitter/X"}).view
    assert asked is not None
    assert "*Which Jamie?*" in asked.text
    answer = school.submit(ANN, asked, {"Which one": "Jamie Nowak · 3B"}).view
    assert answer is not None
    assert "*Jamie Nowak* · 3B" in answer.text
    assert "*3B: leave out" in answer.text


def test_the_form_needs_somebody(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert school.submit(ANN, form, {}).error_texts == ["Choose a pupil, or type a name or a class."]


def test_a_forged_button_is_no_way_to_another_school(school: School) -> None:
    asked = school.command(ANN, "/consent", "Jamie")
    for value in ('{"s":[["",null,999999,0]],"u":"","m":"","f":0}', "not json", "{}", "[]"):
        answer = school.press(ANN, asked, "Jamie Nowak · 3B", value=Forged(value))
        assert "✅" not in answer.text
        assert answer.text.startswith("⚠️")


def test_oz_gets_nothing(school: School) -> None:
    for someone in (OZ, GUS):
        for command, text in (("/consent", "Jamie"), ("/consent", ""), ("/consent-record", "Jamie"), ("/lanyard", "")):
            answer = school.command(someone, command, text, channel=OPEN_DAY)
            assert "only this school's own staff" in answer.text
            assert answer.view is None
    assert logged(school) == []


def test_if_the_log_cannot_be_written_nothing_is_told(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    with school.database.durable.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look_up RENAME TO look_up_gone")
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert "Fatima" not in answer.text
    assert answer.text.startswith("⚠️")


def test_the_same_delivery_twice_answers_twice(school: School) -> None:
    """Looking up again does no harm; dropping a retry would."""
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert school.people.again(answer).text == answer.text
    with school.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(consent.look_up)).scalar_one() == 2
