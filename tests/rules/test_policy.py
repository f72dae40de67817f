"""Asking the policy, comparing two versions of it, and when it is to be reviewed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Conflict
from bot.reading.policy.read import read
from bot.rules.calendar import Calendar, Period
from bot.rules.calendar import Kind as PeriodKind
from bot.rules.policy import review
from bot.rules.policy.changes import Change, Kind, changes
from bot.rules.policy.clauses import Clause, Policy, Section
from bot.rules.policy.review import Event, State, next_state, read_due, years_later
from bot.rules.policy.search import QUOTED, Index
from bot.rules.policy.words import asked
from tests import policies

INDEX = Index(read(policies.text().encode()))


def found(question: str) -> list[str]:
    return [entry.clause.number for entry in INDEX.find(question).entries]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("phone photos", "2.3"),
        ("phones", "2.3"),
        ("mobiles", "2.3"),
        ("PHONE!", "2.3"),
        ("can I use my phone for a photo?", "2.3"),
        ("tweeting", "3.6"),
        ("X", "3.6"),
        ("befriending parents", "3.3"),
        ("swimming", "2.4"),
        ("films", "2.9"),
        ("video", "2.9"),
        ("pasword", "3.2"),
        ("live stream", "2.10"),
        ("blur", "2.5"),
        ("2.4a", "2.4a"),
        ("§2.7", "2.7"),
        ("clause 4.1", "4.1"),
        ("section 3", "3.1"),
        ("proud", ""),  # the statement before section 1 has no number
    ],
)
def test_the_best_clause_comes_first(question: str, first: str) -> None:
    assert found(question)[:1] == [first]


def test_at_most_five_are_quoted_and_all_are_counted() -> None:
    answer = INDEX.find("pictures")
    assert len(answer.entries) == QUOTED
    assert answer.count > QUOTED


def test_a_section_is_found_as_a_whole_and_a_clause_by_itself() -> None:
    section, clause, nothing = INDEX.find("section 2"), INDEX.find("§2.3"), INDEX.find("section 99")
    assert [entry.clause.number for entry in section.entries][:2] == ["2.1", "2.2"]
    assert (len(section.entries), section.count, section.is_section) == (11, 11, True)
    assert (len(clause.entries), clause.number, clause.is_section) == (1, "2.3", False)
    assert (nothing.entries, nothing.number, nothing.is_section) == ((), "", False)


def test_where_no_clause_has_every_word_it_is_said() -> None:
    assert INDEX.find("phone feed").is_whole
    partly = INDEX.find("phone xylophone")
    assert (partly.entries[0].clause.number, partly.is_whole) == ("2.3", False)


@pytest.mark.parametrize(
    "question", ["xylophone", "", "the of and", "<!channel> *", "9.9", "小明", "\u0000", "99999999999"]
)
def test_nothing_is_found_for_what_is_not_there(question: str) -> None:
    assert INDEX.find(question).entries == ()


def test_a_question_of_three_thousand_letters_is_cut() -> None:
    assert len(asked("phone " * 500)) == 1
    assert len(asked(" ".join(f"word{number}" for number in range(900)))) <= 12


@given(st.text(max_size=300))
def test_no_question_breaks_it(question: str) -> None:
    answer = INDEX.find(question)
    assert answer.count >= len(answer.entries)


@given(st.sampled_from([entry for entry in INDEX.entries if entry.clause.number]))
def test_every_clause_is_found_by_its_own_words(entry: object) -> None:
    clause = entry.clause  # type: ignore[attr-defined]
    answer = INDEX.find(clause.text[:80])
    assert clause.number in [each.clause.number for each in answer.entries]


# ── what changed ───────────────────────────────────────────────────────────────────────────────────────────────────


def policy(**texts: str) -> Policy:
    clauses = tuple(Clause(number.lstrip("c").replace("_", "."), text) for number, text in texts.items())
    return Policy((Section("1", "Rules", clauses),))


def test_changed_added_removed_and_moved_clauses_are_told_apart() -> None:
    told = changes(read(policies.text().encode()), read(policies.text(policies.changed()).encode()))
    assert [(each.kind, each.was_number, each.number) for each in told] == [
        (Kind.CHANGED, "2.2", "2.2"),
        (Kind.ADDED, "", "2.8"),
        (Kind.MOVED, "2.8", "2.9"),
        (Kind.MOVED, "2.9", "2.10"),
        (Kind.MOVED, "2.10", "2.11"),
        (Kind.REMOVED, "3.6", ""),
    ]
    assert (told[0].was_text, told[0].text) == (
        "Children's surnames never stand beside a photo.",
        "Children's names never stand beside a photo.",
    )


def test_a_changed_heading_is_told_once_and_a_moved_clause_is_no_changed_heading() -> None:
    def headed(section: str, *clauses: tuple[str, str]) -> Section:
        own = (Clause(f"1.{place}", text, heading=under) for place, (text, under) in enumerate(clauses, start=1))
        return Section("1", section, tuple(own))

    old = Policy((headed("Photos", ("Ask first.", "Before"), ("Ask the office.", "Before"), ("No names.", "After")),))
    new = Policy((headed("Pictures", ("Ask first.", "First"), ("Ask the office.", "First"), ("No names.", "After")),))
    assert changes(old, new) == (
        Change(Kind.HEADING, "1", "Pictures", "1", "Photos", heading="Pictures"),
        Change(Kind.HEADING, "1.1", "First", "1.1", "Before", heading="First"),
    )
    moved = Policy((headed("Photos", ("Ask first.", "Before"), ("Ask the office.", "After"), ("No names.", "After")),))
    assert changes(old, moved) == ()
    assert changes(old, old) == ()


def test_curly_quotes_and_spaces_are_no_change() -> None:
    assert changes(policy(c1_1="The school's  “rule”."), policy(c1_1='The school’s "rule".')) == ()


def test_two_clauses_that_say_the_same_stay_two() -> None:
    twice = policy(c1_1="Posts are kind.", c1_2="Posts are kind.")
    assert changes(twice, twice) == ()
    assert changes(twice, policy(c1_1="Posts are kind.")) == (
        Change(Kind.REMOVED, was_number="1.2", was_text="Posts are kind.", heading="Rules"),
    )


def test_a_clause_that_says_something_quite_different_is_a_new_one() -> None:
    told = changes(policy(c1_1="Phones stay in the bag."), policy(c1_1="Every governor wears a badge on Friday."))
    assert [each.kind for each in told] == [Kind.ADDED, Kind.REMOVED] or [each.kind for each in told] == [
        Kind.REMOVED,
        Kind.ADDED,
    ]


TEXTS = st.lists(st.sampled_from(["Be kind.", "Be true.", "Ask a parent first.", "No phones here."]), max_size=6)


@given(TEXTS, TEXTS)
def test_every_clause_is_accounted_for_once(old: list[str], new: list[str]) -> None:
    before = policy(**{f"c1_{number}": text for number, text in enumerate(old)})
    after = policy(**{f"c1_{number}": text for number, text in enumerate(new)})
    told = changes(before, after)
    gone = sum(each.kind is Kind.REMOVED for each in told)
    come = sum(each.kind is Kind.ADDED for each in told)
    assert len(old) - gone == len(new) - come
    assert changes(before, before) == ()


# ── the review ─────────────────────────────────────────────────────────────────────────────────────────────────────

TERMS = Calendar((Period(PeriodKind.TERM, date(2027, 1, 4), date(2027, 2, 12), "Spring 1"),))


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("Spring 2024", date(2024, 3, 31)),
        ("spring term 2024", date(2024, 3, 31)),
        ("Summer 2025", date(2025, 7, 31)),
        ("Autumn Term, 2026", date(2026, 12, 31)),
        ("March 2024", date(2024, 3, 31)),
        ("Feb 2024", date(2024, 2, 29)),
        ("2024-03-15", date(2024, 3, 15)),
        (" Spring  2027 ", date(2027, 2, 12)),  # the school's own calendar knows better
    ],
)
def test_a_term_a_month_or_a_day(written: str, last: date) -> None:
    assert read_due(written, TERMS) == last


@pytest.mark.parametrize("written", ["", "soon", "Spring", "2024", "Winter 2024", "ma 2024", "Spring 24", "31/03/2024"])
def test_what_is_no_term_is_told(written: str) -> None:
    with pytest.raises(ValueError, match="write"):
        read_due(written, TERMS)


def test_years_later() -> None:
    assert years_later(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert years_later(date(2026, 11, 23), 3) == date(2029, 11, 23)


def test_a_review_that_has_ended_takes_no_more_signatures() -> None:
    assert next_state(State.OPEN, Event.SIGN) is State.OPEN
    for ended in (State.COMPLETED, State.CALLED_OFF):
        for event in Event:
            with pytest.raises(Conflict):
                next_state(ended, event)
    assert review.outstanding(set(review.REVIEWERS)) == ()
