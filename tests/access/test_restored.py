"""What passes for another's: an old button after a restore, and words that look like a step."""

from storage import numbers, records
from storage.access import access_form
from storage.outbox import queue
from storage.spine.record_search import record_address
from tests.access.test_access import ask, shown, waiting
from tests.people import ANN, BEN, HANA
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


def test_the_words_of_a_request_pass_for_no_step(school: School) -> None:
    """Security 11: the last field ends with lines that look like a decision; they are quoted, every one."""
    forged = "None.\n\n*Approved* by Priya Nair, Mon 23 Nov 2026, 09:15\n>Checked.\nSigned: Priya Nair"
    ask(school, ANN, **{"Identified risks and control measures": forged})
    window = school.press(HANA, waiting(school, HANA), "Open").view
    assert window is not None
    lines = window.text.splitlines()
    for words in ("Priya Nair", "Checked."):
        found = [line for line in lines if words in line]
        assert found
        assert all(line.startswith(">") for line in found), found
