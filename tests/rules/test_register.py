"""From an address to a line in the filter and out again: what is proposed, what is too broad, what is exported."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput, Conflict
from bot.rules.filter.addresses import is_public_suffix, read
from bot.rules.filter.lines import PLATFORMS, Reach, breadth, covers, entry_for, read_entry
from bot.rules.filter.register import (
    LISTED,
    STEPS,
    Event,
    Kind,
    RegisterEntry,
    State,
    clash_warning,
    clashes,
    doubts,
    expired,
    expiring,
    next_state,
    read_lines,
    reasons_csv,
    smoothwall_text,
)

TODAY = date(2026, 11, 23)


def warnings_of(entries: Sequence[RegisterEntry]) -> tuple[str, ...]:
    return tuple(clash_warning(*pair) for pair in clashes(entries))


def listed(  # one entry; only what a test is about has to be said
    entry: str = "games.example.com",
    kind: Kind = Kind.BLOCKED,
    number: int = 1,
    *,
    reason: str = "Violent games",
    decided_by: str = "Hana Ito",
    expires_on: date | None = None,
    state: State = State.APPLIED,
) -> RegisterEntry:
    record = f"{'CR' if kind is Kind.BLOCKED else 'AR'}-{number}"
    return RegisterEntry(number, kind, entry, reason, record, decided_by, TODAY, expires_on, None, state)


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://www.crazygames.com/game/x?utm_source=mail", "crazygames.com"),
        ("http://crazygames.com:8080/", "crazygames.com"),
        ("https://forums.example.org/t/1", "forums.example.org"),
        ("https://kids.blogspot.com/2026/01/x.html", "kids.blogspot.com"),
        ("https://class3.github.io/maze/", "class3.github.io"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ&si=abc&feature=share", "youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?si=abc&v=dQw4w9WgXcQ", "youtube.com/watch?si=abc&v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&", "youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/results?search_query=*", "youtube.com/results"),
        ("https://www.youtube.com/", "youtube.com"),
        ("https://old.reddit.com/r/gaming/", "reddit.com/r/gaming"),
        ("https://sites.google.com/view/unblocked-6/home", "sites.google.com/view/unblocked-6/home"),
        ("https://en.wikipedia.org/wiki/Viking_(film)", "en.wikipedia.org/wiki/Viking_(film)"),
        ("https://web.archive.org/web/2020*/bbc", "web.archive.org/web"),  # no * in the filter
        ("https://www.gov.uk/bank-holidays", "www.gov.uk/bank-holidays"),  # gov.uk alone is an ending
        ("https://www.www.example.org/", "example.org"),
        ("https://bücher.de/x", "xn--bcher-kva.de"),
        ("https://8.8.8.8/x", "8.8.8.8"),
        ("https://[2606:4700::1111]/x", "[2606:4700::1111]"),
    ],
)
def test_the_site_is_proposed_but_only_the_page_of_a_platform(url: str, entry: str) -> None:
    assert entry_for(read(url)) == entry
    assert covers(entry, read(url))


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (" https://www.CrazyGames.com/ ", "crazygames.com"),
        ("crazygames.com/a/b/", "crazygames.com/a/b"),
        ("*.crazygames.com", "crazygames.com"),
        (".crazygames.com", "crazygames.com"),
        ("crazygames.com/?x=1", "crazygames.com/?x=1"),
        ("youtube.com/watch?v=1&utm_source=x", "youtube.com/watch?v=1"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("lesson.zip", "lesson.zip"),
        ("CO.UK", "co.uk"),  # taken; `breadth` warns
        ("*.zip", "zip"),
        ("8.8.8.8", "8.8.8.8"),
    ],
)
def test_a_line_is_read_as_the_filter_takes_it(typed: str, line: str) -> None:
    assert read_entry(typed).text == line
    assert read_entry(line).text == line


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Write the address"),
        ("*", r"takes no \*"),
        ("bbc.*", r"takes no \*"),
        ("https://*.bbc.co.uk", r"takes no \*"),
        ("javascript:alert(1)", "does not look right"),
        ("ftp://bbc.co.uk", "start with https://"),
        ("localhost", "inside one network"),
        ("two words.com", "space"),
    ],
)
def test_a_line_that_the_filter_cannot_take(typed: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_entry(typed)


def test_a_look_alike_line_is_shown_for_what_it_is() -> None:
    assert "passes for “paypal.com”" in read_entry("pаypal.com").warning


# kb.smoothwall.com, "Categorization in the Smoothwall Filter": its own table, line for line.
@pytest.mark.parametrize(
    ("entry", "applies"),
    [
        ("example.com", (True, True, True, True)),
        ("example.com/path", (False, True, False, True)),
        ("sub.example.com", (False, False, True, True)),
        ("sub.example.com/path", (False, False, False, True)),
    ],
)
def test_an_entry_covers_what_the_filter_says_it_does(entry: str, applies: tuple[bool, ...]) -> None:
    urls = ("example.com/", "example.com/path", "sub.example.com/", "sub.example.com/path")
    assert tuple(covers(entry, read(f"https://{url}")) for url in urls) == applies


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("example.com", "https://notexample.com/"),
        ("example.com/game", "https://example.com/games"),
        ("youtube.com/watch?v=1", "https://youtube.com/watch?v=12"),
        ("youtube.com/watch?v=1", "https://youtube.com/watch"),
        ("youtube.com/watch?v=1", "https://youtube.com/embed?v=1"),
        ("example.com/a", "https://example.com/a/../b"),
    ],
)
def test_what_only_looks_alike_is_not_covered(entry: str, url: str) -> None:
    assert not covers(entry, read(url))


@pytest.mark.parametrize(
    ("entry", "url", "reach", "says"),
    [
        ("crazygames.com", "https://www.crazygames.com/x", Reach.SITE, "^$"),
        ("crazygames.com/x", "https://crazygames.com/x", Reach.PAGE, "^$"),
        ("crazygames.com/x", "https://crazygames.com/x?utm_source=a", Reach.PAGE, "^$"),
        ("crazygames.com/x", "https://crazygames.com/x/y", Reach.PART, "^$"),
        ("co.uk", "https://www.bbc.co.uk/x", Reach.ENDING, "an ending that very many"),
        ("uk", "https://www.bbc.co.uk/x", Reach.ENDING, "an ending that very many"),
        ("github.io", "https://class3.github.io/", Reach.ENDING, "an ending that very many"),
        ("blogspot.com", "https://kids.blogspot.com/", Reach.ENDING, "an ending that very many"),
        ("youtube.com", "https://www.youtube.com/watch?v=1", Reach.PLATFORM, "whole of a platform"),
        ("m.youtube.com", "https://m.youtube.com/watch?v=1", Reach.PLATFORM, "whole of a platform"),
        ("google.com", "https://sites.google.com/view/x", Reach.PLATFORM, "whole of a platform"),
        ("youtube.com", "https://vimeo.com/1", Reach.PLATFORM, "whole of a platform.*does not touch"),
        ("example.org", "https://forums.example.org/x", Reach.PARENT, "far more than the site.*forums.example.org"),
        ("crazygames.com/x", "https://crazygames.com/", Reach.NARROWER, "only a part"),
        ("forums.example.org", "https://www.example.org/", Reach.NARROWER, "only a part"),
        ("crazygames.com/x", "https://crazygames.com/y", Reach.ELSEWHERE, "does not touch"),
        ("crazygames.com/x?a=2", "https://crazygames.com/x?a=1", Reach.ELSEWHERE, "does not touch"),
        ("example.net", "https://example.org/", Reach.ELSEWHERE, "does not touch"),
    ],
)
def test_how_much_an_entry_does(entry: str, url: str, reach: Reach, says: str) -> None:
    found = breadth(entry, read(url))
    assert found.reach is reach
    assert re.search(says, found.warning)


def test_a_long_entry_makes_a_short_warning() -> None:
    assert len(breadth("example.net/" + "x" * 1900, read("https://example.org/")).warning) < 200


@pytest.mark.parametrize("host", sorted(PLATFORMS))
def test_every_platform_is_written_as_an_entry(host: str) -> None:
    assert read_entry(host).text == host
    assert breadth(host, read(f"https://{host}/someone")).reach in {Reach.PLATFORM, Reach.ENDING}
    assert entry_for(read(f"https://{host}/someone")) in {f"{host}/someone", f"{host.removeprefix('old.')}/someone"}


@pytest.mark.parametrize(
    ("blocked", "allowed", "clash"),
    [
        ("example.com", "example.com", True),
        ("example.com", "sub.example.com/x", True),
        ("sub.example.com", "example.com", True),
        ("example.com/a/b", "example.com/a", True),
        ("example.com/a", "sub.example.com", True),  # both stand for sub.example.com/a
        ("example.com/a", "example.com/ab", False),
        ("a.example.com", "b.example.com", False),
        ("example.com", "notexample.com", False),
    ],
)
def test_what_is_blocked_and_allowed_at_once(blocked: str, allowed: str, clash: bool) -> None:
    found = warnings_of([listed(blocked, Kind.BLOCKED, 1), listed(allowed, Kind.ALLOWED, 2)])
    assert len(found) == clash
    assert all(blocked in said and allowed in said and "CR-1" in said and "AR-2" in said for said in found)


@pytest.mark.parametrize("state", sorted(State))
def test_what_leaves_the_filter_clashes_with_nothing(state: State) -> None:
    found = warnings_of([listed(state=state), listed(kind=Kind.ALLOWED, number=2), listed(number=3)])
    assert len(found) == (2 if state in LISTED else 1)


def test_ten_thousand_entries_are_compared_in_no_time() -> None:
    many = [listed(f"s{n}.example.com/{n}", list(Kind)[n % 2], n) for n in range(10_000)]
    assert warnings_of(many) == ()


def test_the_way_of_an_entry() -> None:
    state = State.PROPOSED
    for event in (Event.CONFIRM_APPLIED, Event.EXPIRE, Event.CONFIRM_REMOVED):
        state = next_state(state, event)
    assert state is State.REMOVED


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_other_step_is_refused(state: State, event: Event) -> None:
    if (state, event) in STEPS:
        assert next_state(state, event) is not state
    else:
        with pytest.raises(Conflict, match=f"{state.value} by now"):
            next_state(state, event)


def test_every_entry_can_come_out_of_the_filter() -> None:
    reached = {State.REMOVED}
    for _ in State:
        reached |= {before for (before, _), after in STEPS.items() if after in reached}
    assert reached == set(State)


def test_the_list_for_the_filter() -> None:
    yesterday = TODAY - timedelta(days=1)
    entries = [
        listed("zoo.com"),
        listed("apes.com", state=State.PROPOSED),
        listed("zoo.com", number=3),
        listed("allowed.com", Kind.ALLOWED),
        listed("over.com", expires_on=yesterday),
        listed("last-day.com", expires_on=TODAY),
        listed("leaving.com", state=State.TO_REMOVE),
        listed("gone.com", state=State.REMOVED),
    ]
    assert smoothwall_text(entries, Kind.BLOCKED, TODAY) == "apes.com\nlast-day.com\nzoo.com\n"
    assert smoothwall_text(entries, Kind.ALLOWED, TODAY) == "allowed.com\n"
    assert smoothwall_text([], Kind.ALLOWED, TODAY) == ""
    assert [row["entry"] for row in rows(reasons_csv(entries, TODAY))] == [
        *("allowed.com", "apes.com", "last-day.com", "zoo.com", "zoo.com")
    ]
    assert [entry.entry for entry in expired(entries, TODAY)] == ["over.com"]


def rows(written: bytes) -> list[dict[str, str]]:
    assert written.startswith(codecs.BOM_UTF8)
    return list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))


def test_the_reasons_beside_it() -> None:
    written = reasons_csv([listed(reason='Shows "fights",\nand gambling', expires_on=TODAY)], TODAY)
    assert b"\r\n" in written
    assert rows(written) == [
        {
            "entry": "games.example.com",
            "blocked or allowed": "blocked",
            "reason": 'Shows "fights",\nand gambling',
            "record number": "CR-1",
            "decided by": "Hana Ito",
            "decided on": "23/11/2026",
            "expires on": "23/11/2026",
            "applied on": "",
        }
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n1", " =1", '"=1', "'=1", "\u00a0=1", "＝1"]
)
def test_a_reason_is_never_a_formula(text: str) -> None:
    assert rows(reasons_csv([listed(reason=text)], TODAY))[0]["reason"] == "'" + text


@pytest.mark.parametrize(
    ("days", "stage"),
    [(40, None), (15, None), (14, "before-14"), (4, "before-14"), (3, "before-3"), (1, "before-3"), (0, "due")],
)
def test_the_latest_stage_reached_is_due(days: int, stage: str | None) -> None:
    entry = listed(kind=Kind.ALLOWED, expires_on=TODAY + timedelta(days=days))
    assert [(each, reached.name) for each, reached in expiring([entry], TODAY)] == ([(entry, stage)] if stage else [])


def test_nothing_is_due_for_what_does_not_expire_or_is_out() -> None:
    over = listed(expires_on=TODAY - timedelta(days=1))
    assert expiring([listed(), over, listed(expires_on=TODAY, state=State.TO_REMOVE)], TODAY) == ()


def test_lines_are_read_each_once_and_a_wrong_one_is_named() -> None:
    assert [each.text for each in read_lines("bad.example\n\n https://bad.example/ \nworse.example/clip\n")] == [
        *("bad.example", "worse.example/clip")
    ]
    assert read_lines(" \n") == ()
    with pytest.raises(BadInput) as raised:
        read_lines("bad.example\njavascript:alert(1)")
    assert "“javascript:alert(1)”" in raised.value.fields["lines"]
    with pytest.raises(BadInput) as raised:
        read_lines("\n".join(f"n{number}.example" for number in range(21)))
    assert "at most 20" in raised.value.fields["lines"]


def test_only_what_does_not_fit_is_doubted() -> None:
    addresses = [read("https://bad.example/game"), read("https://www.youtube.com/watch?v=x")]
    assert doubts(read_lines("bad.example\nyoutube.com/watch?v=x"), addresses) == ()
    (platform,) = doubts(read_lines("bad.example\nyoutube.com"), addresses)
    assert "the whole of a platform" in platform
    (elsewhere,) = doubts(read_lines("other.example"), addresses)
    assert "does not touch" in elsewhere
    assert doubts(read_lines("other.example"), []) == ()
    assert len(doubts(read_lines("co.uk\nyoutube.com"), [])) == 2


hosts = st.sampled_from(
    [
        *sorted(PLATFORMS)[::5],
        *("www.gov.uk", "www.co.uk", "www.www.com", "co.uk", "m.youtube.com", "www.m.youtube.com", "kids.blogspot.com"),
        *("a.b.example.com", "8.8.8.8", "[2606:4700::1111]", "xn--pypal-4ve.com", "x.nosuchending", "lesson.zip"),
    ]
)
parts = st.lists(
    st.sampled_from([*"/?&=*#.,%;", "..", "v=1", "si=2", "utm_x", "www.", "https://", "é", "a"]), max_size=8
)
urls = st.builds("https://{}/{}".format, hosts, parts.map("".join))


@given(urls)
def test_what_is_proposed_covers_what_was_reported_and_suits_the_filter(url: str) -> None:
    address = read(url)
    entry = entry_for(address)
    assert covers(entry, address)
    assert read_entry(entry).text == entry
    assert breadth(entry, address).reach not in {Reach.ELSEWHERE, Reach.NARROWER}
    (line,) = smoothwall_text([listed(entry)], Kind.BLOCKED, TODAY).splitlines()
    assert re.fullmatch(r"[\x21-\x7e]+", line)
    assert not re.match(r"[a-z]+://", line)
    assert "*" not in line
    if line.startswith("www."):  # only where www. is the site's own name
        assert is_public_suffix(line.partition("/")[0].partition("?")[0].removeprefix("www."))


@given(urls | st.text(max_size=60) | urls.map(lambda url: url.removeprefix("https://")))
def test_any_line_is_an_entry_or_a_plain_refusal(text: str) -> None:
    try:
        entry = read_entry(text)
    except BadInput:
        return
    assert read_entry(entry.text).text == entry.text
    assert not re.search(r"^www\.(?!gov\.uk|nhs\.uk|com|co\.uk)|^\w+://|\*|\s", entry.text)


@given(st.text(max_size=40) | st.text(alphabet="=+-@'\"\t\r\n ,;a＝", max_size=10), st.text(max_size=10))
def test_any_reason_comes_back_and_none_is_a_formula(reason: str, name: str) -> None:
    (row,) = rows(reasons_csv([listed(reason=reason, decided_by=name)], TODAY))
    assert row["reason"] in {reason, "'" + reason}
    for cell in row.values():
        assert cell.lstrip(" \"'\u00a0")[:1] not in {*"=+-@"} or cell.startswith("'")
        assert cell[:1] not in {*"=+-@\t\r\n"}
