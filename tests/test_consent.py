"""May this photo be used? From a phone, between two lessons."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.errors import Misconfigured
from bot.school_file import read_school
from storage import consent, ledger
from storage import school as storage_school
from storage.roll import pupil
from tests.fake_people import Forged
from tests.people import ANN, BEN, DEV, GUS, OLU, OPEN_DAY, OZ, SHARED, STAFFROOM
from tests.school import School

FATIMA = "Fatima van Dijk"


def logged(school: School) -> list[tuple[str, str, str]]:
    """Return (use, medium, purpose) of every look-up in the log."""
    with school.database.read() as connection:
        rows = connection.execute(select(consent.look_up).order_by(consent.look_up.c.id))
        return [(row.use_key, row.media, row.purpose) for row in rows]


def told_of(school: School) -> list[int]:
    """Return the pupils in the look-up log, as often as they were told of."""
    with school.database.read() as connection:
        return list(connection.execute(select(consent.look_up.c.pupil_id).order_by(consent.look_up.c.id)).scalars())


def some_of(school: School, class_name: str, most: int) -> list[str]:
    """Return so many pupils of a class, as one would type them."""
    with school.database.read() as connection:
        found = select(pupil).where(pupil.c.class_name == class_name, pupil.c.forename != "Jamie").limit(most)
        return [f"{row.forename} {row.surname}" for row in connection.execute(found.order_by(pupil.c.id))]


def enrol(school: School, names: list[tuple[str, str]], class_name: str = "3B", **more: Any) -> None:
    rows = [
        {"legal_forename": forename, "legal_surname": surname, "forename": forename, "surname": surname}
        for forename, surname in names
    ]
    common = {"school_id": 1, "class_name": class_name, "year_group": "3", **more}
    with school.database.begin() as connection:
        connection.execute(insert(pupil), [{**common, **row} for row in rows])
        storage_school.roll_changed(connection, 1)


def split_classes(school: School, parts: int) -> None:
    """Make as many classes of each class."""
    with school.database.begin() as connection:
        for number, row in enumerate(connection.execute(select(pupil).order_by(pupil.c.class_name, pupil.c.id)).all()):
            part = f"{row.class_name} set {number % parts}"
            connection.execute(update(pupil).where(pupil.c.id == row.id).values(class_name=part))
        storage_school.roll_changed(connection, 1)


def with_uses(school: School, *uses: dict[str, Any]) -> None:
    """Have the school settle on these uses of pictures."""
    with school.database.begin() as connection:
        kept = dict(connection.execute(select(storage_school.school.c.settings)).scalar_one())
        storage_school.change(connection, 1, settings={**kept, "uses": list(uses)})


def yes_to_photos(school: School, keys: list[str]) -> None:
    """Have every parent of 3B agree to photos for these uses, and say nothing of videos."""
    with school.database.begin() as connection:
        pupils = connection.execute(select(pupil.c.id).where(pupil.c.class_name == "3B")).scalars().all()
        common = {"school_id": 1, "media": "photo", "verdict": "yes", "effective_from": date(2026, 1, 1)}
        common["source_id"] = connection.execute(select(ledger.source.c.id)).scalars().first()
        rows = [{**common, "pupil_id": each, "use_key": key} for each in pupils for key in keys]
        connection.execute(insert(ledger.decision), rows)


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
    assert "No child at the school is called “Jmie Novak”" in asked.text
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
        unrecorded = connection.execute(select(pupil).where(pupil.c.surname == "de Souza")).all()
    nobody_decided = next(p for p in unrecorded if p.forename == "Aisha")
    other = school.command(ANN, "/consent", "Aisha de Souza").text.replace(
        f"Aisha de Souza* · {nobody_decided.class_name}", ""
    )
    assert refused.replace("Jamie Roberts", "X") == other.replace("Aisha de Souza", "X")


def test_more_than_a_screenful_comes_in_pages(school: School) -> None:
    with school.database.read() as connection:
        rows = connection.execute(select(pupil).where(pupil.c.class_name == "3B").order_by(pupil.c.id).limit(11)).all()
    typed = ", ".join(f"{row.forename} {row.surname} 3B" for row in rows)
    first = school.command(ANN, "/consent", typed)
    second = school.press(ANN, first, "Show more")
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


# ── nobody who was asked about vanishes ────────────────────────────────────────────────────────────────────────────


def test_a_window_tells_all_who_were_asked_about(school: School) -> None:
    names = some_of(school, "3B", 11)
    form = school.command(ANN, "/consent").view
    answer = school.submit(ANN, form, {"Or type": ", ".join(f"{name} 3B" for name in names)}).view
    assert answer is not None
    assert all(f"*{name}*" in answer.text for name in names)
    assert len(told_of(school)) == 11
    refused = school.command(ANN, "/consent", ", ".join(f"{name} 3B" for name in names), channel=OPEN_DAY)
    window = school.press(ANN, refused, "Show the answer to me only").view
    assert window is not None
    assert all(f"*{name}*" in window.text for name in names)


def test_who_is_settled_on_the_second_page_is_answered(school: School) -> None:
    names = some_of(school, "3B", 10)
    first = school.command(ANN, "/consent", "Jamie, " + ", ".join(f"{name} 3B" for name in names))
    assert "3 still to come" in first.text
    second = school.press(ANN, first, "Show more")
    assert "*Which Jamie?*" in second.text
    answer = school.press(ANN, second, "Jamie Nowak · 3B")
    assert "*Jamie Nowak* · 3B" in answer.text
    assert all(f"*{name}*" in first.text + second.text + answer.text for name in names)


def test_many_classes_come_in_pages_and_what_is_logged_was_shown(school: School) -> None:
    split_classes(school, 2)
    with school.database.read() as connection:
        rows = connection.execute(select(pupil.c.id, pupil.c.class_name)).all()
    classes = sorted({row.class_name for row in rows})
    assert len(classes) >= 14
    answer = school.command(OLU, "/consent", ", ".join(classes) + " for website")
    told = answer.text
    while "Show more" in answer.buttons:
        shown = {name for name in classes if f"*{name}:" in told}
        assert set(told_of(school)) <= {row.id for row in rows if row.class_name in shown}
        answer = school.press(OLU, answer, "Show more")
        told += answer.text
    assert all(f"*{name}:" in told for name in classes)
    assert len(told_of(school)) == len(set(told_of(school)))


def test_a_class_too_long_for_one_message_comes_in_parts(school: School) -> None:
    long_names = [(f"{chr(97 + n % 26) * 90}{n:03}", "B" * 95) for n in range(120)]
    enrol(school, long_names)
    answer = school.command(OLU, "/consent", "3B for website")
    assert "The list goes on" in answer.text
    told = answer.text
    while "Show more" in answer.buttons:
        answer = school.press(OLU, answer, "Show more")
        told += answer.text
    assert all(f"• {forename} {surname}" in told for forename, surname in long_names)
    assert "The list goes on" not in answer.text
    assert len(told_of(school)) == len(set(told_of(school))) == 146


def test_many_questions_come_in_pages(school: School) -> None:
    with school.database.read() as connection:
        shared = select(pupil.c.surname).group_by(pupil.c.surname).having(func.count() > 1).limit(35)
        surnames = list(connection.execute(shared).scalars())
    answer = school.command(ANN, "/consent", ", ".join(surnames))
    told = answer.text
    while "Show more" in answer.buttons:
        answer = school.press(ANN, answer, "Show more")
        told += answer.text
    assert len(surnames) > 12
    assert all(f"*Which {surname}?*" in told for surname in surnames)
    assert told_of(school) == []


def test_a_name_that_nobody_has_does_not_end_the_form(school: School) -> None:
    form = school.command(ANN, "/consent").view
    asked = school.submit(ANN, form, {"Or type": f"Qwzzt, Jamie, Aisha, {FATIMA}"}).view
    assert asked is not None
    assert "Nobody found for “Qwzzt”" in asked.text
    assert "*Which Jamie?*" in asked.text
    assert "one more question" in asked.text
    asked = school.submit(ANN, asked, {"Which one": "Jamie Nowak · 3B"}).view
    assert asked is not None
    assert "*Which Aisha?*" in asked.text
    answer = school.submit(ANN, asked, {"Which one": "Aisha Begum · 3B"}).view
    assert answer is not None
    for words in ("*Jamie Nowak*", "*Aisha Begum*", f"*{FATIMA}*", "Nobody found for “Qwzzt”"):
        assert words in answer.text


def test_a_form_that_asks_back_logs_only_what_it_tells(school: School) -> None:
    form = school.command(ANN, "/consent").view
    asked = school.submit(ANN, form, {"Or type": f"{FATIMA}, Jamie"}).view
    school.submit(ANN, asked, {"Which one": "Jamie Nowak · 3B"})
    fatima, *others = told_of(school)
    assert sorted(others) == sorted([fatima, *set(others) - {fatima}])  # Fatima was shown twice, Jamie once
    assert len(others) == 2


def test_a_window_too_small_goes_on_in_the_next(school: School) -> None:
    split_classes(school, 5)
    with school.database.read() as connection:
        classes = sorted(set(connection.execute(select(pupil.c.class_name)).scalars()))[:40]
    form = school.command(OLU, "/consent").view
    window = school.submit(OLU, form, {"Or type": ", ".join(classes), "Where": "School website"}).view
    assert window is not None
    assert "still to come" in window.text
    following = school.submit(OLU, window).view
    assert following is not None
    assert all(f"*{name}:" in window.text + following.text for name in classes)
    assert len(told_of(school)) == len(set(told_of(school)))


def test_no_more_than_forty_can_be_picked_or_asked(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert form is not None
    picker = next(block["element"] for block in form.blocks if block.get("block_id") == "pupils")
    assert picker["max_selected_items"] == 40
    asked = school.command(ANN, "/consent", "Jamie")
    forged = json.dumps({"s": list(range(1, 42)), "u": "", "m": ""})
    answer = school.press(ANN, asked, "Jamie Nowak · 3B", value=Forged(forged))
    assert answer.text.startswith("⚠️")
    assert told_of(school) == []


def test_a_class_recognised_by_a_part_of_its_name_can_be_declared(school: School) -> None:
    asked = school.command(ANN, "/consent", "hazel for website")
    assert "6 Hazel is not one of your classes" in asked.text
    assert "*6 Hazel:" in school.press(ANN, asked, "I am taking this picture").text


# ── a use and a medium that nobody was asked about ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["Fatima van Dijk", "3B"])
def test_a_medium_that_the_use_is_not_asked_for_is_said_under_it(school: School, typed: str) -> None:
    form = school.command(ANN, "/consent").view
    entries = {"Or type": typed, "Where": "Displays in school", "Photo or video": "Video"}
    answer = school.submit(ANN, form, entries)
    assert answer.errors == {"medium": "Displays in school is asked for photo only, so there is no decision on video."}
    assert told_of(school) == []


# ── two of one name in one class ───────────────────────────────────────────────────────────────────────────────────


def test_namesakes_are_told_apart_wherever_a_name_is_read(school: School) -> None:
    with school.database.begin() as connection:
        connection.execute(update(pupil).where(pupil.c.surname == "Begum").values(class_name="5 Fir"))
        storage_school.roll_changed(connection, 1)
    older, younger = "Jamie Begum · 5 Fir · born Tue 11 Jul 2017", "Jamie Begum · 5 Fir · born Tue 2 Jun 2020"
    form = school.command(ANN, "/consent").view
    assert school.suggest(ANN, form, "Pupils", "jamie begum") == [older, younger]
    asked = school.command(ANN, "/consent", "Jmie Begun")
    assert {older, younger} <= set(asked.buttons)
    answer = school.press(ANN, asked, younger)
    assert "*Jamie Begum* · 5 Fir · born Tue 2 Jun 2020" in answer.text
    with school.database.begin() as connection:
        connection.execute(ledger.decision.delete())
    listed = school.command(OLU, "/consent", "5 Fir for website").text
    assert "• Jamie Begum · born Tue 11 Jul 2017" in listed
    assert "• Jamie Begum · born Tue 2 Jun 2020" in listed
    assert "• Aisha Begum\n" in f"{listed}\n"


def test_namesakes_without_a_birthday_of_their_own_are_numbered(school: School) -> None:
    enrol(school, [("Twice", "Told")] * 2, born_on=date(2018, 1, 1))
    enrol(school, [("Never", "Born")] * 2)
    asked = school.command(ANN, "/consent", "Twice Told")
    born = "· 3B · born Mon 1 Jan 2018"
    assert asked.buttons == [f"Twice Told (1 of 2) {born}", f"Twice Told (2 of 2) {born}"]
    assert school.command(ANN, "/consent", "Never Born").buttons == [
        "Never Born (1 of 2) · 3B",
        "Never Born (2 of 2) · 3B",
    ]


def test_a_long_name_is_cut_before_the_birthday_is(school: School) -> None:
    long = ("Featherstonehaugh-Cholmondeley", "Wolfeschlegelsteinhausenbergerdorff")
    enrol(school, [long], born_on=date(2018, 1, 1))
    enrol(school, [long], born_on=date(2018, 1, 2))
    buttons = school.command(ANN, "/consent", " ".join(long)).buttons
    assert [button[-15:] for button in buttons] == ["Mon 1 Jan 2018", "Tue 2 Jan 2018"] or all(
        "born" in b for b in buttons
    )
    assert len(set(buttons)) == 2


# ── as much as Slack takes, and nothing cut ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("letters", [27, 60, 100])
def test_many_long_uses_are_all_told(school: School, letters: int) -> None:
    names = [f"{number:02} {'x' * letters}"[:letters] for number in range(25)]
    with_uses(school, *[{"key": f"use{n}", "name": name, "media": ["photo", "video"]} for n, name in enumerate(names)])
    yes_to_photos(school, [f"use{n}" for n in range(25)])
    typed = some_of(school, "3B", 8)
    answer = school.command(ANN, "/consent", ", ".join(f"{name} 3B" for name in typed))
    told = answer.text
    while "Show more" in answer.buttons:
        answer = school.press(ANN, answer, "Show more")
        told += answer.text
    assert all(told.count(f"{name}:") == 8 for name in names)
    assert all(f"*{name}*" in told for name in typed)
    assert len(told_of(school)) == 8


@pytest.mark.parametrize(
    "typed",
    [
        ", ".join(f"Олександра Коваленко{number:018}" for number in range(23)) + ", Jamie",
        ", ".join([f'"Ann" "Lee"{number}' for number in range(38)] + ["Jamie"]),
        "Jamie, " + "\\" * 900 + "a",
    ],
)
def test_a_long_question_comes_back_whole_from_a_form(school: School, typed: str) -> None:
    form = school.command(ANN, "/consent").view
    asked = school.submit(ANN, form, {"Or type": typed[:1000]}).view
    assert asked is not None
    assert len(asked.private_metadata) <= 3000
    answer = school.submit(ANN, asked, {"Which one": "Jamie Nowak · 3B"}).view if "Which one" in asked.text else asked
    assert answer is not None
    assert answer.text.count("Nobody found") + answer.text.count("No child at") >= min(typed.count(","), 1)
    assert school.command(ANN, "/consent", typed[:1000]).private


def test_a_question_too_long_for_a_channel_is_not_answered_in_part(school: School) -> None:
    refused = school.command(ANN, "/consent", "Fatima van Dijk, " + "x" * 1500, channel=OPEN_DAY)
    assert "very long" in school.press(ANN, refused, "Show the answer to me only").text
    assert told_of(school) == []


# ── how people speak ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Jamie Nowak in 3B for twitter", "Twitter/X: *video only*"),
        ("Jamie Nowak twitter", "Twitter/X: *video only*"),
        ("the children in 3B for website", "For one photo on School website"),
        ("3B website video", "For one video on School website"),
        ("everyone in hazel twitter", "*6 Hazel:"),
    ],
)
def test_what_people_really_type(school: School, typed: str, told: str) -> None:
    enrol(school, [("Quentin", "Press")])
    assert told in school.command(OLU, "/consent", typed).text
    assert "*Quentin Press* · 3B" in school.command(OLU, "/consent", "Quentin Press").text


def test_no_wording_gives_a_reason(school: School) -> None:
    listed = school.command(ANN, "/consent", "3B for website video").text
    assert "Keep this to yourself, and move children discreetly (policy §4.2, 4.9)." in listed
    told = listed + school.command(ANN, "/consent", FATIMA).text
    assert "Answers can change." in told
    assert not any(word in told.casefold() for word in ("famil", "parent", "refus", "withdr"))


# ── the school's uses of pictures ──────────────────────────────────────────────────────────────────────────────────


WEBSITE = '[[uses]]\nkey = "website"\nname = "Website"\nmedia = ["photo"]\n'


@pytest.mark.parametrize(
    ("uses", "told"),
    [
        (WEBSITE.replace("Website", "W" * 61), "line 9: uses.1.name: this is too long; at most 60 characters"),
        (WEBSITE.replace('["photo"]', '["photo", "photo"]'), "line 10: uses.1.media: the same medium twice"),
        ("".join(WEBSITE.replace("ebsite", f"ebsite{n}") for n in range(26)), "there are 26 [[uses]]; at most 25"),
        (WEBSITE + WEBSITE.replace('"website"', '"site"'), "website and site are both called website"),
        (WEBSITE + WEBSITE.replace("ebsite", "eb") + 'aliases = ["WEBSITE"]\n', "both called website"),
    ],
)
def test_uses_that_could_not_be_told_are_refused_at_the_start(tmp_path: Path, uses: str, told: str) -> None:
    written = tmp_path / "school.toml"
    school = '[school]\nname = "Oak"\nslack_team = "T0A"\n[roles]\nheadteacher = ["head@oak.example"]\n\n'
    written.write_text(school + uses)
    with pytest.raises(Misconfigured) as refused:
        read_school(written)
    assert told in str(refused.value)


def test_a_class_said_in_two_ways_is_asked_about_once(school: School) -> None:
    form = school.command(ANN, "/consent").view
    asked = school.submit(ANN, form, {"Or type": "hazel, 6 hazel"}).view
    assert asked is not None
    asked = school.submit(ANN, asked, {"Which one": "School website, photo"}).view
    assert asked is not None
    answer = school.submit(ANN, asked, {"Are you": "I am taking this picture"}).view
    assert answer is not None
    assert answer.text.count("*6 Hazel:") == 1
