"""What reports say is sealed, and found by whoever may see it, with an honest word on how far was looked (§7.3)."""

import pytest
from sqlalchemy import select

from bot.errors import Misconfigured
from bot.services import content, search
from bot.services.records import ANY_BUTTON
from storage import audit, records
from storage.sealing import Sealing
from storage.spine import record_tasks
from storage.spine.record_texts import record_text
from tests.content.test_content import DONE, report, shown
from tests.front.test_search import narrowed, opened
from tests.people import ANN, BEN, HANA
from tests.school import School, acting
from tests.slack.people import Forged, Sight


def done(school: School, name: str = "CR-4526") -> None:
    form = school.press(HANA, school.people.message(HANA.user_id, f"{name} waits"), "Open and complete").view
    school.submit(HANA, form, DONE)
    school.deliver()


def test_nothing_of_it_stands_in_the_database_in_the_clear(school: School) -> None:
    report(school, **{"Name of individual": "Kit Smith"})  # type: ignore[arg-type]
    done(school)
    with school.database.read() as connection:
        sealed = connection.execute(select(record_text.c.name, record_text.c.sealed)).all()
        steps = connection.execute(select(records.step.c.words)).scalars().all()
    assert {row.name for row in sealed} == {"individual", "nature", "words"}
    assert not any(word in row.sealed for row in sealed for word in (b"violent", b"Kit", b"blocked"))
    assert steps == [""]


@pytest.mark.parametrize("words", ["violent", "VIOLENT game", "spoke", "worse.example ann"])
def test_words_in_it_are_found_by_opening(school: School, words: str) -> None:
    report(school)
    done(school)
    text = narrowed(school, HANA, opened(school, HANA), Words=words).text
    assert "*CR-4526*" in text
    assert "Nothing matches" in narrowed(school, HANA, opened(school, HANA), Words="peaceful").text


def test_where_there_are_more_than_are_opened_it_says_so(school: School) -> None:
    report(school)
    with school.database.begin() as connection:
        found = records.get(connection, 1, "CR", 4526)
        assert found is not None
        row = {"school_id": 1, "kind": "CR", "procedure": "content", "state": "completed", "version": 1}
        row |= {"asker_id": found.asker_id, "asked_at": found.asked_at, "waits_since": found.asked_at, "token": "t"}
        more = [{**row, "number": 10_000 + n, "origin": f"many {n}"} for n in range(content.MOST_OPENED)]
        connection.execute(records.record.insert(), more)
        form = {"school_id": 1, "about": "pupil", "perhaps_illegal": False, "urls": []}
        ids = connection.execute(select(records.record.c.id).where(records.record.c.number >= 10_000)).scalars()
        from storage.content import content_form

        connection.execute(content_form.insert(), [{**form, "record_id": record_id} for record_id in ids])
    text = narrowed(school, HANA, opened(school, HANA), Words="peaceful").text
    assert "other words in the newest 1000" in text
    assert "other words in the newest" not in opened(school, HANA).text
    assert "More than 1000 records match" in opened(school, HANA).text
    assert "other words in the newest" not in narrowed(school, HANA, opened(school, HANA), Words="CR-4526").text


def test_another_key_opens_nothing_and_says_so(school: School) -> None:
    report(school)
    with school.context().begin() as tx:
        tx.sealing = Sealing("another key")
        found = records.get(tx.connection, 1, "CR", 4526)
        assert found is not None
        with pytest.raises(Misconfigured, match="another LANYARD_KEY sealed it"):
            content.DESK.filed(tx, [found])


def test_a_button_forged_with_another_records_token_opens_nothing(school: School) -> None:
    report(school)
    report(school, BEN)
    first, second = (content.DESK.get(acting(school, ANN if n == 4526 else BEN), n, ANY_BUTTON) for n in (4526, 5417))
    letter = school.people.message(HANA.user_id, "CR-5417 waits")
    for forged in (f"5417:{first.record.token}", "5417", "5417:", f"4526:{second.record.token}"):
        refused = school.press(HANA, letter, "Open and complete", Forged(forged), sight=Sight.FORGED)
        assert "There is no such report of yours" in refused.text
    assert "CR-5417" in shown(school.press(HANA, letter, "Open and complete"))


def test_for_a_subject_access_request_every_record_with_a_word_is_named_and_it_is_noted(school: School) -> None:
    report(school, about="The headteacher")
    assert search.occurring(school.context(), "violent") == ["CR-4526"]
    assert search.occurring(school.context(), "peaceful") == []
    with school.database.read() as connection:
        trail = [(action, record) for action, record in audit.entries(connection, 1) if action == "records.searched"]
    assert trail == [("records.searched", "1 records"), ("records.searched", "0 records")]


def test_a_record_has_tasks_with_a_clock_of_their_own_and_links(school: School) -> None:
    report(school)
    report(school, BEN)
    now = school.clock()
    with school.database.begin() as connection:
        one, other = (records.get(connection, 1, "CR", number) for number in (4526, 5417))
        assert one is not None
        assert other is not None
        for _ in range(2):  # the same again changes nothing
            record_tasks.add_task(connection, 1, one.record_id, "tell the ICO", now)
            record_tasks.add_task(connection, 1, one.record_id, "tell the parents", None)
            record_tasks.link(connection, 1, one, other, "came from", now)
        assert record_tasks.do_task(connection, one.record_id, "tell the ICO", by=one.asker_id, at=now)
        assert not record_tasks.do_task(connection, one.record_id, "tell the ICO", by=None, at=now)
        tasks = record_tasks.tasks(connection, one.record_id)
        assert [(task.what, task.due_at, task.done_at) for task in tasks] == [
            ("tell the ICO", now, now),
            ("tell the parents", None, None),
        ]
        assert record_tasks.tasks(connection, other.record_id) == []
        assert record_tasks.linked(connection, one.record_id, "came from") == [other.record_id]
