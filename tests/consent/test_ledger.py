"""The office records what parents decide; the answer changes at once; the headteacher settles what they disagree on."""

from datetime import date

import pytest

from bot.context import Context
from bot.rules.people import Actor
from bot.services.consent import ledger
from bot.services.features import REACTIONS
from bot.services.school import people
from storage import audit
from storage import school as school_storage
from tests.people import ANN, COL, DEV, HANA, OLU, PRIYA, Someone
from tests.school import School
from tests.slack.people import Answer, Forged, Sight
from tests.slack.views import View

FATIMA = "Fatima van Dijk"
BY_PHONE = {"Who decided": "Noor van Dijk", "Who is this": "Mother", "How did": "Spoken: on the phone or at the door"}
ON_PAPER = {"Who decided": "Noor van Dijk", "Who is this": "Mother", "How did": "Form"}
EVERYTHING = "What was decided"


def open_record(school: School, who: Someone = OLU, name: str = FATIMA) -> View:
    view = school.command(who, "/consent-record", name).view
    assert view is not None
    return view


def record(school: School, entries: dict[str, str], *, who: Someone = OLU, name: str = FATIMA) -> Answer:
    return school.submit(who, open_record(school, who, name), entries)


def trail(school: School) -> list[str]:
    with school.database.read() as connection:
        return [action for action, _ in audit.entries(connection, 1)]


@pytest.mark.policy("4.3", "4.4", "4.5")
def test_a_spoken_withdrawal_counts_at_once_and_the_letter_may_follow(school: School) -> None:
    assert "✅ Twitter/X: *yes*, photo and video" in school.command(ANN, "/consent", FATIMA).text
    done = record(school, {**BY_PHONE, "Twitter/X": "No, or withdrawn"})
    assert done.view is not None
    assert "Recorded." in done.view.text
    assert "The letter is still to come" in done.view.text
    assert "Look for earlier posts" in done.view.text
    assert "Twitter/X: ⛔ withdrawn" in done.view.text
    assert "⛔ Twitter/X: *do not use*" in school.command(ANN, "/consent", FATIMA).text
    assert "School website: *photo only*" in school.command(ANN, "/consent", FATIMA).text  # nothing else changed
    home = school.home(OLU)
    assert "*Letters still to come* after a spoken withdrawal (1)" in home.text
    school.press(OLU, home, "Letter received")
    assert "Letters still to come" not in school.home(OLU).text
    noted = [each for each in trail(school) if each.startswith("ledger.")]
    assert noted[-2:] == ["ledger.recorded", "ledger.paper_received"]


@pytest.mark.policy("4.3")
def test_withdraw_everything_with_one_choice(school: School) -> None:
    record(school, {**ON_PAPER, EVERYTHING: "No, or withdrawn"})
    assert f"⛔ *Do not include* {FATIMA} in any photo or video." in school.command(ANN, "/consent", FATIMA).text


@pytest.mark.policy("4.4")
def test_a_line_counts_more_than_everything(school: School) -> None:
    record(school, {**ON_PAPER, EVERYTHING: "Yes", "Local press": "Photo yes, video no"})
    answer = school.command(ANN, "/consent", FATIMA).text
    assert "✅ School website: *yes*, photo and video" in answer
    assert "⚠️ Local press: *photo only* · ⛔ *video: do not use*" in answer


def test_parents_disagree_until_the_head_decides_with_reasons(school: School) -> None:
    record(school, {**ON_PAPER, "Who decided": "Noor van Dijk", EVERYTHING: "Yes"})
    done = record(
        school, {**BY_PHONE, "Who decided": "Piet van Dijk", "Who is this": "Father", "Twitter/X": "No, or withdrawn"}
    )
    assert done.view is not None
    assert "Parents disagree" in done.view.text
    assert "⛔ Twitter/X: *do not use*" in school.command(ANN, "/consent", FATIMA).text
    home = school.home(HANA)
    assert (
        f"*Parents disagree* (1). The answer is “do not use” until you decide.\n{FATIMA} · Reception Acorns"
        in home.text
    )
    straight = school.press(HANA, home, "Decide", near=FATIMA).view
    assert straight is not None
    assert straight.title == "Settle a disagreement"
    assert "Parents disagree" not in school.home(OLU).text
    view = open_record(school, HANA)
    settle = school.press(HANA, view, "Settle the disagreement").view
    assert settle is not None
    assert "Twitter/X photo, Twitter/X video" in settle.text
    refused = school.submit(HANA, settle, {"Your decision": "Yes, these may be used", "Reasons": "…"})
    assert refused.error_texts == ["Write down why, so that it can be understood later."]
    school.submit(
        HANA, settle, {"Your decision": "Yes, these may be used", "Reasons": "Court order of 3 March names her."}
    )
    assert "✅ Twitter/X: *yes*, photo and video" in school.command(ANN, "/consent", FATIMA).text
    assert "Parents disagree" not in school.home(HANA).text
    assert "Court order" in school.press(HANA, open_record(school, HANA), "See the history").text


def test_never_photograph_overrides_and_staff_do_not_learn_why(school: School) -> None:
    form = school.press(OLU, open_record(school), "Never photograph").view
    school.submit(OLU, form, {"Reasons": "Adoption: see the head's file."})
    answer = school.command(ANN, "/consent", FATIMA).text
    assert f"⛔ *Do not include* {FATIMA}" in answer
    assert "doption" not in answer
    assert "doption" not in school.press(OLU, open_record(school), "See the history").text
    lifted = school.press(OLU, open_record(school), "Never photograph").view
    assert lifted is not None
    assert "Only the headteacher or the deputy headteacher can lift it" in lifted.text
    form = school.press(HANA, open_record(school, HANA), "Never photograph").view
    school.submit(HANA, form, {"Reasons": "No longer needed."})
    assert "✅ Twitter/X: *yes*" in school.command(ANN, "/consent", FATIMA).text
    assert [action for action in trail(school) if "flag" in action] == ["ledger.flag_raised", "ledger.flag_lifted"]


def priyas_choice(school: School) -> View:
    view = school.command(PRIYA, "/consent-record", FATIMA).view
    assert view is not None
    return view


def test_the_data_protection_officer_sees_the_history_and_records_nothing(school: School) -> None:
    form = school.press(OLU, open_record(school), "Never photograph").view
    school.submit(OLU, form, {"Reasons": "Adoption: see the head's file."})
    view = priyas_choice(school)
    assert "Record a decision" not in view.text
    history = school.submit(PRIYA, view, {"What would you": "See the history"}).view
    assert history is not None
    assert "Adoption: see the head's file." in history.text
    assert "Recorded by Olu Adeyemi, Mon 23 Nov 2026, 09:15" in history.text
    assert trail(school)[-1] == "ledger.history_seen"


@pytest.mark.policy("4.5")
def test_how_it_stood_on_another_day(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    history = school.press(OLU, open_record(school), "See the history").view
    assert history is not None
    assert "Twitter/X: ⛔ withdrawn" in history.text
    earlier = school.submit(OLU, history, {"How did it stand": "2026-10-12"}).view
    assert earlier is not None
    assert "On Mon 12 Oct 2026, by today's record" in earlier.text
    assert "Twitter/X: ✅ yes" in earlier.text
    before_school = school.submit(OLU, earlier, {"How did it stand": "2026-05-12"}).view
    assert before_school is not None
    assert "not on roll yet" in before_school.text


def test_consent_that_runs_out_is_no_longer_a_yes(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video", "Until which day": "2026-11-30"})
    school.clock.forward(days=7)
    assert "✅ Twitter/X: *yes*" in school.command(ANN, "/consent", FATIMA).text
    school.clock.forward(days=1)
    assert "⛔ Twitter/X: *do not use*" in school.command(ANN, "/consent", FATIMA).text


def test_a_decision_for_a_later_day_waits_for_it(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn", "From which day": "2026-11-25"})
    assert "✅ Twitter/X: *yes*" in school.command(ANN, "/consent", FATIMA).text
    school.clock.forward(days=2)
    assert "⛔ Twitter/X" in school.command(ANN, "/consent", FATIMA).text


def test_a_withdrawal_takes_back_a_yes_that_was_to_begin_later(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video", "From which day": "2026-12-01"})
    school.clock.forward(days=1)
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    school.clock.forward(days=10)
    assert f"*Do not include* {FATIMA}" in school.command(ANN, "/consent", FATIMA).text


def test_a_withdrawal_that_is_dated_back_counts_all_the_same(school: School) -> None:
    record(school, {**ON_PAPER, EVERYTHING: "Yes"})
    school.clock.forward(days=1)
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn", "From which day": "2026-11-20"})
    assert f"*Do not include* {FATIMA}" in school.command(ANN, "/consent", FATIMA).text


def test_a_yes_that_does_not_count_says_so(school: School) -> None:
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    done = record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video", "From which day": "2026-11-01"})
    assert done.view is not None
    assert "Some of it does not count yet" in done.view.text


def test_the_head_decides_only_what_she_has_seen(school: School) -> None:
    father = {**BY_PHONE, "Who decided": "Piet van Dijk", "Who is this": "Father"}
    record(school, {**ON_PAPER, EVERYTHING: "Yes"})
    record(school, {**father, "Twitter/X": "No, or withdrawn"})
    settle = school.press(HANA, open_record(school, HANA), "Settle the disagreement").view
    record(school, {**father, "Local press": "No, or withdrawn"})
    answer = school.submit(HANA, settle, {"Your decision": "Yes, these may be used", "Reasons": "Both have agreed."})
    assert "recorded about this child meanwhile" in str(answer.error_texts)
    assert "⛔ Local press: *do not use*" in school.command(ANN, "/consent", FATIMA).text


def test_withdraw_everything_is_also_what_the_school_does_not_use_just_now(school: School) -> None:
    with school.database.read() as connection:
        found = school_storage.by_team(connection, "T0SCHOOL")
    assert found
    whole = dict(found[1])
    without = {**whole, "uses": [use for use in whole["uses"] if use["key"] != "twitter"]}
    for settings in (without, whole):
        with school.database.begin() as connection:
            school_storage.change(connection, 1, settings=settings)
        if settings is without:
            record(school, {**ON_PAPER, EVERYTHING: "No, or withdrawn"})
    assert f"*Do not include* {FATIMA}" in school.command(ANN, "/consent", FATIMA).text


def test_what_was_known_on_a_day_is_told_apart_from_what_is_recorded_today(school: School) -> None:
    record(school, {**ON_PAPER, "Local press": "No, or withdrawn", "From which day": "2026-10-01"})
    history = school.press(OLU, open_record(school), "See the history").view
    earlier = school.submit(OLU, history, {"How did it stand": "2026-10-12"}).view
    assert earlier is not None
    assert "As far as the school knew on Mon 12 Oct 2026" in earlier.text


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({}, "Say what was decided"),
        ({"Twitter/X": "Yes: photo and video", **BY_PHONE}, "A Yes needs something in writing"),
        ({"Twitter/X": "No, or withdrawn", "Who decided": "…"}, "Write the name of the parent"),
        ({"Twitter/X": "No, or withdrawn", "Until which day": "2020-01-01"}, "The last day is before the first day"),
        ({"Twitter/X": "No, or withdrawn", "From which day": "1999-01-01"}, "within the child's time at the school"),
    ],
)
def test_a_mistake_is_told_where_it_was_made_and_nothing_is_lost(
    school: School, entries: dict[str, str], told: str
) -> None:
    answer = record(school, {**ON_PAPER, **entries})
    assert told in " ".join(answer.error_texts)
    assert answer.view is not None
    assert answer.view.title == "Record a decision"
    assert "ledger.recorded" not in trail(school)


def test_the_same_form_delivered_twice_is_recorded_once(school: School) -> None:
    done = record(school, {**BY_PHONE, "Twitter/X": "No, or withdrawn"})
    again = school.people.again(done)
    assert "already in the record" in str(again.body)
    assert trail(school).count("ledger.recorded") == 1


def test_a_letter_noted_twice_is_noted_once(school: School) -> None:
    record(school, {**BY_PHONE, "Twitter/X": "No, or withdrawn"})
    home = school.home(OLU)
    school.press(OLU, home, "Letter received")
    told = school.press(OLU, home, "Letter received", sight=Sight.AS_SHOWN)
    assert "already noted" in told.text
    assert trail(school).count("ledger.paper_received") == 1


def test_pick_first_then_choose_what_to_do(school: School) -> None:
    pick = school.command(OLU, "/consent-record").view
    assert school.submit(OLU, pick, {}).error_texts == ["Choose a pupil, or type the name."]
    assert school.submit(OLU, pick, {"Or type": "Qwzzt"}).error_texts[0].startswith("Nobody on the roll")
    which = school.submit(OLU, pick, {"Or type": "Jamie McKenzie"}).view
    assert which is not None
    assert "It is not certain who “Jamie McKenzie” is" in which.text
    form = school.submit(OLU, which, {"Which one": "Jamie McKenzie · 3H"}).view
    assert form is not None
    assert "*Jamie McKenzie* · 3H" in form.text
    pick = school.command(OLU, "/consent-record").view
    offered = school.suggest(OLU, pick, "Pupil", "fatima v")[0]
    history = school.submit(OLU, pick, {"Pupil": offered, "What would you": "See the history"}).view
    assert history is not None
    assert "*Fatima van Dijk*" in history.text


def test_a_misspelt_name_is_never_recorded_for_as_if_it_were_exact(school: School) -> None:
    view = open_record(school, name="Fatma van Dyk")
    assert "It is not certain who “Fatma van Dyk” is" in view.text


@pytest.mark.policy("4.2")
def test_staff_and_governors_may_not_keep_the_record(school: School) -> None:
    for someone in (ANN, COL):
        answer = school.command(someone, "/consent-record", FATIMA)
        assert answer.view is None
        assert "This is for the" in answer.text


def test_a_role_that_was_just_lost_counts_at_once(school: School) -> None:
    """The form is open; the role is gone; sending it does nothing."""
    view = open_record(school)
    from storage.people import people as people_storage

    with school.database.begin() as connection:
        holders = people_storage.roles(connection, 1)
        people_storage.set_roles(connection, 1, {each for each in holders if each[0] != OLU.email})
    answer = school.submit(OLU, view, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    assert "This is for the" in str(answer.error_texts)
    assert "ledger.recorded" not in trail(school)


def test_a_forged_pupil_or_letter_is_not_found(school: School) -> None:
    view = open_record(school)
    answer = school.submit(
        OLU, view, {**ON_PAPER, "Twitter/X": "No, or withdrawn"}, forge={"private_metadata": '{"pupil":99999}'}
    )
    assert "not on this school's roll" in str(answer.error_texts)
    record(school, {**BY_PHONE, "Twitter/X": "No, or withdrawn"})
    home = school.home(OLU)
    assert "already noted" in school.press(OLU, home, "Letter received", value=Forged("4711")).text


def test_the_deputy_may_decide_too(school: School) -> None:
    assert "Settle a disagreement" in str(school.command(DEV, "/consent-record", FATIMA).view)


def test_was_there_consent_on_12_may(school: School) -> None:
    """Asked of the service, as a subject access request would be."""
    olu = people.identify(
        school.database, school.clock, school.bot.router.directory.user, team_id="T0SCHOOL", slack_user=OLU.user_id
    )
    context = _context(school, olu)
    jack = ledger.find(context, "Jack McKenzie").pupils[0]
    stands = ledger.history(context, jack.pupil_id, date(2026, 5, 12))
    assert {str(state) for state in stands.states.values()} == {"yes"}


def _context(school: School, actor: Actor) -> Context:
    return Context(school.database, actor.school, school.clock, REACTIONS, actor)
