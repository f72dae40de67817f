"""The code on a printed record: it proves the content, and forgives how people type."""

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured
from bot.rules.documents import (
    AccessRequestForm,
    Applied,
    Completion,
    ContentReportForm,
    Decision,
    Form,
    Remark,
    code,
    instants,
    spelt,
    verify,
)

KEY = "the school's key"
ASKED = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
APPROVED = Decision("Headteacher", True, "Agreed for the lessons named", "Hana Head", "Hana Head", ASKED)
REQUEST = AccessRequestForm(
    school="Huntington Community Primary School",
    timezone="Europe/London",
    number="AR-7",
    requester="Ann Nguyễn",
    requested_at=ASKED,
    url="https://museum.example/volcanoes",
    site_content="Short films",
    reasons="Year 5 science",
    risks="Adverts: shown full screen",
    outcome="Approved",
    decisions=(APPROVED,),
    expires_on=date(2026, 12, 18),
    remarks=(Remark(ASKED + timedelta(hours=1), "Olu Office", "For how long?"),),
    applied=Applied(ASKED + timedelta(days=2), "Olu Office"),
)
REPORT = ContentReportForm(
    school="Huntington Community Primary School",
    timezone="Europe/London",
    number="CR-3",
    reporter="Ann Nguyễn",
    reported_at=ASKED,
    individual="",
    urls=("https://bad.example/", "https://worse.example/"),
    nature="Gambling adverts",
    perhaps_illegal=False,
    completion=Completion("Blocked", "Olu Office", "Olu Office", ASKED + timedelta(hours=3)),
    head_told_at=ASKED + timedelta(minutes=10),
)
CHANGED: list[Form] = [
    replace(REQUEST, number="AR-8"),
    replace(REQUEST, reasons="Year 5 science."),
    replace(REQUEST, requested_at=ASKED + timedelta(microseconds=1)),
    replace(REQUEST, url="https://museum.example/volcanoеs"),  # a Cyrillic е
    replace(REQUEST, decisions=()),
    replace(REQUEST, decisions=(replace(APPROVED, approved=False),)),
    replace(REQUEST, decisions=(replace(APPROVED, signature="H. Head"),)),
    replace(REQUEST, decisions=(APPROVED, APPROVED)),
    replace(REQUEST, expires_on=date(2027, 12, 18)),
    replace(REQUEST, expires_on=None),
    replace(REQUEST, remarks=()),
    replace(REQUEST, applied=None),
    REPORT,
    replace(REPORT, urls=("https://bad.example/,https://worse.example/",)),
    replace(REPORT, urls=tuple(reversed(REPORT.urls))),
    replace(REPORT, perhaps_illegal=True),
    replace(REPORT, head_told_at=None),
    replace(REPORT, completion=None),
]


def test_a_code_is_short_enough_to_be_typed_from_paper() -> None:
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", code(REQUEST, KEY))


def test_a_code_never_changes_with_the_program() -> None:
    """Paper lasts: a code printed years ago must still be found right. If this fails, mend the change, not the test."""
    assert code(REQUEST, KEY) == "TKY3-DNPM-Q9VM-2B6M-F1M2"
    assert code(REPORT, KEY) == "7RVH-ZPDM-8PWQ-Q963-CTTK"


@pytest.mark.parametrize("changed", CHANGED, ids=range(len(CHANGED)))
def test_whatever_is_changed_shows(changed: Form) -> None:
    assert not verify(spelt(changed), KEY, code(REQUEST, KEY))
    assert verify(spelt(changed), KEY, code(changed, KEY))


def test_no_two_forms_share_a_code() -> None:
    assert len({code(form, KEY) for form in [REQUEST, *CHANGED]}) == len(CHANGED) + 1


def test_another_key_makes_another_code() -> None:
    assert not verify(spelt(REQUEST), "another key", code(REQUEST, KEY))


def test_nothing_is_proved_without_a_key() -> None:
    with pytest.raises(Misconfigured, match="LANYARD_KEY"):
        code(REQUEST, "")
    with pytest.raises(Misconfigured, match="LANYARD_KEY"):
        verify(spelt(REQUEST), "", code(REQUEST, KEY))


def test_the_same_instant_is_the_same_in_every_time_zone() -> None:
    elsewhere = ASKED.astimezone(timezone(timedelta(hours=5)))
    assert code(replace(REQUEST, requested_at=elsewhere), KEY) == code(REQUEST, KEY)


@given(st.randoms(use_true_random=False))
def test_how_people_type_is_forgiven(chance: random.Random) -> None:
    looks_like = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        chance.choice(looks_like.get(letter, letter + letter.lower())) + chance.choice(["", "", " ", "-", "–", "\n"])
        for letter in code(REQUEST, KEY).replace("-", "")
    )
    assert verify(spelt(REQUEST), KEY, typed)


@pytest.mark.parametrize("typed", ["", "-", "AR-7", "é" * 20, "\ud800", "0" * 20, "7" * 3000])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert not verify(spelt(REQUEST), KEY, typed)


def test_one_wrong_letter_is_enough() -> None:
    right = code(REQUEST, KEY)
    for place, letter in enumerate(right):
        wrong = "7" if letter != "7" else "8"
        if letter != "-":
            assert not verify(spelt(REQUEST), KEY, right[:place] + wrong + right[place + 1 :])
    assert not verify(spelt(REQUEST), KEY, right[:-1])
    assert not verify(spelt(REQUEST), KEY, right + "7")


@given(st.text(alphabet=st.characters(exclude_categories=[])))  # half surrogate pairs too
def test_every_text_has_a_code(text: str) -> None:
    form = replace(REQUEST, reasons=text)
    assert verify(spelt(form), KEY, code(form, KEY))
    assert (code(form, KEY) == code(REQUEST, KEY)) == (text == REQUEST.reasons)


def test_the_instants_of_a_form_are_all_found() -> None:
    assert max(instants(REQUEST)) == ASKED + timedelta(days=2)
    assert len(list(instants(REQUEST))) == 4
    assert len(list(instants(REPORT))) == 3
