"""What the demo brings along is sound on whatever day it is started."""

import csv
import io
import tomllib
from datetime import date, datetime, timedelta

import pytest

from bot.clock import school_day
from bot.reading.policy.read import read as read_policy
from bot.reading.terms.read import read as read_terms
from tests.browser.workspace import PROJECT
from tests.coverage import table
from tests.demo import bot, furniture

DAYS = (date(2026, 11, 27), date(2027, 8, 10), date(2028, 2, 29), date(2029, 12, 25), date(2031, 9, 1))
SOON = timedelta(days=30)


@pytest.mark.parametrize("today", DAYS)
def test_terms_are_taken_whole_and_say_when_school_begins_again(today: date) -> None:
    found = read_terms(furniture.TERMS, furniture.files(today)[furniture.TERMS].encode(), today)
    assert found.problems == ()
    assert found.periods == furniture.periods(today)
    calendar = furniture.calendar(today)
    morning = calendar.next_morning(datetime.fromisoformat(f"{today}T23:00:00+00:00"))
    assert calendar.is_known(school_day(morning, "Europe/London"))
    assert calendar.is_school_day(school_day(morning, "Europe/London"))


@pytest.mark.parametrize("today", DAYS)
def test_some_training_is_overdue_some_due_and_some_done(today: date) -> None:
    rows = list(csv.DictReader(io.StringIO(furniture.files(today)[furniture.PAST])))
    assert len({row["Email"] for row in rows if row["Email"]}) > 5
    due = [date.fromisoformat(row["Date"]) + timedelta(days=365) for row in rows]
    assert sum(day < today for day in due) > 2
    assert sum(today <= day <= today + SOON for day in due) > 2
    assert sum(day > today + SOON for day in due) > 2


def test_training_goes_by_the_names_of_the_schools_file() -> None:
    kinds = tomllib.loads((PROJECT / "tests/sample-school/school.toml").read_text(encoding="utf-8"))["training"]
    yearly = {kind["name"] for kind in kinds if kind.get("every_months") == 12}
    assert {training for _, training, _ in furniture.DONE} <= yearly


def test_the_policy_has_every_clause_under_its_number() -> None:
    found = read_policy(furniture.policy().encode())
    assert found.missing() == ()
    assert found.clause_count() == len(table().clauses)


def test_the_demos_clock_is_ahead_and_never_behind() -> None:
    assert bot.school_morning() > timedelta(0)
