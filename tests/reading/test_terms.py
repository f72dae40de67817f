"""A file of terms: what is taken, and how everything else is refused by its place, with what to do."""

import contextlib
import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadFile
from bot.reading.terms.found import CalendarFile
from bot.reading.terms.read import read
from bot.rules.calendar import Calendar, Kind, Period
from tests.school import SAMPLE

TODAY = date(2026, 9, 1)
HEADER = "type,start,end,title\n"


def of_rows(*rows: str) -> CalendarFile:
    return read("terms.csv", (HEADER + "\n".join(rows)).encode(), TODAY)


def of_events(*events: str) -> CalendarFile:
    written = "\n".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events)
    return read("terms.ics", f"BEGIN:VCALENDAR\nVERSION:2.0\n{written}\nEND:VCALENDAR\n".encode(), TODAY)


def whole_days(title: str, start: str = "20260902", after: str = "20261024") -> str:
    return f"DTSTART;VALUE=DATE:{start}\nDTEND;VALUE=DATE:{after}\nSUMMARY:{title}"


def problems(found: CalendarFile) -> list[str]:
    return [str(problem) for problem in found.problems]


def test_the_invented_schools_year() -> None:
    found = read("terms.csv", (SAMPLE / "terms.csv").read_bytes(), TODAY)
    assert found.problems == ()
    assert len(found.periods) == 9
    assert found.periods[0] == Period(Kind.TERM, date(2026, 9, 2), date(2026, 10, 23), "Autumn 1")
    year = Calendar(found.periods)
    days = [date.fromordinal(day) for day in range(date(2026, 9, 1).toordinal(), date(2027, 8, 31).toordinal())]
    assert sum(map(year.is_school_day, days)) == 191  # 194 weekdays in term but for May Day, less three INSET days


def test_the_same_terms_as_a_spreadsheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Type", "Start date", "End date", "Title"])
    sheet.append(["Term", date(2026, 9, 2), date(2026, 10, 23), "Autumn 1"])
    sheet.append(["INSET", "02/09/2026", "2026-09-02", ""])
    written = io.BytesIO()
    book.save(written)
    found = read("terms.xlsx", written.getvalue(), TODAY)
    assert problems(found) == []
    assert [each.kind for each in found.periods] == [Kind.TERM, Kind.INSET]
    assert found.periods[0].last == date(2026, 10, 23)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("term,2026-10-23,2026-09-02,x", "line 2, end: it ends on Wed 2 Sep 2026, before it begins"),
        ("term,2026-09-02,2027-07-21,x", "line 2, end: it lasts longer than 20 weeks"),
        ("term,2062-09-02,2062-10-23,x", "line 2, start: Sat 2 Sep 2062 is more than three years away"),
        ("term,2026-09-31,2026-10-23,x", "line 2, start: there is no such day"),
        ("term,soon,2026-10-23,x", "line 2, start: Write a date"),
        ("term,2026-09-02,,x", "line 2, end: the day is missing"),
        ("terms,2026-09-02,2026-10-23,x", "line 2, type: write term, inset or closed"),
        (f"term,2026-09-02,2026-10-23,{'x' * 101}", "line 2, title: this is longer than 100 letters"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(row: str, told: str) -> None:
    found = of_rows(row, "term,2027-01-04,2027-02-12,Spring 1")
    assert told in problems(found)[0]
    assert [each.title for each in found.periods] == ["Spring 1"]
    assert found.lost == {2}


@pytest.mark.parametrize("row", ["inset,2026-09-31,2026-10-01,", "closed,,2026-10-01,", "inset,2062-09-02,2062-09-02,"])
def test_of_days_without_school_no_term_is_lost(row: str) -> None:
    found = of_rows(row, "term,2027-01-04,2027-02-12,Spring 1")
    assert problems(found)
    assert found.lost == frozenset()


@pytest.mark.parametrize(
    ("event", "lost"),
    [
        ("SUMMARY:Autumn 1\nDTSTART:20260902T080000Z\nDTEND:20261023T150000Z", True),
        ("SUMMARY:Autumn 1\nDTSTART:yesterday", True),
        (whole_days("Autumn 1") + "\nRRULE:FREQ=YEARLY", True),
        (whole_days("Half term 1"), True),  # weeks of teaching, or a holiday
        (whole_days("Half term 1", "20261026", "20261031"), False),
        ("SUMMARY:We learn\nCATEGORIES:Term\nDTSTART:20260902T080000Z\nDTEND:20261023T150000Z", True),
        (whole_days("Autumn term begins", "20260902", "20260903"), False),
        ("SUMMARY:Parents' evening\nDTSTART:20260902T160000Z\nDTEND:20260902T180000Z", False),
        ("SUMMARY:INSET twilight\nDTSTART:20260902T160000Z\nDTEND:20260902T180000Z", False),
    ],
)
def test_an_event_that_may_be_a_term_is_told_apart(event: str, lost: bool) -> None:
    found = of_events(event)
    assert problems(found)
    assert bool(found.lost) is lost


def test_of_two_terms_that_overlap_the_first_counts() -> None:
    found = of_rows("term,2026-09-02,2026-11-02,Autumn 1", "term,2026-11-02,2026-12-18,Autumn 2")
    assert "line 3, start: this term overlaps with the one in line 2 (Wed 2 Sep 2026 to Mon 2 Nov 2026)" in str(
        found.problems[0]
    )
    assert [each.title for each in found.periods] == ["Autumn 1"]


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"%PDF-1.4", b"type,start\nterm,2026-09-02\n", b"\x00\x01\x02"]
)
def test_what_is_no_table_of_terms(content: bytes) -> None:
    with pytest.raises(BadFile):
        read("terms.csv", content, TODAY)


def test_whole_days_of_a_calendar_end_the_day_before_its_end() -> None:
    found = of_events(whole_days("Autumn 1"), whole_days("INSET day", "20260902", "20260903"))
    assert problems(found) == []
    assert found.periods == (
        Period(Kind.TERM, date(2026, 9, 2), date(2026, 10, 23), "Autumn 1"),
        Period(Kind.INSET, date(2026, 9, 2), date(2026, 9, 2), "INSET day"),
    )


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Autumn Term", Kind.TERM),
        ("Spring Term 2 2027", Kind.TERM),
        ("Term 3", Kind.TERM),
        ("Summer half-term", Kind.CLOSED),
        ("Christmas holiday 2026/27", Kind.CLOSED),
        ("INSET – safeguarding", Kind.INSET),
        ("Occasional day", Kind.CLOSED),
        ("School closed (polling)", Kind.CLOSED),
    ],
)
def test_what_a_title_says(title: str, kind: Kind) -> None:
    assert [each.kind for each in of_events(whole_days(title)).periods] == [kind]


@pytest.mark.parametrize(
    "title",
    [
        "Parents' evening",
        "Term begins",
        "End of autumn term",
        "Half term 1",
        "Half term 2 2026",
        "",
        "2026",
        "Reports due, spring term",
    ],
)
def test_a_title_that_does_not_say_is_refused_not_guessed(title: str) -> None:
    found = of_events(whole_days(title))
    assert found.periods == ()
    assert "line 3" in problems(found)[0]
    assert "cannot tell" in problems(found)[0]


def test_a_category_says_it_too() -> None:
    found = of_events(whole_days("We learn") + "\nCATEGORIES:INSET")
    assert [each.kind for each in found.periods] == [Kind.INSET]


@pytest.mark.parametrize(
    "days",
    [
        "DTSTART:20260902T000000\nDTEND:20260903T000000",
        "DTSTART:20260901T230000Z\nDTEND:20260902T230000Z",  # British Summer Time
        "DTSTART;TZID=Europe/London:20260902T000000\nDTEND;TZID=Europe/London:20260903T000000",
        "DTSTART;VALUE=DATE:20260902",
        "DTSTART;VALUE=DATE:20260902\nDURATION:P1D",
    ],
)
def test_the_same_whole_day_in_other_words(days: str) -> None:
    found = of_events(f"SUMMARY:INSET\n{days}")
    assert problems(found) == []
    assert found.periods == (Period(Kind.INSET, date(2026, 9, 2), date(2026, 9, 2), "INSET"),)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("DTSTART:20260902T080000Z\nDTEND:20260902T150000Z", "a time of day"),
        (
            "DTSTART;TZID=America/New_York:20260902T000000\nDTEND;TZID=America/New_York:20260903T000000",
            "another time zone",
        ),
        (
            "DTSTART;TZID=Mars/Olympus:20260902T000000\nDTEND;TZID=Mars/Olympus:20260903T000000",
            "does not know its time zone",
        ),
        ("DTSTART;VALUE=DATE:20260902\nDTEND;VALUE=DATE:20260903\nRRULE:FREQ=WEEKLY", "repeats"),
        ("DTSTART;VALUE=DATE:20260902\nRDATE;VALUE=DATE:20260909", "repeats"),
        ("DTSTART;VALUE=DATE:20260902\nRECURRENCE-ID;VALUE=DATE:20260902", "repeats"),
        ("DTSTART;VALUE=DATE:20260902\nDTEND;VALUE=DATE:20260902", "before or as it begins"),
        ("DTSTART;VALUE=DATE:20260902\nDTEND:20260903T000000", "one of start and end"),
        ("DTSTART;VALUE=DATE:20260902\nDTEND;VALUE=DATE:20260903\nDURATION:P1D", "an end and a duration"),
        ("DTSTART;VALUE=DATE:20260902\nDURATION:PT2H", "whole days"),
        ("DTSTART:20260902T000000", "no end"),
        ("DTSTART:yesterday", "cannot be read"),
        ("DTSTART;VALUE=DATE:20260931", "cannot be read"),
        ("DTEND;VALUE=DATE:20260903", "DTSTART"),
        ("LOCATION:Hall", "cannot be read"),
    ],
)
def test_what_is_no_whole_day_at_the_school_is_refused_by_line_and_title(days: str, told: str) -> None:
    found = of_events(f"SUMMARY:INSET twilight\n{days}", whole_days("Autumn 1"))
    (problem,) = problems(found)
    assert "line 3, INSET twilight: " in problem
    assert told in problem
    assert [each.title for each in found.periods] == ["Autumn 1"]  # one bad event spoils no other


def test_overlap_and_length_in_a_calendar_name_the_event() -> None:
    found = of_events(whole_days("Autumn 1"), whole_days("Autumn 2", "20261001", "20261219"))
    assert "line 8, Autumn 2, DTSTART: this term overlaps with the one in line 3" in problems(found)[0]
    assert "20 weeks" in problems(of_events(whole_days("Autumn", "20260902", "20270722")))[0]


def test_an_event_that_was_called_off_does_not_count() -> None:
    found = of_events(whole_days("Autumn 1") + "\nSTATUS:CANCELLED")
    assert found == CalendarFile((), ())


def test_folded_lines_alarms_time_zones_and_to_dos() -> None:
    written = (
        "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VTODO\r\nSUMMARY:Buy chalk\r\nEND:VTODO\r\n"
        "BEGIN:VEVENT\r\nSUMMARY:Aut\r\n umn 1\r\nDTSTART;VALUE=DATE:20260902\r\nDTEND;VALUE=DATE:20261024\r\n"
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = read("x.ics", b"\xef\xbb\xbf" + written.encode(), TODAY)
    assert [each.title for each in found.periods] == ["Autumn 1"]
    assert problems(found) == [
        "line 10, Buy chalk: this is not an event. Leave it out of the file, or make it an all-day event."
    ]


def test_a_calendar_that_is_cut_off() -> None:
    with pytest.raises(BadFile, match="cut off"):
        read("x.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Autumn 1\n", TODAY)
    found = read("x.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Autumn 1\nEND:VCALENDAR\n", TODAY)
    assert problems(found) == ["line 2, Autumn 1: this event cannot be read. Make it again, as an all-day event."]


LINES = (
    "BEGIN:VEVENT",
    "END:VEVENT",
    "DTSTART:2026",
    "DTSTART;VALUE=DATE:20260902",
    "RRULE:",
    "SUMMARY:Term",
    ":",
    "\\",
)


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_no_calendar_is_too_broken_to_be_told_about(lines: list[str]) -> None:
    found = read("x.ics", "\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode(), TODAY)
    assert all(each.first <= each.last for each in found.periods)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_broken_to_be_told_about(content: bytes) -> None:
    with contextlib.suppress(BadFile):
        assert read("x.csv", content, TODAY).periods == ()
