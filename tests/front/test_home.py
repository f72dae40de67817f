"""The Home tab: who I am here, what I can do, what waits for me."""

from datetime import UTC, datetime

import pytest

from tests.people import ANN, CARA, COL, HANA, OLU
from tests.school import School


def test_a_teacher_sees_her_class_and_nothing_of_the_record(school: School) -> None:
    home = school.home(ANN)
    assert "Good morning Ann" in home.text
    assert "a member of staff" in home.text
    assert "Mon 23 Nov 2026" in home.text
    for hidden in ("complete", "Record a decision", "Import"):
        assert hidden not in home.text + school.more(ANN).text
    asked = school.press(ANN, school.home(ANN), "3B").view
    assert asked is not None
    answer = school.submit(ANN, asked, {"Where is the picture for": "Twitter/X, video"}).view
    assert answer is not None
    assert "*3B: leave out" in answer.text
    assert "For one video on Twitter/X" in answer.text


@pytest.mark.policy("4.2")
def test_the_office_sees_how_complete_the_record_is(school: School) -> None:
    home = school.home(OLU).text
    assert "130 of 208 pupils have every decision recorded · 66 have some · 12 have *nothing recorded*" in home
    assert "Aisha de Souza" not in home


def test_the_head_is_told_her_roles_in_the_schools_words(school: School) -> None:
    assert "headteacher and E-Safety Co-ordinator" in school.home(HANA).text
    assert "chair of governors and governor" in school.home(COL).text


def test_the_buttons_lead_to_the_forms(school: School) -> None:
    form = school.press(CARA, school.home(CARA), "Check photo consent").view
    assert form is not None
    assert form.title == "May we use a picture?"
    pick = school.press(OLU, school.home(OLU), "Record a decision").view
    assert pick is not None
    assert pick.title == "Consent record"


def test_help_speaks_of_what_this_person_can_do(school: School) -> None:
    assert "/consent-record" not in school.command(ANN, "/lanyard").text
    assert "/consent-record" in school.command(OLU, "/lanyard").text


def test_the_shortcuts_open_the_same_forms(school: School) -> None:
    assert school.shortcut(ANN, "consent.form").view is not None
    assert school.shortcut(OLU, "ledger.form").view is not None
    refused = school.shortcut(ANN, "ledger.form").view
    assert refused is not None
    assert "This is for the" in refused.text


def test_what_waits_for_somebody_comes_first(school: School) -> None:
    from tests.access.test_access import ask
    from tests.content.test_content import report

    ask(school)
    report(school)
    home = school.home(HANA).text
    assert "*2 wait for you*" in home
    told = ("*AR-1* · Ann Teacher asks for a site, since", "*CR-4526*, a report of", "[More]")
    places = [home.index(each) for each in told]
    assert places == sorted(places)
    mine = school.home(ANN)
    assert "*AR-1*, a request to open a blocked site, Mon 23 Nov 2026: being reviewed" in mine.text
    assert "for you" not in mine.text
    opened = school.press(HANA, school.home(HANA), "Open", near="AR-1").view
    assert opened is not None
    assert "volcano-cam.example" in opened.text
    form = school.press(HANA, opened, "Approve").view
    assert form is not None
    assert form.title == "Approve: AR-1"


def test_the_day_is_the_schools(school: School) -> None:
    from tests.access.test_access import ask
    from tests.consent.test_ledger import BY_PHONE
    from tests.content.test_content import report
    from tests.training.test_proposals import propose

    school.clock.instant = datetime(2027, 6, 9, 23, 30, tzinfo=UTC)  # half past midnight of the 10th at the school
    ask(school)
    report(school)
    home = school.home(HANA).text
    assert "*AR-1* · Ann Teacher asks for a site, since Thu 10 Jun 2027" in home
    assert "*CR-4526*, a report of unsuitable content, since Thu 10 Jun 2027" in home
    assert "site, Thu 10 Jun 2027: being reviewed" in school.home(ANN).text
    form = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    school.submit(OLU, form, {**BY_PHONE, "School website": "No, or withdrawn"})
    assert "by word of mouth on Thu 10 Jun 2027" in school.home(OLU).text
    propose(school)
    school.clock.instant = datetime(2027, 6, 10, 8, tzinfo=UTC)
    school.deliver()
    assert "Thu 10 Jun 2027" in school.people.message(HANA.user_id, "A refresher is proposed").text
