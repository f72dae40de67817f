"""Whoever has to be told and has no account is told by a colleague: whom, what, and that it was done (KCSIE)."""

import pytest

from bot.errors import Conflict, NotFound
from bot.rules.school import Role
from bot.services import relays
from bot.services.documents import forms
from bot.services.features import tellings
from bot.services.school.people import slack_changed
from storage import audit
from storage.outbox import relays as storage
from tests.access.test_access import ask, decide
from tests.consent.test_looks_told import CLASSES, checks
from tests.content.test_content import inbox, report, shown
from tests.content.test_content_urgent import met
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, OZ, PRIYA, STAFF, Someone
from tests.policy.test_policy import opened
from tests.relays.outside import FAY, IDA, NIA, PHONES, hold, whom
from tests.reminders.test_reminders import at
from tests.school import School, acting, at_once
from tests.slack.people import Sight
from tests.staff.test_absences_rights import write

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

TO_TELL = "They have no Slack account, so somebody has to tell them"
BY_PHONE = {"how": "phone", "day": "2026-11-23", "time": "09:15"}


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("6.7")
def test_the_head_tells_a_safeguarding_lead_without_an_account_and_it_is_written_down(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    met(school)
    assert "Tell the safeguarding lead now: CR-4526" in school.home(HANA).text
    asked = whom(school, HANA, "Tell the safeguarding lead now: CR-4526")
    assert "safeguarding lead, Nia Powell, now" in asked.text
    assert PHONES[NIA] in asked.text
    assert "CR-4526: unsuitable content was reported." in asked.text
    school.clock.forward(minutes=5)
    told = school.submit(HANA, asked, {"How were they": "By phone", "Told at": "09:16"})
    assert "Hana Rees told them by phone, Mon 23 Nov 2026, 09:16" in shown(told)
    school.deliver()
    assert "done. Hana Rees told them by phone, Mon 23 Nov 2026, 09:16" in inbox(school, HANA)
    assert "Tell the safeguarding lead" not in school.home(HANA).text
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526, urgent"), "Open and complete").view
    assert record is not None
    assert "The safeguarding lead was told by phone, Mon 23 Nov 2026, 09:16, by Hana Rees." in record.text
    (line,) = forms.printed(school.context(), "CR-4526").told
    assert (line.who, line.text) == ("Hana Rees", "The safeguarding lead was told by phone.")


def test_about_the_head_only_the_reporter_learns_whom_to_phone(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)})
    before = {who: inbox(school, who) for who in STAFF}
    sent = shown(report(school, BEN, "The headteacher"))
    assert f"Please tell the chair of governors, Ida Marsh ({PHONES[IDA]}) yourself, today" in sent
    for who in (HANA, DEV, OLU, ANN, PRIYA):
        assert inbox(school, who) == before[who]
        assert "CR-" not in school.home(who).text
    asked = whom(school, BEN, "Tell somebody in person: CR-4526")
    assert "Ida Marsh" in asked.text
    assert "lado@council.example" in asked.text
    assert "You have to deal with it" in asked.text
    assert "Only you can do this: nobody else at the school is told of it" in asked.text
    assert "chair" not in inbox(school, BEN)  # whom it is about might read their messages
    school.submit(BEN, asked, {"How were they": "In person"})
    school.deliver()
    record = school.press(BEN, school.people.message(BEN.user_id, "Your report CR-4526"), "Open").view
    assert record is not None
    assert "The chair of governors was told in person, Mon 23 Nov 2026, 09:15, by Ben Carter." in record.text
    assert "Nobody at the school can deal" not in record.text
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    assert "CR-4526" not in inbox(school, HANA) + school.home(HANA).text


@pytest.mark.databases("sqlite", "postgresql")
def test_what_may_be_illegal_and_is_about_the_head_names_the_chair_at_once(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)}, phones=False)
    first = school.command(ANN, "/report-content").view
    stop = school.submit(ANN, first, {"Could it be": "Yes, or I am not sure", "Who is this about": "The headteacher"})
    assert "in person or by phone, to the chair of governors, or to the local authority" in shown(stop)
    school.deliver()
    asked = whom(school, ANN, "Tell somebody in person")
    assert "No phone number is known here" in asked.text


@pytest.mark.policy("7.5")
def test_the_office_tells_where_nothing_confidential_is_behind_it(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,)})
    ask(school)
    asked = whom(school, OLU, "Tell the E-Safety Co-ordinator now: AR-1")
    assert PHONES[FAY] in asked.text
    assert TO_TELL not in inbox(school, HANA)
    school.submit(OLU, asked)
    school.deliver()
    (line,) = forms.printed(school.context(), "AR-1").told
    assert (line.who, line.text) == ("Olu Adeyemi", "The E-Safety Co-ordinator was told by phone.")


def test_when_they_were_told_is_never_still_to_come(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,)})
    ask(school)
    asked = whom(school, OLU, "Tell the E-Safety")
    for entries, field in (
        ({"Told at": "18:00"}, "time"),
        ({"Told at": "noon"}, "time"),
        ({"Told on": "2026-11-24", "Told at": "09:00"}, "day"),
        ({"Told on": "2026-11-01", "Told at": "09:00"}, "day"),
    ):
        assert set(school.submit(OLU, asked, entries).errors) == {field}
    done = school.submit(OLU, asked, {"Told on": "2026-11-20", "Told at": "16:40"})
    assert "Fri 20 Nov 2026, 16:40" in shown(done)


def number(school: School) -> int:
    with school.context().look() as tx:
        (found,) = storage.not_told(tx.connection, tx.school_id)
        return found.relay_id


@pytest.mark.databases("sqlite", "postgresql")
def test_of_two_the_second_learns_who_was_quicker(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,), Role.ADMIN_TEAM: (OLU, BEN)})
    ask(school)
    this, olu, ben = number(school), acting(school, OLU), acting(school, BEN)
    acts = [lambda one=one: relays.tell(one, tellings, this, BY_PHONE) for one in (olu, ben)]
    (wrong,) = at_once(*acts)
    assert isinstance(wrong, Conflict)
    assert "has told them already (Mon 23 Nov 2026, 09:15)" in str(wrong)
    quicker = relays.get(olu, tellings, this).told_by
    first = olu if quicker == "Olu Adeyemi" else ben
    assert relays.tell(first, tellings, this, BY_PHONE).told_by == quicker  # the same form once more


@pytest.mark.databases("sqlite", "postgresql")
def test_told_in_error_is_taken_back_and_waits_again(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,), Role.ADMIN_TEAM: (OLU, BEN)})
    ask(school)
    done = school.submit(OLU, whom(school, OLU, "Tell the E-Safety"))
    school.deliver()
    back = school.press(OLU, done, "Recorded in error")
    assert "they still have to be told" in shown(back)
    school.deliver()
    assert inbox(school, OLU).count(TO_TELL) == 1
    assert "Tell the E-Safety Co-ordinator now: AR-1" in school.home(OLU).text
    with pytest.raises(NotFound):
        relays.undo(acting(school, BEN), tellings, 1)


def joins(school: School, who: Someone) -> None:
    """Somebody is given an account of their own, and opens Lanyard."""
    school.slack.add_user(*who)
    school.home(who)
    school.deliver()


def test_who_gets_an_account_is_told_by_a_message_of_their_own(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)})
    report(school, BEN, "The headteacher")
    assert "Press the button" in inbox(school, BEN)
    joins(school, IDA)
    assert "CR-4526 waits for you" in inbox(school, IDA)
    assert "There is nothing left to tell here" in inbox(school, BEN)
    assert "Tell somebody" not in school.home(BEN).text
    with pytest.raises(NotFound):
        relays.tell(acting(school, BEN), tellings, 1, BY_PHONE)


def test_who_was_told_already_gets_the_message_too_once_they_have_an_account(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)})
    report(school, BEN, "The headteacher")
    school.submit(BEN, whom(school, BEN, "Tell somebody in person"))
    joins(school, IDA)
    school.tick()
    assert inbox(school, IDA).count("CR-4526 waits for you") == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_it_is_over_with_the_record_and_taken_back_from_who_may_not_know_any_more(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,), Role.E_SAFETY_COORDINATOR: (DEV,)})
    met(school)
    assert "Tell the safeguarding lead" in inbox(school, HANA)
    record = school.press(DEV, school.people.message(DEV.user_id, "CR-4526, urgent"), "Open and complete").view
    also = school.press(DEV, record, "It is about a colleague").view
    school.submit(DEV, also, {"Colleague": HANA.name})
    school.deliver()
    assert "Tell the safeguarding lead" not in inbox(school, HANA)
    assert "There is nothing left to tell here" in inbox(school, HANA)
    assert "CR-4526" not in school.home(HANA).text


def test_an_approved_request_needs_no_telling_any_more(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,)})
    ask(school)
    decide(school, DEV, "Reject", {"Reasons": "There is a better source.", "Signature": "Dev Mistry"})
    assert "There is nothing left to tell here" in inbox(school, OLU)
    assert "Tell the" not in school.home(OLU).text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("4.2")
def test_looks_are_told_to_a_bought_in_officer_by_the_head(school: School) -> None:
    hold(school, {Role.DATA_PROTECTION_OFFICER: (FAY,)})
    checks(school, BEN, *CLASSES)
    school.tick()
    asked = whom(school, HANA, "Tell the data protection officer now")
    assert PHONES[FAY] in asked.text
    assert "It is a look, not an accusation" in asked.text
    assert "Ben" not in asked.text
    assert TO_TELL not in inbox(school, OLU)


def test_looks_of_the_head_are_not_told_through_the_head(school: School) -> None:
    few = {"by_role": {"headteacher": 1, "e_safety_coordinator": 1}}
    hold(school, {Role.DATA_PROTECTION_OFFICER: (FAY,)}, look_ups=few)
    checks(school, HANA, *CLASSES)
    school.tick()
    assert "not an accusation" in inbox(school, DEV)
    assert TO_TELL in inbox(school, DEV)  # who is asked to look at them instead
    assert TO_TELL not in inbox(school, HANA) + inbox(school, OLU)


@pytest.mark.policy("10.1")
def test_a_reviewer_without_an_account_is_told_of_the_review_by_the_office(school: School) -> None:
    hold(school, {Role.DATA_PROTECTION_OFFICER: (FAY,)})
    opened(school)
    assert "the policy is under review" in whom(school, OLU, "Tell the data protection officer now").text


def test_they_are_reminded_every_morning_until_it_is_done(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    met(school)
    at(school, 2026, 11, 24, 8, 5)
    school.tick()
    assert "safeguarding lead has no Slack account, and is still to be told of *CR-4526*" in inbox(school, HANA)
    school.submit(HANA, whom(school, HANA, "Tell the safeguarding lead now"))
    school.deliver()
    at(school, 2026, 11, 25, 8, 5)
    school.tick()
    assert "Settled" in inbox(school, HANA)


def test_whom_it_turns_out_to_be_about_finds_it_in_no_reminder_either(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,), Role.E_SAFETY_COORDINATOR: (DEV,)})
    met(school)
    at(school, 2026, 11, 24, 8, 5)
    school.tick()
    assert "still to be told of *CR-4526*" in inbox(school, HANA)
    record = school.press(DEV, school.people.message(DEV.user_id, "CR-4526, urgent"), "Open and complete").view
    also = school.press(DEV, record, "It is about a colleague").view
    school.submit(DEV, also, {"Colleague": HANA.name})
    school.deliver()
    assert "CR-4526" not in inbox(school, HANA)
    assert "CR-4526" not in school.home(HANA).text


def test_the_deputy_tells_while_the_head_is_away_and_may_know_of_it(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    write(school, HANA, HANA)
    school.clock.forward(minutes=1)
    met(school)
    assert "Tell the safeguarding lead now: CR-4526" in inbox(school, DEV)
    assert "Tell the safeguarding lead" not in inbox(school, HANA)


def test_a_guest_a_leaver_and_a_stranger_get_nothing(school: School) -> None:
    school.slack.add_user(*NIA, is_restricted=True)
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    met(school)
    assert not school.people.inbox(NIA.user_id)  # a guest holds the role: told by phone, and refused here
    letter = school.people.message(HANA.user_id, "Tell the safeguarding lead now")
    for who in (NIA, OZ, ANN, OLU, COL):
        peek = school.press(who, letter, "Whom to phone", sight=Sight.FORGED)
        assert PHONES[NIA] not in peek.text + (peek.view.text if peek.view else "")
    slack_changed(
        school.database,
        school.clock,
        team_id="T0SCHOOL",
        user=school.slack.change_user(HANA.user_id, deleted=True).to_slack(frozenset({"users:read.email"})),
    )
    school.tick()
    assert "Whom to phone" not in school.press(HANA, letter, "Whom to phone", sight=Sight.FORGED).text


@pytest.mark.databases("sqlite", "postgresql")
def test_the_trail_tells_what_was_done_and_of_nobody(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    met(school)
    done = school.submit(HANA, whom(school, HANA, "Tell the safeguarding lead now"))
    school.press(HANA, done, "Recorded in error")
    with school.database.read() as connection:
        trail = [entry for entry in audit.entries(connection, 1) if entry[0].startswith("relays")]
    assert trail == [
        ("relays.made", "relay 1"),
        ("relays.told", "relay 1"),
        ("relays.undone", "relay 1"),
        ("relays.made", "relay 2"),
    ]
