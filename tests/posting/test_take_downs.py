"""What has to come down: opened once for each cause and place, ticked off many at once, over when consent is back."""

import pytest

from bot.services.posting import take_downs
from storage.posting import take_downs as storage
from tests.consent.test_imports import sample
from tests.consent.test_imports_slack import sent
from tests.consent.test_ledger import BY_PHONE, ON_PAPER, record
from tests.consent.test_ledger_withdraw import short_form
from tests.people import ANN, BEN, DEV, HANA, OLU, PRIYA, Someone
from tests.posting.gate import FATIMA, JACK, check, log, message, open_take_down, tick_off, withdraw
from tests.school import School, at_once
from tests.staff.test_absences import away, back

BOTH = pytest.mark.databases("sqlite", "postgresql")
pytestmark = pytest.mark.databases("sqlite")
LINE = f"PO-1: {FATIMA} (Reception Acorns)"


def posted(school: School, names: str = f"{FATIMA}, {JACK}", count: int = 2) -> None:
    log(school, ANN, check(school, names=names, count=count).view)


def open_lines(school: School) -> list[tuple[str, str]]:
    """Every line there is, with what became of it."""
    with school.context().look() as tx:
        found = storage.lines(tx.connection, range(1, 200))
        return [(line.cause, line.outcome or "open") for lines in found.values() for line in lines]


@BOTH
@pytest.mark.policy("4.6")
def test_everything_is_derived_and_nothing_is_opened_twice(school: School) -> None:
    posted(school)
    withdraw(school)
    before = open_lines(school)
    assert len(before) == 2
    for _ in range(2):
        with school.context().begin() as tx:
            take_downs.derive(tx)
    assert open_lines(school) == before


@BOTH
@pytest.mark.policy("4.5", "4.6")
def test_consent_comes_back_and_nothing_has_to_come_down_any_more(school: School) -> None:
    posted(school)
    withdraw(school)
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video"})
    school.deliver()
    assert "Nothing of this is left to take down" in message(school, OLU, "left to take down").text
    assert {outcome for _, outcome in open_lines(school)} == {"consent is back"}
    withdraw(school)
    assert [outcome for _, outcome in open_lines(school)].count("open") == 2


def test_where_nothing_was_logged_there_is_still_a_look_by_hand(school: School) -> None:
    withdraw(school)
    told = message(school, OLU, "Pictures have to come down")
    assert "TD-1* · look by hand, everywhere: 1 of 1" in told.text
    assert not [each for each in school.people.inbox(HANA.user_id) if "TD-" in each.text]


def test_a_first_no_opens_nothing(school: School) -> None:
    """No picture can rest on a Yes that never was."""
    record(school, {**ON_PAPER, "Displays in school": "No, or withdrawn"}, name="Chloé MacDonald")
    school.deliver()
    assert open_lines(school) == []


@BOTH
def test_fifty_withdrawals_of_one_morning_are_one_message(school: School) -> None:
    names = [FATIMA, JACK, "Ivy Ó Briain", "Zoë Fernández", "Rhys Williams"]
    for name in names:
        posted(school, names=name, count=1)
    for name in names:
        withdraw(school, name)
    told = [each for each in school.people.inbox(OLU.user_id) if "Pictures have to come down" in each.text]
    assert len(told) == 1
    assert "10 lines in 10 lists" in told[0].text


@BOTH
def test_it_is_asked_again_after_a_day_and_the_head_after_two(school: School) -> None:
    posted(school)
    withdraw(school)
    first = len([each for each in school.people.inbox(OLU.user_id) if "have to come down" in each.text])
    school.clock.forward(days=1, minutes=5)
    school.tick()
    again = [each for each in school.people.inbox(OLU.user_id) if "have to come down" in each.text]
    assert len(again) == first + 1
    school.clock.forward(days=1, minutes=5)
    school.tick()
    late = message(school, HANA, "Pictures have not come down for two days")
    assert FATIMA not in late.text
    assert FATIMA in school.press(HANA, late, "Open", near="TD-1").text


@BOTH
@pytest.mark.policy("4.6")
def test_what_cannot_be_taken_down_the_head_agrees_to_or_sends_back(school: School) -> None:
    posted(school)
    withdraw(school)
    needs = tick_off(school, OLU, "TD-1", "Not practicable")
    assert "why it cannot be done" in str(needs.errors)
    tick_off(school, OLU, "TD-1", "Not practicable", {"In words": "A parent has shared it on."})
    asked = message(school, HANA, "something cannot be taken down")
    sure = school.press(HANA, asked, "Send back").view
    school.submit(HANA, sure)
    school.deliver()
    tick_off(school, OLU, "TD-1", "Not practicable", {"In words": "It is out of our hands."})
    asked = message(school, HANA, "something cannot be taken down")
    sure = school.press(HANA, asked, "Agree").view
    school.submit(HANA, sure)
    school.deliver()
    shown = school.press(HANA, message(school, HANA, "TD-1: done"), "Open").text
    assert "It is out of our hands." in shown


@BOTH
def test_two_who_tick_off_the_same_line(school: School) -> None:
    posted(school)
    withdraw(school)
    told = message(school, OLU, "Pictures have to come down")
    hers = open_take_down(school, HANA, message(school, HANA, "Pictures have to come down"), "TD-1")
    his = open_take_down(school, OLU, told, "TD-1")
    entries = {"Tick what": [LINE], "What was done": "Removed"}
    assert not at_once(lambda: school.submit(OLU, his, entries), lambda: school.submit(HANA, hers, entries))
    assert open_lines(school).count((open_lines(school)[0][0], "removed")) == 1


def test_whoever_posted_it_takes_it_down_and_the_line_is_done(school: School) -> None:
    posted(school)
    withdraw(school)
    sure = school.press(ANN, message(school, ANN, "PO-1: published"), "I took it down").view
    school.submit(ANN, sure)
    assert [outcome for _, outcome in open_lines(school)] == ["removed", "open"]


def test_a_picture_that_was_cropped_shows_the_child_no_more(school: School) -> None:
    posted(school)
    withdraw(school)
    tick_off(school, OLU, "TD-1", "Changed")
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video"})
    withdraw(school)
    assert [outcome for _, outcome in open_lines(school)].count("open") == 1  # the look by hand alone


@pytest.mark.policy("4.6")
def test_a_custodian_who_is_a_relative_is_told_nothing(school: School) -> None:
    mine = school.press(HANA, school.more(HANA).view, "My relatives").view
    school.submit(HANA, mine, {"Or a pupil": FATIMA})
    posted(school)
    withdraw(school)
    assert not [each for each in school.people.inbox(HANA.user_id) if "have to come down" in each.text]
    assert "have to come down" in message(school, OLU, "Pictures have to come down").text
    assert "Nothing has to come down" in school.press(HANA, school.more(HANA).view, "What has to come down").text


@pytest.mark.policy("4.6")
def test_a_relative_does_not_read_it_in_the_post_itself(school: School) -> None:
    for relative in (OLU, PRIYA):
        mine = school.press(relative, school.more(relative).view, "My relatives").view
        school.submit(relative, mine, {"Or a pupil": FATIMA})
    shown = check(school).view
    withdraw(school)
    log(school, ANN, shown)

    def read(who: Someone) -> str:
        found = school.press(who, school.more(who).view, "What was posted").view
        return school.press(who, found, "Open", near="PO-1").text

    told = "This has to come down"
    assert told in read(HANA)
    assert told not in read(OLU)  # … nor does the data protection officer weigh what concerns her own child
    assert "PO-1" not in school.home(PRIYA).text
    assert "weigh whether it is a data breach" in read(HANA)
    school.clock.forward(days=366)
    looked = school.press(OLU, school.more(OLU).view, "Still published").view
    assert looked is not None
    assert "without a current Yes" not in str(looked.payload)


def test_who_does_not_deal_with_it_finds_nothing(school: School) -> None:
    posted(school)
    withdraw(school)
    told = message(school, OLU, "Pictures have to come down")
    from tests.slack.people import Sight

    for who in (ANN, BEN):
        opened = school.press(who, told, "Open", near="TD-1", sight=Sight.FORGED)
        assert FATIMA not in str(opened.body)
    for who in (DEV, PRIYA):
        assert (
            FATIMA
            in school.press(
                who, school.press(who, school.more(who).view, "What has to come down").view, "Open", near="TD-1"
            ).text
        )


@BOTH
@pytest.mark.policy("4.6")
def test_an_import_is_one_cause_and_says_beforehand_what_it_opens(school: School) -> None:
    for name in (FATIMA, JACK):
        posted(school, names=name, count=1)

    def say_no(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["Legal Surname"] in {"van Dijk", "McKenzie"} and row["Legal Forename"] in {"Fatima", "Jack"}:
                row["Twitter/X - Photo"] = "No"

    preview = sent(school, sample(say_no))
    assert preview is not None
    assert "This opens 1 take-down with 2 logged pictures." in preview.text
    school.submit(OLU, preview)
    school.deliver()
    assert len({cause for cause, _ in open_lines(school)}) == 1
    told = message(school, OLU, "Pictures have to come down: 4 lines in 2 lists")
    assert "TD-1* · School Twitter feed: 2 of 2" in told.text
    assert "TD-2* · look by hand, everywhere: 2 of 2" in told.text


def test_an_expiry_opens_nothing(school: School) -> None:
    posted(school)
    record(
        school, {**BY_PHONE, "How did": "Form", "Twitter/X": "Yes: photo and video", "Until which day": "2026-12-01"}
    )
    school.clock.forward(days=20)
    school.tick()
    with school.context().begin() as tx:
        take_downs.derive(tx)
    assert open_lines(school) == []


def test_whoever_is_away_is_asked_once_they_are_back(school: School) -> None:
    posted(school)
    away(school, HANA)
    school.clock.forward(days=1)
    withdraw(school)
    assert "TD-1" in message(school, OLU, "Pictures have to come down").text
    assert not [each for each in school.people.inbox(HANA.user_id) if "have to come down" in each.text]
    back(school)
    school.tick()
    assert "TD-1" in message(school, HANA, "Pictures have to come down").text


def test_a_link_to_somebody_elses_account_is_logged_and_said(school: School) -> None:
    shown = check(school).view
    form = school.press(ANN, shown, "Posted").view
    done = school.submit(ANN, form, {"Link or place": "https://y.example/somebody-else/1"})
    assert "PO-1 is logged" in done.text
    assert "leads to another site than the school's account:* https://x.example/huntington" in done.text


@BOTH
@pytest.mark.policy("4.5", "4.6")
def test_a_withdrawal_from_a_later_day_opens_on_that_day(school: School) -> None:
    posted(school)
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn", "From which day": "2026-11-25"})
    assert open_lines(school) == []
    school.clock.forward(days=2)
    school.tick()
    assert "TD-1" in message(school, OLU, "Pictures have to come down").text
    assert len(open_lines(school)) == 2


def test_after_it_was_sent_back_it_is_asked_again_and_told_again(school: School) -> None:
    posted(school)
    withdraw(school)
    tick_off(school, OLU, "TD-1", "Not practicable", {"In words": "A parent has shared it on."})
    sure = school.press(HANA, message(school, HANA, "something cannot be taken down"), "Send back").view
    school.submit(HANA, sure)
    school.deliver()
    before = len(school.people.inbox(OLU.user_id))
    school.clock.forward(days=1, minutes=5)
    school.tick()
    assert len(school.people.inbox(OLU.user_id)) > before
    school.clock.forward(days=1, minutes=5)
    school.tick()
    assert "two days" in message(school, HANA, "Pictures have not come down").text


def test_a_newer_no_takes_the_place_of_an_older_one_and_nothing_says_consent_is_back(school: School) -> None:
    withdraw(school)
    withdraw(school)
    assert "consent is back" not in {outcome for _, outcome in open_lines(school)}
    assert [outcome for _, outcome in open_lines(school)].count("open") == 1


@BOTH
def test_a_withdrawal_and_a_post_at_the_same_moment(school: School) -> None:
    shown = check(school).view
    form = school.press(ANN, shown, "Posted").view
    said = short_form(school)
    entries = {**BY_PHONE, "What may not be used": "Twitter/X"}
    link = {"Link or place": "https://x.example/huntington/5"}
    assert not at_once(lambda: school.submit(OLU, said, entries), lambda: school.submit(ANN, form, link))
    lines = open_lines(school)
    assert len(lines) == 2
    assert {outcome for _, outcome in lines} == {"open"}
