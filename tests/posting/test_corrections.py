"""What was posted: who sees it, and what was logged wrongly is corrected without a lie. Policy §4.6, 5.1."""

import pytest

from bot.changes import CustodiansChanged
from bot.services.posting import take_downs
from storage.posting import take_downs as storage
from tests.people import ANN, BEN, DEV, HANA, OLU, PRIYA, Someone
from tests.posting.gate import FATIMA, FEED, JACK, check, log, message, tick_off, withdraw
from tests.posting.test_surfaces import looked_after_by, register
from tests.school import School
from tests.slack.people import Sight
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")
BOTH = pytest.mark.databases("sqlite", "postgresql")
WEBSITE = "School website"


def posted(school: School, names: str = f"{FATIMA}, {JACK}", count: int = 2) -> None:
    log(school, ANN, check(school, names=names, count=count).view)


def listed(school: School, who: Someone) -> View:
    view = school.press(who, school.more(who).view, "What was posted").view
    assert view is not None
    return view


def opened(school: School, who: Someone, name: str = "PO-1") -> View:
    view = school.press(who, listed(school, who), "Open", near=name).view
    assert view is not None
    return view


def correction(school: School, name: str = "PO-1") -> View:
    view = school.press(ANN, message(school, ANN, name), "Correct it").view
    assert view is not None
    return view


def outcomes(school: School) -> list[str]:
    """What became of the lines of pictures, those of looks by hand left out."""
    with school.context().look() as tx:
        found = storage.lines(tx.connection, range(1, 200))
    return [line.outcome or "open" for lines in found.values() for line in lines if line.post_id is not None]


@BOTH
@pytest.mark.policy("5.1", "4.6")
def test_who_sees_what_was_posted(school: School) -> None:
    posted(school)
    for who in (ANN, OLU, HANA, DEV, PRIYA):
        assert "PO-1" in listed(school, who).text
        assert FATIMA in opened(school, who).text
    assert "PO-1" not in listed(school, BEN).text
    forged = school.press(BEN, listed(school, HANA), "Open", near="PO-1", sight=Sight.FORGED)
    assert FATIMA not in str(forged.body)


@BOTH
@pytest.mark.policy("5.1")
def test_whoever_looks_after_a_place_sees_its_posts_and_only_while_they_do(school: School) -> None:
    posted(school)
    change = school.press(OLU, register(school), "Change", near=FEED).view
    school.submit(OLU, change, looked_after_by(school, change, BEN))
    assert FATIMA in opened(school, BEN).text
    posted(school, JACK, 1)
    assert "PO-2" in listed(school, BEN).text
    change = school.press(OLU, register(school), "Change", near=FEED).view
    school.submit(OLU, change, looked_after_by(school, change, DEV))
    assert "PO-" not in listed(school, BEN).text


def test_the_list_is_narrowed_by_the_name_of_a_place(school: School) -> None:
    posted(school)
    view = listed(school, OLU)
    assert "PO-1" in school.submit(OLU, view, {"Words": "twitter"}).text
    assert "PO-1" not in school.submit(OLU, listed(school, OLU), {"Words": "prospectus"}).text
    assert "PO-1" not in school.submit(OLU, listed(school, OLU), {"How does it": "Taken down"}).text


@BOTH
@pytest.mark.policy("4.6")
def test_a_wrong_place_is_corrected_and_its_take_down_ends(school: School) -> None:
    posted(school)
    withdraw(school)
    assert outcomes(school) == ["open"]
    done = school.submit(ANN, correction(school), {"Where is it": WEBSITE})
    assert f"{WEBSITE}, photo" in done.text
    assert f"{FEED}, photo, https://x.example/huntington/1, Mon 23 Nov 2026, 2 children" in done.text
    school.deliver()
    assert outcomes(school) == ["corrected"]
    with school.context().begin() as tx:
        take_downs.derive(tx)
    assert outcomes(school) == ["corrected"]
    withdraw(school, use=WEBSITE)  # … and from now on it counts as being there
    assert outcomes(school) == ["corrected", "open"]


@BOTH
@pytest.mark.policy("4.6")
def test_a_wrong_child_is_corrected_and_one_without_a_yes_has_it_taken_down(school: School) -> None:
    posted(school, JACK, 1)
    withdraw(school)
    form = correction(school)
    (offered,) = school.suggest(ANN, form, "Pupils in it", FATIMA)
    done = school.submit(ANN, form, {"Pupils in it": [offered]})
    assert f"shows {FATIMA}" in done.text
    school.deliver()
    assert outcomes(school) == ["open"]
    assert "PO-1" in school.home(PRIYA).text  # whether it is a breach is weighed
    form = correction(school)
    (offered,) = school.suggest(ANN, form, "Pupils in it", JACK)
    school.submit(ANN, form, {"Pupils in it": [offered]})
    school.deliver()
    assert outcomes(school) == ["corrected"]
    assert FATIMA not in opened(school, ANN).text


@pytest.mark.policy("4.6")
def test_a_day_by_which_it_comes_down_is_asked_about_on_that_day(school: School) -> None:
    log(school, ANN, check(school).view, **{"Take it down by": "2026-12-04"})
    assert "To come down by" in opened(school, ANN).text

    def still() -> View:
        view = school.press(OLU, school.more(OLU).view, "Still published").view
        assert view is not None
        return view

    school.clock.forward(days=10)
    assert "Nothing is to be looked at" in still().text
    school.clock.forward(days=1)
    assert "to come down by Fri 4 Dec 2026" in str(still().payload)
    school.submit(OLU, still(), {"Tick what": [f"PO-1 · {FEED}"], "What did you": "It may stay"})
    assert "Nothing is to be looked at" in still().text
    assert "To come down by" not in opened(school, ANN).text


def test_a_day_that_is_over_is_no_day_to_take_it_down(school: School) -> None:
    form = school.press(ANN, check(school).view, "Posted").view
    entries = {"Link or place": "https://x.example/huntington/1", "Take it down by": "2026-11-01"}
    assert "Choose a day from today on" in str(school.submit(ANN, form, entries).body)


def test_custodians_are_the_same_worked_out_twice(school: School) -> None:
    posted(school)
    for _ in range(2):
        with school.context().begin() as tx:
            tx.changed(CustodiansChanged(1))
    assert "PO-1" in listed(school, OLU).text


@BOTH
@pytest.mark.policy("4.6")
def test_a_line_about_the_wrong_place_says_nothing_of_the_right_one(school: School) -> None:
    posted(school)
    withdraw(school, use="Everything")
    tick_off(school, OLU, "TD-1", "Cannot be recalled", {"In words": "It is printed."})
    assert outcomes(school) == ["cannot be recalled"]
    school.submit(ANN, correction(school), {"Where is it": WEBSITE})
    school.deliver()
    assert outcomes(school) == ["cannot be recalled", "open"]


def test_a_form_that_was_opened_before_somebody_else_corrected_it_changes_nothing(school: School) -> None:
    posted(school, JACK, 1)
    stale = correction(school)
    form = school.press(OLU, opened(school, OLU), "Correct it").view
    (offered,) = school.suggest(OLU, form, "Pupils in it", FATIMA)
    (jack,) = school.suggest(OLU, form, "Pupils in it", JACK)
    school.submit(OLU, form, {"Pupils in it": [jack, offered]})
    told = school.submit(ANN, stale, {"Link or place": "https://x.example/huntington/9"}, sight=Sight.FORGED)
    assert "Somebody else was quicker" in str(told.body) or "Somebody else was quicker" in told.text
    assert FATIMA in opened(school, OLU).text


@pytest.mark.policy("4.14")
def test_who_was_not_weighed_is_weighed_also_after_it_was_none(school: School) -> None:
    shown = check(school).view
    withdraw(school)
    log(school, ANN, shown)
    record = school.press(PRIYA, school.home(PRIYA), "Open", near="PO-1").view
    school.press(PRIYA, record, "It is none: I have weighed it")
    assert "PO-1" not in school.home(PRIYA).text
    mine = school.press(OLU, school.more(OLU).view, "My relatives").view
    school.submit(OLU, mine, {"Or a pupil": "Jamie Roberts"})
    form = school.press(OLU, opened(school, OLU), "Correct it").view
    names = (FATIMA, JACK, "Jamie Roberts")  # … who has no Yes, and whose relative corrects it
    chosen = [school.suggest(OLU, form, "Pupils in it", name)[0] for name in names]
    school.submit(OLU, form, {"Pupils in it": chosen})
    assert "PO-1" in school.home(PRIYA).text
