"""Invents a school's paper: requests, their steps, messages and audit entries, as they look after years of use."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert, text, update

from bot.notices import Notice
from bot.rules import access, content
from bot.rules.access import Event, State
from bot.rules.content import State as ReportState
from bot.rules.filter.places import places
from bot.rules.filter.register import Kind
from bot.rules.filter.register import State as EntryState
from storage.access import access_form
from storage.audit import audit
from storage.content import content_form
from storage.engine import Database
from storage.filter.register import entry
from storage.numbers import number as numbers
from storage.outbox.queue import SENT, WAITING, outbox
from storage.people.people import person
from storage.records import record, step
from storage.sealing import Purpose, Sealing
from storage.spine.record_search import record_address
from storage.spine.record_texts import belongs, record_text
from tests.bench.places import MONDAY

LINES_BEFORE = 2  # of the filter, from school.toml
TOKEN = "invented"
AT_ONCE = 20_000  # rows in one go
WEEKLY = 100  # records of each kind
Row = dict[str, Any]
WORDS = {
    "content": "A live camera on a volcano, with a map of where the lava is.",
    "reasons": "Year 3 watches volcanoes this half term.",
    "risks": "Comments below the film: shown full screen, for the teacher only.",
}


def fill_records(database: Database, records: int, *, asker_id: int, decider_id: int) -> None:
    """Write so many requests and as many reports of school 1, each with its steps, messages and audit entries.

    The last hundred of each still wait; all others were decided and are done with. A hundred came in each week.
    """
    done = records - 100
    ages = [(number, age_of(records - number)) for number in range(1, records + 1)]
    write(database, record, (_request(number, age, number > done, asker_id) for number, age in ages))
    write(database, access_form, (_asked(number, number) for number, _ in ages))
    write(database, record_address, (each for number, _ in ages for each in _places(number, _site(number))))
    write(database, step, (_step(number, age, decider_id) for number, age in ages[:done]))
    write(database, entry, (_line(number, decider_id) for number in range(1, done + 1)))
    fill_reports(database, records, asker_id=asker_id, decider_id=decider_id, after=records)
    people = {Notice.ACCESS_STANDS: asker_id, Notice.ACCESS_WAITS: decider_id}
    told = [(number, notice, who) for number in range(1, records + 1) for notice, who in people.items()]
    write(database, outbox, (_message(1, number, notice, who, SENT) for number, notice, who in told))
    write(database, audit, (_entry(seq, asker_id) for seq in range(1001, 1001 + 2 * records)))
    write(database, numbers, ({"school_id": 1, "kind": kind, "last": records} for kind in ("AR", "CR")))
    with database.begin() as connection:
        connection.execute(update(numbers).where(numbers.c.kind == "FE").values(last=LINES_BEFORE + done))
    as_after_a_while(database)


def fill_requests(database: Database, requests: int, *, asker_id: int, after: int) -> None:
    """Write so many decided requests of school 1: every second one for a page of one and the same site.

    `after`: how many records there are.
    """
    ages = [(number, age_of(requests - number)) for number in range(1, requests + 1)]
    write(database, record, (_request(after + number, age, False, asker_id, number) for number, age in ages))
    urls = {number: f"https://www.shared.example/{number}" if number % 2 else _site(number) for number, _ in ages}
    write(database, access_form, (_asked(after + number, number) | {"url": url} for number, url in urls.items()))
    write(database, record_address, (each for number, url in urls.items() for each in _places(after + number, url)))


def fill_reports(database: Database, reports: int, *, asker_id: int, decider_id: int, after: int) -> None:
    """Write so many reports of school 1, the last hundred still waiting. `after`: how many records there are."""
    done = reports - 100
    ages = [(number, age_of(reports - number)) for number in range(1, reports + 1)]
    write(database, record, (_report(after + number, number, age, number > done, asker_id) for number, age in ages))
    write(database, content_form, (_form(after + number, number) for number, _ in ages))
    write(database, record_address, (each for number, _ in ages for each in _places(after + number, _site(number))))
    write(database, step, (_completion(after + number, age, decider_id) for number, age in ages[:done]))
    texts = (text for number, _ in ages for text in _texts(after + number, number > done, database.sealing))
    write(database, record_text, texts)


def fill_queue(database: Database, schools: Sequence[int], people: int, each: int) -> list[tuple[int, str]]:
    """Write messages that wait to be sent: so many for each of so many people of each school, person after person.

    Each tells its reader how a request of theirs stands. Returns (school, Slack account) of everybody.
    """
    known = [(school, school * 100_000 + place) for school in schools for place in range(people)]
    write(database, person, (_person(school, person_id) for school, person_id in known))
    asked = [
        (school, who, place * each + turn + 1)
        for school in schools
        for place, who in enumerate(who for home, who in known if home == school)
        for turn in range(each)
    ]
    ids = [(record_id, *each) for record_id, each in enumerate(asked, 1)]
    rows = (_request(at, age_of(0), True, who, number) | {"school_id": school} for at, school, who, number in ids)
    write(database, record, rows)
    write(database, access_form, (_asked(at, number) | {"school_id": school} for at, school, _, number in ids))
    write(database, outbox, (_message(school, n, Notice.ACCESS_STANDS, who, WAITING) for school, who, n in asked))
    as_after_a_while(database)
    return [(school, _account(person_id)) for school, person_id in known]


def write(database: Database, table: Table, rows: Iterable[Row]) -> None:
    """Insert many rows, in transactions of a bearable size."""
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        with database.begin() as connection:
            # What comes back is not needed; asked for it, SQLAlchemy sends a thousand rows in one statement.
            connection.execute(insert(table).returning(*table.primary_key), some)


def as_after_a_while(database: Database) -> None:
    if database.url.get_backend_name() == "postgresql":
        with database.reading.connect() as connection:
            for table in (record, step):  # rows were written with numbers of ours
                last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
                connection.execute(text(last))
            connection.execute(text("VACUUM ANALYZE"))  # what the server does by itself within minutes


def age_of(newer: int) -> timedelta:
    """Return how long ago a record came in that so many have followed."""
    return timedelta(weeks=1) / WEEKLY * newer + timedelta(minutes=10)


def _account(person_id: int) -> str:
    return f"U0P{person_id}"


def _person(school_id: int, person_id: int) -> Row:
    known = {"id": person_id, "school_id": school_id, "email": f"p{person_id}@school.example", "checked_at": MONDAY}
    return {**known, "name": f"Teacher {person_id}", "account": _account(person_id)}


def _request(record_id: int, age: timedelta, waits: bool, asker_id: int, number: int = 0) -> Row:
    at = MONDAY - age
    return {
        "id": record_id,
        "school_id": 1,
        "kind": access.KIND,
        "number": number or record_id,
        "procedure": access.PROCEDURE.name,
        "state": State.AWAITING_REVIEW if waits else State.APPROVED,
        "version": 1,
        "asker_id": asker_id,
        "asked_at": at,
        "waits_since": at,
        "origin": f"invented:{record_id}",
        "token": TOKEN,
    }


def _site(number: int) -> str:
    return f"https://site-{number}.example/"


def _places(record_id: int, url: str) -> Iterator[Row]:
    return ({"record_id": record_id, "school_id": 1, "place": place} for place in places(url))


def _asked(record_id: int, number: int) -> Row:
    return {
        "record_id": record_id,
        "school_id": 1,
        "url": _site(number),
        "until": None,
        **WORDS,
    }


def _step(record_id: int, age: timedelta, decider_id: int) -> Row:
    taken = {
        "school_id": 1,
        "record_id": record_id,
        "event": Event.APPROVE_FOR_BOTH,
        "came_from": State.AWAITING_REVIEW,
    }
    signed = {"words": WORDS["reasons"], "signature": "Hana Rees"}
    return {**taken, "id": record_id, "person_id": decider_id, "at": MONDAY - age, **signed}


def _line(number: int, decider_id: int) -> Row:
    told = {
        "kind": Kind.ALLOWED,
        "entry": f"site-{number}.example",
        "record": f"AR-{number}",
        "state": EntryState.APPLIED,
    }
    days = {"decided_on": MONDAY.date(), "since": MONDAY.date(), "applied_on": MONDAY.date()}
    return {
        "school_id": 1,
        "number": LINES_BEFORE + number,
        "reason": WORDS["reasons"],
        "decided_by": decider_id,
        **told,
        **days,
    }


def _report(record_id: int, number: int, age: timedelta, waits: bool, reporter_id: int) -> Row:
    at = MONDAY - age
    return {
        "id": record_id,
        "school_id": 1,
        "kind": content.KIND,
        "number": number,
        "procedure": content.USUAL.name,
        "state": ReportState.AWAITING_ACTION if waits else ReportState.COMPLETED,
        "version": 1 if waits else 2,
        "asker_id": reporter_id,
        "asked_at": at,
        "waits_since": at,
        "origin": f"invented:{record_id}",
        "token": TOKEN,
    }


def _form(record_id: int, number: int) -> Row:
    told = {"about": content.About.PUPIL, "perhaps_illegal": False, "urls": [_site(number)]}
    return {"record_id": record_id, "school_id": 1, **told}


def _completion(record_id: int, age: timedelta, decider_id: int) -> Row:
    taken = {"event": content.Event.COMPLETE, "came_from": ReportState.AWAITING_ACTION, "words": ""}
    who = {"person_id": decider_id, "at": MONDAY - age, "signature": "Hana Rees"}
    return {"id": record_id, "school_id": 1, "record_id": record_id, **taken, **who}


def _texts(record_id: int, waits: bool, sealing: Sealing) -> Iterator[Row]:
    written = {("nature", 0): WORDS["content"]}
    if not waits:
        written["words", record_id] = "Blocked."
    for (name, step_id), words in written.items():
        sealed = sealing.seal(Purpose.TEXTS, words.encode(), belongs(1, record_id, step_id, name))
        yield {"school_id": 1, "record_id": record_id, "step_id": step_id or None, "name": name, "sealed": sealed}


def _message(school_id: int, number: int, notice: Notice, person_id: int, state: str) -> Row:
    sent = {"conversation": f"D0{person_id}", "message": f"1795424400.{number:06}", "shown": 1} if state == SENT else {}
    return {
        "school_id": school_id,
        "key": f"{notice}-{number}-{person_id}-",
        "notice": notice,
        "record": number,
        "person_id": person_id,
        "state": state,
        "not_before": MONDAY,
        "attempts": 0,
        "wanted": 1,
        "conversation": None,
        "message": None,
        "shown": 0,
        **sent,
    }


def _entry(seq: int, actor_id: int) -> Row:
    told = {"action": "access.asked", "record": f"AR-{seq}", "seal": f"{seq:064x}"}
    return {"school_id": 1, "seq": seq, "at": MONDAY, "actor_id": actor_id, **told}


def waiting_numbers(records: int) -> Iterator[int]:
    """Return the numbers of the requests that wait, over and over."""
    while True:
        yield from range(records - 99, records + 1)
