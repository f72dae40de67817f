"""Of whom a report speaks sees nothing of it: not one sign more than in a school without it. KCSIE part four; §6.7."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.conftest import MONDAY, UsedAgain
from tests.people import COL, DEV, HANA, OLU, Someone
from tests.school import MadeUpClock, School, open_school
from tests.soak.outsiders import opened
from tests.soak.soaking import Soak
from tests.soak.twins import CONFIDENTIAL, MADE, Twin, interference

SUBJECTS = (HANA, DEV, COL)  # with Olu, on PostgreSQL, every office that reads more than a teacher
MOMENTS = {"told", "later", "everything"}


def two(
    opens: Callable[[], AbstractContextManager[School]], about: Someone, reader: Someone | None = None
) -> list[Twin]:
    """Return a school that knows something about somebody, and one that does not, after the same days."""
    twins: list[Twin] = []
    for knows in (True, False):
        with opens() as school:
            twins.append(Twin(school, about, knows=knows, reader=reader))
            twins[-1].live(twins[0].probed)
    return twins


def test_whoever_a_report_is_kept_from_is_shown_the_same_as_if_there_were_none(soak: Soak, tmp_path: Path) -> None:
    ways = set[str]()
    for about in SUBJECTS:
        knowing, innocent = two(lambda: opened(soak, tmp_path / "school.db"), about)
        assert interference(knowing, innocent) == {}, about.name
        assert len(knowing.made) > 10
        assert knowing.numbers > innocent.numbers
        assert all(knowing.diary[moment] for moment in MOMENTS)
        ways |= knowing.ways
    assert ways == set(CONFIDENTIAL), "each way of a confidential record is to be hidden from somebody (twins.py: MADE)"


def test_every_kind_that_is_confidential_is_hidden_from_somebody() -> None:
    assert {way.kind for way in CONFIDENTIAL.values()} == set(MADE)


def test_whoever_may_know_of_it_does_see_the_difference(soak: Soak, tmp_path: Path) -> None:
    """So that the test before can fail, at every moment."""
    twins = two(lambda: opened(soak, tmp_path / "school.db"), OLU, reader=HANA)
    assert set(interference(*twins)) == set(twins[0].diary)


@contextmanager
def restored(shared: UsedAgain) -> Iterator[School]:
    """Open the invented school on PostgreSQL, and leave it as it was."""
    yield from open_school(shared.database(), MadeUpClock(MONDAY))
    shared.restore()


def test_on_postgresql_too(used_again: UsedAgain) -> None:
    twins = two(lambda: restored(used_again), OLU)
    assert interference(*twins) == {}
    assert len(twins[0].made) > 10
