"""After a backup was put back: a button in an old message opens its own record, and none that has its number now.

Case 15 of every message whose button opens something. A record of another moment under the same number stands in for
the restore.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from bot.services.training import rounds
from storage.consent.imports_undo import undone
from storage.consent.looks import look_told
from storage.consent.undo import struck_out
from storage.filter.register import entry
from storage.people.questions import person_question
from storage.policy.versions import review, version
from storage.training.rounds import proposal
from tests.consent import test_undo, test_undo_import
from tests.consent.test_ledger import BY_PHONE, EVERYTHING, record
from tests.consent.test_looks_told import CLASSES, checks, told
from tests.filter.test_register_turns import by_hand
from tests.people import ANN, BEN, DEV, HANA, OLU, PRIYA, Someone
from tests.policy.test_policy import imported, opened
from tests.school import School
from tests.slack.people import Sight
from tests.staff.test_persons import made_anew


def struck(school: School) -> None:
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    asked: Any = school.press(OLU, test_undo.seen(school), "Recorded in error", near="Spoken").view
    school.submit(OLU, asked, {"What was wrong": test_undo.TYPED})


def import_undone(school: School) -> None:
    assert test_undo_import.undo(school, test_undo_import.import_it(school), HANA)


def looked(school: School) -> None:
    checks(school, BEN, *CLASSES)
    told(school, PRIYA)


def in_doubt(school: School) -> None:
    school.home(made_anew(school, HANA))


def proposed(school: School) -> None:
    with school.context().begin() as tx:
        rounds.propose(tx, "IN-2")


def to_read(school: School) -> None:
    school.home(ANN)  # who has no account yet is asked when they have
    imported(school)


def to_sign(school: School) -> None:
    opened(school)


def to_block(school: School) -> None:
    by_hand(school, "games.example")


Case = tuple[Callable[[School], None], Table, str, Someone, str, tuple[str, ...]]
# What makes the message; the table and what tells its records apart; who is told; the message; its buttons.
CASES: tuple[Case, ...] = (
    (struck, struck_out, "recorded_at", HANA, "was struck out", ("Open",)),
    (import_undone, undone, "recorded_at", DEV, test_undo_import.TOLD, ("Open",)),
    (looked, look_told, "told_at", PRIYA, "not an accusation", ("See what it is about",)),
    (in_doubt, person_question, "asked_at", OLU, "uses the address of a colleague", ("Who is this?",)),
    (proposed, proposal, "proposed_at", HANA, "A refresher is proposed", ("Start a refresher", "Not needed")),
    (to_read, version, "imported_at", ANN, "Social Media Policy", ("Read and confirm",)),
    (to_sign, review, "opened_at", PRIYA, "waits for your signature", ("Read and sign",)),
    (to_block, entry, "entry", HANA, "The web filter", ("Filter is changed", "Open")),
)


@pytest.mark.parametrize(("make", "table", "column", "who", "message", "buttons"), CASES)
def test_a_button_of_a_message_opens_no_other_record(
    school: School, make: Callable[[School], None], table: Table, column: str, who: Someone, message: str, buttons: Any
) -> None:
    make(school)
    school.deliver()
    letter = school.people.message(who.user_id, message)
    with school.database.begin() as connection:  # as if another record had its number now
        was = connection.execute(select(table.c[column]).limit(1)).scalar_one()
        other = "other.example" if isinstance(was, str) else was + timedelta(hours=1)
        connection.execute(update(table).values({column: other}))
    for button in buttons:
        refused = school.press(who, letter, button, sight=Sight.AS_SHOWN)
        assert refused.view is None, button
        assert re.search("no such|no longer here|There is nothing", refused.text), (button, refused.text)
    with school.database.begin() as connection:
        connection.execute(update(table).values({column: was}))
    assert school.press(who, letter, buttons[-1], sight=Sight.AS_SHOWN)  # its own record it opens


def test_no_button_of_these_messages_carries_a_number_alone(school: School) -> None:
    for make in (struck, looked, proposed, to_read, to_sign, to_block, in_doubt):
        make(school)
    school.deliver()
    carried = {
        each["action_id"]: each["value"]
        for someone in (HANA, PRIYA, OLU, ANN)
        for message in school.people.inbox(someone.user_id)
        for block in message.blocks
        for each in [*block.get("elements", ()), *filter(None, [block.get("accessory")])]
        if each.get("type") == "button" and each.get("value")
    }
    assert len(carried) > 6
    assert [(name, value) for name, value in carried.items() if re.fullmatch("[0-9]+", value)] == []
