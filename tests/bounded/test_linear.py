"""Four times as much to read takes some four times as long, never sixteen: each reader with what once took squares.

Processor time of this process, the best of three. What takes squares is far above the line at these sizes, what is
straight far below it, however busy the machine is.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.bounded.limits import Kind
from bot.bounded.readers import READERS
from bot.errors import BadFile
from bot.reading.columns import settle
from bot.reading.policy import docx, lines, pdf
from bot.reading.policy.lines import Line
from bot.reading.policy.read import lines_of
from bot.reading.roll.difference import difference
from bot.reading.roll.rows import Extent, PupilRow, Recorded, Roll
from bot.reading.staff.rows import Member
from bot.reading.staff.who import Colleague, doubted
from bot.reading.training.judge import judge
from bot.reading.training.rows import Known, Told, TrainingTable
from bot.rules.policy.changes import changes
from bot.rules.policy.clauses import Clause, Policy, Section
from bot.rules.school import School
from bot.rules.training import Learner, Subject
from bot.sheets import reading
from tests.bounded import hostile

Work = Callable[[], object]
TODAY = date(2026, 11, 23)
ELM = School(1, "T", "Elm", "Europe/London", (), {}, 1)
TIMES = 4


def read(kind: Kind, content: bytes) -> Work:
    """Have a file read to its end, or to its refusal."""
    told = {"file_name": "x", "today": TODAY.isoformat(), "uses": [], "headers": {}, "extent": Extent.WHOLE.value}
    return lambda: refused(lambda: READERS[kind](content, told, lambda _, __: None))


def refused(work: Work) -> object:
    try:
        return work()
    except BadFile as error:
        return error


# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def cells(count: int) -> Work:
    content = hostile.cells_that_never_end(count)
    return lambda: refused(lambda: reading.read("x.xlsx", content))


def header(title: str) -> Callable[[int], Work]:
    return lambda count: lambda: refused(lambda: settle(["UPN", f"a{title * count}"], 1, ELM))


def headers(count: int) -> Work:
    titles = ["UPN", *(f"Legal Forname {number}" for number in range(count))]
    return lambda: refused(lambda: settle(titles, 1, ELM))


def classes(count: int) -> Work:
    return read(Kind.STAFF, f"Email,Name,Classes\na@elm.example,A,a{' ' * count}b\n".encode())


def address(count: int) -> Work:
    return read(Kind.STAFF, f"Email,Name\na@{'x.' * count}@,A\n".encode())


HEADER = "UPN,Admission Number,Legal Forename,Legal Surname,Date of Birth,Registration Group\n"


def one_name(count: int) -> Work:
    """Return a roll in which everybody is called the same, and nobody has a number."""
    return read(Kind.ROLL, (HEADER + ",,Ann,Lee,31/08/2019,3B\n" * count).encode())


def one_number(count: int) -> Work:
    return read(Kind.ROLL, (HEADER + "A801200001001,7,Ann,Lee,31/08/2019,3B\n" * count).encode())


# ── who a row is about ─────────────────────────────────────────────────────────────────────────────────────────────

PUPIL = PupilRow(2, "", "", "Ann", "Lee", "", "", date(2019, 8, 31), "3", "3B", None, None, False, ())


def compared(rows: list[PupilRow], on_record: list[Recorded]) -> Work:
    columns = settle(HEADER.strip().split(","), 1, ELM)
    roll = Roll(columns, tuple(rows), (), (), (), Extent.WHOLE, {})
    return lambda: difference(roll, on_record, TODAY)


def known(number: int, *, upn: str = "", name: str = "Lee", admission: str = "") -> Recorded:
    born = date(2019, 8, 31)
    return Recorded(number, upn, admission, "Ann", name, "Ann", name, born, "3", "3B", None, None, None)


def rows(count: int, **more: str) -> list[PupilRow]:
    return [replace(PUPIL, line=line, **more) for line in range(2, count + 2)]  # type: ignore[arg-type]


def namesakes(count: int) -> Work:
    return compared(rows(count), [known(number) for number in range(count)])


def new_numbers(count: int) -> Work:
    new = [replace(row, upn=f"N{row.line}") for row in rows(count)]
    return compared(new, [known(number, upn=f"U{number}") for number in range(count)])


def one_admission_number(count: int) -> Work:
    return compared(rows(count, admission_number="7"), [known(number, admission="7") for number in range(count)])


def corrected_birthdays(count: int) -> Work:
    """Everybody has one name, and a number of their own with another birthday."""
    born = date(2018, 1, 1)
    new = [replace(row, admission_number=str(row.line), born_on=born) for row in rows(count)]
    return compared(new, [known(number, admission=str(number)) for number in range(count + 2)])


def exchanged(count: int) -> Work:
    """Half of the rows have the name of all others on record, and these a new one."""
    on_record = [known(number, upn=f"U{number}") for number in range(count)]
    renamed = [replace(row, upn=f"U{row.line}", legal_surname="Ray") for row in rows(count // 2)]
    moved = [replace(row, line=row.line + count, upn=f"N{row.line}", born_on=None) for row in rows(count // 2)]
    return compared([*renamed, *moved], on_record)


def swapped_staff(count: int) -> Work:
    on_record = {f"{number}@elm.example": Colleague("Ann Lee") for number in range(count)}
    old = [Member(email, "Bob Ray", "", None, (), line) for line, email in enumerate(on_record)]
    new = [Member(f"n{line}@elm.example", "Ann Lee", "", None, (), count + line) for line in range(count)]
    return lambda: doubted([*old, *new], on_record)


def training(count: int) -> Work:
    told = TrainingTable(tuple(Told(line, "x", "", "Ann Lee", "", None, "") for line in range(count)))
    people = {f"{number}@elm.example": frozenset({"ann", str(number)}) for number in range(count)}
    learners = {email: Learner(Subject(1), None) for email in people}
    return lambda: judge(told, ELM, Known(learners, {}, people), TODAY)


# ── terms ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def days_of_term(count: int) -> Work:
    """Every day of five years is a term of its own, again and again."""
    days = [TODAY - timedelta(days=900) + timedelta(days=number % 2_100) for number in range(count)]
    return read(Kind.TERMS, ("type,start,end\n" + "".join(f"term,{day},{day}\n" for day in days)).encode())


def broken_event(line: str) -> Callable[[int], Work]:
    begun, ended = ["BEGIN:VCALENDAR", "BEGIN:VEVENT"], ["END:VEVENT", "END:VCALENDAR"]
    return lambda count: read(Kind.TERMS, "\n".join([*begun, *[line] * count, *ended]).encode())


# ── documents ──────────────────────────────────────────────────────────────────────────────────────────────────────


def text(piece: str, before: str = "1.1 a ") -> Callable[[int], Work]:
    return lambda count: lambda: refused(lambda: lines.structure(lines_of(f"{before}{piece * count}x\n".encode())))


def one_clause(count: int) -> Work:
    """One clause that goes on for many lines."""
    return lambda: lines.structure([Line("1.1 The clause", starts=True), *[Line("goes on and on with words")] * count])


def nested(count: int) -> Work:
    """Return paragraphs that lie in each other, with words in the last of them. A reader of XML goes 250 deep."""
    return word("<w:p>" * count + "<w:r><w:t>a</w:t></w:r>" * (50 * count) + "</w:p>" * count)


def word(body: str, numbering: str = "") -> Work:
    content = hostile.word(body, numbering)
    return lambda: refused(lambda: docx.lines(content))


def one_run(count: int) -> Work:
    return word("<w:p><w:r>" + "<w:t>a</w:t>" * count + "</w:r></w:p>")


NUMBERED = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>'
ABSTRACT = '<w:abstractNum w:abstractNumId="1">{}</w:abstractNum>'
NUM = '<w:num w:numId="1"><w:abstractNumId w:val="1"/>{}</w:num>'


def overrides(count: int) -> Work:
    level = '<w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl>'
    told = '<w:lvlOverride w:ilvl="7"/>' * count
    return word(NUMBERED * count, ABSTRACT.format(level) + NUM.format(told))


def levels(count: int) -> Work:
    deep = "".join(f'<w:lvl w:ilvl="{depth}"><w:lvlText w:val="%1."/></w:lvl>' for depth in range(count))
    return word(NUMBERED * count, ABSTRACT.format(deep) + NUM.format(""))


def in_one_line(count: int) -> Work:
    content = hostile.pages(1, b"BT /F 10 Tf " + b"(words ) Tj " * count + b"ET")
    return lambda: refused(lambda: pdf.lines(content))


def versions(count: int) -> Work:
    """Return two versions of a policy of which no clause is alike."""
    old, new = (
        Policy((Section("1", "", tuple(Clause(f"1.{n}", f"{word} {n} " * 50) for n in range(count))),))
        for word in ("picture", "nothing")
    )
    return lambda: changes(old, new)


CASES: dict[str, tuple[Callable[[int], Work], int]] = {
    "cells that never end": (cells, 5_000),
    "a header of dashes": (header("- "), 2_000),
    "a header of letters": (header("a"), 5_000),
    "headers without end": (headers, 300),
    "spaces between classes": (classes, 5_000),
    "dots in an address": (address, 5_000),
    "one name for all rows": (one_name, 2_000),
    "one number for all rows": (one_number, 2_000),
    "one name on record": (namesakes, 500),
    "one name on record, new UPNs": (new_numbers, 500),
    "one admission number on record": (one_admission_number, 500),
    "one name, other birthdays": (corrected_birthdays, 500),
    "names exchanged": (exchanged, 1_000),
    "staff with one name": (swapped_staff, 1_000),
    "training of one name": (training, 2_000),
    "terms of a day": (days_of_term, 1_000),
    "an event that begins again": (broken_event("BEGIN:VEVENT"), 1_000),
    "an event of one property": (broken_event("DTSTART:20260901"), 1_000),
    "marks of Markdown": (text("**a "), 5_000),
    "other marks of Markdown": (text("__a "), 5_000),
    "links of Markdown": (text("[a"), 5_000),
    "stars of Markdown": (text("*a "), 5_000),
    "dots of contents": (text("."), 200),
    "dots of contents with spaces": (text(" ."), 1_000),
    "spaces in a line": (text(" "), 5_000),
    "one clause of many lines": (one_clause, 5_000),
    "nested paragraphs": (nested, 60),
    "a run of many texts": (one_run, 4_000),
    "lists told to begin anew": (overrides, 500),
    "lists of many levels": (levels, 1_000),
    "one line of a PDF": (in_one_line, 2_000),
}


@pytest.mark.parametrize("case", CASES)
def test_four_times_as_much_takes_no_sixteen_times_as_long(case: str) -> None:
    made, count = CASES[case]
    small, large = taken(made(count)), taken(made(TIMES * count))
    assert large < 9 * small + 0.05, f"{small:.4f} s, {large:.4f} s"


def taken(work: Work) -> float:
    """Return the seconds of processor time that something takes, the best of three."""
    every = []
    for _ in range(3):
        began = time.process_time()
        work()
        every.append(time.process_time() - began)
    return min(every)


# ── what is refused before it is read ──────────────────────────────────────────────────────────────────────────────


def test_pages_that_share_a_stream_are_counted_each() -> None:
    content = hostile.pages(299, b"BT /F 10 Tf (1.1 A clause.) Tj ET\n" * 1_000)
    began = time.process_time()
    with pytest.raises(BadFile, match="far more than a policy"):
        pdf.lines(content)
    assert time.process_time() - began < 2


def test_versions_that_have_nothing_in_common_are_not_compared_clause_by_clause() -> None:
    found = versions(500)()
    assert len(found) == 1_000  # type: ignore[arg-type]


def test_paragraphs_within_each_other_are_read_once() -> None:
    body = "<w:p><w:r><w:t>1.1 Out</w:t></w:r><w:p><w:r><w:t>1.2 In</w:t></w:r></w:p><w:r><w:t>side</w:t></w:r></w:p>"
    assert [line.text for line in docx.lines(hostile.word(body))] == ["1.1 Outside", "1.2 In"]


def test_after_a_leap_nobody_expects_the_numbers_between() -> None:
    def missing(*numbers: str) -> tuple[str, ...]:
        return Policy((Section("1", "", tuple(Clause(number, "x") for number in numbers)),)).missing()

    assert missing("1.1", "1.4") == ("1.2", "1.3")
    assert missing("1.1", "1.999") == ()
