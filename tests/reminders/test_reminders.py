"""The morning digest: one message a person, every due thing told once, done in place, put off, handed over."""

from datetime import UTC, date, datetime

import pytest

from bot.school_file import read_school
from bot.services import reminders
from bot.services.school import setting_up as school_service
from storage import audit
from storage.people import people
from tests.access.test_access import YES, ask, decide
from tests.people import ANN, BEN, HANA, OLU, OZ, Someone
from tests.school import SAMPLE, School
from tests.slack.people import Answer, Sight
from tests.slack.world import Message

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

SILENT = 2  # school days after which somebody is reminded


def quiet(school: School) -> School:
    """A school that keeps neither training nor policy in Lanyard: only requests and the filter remind."""
    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_copy(update={"training": (), "policy": None}).model_dump(mode="json")
    school_service.set_up(school.database, school.clock(), written, settings.holders(), None)
    return school


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests and the filter remind."""
    return quiet(school)


def at(school: School, *instant: int) -> None:
    school.clock.instant = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


def digests(school: School, who: Someone = HANA) -> list[Message]:
    return [message for message in school.people.inbox(who.user_id) if "to do" in message.fallback]


def digest(school: School, who: Someone = HANA) -> Message:
    """The newest one, as it is now."""
    return digests(school, who)[-1]


def silent(school: School, *, requests: int = 1) -> None:
    """Ann asks on Monday, and nobody answers until Wednesday morning."""
    for _ in range(requests):
        ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()


def approved_and_forgotten(school: School) -> None:
    """The filter is still to be changed on Wednesday."""
    ask(school)
    decide(school, HANA, "Approve", YES)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()


def answer_view(answer: Answer) -> str:
    assert answer.view is not None
    return answer.view.text


@pytest.mark.databases("sqlite", "postgresql")
def test_one_digest_a_morning_not_one_message_a_thing(school: School) -> None:
    silent(school, requests=3)
    (message,) = digests(school)
    assert message.fallback == "3 things to do in Lanyard"
    for name in ("AR-1", "AR-2", "AR-3"):
        assert f"*{name} waits for you*, since Mon 23 Nov 2026" in message.text
    assert "volcano" not in message.text
    school.tick()
    at(school, 2026, 11, 25, 13, 0)
    school.tick()
    assert len(digests(school)) == 1


def test_nothing_before_school_or_at_the_weekend_and_what_was_missed_is_caught_up(school: School) -> None:
    ask(school)
    for instant in ((2026, 11, 25, 7, 59), (2026, 11, 25, 17, 0), (2026, 11, 28, 9, 0), (2026, 11, 29, 12, 0)):
        at(school, *instant)
        school.tick()
        assert digests(school) == []
    at(school, 2026, 11, 30, 15, 0)  # Monday afternoon: the bot was down since Wednesday
    school.tick()
    assert len(digests(school)) == 1
    assert "5 days overdue (due Wed 25 Nov 2026)" in digest(school).text


def test_whoever_asked_for_a_site_hears_before_it_closes_and_nobody_else_does(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-12-18"})
    decide(school, HANA, "Approve", YES)
    ask(school, BEN)  # Ben's stays open
    form = school.press(HANA, school.people.message(HANA.user_id, "AR-2 waits"), "Approve").view
    school.submit(HANA, form, YES)
    school.deliver()
    school.press(
        HANA, school.people.message(HANA.user_id, "filter is to be changed because of AR-1"), "Filter is changed"
    )
    at(school, 2026, 12, 3, 8, 0)
    school.tick()
    assert digests(school, ANN) == []
    for day, told in ((4, 1), (14, 1), (15, 2)):  # a fortnight before, and three days
        at(school, 2026, 12, day, 8, 0)
        school.tick()
        assert len(digests(school, ANN)) == told
    said = digest(school, ANN)
    assert "*AR-1*: the site is open until Fri 18 Dec 2026. If you still need it then, please ask again." in said.text
    assert "Hand over" not in said.text
    assert "AR-1: approved" in answer_view(school.press(ANN, said, "Open"))
    assert digests(school, BEN) == []
    assert "the site is open until" not in "".join(message.text for message in digests(school))


def test_a_question_is_for_whoever_asked_and_for_nobody_else(school: School) -> None:
    for number, asker in enumerate((ANN, BEN), 1):
        ask(school, asker)
        form = school.press(HANA, school.people.message(HANA.user_id, f"AR-{number} waits"), "Ask a question").view
        school.submit(HANA, form, {"Your question": "Which lessons?"})
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    for number, asker in enumerate((ANN, BEN), 1):
        said = digest(school, asker)
        assert said.fallback == "1 thing to do in Lanyard"
        assert f"*AR-{number}*: you have been asked a question, since Mon 23 Nov 2026." in said.text
        assert "Which lessons?" in answer_view(school.press(asker, said, "Read and answer"))
        home = school.home(asker).text  # each thing once
        assert f"*AR-{number}*: Hana Rees has asked you a question, since Mon 23 Nov 2026." in home
        assert "you have been asked a question" not in home


def test_overdue_once_a_week(school: School) -> None:
    ask(school)
    for day in range(25, 31):
        at(school, 2026, 11, day, 9, 0)
        school.tick()
    assert len(digests(school)) == 1
    at(school, 2026, 12, 2, 9, 0)
    school.tick()
    assert len(digests(school)) == 2


@pytest.mark.databases("sqlite", "postgresql")
def test_done_in_the_record_is_settled_in_the_digest(school: School) -> None:
    silent(school, requests=2)
    opened = school.press(HANA, digest(school), "Open", near="AR-1").view
    form = school.press(HANA, opened, "Approve").view
    school.submit(HANA, form, YES)
    school.deliver()
    now = digest(school)
    assert now.fallback == "1 thing to do in Lanyard"
    assert "✅ Settled: *AR-1*" in now.text
    assert "*AR-2 waits for you*" in now.text


def test_the_done_button_is_the_features_own(school: School) -> None:
    approved_and_forgotten(school)
    assert "The web filter is still to be changed because of *AR-1*" in digest(school).text
    told = school.press(HANA, digest(school), "Filter is changed")
    assert "nothing has to be changed there" in told.text
    school.deliver()
    message = school.people.message(HANA.user_id, "Settled")
    assert message.fallback == "Nothing to do in Lanyard"


@pytest.mark.databases("sqlite", "postgresql")
def test_put_off_until_tomorrow(school: School) -> None:
    silent(school)
    form = school.press(HANA, digest(school), "Later").view
    assert "Next school day: Thu 26 Nov 2026" in str(form.payload if form else "")
    done = school.submit(HANA, form, {"Remind me again": "Next school day: Thu 26 Nov 2026"})
    school.deliver()
    assert "reminded again on Thu 26 Nov 2026" in answer_view(done)
    assert "Put off until Thu 26 Nov 2026: *AR-1*" in school.people.message(HANA.user_id, "Put off").text
    school.tick()
    (first,) = digests(school)
    assert first.fallback == "Nothing to do in Lanyard"
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    school.tick()
    assert len(digests(school)) == 2
    assert digest(school).fallback == "1 thing to do in Lanyard"


def test_in_a_week_means_a_school_day(school: School) -> None:
    at(school, 2026, 12, 14, 9, 0)
    soon = {
        reminders.Later.TOMORROW: date(2026, 12, 15),
        reminders.Later.NEXT_WEEK: date(2027, 1, 5),  # holidays, and an INSET day
    }
    assert reminders.choices(school.context(), date(2027, 1, 12)) == soon  # a week before it lies among these
    later = reminders.choices(school.context(), date(2027, 2, 26))
    assert later == soon | {reminders.Later.WEEK_BEFORE: date(2027, 2, 12)}  # the last day before half-term


@pytest.mark.databases("sqlite", "postgresql")
def test_handed_over_to_a_colleague_who_may_do_it(school: School) -> None:
    approved_and_forgotten(school)
    form = school.press(HANA, digest(school), "Hand over").view
    assert form is not None
    assert "Ann Teacher" not in str(form.payload)  # she may not change the filter
    done = school.submit(HANA, form, {"Colleague": OLU.name})
    assert f"Handed over to {OLU.name}" in answer_view(done)
    school.deliver()
    assert f"Handed over to {OLU.name}: The web filter" in school.people.message(HANA.user_id, "Handed over").text
    school.tick()
    assert "still to be changed" in digest(school, OLU).text
    told = school.press(OLU, digest(school, OLU), "Filter is changed")
    assert "nothing has to be changed there" in told.text
    with school.database.read() as connection:
        assert "reminders.handed_over" in [action for action, _ in audit.entries(connection, 1)]


def test_a_decision_cannot_be_handed_over(school: School) -> None:
    silent(school)
    assert "Hand over" not in digest(school).text


def test_what_is_overdue_for_long_is_told_to_the_head(school: School) -> None:
    approved_and_forgotten(school)
    form = school.press(HANA, digest(school), "Hand over").view
    school.submit(HANA, form, {"Colleague": OLU.name})
    at(school, 2026, 12, 9, 8, 0)
    school.tick()
    letter = school.people.message(HANA.user_id, "with colleagues:* 1")
    assert "Olu Adeyemi" not in letter.text
    told = answer_view(school.press(HANA, letter, "See who"))
    assert "Olu Adeyemi: The web filter is still to be changed" in told
    assert "(14 days overdue)" in told


def test_fifty_blocks_hold_the_most_overdue_and_a_window_the_rest(school: School) -> None:
    silent(school, requests=30)
    message = digest(school)
    assert message.text.count("waits for you") == 15
    assert message.text.index("*AR-9 waits") < message.text.index("*AR-10 waits")
    everything = school.press(HANA, message, "See all (30)").view
    assert everything is not None
    assert "*AR-30 waits for you*" in everything.text
    assert school.press(HANA, everything, "Later", near="AR-30").view is not None


def test_among_more_than_a_hundred_colleagues_one_types_a_name(school: School) -> None:
    with school.database.begin() as connection:
        for number in range(120):
            email, name = f"s{number}@huntington.example", f"Colleague {number:03}"
            people.add(connection, 1, name=name, checked_at=school.clock(), email=email, account=f"U1{number:04}")
    window = school.press(OLU, school.more(OLU), "Who is away?").view
    assert window is not None
    assert school.suggest(OLU, window, "Colleague who is away", "colleague 11") == [
        f"Colleague 11{n}" for n in range(10)
    ]
    assert school.people.suggestion(OZ.user_id, window, "Colleague who is away", "c", sight=Sight.FORGED).options == []
    after = school.submit(OLU, window, {"Colleague who is away": "Colleague 117", "First day": "2026-11-23"}).view
    assert after is not None
    assert "*Colleague 117*, from Mon 23 Nov 2026 on" in after.text


def test_home_shows_them_live(school: School) -> None:
    silent(school)
    home = school.home(HANA).text
    assert "*AR-1* · Ann Teacher asks for a site, since Mon 23 Nov 2026 · ⏰ Due today" in home
    assert home.count("AR-1") == 1  # each thing once
    assert "due" not in school.home(ANN).text
    assert "Who is away?" in school.more(HANA).text
    assert "Who is away?" not in school.more(ANN).text


def test_whoever_presses_somebody_elses_button_gets_nothing(school: School) -> None:
    approved_and_forgotten(school)
    for who in (ANN, OZ):
        for name in ("Later", "Hand over", "Filter is changed"):
            told = school.press(who, digest(school), name, sight=Sight.FORGED)
            assert "AR-1" not in told.text + (told.view.text if told.view else "")
    form = school.press(HANA, digest(school), "Hand over").view
    told = school.submit(OZ, form, {"Colleague": OLU.name}, sight=Sight.FORGED)
    assert "Handed over" not in told.text + (told.view.text if told.view else "")
    window = school.press(OLU, school.more(OLU), "Who is away?").view
    told = school.submit(
        ANN, window, {"Colleague who is away": HANA.name, "First day": "2026-11-24"}, sight=Sight.FORGED
    )
    with school.database.read() as connection:
        assert "absences.recorded" not in [action for action, _ in audit.entries(connection, 1)]


def test_a_second_press_after_it_is_done_says_so(school: School) -> None:
    approved_and_forgotten(school)
    before = digest(school)
    school.press(HANA, before, "Filter is changed")
    told = school.press(HANA, before, "Later", sight=Sight.AS_SHOWN)
    assert "nothing more to do" in told.text
