"""A check: who is meant is asked, what was filled in stays, and it holds no longer than what it rests on."""

import pytest
from sqlalchemy import select

from storage.consent import look_ups
from storage.consent.roll import pupil
from storage.drafts import draft
from tests.consent.test_imports import sample
from tests.consent.test_imports_slack import sent
from tests.consent.test_ledger import open_record
from tests.people import ANN, BEN, OLU
from tests.posting.gate import FATIMA, FEED, JACK, check, log, message, send, withdraw
from tests.posting.test_surfaces import register
from tests.school import School
from tests.slack.people import Sight

BOTH = pytest.mark.databases("sqlite", "postgresql")
pytestmark = pytest.mark.databases("sqlite")
CHOSEN = "Fatima van Dijk · Reception Acorns"


def test_a_command_fills_in_the_form(school: School) -> None:
    form = school.command(ANN, "/post-check", f"{FATIMA}, Jack McKenzie 2 Cedar for twitter photo").view
    assert form is not None
    shown = str(form.payload)
    assert "Fatima van Dijk, Jack McKenzie 2 Cedar" in shown
    assert "'initial_options': [{'text': {'type': 'plain_text', 'text': 'School Twitter feed'" in shown
    assert "does not ask parents about" in school.command(ANN, "/post-check", "Jack for facebook").text


def test_a_place_is_meant_by_its_own_name_too(school: School) -> None:
    form = school.command(ANN, "/post-check", f"{FATIMA} for School Twitter feed").view
    assert form is not None
    assert "'initial_options'" in str(form.payload)


@BOTH
def test_who_is_meant_is_asked_and_nothing_is_lost(school: School) -> None:
    asked = check(school, names=f"Jamie, {FATIMA}", adults="Ms Carter", count=2).view
    assert asked is not None
    assert "Who is meant?" in asked.text
    assert CHOSEN in str(asked.payload)  # among the chosen now
    assert "Ms Carter" in str(asked.payload)
    done = school.submit(ANN, asked, {"Who is “Jamie”": "Jamie Wilson · 3H"}).view
    assert done is not None
    assert "Go.*" in done.text


def test_somebody_whom_nobody_knows_is_never_left_out_in_silence(school: School) -> None:
    asked = check(school, names="Xylophone Quux", count=1).view
    assert asked is not None
    assert "Nobody at the school is called “Xylophone Quux”" in asked.text


@BOTH
def test_a_whole_class_but_for_those_who_are_absent(school: School) -> None:
    form = school.command(ANN, "/post-check", "").view
    (absent,) = school.suggest(ANN, form, "Who of a whole class", JACK)
    wrong = send(school, ANN, form, "2 Cedar", 99, absent=[absent])
    assert "and count 99" in str(wrong.errors)
    members = int(str(wrong.errors).partition("You named ")[2].partition(",")[0])
    done = send(school, ANN, form, "2 Cedar", members, absent=[absent]).view
    assert done is not None
    assert JACK not in done.text


@BOTH
def test_in_the_whole_school_whoever_has_no_class_yet_is_logged_too(school: School) -> None:
    new = {"UPN": "P207000016049", "Admission Number": "90001", "Legal Surname": "Yew", "Preferred Surname": ""}
    new |= {"Date of Birth": "01/02/2018", "Registration Group": ""}
    done = school.submit(OLU, sent(school, sample(lambda rows: rows.append({**rows[0], **new}))))
    assert "Done." in done.text
    wrong = str(check(school, names="whole school", count=1).errors)
    everybody = int(wrong.partition("You named ")[2].partition(" ")[0].strip(","))
    assert check(school, names="whole school", count=everybody).view is not None
    with school.database.read() as connection:
        logged = set(connection.execute(select(look_ups.look_up.c.pupil_id)).scalars())
        for packed in connection.execute(select(look_ups.look_up_list.c.pupils)).scalars():
            logged.update(look_ups.unpacked(packed))
        without_class = connection.execute(select(pupil.c.id).where(pupil.c.class_name == "")).scalars().all()
    assert len(without_class) == 1
    assert logged.issuperset(without_class)
    assert len(logged) == everybody


def test_named_and_counted_have_to_agree(school: School) -> None:
    assert "Name the other child" in str(check(school, count=3).errors)
    assert "Count again" in str(check(school, count=1).errors)
    assert "Write a number" in str(check(school, count="four").errors)  # type: ignore[arg-type]


def test_a_picture_of_nobody_may_go(school: School) -> None:
    done = check(school, names="", count=0).view
    assert done is not None
    assert "Go.*" in done.text


def test_a_medium_that_parents_are_not_asked_about_is_refused_under_the_place(school: School) -> None:
    wrong = check(school, where=["Displays in school"], medium="Video")
    assert "Parents are not asked about a video there: Displays in school." in str(wrong.errors)


def test_several_places_at_once_each_with_its_own_answer(school: School) -> None:
    done = check(school, names="Mateusz Roberts, Jack McKenzie", where=[FEED, "School website"]).view
    assert done is not None
    assert f"✅ *{FEED}*: go." in done.text
    assert "✂️ *School website*: leave out Matt Roberts (2 Cedar)" in done.text
    logged = log(school, ANN, done, **{"Where was it posted": [FEED]})
    assert "PO-1 is logged" in logged.text
    again = log(school, ANN, message(school, ANN, "Your picture for"))
    assert "PO-2 is logged" in again.text


def test_it_can_be_changed_and_checked_again(school: School) -> None:
    shown = check(school, true=[]).view
    form = school.press(ANN, shown, "Change it").view
    done = school.submit(ANN, form, {"Tick what is true": _all_true(form)}).view
    assert done is not None
    assert "Go.*" in done.text
    school.deliver()
    assert "Not posted" in message(school, ANN, "Nothing of this check is kept").text  # the former one


def _all_true(form: object) -> list[str]:
    from tests.posting.gate import TRUE

    assert form is not None
    return TRUE


@BOTH
def test_the_same_form_delivered_twice_is_one_check(school: School) -> None:
    sent_once = check(school)
    school.people.again(sent_once)
    school.deliver()
    inbox = [each for each in school.people.inbox(ANN.user_id) if "Your picture for" in each.text]
    assert len(inbox) == 1


@pytest.mark.policy("4.13")
def test_not_posted_leaves_no_record(school: School) -> None:
    school.press(ANN, check(school).view, "Not posted")
    school.deliver()
    assert "Not posted" in message(school, ANN, "Nothing of this check is kept").text
    assert "PO-" not in school.home(ANN).text


def test_it_stands_on_home_until_it_is_posted(school: School) -> None:
    check(school)
    assert f"Your picture for {FEED}: go." in school.home(ANN).text
    assert FATIMA not in school.home(ANN).text
    log(school, ANN, message(school, ANN, "Your picture for"))
    assert "Your picture for" not in school.home(ANN).text


def test_after_two_days_it_has_to_be_checked_again(school: School) -> None:
    check(school)
    school.clock.forward(days=2, minutes=1)
    school.tick()
    old = school.press(ANN, message(school, ANN, f"Your picture for {FEED}"), "Open").view
    again = school.press(ANN, old, "Check again").view
    assert again is not None
    assert "Go.*" in again.text


@BOTH
@pytest.mark.policy("4.5")
@pytest.mark.parametrize("how", ["flag", "import", "Yes struck out"])
def test_whoever_holds_it_is_told_however_it_changes(school: School, how: str) -> None:
    check(school, names=FATIMA, count=1)
    if how == "flag":
        raised = school.press(OLU, open_record(school), "Never photograph").view
        school.submit(OLU, raised, {"Reasons": "As agreed with the head."})
    elif how == "import":
        school.submit(OLU, sent(school, sample(lambda rows: rows[0].update({"Twitter/X - Photo": "No"}))))
    else:
        history = school.press(OLU, open_record(school), "See the history").view
        form = school.press(OLU, history, "Recorded in error").view
        school.submit(OLU, form, {"What was wrong": "It was another child's form."})
    school.deliver()
    assert "Something has changed since you checked it" in message(school, ANN, "Do not post your picture").text


def test_a_no_for_somebody_who_was_left_out_anyhow_tells_nobody(school: School) -> None:
    check(school, names="Finlay Jones, Jack McKenzie", medium="Video")
    withdraw(school, "Finlay Jones", "Local press")
    assert "go after changes" in message(school, ANN, "Your picture for").text


def test_a_planned_post_is_checked_again_that_morning(school: School) -> None:
    shown = check(school).view
    form = school.press(ANN, shown, "Posted").view
    done = school.submit(ANN, form, {"Planned for": "2026-11-30"})
    assert "Planned for Mon 30 Nov 2026" in done.text
    school.clock.forward(days=6, hours=23)
    before = len(school.people.inbox(ANN.user_id))
    school.tick()
    assert len(school.people.inbox(ANN.user_id)) > before
    assert f"Your picture for {FEED}: go." in message(school, ANN, "Your picture for").text
    too_far = school.press(ANN, message(school, ANN, "Your picture for"), "Posted").view
    assert "four weeks" in str(school.submit(ANN, too_far, {"Planned for": "2027-06-30"}).errors)


def test_a_check_is_its_makers_alone(school: School) -> None:
    check(school)
    letter = message(school, ANN, "Your picture for")
    for button in ("Open", "Check again", "Not posted", "Posted"):
        opened = school.press(BEN, letter, button, sight=Sight.FORGED)
        assert "There is no such check of yours" in opened.text
        assert FATIMA not in str(opened.body)


def test_an_answer_about_consent_goes_on_to_a_check(school: School) -> None:
    answer = school.command(ANN, "/consent", f"{FATIMA} for twitter photo")
    form = school.press(ANN, answer, "Post it").view
    assert form is not None
    assert FATIMA in str(form.payload)
    done = send(school, ANN, form, FATIMA, 1).view
    assert done is not None
    assert "Go.*" in done.text


@pytest.mark.policy("4.8")
def test_a_personal_phone_is_for_the_feed_alone(school: School) -> None:
    told = check(school, taken="A personal phone", where=[FEED]).text
    assert "Go." in told
    told = check(school, taken="A personal phone", where=["School website"]).text
    assert "Do not post" in told
    assert "*School website*: not from a personal phone (§4.8)" in told
    both = check(school, taken="A personal phone", where=[FEED, "School website"])
    assert f"*{FEED}*: go" in both.text
    change = school.press(OLU, register(school), "Change", near="School website").view
    school.submit(OLU, change, {"May pictures be taken": "Yes, and it is cleared at once (§4.8)"})
    assert "Do not post" not in check(school, taken="A personal phone", where=["School website"]).text


@BOTH
def test_what_was_filled_in_survives_a_window_that_was_closed(school: School) -> None:
    form = school.command(ANN, "/post-check", "").view
    assert form is not None
    (offered,) = school.suggest(ANN, form, "Pupils in it", FATIMA)
    school.people.fill(ANN.user_id, form, {"Names or classes": JACK, "How many": "2"})
    school.press(ANN, form, "Pupils in it", [offered])
    school.press(ANN, form, "Photo or video", "Photo")
    school.people.close(ANN.user_id, form)
    again = school.command(ANN, "/post-check", "").view
    assert again is not None
    assert "Filled in before and not sent" in again.text
    told = str(again.payload)
    assert "Fatima van Dijk · Reception Acorns" in told
    assert f"'initial_value': '{JACK}'" in told
    assert "Filled in before" not in (school.command(BEN, "/post-check", "").view or form).text
    empty = school.press(ANN, again, "Begin anew").view
    assert empty is not None
    assert JACK not in str(empty.payload)
    before = {block["block_id"] for block in again.blocks if block["type"] == "input"}
    assert not before & {block["block_id"] for block in empty.blocks}  # Slack would keep the old answers there
    assert "Filled in before" not in str(school.command(ANN, "/post-check", "").view)


def test_a_draft_is_over_once_it_is_sent_and_after_a_day(school: School) -> None:
    form = school.command(ANN, "/post-check", "").view
    assert form is not None
    school.press(ANN, form, "Photo or video", "Photo")
    with school.database.read() as connection:
        (kept,) = connection.execute(select(draft)).all()
    assert b"photo" not in kept.sealed
    send(school, ANN, form, f"{FATIMA}, {JACK}", 2)
    with school.database.read() as connection:
        assert not connection.execute(select(draft)).all()
    again = school.command(ANN, "/post-check", "").view
    school.press(ANN, again, "Photo or video", "Video")
    school.clock.forward(days=1, hours=1)
    assert "Filled in before" not in str(school.command(ANN, "/post-check", "").view)
    school.tick()
    with school.database.read() as connection:
        assert not connection.execute(select(draft)).all()
