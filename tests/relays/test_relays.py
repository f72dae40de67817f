"""Whoever has to be told and has no account is told by a colleague: whom, what, and that it was done (KCSIE)."""

from bot.rules.school import Role
from tests.access.test_access import ask
from tests.content.test_content import inbox, report, shown
from tests.content.test_content_urgent import met
from tests.people import BEN, HANA, OLU
from tests.relays.outside import FAY, IDA, NIA, PHONES, hold, whom
from tests.school import School


def test_the_head_tells_a_safeguarding_lead_without_an_account_and_it_is_written_down(school: School) -> None:
    hold(school, {Role.SAFEGUARDING_LEAD: (NIA,)})
    met(school)
    assert "Tell the safeguarding lead now: CR-4526" in school.home(HANA).text
    asked = whom(school, HANA, "Tell the safeguarding lead now: CR-4526")
    assert "Nia Powell, now" in asked.text
    assert PHONES[NIA] in asked.text
    assert "CR-4526: unsuitable content was reported." in asked.text
    school.clock.forward(minutes=5)
    told = school.submit(HANA, asked, {"How were they": "By phone", "Told at": "09:16"})
    assert "Hana Rees told them by phone, Mon 23 Nov 2026, 09:16" in shown(told)
    school.deliver()
    assert "done. Hana Rees told them by phone, Mon 23 Nov 2026, 09:16" in inbox(school, HANA)
    assert "Tell the safeguarding lead" not in school.home(HANA).text


def test_about_the_head_only_the_reporter_learns_whom_to_phone(school: School) -> None:
    hold(school, {Role.CHAIR_OF_GOVERNORS: (IDA,)})
    sent = shown(report(school, BEN, "The headteacher"))
    print(sent)
    asked = whom(school, BEN, "Tell somebody in person: CR-4526")
    assert "Ida Marsh" in asked.text
    assert PHONES[IDA] in asked.text
    print(asked.text)
    assert "chair" not in inbox(school, BEN)


def test_the_office_tells_where_nothing_confidential_is_behind_it(school: School) -> None:
    hold(school, {Role.E_SAFETY_COORDINATOR: (FAY,)})
    ask(school)
    school.deliver()
    asked = whom(school, OLU, "Tell the E-Safety Co-ordinator now: AR-1")
    assert PHONES[FAY] in asked.text
