"""Whoever was asked about is answered: page after page, however many, however long, however it is said."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.errors import Misconfigured
from bot.school_file import read_school
from storage import school as storage_school
from storage.consent import ledger
from storage.consent.roll import pupil
from tests.consent.test_consent import enrol, some_of, split_classes, told_of, with_uses, yes_to_photos
from tests.people import ANN, OLU, OPEN_DAY
from tests.school import School
from tests.slack.people import Forged

FATIMA = "Fatima van Dijk"


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


def test_many_children_for_one_use_are_answered_at_once_and_whom_to_leave_out_comes_first(school: School) -> None:
    named = [f"{name} {where}" for where in ("3B", "4 Elm", "5 Fir") for name in some_of(school, where, 10)]
    alone = [school.command(ANN, "/consent", f"{each} for twitter").text for each in named]
    kinds = ["yes" if "*yes*" in told else "partly" if " only*" in told else "no" for told in alone]
    left_out = [name for name, kind in zip(named, kinds, strict=True) if kind == "no"]
    assert {*kinds} == {"yes", "partly", "no"}
    answer = school.command(ANN, "/consent", ", ".join(named) + " for twitter")
    first, second, rest = answer.text.split("\n", 2)
    assert "Show more" not in answer.buttons
    assert first.startswith(f"⛔ *Twitter/X: leave out {kinds.count('no')} of 30*: ")
    assert first.split(": ", 2)[2] == ", ".join(
        each.rsplit(" 3B")[0].rsplit(" 4 Elm")[0].rsplit(" 5 Fir")[0] for each in left_out
    )
    assert second.startswith(f"⚠️ *Twitter/X: {kinds.count('partly')} of 30 not in every kind of picture*: ")
    assert all(told.split("\n")[0] in rest and told.split("\n")[1] in rest for told in alone)
    form = school.command(ANN, "/consent").view
    filled = {"Or type": ", ".join(named), "Where is the picture for?": "Twitter/X"}
    window = school.submit(ANN, form, filled).view
    assert window is not None
    assert first in window.text
    yes = [name for name, kind in zip(named, kinds, strict=True) if kind == "yes"]
    assert (
        "✅ *Twitter/X: all 2 may be included*"
        in school.command(ANN, "/consent", ", ".join(yes[:2]) + " for twitter").text
    )


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


@pytest.mark.policy("4.2")
def test_no_wording_gives_a_reason(school: School) -> None:
    listed = school.command(ANN, "/consent", "3B for website video").text
    assert "Keep this to yourself, and move children without drawing attention (policy §4.2, 4.9)." in listed
    told = listed + school.command(ANN, "/consent", FATIMA).text
    assert "because answers can change" in told
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
    asked = school.submit(ANN, asked, {"Where is the picture for": "School website, photo"}).view
    assert asked is not None
    answer = school.submit(ANN, asked, {"Are you": "I am taking this picture"}).view
    assert answer is not None
    assert answer.text.count("*6 Hazel:") == 1
