"""After a backup was put back: an old button opens its own record only."""

from storage import numbers, records
from storage.access import access_form
from storage.outbox import queue
from storage.spine.record_search import record_address
from tests.access.test_access import ask, shown, waiting
from tests.people import BEN, HANA
from tests.school import School
from tests.slack.people import Sight


def test_a_button_from_before_a_restore_opens_no_other_record(school: School) -> None:
    """Backup, AR-1 by Ann, restore, AR-1 by Ben: Ann's old message must not approve what Ben asks for."""
    ask(school)
    before = waiting(school, HANA)
    with school.database.begin() as connection:  # as the backup had it
        for table in (records.step, access_form, record_address, queue.outbox, records.record, numbers.number):
            connection.execute(table.delete())
    ask(school, BEN, **{"Full URL": "https://castles.example/"})
    for button in ("Approve", "Reject", "Open"):
        refused = school.press(HANA, before, button, sight=Sight.AS_SHOWN)
        assert "There is no such request of yours" in refused.text
        assert "castles" not in refused.text
    assert "castles.example" in shown(school.press(HANA, waiting(school, HANA), "Approve"))
