"""A look that nobody has looked into stands in the digest of whoever looks, or stands in, until somebody has."""

import pytest

from tests.consent.test_looks_told import CLASSES, checks, told
from tests.people import BEN, COL, DEV, HANA, OLU, PRIYA
from tests.reminders.test_reminders import at, digest, digests, quiet
from tests.school import School
from tests.staff.test_absences_rights import write

WAITS = "it still waits to be looked into, since Mon 23 Nov 2026"


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests, the filter and looks remind."""
    return quiet(school)


@pytest.mark.policy("4.2")
def test_it_is_due_after_two_school_days_until_it_is_looked_into(school: School) -> None:
    checks(school, BEN, *CLASSES)
    assert len(told(school, PRIYA)) == 1
    at(school, 2026, 11, 24, 8, 30)
    school.tick()
    assert digests(school, PRIYA) == []  # not yet
    at(school, 2026, 11, 25, 8, 30)
    school.tick()
    said = digest(school, PRIYA).text
    assert WAITS in said
    assert "Ben" not in said  # who it is stands behind the button: messages stay
    for nobody in (BEN, HANA, DEV, OLU):
        assert digests(school, nobody) == []
    window = school.press(PRIYA, digest(school, PRIYA), "See what it is about").view
    school.press(PRIYA, window, "I have looked into it")
    school.deliver()
    assert "See what it is about" not in digest(school, PRIYA).text
    at(school, 2026, 12, 9, 8, 30)  # a fortnight late it would be, and the head hears of nothing
    school.tick()
    assert len(digests(school, PRIYA)) == 1
    assert digests(school, HANA) == []


def test_put_back_it_is_due_again(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    letter = school.people.message(PRIYA.user_id, "not an accusation")
    window = school.press(PRIYA, letter, "See what it is about").view
    done = school.press(PRIYA, window, "I have looked into it").view
    school.press(PRIYA, done, "Not yet: put it back")
    at(school, 2026, 11, 25, 8, 30)
    school.tick()
    assert WAITS in digest(school, PRIYA).text


def test_overdue_it_is_the_data_protection_officers_alone(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    for day in (25, 26, 27, 30):
        at(school, 2026, 11, day, 8, 30)
        school.tick()
    at(school, 2026, 12, 14, 8, 30)
    school.tick()
    assert len(digests(school, PRIYA)) == 2  # once when due, once a week later
    assert digests(school, HANA) == []


def test_whoever_stands_in_for_the_data_protection_officer_is_reminded(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    write(school, PRIYA)
    at(school, 2026, 11, 25, 8, 30)
    school.tick()
    assert WAITS in digest(school, HANA).text
    assert digests(school, PRIYA) == []  # the headteacher covers for her
    window = school.press(HANA, digest(school, HANA), "See what it is about").view
    school.press(HANA, window, "I have looked into it")
    school.deliver()
    assert "See what it is about" not in digest(school, HANA).text


def test_of_the_heads_own_looks_the_deputy_stands_in(school: School) -> None:
    """Whose looks they are is no stand-in, whatever their office."""
    for _ in range(2):
        checks(school, HANA, *CLASSES)
        school.clock.forward(days=1)
    assert len(told(school, PRIYA)) == 1  # Wed 25 Nov 2026
    write(school, PRIYA)
    at(school, 2026, 11, 27, 8, 30)
    school.tick()
    assert "still waits to be looked into" in digest(school, DEV).text
    assert digests(school, HANA) == digests(school, PRIYA) == []


def test_where_the_whole_line_is_away_it_is_forgotten_by_nobody(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    for someone in (HANA, DEV, COL):
        write(school, someone, someone if someone is not COL else None)
    write(school, PRIYA)
    at(school, 2026, 11, 25, 8, 30)
    school.tick()
    assert WAITS in digest(school, PRIYA).text
