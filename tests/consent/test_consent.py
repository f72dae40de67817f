"""May this photo be used? From a phone, between two lessons."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.services.consent import ledger as services
from bot.services.school.people import identify
from storage import school as storage_school
from storage.consent import ledger, look_ups
from storage.consent.roll import pupil
from tests.people import ANN, BEN, DEV, GUS, OLU, OPEN_DAY, OZ, SHARED, STAFFROOM
from tests.school import School, context_of
from tests.slack.people import Forged

FATIMA = "Fatima van Dijk"


def logged(school: School) -> list[tuple[str, str, str]]:
    """Return (use, medium, purpose) of every look-up in the log, those by name first."""
    with school.database.read() as connection:
        return [
            (row.use_key, row.media, row.purpose)
            for table in (look_ups.look_up, look_ups.look_up_list)
            for row in connection.execute(select(table).order_by(table.c.id))
        ]


def told_of(school: School) -> list[int]:
    """Return the pupils in the look-up log, as often as they were answered about."""
    by_name, lists = look_ups.look_up, look_ups.look_up_list
    with school.database.read() as connection:
        told = list(connection.execute(select(by_name.c.pupil_id).order_by(by_name.c.id)).scalars())
        checks = select(lists.c.pupils).where(lists.c.class_name != "").order_by(lists.c.id)
        return told + [each for row in connection.execute(checks) for each in look_ups.unpacked(row.pupils)]


def offered(school: School) -> list[tuple[int, ...]]:
    """Return the pupils whose names were offered, look by look."""
    lists = look_ups.look_up_list
    with school.database.read() as connection:
        rows = connection.execute(select(lists.c.pupils).where(lists.c.class_name == "").order_by(lists.c.id))
        return [look_ups.unpacked(row.pupils) for row in rows]


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


@pytest.mark.policy("1.1", "4.2")
def test_one_child_is_answered_privately_and_logged(school: School) -> None:
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert answer.private
    assert "*Fatima van Dijk* · Reception Acorns" in answer.text
    assert "⚠️ School website: *photo only* · ⛔ *video: do not use*" in answer.text
    assert "✅ Twitter/X: *yes*, photo and video" in answer.text
    assert school.slack.history(STAFFROOM) == []
    assert logged(school) == [("", "", "by name")]


@pytest.mark.policy("4.4")
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
    assert logged(school) == [("", "", "offered")]  # who is at the school, and in which class, is a look too
    assert len(asked.buttons) == 5  # a handful; the other children are in a list
    assert [each.rsplit(" · ", 1)[1] for each in asked.buttons[:3]] == ["3B"] * 3  # her own class first
    assert [len(pupils) for pupils in offered(school)] == [16]
    answer = school.press(ANN, asked, "Jamie Nowak · 3B")
    assert "⚠️ Twitter/X: *video only* · ⛔ *photo: do not use*" in answer.text
    assert "Which" not in answer.text
    other = school.press(ANN, school.command(ANN, "/consent", "Jamie"), "Another child", "Jamie Wilson · 3H")
    assert "*Jamie Wilson* · 3H" in other.text


def test_forty_by_name_are_told_what_each_would_be_told_alone(school: School) -> None:
    with school.database.read() as connection:
        rows = connection.execute(select(pupil).where(pupil.c.forename != "Jamie").order_by(pupil.c.id)).all()
    typed = [f"{row.forename} {row.surname} {row.class_name}" for row in rows if row.left_on is None]
    certain = [name for name in typed if typed.count(name) == 1][:40]
    together = school.command(ANN, "/consent", f"{', '.join(certain)} for website video")
    assert "leave out" in together.text
    assert sorted(told_of(school)) == sorted(set(told_of(school)))
    assert len(told_of(school)) == 40
    kinds = set()
    for name in certain:
        alone = school.command(ANN, "/consent", f"{name} for website video").text
        told = alone.partition("[Post it]")[0].partition("*Somebody else?*")[0].strip()
        assert told in together.text
        kinds.add(told.split("\n")[-1].split("*")[1])
    assert kinds == {"yes", "do not use", "Do not include"}


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
    assert len(offered(school)) == 1


def test_nobody_found_says_so_and_says_do_not_use(school: School) -> None:
    assert "Nobody found for “Qwzzt”" in school.command(ANN, "/consent", "Qwzzt").text
    assert logged(school) == []


def test_own_class_names_who_stays_out(school: School) -> None:
    answer = school.command(ANN, "/consent", "3B for website video")
    assert "⛔ *3B: leave out 8 of 26 children*" in answer.text
    assert "• Rosie Đặng" in answer.text
    assert "yes" not in answer.text
    assert logged(school) == [("website", "video", "own class")]
    assert len(told_of(school)) == 26


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
    assert logged(school) == [("website", "photo", "other class")]


def test_the_office_and_the_heads_check_any_class(school: School) -> None:
    for someone in (OLU, DEV):
        assert "leave out" in school.command(someone, "/consent", "3B for website").text


def test_a_part_of_a_class_name_will_do_and_two_ask_which(school: School) -> None:
    assert "*6 Hazel:" in school.command(OLU, "/consent", "hazel for twitter").text
    asked = school.command(OLU, "/consent", "year 3 for twitter")
    assert asked.buttons == ["3B", "3H"]
    assert "*3H:" in school.press(OLU, asked, "3H").text


@pytest.mark.policy("4.2")
def test_refused_withdrawn_unrecorded_and_flagged_read_the_same(school: School) -> None:
    """Staff never learn why a child must be left out."""
    olu = identify(
        school.database, school.clock, school.bot.router.directory.user, team_id="T0SCHOOL", slack_user=OLU.user_id
    )
    office = context_of(school, olu)
    decided = {"everything": "no", "decided_by": "Noor", "relationship": "Mother", "method": "form"}
    fatima, jack = (services.find(office, name).pupils[0] for name in ("Fatima van Dijk", "Jack McKenzie"))
    services.record(office, fatima.pupil_id, decided, request_id="V1:1")
    services.set_flag(office, jack.pupil_id, raised=True, reasons="A court order.")
    told = set()
    for name, class_name in (
        ("Jamie Roberts", "6 Hazel"),  # refused
        ("Fatima van Dijk", "Reception Acorns"),  # withdrawn
        ("Aisha de Souza", "1 Beech"),  # nothing recorded
        ("Jack McKenzie", "2 Cedar"),  # never photograph
    ):
        answer = school.command(ANN, "/consent", f"{name} {class_name}").text
        assert name in answer
        told.add(answer.replace(name, "X").replace(class_name, "Y"))
    assert len(told) == 1


def test_more_than_a_screenful_comes_in_pages(school: School) -> None:
    with school.database.read() as connection:
        rows = connection.execute(select(pupil).where(pupil.c.class_name == "3B").order_by(pupil.c.id).limit(11)).all()
    typed = ", ".join(f"{row.forename} {row.surname} 3B" for row in rows)
    first = school.command(ANN, "/consent", typed)
    second = school.press(ANN, first, "Show more")
    told = first.text + second.text
    assert all(f"*{row.forename} {row.surname}*" in told for row in rows)
    assert len(logged(school)) == 11


@pytest.mark.policy("4.2")
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
        ("Jamie for facebook", "The school does not ask parents about “facebook”"),
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


@pytest.mark.policy("1.1")
def test_if_the_log_cannot_be_written_nothing_is_told(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    with school.database.durable.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look_up RENAME TO look_up_gone")
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert "Fatima" not in answer.text
    assert answer.text.startswith("⚠️")


@pytest.mark.policy("1.1")
def test_the_log_of_look_ups_is_cleared_when_its_time_is_over(school: School) -> None:
    school.command(ANN, "/consent", "Fatima van Dijk")
    school.clock.forward(days=365)
    school.tick()
    assert len(logged(school)) == 1
    school.clock.forward(days=1)
    school.tick()
    assert logged(school) == []


def test_the_same_delivery_twice_answers_twice(school: School) -> None:
    """Looking up again does no harm; dropping a retry would."""
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert school.people.again(answer).text == answer.text
    with school.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(look_ups.look_up)).scalar_one() == 2
