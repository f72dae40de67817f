"""How the breach log looks, with values that would like to be more than values."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.breaches.test_breaches import FORM, letter
from tests.front.test_views import LONG, hostile, shape
from tests.people import ANN, PRIYA
from tests.school import School

__all__ = ["hostile"]
pytestmark = pytest.mark.databases("sqlite")
BAD = "<!channel> & *bold* <https://evil.example|x>"


def steady(answer: object) -> str:
    """What is shown, with a word in place of the number, which is drawn, and of the token."""
    shown = re.sub(r"DB-[0-9]{4}", "DB-NNNN", shape(answer))
    shown = re.sub(r'("value": ")[0-9]{4}:[\w-]{12}"', r'\1NNNN:TOKEN"', shown)
    return re.sub(r'(number\\":\s?)[0-9]{4}', r"\1NNNN", shown)


def test_from_the_form_to_the_file(hostile: School, snapshot: SnapshotAssertion) -> None:
    opened = hostile.press(ANN, hostile.more(ANN).view, "Something went wrong with data")
    assert steady(opened) == snapshot(name="form")
    logged = hostile.submit(ANN, opened.view, {**FORM, "What happened": BAD + LONG, "What was done at once": BAD})
    assert "is logged" in logged.text
    hostile.deliver()
    told = letter(hostile, PRIYA)
    assert BAD not in str(told)
    view = hostile.press(PRIYA, told, "Open")
    assert steady(view) == snapshot(name="record")
    decide = hostile.press(PRIYA, view.view, "Report it")
    assert steady(decide) == snapshot(name="decide")
    again = hostile.press(PRIYA, told, "Open").view
    assert steady(hostile.press(PRIYA, again, "The Commissioner's file")) == snapshot(name="file")
    again = hostile.press(PRIYA, told, "Open").view
    assert steady(hostile.press(PRIYA, again, "Letter to the people")) == snapshot(name="letter")
