"""Which test keeps which case closed: steps that once reached what they must not, and each feature's bad input.

A row whose test is renamed or taken away fails here.
"""

import importlib
from collections.abc import Iterable, Mapping

import pytest

# The number of a known case → what must hold, and its tests.
SECURITY: Mapping[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "the deputy does not open a report by writing the head down",
        ("staff.test_absences_rights:test_case_1_the_deputy_cannot_open_a_report_by_writing_the_head_down",),
    ),
    2: (
        "nobody signs for two whom they have written down, and the form names the signer's own office",
        (
            "staff.test_absences_rights:test_case_2_nobody_writes_two_down_and_signs_alone",
            "documents.test_forms:test_case_2_whoever_stands_in_signs_in_their_own_office",
        ),
    ),
    3: (
        "whoever asks does not bring in who decides",
        (
            "staff.test_absences_rights:test_case_3_whoever_asks_does_not_bring_in_who_decides",
            "staff.test_absences_rights:test_case_3_nor_by_writing_it_down_before_they_ask",
        ),
    ),
    4: (
        "an absence quiets no report",
        ("staff.test_absences_rights:test_case_4_the_head_does_not_quiet_the_chair_and_an_absence_quiets_no_report",),
    ),
    5: (
        "whose account is made anew does not approve their own request",
        (
            "staff.test_persons:test_the_head_made_anew_does_not_approve_her_own_request",
            "staff.test_namesakes:test_the_head_does_not_approve_what_she_asked_for_with_her_other_account",
        ),
    ),
    6: (
        "of whom a report speaks is kept from it, whatever the account",
        (
            "staff.test_persons:test_of_whom_a_report_speaks_is_kept_from_it_whatever_the_account",
            "staff.test_namesakes:test_of_whom_a_report_speaks_is_kept_from_both_accounts",
        ),
    ),
    7: (
        "a name that may be a colleague's is asked about",
        (
            "content.test_content_subjects:"
            "test_a_name_that_may_be_a_colleagues_is_asked_about_and_a_yes_keeps_it_from_her",
            "content.test_content_meant:test_a_yes_to_one_account_keeps_it_from_the_other",
        ),
    ),
    8: ("a No is believed", ("content.test_content_subjects:test_a_no_leaves_it_a_pupils_or_a_parents",)),
    9: (
        "a misspelt colleague reads no line of it",
        ("content.test_content_subjects:test_a_misspelt_colleague_in_the_office_reads_no_line_of_it",),
    ),
    10: (
        "whoever a report is about takes over no line of it",
        ("content.test_content_subjects:test_whoever_a_report_is_about_takes_over_no_line_of_it",),
    ),
    11: (
        "words pass for no step",
        (
            "content.test_content_meant:test_the_words_of_a_report_pass_for_no_step",
            "access.test_restored:test_the_words_of_a_request_pass_for_no_step",
            "staff.test_absences_rights:test_a_reason_passes_for_no_words_of_ours",
        ),
    ),
    12: (
        "old and new address of one person are one",
        (
            "staff.test_persons:test_both_addresses_in_the_settings_and_then_slack_changes_it",
            "training.test_tables:test_past_training_under_an_address_that_somebody_has_given_up_is_theirs",
        ),
    ),
    13: (
        "the alphabet finds nobody, and is logged",
        (
            "consent.test_looks:test_going_through_the_alphabet_finds_nobody",
            "consent.test_looks:test_a_minute_of_typing_in_one_window_is_one_row",
        ),
    ),
    14: (
        "whoever looks through class after class is told of, and reminded of",
        (
            "consent.test_looks_told:test_whoever_looks_through_class_after_class_is_told_of_as_a_look",
            "consent.test_looks_due:test_it_is_due_after_two_school_days_until_it_is_looked_into",
        ),
    ),
    15: (
        "a button opens its own record only",
        (
            "access.test_restored:test_a_button_from_before_a_restore_opens_no_other_record",
            "running.test_restored_buttons:test_a_button_of_a_message_opens_no_other_record",
        ),
    ),
    20: (
        "files are their owner's only, and doctor looks",
        (
            "staff.test_accounts:test_the_database_is_its_owners_only_whatever_the_umask",
            "running.test_doctor:test_what_lanyard_writes_is_for_its_owner_only",
            "running.test_doctor:test_doctor_names_files_that_others_may_open_and_the_mend",
        ),
    ),
    21: (
        "a time in the future is not believed",
        (
            "staff.test_accounts:test_a_time_in_the_future_is_not_believed",
            "staff.test_accounts:test_the_timetable_asks_about_a_time_in_the_future_first",
        ),
    ),
}
HANDED: Mapping[str, str] = {
    "03, the home workspace of a trust": "staff.test_accounts:"
    "test_whose_home_is_another_workspace_of_the_trust_may_press_buttons_too",
    "04, the address in a file before Slack has it": "staff.test_persons:"
    "test_an_address_in_the_file_before_slack_changes_it_makes_no_second_person",
}
ABSENCES, ROLES, PERSONS = "staff.test_absences_rights", "staff.test_role_changes", "staff.test_persons"
NAMES, LOOKS, UNDO = "staff.test_namesakes", "consent.test_looks_due", "consent.test_undo"
AT_ONCE, IMPORT, MEANT = "consent.test_undo_at_once", "consent.test_undo_import", "content.test_content_meant"
# Feature → two at once; the same twice; by somebody else, or after something newer; two accounts; a guest by now.
BAD_INPUT: Mapping[str, tuple[str, ...]] = {
    "absences": (
        f"{ABSENCES}:test_two_at_once",
        f"{ABSENCES}:test_the_same_twice_is_one_and_her_own_word_counts_beside_the_offices",
        f"{ABSENCES}:test_undone_twice_by_somebody_else_and_after_a_newer_one",
        f"{ABSENCES}:test_with_two_accounts_nobody_brings_themselves_in",
        f"{ABSENCES}:test_who_became_a_guest_with_the_form_open_writes_nothing_down",
    ),
    "roles": (
        f"{ROLES}:test_of_two_heads_who_are_taken_away_at_once_one_stays",
        f"{ROLES}:test_the_same_role_given_twice_at_once_is_told_once",
        f"{ROLES}:test_what_nobody_may",
        f"{ROLES}:test_with_two_accounts_nobody_raises_themselves",
        f"{ROLES}:test_whoever_has_lost_the_office_or_become_a_guest_gives_nothing",
    ),
    "persons": (
        f"{PERSONS}:test_two_who_answer_at_once_give_one_answer",
        f"{PERSONS}:test_nobody_answers_about_themselves_and_an_answer_counts_once",
        f"{NAMES}:test_two_who_answer_at_once_and_once_more",
        f"{NAMES}:test_the_office_is_asked_once_and_yes_makes_them_one",
        f"{PERSONS}:test_whoever_became_a_guest_with_the_question_open_answers_nothing",
    ),
    "looks": (
        f"{LOOKS}:test_two_look_into_it_at_once_and_once_more",
        "consent.test_looks_told:test_looked_into_it_is_done_and_told_anew_only_of_what_comes_after",
        f"{LOOKS}:test_an_older_one_is_looked_into_and_the_newer_one_still_waits",
        f"{LOOKS}:test_whose_looks_they_are_does_not_look_into_them_with_another_account",
        f"{LOOKS}:test_whoever_has_become_a_guest_with_the_window_open_settles_nothing",
    ),
    "undo, an entry": (
        f"{UNDO}:test_two_strike_out_the_same_at_once_and_it_is_struck_out_once",
        f"{UNDO}:test_the_same_entry_is_struck_out_by_somebody_else_meanwhile",
        f"{UNDO}:test_after_a_newer_entry_undo_shows_first_what_would_stand",
        f"{AT_ONCE}:test_what_was_recorded_with_the_one_account_is_their_own_to_undo_with_the_other",
        f"{UNDO}:test_whoever_has_become_a_guest_strikes_nothing_out",
    ),
    "undo, a leaver": (
        f"{AT_ONCE}:test_two_strike_a_leaver_out_at_once",
        f"{UNDO}:test_a_child_who_never_left_is_back_on_the_roll",
        f"{UNDO}:test_a_leaver_is_struck_out_in_the_history_later_but_not_over_a_newer_file",
        f"{AT_ONCE}:test_a_leaver_is_struck_out_with_the_other_account_and_a_guest_strikes_nothing_out",
    ),
    "undo, an import": (
        f"{IMPORT}:test_undone_once_whoever_else_tries",
        f"{IMPORT}:test_an_import_that_was_undone_is_shown_as_such",
        f"{IMPORT}:test_a_newer_file_stays_and_an_older_import_cannot_take_it_back",
        f"{AT_ONCE}:test_an_import_is_undone_with_the_other_account_once",
        f"{IMPORT}:test_nobody_else_undoes_an_import",
    ),
    "undo, a flag": (
        f"{AT_ONCE}:test_two_strike_a_flag_out_at_once_and_once_more",
        f"{UNDO}:test_the_flag_is_struck_out_by_head_or_deputy_alone",
        f"{AT_ONCE}:test_a_flag_is_struck_out_after_a_newer_entry_only_once_that_was_seen",
        f"{AT_ONCE}:test_a_deputy_who_has_become_a_guest_strikes_no_flag_out",
    ),
    "do you mean": (
        f"{MEANT}:test_two_report_at_once_and_each_is_asked_about_their_own",
        f"{MEANT}:test_the_same_answer_twice_at_once_makes_one_report",
        f"{MEANT}:test_who_was_asked_about_and_has_gone_meanwhile_is_asked_about_no_more",
        f"{MEANT}:test_a_yes_to_one_account_keeps_it_from_the_other",
        f"{MEANT}:test_a_reporter_who_is_a_guest_by_now_sends_nothing_and_loses_nothing",
    ),
    "I have it": (
        "content.test_content_urgent:test_two_at_once_and_once_more",
        "content.test_content_urgent:test_two_ticks_at_once_go_on_by_one",
        "content.test_content_urgent:test_whoever_had_it_and_steps_aside_has_it_no_more",
    ),
}


def every() -> Iterable[str]:
    yield from (name for _, names in SECURITY.values() for name in names)
    yield from HANDED.values()
    yield from (name for names in BAD_INPUT.values() for name in names)


@pytest.mark.parametrize("name", sorted(set(every())))
def test_each_case_has_its_test(name: str) -> None:
    module, _, test = name.partition(":")
    assert callable(getattr(importlib.import_module(f"tests.{module}"), test))
