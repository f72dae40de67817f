"""For pytest, while coverage.py watches: what runs from here on runs for this test, Hypothesis's many rounds too."""

from coverage import Coverage


def pytest_runtest_logstart(nodeid: str) -> None:
    if watcher := Coverage.current():
        watcher.switch_context(nodeid)
