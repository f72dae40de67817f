"""May this photo be used? From a phone, between two lessons."""

import pytest

from tests.people import ANN, BEN, DEV, GUS, HANA, OLU, OPEN_DAY, OZ, SHARED, STAFFROOM
from tests.school import School


def test_ann_asks_about_one_child_and_is_answered_privately(school: School) -> None:
    answer = school.command(ANN, "/consent", "Fatima van Dijk")
    assert answer.private
    assert "Fatima van Dijk · Reception Acorns" in answer.text
    assert "✅ School website: photo yes · ⛔ video: do not use" in answer.text
    assert "✅ Twitter/X: yes, photo and video" in answer.text
    assert school.slack.history(STAFFROOM) == []
