"""Setting a school up with an IT lead's slips: each is answered with its mend, and nothing is half done."""

from pathlib import Path

import pytest

from bot.clock import now
from tests.running.test_serve import Machine
from tests.school import SAMPLE
from tests.slack.fake import FakeSlack

SETUP = ("setup", str(SAMPLE / "school.toml"))
OTHER = "T0OTHER"


def settings(machine: Machine, *changes: tuple[str, str]) -> str:
    """Write a school.toml that differs from the sample; returns its name."""
    written = (SAMPLE / "school.toml").read_text(encoding="utf-8")
    for before, after in changes:
        assert before in written, before
        written = written.replace(before, after, 1)
    (machine.folder / "school.toml").write_text(written, encoding="utf-8")
    return "school.toml"


OF_OTHER = (("T0SCHOOL", OTHER), ("Huntington Community Primary School", "Dover Lane Primary School"))


def test_a_file_of_another_workspace_is_refused_and_leaves_nothing(machine: Machine) -> None:
    said = machine.bot("setup", settings(machine, *OF_OTHER), expect=2)
    assert f"slack_team is {OTHER}, but SLACK_BOT_TOKEN belongs to the workspace" in said
    assert 'Write slack_team = "T0SCHOOL"' in said
    assert len(said.splitlines()) == 1
    assert not (machine.folder / "lanyard.db").exists()


def test_a_token_of_another_workspace_is_refused_by_setup_and_named_by_doctor(machine: Machine, tmp_path: Path) -> None:
    machine.bot(*SETUP)
    with FakeSlack(now, team_id=OTHER) as elsewhere:
        machine.environment["SLACK_API_URL"] = elsewhere.api_url
        said = machine.bot(*SETUP, expect=2)
        assert f"slack_team is T0SCHOOL, but SLACK_BOT_TOKEN belongs to the workspace {elsewhere.team_domain}" in said
        said = machine.bot("doctor", expect=2)
    (line,) = [line for line in said.splitlines() if line.startswith("✗ SLACK_BOT_TOKEN belongs to")]
    assert "T0SCHOOL" in line
    assert "Put the token" in line


def test_a_second_school_is_no_accident_and_an_empty_one_can_be_removed(machine: Machine, slack: FakeSlack) -> None:
    machine.environment["SLACK_BOT_TOKEN"] = ""  # nobody can say whose workspace it is
    machine.bot("setup", settings(machine, *OF_OTHER))
    said = machine.bot(*SETUP, expect=2)
    assert f"This database holds Dover Lane Primary School ({OTHER}), so T0SCHOOL was not added" in said
    assert f"python -m bot forget-school {OTHER}" in said
    machine.bot(*SETUP, "--another-school")
    machine.bot("import-roll", str(SAMPLE / "roll.csv"), "--apply", "--school", "T0SCHOOL")

    assert "There is no school T0NONE" in machine.bot("forget-school", "T0NONE", "--apply", expect=2)
    kept = machine.bot("forget-school", "T0SCHOOL", "--apply", expect=2)
    assert "Huntington Community Primary School holds records (" in kept
    assert "pupil" in kept
    assert "To remove it, add --apply" in machine.bot("forget-school", OTHER)
    assert f"Dover Lane Primary School ({OTHER}) is removed." in machine.process("forget-school", OTHER, "--apply")
    assert f"There is no school {OTHER}" in machine.bot("forget-school", OTHER, expect=2)

    machine.environment["SLACK_BOT_TOKEN"] = slack.token
    assert "linked" in machine.bot(*SETUP)
    assert "whole" in machine.bot("audit", "verify")
    assert "Nothing to change." in machine.bot("import-roll", str(SAMPLE / "roll.csv"), "--apply")  # one school again


def test_past_training_is_a_record_and_a_staff_list_is_none(machine: Machine) -> None:
    machine.bot(*SETUP)
    machine.bot("import-staff", str(SAMPLE / "staff.csv"), "--apply")
    machine.bot("import-terms", str(SAMPLE / "terms.csv"), "--apply")
    assert "holds no records" in machine.bot("forget-school", "T0SCHOOL")
    past = machine.folder / "past.csv"
    past.write_text("Email,Training,Date\nann@huntington.example,Online safety refresher,2026-05-05\n")
    machine.bot("import-training", str(past), "--apply")
    assert "holds records (training completion)" in machine.bot("forget-school", "T0SCHOOL", "--apply", expect=2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[policy]", "[polcy]"), "line 57: polcy: Lanyard does not know this section. Did you mean [policy]?"),
        (("[school]", "[Schools]"), "line 2: Schools: Lanyard does not know this section. Did you mean [school]?"),
        (("[filter]", "[zebra]\n[filter]"), "Lanyard does not know this section. It knows [school], [roles], [[uses]]"),
        (('slack_team = "T', 'slack_taem = "T'), "line 5: school.slack_taem: Lanyard does not know this setting. Did"),
        (("headteacher =", "headmaster ="), "Did you mean headteacher?"),
        (('media = ["photo"]', 'media = ["pic"]'), "line 45: uses.5.media.1: write one of: photo, video"),
        (("head@huntington.example", "the head"), "this is not an e-mail address; write one such as"),
        (('["head@huntington.example"]', '"head@huntington.example"'), 'write a list, such as ["this", "that"]'),
        (('slack_team = "T0SCHOOL"', 'slack_team = "school"'), "write the workspace's number, which begins with T"),
        (('"Huntington Community Primary School"', "“Huntington”"), "line 3: the value cannot be read. Write words in"),
        (("every_months = 12", 'every_months = "12x"'), "line 76: training.2.every_months: write a whole number"),
        (("every_months = 12", "every_months = 900"), "write 120 or less"),
        (("approved = 2021-03-04", 'approved = "soon"'), "write a day as 2026-11-23"),
        (("[policy]", "[[policy]]"), "write this as a section of its own, [policy]"),
        (('key = "website"', 'key = "My site"'), "write small letters, digits and hyphens"),
        (('"Spring 2024"', '"someday"'), "line 62: policy.next_review: write a day (2027-03-31), a month"),
        (("[filter]", "[filter]\nname = 'two\n"), "a quote is opened and not closed"),
    ],
)
def test_a_slip_is_answered_in_our_words_with_the_nearest_that_is_known(
    machine: Machine, change: tuple[str, str], said: str
) -> None:
    told = machine.bot("setup", settings(machine, change), expect=2)
    assert said in told
    assert len(told.splitlines()) == 1
    for theirs in ("Input should be", "should match", "should have", "Invalid", "Expected", "at end of document"):
        assert theirs not in told
    assert not (machine.folder / "lanyard.db").exists()
