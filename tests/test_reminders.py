"""The morning digest: one message a person, every due thing told once, done in place, put off, handed over."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.school_file import read_school
from bot.services import calendar, reminders
from bot.services import school as school_service
from storage import audit, numbers, outbox, people
from storage import reminders as storage
from tests.fake_people import Answer, Sight
from tests.fake_world import Message
from tests.people import ANN, COL, DEV, HANA, OLU, OZ, Someone
from tests.school import SAMPLE, School
from tests.test_access import YES, ask, decide

SILENT = 2  # school days after which somebody is reminded


@pytest.fixture
def school(school: School) -> School:
    """A school that keeps neither training nor policy in Lanyard: only requests and the filter remind."""
    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_copy(update={"training": (), "policy": None}).model_dump(mode="json")
    school_service.set_up(school.database, school.clock(), written, settings.holders(), None)
    return school


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


def test_one_digest_a_morning_not_one_message_a_thing(school: School) -> None:
    silent(school, requests=3)
    (message,) = digests(school)
    assert message.fallback == "3 things to do in Lanyard"
    for name in ("AR-1", "AR-2", "AR-3"):
        assert f"*{name}* still waits for a decision, since Mon 23 Nov 2026" in message.text
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


def test_overdue_once_a_week(school: School) -> None:
    ask(school)
    for day in range(25, 31):
        at(school, 2026, 11, day, 9, 0)
        school.tick()
    assert len(digests(school)) == 1
    at(school, 2026, 12, 2, 9, 0)
    school.tick()
    assert len(digests(school)) == 2


def test_done_in_the_record_is_settled_in_the_digest(school: School) -> None:
    silent(school, requests=2)
    opened = school.press(HANA, digest(school), "Open", near="AR-1").view
    form = school.press(HANA, opened, "Approve").view
    school.submit(HANA, form, YES)
    school.deliver()
    now = digest(school)
    assert now.fallback == "1 thing to do in Lanyard"
    assert "✅ Settled: *AR-1*" in now.text
    assert "*AR-2* still waits" in now.text


def test_the_done_button_is_the_features_own(school: School) -> None:
    approved_and_forgotten(school)
    assert "The web filter is still to be changed because of *AR-1*" in digest(school).text
    told = school.press(HANA, digest(school), "Filter is changed")
    assert "nothing has to be changed there" in told.text
    school.deliver()
    message = school.people.message(HANA.user_id, "Settled")
    assert message.fallback == "Nothing to do in Lanyard"


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
    assert reminders.choices(school.context()) == {
        reminders.Later.TOMORROW: datetime(2026, 12, 15, tzinfo=UTC).date(),
        reminders.Later.NEXT_WEEK: datetime(2027, 1, 5, tzinfo=UTC).date(),  # holidays, and an INSET day
    }


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


def away(school: School, who: Someone, first: str = "2026-11-23") -> None:
    view = school.press(OLU, school.home(OLU), "Who is away?").view
    after = school.submit(OLU, view, {"Colleague who is away": who.name, "First day": first}).view
    assert after is not None
    assert f"*{who.name}*, from " in after.text


def back(school: School) -> None:
    view = school.press(OLU, school.home(OLU), "Who is away?").view
    after = school.press(OLU, view, "Is back").view
    assert after is not None
    assert "Nobody is written down" in after.text


def test_who_is_on_long_absence_is_skipped_listed_and_told_on_return(school: School) -> None:
    ask(school)
    decide(school, HANA, "Ask a question", {"Your question": "Which lessons?"})
    away(school, ANN, "2026-11-24")
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert digests(school, ANN) == []
    letter = school.people.message(HANA.user_id, "on leave")
    assert "Ann Teacher" not in letter.text  # who is away is not for the message history
    assert "Ann Teacher: *AR-1*, your request" in answer_view(school.press(HANA, letter, "See who"))
    at(school, 2026, 11, 26, 10, 0)
    back(school)
    school.tick()
    assert "*AR-1*, your request: a question waits" in digest(school, ANN).text


def test_what_somebody_away_would_decide_the_next_in_line_decides(school: School) -> None:
    ask(school)
    away(school, HANA)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert digests(school) == []
    assert "*AR-1* still waits for a decision" in digest(school, DEV).text
    assert "on leave" not in digest(school, DEV).text  # the very same thing is not told twice
    assert digests(school, COL) == []
    form = school.press(DEV, school.press(DEV, digest(school, DEV), "Open").view, "Approve").view
    school.submit(DEV, form, {**YES, "Signature": DEV.name})
    school.deliver()
    assert "✅ Settled: *AR-1*" in school.people.message(DEV.user_id, "Settled").text


def test_with_head_and_deputy_away_the_chair_is_asked_and_all_are_told_on_return(school: School) -> None:
    ask(school)
    away(school, HANA)
    away(school, DEV)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "*AR-1* still waits for a decision" in digest(school, COL).text
    away(school, COL)
    at(school, 2026, 12, 2, 8, 0)
    school.tick()
    assert len(digests(school, COL)) == 1
    assert digests(school, HANA) + digests(school, DEV) == []
    view = school.press(OLU, school.home(OLU), "Who is away?").view
    school.press(OLU, view, "Is back", near=HANA.name)
    at(school, 2026, 12, 3, 8, 0)
    school.tick()
    assert "*AR-1* still waits for a decision" in digest(school).text


def test_a_filter_whose_keeper_is_away_is_changed_by_the_next(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    away(school, HANA)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert not any("filter is still to be changed because" in each.text for each in school.people.inbox(HANA.user_id))
    told = school.press(DEV, digest(school, DEV), "Filter is changed")
    assert "nothing has to be changed there" in told.text


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"Colleague who is away": HANA.name, "First day": "2026-11-24", "Last day": "2026-11-20"}, "last"),
        ({"Colleague who is away": HANA.name, "First day": "2062-11-24"}, "first"),
    ],
)
def test_an_absence_that_cannot_be(school: School, entries: dict[str, str], field: str) -> None:
    view = school.press(OLU, school.home(OLU), "Who is away?").view
    assert field in school.submit(OLU, view, entries).errors


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
    assert message.text.count("still waits") == 15
    assert message.text.index("*AR-9* still") < message.text.index("*AR-10* still")
    everything = school.press(HANA, message, "See all (30)").view
    assert everything is not None
    assert "*AR-30* still" in everything.text
    assert school.press(HANA, everything, "Later", near="AR-30").view is not None


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_among_more_than_a_hundred_colleagues_one_types_a_name(school: School) -> None:
    with school.database.begin() as connection:
        for number in range(120):
            email, name = f"s{number}@huntington.example", f"Colleague {number:03}"
            people.add(connection, 1, name=name, checked_at=school.clock(), email=email, slack_user=f"U1{number:04}")
    window = school.press(OLU, school.home(OLU), "Who is away?").view
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
    assert "*Reminders* (1)" in school.home(HANA).text
    assert "Reminders" not in school.home(ANN).text
    assert "Who is away?" not in school.home(ANN).text


def test_whoever_presses_somebody_elses_button_gets_nothing(school: School) -> None:
    approved_and_forgotten(school)
    for who in (ANN, OZ):
        for name in ("Later", "Hand over", "Filter is changed"):
            told = school.press(who, digest(school), name, sight=Sight.FORGED)
            assert "AR-1" not in told.text + (told.view.text if told.view else "")
    form = school.press(HANA, digest(school), "Hand over").view
    told = school.submit(OZ, form, {"Colleague": OLU.name}, sight=Sight.FORGED)
    assert "Handed over" not in told.text + (told.view.text if told.view else "")
    window = school.press(OLU, school.home(OLU), "Who is away?").view
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


def test_two_ticks_at_once_tell_once(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    ready, done = threading.Barrier(4), []

    def tick() -> None:
        ready.wait()
        done.append(reminders.morning(school.context()))

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.people for each in done) == [0, 0, 0, 1]
    with school.database.read() as connection:
        rows = connection.execute(outbox.outbox.select().where(outbox.outbox.c.notice == "reminders.digest")).all()
        told = connection.execute(storage.told.select()).all()
    assert len(rows) == 1
    assert sorted(each.feature for each in told) == ["access", "monday"]  # the week comes with the first of it


def test_a_digest_that_slack_did_not_take_comes_with_the_next_ones_things(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.fail_next("conversations.open", status=503, times=100)
    school.tick()  # told in the tables, but Slack is out
    school.slack.stop_failing("conversations.open")
    at(school, 2026, 11, 25, 20, 0)
    school.deliver()
    assert digests(school) == []
    ask(school)
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    (message,) = digests(school)  # one, with what came due meanwhile
    assert message.fallback == "2 things to do in Lanyard"


def closes(school: School, *days: str) -> None:
    """Lanyard learns of days without school, as by an import."""
    rows = "".join(f"inset,{day},{day},\n" for day in days)
    calendar.apply(school.context(), "days.csv", f"type,start,end,title\n{rows}".encode())


def test_a_new_inset_day_moves_the_day_and_tells_nothing_twice(school: School) -> None:
    silent(school)  # told on Wednesday, the second school day
    closes(school, "2026-11-25")
    for day in (26, 27, 30):
        at(school, 2026, 11, day, 8, 0)
        school.tick()
    at(school, 2026, 12, 2, 8, 0)  # a week after it was told; but it is due on Thursday by now
    school.tick()
    assert len(digests(school)) == 1
    at(school, 2026, 12, 3, 8, 0)
    school.tick()
    at(school, 2026, 12, 4, 8, 0)
    school.tick()
    assert len(digests(school)) == 2
    with school.database.read() as connection:  # nothing was begun that nobody needs
        begun = connection.execute(select(numbers.number.c.last).where(numbers.number.c.kind == "RD")).scalar_one()
        assert begun == len({each.digest for each in connection.execute(storage.told.select())})


def test_a_term_that_ends_later_does_not_announce_the_review_again(school: School) -> None:
    def spring_ends(last_day: str) -> None:
        rows = f"term,2026-09-02,2026-12-18,Autumn\nterm,2027-01-05,{last_day},Spring\n"
        calendar.apply(school.context(), "terms.csv", f"type,start,end,title\n{rows}".encode())

    def announced() -> int:
        with school.database.read() as connection:
            return sum(each.feature == "policy" for each in connection.execute(storage.told.select()))

    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_dump(mode="json") | {"training": []}
    written["policy"] |= {"next_review": "Spring 2027", "remind_before_days": [90]}
    school_service.set_up(school.database, school.clock(), written, settings.holders(), None)
    spring_ends("2027-03-25")
    at(school, 2027, 1, 11, 8, 0)
    school.tick()
    once = announced()
    assert once > 0
    spring_ends("2027-03-24")
    at(school, 2027, 1, 12, 8, 0)
    school.tick()
    assert announced() == once


def as_it_was(school: School, was: str = "20261125") -> None:
    """What older versions wrote: everything is known by the day it is due."""
    with school.database.begin() as connection:
        for table, names in (
            (storage.told, ("told_key", "reference")),
            (storage.put_off, ("reference",)),
            (storage.hand_over, ("reference",)),
        ):
            values = {name: func.replace(table.c[name], "from20261123", was) for name in names}
            connection.execute(table.update().values(values))


def test_what_an_older_version_told_is_not_told_again(school: School) -> None:
    silent(school)
    as_it_was(school)
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    (message,) = digests(school)
    form = school.press(HANA, message, "Later").view  # the button of the old message
    school.submit(HANA, form, {"Remind me again": "Next school day: Fri 27 Nov 2026"})
    school.deliver()
    assert "Put off until Fri 27 Nov 2026: *AR-1*" in school.people.message(HANA.user_id, "Put off").text
    as_it_was(school)
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    assert len(digests(school)) == 2
    as_it_was(school)
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    assert len(digests(school)) == 2
    at(school, 2026, 12, 2, 8, 0)  # and the next stage comes all the same
    school.tick()
    assert len(digests(school)) == 3


def test_what_was_handed_over_in_an_older_version_stays_there(school: School) -> None:
    approved_and_forgotten(school)
    form = school.press(HANA, digest(school), "Hand over").view
    school.submit(HANA, form, {"Colleague": OLU.name})
    as_it_was(school)
    school.tick()
    assert "still to be changed" in digest(school, OLU).text
    at(school, 2026, 12, 2, 8, 0)
    school.tick()
    with school.database.read() as connection:
        told = [each for each in connection.execute(storage.told.select()) if each.feature == "register"]
    readers = {each.reader_id: sum(other.reader_id == each.reader_id for other in told) for each in told}
    assert sorted(readers.values()) == [1, 2]  # Hana before, Olu since
    assert "still to be changed" in digest(school, OLU).text


def test_what_was_in_a_digest_that_slack_never_took_is_told_the_next_morning_once(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    for hour in (8, 9, 15):  # not again on the same day
        at(school, 2026, 11, 25, hour, 0)
        school.tick()
    assert digests(school) == []
    at(school, 2026, 11, 26, 8, 0)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    school.tick()
    assert digests(school) == []
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    assert "*AR-1* still waits for a decision" in digest(school).text
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    assert len(digests(school)) == 1
    with school.database.read() as connection:
        lost = [notice for notice, _, _ in outbox.undelivered(connection, 1)]
        assert lost == ["reminders.digest"] * 2
        assert [action for action, _ in audit.entries(connection, 1)].count("outbox.given_up") == 2


def test_what_was_read_is_not_told_again_when_its_message_cannot_be_changed(school: School) -> None:
    silent(school, requests=2)
    school.slack.fail_next("chat.update", error="channel_not_found", times=100)
    form = school.press(HANA, digest(school), "Later", near="AR-1").view
    school.submit(HANA, form, {"Remind me again": "Next school day: Thu 26 Nov 2026"})
    school.deliver()
    school.slack.stop_failing("chat.update")
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    assert digest(school).fallback == "1 thing to do in Lanyard"
    assert len(digests(school)) == 2


def test_the_digest_of_who_has_left_goes_to_the_next_in_line(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.change_user(HANA.user_id, deleted=True)
    school.tick()
    school.deliver()
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    assert "*AR-1* still waits for a decision" in digest(school, DEV).text
