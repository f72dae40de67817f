"""Somebody's Home is asked for twice at nearly the same moment: what was read first is never shown last."""

import threading

import pytest

from tests.access.test_access import FORM
from tests.people import ANN, HANA
from tests.school import School
from tests.slack.fake import Late

pytestmark = pytest.mark.databases("sqlite")  # no database has to do with it
A_MOMENT = 0.5  # seconds: longer than a Home takes that waits for nobody


def test_of_a_home_nothing_older_is_shown_last(school: School) -> None:
    first = Late()
    school.home(HANA)  # so that she is known
    school.slack.fail_next("views.publish", late=first)
    older = threading.Thread(target=school.people.open_home, args=(HANA.user_id,))
    older.start()
    assert first.has_come.wait(5)  # it was read, and is not shown yet
    school.submit(ANN, school.command(ANN, "/request-access").view, FORM)
    newer = threading.Thread(target=school.people.open_home, args=(HANA.user_id,))
    newer.start()
    newer.join(A_MOMENT)
    first.goes_on.set()
    older.join()
    newer.join()
    shown = school.slack.home(HANA.user_id)
    assert shown is not None
    assert "*AR-1*" in shown.text


def test_a_home_that_takes_its_time_keeps_nobody_else_waiting(school: School) -> None:
    first = Late()
    school.slack.fail_next("views.publish", late=first)
    older = threading.Thread(target=school.people.open_home, args=(HANA.user_id,))
    older.start()
    assert first.has_come.wait(5)
    answer = school.command(ANN, "/consent", "Jamie Nowak 3B")
    first.goes_on.set()
    older.join()
    assert "Jamie Nowak" in answer.text
