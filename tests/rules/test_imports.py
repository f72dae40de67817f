"""Reading a roll, and what it would change."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadFile
from bot.rules import sheets, upn
from bot.rules.imports import Extent, Roll, read_roll
from bot.rules.imports_columns import Column, Finding, consent_header
from bot.rules.imports_difference import Difference, counts_from, difference, refused_by_somebody
from bot.rules.imports_who import Recorded
from bot.rules.ledger import Decision, Method, Verdict
from bot.rules.school import Media, School, Use

SAMPLE = Path(__file__).parent.parent / "sample-school"
TODAY = date(2026, 11, 23)
BOTH = (Media.PHOTO, Media.VIDEO)
USES = (
    Use("website", "School website", BOTH),
    Use("twitter", "Twitter/X", BOTH, ("x", "tweet")),
    Use("displays", "Displays in school", (Media.PHOTO,)),
)
SCHOOL = School(1, "T0SCHOOL", "Huntington", "Europe/London", USES, {"Reg Gruppe": "Registration Group", "Dog": ""}, 1)
MATTERS = [(use.key, medium) for use in USES for medium in use.media]
HEADER = [*(column.value for column in Column), *(consent_header(matter, SCHOOL) for matter in MATTERS)]

JAMIE = {
    "UPN": "B801200005001",
    "Admission Number": "000007",
    "Legal Forename": "James",
    "Legal Surname": "Nowak",
    "Preferred Forename": "Jamie",
    "Preferred Surname": "Nowak",
    "Date of Birth": "31/08/2019",
    "Year Group": "3",
    "Registration Group": "3B",
    "Date of Entry": "03/09/2023",
    "School website - Photo": "Yes",
    "School website - Video": "No",
}
ZOE = JAMIE | {"UPN": "P207000016049", "Admission Number": "000008", "Legal Forename": "Zoë", "Preferred Forename": ""}


def table(*rows: dict[str, str], header: Iterable[str] = HEADER) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(header), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def roll(*rows: dict[str, str], header: Iterable[str] = HEADER, extent: Extent = Extent.WHOLE) -> Roll:
    return read_roll(sheets.read("roll.csv", table(*rows, header=header)), SCHOOL, TODAY, extent=extent)


def compared(read: Roll, *known: Recorded, today: date = TODAY) -> Difference:
    return difference(read, known, today)


def after(found: Difference, known: Iterable[Recorded] = ()) -> list[Recorded]:
    """Return who is on record when a difference has been applied: what the service and the storage do, in miniature."""
    kept = {pupil.pupil_id: pupil for pupil in known}
    for missing in found.missing:
        was = kept[missing.pupil_id]
        kept[missing.pupil_id] = replace(was, missing_since=was.missing_since or TODAY)
    for change in found.changes:
        was = kept[change.pupil_id]
        imported = list(was.imported)
        for made in change.decisions:
            imported[made.place] = made.verdict
        flag = was.never_photograph or change.raises_flag
        facts = {name: value for name, value in change.facts.items() if name != "decisions_from"}
        kept[change.pupil_id] = replace(was, **facts, imported=tuple(imported), never_photograph=flag)
    first = max(kept, default=0) + 1
    for number, row in enumerate(found.new, first):
        kept[number] = Recorded(
            *(number, row.upn, row.admission_number, row.legal_forename, row.legal_surname, row.forename, row.surname),
            *(row.born_on, row.year_group, row.class_name, row.joined_on, row.left_on, None, row.never_photograph),
            row.verdicts,
        )
    return list(kept.values())


def on_record(*rows: dict[str, str]) -> list[Recorded]:
    return after(compared(roll(*rows)))


def said(found: Iterable[Finding]) -> list[str]:
    return [str(each) for each in found]


# ── columns ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    read = read_roll(sheets.read("roll.csv", content.encode()), SCHOOL, TODAY)
    assert [row.line for row in read.rows] == [2]
    assert said(read.problems)[0].startswith("line 3: this row has 18 cells, the header has 17.")
    assert said(read.problems)[1].startswith("line 4: this row has 16 cells, the header has 17.")


def test_a_pupil_who_is_there_twice_is_refused_everywhere() -> None:
    other = ZOE | {"UPN": "", "Admission Number": "000009"}
    read = roll(JAMIE, ZOE, JAMIE | {"School website - Photo": "Oops"}, other, other | {"Admission Number": "9"})
    assert said(each for each in read.problems if "also" in str(each)) == [
        "line 2, UPN: this UPN is also on line 4, so neither is taken.",
        "line 4, UPN: this UPN is also on line 2, so neither is taken.",
        "line 5, Admission Number: this admission number is also on line 6, so neither is taken.",
        "line 6, Admission Number: this admission number is also on line 5, so neither is taken.",
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
    sheet = sheets.read("roll.csv", table(*(JAMIE | {"UPN": "", "Admission Number": str(n)} for n in range(1, 2_500))))
    read_roll(sheet, SCHOOL, TODAY, lambda done, of: told.append((done, of)))
    assert told == [(0, 2_499), (1_000, 2_499), (2_000, 2_499)]


# ── the difference ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_pupil_and_the_day_from_which_consent_counts() -> None:
    found = compared(roll(JAMIE))
    assert (len(found.new), found.decisions, found.changes) == (1, 2, ())
    assert counts_from(found.new[0], TODAY) == date(2023, 9, 3)
    # Dated ahead, it would outrank a No that is given before that day.
    soon = compared(roll(JAMIE | {"Date of Entry": "05/01/2027"})).new[0]
    assert counts_from(soon, TODAY) == TODAY
    assert counts_from(replace(soon, joined_on=None), TODAY) == TODAY


def test_a_blank_erases_nothing() -> None:
    blank = {"UPN": JAMIE["UPN"], "Legal Forename": "James", "Legal Surname": "Nowak"}
    found = compared(roll(blank), *on_record(JAMIE))
    assert found.changes_nothing
    assert (found.unchanged, found.changes) == (1, ())


def test_only_what_differs_from_the_last_import_is_a_decision() -> None:
    found = compared(roll(JAMIE | {"School website - Photo": "No", "Twitter/X - Photo": "Yes"}), *on_record(JAMIE))
    assert [(made.place, made.verdict, made.before) for made in found.changes[0].decisions] == [
        (0, Verdict.NO, Verdict.YES),
        (2, Verdict.YES, None),
    ]
    assert found.withdrawn == ((1, ("website", Media.PHOTO)),)


def test_a_yes_does_not_get_past_a_no_that_somebody_recorded() -> None:
    (known,) = on_record(JAMIE | {"School website - Photo": "No", "Twitter/X - Photo": ""})
    known = replace(known, refused=frozenset({0, 2}))
    found = compared(roll(JAMIE | {"Twitter/X - Photo": "Yes"}), known)
    assert found.changes_nothing
    assert [(each.line, each.column) for each in found.kept] == [
        (2, "School website - Photo"),
        (2, "Twitter/X - Photo"),
    ]
    assert "/consent-record" in found.kept[0].message
    # A No goes through all the same, and what the last import said already is not repeated.
    assert compared(roll(JAMIE | {"Twitter/X - Photo": "No"}), known).decisions == 1
    same = replace(known, imported=(Verdict.YES, Verdict.NO, None, None, None))
    assert not compared(roll(JAMIE), same).kept


def decided(verdict: Verdict, day: date, by: str = "Mum", method: Method = Method.FORM, number: int = 1) -> Decision:
    return Decision(number, 1, "website", Media.PHOTO, verdict, day, None, method, by)


@pytest.mark.parametrize(
    ("decisions", "stands"),
    [
        ([], False),
        ([decided(Verdict.NO, TODAY, "", Method.IMPORT)], False),
        ([decided(Verdict.NO, TODAY)], True),
        ([decided(Verdict.WITHDRAWN, TODAY, method=Method.SPOKEN)], True),
        ([decided(Verdict.NO, date(2027, 1, 1))], True),
        ([decided(Verdict.NO, TODAY), decided(Verdict.YES, TODAY, number=2)], False),
        ([decided(Verdict.NO, TODAY), decided(Verdict.YES, date(2027, 1, 1), number=2)], True),
        ([decided(Verdict.NO, TODAY), decided(Verdict.YES, TODAY, "Dad", number=2)], True),
        ([decided(Verdict.NO, TODAY), decided(Verdict.YES, TODAY, "", Method.RULING, 2)], False),
    ],
)
def test_whether_somebodys_no_stands(decisions: list[Decision], stands: bool) -> None:
    assert refused_by_somebody(decisions, TODAY) is stands


def test_the_flag_goes_up_and_never_comes_down() -> None:
    found = compared(roll(JAMIE | {"Never Photograph": "Yes"}), *on_record(JAMIE))
    assert found.changes[0].raises_flag
    assert found.flags == 1
    lowered = compared(roll(JAMIE | {"Never Photograph": "No"}), *on_record(JAMIE | {"Never Photograph": "Yes"}))
    assert lowered.changes_nothing
    assert said(lowered.notes) == ["line 2, Never Photograph: the flag stays up: only a person can take it down."]


def test_a_new_name_keeps_the_old_one_findable() -> None:
    found = compared(roll(JAMIE | {"Legal Surname": "Smith", "Preferred Surname": "Smith"}), *on_record(JAMIE))
    assert found.changes[0].facts == {"legal_surname": "Smith", "surname": "Smith"}
    assert found.changes[0].former_names == ("James Nowak", "Jamie Nowak")
    assert found.changes[0].placement is None


def test_without_a_preferred_name_the_legal_one_is_followed() -> None:
    bare = JAMIE | {"Preferred Forename": "", "Preferred Surname": ""}
    found = compared(roll(bare | {"Legal Surname": "Smith"}), *on_record(bare))
    assert found.changes[0].facts == {"legal_surname": "Smith", "surname": "Smith"}
    # A preferred name of the child's own stays.
    own = compared(roll(bare | {"Legal Forename": "Jim"}), *on_record(JAMIE))
    assert own.changes[0].facts == {"legal_forename": "Jim"}


def test_a_change_of_class_or_year_is_a_placement() -> None:
    found = compared(roll(JAMIE | {"Registration Group": "4 Elm", "Year Group": "Year 4"}), *on_record(JAMIE))
    assert found.changes[0].placement == ("4 Elm", "4")
    assert (found.moved, found.renamed) == (1, 0)


LOST = JAMIE | {"Legal Surname": "Đặng", "Preferred Surname": "Đặng"}
DAMAGED = JAMIE | {"Legal Surname": "??ng", "Preferred Surname": "??ng"}


def test_lost_letters_do_not_replace_the_whole_name() -> None:
    found = compared(roll(DAMAGED), *on_record(LOST))
    assert found.changes_nothing
    assert said(found.notes)[0].startswith("line 2, Legal Surname: letters were lost when this file was made (“?”).")


def test_lost_letters_of_a_child_not_yet_known_are_taken_with_a_warning_and_mended_later() -> None:
    first = compared(roll(DAMAGED))
    assert first.new[0].surname == "??ng"
    assert [each.column for each in first.warnings] == ["Legal Surname", "Preferred Surname"]
    mended = compared(roll(LOST), *after(first))
    assert mended.changes[0].facts == {"legal_surname": "Đặng", "surname": "Đặng"}
    assert mended.changes[0].former_names == ()


def test_garbled_letters_are_warned_of() -> None:
    garbled = JAMIE | {"Legal Forename": "Zoë".encode().decode("cp1252")}
    assert "letters look garbled" in said(compared(roll(garbled)).warnings)[0]


def test_who_is_missing_is_listed_once_and_never_removed() -> None:
    known = on_record(JAMIE, ZOE)
    found = compared(roll(JAMIE), *known)
    assert [(each.name, each.class_name, each.since) for each in found.missing] == [("Zoë Nowak", "3B", None)]
    assert not found.changes_nothing
    marked = after(found, known)
    again = compared(roll(JAMIE), *marked)
    assert again.changes_nothing
    assert again.missing[0].since == TODAY
    back = compared(roll(JAMIE, ZOE), *marked)
    assert back.missing == ()
    assert back.changes[0].facts == {"missing_since": None}


def test_who_is_not_missing() -> None:
    known = on_record(JAMIE, ZOE | {"Date of Leaving": "01/09/2026"})
    assert compared(roll(JAMIE), *known).missing == ()
    soon = on_record(JAMIE, ZOE | {"Date of Entry": "05/01/2027"})
    assert compared(roll(JAMIE), *soon).missing == ()
    # In the file, if only in a row that is refused; in no file at all; in a list of some pupils.
    both = on_record(JAMIE, ZOE)
    assert compared(roll(JAMIE, ZOE | {"Year Group": "x" * 21}), *both).missing == ()
    assert compared(roll(JAMIE | {"School website - Photo": "?"}), *both).missing == ()
    assert compared(roll(JAMIE, extent=Extent.PART), *both).missing == ()


def test_leaving_and_coming_back() -> None:
    left = compared(roll(JAMIE | {"Date of Leaving": "20/11/2026"}), *on_record(JAMIE))
    assert left.changes[0].facts == {"left_on": date(2026, 11, 20)}
    gone = after(left, on_record(JAMIE))
    stays = compared(roll(JAMIE), *gone)
    assert stays.changes_nothing
    assert "recorded as having left" in stays.notes[0].message
    back = compared(roll(JAMIE | {"Date of Entry": "23/11/2026"}), *gone)
    assert back.changes[0].facts == {"joined_on": TODAY, "left_on": None, "decisions_from": date(2026, 11, 21)}
    assert "come back" in back.warnings[0].message


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ({"UPN": ""}, {}),
        ({}, {"UPN": ""}),
        ({"Admission Number": "7"}, {}),
        ({"Admission Number": ""}, {"UPN": ""}),
        ({"UPN": "", "Admission Number": "00123"}, {}),
        ({}, {"UPN": "U89620002600A"}),
        ({"UPN": "", "Admission Number": "", "Legal Surname": "Now?k"}, {}),
        ({"UPN": "", "Legal Surname": "Smith"}, {}),
    ],
)
def test_one_pupil_is_recognised(row: dict[str, str], known: dict[str, str]) -> None:
    found = compared(roll(JAMIE | row), *on_record(JAMIE | known))
    assert (found.new, found.missing, found.problems) == ((), (), ())


def test_the_childs_own_upn_replaces_the_temporary_one() -> None:
    (change,) = compared(roll(JAMIE), *on_record(JAMIE | {"UPN": "U89620002600A"})).changes
    assert change.facts == {"upn": JAMIE["UPN"]}


def test_two_pupils_are_not_taken_for_one() -> None:
    other = JAMIE | {"UPN": ZOE["UPN"], "Admission Number": "000099"}
    namesake = compared(roll(JAMIE, other), *on_record(JAMIE))
    assert len(namesake.new) == 1
    assert "has another UPN" in namesake.warnings[0].message
    stranger = {"UPN": "", "Legal Forename": "Ada", "Date of Birth": "01/01/2020"}
    assert "another name and date of birth" in said(compared(roll(JAMIE | stranger), *on_record(JAMIE)).problems)[0]
    bare = JAMIE | {"UPN": "", "Admission Number": "000099"}
    twice = compared(roll(JAMIE, bare), *on_record(JAMIE))
    assert said(twice.problems) == [
        "line 2: lines 2 and 3 are about the same pupil, so neither is taken.",
        "line 3: lines 2 and 3 are about the same pupil, so neither is taken.",
    ]
    assert twice.changes_nothing


# ── what always holds ──────────────────────────────────────────────────────────────────────────────────────────────

ANSWERS = st.sampled_from(["Yes", "No", "", "Granted", "Declined", "Pending"])
NAMES = st.sampled_from(["Zoë", "?ukasz", "Łukasz", "O’Neill", "O'Neill", "Jamie", "van Dijk", "Mary  Ann"])


@st.composite
def files(draw: st.DrawFn, *, least: int = 1) -> list[dict[str, str]]:
    """Some of twelve pupils, each with whatever a school's system may say about one."""
    rows = []
    for number in sorted(draw(st.sets(st.integers(0, 11), min_size=least))):
        rest = f"8012000050{number % 10}" + ("A" if number > 9 else str(number % 7))
        row = {"UPN": upn.check_letter(f"A{rest}") + rest, "Admission Number": f"{number:06}"}
        row |= {name: draw(NAMES) for name in ("Legal Forename", "Legal Surname")}
        row |= {name: draw(NAMES | st.just("")) for name in ("Preferred Forename", "Preferred Surname")}
        row["Date of Birth"] = draw(st.sampled_from([f"{number + 1:02}/08/2019", f"2019-08-{number + 1}", ""]))
        row["Year Group"] = draw(st.sampled_from(["3", "Year 4", ""]))
        row["Registration Group"] = draw(st.sampled_from(["3B", "4 Elm", ""]))
        dates = st.sampled_from([("03/09/2023", ""), ("05/01/2027", ""), ("", ""), ("", "01/11/2026")])
        row["Date of Entry"], row["Date of Leaving"] = draw(dates)
        row["Never Photograph"] = draw(st.sampled_from(["", "", "Yes", "No"]))
        row |= {consent_header(matter, SCHOOL): draw(ANSWERS) for matter in MATTERS}
        rows.append(row)
    return rows


@given(files(), files())
def test_what_was_applied_changes_nothing_when_it_is_imported_again(
    before: list[dict[str, str]], now: list[dict[str, str]]
) -> None:
    known = on_record(*before)
    read = roll(*now)
    applied = after(compared(read, *known), known)
    again = compared(roll(*now), *applied)
    assert again.changes_nothing, again
    assert len(applied) == len({row["UPN"] for row in before + now})


@given(files(), st.data())
def test_a_blank_never_changes_anything(rows: list[dict[str, str]], data: st.DataObject) -> None:
    known = on_record(*rows)
    blanked = [
        {
            name: cell if name in {"UPN", "Legal Forename", "Legal Surname"} or data.draw(st.booleans()) else ""
            for name, cell in row.items()
        }
        for row in rows
    ]
    found = compared(roll(*blanked), *known)
    assert found.changes_nothing, found.changes


@given(files(least=2), st.data())
def test_a_refused_row_never_blocks_the_others(rows: list[dict[str, str]], data: st.DataObject) -> None:
    bad = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(["Date of Birth", "School website - Photo", "UPN", "Never Photograph"]))
    spoilt = [row | {column: "nonsense"} if number == bad else row for number, row in enumerate(rows)]
    found = compared(roll(*spoilt))
    assert {each.line for each in found.problems} == {bad + 2}
    assert [row.line for row in found.new] == [number + 2 for number in range(len(rows)) if number != bad]


@given(files())
def test_no_message_holds_a_name(rows: list[dict[str, str]]) -> None:
    spoilt = [row | {"School website - Photo": row["Legal Surname"], "Date of Birth": "x"} for row in rows]
    found = compared(roll(*spoilt, *rows))
    told = " ".join(said((*found.problems, *found.warnings, *found.kept, *found.notes)))
    assert not any(name in told for name in ("Zoë", "ukasz", "Neill", "Jamie", "Dijk", "Mary"))


@pytest.mark.parametrize("name", ["roll.csv", "roll-other-mis.csv"])
def test_the_sample_files(name: str) -> None:
    found = compared(read_roll(sheets.read(name, (SAMPLE / name).read_bytes()), SCHOOL, TODAY))
    assert (len(found.new), found.problems) == (208, ())
    assert sum(row.upn == "" for row in found.new) == 3
