"""The consent record in Chromium: every form of the office and of the headteacher can be filled in."""

from tests.browser.screen import Screen


def test_the_history_of_a_pupil_on_another_day(screen: Screen) -> None:
    pick(screen, "Olu", "Rhys Williams 3B", "See the history")
    screen.form("Consent history")
    screen.see("Import from the school's records")
    screen.fill_modal({"How did it stand": "2026-01-15"})
    assert screen.submit() == {}
    screen.see("On Thu 15 Jan 2026")
    screen.close()


def test_the_head_raises_and_the_deputy_lifts_the_never_photograph_flag(screen: Screen) -> None:
    pick(screen, "Hana", "Ben Wright 3B", "Never photograph: raise or lift the flag")
    screen.form("Never photograph")
    screen.fill_modal({"Reasons": "Court order of 3 June"})
    assert screen.submit() == {}
    screen.see("Ben Wright will not be included")
    screen.close()

    screen.as_person("Ann Teacher")
    screen.say("staffroom", "/consent Ben Wright 3B")
    screen.message("Do not include Ben Wright")

    pick(screen, "Dev", "Ben Wright 3B", "Never photograph: raise or lift the flag")
    screen.form("Never photograph")
    screen.fill_modal({"Reasons": "The order has ended"})
    assert screen.submit() == {}
    screen.see("The flag is lifted")
    screen.close()


def test_the_head_settles_what_parents_disagree_on(screen: Screen) -> None:
    for name, relationship, decision in (
        ("Pat White", "Father", "Yes: photo and video"),
        ("Kim White", "Mother", "No, or withdrawn"),
    ):
        pick(screen, "Olu", "Orla White 3H", "Record a decision, a change or a withdrawal")
        screen.form("Record a decision")
        screen.fill_modal(
            {
                "School website": decision,
                "Who decided?": name,
                "Who is this person": relationship,
                "How did it reach": "Form",
                "Which version": "2026-09",
            }
        )
        assert screen.submit() == {}
        screen.form("Recorded")
        screen.close()

    screen.as_person("Hana")
    screen.home()
    screen.see("Parents disagree")
    pick(screen, "Hana", "Orla White 3H", "Settle a disagreement between parents")
    screen.form("Settle a disagreement")
    screen.fill_modal({"Your decision": "No, they may not be used", "Reasons": "The more careful answer"})
    assert screen.submit() == {}
    screen.see("School website: ⛔ no")
    screen.close()


def test_what_is_missing_in_the_form_is_said_and_a_person_goes_on(screen: Screen) -> None:
    pick(screen, "Olu", "", "See the history", errors={"words": "Choose a pupil, or type the name."})
    screen.fill_modal({"Or type the pupil's name": "Rhys Williams 3B"})
    assert screen.submit() == {}
    screen.form("Consent history")
    screen.close()


def pick(screen: Screen, who: str, pupil: str, task: str, *, errors: dict[str, str] | None = None) -> None:
    """Go from `/consent-record` to what is to be done with a pupil's record."""
    screen.as_person(who)
    screen.say("staffroom", "/consent-record")
    screen.form("Consent record")
    screen.fill_modal({"Or type the pupil's name": pupil, "What would you like to do?": task})
    assert screen.submit() == (errors or {})
