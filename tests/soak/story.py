"""What has happened at the school before: records of each kind, open and done, and the messages about them."""

from datetime import timedelta

from bot.rules.content import About
from bot.services.content import report_illegal
from storage import school as school_storage
from tests import policies
from tests.access import test_access as access
from tests.breaches import test_breaches as breaches
from tests.consent import test_ledger as ledger
from tests.consent.test_imports import sample
from tests.consent.test_imports_slack import sent
from tests.content.test_content import report
from tests.filter.test_register import complete
from tests.people import ANN, BEN, CARA, HANA, OLU, PRIYA, STAFF
from tests.permissions import test_permissions as permissions
from tests.policy.test_policy import imported, opened
from tests.posting import gate
from tests.school import School, acting
from tests.staff.test_absences import away
from tests.training.test_evidence import CERTIFICATE
from tests.training.test_training import REFRESHER, record, register

SECOND = policies.text(policies.changed()).encode()


def tell(school: School) -> None:
    """Have it happen, from Monday to Wednesday morning."""
    for someone in STAFF:
        school.command(someone, "/lanyard")
    _posts(school)
    _consent(school)
    _policy(school)
    _training(school)
    _records(school)
    away(school, CARA)
    school.clock.instant += timedelta(days=2)
    with school.database.begin() as connection:
        connection.execute(school_storage.school.update().values(welcomes=True))
    school.tick()
    for someone in STAFF:
        school.home(someone)
    _left_open(school)


def _consent(school: School) -> None:
    ledger.record(school, {**ledger.BY_PHONE, "Twitter/X": "No, or withdrawn"})
    father = {"Who decided": "Piet van Dijk", "Who is this": "Father", "How did": "Form"}
    ledger.record(school, {**father, "Twitter/X": "Yes: photo and video"})
    shown = sent(school, sample(lambda rows: rows.pop(0)))
    school.submit(OLU, shown)


def _posts(school: School) -> None:
    """Somebody holds a check that went stale, and one that did not; a post has to come down, and another has."""
    gate.log(school, OLU, gate.check(school, OLU).view)
    gate.log(school, ANN, gate.check(school, names="Jack McKenzie", count=1).view)
    gate.check(school)
    gate.withdraw(school, "Jack McKenzie")
    gate.log(school, ANN, school.people.message(ANN.user_id, "Do not post your picture"))
    gate.check(school, names="Fatima van Dijk", count=1)
    school.press(ANN, school.command(ANN, "/post-check", "").view, "Photo or video", "Photo")  # and closed by mistake
    gate.tick_off(
        school, OLU, "TD-1", "Not practicable", {"In words": "It is in print."}, ["PO-1: Jack McKenzie (2 Cedar)"]
    )


def _policy(school: School) -> None:
    imported(school)
    school.clock.forward(minutes=1)
    imported(school, SECOND, "2026-11-23")
    opened(school)


def _training(school: School) -> None:
    certificate = school.slack.add_file("course.pdf", CERTIFICATE, ANN.user_id)
    record(school, ANN, REFRESHER, {"Certificate": [certificate]})
    form = school.press(HANA, register(school, HANA), "Start a refresher", near="Record for several")
    school.submit(HANA, form, {"Reason": "After an incident.", "Due on": "2026-12-04"})


def _records(school: School) -> None:
    report(school)
    complete(school)
    report(school, BEN)
    report(school, about="The headteacher")
    report_illegal(acting(school, CARA), About.PUPIL, form_id="illegal")
    access.ask(school)
    access.decide(school, HANA, "Approve", access.YES)
    for address in ("https://second.example", "https://third.example"):
        access.ask(school, ANN, **{"Full URL": address})
    letter = school.people.message(HANA.user_id, "AR-3")
    question = school.press(HANA, letter, "Ask a question").view
    school.submit(HANA, question, {"Your question": "Which lessons?"})
    permissions.ask(school)
    permissions.decide(school, HANA)
    permissions.ask(school, BEN, permissions.WIFI)
    permissions.ask(school, form=permissions.WIFI)


def _left_open(school: School) -> None:
    """Somebody is called away from a window to which the walk would not come by itself."""
    listed = school.press(OLU, school.more(OLU).view, "What was posted").view
    school.press(OLU, school.press(OLU, listed, "Open", near="PO-3").view, "Correct it")
    many = school.press(HANA, school.press(HANA, school.more(HANA).view, "Log a post").view, "Many at once").view
    older = "Where,Posted on,Link or place,Pupils\nSchool website,03/09/2025,https://older.example/1,Fatima van Dijk\n"
    school.submit(HANA, many, {"Or rows": older})
    breaches.fill_in(school)
    form = school.press(PRIYA, breaches.opened(school), "Do not report it").view
    school.submit(PRIYA, form, breaches.DECIDED)
    school.deliver()
    breaches.fill_in(school, BEN)
    school.press(PRIYA, school.people.message(PRIYA.user_id, "not reported"), "Open")
