"""Columns and cells of a roll: what they are called elsewhere, what is read, and what is refused by line."""

from datetime import date

import pytest

from bot.errors import BadFile
from bot.reading.columns import Column
from bot.reading.roll import upn
from bot.reading.roll.read import read_roll
from bot.rules.consent.ledger import Verdict
from bot.rules.school import Media
from bot.sheets import reading
from tests.reading.test_roll import HEADER, JAMIE, SCHOOL, TODAY, ZOE, compared, roll, said, table


@pytest.mark.parametrize(
    "names",
    [
        ("First Name", "Last Name", "Known As", "Preferred Last Name", "Tutor Group"),
        ("Legal Forename", "Legal Surname", "Forename", "Surname", "Reg Group"),
        ("legal_first_name", "LEGAL LAST NAME", "Chosen Forename", "Preferred surname", "Form"),
        ("Forename", "Surname", "Preferred Name", "Known as Surname", "Reg Gruppe"),
    ],
)
def test_other_systems_headers(names: tuple[str, ...]) -> None:
    ours = (Column.LEGAL_FORENAME, Column.LEGAL_SURNAME, Column.FORENAME, Column.SURNAME, Column.CLASS)
    renamed = {their: JAMIE[our.value] for our, their in zip(ours, names, strict=True)}
    row = roll(JAMIE | renamed, header=["UPN", *names]).rows[0]
    assert (row.legal_forename, row.legal_surname, row.forename, row.surname) == ("James", "Nowak", "Jamie", "Nowak")
    assert row.class_name == "3B"


@pytest.mark.parametrize(
    "title",
    ["School website - Photo", "school website – photos", "WEBSITE photo", "School website (Photo)", "website: images"],
)
def test_consent_headers(title: str) -> None:
    read = roll(JAMIE | {title: "Granted"}, header=["First name", "Surname", "Class", title] if title else HEADER)
    assert read.matters == (("website", Media.PHOTO),)


def test_both_halves_of_a_name_with_a_slash() -> None:
    header = ["First name", "Surname", "Class", "Twitter - Photo", "X - Video"]
    assert roll(JAMIE | {"First name": "A", "Surname": "B"}, header=header).matters == (
        ("twitter", Media.PHOTO),
        ("twitter", Media.VIDEO),
    )


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["James", "Nowak", "3B"], "The first row has to hold the column headers"),
        (["UPN", "Legal Forename", "Legal Surname"], "no column for the class"),
        (["UPN", "Legal Forename", "Legal Surname", "Regisration Grup"], "Is it “Regisration Grup”"),
        (["UPN", "Legal Surname", "Class"], "no column for the forename"),
        (["UPN", "Forename", "Surname", "Class", "Reg Group"], "“Class” and “Reg Group”"),
        (["Forename", "Surname", "Class", "X - Photo", "Twitter/X - Photo"], "Two columns mean the same"),
    ],
)
def test_wrong_columns_are_named(header: list[str], message: str) -> None:
    with pytest.raises(BadFile, match=message) as caught:
        roll(JAMIE, header=header)
    assert "Nowak" not in str(caught.value)


def test_columns_that_were_left_out_are_named_with_what_they_may_be() -> None:
    header = ["UPN", "Forename", "Surname", "Class", "Never Photografh", "School web site - Photo", "Snapchat - Video"]
    header += ["Displays in school - Video", "Gender", "Dog", "Home postcode"]
    warnings = said(roll(JAMIE | {"Forename": "J", "Surname": "N", "Class": "3B"}, header=header).warnings)
    assert warnings[:4] == [
        "line 1, Never Photografh: this column is not known, so it was left out. Did you mean “Never Photograph”?",
        "line 1, School web site - Photo: this column is not known, so it was left out. "
        "Did you mean “School website - Photo”?",
        "line 1, Snapchat - Video: the school's settings name no such use, so this column was left out.",
        "line 1, Displays in school - Video: the school does not ask parents about this, so the column was left out.",
    ]
    assert "line 1: these columns are not needed and were not read: Gender, Home postcode." in warnings
    assert any("no column for School website - Photo, School website - Video" in each for each in warnings)


# ── cells ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", ["Yes", "y", "TRUE", "1", "Granted", "consented ", "Confirmed"])
def test_yes(word: str) -> None:
    assert roll(JAMIE | {"School website - Photo": word}).rows[0].verdicts[0] is Verdict.YES


@pytest.mark.parametrize("word", ["No", "N", "false", "0", "Not Granted", "Declined", "withdrawn"])
def test_no(word: str) -> None:
    assert roll(JAMIE | {"School website - Photo": word}).rows[0].verdicts[0] is Verdict.NO


@pytest.mark.parametrize("word", ["", "  ", "Pending", "requested"])
def test_not_recorded(word: str) -> None:
    assert roll(JAMIE | {"School website - Photo": word}).rows[0].verdicts[0] is None


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("UPN", "A801200005001", "the first letter does not fit"),
        ("UPN", "B80120000500", "this one has 12"),
        ("Date of Birth", "31/02/2020", "“31/02/2020”: there is no such day."),
        ("Date of Birth", "08/31/2019", "“08/31/2019”: there is no such day."),
        ("Date of Birth", "31/08/19", "“31/08/19”: Write a date as day/month/year"),
        ("Date of Birth", "24/11/2026", "this day has not come yet"),
        ("Date of Leaving", "01/01/2020", "this is before the date of entry"),
        ("School website - Photo", "Maybe", "“Maybe”: this is neither Yes nor No"),
        ("School website - Photo", "nowak", "line 2, School website - Photo: this is neither Yes nor No"),
        ("Never Photograph", "#!", "line 2, Never Photograph: this is neither Yes nor No"),
        ("Legal Forename", "J" * 101, "line 2, Legal Forename: this is longer than 100 letters"),
        ("Legal Forename", "#!", "line 2, Legal Forename: there is no letter or digit in this"),
        ("Legal Forename", "Ja\0mes", "line 2, Legal Forename: there is something in this that is not text"),
        ("Registration Group", "x" * 101, "longer than 100 letters"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column_and_the_rest_is_taken(column: str, cell: str, message: str) -> None:
    read = roll(JAMIE | {column: cell}, ZOE)
    (problem,) = read.problems
    assert str(problem).startswith(f"line 2, {column}: ")
    assert message in str(problem)
    assert "James" not in str(problem)
    assert [row.line for row in read.rows] == [3]


@pytest.mark.parametrize("day", ["31/08/2019", "31.8.2019", "31-08-2019", "2019-08-31", "2019-08-31 00:00:00"])
def test_days(day: str) -> None:
    assert roll(JAMIE | {"Date of Birth": day}).rows[0].born_on == date(2019, 8, 31)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3", "3"),
        ("Year 3", "3"),
        ("Y03", "3"),
        ("Reception", "R"),
        ("R", "R"),
        ("0", "R"),
        ("N2", "N2"),
        ("Mixed", "Mixed"),
    ],
)
def test_year_groups_in_one_spelling(written: str, read: str) -> None:
    assert roll(JAMIE | {"Year Group": written}).rows[0].year_group == read


def test_names_are_tidied() -> None:
    row = roll(JAMIE | {"Legal Forename": " \u202eMary\u200b  Ann\t", "Legal Surname": "Zoe\u0308"}).rows[0]
    assert (row.legal_forename, row.legal_surname) == ("Mary Ann", "Zoë")


def test_a_child_without_names_is_refused_and_one_pair_is_enough() -> None:
    nameless = JAMIE | {"Legal Forename": "", "Preferred Forename": " "}
    assert said(roll(nameless).problems) == ["line 2, Legal Forename: the forename is missing"]
    legal_only = compared(roll(JAMIE | {"Preferred Forename": "", "Preferred Surname": ""})).new[0]
    assert (legal_only.forename, legal_only.surname) == ("James", "Nowak")
    preferred_only = compared(roll(JAMIE | {"Legal Forename": "", "Legal Surname": ""})).new[0]
    assert (preferred_only.legal_forename, preferred_only.legal_surname) == ("Jamie", "Nowak")


def test_cells_too_many_or_too_few() -> None:
    text = table(JAMIE, ZOE).decode().splitlines()
    content = "\n".join((text[0], text[1] + ",,", text[2] + ",x", text[2].removesuffix(",")))
    read = read_roll(reading.read("roll.csv", content.encode()), SCHOOL, TODAY)
    assert [row.line for row in read.rows] == [2]
    assert said(read.problems)[0].startswith("line 3: this row has 18 cells, the header has 17.")
    assert said(read.problems)[1].startswith("line 4: this row has 16 cells, the header has 17.")


def test_a_pupil_who_is_there_twice_is_refused_everywhere() -> None:
    other = ZOE | {"UPN": "", "Admission Number": "000009"}
    read = roll(JAMIE, ZOE, JAMIE | {"School website - Photo": "Oops"}, other, other | {"Admission Number": "9"})
    assert said(each for each in read.problems if "also" in str(each)) == [
        "line 2, UPN: this UPN is also on line 4, so neither is imported.",
        "line 4, UPN: this UPN is also on line 2, so neither is imported.",
        "line 5, Admission Number: this admission number is also on line 6, so neither is imported.",
        "line 6, Admission Number: this admission number is also on line 5, so neither is imported.",
    ]
    assert [row.line for row in read.rows] == [3]


def test_the_same_name_and_birthday_without_any_number() -> None:
    bare = JAMIE | {"UPN": "", "Admission Number": ""}
    assert len(roll(bare, bare).problems) == 2
    assert not roll(bare, bare | {"Legal Forename": "Jan"}).problems
    assert [str(each) for each in compared(roll(bare | {"Date of Birth": ""})).problems] == [
        "line 2: without a UPN, an admission number or a date of birth Lanyard cannot tell who this is."
    ]


def test_two_pupils_with_one_admission_number_are_taken_with_a_warning() -> None:
    read = roll(JAMIE, ZOE | {"Admission Number": "7"})
    assert len(read.rows) == 2
    assert "line 2, Admission Number: this admission number is also on line 3: please check." in said(read.warnings)


def test_an_unknown_authority_is_told_once() -> None:
    strangers = [upn.check_letter(f"A{rest}") + rest for rest in ("999200005001", "999200005002")]
    read = roll(*(JAMIE | {"UPN": each, "Admission Number": each} for each in strangers))
    assert len(read.rows) == 2
    assert [each.line for each in read.warnings if "local authority" in each.message] == [2]


def test_no_pupils_at_all() -> None:
    with pytest.raises(BadFile, match="no pupils"):
        roll()


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    sheet = reading.read("roll.csv", table(*(JAMIE | {"UPN": "", "Admission Number": str(n)} for n in range(1, 2_500))))
    read_roll(sheet, SCHOOL, TODAY, lambda done, of: told.append((done, of)))
    assert told == [(0, 2_499), (1_000, 2_499), (2_000, 2_499)]
