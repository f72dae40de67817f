"""The demo in Chromium: Ann asks, the office records a withdrawal, the answer has changed; and everybody's Home."""

import pytest

from tests.browser.screen import Screen

WITHDRAWAL = {
    "What was decided": "No, or withdrawn",
    "Who decided?": "Marta Nowak",
    "Who is this person": "Mother",
    "How did it reach": "Spoken: on the phone or at the door",
}


def test_a_class_check_names_who_is_left_out(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/consent 3B for website video")
    screen.message("3B: leave out 8 of 26 children")

    screen.press("Check photo instead")
    screen.message("For one photo on School website")


@pytest.mark.policy("4.3", "4.5")
def test_a_withdrawal_changes_the_answer(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/consent Jamie")
    screen.message("Which Jamie?")
    screen.press("Jamie Nowak · 3B")
    screen.message("School website: yes, photo and video")

    screen.as_person("Olu")
    screen.say("staffroom", "/consent-record Jamie Nowak 3B")
    screen.form("Record a decision")
    screen.fill_modal(WITHDRAWAL)
    screen.see("Jamie Nowak").scroll_into_view_if_needed()
    assert screen.submit() == {}
    screen.form("Recorded")
    screen.see("The letter is still to come.")
    screen.close()

    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/consent Jamie Nowak 3B")
    screen.message("Do not include Jamie Nowak in any photo or video.")


def test_a_teachers_home_checks_her_class(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.home()
    screen.see("Your classes: 3B.")

    screen.press("3B")
    screen.form("Photo consent")
    screen.see("where is the picture for?")
    screen.choose("School website, photo")
    assert screen.submit() == {}
    screen.see("3B: leave out")
    screen.close()


def test_the_offices_home_shows_what_is_missing_and_takes_a_letter(screen: Screen) -> None:
    screen.as_person("Olu")
    screen.say("staffroom", "/consent-record Kai Chen 3H")
    screen.form("Record a decision")
    screen.fill_modal(WITHDRAWAL | {"Who decided?": "Li Chen"})
    assert screen.submit() == {}
    screen.close()

    screen.home()
    screen.see("pupils have every decision recorded")
    screen.see("Kai Chen · 3H, withdrawn by word of mouth")
    screen.press("Letter received", near="Kai Chen")
    screen.gone("Kai Chen · 3H, withdrawn by word of mouth")


def test_the_form_answers_for_typed_names_and_asks_back(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.home()
    screen.press("Check photo consent")
    screen.form("May we use a picture?")
    screen.fill_modal({"Or type names": "Jamie, Rhys Williams 3B"})
    assert screen.submit() == {}
    screen.see("Rhys Williams")
    screen.choose("Jamie Wilson · 3H")
    assert screen.submit() == {}
    screen.see("Jamie Wilson")
    screen.close()


def test_a_teacher_of_another_class_says_that_it_is_his_picture(screen: Screen) -> None:
    screen.as_person("Ben")
    screen.say("staffroom", "/consent 3B for website photo")
    screen.message("3B is not one of your classes.")
    screen.press("I am taking this picture")
    screen.message("3B: leave out")


def test_in_somebody_elses_messages_the_answer_comes_in_a_window(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("Ben Carter", "/consent Rhys Williams 3B")
    screen.message("Not in this channel.")
    screen.press("Show the answer to me only")
    screen.form("Photo consent")
    screen.see("Rhys Williams")
    screen.close()


def test_an_ordinary_message_is_left_alone(screen: Screen) -> None:
    screen.as_person("Ann Teacher")
    screen.say("staffroom", "Good morning")
    screen.say("staffroom", "/lanyard")
    screen.message("What you can do with Lanyard")
