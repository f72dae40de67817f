"""A look that nobody has looked into stands in the digest of whoever looks, or stands in, until somebody has."""

import pytest

from bot.errors import Conflict, NotFound
from bot.services.consent import looks as service
from tests.consent.test_looks_told import CLASSES, checks, told
from tests.people import BEN, COL, DEV, HANA, OLU, PRIYA, Someone
from tests.reminders.test_reminders import at, digest, digests, quiet
from tests.school import School, acting, at_once
from tests.staff.test_absences_rights import write
from tests.staff.test_accounts import NOT_STAFF, changed
from tests.staff.test_namesakes import answer, second
from tests.staff.test_persons import read, set_up

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

WAITS = "it waits for you, since Mon 23 Nov 2026"


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests, the filter and looks remind."""
    return quiet(school)


@pytest.mark.databases("sqlite", "postgresql")
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
    assert "it waits for you, since" in digest(school, DEV).text
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


# ── at once, twice, by somebody else, after a newer one, with another account, by a guest ─────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_two_look_into_it_at_once_and_once_more(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    write(school, PRIYA)  # the headteacher stands in for her, and she looks all the same
    priya, hana = acting(school, PRIYA), acting(school, HANA)
    wrong = at_once(lambda: service.settle(priya, 1), lambda: service.settle(hana, 1))
    assert [type(each) for each in wrong] == [Conflict]
    with pytest.raises(Conflict):
        service.settle(hana, 1)
    wrong = at_once(lambda: service.reopen(priya, 1), lambda: service.reopen(hana, 1))
    assert [type(each) for each in wrong] == [Conflict]


@pytest.mark.databases("sqlite", "postgresql")
def test_an_older_one_is_looked_into_and_the_newer_one_still_waits(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    school.clock.forward(hours=1)
    for use in ("twitter", "website"):
        checks(school, BEN, *CLASSES, use=use)
    told(school, PRIYA)
    with pytest.raises(NotFound):  # the button of another that a restore has put in its place
        service.settle(acting(school, PRIYA), 1, "20200101000000000000")
    service.settle(acting(school, PRIYA), 1)
    at(school, 2026, 11, 25, 8, 30)
    school.tick()
    assert digest(school, PRIYA).text.count(WAITS) == 1


def test_whose_looks_they_are_does_not_look_into_them_with_another_account(school: School) -> None:
    """Hana's looks, and her second account holds the office of who would be asked."""
    other = Someone("U0HANA9", "Mrs Hana Rees", "h.rees@huntington.example")
    set_up(school, {*read().holders(), (other.email, "data_protection_officer")})
    second(school, HANA, other)
    for _ in range(2):
        checks(school, HANA, *CLASSES)
        school.clock.forward(days=1)
    assert told(school, other) == []
    assert len(told(school, PRIYA)) == 1
    for account in (HANA, other):
        with pytest.raises(NotFound):
            service.settle(acting(school, account), 1)
    answer(school, OLU, other.name, "The same person")
    for account in (HANA, other):
        assert "not an accusation" not in school.home(account).text
        with pytest.raises(NotFound):
            service.of_told(acting(school, account), 1)


def test_whoever_has_become_a_guest_with_the_window_open_settles_nothing(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)
    letter = school.people.message(PRIYA.user_id, "not an accusation")
    window = school.press(PRIYA, letter, "See what it is about").view
    changed(school, PRIYA.user_id, is_restricted=True)
    assert NOT_STAFF in school.press(PRIYA, window, "I have looked into it").text
    school.deliver()
    school.tick()
    assert "A look, not an accusation" in school.home(HANA).text  # who is asked instead
