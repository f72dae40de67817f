"""The staff list is brought up to date: nobody becomes somebody else."""

from bot.services.school import staff_import
from storage.people import people
from tests.people import ANN, BEN
from tests.school import SAMPLE, School
from tests.training.test_training import REFRESHER, record, window

STAFF = (SAMPLE / "staff.csv").read_text(encoding="utf-8")


def recorded(school: School) -> dict[str, people.StaffRow]:
    with school.database.read() as connection:
        return people.staff_record(connection, 1)


def test_a_column_of_addresses_sorted_by_itself_renames_nobody(school: School) -> None:
    record(school, ANN, REFRESHER)
    before = recorded(school)
    moved = STAFF.replace(ANN.email, "~").replace(BEN.email, ANN.email).replace("~", BEN.email)
    new = "cal@huntington.example,Cal New,Class teacher,,2026-11-02\n"
    shown = staff_import.preview(school.context(), "staff.csv", (moved + new).encode())
    assert recorded(school) == before
    done = staff_import.apply(school.context(), "staff.csv", (moved + new).encode())
    assert done == shown
    assert [(found.line, found.column, found.on_record) for found in done.problems] == [
        (5, "Email", BEN.name),
        (6, "Email", ANN.name),
    ]
    assert (done.added, done.changed, done.not_listed) == (("cal@huntington.example",), (), ())
    assert {email: row for email, row in recorded(school).items() if email in before} == before
    assert f"✅ *{REFRESHER}*\nDone on Fri 20 Nov 2026" in window(school, ANN).text
