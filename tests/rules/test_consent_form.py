"""What the form on which the office records a decision means, use by use. Policy §4.1-4.6."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.consent.form import Choice, OnRecord, choices, read
from bot.rules.consent.ledger import Matter, Verdict
from bot.rules.school import Media, Use

TODAY = date(2026, 11, 23)
PHOTO, VIDEO = Media.PHOTO, Media.VIDEO
WEBSITE, PRESS, DISPLAYS = (
    Use("website", "W", (PHOTO, VIDEO)),
    Use("press", "P", (PHOTO, VIDEO)),
    Use("displays", "D", (PHOTO,)),
)
USES = (WEBSITE, PRESS, DISPLAYS)
OUT_OF_USE = ("yearbook", PHOTO)  # the school has taken it out of its settings
MATTERS = [*((use.key, medium) for use in USES for medium in use.media), OUT_OF_USE]
REST = {"decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form"}
YES = {Choice.YES: {PHOTO, VIDEO}, Choice.PHOTO_ONLY: {PHOTO}, Choice.VIDEO_ONLY: {VIDEO}, Choice.NO: set[Media]()}

chosen = st.sampled_from([*Choice, None, "forged"])  # None: the form does not have the line
on_record = st.tuples(st.sets(st.sampled_from(MATTERS)), st.sets(st.sampled_from(MATTERS)))


def recorded(everything: str | None, lines: dict[str, str | None], known: OnRecord) -> dict[Matter, Verdict]:
    written = {"everything": everything, **{f"use-{key}": choice for key, choice in lines.items()}}
    fields = {name: str(choice) for name, choice in written.items() if choice is not None}
    try:
        return dict(read({**REST, **fields}, USES, known, TODAY).verdicts)
    except BadInput:  # nothing was decided
        return {}


@given(chosen, st.fixed_dictionaries({use.key: chosen for use in USES}), on_record)
def test_a_line_counts_more_than_everything_and_what_is_left_stays_as_it_was(
    everything: str | None, lines: dict[str, str | None], known: tuple[set[Matter], set[Matter]]
) -> None:
    decided, agreed = frozenset(known[0] | known[1]), frozenset(known[1])
    found = recorded(everything, lines, OnRecord(decided, agreed))
    for use in USES:
        own = lines[use.key] if lines[use.key] in YES else everything
        for medium in use.media:
            matter = (use.key, medium)
            no = Verdict.WITHDRAWN if matter in agreed else Verdict.NO  # §4.6
            expected = None if own not in YES else Verdict.YES if medium in YES[Choice(own)] else no
            assert found.get(matter) is expected
    is_no_to_all = everything == Choice.NO and OUT_OF_USE in decided
    expected = (Verdict.WITHDRAWN if OUT_OF_USE in agreed else Verdict.NO) if is_no_to_all else None
    assert found.get(OUT_OF_USE) is expected


def test_one_medium_has_no_halves() -> None:
    assert set(choices(DISPLAYS)) == {Choice.LEAVE, Choice.YES, Choice.NO}
    assert set(choices(WEBSITE)) == set(Choice)


@pytest.mark.parametrize(
    ("field", "written"), [("relationship", "Neighbour"), ("relationship", ""), ("method", "ruling")]
)
def test_who_it_is_and_how_it_came_are_among_what_was_offered(field: str, written: str) -> None:
    with pytest.raises(BadInput) as refused:
        read({**REST, "everything": "no", field: written}, USES, OnRecord(), TODAY)
    assert refused.value.fields.keys() == {field}


def test_a_spoken_no_counts_and_a_spoken_yes_does_not() -> None:
    spoken = {**REST, "method": "spoken"}
    assert read({**spoken, "everything": "no"}, USES, OnRecord(), TODAY).paper_follows
    assert not read({**REST, "everything": "no"}, USES, OnRecord(), TODAY).paper_follows
    with pytest.raises(BadInput, match="another look"):
        read({**spoken, "everything": "no", "use-website": "photo only"}, USES, OnRecord(), TODAY)
