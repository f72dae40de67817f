"""Whatever a role can reach is drawn, and nothing that is pressed or sent there breaks."""

import io
from pathlib import Path

import pytest

from tests.people import ANN, COL, HANA, OLU, PRIYA, Someone
from tests.renderer.opening import open_school
from tests.renderer.walk import Walk

REACHES = {
    ANN: {"/request-access", "Home › 3B", "/consent Jamie › Jamie McKenzie · 3B"},
    HANA: {"Home › Web filter › Add lines", "/training › The school's training", "/consent-record Jamie Nowak 3B"},
    OLU: {
        "Home › Import the roll",
        "Home › More › Who is away?",
        "/consent-record Jamie Nowak 3B › See the history",
    },
    PRIYA: {"Home › Look-up log", "Home › More › School overview", "/consent-record Jamie Nowak 3B"},
    COL: {"Home › School overview", "Home › More › My relatives"},
}


@pytest.mark.parametrize("who", REACHES, ids=lambda who: who.name)
def test_everything_that_somebody_can_reach_is_drawn(who: Someone, tmp_path: Path, log: io.StringIO) -> None:
    with open_school(tmp_path) as school:
        school.clock.forward(days=1)
        school.tick()
        seen = list(Walk(school, who).everything())
    assert REACHES[who] <= {each.caption for each in seen}
    assert not [each.caption for each in seen if "Something went wrong on our side" in each.shown]
    assert '"level": "error"' not in log.getvalue()
