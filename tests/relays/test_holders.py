"""Who holds a role and was never seen: known by address and by the name in school.toml, until they come."""

import pytest

from bot.rules.people import Person, Standing
from bot.rules.school import Role
from bot.services import content
from bot.services.school import staff_import
from storage.people import people
from tests.content.test_content import inbox, report, shown
from tests.people import ANN, BEN, COL, HANA
from tests.relays.outside import FAY, IDA, NIA, hold, whom
from tests.school import SAMPLE, School, acting
from tests.staff.test_accounts import changed

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


def known(school: School, email: str) -> Person:
    with school.database.read() as connection:
        found = people.by_email(connection, 1, email)
    assert found is not None
    return found


@pytest.mark.databases("sqlite", "postgresql")
def test_whoever_comes_under_the_address_of_a_holder_is_that_holder_by_their_own_name(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)}, phones=False)
    before = known(school, IDA.email)
    assert (before.is_nameless, before.standing) == (True, Standing.OUTSIDER)
    report(school, BEN, "The headteacher")
    school.slack.add_user(*IDA)
    assert "chair of governors" in school.home(IDA).text
    after = known(school, IDA.email)
    assert (after.person_id, after.name, after.standing) == (before.person_id, IDA.name, Standing.STAFF)
    school.deliver()
    assert "CR-4526 waits for you" in inbox(school, IDA)


def test_a_colleague_whose_address_becomes_that_of_a_holder_takes_the_role_over(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)}, phones=False)
    school.home(COL)
    changed(school, COL.user_id, email=IDA.email)
    assert "chair of governors" in school.home(COL).text
    assert known(school, IDA.email).name == COL.name
    report(school, BEN, "The headteacher")
    assert "CR-4526 waits for you" in inbox(school, COL)


def test_a_holder_on_the_staff_list_is_staff_and_still_told_by_a_colleague(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,)}, phones=False)
    lines = (SAMPLE / "staff.csv").read_text().splitlines()
    row = next(line for line in lines if ANN.email in line).replace(ANN.email, FAY.email).replace(ANN.name, FAY.name)
    done = staff_import.apply(school.context(), "staff.csv", "\n".join([lines[0], row]).encode())
    assert (done.added, done.problems) == ((FAY.email,), ())
    assert known(school, FAY.email).standing is Standing.STAFF
    report(school, ANN)
    assert FAY.name in whom(school, HANA, "Tell the E-Safety Co-ordinator now").text


def test_a_report_about_a_holder_outside_slack_is_told_to_nobody_outside(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    first = school.command(ANN, "/report-content").view
    which = school.submit(
        ANN, first, {"Could it be": "Yes, or I am not sure", "Who is this about": "A member of staff"}
    )
    assert "Speak *now*" in shown(school.submit(ANN, which.view, {"Colleague": NIA.name}))
    school.deliver()
    assert "CR-4526, urgent" in inbox(school, HANA)
    assert "Tell the safeguarding lead" not in inbox(school, HANA) + school.home(HANA).text


def test_an_address_that_was_named_by_mistake_is_offered_as_nobody(school: School) -> None:
    hold(school, {Role.GOVERNOR: (IDA,)}, phones=False)
    ann = acting(school, ANN)
    assert IDA.email in {each.name for each in content.colleagues(ann)}
    hold(school, {})
    assert IDA.email not in {each.name for each in content.colleagues(ann)}


def test_new_names_and_numbers_count_from_the_next_setup_on(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)}, phones=False)
    assert known(school, NIA.email).is_nameless
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    assert known(school, NIA.email).name == NIA.name
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)}, phones=False)
    assert known(school, NIA.email).is_nameless
