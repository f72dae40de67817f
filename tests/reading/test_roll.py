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

from bot.reading.columns import Column, Finding, consent_header
from bot.reading.roll import upn
from bot.reading.roll.difference import Difference, counts_from, difference, refused_by_somebody
from bot.reading.roll.read import read_roll
from bot.reading.roll.rows import Extent, Recorded, Roll
from bot.rules.consent.ledger import Decision, Method, Verdict
from bot.rules.school import Media, School, Use
from bot.sheets import reading

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
    return read_roll(reading.read("roll.csv", table(*rows, header=header)), SCHOOL, TODAY, extent=extent)


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
        "line 2: lines 2 and 3 are about the same pupil, so neither is imported.",
        "line 3: lines 2 and 3 are about the same pupil, so neither is imported.",
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
    # Only a row that may be another child's is not taken: names are drawn anew here, so they change places.
    refused = {now[problem.line - 2]["UPN"] for problem in again.problems}
    assert len(applied) == len({row["UPN"] for row in before} | ({row["UPN"] for row in now} - refused))


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
    found = compared(read_roll(reading.read(name, (SAMPLE / name).read_bytes()), SCHOOL, TODAY))
    assert (len(found.new), found.problems) == (208, ())
    assert sum(row.upn == "" for row in found.new) == 3
