"""Of whom a report speaks sees nothing of it: not one sign more than in a school without it. KCSIE part four; §6.7."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.engine import open_database
from tests.conftest import MONDAY, UsedAgain
from tests.people import CARA, COL, DEV, HANA, OLU, PRIYA
from tests.school import KEY, MadeUpClock, School, open_school
from tests.soak.outsiders import opened
from tests.soak.soaking import Soak
from tests.soak.twins import CONFIDENTIAL, MADE, Twin, interference

SUBJECTS = (HANA, DEV, OLU, CARA, PRIYA, COL)  # between them every office, and every page of Lanyard
MOMENTS = {"told", "later", "everything"}


def lived(twin: Twin) -> Twin:
    """Have a school's days go by. The first drawn number is given to what is hidden, or to nothing."""
    twin.live(["CR-4526"])
    return twin


def test_whoever_a_report_is_kept_from_is_shown_the_same_as_if_there_were_none(soak: Soak, tmp_path: Path) -> None:
    ways = set[str]()
    for about in SUBJECTS:
        twins = []
        for knows in (True, False):
            with opened(soak, tmp_path / f"{knows} {about.user_id}.db") as school:
                twins.append(lived(Twin(school, about, knows=knows)))
        knowing, innocent = twins
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
    twins = []
    for knows in (True, False):
        with opened(soak, tmp_path / f"{knows}.db") as school:
            twins.append(lived(Twin(school, OLU, knows=knows, reader=HANA)))
    assert set(interference(*twins)) == set(twins[0].diary)


@contextmanager
def restored(shared: UsedAgain) -> Iterator[School]:
    """Open the invented school on PostgreSQL, and leave it as it was."""
    database = open_database(shared.url(), KEY)
    yield from open_school(database, MadeUpClock(MONDAY))
    database.close()
    shared.restore()


def test_on_postgresql_too(used_again: UsedAgain) -> None:
    twins = []
    for knows in (True, False):
        with restored(used_again) as school:
            twins.append(lived(Twin(school, COL, knows=knows)))
    assert interference(*twins) == {}
    assert len(twins[0].made) > 10
