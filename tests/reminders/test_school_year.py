"""A winter, tick by tick: every reminder is sent once, on a school day, in working hours. `make soak`: the whole year.

The timetable runs in the mornings, at night, at weekends and in the holidays, some ticks twice, some after the clock
was set back; for a week it is down, in a whole year twice. Whatever `reminders.SOURCES` hold is checked: a new source
needs only something in `happenings` that makes it speak, and its name in `SPEAK`.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import jobs
from bot.rules.access import Event, State
from bot.rules.reminders import week as monday
from bot.rules.school import Role
from bot.services import relays
from bot.services.access import requests
from bot.services.features import FEATURES, tellings
from bot.services.filter import register
from bot.services.policy import acknowledgement, documents, reviews
from bot.services.school import housekeeping
from bot.services.training import register as training_register
from storage import records
from storage.engine import Database
from storage.filter import register as register_storage
from storage.outbox import outcomes, queue
from storage.outbox import reminders as storage
from tests import policies
from tests.people import ANN, BEN, CARA, HANA, OLU, Someone
from tests.relays.outside import FAY, hold
from tests.running.test_serve import Machine
from tests.school import School, acting

ZONE = ZoneInfo("Europe/London")
OUTAGES = [(date(2026, 11, 9), date(2026, 11, 15)), (date(2027, 3, 1), date(2027, 3, 7))]
# The last one but one: the machine's clock was set back.
ON_SCHOOL_DAYS = [time(7, 59), time(8), time(8), time(12, 10), time(8, 5), time(22)]
ON_OTHER_DAYS = [time(1, 30), time(10)]  # 01:30 comes twice in the night in which the clocks go back
FIELDS = {"url": "https://volcano.example", "content": "Volcanoes.", "reasons": "Year 3.", "risks": "None that I see."}

SPEAK = {"access", "acknowledgement", "monday", "policy", "register", "relays", "training"}  # whoever has to remind
SECONDS = 4  # after a tick, in which messages are sent

Happening = tuple[datetime, Callable[[School], object]]


class Play(NamedTuple):
    """So many days, and when in them something happens."""

    first: date
    last: date
    trained: date
    new_policy: date
    bought_in: date
    tells: date
    every: int  # so many days somebody asks for a site


# Both have a holiday, the night in which the clocks go back, an outage, and something of every source.
WINTER = Play(
    first=date(2026, 10, 19),
    last=date(2027, 1, 31),
    trained=date(2027, 1, 4),
    new_policy=date(2027, 1, 11),
    bought_in=date(2026, 11, 30),
    tells=date(2027, 1, 18),
    every=6,
)
YEAR = Play(
    first=date(2026, 9, 1),
    last=date(2027, 7, 31),
    trained=date(2027, 1, 4),
    new_policy=date(2027, 1, 11),
    bought_in=date(2027, 5, 10),
    tells=date(2027, 6, 14),
    every=9,
)


def local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def ask(number: int) -> Callable[[School], object]:
    return lambda school: requests.ask(acting(school, ANN), FIELDS, form_id=f"form {number}")


def decide(number: int, event: Event) -> Callable[[School], object]:
    def decided(school: School) -> object:
        with school.database.read() as connection:
            found = records.get(connection, 1, "AR", number)
        assert found is not None
        signed, shown = {"reasons": "Looked at.", "signature": HANA.name}, {"shown_for": found.state}
        return requests.act(
            acting(school, HANA), number, event, signed, token=found.token, **shown, look_twice=lambda _: None
        )

    return decided


def apply(number: int) -> Callable[[School], object]:
    def applied(school: School) -> object:
        with school.database.read() as connection:
            waiting = {each.number: each.state for each in register_storage.of_records(connection, 1, {f"AR-{number}"})}
        return register.confirm(acting(school, HANA), waiting)

    return applied


def inset_day(school: School) -> object:
    """Everybody is trained at once."""
    hana = acting(school, HANA)
    everybody = [each.person_id for each in training_register.colleagues(hana)]
    fields = {"done_on": school.clock().date().isoformat(), "provider": "The trust"}
    return [
        training_register.record_several(hana, key, everybody, fields, form_id=f"inset {key}")
        for key in ("online-safety", "at-risk")
    ]


def new_policy(school: School) -> object:
    """A new version is in force, and everybody is asked to read it."""
    approved = school.clock().date() - timedelta(days=3)
    return documents.import_document(
        school.context(), policies.text().encode(), label=f"{approved:%Y-%m}", approved_on=approved
    )


def reads(who: Someone) -> Callable[[School], object]:
    return lambda school: acknowledgement.acknowledge(acting(school, who), 1)


def bought_in(school: School) -> object:
    """The data protection officer has no account from now on, and has to sign the review."""
    hold(school, {Role.DATA_PROTECTION_OFFICER: (FAY,)})
    return reviews.open_review(acting(school, HANA))


def tells(school: School) -> object:
    """The office has phoned, at last."""
    today = school.clock().date().isoformat()
    return relays.tell(acting(school, OLU), tellings, 1, {"how": "phone", "day": today, "time": "09:00"})


def happenings(play: Play) -> Iterator[Happening]:
    """What people do meanwhile; requests that are answered soon, late and never, filters that are forgotten."""
    yield local(play.bought_in, time(13)), bought_in
    yield local(play.tells, time(13)), tells
    yield local(play.trained, time(13)), inset_day
    yield local(play.new_policy, time(13)), new_policy
    for days, who in ((1, HANA), (6, ANN), (21, BEN), (46, CARA)):  # the others never do
        yield local(play.new_policy + timedelta(days=days), time(15)), reads(who)
    asked = [play.first + timedelta(days=number) for number in range(0, (play.last - play.first).days - 40, play.every)]
    for number, day in enumerate(asked, 1):
        yield local(day, time(13)), ask(number)
        answered = day + timedelta(days=number * 7 % 40)
        if number % 5:
            event = Event.APPROVE if number % 2 else Event.REJECT
            yield local(answered, time(14)), decide(number, event)
            if event is Event.APPROVE:
                yield local(answered + timedelta(days=number % 23), time(15)), apply(number)


def ticks(school: School, play: Play) -> Iterator[datetime]:
    calendar = school.context().school.calendar
    for day in (play.first + timedelta(days=number) for number in range((play.last - play.first).days + 1)):
        if not any(first <= day <= last for first, last in OUTAGES):
            hours = ON_SCHOOL_DAYS if calendar.is_school_day(day) else ON_OTHER_DAYS
            yield from (local(day, hour) for hour in hours)


def due_now(school: School) -> set[str]:
    """What is to be told by this instant."""
    head = acting(school, HANA).person.person_id
    with school.context().begin() as tx:
        items = [item for feature in FEATURES for item in feature.due_items(tx, None)]
    items = [item for item in items if not item.stage.is_quiet]
    late = [item for item in items if item.stage.escalated and item.person_id != head and not item.is_private]
    week = {each.told_key for each in monday.lines([head], tx.school.calendar, tx.today)}
    return {item.told_key for item in items} | {f"{item.told_key}-escalated-{head}" for item in late} | week


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # what is due does not hang on the database
@pytest.mark.parametrize(
    "play", [pytest.param(WINTER, id="winter"), pytest.param(YEAR, id="year", marks=pytest.mark.soak)]
)
def test_every_reminder_is_sent_once_on_a_school_day_in_working_hours(school: School, play: Play) -> None:
    calendar, ahead = school.context().school.calendar, sorted(happenings(play), key=lambda each: each[0])
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    expected: set[str] = set()
    for tick in ticks(school, play):
        while ahead and ahead[0][0] <= tick:
            school.clock.instant, happens = ahead.pop(0)
            happens(school)
        school.clock.instant = tick
        if calendar.is_open(tick):
            expected |= due_now(school)
        assert not any(jobs.FAILED in line for line in jobs.tick(school.database, lambda _zone: school.clock()))
        for _ in range(SECONDS if calendar.is_open(tick) else 1):  # a conversation takes one message a second
            school.bot.sender.deliver()
            school.clock.forward(seconds=1)
    with school.database.read() as connection:
        rows = connection.execute(storage.told.select()).all()
        states = list(connection.execute(select(records.record.c.state)).scalars())
    assert {row.told_key for row in rows} == expected
    assert {row.feature for row in rows} == SPEAK
    assert len(rows) > 100
    assert sum(row.feature == "relays" for row in rows) > 20
    assert {State.AWAITING_REVIEW, State.APPROVED, State.REJECTED} <= set(states)
    assert all(calendar.is_open(row.told_at) for row in rows)
    _sent_once(school, {(row.reader_id, row.digest): row.told_at for row in rows})


def _sent_once(school: School, told: dict[tuple[int, int], datetime]) -> None:
    """What Slack holds are exactly these digests: one a person and day, within working hours."""
    calendar, posted = school.context().school.calendar, Counter[tuple[str, date]]()
    keys = Counter[str]()
    with school.database.read() as connection:
        queued = connection.execute(select(queue.outbox.c.key)).scalars()
        digests = {school.database.sealing.mark(key) for key in queued if key.startswith("reminders.digest-")}
    for channel in school.slack.channels:
        for message in school.slack.history(channel):
            key = str(((message.metadata or {}).get("event_payload") or {}).get("key"))
            if key in digests:
                instant = datetime.fromtimestamp(float(message.ts), UTC)
                assert calendar.is_open(instant), instant
                posted[channel, instant.astimezone(ZONE).date()] += 1
                keys[key] += 1
    assert set(posted.values()) == {1}
    assert set(keys.values()) == {1}
    assert len(keys) == len(told)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_two_processes_tick_at_once_and_send_once(school: School, tmp_path: Path) -> None:
    for number in range(1, 6):
        ask(number)(school)
    machine = Machine(tmp_path, school.slack)
    url = school.database.url.render_as_string(hide_password=False)
    environment = machine.environment | {"DATABASE_URL": url}
    command = [sys.executable, "-m", "bot", "tick", "--at", "2026-11-25T08:00"]
    running = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum("0 people reminded of 0 things" in each for each in said) == 2
    with school.database.read() as connection:
        assert outcomes.waiting(connection) == 0  # each of the several messages to one person, too
    told = [each.text for each in school.people.inbox(HANA.user_id) if "to do in Lanyard" in each.fallback]
    assert len(told) == 1
    assert all(f"*AR-{number} waits for you*" in told[0] for number in range(1, 6))
    digests = _digests(school.database)
    assert len(digests) == len(set(digests))  # each person has one


def _digests(database: Database) -> list[int]:
    with database.read() as connection:
        notices = connection.execute(queue.outbox.select()).all()
    return [row.person_id for row in notices if row.notice == "reminders.digest"]
