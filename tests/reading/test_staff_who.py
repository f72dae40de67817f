"""An address alone does not say whose row of the staff list it is."""

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.reading.staff.rows import Member
from bot.reading.staff.who import Colleague, doubted
from bot.rules.staff.persons import name_of

LONG_AGO, NOW = date(2019, 9, 2), date(2026, 9, 1)
ANN, BEN = ("ann@huntington.example", "Ann Teacher"), ("ben@huntington.example", "Ben Carter")


def row(email: str, name: str, started: date | None = LONG_AGO, line: int = 2) -> Member:
    return Member(email, name, "Class teacher", started, (), line)


def refused(known: dict[str, Colleague], *members: Member) -> list[int]:
    return [found.line for found in doubted(members, known)]


KNOWN = {email: Colleague(name, LONG_AGO) for email, name in (ANN, BEN)}


def test_addresses_sorted_by_themselves() -> None:
    found = doubted([row(BEN[0], ANN[1]), row(ANN[0], BEN[1], line=3)], KNOWN)
    assert [str(one) for one in found] == [
        "line 2, Email: this address is on record for somebody whose name is on line 3. "
        "Was a column sorted by itself? Please check.",
        "line 3, Email: this address is on record for somebody whose name is on line 2. "
        "Was a column sorted by itself? Please check.",
    ]
    assert [one.on_record for one in found] == ["Ben Carter", "Ann Teacher"]
    assert refused(KNOWN, row(BEN[0], ANN[1])) == [2]


def test_somebody_new_in_the_sorted_list() -> None:
    moved = [row("cal@huntington.example", ANN[1]), row(ANN[0], BEN[1], line=3), row(BEN[0], "Cal New", line=4)]
    assert refused(KNOWN, *moved) == [2, 3, 4]


def test_a_mailbox_that_has_passed_on_is_not_the_same_person() -> None:
    assert refused(KNOWN, row(ANN[0], "Zed Newman", NOW)) == [2]
    assert refused(KNOWN, row(ANN[0], "Zed Newman", None)) == []
    assert refused({ANN[0]: Colleague(ANN[1])}, row(ANN[0], "Zed Newman", NOW)) == []


def test_somebody_renamed_or_with_a_corrected_start_date_stays_who_they_are() -> None:
    assert refused(KNOWN, row(ANN[0], "Ann Married", NOW), row(*BEN, NOW, line=3)) == []
    assert refused(KNOWN, row(ANN[0], "Mrs A. Teacher", NOW)) == []
    assert refused(KNOWN, row(ANN[0], "Teacher, Ann", NOW)) == []
    # Called as a colleague is whose own row is there.
    assert refused(KNOWN, row(ANN[0], BEN[1]), row(*BEN, line=3)) == []


@given(st.permutations(["Ann Lark", "Ann Wren", "Ben Lark", "Mrs B Wren"]), st.lists(st.integers(0, 3), min_size=4))
def test_whatever_was_sorted_nobody_gets_a_colleagues_name(names: list[str], days: list[int]) -> None:
    known = {f"{n}@x.example": Colleague(name, date(2020, 9, 1 + days[n])) for n, name in enumerate(sorted(names))}
    members = [row(f"{n}@x.example", name, date(2020, 9, 1 + days[n]), n + 2) for n, name in enumerate(names)]
    assume(names != sorted(names))
    wrong = [member.line for member in members if name_of(known[member.email].name) != name_of(member.name)]
    assert refused(known, *members) == wrong
