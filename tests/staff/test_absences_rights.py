"""An absence is no promotion: who writes whom down, when it counts, and how it is undone (§7.5; KCSIE part four)."""

import pytest

from bot.errors import BadInput, Conflict, NotFound
from bot.rules.content import PROCEDURES as REPORTS
from bot.rules.procedures import Sight as Seen
from bot.services import records
from bot.services.school import absences
from storage import audit
from storage import records as storage
from storage.people import absences as kept
from tests import absent
from tests.access.test_access import ask, split_roles
from tests.content.test_content import inbox, report
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, HANA, OLU, Someone
from tests.reminders.test_reminders import at, digest, digests, quiet
from tests.school import School, acting, at_once
from tests.slack.people import Answer, Forged
from tests.staff.test_namesakes import answer, second
from tests.staff.test_persons import read, set_up

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

REFUSED = "Ask the office, or the colleague, to write this down"
STANDS_IN = "You would stand in for this colleague"


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests, reports and the filter remind."""
    return quiet(school)


def write(school: School, who: Someone, whom: Someone | None = None, **days: str) -> Answer:
    school.home(whom or who)  # whom nobody has met has no account, and cannot be told
    view = school.press(who, school.more(who), "absences.open").view
    entries = {"First day": days.get("first", "2026-11-23")}
    entries |= {"Last day": days["last"]} if "last" in days else {}
    if whom:
        entries["Colleague who is away"] = whom.name
    answer = school.submit(who, view, entries)
    school.deliver()
    return answer


def sees(school: School, who: Someone, number: int = 4526) -> Seen:
    context = acting(school, who)
    with context.look() as tx:
        found = storage.get(tx.connection, tx.school_id, "CR", number)
        assert found
        return records.sight(tx, REPORTS, found, context.person)


def may_decide(school: School, who: Someone) -> bool:
    return "waits for you" in inbox(school, who) or "AR-1" in school.home(who).text


def test_the_page_shows_what_the_code_allows() -> None:
    assert absent.PAGE.read_text(encoding="utf-8") == absent.page(), "run: python -m tests.absent"


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "whom", "why"),
    [
        (DEV, HANA, STANDS_IN),
        (COL, HANA, STANDS_IN),
        (COL, DEV, STANDS_IN),
        (HANA, COL, REFUSED),
        (DEV, COL, REFUSED),
    ],
)
def test_whoever_would_gain_by_it_does_not_write_it_down(school: School, who: Someone, whom: Someone, why: str) -> None:
    person_id = acting(school, whom).person.person_id
    with pytest.raises(Exception, match="another look") as refused:
        absences.record(acting(school, who), person_id, "2026-11-23", "")
    assert why in str(refused.value.fields)  # type: ignore[attr-defined]
    assert inbox(school, whom) == ""


@pytest.mark.parametrize(("who", "whom"), [(OLU, HANA), (GWEN, HANA), (OLU, COL), (GWEN, COL), (HANA, ANN), (DEV, BEN)])
def test_whoever_gains_nothing_may_and_the_person_is_told(school: School, who: Someone, whom: Someone) -> None:
    write(school, who, whom)
    letter = school.people.message(whom.user_id, "has written you down as away")
    assert f"{who.name} has written you down as away*, from Mon 23 Nov 2026 on" in letter.text
    assert "From Tue 24 Nov 2026, 08:00 you are not reminded" in letter.text
    assert who.name not in letter.fallback


def test_whoever_teaches_writes_themselves_down_and_nobody_else(school: School) -> None:
    view = school.press(ANN, school.more(ANN), "I am away").view
    assert view is not None
    assert "Colleague who is away" not in view.text
    assert "*Ann Teacher*, from Mon 23 Nov 2026 on" in str(write(school, ANN).view.text)  # type: ignore[union-attr]
    assert inbox(school, ANN) == ""
    hana = acting(school, HANA).person.person_id
    with pytest.raises(Exception, match="another look"):
        absences.record(acting(school, ANN), hana, "2026-11-23", "")


# ── the handed cases ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_case_1_the_deputy_cannot_open_a_report_by_writing_the_head_down(school: School) -> None:
    report(school, BEN, "A member of staff", **{"Name of individual": "Cara Singh"})
    ask(school, ANN)
    assert STANDS_IN in str(write(school, DEV, HANA).errors)
    assert sees(school, DEV) is Seen.NONE
    assert not may_decide(school, DEV)
    write(school, OLU, HANA)  # the office may; Hana is told, and nobody stands in before the next school morning
    assert sees(school, DEV) is Seen.NONE
    assert not may_decide(school, DEV)
    letter = school.people.message(HANA.user_id, "has written you down as away")
    done = school.press(HANA, letter, "I am here: undo").view
    assert done is not None
    assert "Struck out: Hana Rees" in done.text
    at(school, 2026, 11, 24, 9, 0)
    school.tick()
    assert not may_decide(school, DEV)
    assert "counts for nothing" in inbox(school, HANA)


def test_case_2_nobody_writes_two_down_and_signs_alone(school: School) -> None:
    split_roles(school)  # Dev is deputy and E-Safety Co-ordinator
    ask(school, ANN)
    assert STANDS_IN in str(write(school, DEV, HANA).errors)
    assert STANDS_IN in str(write(school, HANA, DEV).errors)  # who stands in for the Co-ordinator


def test_case_3_whoever_asks_does_not_bring_in_who_decides(school: School) -> None:
    ask(school, OLU)
    assert "Something of yours waits" in str(write(school, OLU, HANA).errors)


def test_case_3_nor_by_writing_it_down_before_they_ask(school: School) -> None:
    write(school, OLU, HANA)
    at(school, 2026, 11, 24, 9, 0)
    ask(school, OLU)
    assert not may_decide(school, DEV)
    ask(school, ANN)  # somebody else's is decided by whoever stands in
    assert "AR-2" in school.home(DEV).text
    assert "AR-1" not in inbox(school, DEV)


def test_case_4_the_head_does_not_quiet_the_chair_and_an_absence_quiets_no_report(school: School) -> None:
    assert REFUSED in str(write(school, HANA, COL).errors)
    write(school, COL)  # his own word
    report(school, ANN, "The headteacher")
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "*CR-4526 waits for you*" in digest(school, COL).text
    assert "*Your report CR-4526*: whoever deals with it is away" in digest(school, ANN).text
    assert digests(school, HANA) == []


def test_whoever_is_spoken_of_learns_nothing_and_brings_nobody_in(school: School) -> None:
    write(school, OLU, HANA)  # not refused: that would tell her of a report
    at(school, 2026, 11, 24, 9, 0)
    report(school, BEN, "A member of staff", **{"Name of individual": "Olu Adeyemi"})
    assert sees(school, DEV) is Seen.NONE
    assert "waits for you" in inbox(school, HANA)


# ── what a stand-in sees ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_stand_in_sees_reports_that_came_in_meanwhile_and_those_that_were_silent_for_too_long(
    school: School,
) -> None:
    report(school, BEN)
    ask(school, ANN)
    at(school, 2026, 11, 23, 10, 0)
    write(school, HANA, HANA)
    assert sees(school, DEV) is Seen.NONE  # it came before
    assert "AR-1" in inbox(school, DEV)  # everything that waits of the rest, and he is told at once
    at(school, 2026, 11, 23, 11, 0)
    report(school, CARA)
    known = {found: sees(school, DEV, found) for found in numbers(school)}
    assert sorted(known.values()) == [Seen.NONE, Seen.FULL]
    at(school, 2026, 11, 27, 8, 0)  # four school days
    school.tick()
    assert {sees(school, DEV, found) for found in known} == {Seen.FULL}


def numbers(school: School) -> list[int]:
    with school.context().look() as tx:
        return [found.number for found in storage.in_states(tx.connection, 1, "CR", {"awaiting action"})]


def test_a_first_day_long_past_opens_nothing_that_came_in_since(school: School) -> None:
    report(school, BEN)
    write(school, OLU, HANA, first="2026-11-02")
    at(school, 2026, 11, 24, 9, 0)
    school.tick()
    assert sees(school, DEV) is Seen.NONE


def test_the_stand_ins_copy_is_over_once_the_head_is_back(school: School) -> None:
    ask(school, ANN)
    write(school, HANA, HANA)
    letter = school.people.message(DEV.user_id, "AR-1")
    view = school.press(HANA, school.more(HANA), "Who is away?").view
    school.press(HANA, view, "I am back")
    school.deliver()
    assert not any("waits for you" in each.text for each in school.people.inbox(DEV.user_id))
    assert letter.ts


# ── undone, at once, by others ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_it_is_struck_out_with_a_reason_by_who_may_write_it(school: School) -> None:
    view = write(school, OLU, CARA).view
    form = school.press(OLU, view, "Strike out").view
    assert "reasons" in school.submit(OLU, form, {"What was wrong": "."}).errors
    after = school.submit(OLU, form, {"What was wrong": "It is Ann who is away."}).view
    assert after is not None
    assert "Struck out: Cara Singh, from Mon 23 Nov 2026 on. By Olu Adeyemi:\n>It is Ann who is away." in after.text
    assert "Nobody is written down" in after.text
    with school.database.read() as connection:
        trail = audit.entries(connection, 1)
    assert ("absences.struck_out", "absence 1") in [(action, record) for action, record in trail]
    assert "Ann" not in str(trail)
    school.deliver()
    assert "counts for nothing" in inbox(school, CARA)


def test_nobody_ends_what_she_wrote_herself_without_her_hearing_of_it(school: School) -> None:
    write(school, HANA, HANA)
    view = school.press(OLU, school.more(OLU), "Who is away?").view
    school.press(OLU, view, "Is back")
    school.deliver()
    assert "You are back" in inbox(school, HANA)


def test_a_reason_passes_for_no_words_of_ours(school: School) -> None:
    form = school.press(OLU, write(school, OLU, CARA).view, "Strike out").view
    forged = Forged("A slip.\n✖ Struck out: Hana Rees. By Dev Mistry:")
    after = school.submit(OLU, form, {"What was wrong": forged}).view
    assert after is not None
    assert ">✖ Struck out: Hana Rees" in after.text


@pytest.mark.databases("sqlite", "postgresql")
def test_undone_twice_by_somebody_else_and_after_a_newer_one(school: School) -> None:
    write(school, OLU, HANA)
    letter = school.people.message(HANA.user_id, "has written you down")
    button = school.people.message(HANA.user_id, "has written you down")
    school.press(HANA, letter, "I am here: undo")
    again = school.press(HANA, button, "I am here: undo")
    assert "struck out already" in again.text
    write(school, OLU, HANA)  # a newer one stands, whatever the older button does
    old = mine(school, HANA, 1)
    with pytest.raises(Conflict):
        absences.strike(acting(school, HANA), *old)
    for other in (DEV, ANN, BEN):
        with pytest.raises(NotFound):
            absences.strike(acting(school, other), *mine(school, HANA, 2), "They asked me to.")
        with pytest.raises(NotFound):
            absences.end(acting(school, other), *mine(school, HANA, 2))
    with pytest.raises(NotFound):  # a button of another that a restore has put in its place
        absences.strike(acting(school, HANA), 2, "20200101000000000000")
    with school.database.read() as connection:
        assert [found.absence_id for found in kept.current(connection, 1, acting(school, HANA).today())] == [2]


def mine(school: School, who: Someone, absence_id: int) -> tuple[int, str]:
    number, token = absences.get(acting(school, who), absence_id).button.split(":")
    return int(number), token


@pytest.mark.databases("sqlite", "postgresql")
def test_two_at_once(school: School) -> None:
    hana = acting(school, HANA).person.person_id
    office, governor = acting(school, OLU), acting(school, GWEN)
    wrong = at_once(
        lambda: absences.record(office, hana, "2026-11-23", ""),
        lambda: absences.record(governor, hana, "2026-11-23", ""),
    )
    assert len(wrong) == 1
    assert "written down for these days already" in str(wrong[0].fields)  # type: ignore[attr-defined]
    undo = mine(school, HANA, 1)
    head = acting(school, HANA)
    wrong = at_once(lambda: absences.strike(head, *undo), lambda: absences.strike(office, *undo, "A slip of mine."))
    assert [type(each) for each in wrong] == [Conflict]
    absences.record(head, hana, "2026-11-23", "")
    again = mine(school, HANA, 2)
    wrong = at_once(lambda: absences.end(head, *again), lambda: absences.end(head, *again))
    assert [type(each) for each in wrong] == [Conflict]


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_twice_is_one_and_her_own_word_counts_beside_the_offices(school: School) -> None:
    write(school, OLU, HANA)
    assert not write(school, OLU, HANA).errors
    ask(school, ANN)
    assert "AR-1" not in inbox(school, DEV)
    assert not write(school, HANA, HANA).errors
    assert "AR-1" in inbox(school, DEV)
    with school.database.read() as connection:
        assert len(kept.current(connection, 1, acting(school, HANA).today())) == 2


def test_who_became_a_guest_with_the_form_open_writes_nothing_down(school: School) -> None:
    view = school.press(OLU, school.more(OLU), "absences.open").view
    school.slack.change_user(OLU.user_id, is_restricted=True)
    school.clock.forward(days=1)
    answer = school.submit(OLU, view, {"Colleague who is away": HANA.name, "First day": "2026-11-24"})
    assert "only this school's own staff" in str(answer)
    with school.database.read() as connection:
        assert kept.current(connection, 1, acting(school, HANA).today()) == []


def test_with_two_accounts_nobody_brings_themselves_in(school: School) -> None:
    """Dev would stand in for Hana; his second account has the office's role. He does not write her down with either."""
    other = Someone("U0DEV9", "Mr Dev Mistry", "d.mistry@huntington.example")
    set_up(school, {*read().holders(), (other.email, "admin_team")})
    second(school, DEV, other)
    hana = acting(school, HANA).person.person_id
    for said in ("not yet", "The same person"):
        if said != "not yet":
            answer(school, OLU, other.name, said)
        for account in (DEV, other):
            with pytest.raises(BadInput):
                absences.record(acting(school, account), hana, "2026-11-23", "")
    me = acting(school, other)
    absences.record(me, me.person.person_id, "2026-11-23", "")  # of themselves everybody may
    with school.database.read() as connection:
        assert {found.is_own for found in kept.current(connection, 1, acting(school, HANA).today())} == {True}
