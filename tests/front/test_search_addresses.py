"""An address is found among all records, however it is spelt; other words in the newest, which is said (§7.3, 7.5)."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.errors import BadInput
from bot.rules import search as rules
from bot.rules.content import About
from bot.rules.search import Kind, Scope, Search
from bot.services import content, search
from bot.services.access import requests
from bot.services.search import Format
from bot.services.search_words import FEW, MOST_READ
from storage import audit, numbers, records
from storage.access import access_form
from storage.spine.record_search import record_address
from tests.access.test_access import ask
from tests.content.test_content import report
from tests.front.test_search import narrowed, opened
from tests.people import ANN, BEN, DEV, HANA, Someone
from tests.school import School, acting

ASKED = {"content": "Sums.", "reasons": "Year 4 learns to multiply.", "risks": "None that we found."}
SEEN = {"individual": "", "nature": "A violent game."}


def asked(school: School, url: str, who: Someone = ANN, **changes: str) -> str:
    fields = {**ASKED, "url": url, **changes}
    return requests.ask(acting(school, who), fields, form_id=f"form {len(known(school))}").name


def reported(school: School, urls: str, who: Someone = ANN, about: About = About.PUPIL, **changes: str) -> str:
    fields = {**SEEN, "urls": urls, **changes}
    return content.report(acting(school, who), about, fields, form_id=f"form {len(known(school))}").name


def known(school: School) -> list[str]:
    with school.database.read() as connection:
        return [found.name for found in records.where(connection, 1, records.record.c.id > 0)]


def found(school: School, words: str, who: Someone = HANA, scope: Scope = Scope.ALL) -> set[str]:
    return {row.filed.name for row in search.look(acting(school, who), Search(scope, words=words)).rows}


def places_of(school: School) -> Collection[str]:
    with school.database.read() as connection:
        return set(connection.execute(select(record_address.c.place)).scalars())


@pytest.fixture
def asked_for(school: School) -> School:
    """AR-1 to AR-5, and a report of two addresses."""
    asked(school, "https://www.kidmaths.example/year4?x=1")
    asked(school, "http://clips.kidmaths.example/")
    asked(school, "https://bücher.example/%C3%A9t%C3%A9")
    asked(school, "https://notkidmaths.example/", reasons="Better than kidmaths.example/year4.")
    asked(school, "https://8.8.8.8/100%25_sure/" + "long" * 480)
    reported(school, "https://clips.kidmaths.example/bad\nhttps://kidmaths.example/bad https://kidmaths.example/bad?2")
    return school


@pytest.mark.policy("7.5")
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("kidmaths.example", {"AR-1", "AR-2", "AR-4", "CR-4526"}),
        ("WWW.KidMaths.example", {"AR-1", "AR-2", "CR-4526"}),
        ("https://kidmaths.example/", {"AR-1", "AR-2", "CR-4526"}),
        ("kidmaths.example./", {"AR-1", "AR-2", "CR-4526"}),
        ("clips.kidmaths.example", {"AR-2", "CR-4526"}),
        ("https://kidmaths.example/year4?x=1", {"AR-1"}),
        ("http://kidmaths.example/YEAR4/", {"AR-1"}),
        ("kidmaths.example/year4?x=2", set()),
        ("kidmaths.example/bad ann violent", {"CR-4526"}),
        ("kidmaths.example multiply", {"AR-1", "AR-2"}),
        ("kidmaths.example ar-1", {"AR-1"}),
        ("bücher.example", {"AR-3"}),
        ("BÜCHER.example/été", {"AR-3"}),
        ("xn--bcher-kva.example", {"AR-3"}),
        ("8.8.8.8", {"AR-5"}),
        ("8.8.8.8/100%_sure", {"AR-5"}),
        ("8.8.8.8/100%25_sure/" + "long" * 40, {"AR-5"}),
        ("nowhere.example", set()),
        ("kidm_ths.example", set()),
        ("kidm%.example", set()),
        ("k*.example", set()),
        ("'kidmaths.example' OR 1=1", set()),
        ("kidmaths.example';--", set()),
        ("ann@kidmaths.example", set()),
    ],
)
def test_an_address_is_found_in_any_spelling(asked_for: School, words: str, names: set[str]) -> None:
    assert found(asked_for, words) == names


def test_what_is_too_long_to_be_looked_for_is_refused() -> None:
    with pytest.raises(BadInput):
        rules.read(Scope.ALL, {"words": "https://8.8.8.8/" + "long" * 480})


def test_in_slack_the_address_is_typed_like_any_word(school: School) -> None:
    ask(school, ANN, **{"Full URL": "https://www.castles.example/towers"})
    report(school, BEN)
    window = opened(school, HANA)
    assert "an address or a number" in window.text
    for words, name in (("castles.example/towers", "AR-1"), ("worse.example", "CR-4526")):
        text = narrowed(school, HANA, window, Words=words).text
        assert f"*{name}*" in text
        assert "*1 record matches*" in text


@pytest.mark.policy("7.3")
def test_of_perhaps_illegal_material_no_address_is_kept(asked_for: School) -> None:
    before = places_of(asked_for)
    content.report_illegal(acting(asked_for, ANN), About.PUPIL, form_id="perhaps")
    assert places_of(asked_for) == before
    assert all(len(place) <= 255 for place in before)


def test_whom_it_is_about_finds_no_trace_of_it_by_its_address(school: School) -> None:
    name = reported(school, "https://rumours.example/hana", about=About.HEAD)
    assert found(school, "rumours.example") == set()
    assert found(school, "rumours.example", ANN, Scope.MINE) == {name}
    assert found(school, "rumours.example", BEN, Scope.MINE) == found(school, "rumours.example", DEV) == set()


def test_in_ones_own_list_are_only_ones_own(asked_for: School) -> None:
    asked(asked_for, "https://kidmaths.example/", BEN)
    assert found(asked_for, "kidmaths.example", BEN, Scope.MINE) == {"AR-6"}


def test_a_site_of_very_many_is_found_the_newest_first_and_its_oldest_page_too(school: School) -> None:
    first = asked(school, "https://shared.example/first", BEN)
    many(school, FEW + MOST_READ, "https://shared.example/{}", after=timedelta(minutes=1))
    page = search.look(acting(school, HANA), Search(Scope.ALL, words="www.shared.example"))
    assert [row.filed.record.number for row in page.rows] == list(range(FEW + MOST_READ + 1, FEW + MOST_READ - 7, -1))
    assert page.is_more
    last = search.look(acting(school, HANA), Search(Scope.ALL, words="shared.example"), page=(FEW + MOST_READ) // 8)
    assert first in {row.filed.name for row in last.rows}
    assert found(school, "shared.example/first") == {first}
    assert found(school, "shared.example carter") == {first}
    assert found(school, "shared.example", BEN, Scope.MINE) == {first}


def test_an_old_record_is_found_by_its_address_and_by_a_word_within_the_newest_or_its_days(school: School) -> None:
    first = asked(school, "https://castles.example/", BEN, reasons="Unicorns, also on unicorns.example.")
    school.clock.forward(days=3)
    many(school, MOST_READ, "https://shared.example/{}", after=timedelta(0))
    school.clock.forward(days=1)
    asked(school, "https://volcano.example/", reasons="Unicorns as well, see castles.example.")
    assert found(school, "castles.example") == {first, f"AR-{MOST_READ + 2}"}
    assert found(school, "castles") == {first, f"AR-{MOST_READ + 2}"}
    assert found(school, "carter") == {first}
    looked = search.look(acting(school, HANA), Search(Scope.ALL, words="unicorns"))
    assert [row.filed.record.number for row in looked.rows] == [MOST_READ + 2]
    assert looked.has_limit
    assert found(school, "unicorns.example") == set()  # it stands in the words alone
    day = school.clock().date() - timedelta(days=4)
    on_its_day = search.look(acting(school, HANA), Search(Scope.ALL, first=day, last=day, words="unicorns.example"))
    assert [row.filed.name for row in on_its_day.rows] == [first]
    assert not on_its_day.has_limit
    assert "other words in the newest 1000." in narrowed(school, HANA, opened(school, HANA), Words="unicorns").text
    assert not search.look(acting(school, HANA), Search(Scope.ALL, Kind.CONTENT, words="unicorns")).has_limit
    listed = search.export(acting(school, HANA), Search(Scope.ALL, words="unicorns").written(), Format.CSV).decode()
    assert first in listed  # a list that is sent says nothing of a limit, and has none
    assert search.occurring(school.context(), "unicorns") == [f"AR-{MOST_READ + 2}", first]


def test_for_a_subject_access_request_an_address_is_found_in_either_spelling(asked_for: School) -> None:
    for word in ("bücher.example", "xn--bcher-kva.example", "BÜCHER.example"):
        assert search.occurring(asked_for.context(), word) == ["AR-3"]
    assert search.occurring(asked_for.context(), "kidmaths") == ["CR-4526", "AR-4", "AR-2", "AR-1"]
    assert search.occurring(asked_for.context(), "https://8.8.8.8/100%25_sure/" + "long" * 480) == ["AR-5"]
    with asked_for.database.read() as connection:
        assert "kidmaths" not in str(audit.entries(connection, 1))


def test_many_words_are_looked_for_one_within_the_other(asked_for: School) -> None:
    assert found(asked_for, " ".join("abcdefghijklmnopqrstuvwxyz%_'\"")) == set()
    assert found(asked_for, "ann sums year multiply kidmaths.example ann") == {"AR-1", "AR-2"}


def many(school: School, count: int, url: str, *, after: timedelta) -> None:
    """Write so many decided requests of Ann's, each a second newer than the one before."""
    at, ann = school.clock() + after, acting(school, ANN).person.person_id
    with school.database.begin() as connection:
        last = records.where(connection, 1, records.record.c.kind == "AR", limit=1)[0]
        row = {"school_id": 1, "kind": "AR", "procedure": "access", "state": "rejected", "version": 1, "token": "t"}
        rows = [
            {**row, "number": last.number + n, "asker_id": ann, "asked_at": at + timedelta(seconds=n)}
            | {"waits_since": at, "origin": f"many {n}"}
            for n in range(1, count + 1)
        ]
        connection.execute(insert(records.record), rows)
        made = select(records.record.c.id, records.record.c.number).where(records.record.c.number > last.number)
        urls = {row.id: url.format(row.number) for row in connection.execute(made)}
        form = {"school_id": 1, "content": "Sums.", "reasons": "To learn.", "risks": "None.", "until": None}
        connection.execute(insert(access_form), [{**form, "record_id": each, "url": at} for each, at in urls.items()])
        places = [{"record_id": each, "school_id": 1, "place": at.partition("://")[2]} for each, at in urls.items()]
        connection.execute(insert(record_address), places)
        connection.execute(
            numbers.number.update().where(numbers.number.c.kind == "AR").values(last=last.number + count)
        )
