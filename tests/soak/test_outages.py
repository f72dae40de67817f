"""PostgreSQL stopped and started under load: the short version of what `python -m tests.soak` does three times."""

from tests.soak import outages


def test_an_outage_under_load_is_told_plainly_and_nothing_dies_of_it() -> None:
    outcome = outages.run(1, 1.0)
    assert outcome.wrong == []
    assert outcome.answers["answered"] > 0
    assert outcome.answers[outages.PLAINLY] > 0
    assert set(outcome.answers) <= {"answered", outages.PLAINLY, outages.UNCLEAR}
