"""What people write into forms: how little is enough and how much is too much, to the letter and to the day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from bot.errors import BadInput
from bot.rules import access, content, deciding, permissions, training
from bot.rules.consent import form
from bot.rules.people import Person, Standing
from bot.rules.school import Media, Role, Use

TODAY = date(2026, 11, 23)
HANA = Person(1, "Hana Rees", "h@x.example", "U1", Standing.STAFF, frozenset({Role.HEADTEACHER}), (), None)
Fields = Mapping[str, str]
Read = Callable[[Fields], object]

CONTENT = {"individual": "", "urls": "https://bad.example/game", "nature": "A violent game."}
ACCESS = {"url": "https://volcano.example/live", "content": "A camera.", "reasons": "Year 3.", "risks": "Comments."}
PERMISSION = {"what": "lesson", "purpose": "Her readings.", "first": "2026-12-03", "last": "2026-12-03"}
CONSENT = {"use-website": "yes", "decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form"}
CORRECTION = {"done_on": "2026-11-02", "provider": "Boost", "why": "A slip."}
DECISION = {"reasons": "A good source.", "signature": "Hana Rees"}


def read_content(changed: Fields) -> object:
    return content.read({**CONTENT, **changed})


def read_access(changed: Fields) -> object:
    return access.read({**ACCESS, **changed}, TODAY)


def read_permission(changed: Fields) -> object:
    return permissions.read({**PERMISSION, **changed}, TODAY)


def read_consent(changed: Fields) -> object:
    return form.read({**CONSENT, **changed}, (Use("website", "Website", tuple(Media)),), form.OnRecord(), TODAY)


def read_correction(changed: Fields) -> object:
    return training.read_correction({**CORRECTION, **changed}, TODAY, None)


def read_decision(changed: Fields) -> object:
    written = {**DECISION, **changed}
    return deciding.read_decision(written["reasons"], written["signature"], HANA)


def wrong(read: Read, **changed: str) -> Mapping[str, str]:
    """What is said of which fields, when everything else on the form is as it should be."""
    try:
        read(changed)
    except BadInput as error:
        return error.fields
    return {}


@pytest.mark.parametrize(
    ("read", "field", "least", "most"),
    [
        (read_content, "nature", 3, 3000),
        (read_content, "individual", 0, 200),
        (read_access, "content", 3, 3000),
        (read_access, "reasons", 3, 3000),
        (read_access, "risks", 3, 3000),
        (read_permission, "purpose", 3, 2000),
        (read_consent, "decided_by", 1, 200),
        (read_consent, "wording", 0, 60),
        (read_correction, "provider", 2, 200),
        (read_correction, "why", 2, 1000),
        (read_decision, "reasons", 3, 2000),
    ],
)
def test_a_text_is_taken_from_its_first_letter_to_its_last_and_the_form_says_which(
    read: Read, field: str, least: int, most: int
) -> None:
    assert wrong(read, **{field: "a" * least}) == {}
    assert wrong(read, **{field: "a" * most}) == {}
    too_much = wrong(read, **{field: "a" * (most + 1)})
    assert too_much.keys() == {field}
    assert f"{most}" in too_much[field]
    if least:
        assert wrong(read, **{field: "a" * (least - 1) + " …!" * 9}).keys() == {field}


@pytest.mark.parametrize(
    ("read", "field", "first", "last"),
    [
        (read_access, "until", TODAY, TODAY + timedelta(days=1098)),
        (read_permission, "first", TODAY, date(2026, 12, 3)),  # by then it is over
        (read_permission, "last", date(2026, 12, 3), date(2027, 12, 4)),
        (read_consent, "effective_from", TODAY - timedelta(days=5475), TODAY + timedelta(days=366)),
        (read_consent, "expires_on", TODAY, date.max),
        (read_correction, "done_on", date(1990, 1, 1), TODAY),
    ],
)
def test_a_day_is_taken_from_the_first_to_the_last(read: Read, field: str, first: date, last: date) -> None:
    assert wrong(read, **{field: first.isoformat()}) == {}
    assert wrong(read, **{field: last.isoformat()}) == {}
    assert wrong(read, **{field: (first - timedelta(days=1)).isoformat()}).keys() == {field}
    if last < date.max:
        assert wrong(read, **{field: (last + timedelta(days=1)).isoformat()}).keys() & {field, "last"}


def test_a_permission_may_be_asked_for_a_year_ahead() -> None:
    ahead, too_far = TODAY + timedelta(days=366), TODAY + timedelta(days=367)
    assert wrong(read_permission, first=ahead.isoformat(), last=ahead.isoformat()) == {}
    assert wrong(read_permission, first=too_far.isoformat(), last=too_far.isoformat()).keys() == {"first"}


@pytest.mark.parametrize("written", ["", "tomorrow", "2026-02-30"])
def test_what_is_no_day_is_said_at_its_field(written: str) -> None:
    assert wrong(read_permission, first=written).keys() == {"first"}
    assert wrong(read_permission, last=written).keys() == {"last"}
    assert bool(wrong(read_access, until=written)) is bool(written)  # not needed there
    assert bool(wrong(read_consent, effective_from=written)) is bool(written)


def test_everything_that_is_wrong_with_a_decision_is_said_at_once() -> None:
    assert wrong(read_decision, reasons="…", signature="Ann Teacher").keys() == {"reasons", "signature"}
    assert wrong(read_decision, signature="hana  REES") == {}
    assert wrong(read_decision, signature="") == {"signature": "Type your own name as Lanyard knows it: Hana Rees"}
