"""Who a row of a roll is about: no cell by itself says it, and no import moves one child's history to another."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.reading.roll import upn
from bot.reading.roll.difference import Difference
from bot.reading.roll.evidence import EVERY, Evidence, Fact, is_enough
from tests.reading.test_roll import JAMIE, after, compared, on_record, roll, said

UPN, NAME, BIRTHDAY, NUMBER = Fact

Row = dict[str, str]

ADA = JAMIE | {
    "UPN": "B895200019001",
    "Admission Number": "101",
    "Legal Forename": "Ada",
    "Legal Surname": "Quill",
    "Preferred Forename": "",
    "Preferred Surname": "",
    "Date of Birth": "03/04/2018",
    "Never Photograph": "Yes",
}
BEN = ADA | {
    "UPN": "Q895200019002",
    "Admission Number": "102",
    "Legal Forename": "Ben",
    "Legal Surname": "Wren",
    "Date of Birth": "12/11/2017",
    "Never Photograph": "",
    "School website - Photo": "No",
}
CAL = BEN | {"UPN": "P207000016049", "Admission Number": "103", "Legal Forename": "Cal", "Legal Surname": "Yew"}
NAMES = ("Legal Forename", "Legal Surname", "Preferred Forename", "Preferred Surname")


def with_the(columns: tuple[str, ...] | str, of: Row, row: Row) -> Row:
    """Return a row that has some cells of another one."""
    return row | {column: of[column] for column in ((columns,) if isinstance(columns, str) else columns)}


# ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shared", "other", "enough"),
    [
        ({UPN, NUMBER, NAME, BIRTHDAY}, {}, True),
        ({UPN, NAME}, {}, True),
        ({UPN}, {NAME}, True),  # renamed, and the file has neither number nor birthday
        ({UPN, BIRTHDAY}, {NAME}, True),  # renamed
        ({UPN, NAME}, {BIRTHDAY}, True),  # birthday corrected
        ({UPN, BIRTHDAY}, {NAME, NUMBER}, True),
        ({UPN}, {NAME, BIRTHDAY}, False),
        ({UPN}, {NAME, NUMBER}, False),
        ({UPN}, {NAME, BIRTHDAY, NUMBER}, False),  # the column was sorted by itself
        ({UPN, NUMBER}, {NAME, BIRTHDAY}, False),  # two columns were
        ({NUMBER, NAME, BIRTHDAY}, {UPN}, True),  # a UPN corrected
        ({NUMBER, BIRTHDAY}, {NAME}, True),
        ({NUMBER, NAME}, {BIRTHDAY}, True),
        ({NUMBER, NAME}, {}, True),
        ({NUMBER}, {NAME}, False),  # one cell
        ({NUMBER, BIRTHDAY}, {NAME, UPN}, False),
        ({NAME, BIRTHDAY}, {}, True),
        ({NAME, BIRTHDAY}, {NUMBER}, True),  # another system's numbers
        ({NAME, BIRTHDAY}, {UPN}, False),  # two children of one name, born on one day
        ({NAME}, {}, False),
        ({BIRTHDAY}, {NAME}, False),
    ],
)
def test_what_is_taken_for_one_child(shared: set[Fact], other: set[Fact], enough: bool) -> None:
    assert is_enough(Evidence(frozenset(shared), frozenset(other))) is enough


@given(st.sampled_from(list(EVERY.values())))
def test_one_cell_is_never_enough_against_two_and_more_agreement_never_does_harm(evidence: Evidence) -> None:
    if is_enough(evidence):
        assert len(evidence.shared) > 1 or len(evidence.other) < 2
        assert not evidence.other >= {NAME, BIRTHDAY}
        for fact in evidence.other:
            assert is_enough(Evidence(evidence.shared | {fact}, evidence.other - {fact}))
    else:
        for fact in evidence.shared:
            assert not is_enough(Evidence(evidence.shared - {fact}, evidence.other | {fact}))


# ── a column sorted by itself ──────────────────────────────────────────────────────────────────────────────────────


def refused(found: Difference) -> list[int]:
    assert found.changes_nothing
    return [problem.line for problem in found.problems]


def test_a_upn_column_sorted_by_itself_changes_no_child() -> None:
    found = compared(roll(with_the("UPN", BEN, ADA), with_the("UPN", ADA, BEN)), *on_record(ADA, BEN))
    assert refused(found) == [2, 3]
    assert found.missing == ()
    assert said(found.problems)[0] == (
        "line 2, UPN: this UPN is on record for a child with another name, date of birth and admission number. "
        "Was a column sorted by itself? Please check."
    )
    assert [problem.on_record for problem in found.problems] == ["Ben Wren, 3B", "Ada Quill, 3B"]


TWIN = ADA | {"UPN": BEN["UPN"], "Admission Number": "102", "Legal Forename": "Eve"}
NAMESAKE = ADA | {"UPN": BEN["UPN"], "Admission Number": "102", "Date of Birth": "12/11/2017"}


@pytest.mark.parametrize("other", [BEN, TWIN, NAMESAKE], ids=["anybody", "a twin", "a namesake"])
@pytest.mark.parametrize("left_out", [(), ("Admission Number",)], ids=["", "without numbers"])
@pytest.mark.parametrize("pasted", [slice(2), slice(1), slice(1, 2)], ids=["both", "one", "the other"])
def test_however_alike_two_children_are(other: Row, left_out: tuple[str, ...], pasted: slice) -> None:
    rows = [with_the("UPN", other, ADA), with_the("UPN", ADA, other)]
    blank = dict.fromkeys(left_out, "")
    found = compared(roll(*(row | blank for row in rows[pasted])), *on_record(ADA, other))
    assert len(refused(found)) == len(rows[pasted])


def test_names_sorted_by_themselves_and_two_columns_together() -> None:
    known = on_record(ADA, BEN, CAL)
    moved = [with_the(NAMES, BEN, ADA), with_the(NAMES, CAL, BEN), with_the(NAMES, ADA, CAL)]
    assert refused(compared(roll(*moved), *known)) == [2, 3, 4]
    numbers = ("UPN", "Admission Number")
    moved = [with_the(numbers, BEN, ADA), with_the(numbers, CAL, BEN), with_the(numbers, ADA, CAL)]
    assert refused(compared(roll(*moved), *known)) == [2, 3, 4]


@pytest.mark.parametrize("columns", ["UPN", NAMES, ("UPN", "Admission Number")])
def test_sorted_together_with_children_who_are_new(columns: tuple[str, ...] | str) -> None:
    known = on_record(ADA, BEN)
    moved = [with_the(columns, CAL, ADA), with_the(columns, ADA, BEN), with_the(columns, BEN, CAL)]
    found = compared(roll(*moved), *known)
    assert refused(found) == [2, 3, 4]
    # A second attempt does not get any further.
    assert refused(compared(roll(*moved), *after(found, known))) == [2, 3, 4]


def test_admission_numbers_sorted_by_themselves() -> None:
    known = on_record(ADA, TWIN)
    moved = [with_the("Admission Number", TWIN, ADA), with_the("Admission Number", ADA, TWIN)]
    # The UPN says who each of them is, and new numbers are common: after a change of system, say.
    found = compared(roll(*moved), *known)
    assert [(change.pupil_id, change.facts) for change in found.changes] == [
        (1, {"admission_number": "102"}),
        (2, {"admission_number": "101"}),
    ]
    bare = [row | {"UPN": ""} for row in moved]
    assert refused(compared(roll(*bare), *known)) == [2, 3]
    assert refused(compared(roll(*(row | {"Date of Birth": ""} for row in bare)), *known)) == [2, 3]


def test_without_any_number_another_birthday_is_not_another_child() -> None:
    bare = {"UPN": "", "Admission Number": ""}
    found = compared(roll(ADA | bare | {"Date of Birth": "04/03/2018"}), *on_record(ADA))
    assert refused(found) == [2]
    assert found.missing == ()
    both = compared(roll(ADA, ADA | bare | {"Date of Birth": "04/03/2018"}), *on_record(ADA))
    assert [row.line for row in both.new] == [3]


# ── what must go on working ────────────────────────────────────────────────────────────────────────────────────────

SMITH = {"Legal Surname": "Smith"}
BORN = {"Date of Birth": "04/03/2018"}


@pytest.mark.parametrize(
    ("now", "was"),
    [
        (SMITH, {}),
        (SMITH | {"Admission Number": ""}, {}),
        (SMITH | {"Date of Birth": "", "Admission Number": ""}, {}),  # the file has the UPN alone
        (SMITH, {"Date of Birth": "", "Admission Number": ""}),  # the record has
        (SMITH | {"UPN": ""}, {}),
        (SMITH | {"Admission Number": "901"}, {}),
        (BORN, {}),
        (BORN | {"UPN": ""}, {}),
        (BORN | {"Admission Number": "901"}, {}),
        ({"Admission Number": "901"}, {}),
        ({"Admission Number": "901", "UPN": ""}, {}),
        ({"Admission Number": "901", "Date of Birth": ""}, {}),
        ({}, {"UPN": "U89620002600A"}),  # a temporary number becomes permanent
        (SMITH, {"UPN": "U89620002600A"}),
        ({}, {"UPN": ""}),
        (SMITH, {"UPN": ""}),
        ({"Admission Number": ""}, {"UPN": "", "Admission Number": ""}),
        ({"UPN": CAL["UPN"]}, {}),  # a UPN corrected
        ({"Date of Birth": "", "UPN": ""}, {}),
        ({"Legal Forename": "", "Legal Surname": "", "Preferred Forename": "Ada", "Preferred Surname": "Quill"}, {}),
        ({"UPN": "", "Date of Birth": "", "Legal Forename": "Addie"}, {"Preferred Forename": "Addie"}),
    ],
)
def test_one_thing_has_changed_and_it_is_the_same_child(now: Row, was: Row) -> None:
    found = compared(roll(ADA | now, BEN), *on_record(ADA | was, BEN))
    assert (found.problems, found.new, found.missing) == ((), (), ())
    assert {change.pupil_id for change in found.changes} <= {1}


def test_a_child_is_renamed_to_somebody_elses_name() -> None:
    as_ben = ADA | {name: BEN[name] for name in NAMES}
    found = compared(roll(as_ben, BEN), *on_record(ADA, BEN))
    assert [(change.pupil_id, change.facts["legal_surname"]) for change in found.changes] == [(1, "Wren")]
    # By UPN and name alone too, where the other one's own row is there.
    bare = {"Admission Number": "", "Date of Birth": ""}
    assert compared(roll(as_ben | bare, BEN | bare), *on_record(ADA, BEN)).renamed == 1
    assert refused(compared(roll(as_ben | bare), *on_record(ADA, BEN))) == [2]


def test_a_number_is_given_to_a_new_child() -> None:
    zed = CAL | {"Admission Number": ADA["Admission Number"]}
    found = compared(roll(zed, BEN), *on_record(ADA | {"Date of Leaving": "01/09/2026"}, BEN))
    assert [row.line for row in found.new] == [2]
    # Of a number and another name alone nobody can tell whether it is somebody new.
    unknown = zed | {"UPN": "", "Date of Birth": ""}
    assert refused(compared(roll(unknown), *on_record(ADA))) == [2]


def test_children_whom_nothing_but_the_upn_tells_apart_are_taken_at_their_upn() -> None:
    """Two namesakes in a file without birthdays and numbers: the limit of what can be known."""
    bare = {"Admission Number": "", "Date of Birth": ""}
    found = compared(roll(ADA | bare, NAMESAKE | bare), *on_record(ADA, NAMESAKE))
    assert (found.problems, found.changes) == ((), ())


# ── whoever they are ───────────────────────────────────────────────────────────────────────────────────────────────

FACTS: dict[str, tuple[str, ...]] = {
    "UPN": ("UPN",),
    "number": ("Admission Number",),
    "name": NAMES,
    "birthday": ("Date of Birth",),
}


ANSWERS = (("Yes", "Yes"), ("Yes", "No"), ("No", "Yes"), ("No", "No"))


@st.composite
def children(draw: st.DrawFn) -> list[Row]:
    """Two to four children who may be twins, namesakes or hardly known, each with answers of their own."""
    rows = []
    with_numbers, with_birthdays = draw(st.booleans()), draw(st.booleans())
    for place in range(draw(st.integers(2, 4))):
        rest = f"8012000050{place}0"
        row = {"UPN": upn.check_letter(f"A{rest}") + rest, "Registration Group": "3B"}
        row["Admission Number"] = draw(st.sampled_from([f"10{place}", f"10{place}", ""])) if with_numbers else ""
        row["Legal Forename"], row["Legal Surname"] = draw(st.sampled_from("AB")), draw(st.sampled_from("XY"))
        row["Date of Birth"] = draw(st.sampled_from(["01/09/2018", "02/09/2018", ""])) if with_birthdays else ""
        row["School website - Photo"], row["School website - Video"] = ANSWERS[place]
        rows.append(row)
    return rows


def could_be(row: Row, child: Row) -> bool:
    """Return whether nothing in a row speaks against a child: then nobody could tell."""
    columns = [column for columns in FACTS.values() for column in columns]
    return all(row.get(column, "") in {"", child.get(column, "")} or not child.get(column) for column in columns)


@st.composite
def sorted_files(draw: st.DrawFn, *facts: str) -> tuple[list[Row], list[Row], list[int]]:
    """Return (children, the file in which some facts were sorted by themselves, whose facts each row now has)."""
    rows = draw(children())
    order = draw(st.permutations(range(len(rows))))
    moved = [column for fact in facts for column in FACTS[fact]]
    return rows, [row | {c: rows[order[n]].get(c, "") for c in moved} for n, row in enumerate(rows)], list(order)


@given(sorted_files("UPN"), st.data())
def test_a_sorted_upn_column_never_changes_anybody(
    drawn: tuple[list[Row], list[Row], list[int]], data: st.DataObject
) -> None:
    rows, file, order = drawn
    assume(not any(could_be(file[n], rows[m]) for n in range(len(rows)) if order[n] != n for m in range(len(rows))))
    kept = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))  # the whole file, or some rows pasted
    found = compared(roll(*(file[number] for number in sorted(kept))), *on_record(*rows))
    assert (found.changes, found.new) == ((), ())
    wrong = [line for line, number in enumerate(sorted(kept), 2) if order[number] != number]
    assert sorted({problem.line for problem in found.problems}) == wrong


@given(
    st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=4, unique=True).flatmap(lambda f: sorted_files(*f)),
    st.sets(st.sampled_from(["UPN", "Admission Number", "Date of Birth"])),
)
def test_whatever_was_sorted_nobody_gets_another_childs_name(
    drawn: tuple[list[Row], list[Row], list[int]], left_out: set[str]
) -> None:
    rows, file, _ = drawn
    known = on_record(*rows)
    read = roll(*(row | dict.fromkeys(left_out, "") for row in file))
    for _ in range(3):  # nor by importing it again and again
        now = after(compared(read, *known), known)
        assert {p.pupil_id: (p.legal_forename, p.legal_surname) for p in now if p.pupil_id <= len(rows)} == {
            p.pupil_id: (p.legal_forename, p.legal_surname) for p in known if p.pupil_id <= len(rows)
        }
        known = now


@given(
    st.sampled_from(sorted(FACTS)).flatmap(sorted_files),
    st.sets(st.sampled_from(["UPN", "Admission Number", "Date of Birth"])),
)
def test_whatever_one_column_was_sorted_no_answer_goes_to_another_child(
    drawn: tuple[list[Row], list[Row], list[int]], left_out: set[str]
) -> None:
    rows, file, _ = drawn
    file = [row | dict.fromkeys(left_out, "") for row in file]
    assume(not any(could_be(file[n], rows[m]) for n in range(len(rows)) for m in range(len(rows)) if n != m))
    found = compared(roll(*file), *on_record(*rows))
    assert [change for change in found.changes if change.decisions] == []
    assert found.new == () or {"UPN", "Admission Number"} & left_out
