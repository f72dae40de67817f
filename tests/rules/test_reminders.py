"""Due stages: the latest one reached, whatever day the question is asked on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.reminders.stages import Item, Plan, Stage, for_person, reached

DUE = date(2026, 11, 23)
PLAN = Plan(before_days=(30, 7), overdue_every_days=7, escalate_after_days=14)
SHOWN_FIRST = Plan(before_days=(7,), shown_before_days=30)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-31, None),
        (-30, "before-30"),
        (-8, "before-30"),
        (-7, "before-7"),
        (-1, "before-7"),
        (0, "due"),
        (6, "due"),
        (7, "overdue-1"),
        (13, "overdue-1"),
        (14, "overdue-2"),
        (700, "overdue-100"),
    ],
)
def test_the_latest_stage_reached(days: int, name: str | None) -> None:
    stage = reached(DUE, DUE + timedelta(days=days), PLAN)
    assert (stage.name if stage else None) == name


@pytest.mark.parametrize(
    ("days", "name", "is_quiet"),
    [(-31, None, None), (-30, "before-30", True), (-8, "before-30", True), (-7, "before-7", False), (0, "due", False)],
)
def test_what_is_shown_first_is_told_later(days: int, name: str | None, is_quiet: bool | None) -> None:
    stage = reached(DUE, DUE + timedelta(days=days), SHOWN_FIRST)
    assert ((stage.name, stage.is_quiet) if stage else (None, None)) == (name, is_quiet)


def test_long_overdue_is_escalated() -> None:
    stages = [reached(DUE, DUE + timedelta(days=days), PLAN) for days in (0, 13, 14, 21)]
    assert [stage.escalated for stage in stages if stage] == [False, False, True, True]


@given(st.integers(-400, 400), st.integers(-400, 400))
def test_stages_only_move_on_and_name_the_day_they_were_reached(one: int, other: int) -> None:
    first, second = sorted((one, other))
    early, late = (reached(DUE, DUE + timedelta(days=days), PLAN) for days in (first, second))
    if early and late:
        assert early.on <= late.on
        assert (early.name == late.name) == (early.on == late.on)
    for stage, days in ((early, first), (late, second)):
        if stage:
            assert stage.on <= DUE + timedelta(days=days)
            assert reached(DUE, stage.on, PLAN) == Stage(
                stage.name,
                stage.on,
                max(0, (stage.on - DUE).days),
                (stage.on - DUE).days >= PLAN.escalate_after_days,
            )


def test_a_persons_items_come_the_longest_overdue_first() -> None:
    stage = Stage("due", DUE)
    items = [
        Item("training", "b", 1, DUE, stage),
        Item("training", "a", 1, DUE - timedelta(days=3), stage),
        Item("training", "c", 2, DUE, stage),
    ]
    assert [each.key for each in for_person(items, 1)] == ["a", "b"]
    assert items[0].told_key == "b-1-20261123-due"
