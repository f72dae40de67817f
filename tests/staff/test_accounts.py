"""Who is who across accounts: Slack gives ids and addresses, and a person is more than either."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from storage.engine import open_database
from tests.people import ANN
from tests.school import School

NOT_STAFF = "only this school's own staff"


def changed(school: School, user_id: str, **changes: object) -> None:
    """Have Slack change an account, and tell of it."""
    school.slack.change_user(user_id, **changes)
    school.people.event("user_change", user=school.slack.user_object(user_id))


# ── who belongs, and for how long that is believed ─────────────────────────────────────────────────────────────────


def test_whose_home_is_another_workspace_of_the_trust_may_press_buttons_too(school: School) -> None:
    school.slack.change_user(ANN.user_id, team_id="T0TRUST", teams=("T0TRUST", "T0SCHOOL"))
    asked, left = (school.command(ANN, "/consent", "Jamie") for _ in range(2))
    answer = school.press(ANN, asked, "Jamie Nowak · 3B")
    assert "*Jamie Nowak*" in answer.text
    school.clock.forward(days=1)
    school.slack.change_user(ANN.user_id, teams=("T0TRUST",))  # she works for the other school only now
    assert NOT_STAFF in school.command(ANN, "/consent", "Jamie").text
    assert NOT_STAFF in school.press(ANN, left, "Jamie Nowak · 3B").text


@pytest.mark.parametrize("ahead", [timedelta(days=3650), timedelta(seconds=1)])
def test_a_time_in_the_future_is_not_believed(school: School, ahead: timedelta) -> None:
    school.clock.instant += ahead
    school.command(ANN, "/consent", "Jamie")  # Slack is asked, and the time noted
    school.clock.instant -= ahead
    school.slack.change_user(ANN.user_id, is_restricted=True)  # and the event is lost
    assert NOT_STAFF in school.command(ANN, "/consent", "Jamie").text


def test_the_timetable_asks_about_a_time_in_the_future_first(school: School) -> None:
    school.clock.forward(days=3650)
    school.tick()
    school.clock.forward(days=-3650)
    school.slack.change_user(ANN.user_id, deleted=True)
    school.tick()
    assert NOT_STAFF in school.command(ANN, "/consent", "Jamie").text


def test_who_becomes_a_guest_with_a_form_open_is_told_in_the_form_and_loses_nothing(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert form is not None
    typed = {"Or type": "Jamie Nowak"}
    changed(school, ANN.user_id, is_restricted=True)
    refused = school.submit(ANN, form, typed)
    assert NOT_STAFF in str(refused.errors)
    changed(school, ANN.user_id, is_restricted=False)  # a slip of the office's
    assert "Nowak" in school.submit(ANN, form, typed).text


def test_the_database_is_its_owners_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = open_database(f"sqlite:///{tmp_path}/lanyard.db")
        with database.durable.begin() as connection:
            connection.exec_driver_sql("create table t (x)")
        assert {stat.S_IMODE(path.stat().st_mode) for path in database.files} == {0o600}
        database.close()
    finally:
        os.umask(before)
