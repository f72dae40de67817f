"""The audit trail shows when somebody has been at it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from storage import audit
from tests.people import OLU
from tests.school import School

ON_PAPER = {"Who decided": "Noor van Dijk", "Who is this": "Mother", "How did": "Form", "Twitter/X": "No, or withdrawn"}


@pytest.fixture
def busy(school: School) -> School:
    """The school, after a few entries."""
    for _ in range(3):
        form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
        school.submit(OLU, form, ON_PAPER)
    return school


def first_broken(school: School) -> int | None:
    with school.database.look() as connection:
        return audit.first_broken(connection, 1)


def test_an_untouched_trail_is_whole(busy: School) -> None:
    assert first_broken(busy) is None


@pytest.mark.parametrize("change", [{"action": "ledger.nothing"}, {"actor_id": None}, {"record": "source 99"}])
def test_an_altered_entry_is_found(busy: School, change: dict[str, object]) -> None:
    with busy.database.begin() as connection:
        connection.execute(update(audit.audit).where(audit.audit.c.seq == 5).values(**change))
    assert first_broken(busy) == 5


def test_a_removed_entry_is_found(busy: School) -> None:
    with busy.database.begin() as connection:
        connection.execute(delete(audit.audit).where(audit.audit.c.seq == 4))
    assert first_broken(busy) == 5


def test_what_is_rolled_back_leaves_no_entry(busy: School) -> None:
    with busy.database.read() as connection:
        before = audit.entries(connection, 1)
    with pytest.raises(ZeroDivisionError):
        _fail_after_writing(busy)
    with busy.database.read() as connection:
        assert audit.entries(connection, 1) == before


def _fail_after_writing(school: School) -> None:
    with school.context().begin() as tx:
        tx.audit("ledger.recorded", "source 1")
        raise ZeroDivisionError


def test_entries_of_many_at_once_are_sealed_one_after_another(busy: School) -> None:
    context = busy.context()

    def write(number: int) -> None:
        with context.begin() as tx:
            for part in range(3):
                tx.audit("ledger.recorded", f"source {number}-{part}")

    with busy.database.read() as connection:
        before = len(audit.entries(connection, 1))
    with ThreadPoolExecutor(6) as people:
        list(people.map(write, range(24)))
    with busy.database.read() as connection:
        written = audit.entries(connection, 1)[before:]
    # Each transaction's three stand together, in their order.
    records = [record for _, record in written]
    firsts = [record.partition("-")[0] for record in records[::3]]
    assert records == [f"{first}-{part}" for first in firsts for part in range(3)]
    assert len(records) == 72
    assert first_broken(busy) is None
