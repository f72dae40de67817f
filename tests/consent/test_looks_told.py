"""Whoever looks through class after class is told to the data protection officer: a look, not an accusation."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import Conflict, Misconfigured, NotFound
from bot.rules.school import Role
from bot.school_file import read_school
from bot.services.consent import looks as service
from storage import school as storage_school
from storage.consent import looks as storage_looks
from storage.consent.roll import pupil
from tests.people import ANN, BEN, CARA, DEV, HANA, OLU, PRIYA, Someone
from tests.school import SAMPLE, School, acting

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

CLASSES = ("Reception Acorns", "1 Beech", "2 Cedar", "3B", "3H", "4 Elm", "5 Fir", "6 Hazel")


def checks(school: School, who: Someone, *classes: str, use: str = "website") -> None:
    """Check classes for one picture each, saying that it is being taken where Lanyard asks."""
    for name in classes:
        asked = school.command(who, "/consent", f"{name} for {use}")
        if "I am taking this picture" in asked.buttons:
            school.press(who, asked, "I am taking this picture")


def told(school: School, who: Someone) -> list[str]:
    """Return what somebody is told of looks; a tick later."""
    school.tick()
    return [message.text for message in school.people.inbox(who.user_id) if "not an accusation" in message.text]


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("4.2")
def test_whoever_looks_through_class_after_class_is_told_of_as_a_look(school: School) -> None:
    checks(school, BEN, *CLASSES)
    for use in ("twitter", "tapestry video", "press"):
        checks(school, BEN, *CLASSES, use=use)
    (said,) = told(school, PRIYA)
    assert "A look, not an accusation" in said
    assert "Ben" not in said  # who it is stands behind the button: messages stay
    assert told(school, BEN) == told(school, HANA) == told(school, OLU) == []
    assert "A look, not an accusation, since Mon 23 Nov 2026" in school.home(PRIYA).text
    window = school.press(PRIYA, school.people.message(PRIYA.user_id, "not an accusation"), "See what it is about").view
    assert window is not None
    assert "*Ben Carter* looked through classes that are not their own 7 times" in window.text
    assert "on 1 day" in window.text
    assert "Mon 23 Nov 2026: 1 Beech, 2 Cedar, 3B, 4 Elm, 5 Fir, 6 Hazel, Reception Acorns" in window.text
    assert "A whole-school photo" in window.text
    log = school.press(PRIYA, window, "Everything they looked up").view
    assert log is not None
    assert "*What Ben Carter looked up*" in log.text


@pytest.mark.databases("sqlite", "postgresql")
def test_looked_into_it_is_done_and_told_anew_only_of_what_comes_after(school: School) -> None:
    checks(school, BEN, *CLASSES)
    assert len(told(school, PRIYA)) == 1
    window = school.press(PRIYA, school.people.message(PRIYA.user_id, "not an accusation"), "See what it is about").view
    done = school.press(PRIYA, window, "I have looked into it").view
    assert done is not None
    assert "Looked into by Priya Nair" in done.text
    school.tick()
    assert "Looked into" in school.people.message(PRIYA.user_id, "Looked into").text
    assert "not an accusation" not in school.home(PRIYA).text
    letter = school.people.message(PRIYA.user_id, "Looked into")
    seen = school.press(PRIYA, letter, "See what it is about").view
    back = school.press(PRIYA, seen, "Not yet: put it back").view
    assert back is not None
    assert "A look, not an accusation, since" in school.home(PRIYA).text
    with pytest.raises(Conflict):
        service.reopen(acting(school, PRIYA), 1)
    service.settle(acting(school, PRIYA), 1)
    with pytest.raises(Conflict):
        service.settle(acting(school, PRIYA), 1)
    school.clock.forward(hours=1)
    checks(school, BEN, "3B", "4 Elm")
    assert told(school, PRIYA) == []
    checks(school, BEN, *CLASSES)
    assert len(told(school, PRIYA)) == 1


def test_a_teacher_who_asks_about_her_own_class_is_not_told_of(school: School) -> None:
    for use in ("website", "twitter", "tapestry", "classroom", "displays", "print", "press"):
        checks(school, ANN, "3B", use=use)
    names = school.suggest(ANN, school.command(ANN, "/consent").view, "Pupils", "3b")
    assert len(names) == 26
    assert told(school, PRIYA) == []


def test_a_supply_teacher_on_the_first_day_is_not_told_of(school: School) -> None:
    for use in ("website", "twitter", "tapestry", "displays"):
        checks(school, CARA, "3B", "3H", use=use)
    assert told(school, PRIYA) == []


def test_some_classes_a_day_each_for_a_picture_are_not_told_of(school: School) -> None:
    """Somebody who takes pictures at the sports club: four classes each day, all week."""
    for _ in range(5):
        checks(school, BEN, "1 Beech", "2 Cedar", "4 Elm", "5 Fir")
        school.clock.forward(days=1)
    assert told(school, PRIYA) == []


def test_the_office_is_not_told_of(school: School) -> None:
    for use in ("website", "twitter", "press"):
        checks(school, OLU, *CLASSES, use=use)
    assert told(school, PRIYA) == []


def test_a_headteacher_may_look_through_the_school_once_a_week(school: School) -> None:
    checks(school, DEV, *CLASSES)
    assert told(school, PRIYA) == []
    school.clock.forward(days=1)
    checks(school, DEV, *CLASSES)
    assert len(told(school, PRIYA)) == 1


def test_one_child_after_another_is_class_after_class_too(school: School) -> None:
    with school.database.read() as connection:
        rows = connection.execute(
            select(pupil).where(pupil.c.class_name.not_in(["3H", "3B"])).order_by(pupil.c.id)
        ).all()
    typed = [f"{row.forename} {row.surname} {row.class_name}" for row in rows]
    for start in range(0, len(typed), 8):
        school.command(BEN, "/consent", ", ".join(typed[start : start + 8]))
    assert len(told(school, PRIYA)) == 1


def test_whoever_types_their_way_through_the_classes_is_told_of(school: School) -> None:
    form = school.command(BEN, "/consent").view
    for name in CLASSES:
        assert school.suggest(BEN, form, "Pupils", name.casefold())
    assert len(told(school, PRIYA)) == 1


def test_of_the_data_protection_officers_own_looks_the_headteacher_is_told(school: School) -> None:
    for _ in range(2):
        checks(school, PRIYA, *CLASSES)
        school.clock.forward(days=1)
    assert told(school, PRIYA) == []
    assert len(told(school, HANA)) == 1
    assert "not an accusation" not in school.home(PRIYA).text
    message = school.people.message(HANA.user_id, "not an accusation")
    window = school.press(HANA, message, "See what it is about").view
    assert window is not None
    assert "*Priya Nair* looked through" in window.text
    with pytest.raises(AssertionError, match="nothing to press"):
        school.press(HANA, window, "Everything they looked up")  # the log is the DPO's
    with pytest.raises(NotFound):
        service.of_told(acting(school, PRIYA), 1)
    with pytest.raises(NotFound):
        service.settle(acting(school, DEV), 1)


def test_a_relative_is_not_asked_to_look(school: School) -> None:
    window = school.press(PRIYA, school.more(PRIYA), "relatives.open").view
    school.submit(PRIYA, window, {"A colleague": "Ben Carter"})
    checks(school, BEN, *CLASSES)
    assert told(school, PRIYA) == []
    assert len(told(school, HANA)) == 1


def test_the_school_sets_the_ratio(school: School) -> None:
    with school.database.begin() as connection:
        kept = dict(connection.execute(select(storage_school.school.c.settings)).scalar_one())
        mine = {"days": 7, "classes_a_picture": 7, "by_role": {}, "exempt": ["admin_team", "deputy_headteacher"]}
        storage_school.change(connection, 1, settings={**kept, "look_ups": mine})
    checks(school, BEN, *CLASSES)  # seven are not his own
    for use in ("website", "twitter"):
        checks(school, DEV, *CLASSES, use=use)
    assert told(school, PRIYA) == []


def test_school_toml_says_whose_looks_are_told_of(tmp_path: Path) -> None:
    text = (SAMPLE / "school.toml").read_text(encoding="utf-8")
    written = tmp_path / "school.toml"
    assert read_school(SAMPLE / "school.toml").look_ups.classes_a_picture == 4
    written.write_text(
        f"{text}\n[look_ups]\nclasses_a_picture = 3\nby_role = {{ headteacher = 20 }}\n", encoding="utf-8"
    )
    assert read_school(written).look_ups.by_role == {Role.HEADTEACHER: 20}
    for wrong, said in (
        ("exempt = ['staff']", "staff is everybody"),
        ("days = 0", "days"),
        ("class = 3", "know this setting"),
    ):
        written.write_text(f"{text}\n[look_ups]\n{wrong}\n", encoding="utf-8")
        with pytest.raises(Misconfigured, match=said):
            read_school(written)


def test_what_a_school_writes_of_one_role_leaves_the_others_as_they_were(school: School) -> None:
    with school.database.begin() as connection:
        kept = dict(connection.execute(select(storage_school.school.c.settings)).scalar_one())
        storage_school.change(connection, 1, settings={**kept, "look_ups": {"by_role": {"headteacher": 20}}})
    settings = school.context().school.look_ups
    assert (settings.by_role[Role.HEADTEACHER], settings.by_role[Role.DEPUTY_HEADTEACHER]) == (20, 12)


@pytest.mark.databases("sqlite", "postgresql")
def test_what_is_told_of_is_forgotten_with_the_log(school: School) -> None:
    checks(school, BEN, *CLASSES)
    assert len(told(school, PRIYA)) == 1
    school.clock.forward(days=367)
    school.tick()
    with school.database.read() as connection:
        assert storage_looks.every_told(connection, 1) == []
    answer = school.press(PRIYA, school.people.message(PRIYA.user_id, "not an accusation"), "See what it is about")
    assert "no such look" in answer.text
