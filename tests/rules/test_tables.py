"""Every table is total: a new state, event or notice cannot be half there. What there is, `tests.declared` finds."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import String

from bot.notices import Notice
from bot.reading.roll import read as imports_rules
from bot.reading.roll.evidence import Fact
from bot.rules import access, breaches, content, people, permissions, procedures, school, search, training_rounds
from bot.rules.consent import answer, ledger
from bot.rules.documents import FORMS, What
from bot.rules.filter import register
from bot.rules.policy import review, versions
from bot.rules.posting import posts, surfaces
from bot.rules.procedures import Procedure
from bot.rules.reminders import digest
from bot.rules.staff import role_changes
from bot.rules.steps import NOBODY
from bot.services.desks import DESKS
from bot.services.documents import forms, typeset
from handlers.requests import Kind
from storage.engine import metadata
from tests import declared
from tests.states import DRAWN, PROCEDURES_DRAWN

MACHINES = declared.machines()

# States that are worked out from facts whenever they are asked for, so that nothing moves them on.
PROCEDURES = declared.procedures()
ON_THE_SPINE = {f"{type(way.first).__module__}.State" for way in PROCEDURES.values()}
WORKED_OUT = ON_THE_SPINE | {
    "bot.rules.consent.ledger.State",
    "bot.rules.training.State",
    "bot.services.reminders.State",
}

# Tables that leave members out on purpose, each with what it has to hold instead.
PARTIAL: Mapping[str, Iterable[Any]] = {
    "bot.rules.access.DUTIES": access.PROCEDURE.turns,
    "bot.reading.roll.difference._NAMES": imports_rules._NAMES,
    "bot.reading.roll.who._COLUMNS": {Fact.UPN, Fact.NUMBER},  # a name and a birthday have columns of their own
    "bot.rules.consent.ledger._RESTRICTIVE": {*ledger._STATES.values(), ledger.State.EXPIRED},
    "bot.rules.filter.register.TO_DO": {each for each in register.TURNS if register.TURNS[each] != NOBODY},
    "bot.rules.filter.register._CODES": register.TO_DO,
    "bot.services.documents.forms.DECISIONS": access.PROCEDURE.signed,
    "bot.rules.staff.absences.ONLY": {school.Role.HEADTEACHER, school.Role.CHAIR_OF_GOVERNORS},
    "bot.rules.staff.absences.NEVER": {school.Role.CHAIR_OF_GOVERNORS},
    "bot.rules.permissions.READERS": access.SEES_ALL,
    "bot.rules.permissions._ASKERS": {permissions.Event.ANSWER, permissions.Event.WITHDRAW, permissions.Event.LAPSE},
    "bot.rules.permissions._after": {each for was, each in permissions.LESSON.steps if was == "permitted"},
    "bot.rules.breaches.READERS": {school.Role.DATA_PROTECTION_OFFICER, school.Role.HEADTEACHER},
    "bot.rules.breaches._BY_LINE": breaches.NOTES,
    "bot.rules.posting.posts.READERS": surfaces.KEEPERS | {school.Role.DATA_PROTECTION_OFFICER},
    "bot.rules.posting.take_downs.READERS": surfaces.KEEPERS | {school.Role.DATA_PROTECTION_OFFICER},
    "bot.rules.school.OF_WHOLE_SCHOOL": answer.SEES_EVERY_CLASS - {school.Role.ADMIN_TEAM},  # which is exempt
    "bot.rules.content._TOLD": {school.Role.HEADTEACHER},  # §6.7
    "bot.rules.content._COORDINATOR_TOO": {school.Role.HEADTEACHER, school.Role.E_SAFETY_COORDINATOR},
    "bot.rules.search.KINDS": set(search.Kind) - {search.Kind.ANY},
    "handlers.slack.incoming.arrived": set(Kind) - {Kind.COMMAND, Kind.HOME},  # which the body itself tells
}


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> ModuleType:
    """Each state machine."""
    return MACHINES[request.param]


# ── state machines ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_machines_are_found() -> None:
    assert {register, review, versions, training_rounds} == set(MACHINES.values())


def test_every_state_enum_has_a_machine_or_is_worked_out() -> None:
    states = {name for name in declared.enums() if name.endswith(".State")}
    assert states == {f"{name}.State" for name in MACHINES} | WORKED_OUT


def reached(rules: ModuleType, first: Enum) -> set[Enum]:
    found, new = set[Enum](), {first}
    while new:
        found |= new
        new = {to for (was, _), to in rules.STEPS.items() if was in new} - found
    return found


def test_every_state_is_reached_and_every_event_moves_something(machine: ModuleType) -> None:
    assert reached(machine, next(iter(machine.State))) == set(machine.State)
    assert {event for _, event in machine.STEPS} == set(machine.Event)


def test_it_is_somebodys_turn_in_every_state_with_a_way_out_and_all_others_are_final(machine: ModuleType) -> None:
    assert set(machine.TURNS) == {was for was, _ in machine.STEPS}
    final = set(machine.State) - set(machine.TURNS)
    for state in machine.State:
        assert reached(machine, state) & final, f"{state} comes to no end"


def test_every_machine_is_drawn() -> None:
    assert set(DRAWN.values()) == set(MACHINES.values())
    assert {way.name for way in PROCEDURES_DRAWN.values()} == {way.name for way in PROCEDURES.values()}


# ── procedures: records on the spine ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=PROCEDURES)
def way(request: pytest.FixtureRequest) -> Procedure:
    """Each procedure."""
    return PROCEDURES[request.param]


def test_every_step_is_somebodys_turn_and_every_turn_is_a_step(way: Procedure) -> None:
    assert set(way.steps) == {(state, event) for state, events in way.turns.items() for event in events}


def test_whoever_is_in_all_lines_of_an_event_is_in_one_that_may_take_another(way: Procedure) -> None:
    """So whoever may take it sees it by that one: the gate in SQL asks for no more."""
    for events in way.turns.values():
        lines = {line for whose in events.values() if isinstance(whose, tuple) for line in whose}
        assert all(lines & set(whose.lines) for whose in events.values() if isinstance(whose, procedures.All))


def test_every_state_of_a_procedure_is_reached_and_comes_to_an_end(way: Procedure) -> None:
    reached_from = {way.first}
    for _ in way.steps:
        reached_from |= {to for (was, _), to in way.steps.items() if was in reached_from}
    assert reached_from == {way.first, *(to for to in way.steps.values())}
    assert set(way.turns) <= reached_from
    for state in way.turns:
        ends, known = {state}, set[Any]()
        while ends - known:
            known |= ends
            ends = {to for (was, _), to in way.steps.items() if was in known}
        # New facts open a breach again, whenever they come (UK GDPR Art 33): it is over once nobody is waited for.
        over = {breaches.State.CLOSED} if way is breaches.PROCEDURE else set[Any]()
        assert (known | ends) - (set(way.turns) - over), f"{state} comes to no end"


def test_what_waits_for_a_decision_can_be_decided_without_the_clock(way: Procedure) -> None:
    assert way.awaiting or way is posts.PROCEDURE  # which is in the world: nobody decides on it
    for state in way.awaiting:
        # What concerns head and chair is nobody's at the school: its reporter is told whom to speak to (KCSIE).
        assert way is content.ABOUT_BOTH or all(line for lines in way.awaits(state).values() for line in lines)


def test_the_trail_has_a_word_for_everything_that_happens(way: Procedure) -> None:
    assert set(way.past) >= {event for _, event in way.steps}


# ── tables over enums ──────────────────────────────────────────────────────────────────────────────────────────────


@cache
def found() -> dict[str, tuple[type[Enum], frozenset[Any]]]:
    """Every table and order, but for the three kinds of which each is one part and only the whole is total."""
    every = {name: (kind, keys) for name, kind, keys in chain(declared.tables(), declared.orders())}
    parts = {name for name, (kind, _) in every.items() if name.endswith(".TURNS")}
    parts |= {name for name, (kind, _) in every.items() if kind is Notice and name.lower().endswith(".notices")}
    parts |= {name for name in every if name.endswith(".FILES")}  # `deliveries.MAKERS` is the whole
    return {name: told for name, told in every.items() if name not in parts}


def test_every_table_over_an_enum_knows_all_of_its_members() -> None:
    partial = {name for name, (kind, keys) in found().items() if keys != set(kind)}
    assert partial == set(PARTIAL), "make it total, or say in PARTIAL what it holds instead"


@pytest.mark.parametrize("name", PARTIAL)
def test_what_a_table_leaves_out_it_leaves_out_on_purpose(name: str) -> None:
    _, keys = found()[name]
    assert keys == set(PARTIAL[name])


# ── requests and their print ───────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_open_decided_or_taken_back() -> None:
    assert {*access.OPEN, *access.DECIDED, access.State.WITHDRAWN} == set(access.State)
    assert {*access.UNDECIDED, *access.QUESTIONS} == set(access.OPEN)


def test_every_decision_that_can_be_taken_has_a_duty_and_so_a_role_on_the_form() -> None:
    deciding = {was for was, event in access.PROCEDURE.steps if event in forms.DECISIONS}
    assert deciding == set(access.DUTIES)


def test_whoever_looks_through_the_records_finds_each_under_one_word(way: Procedure) -> None:
    states, table = type(way.first), search.STATES[way.kind]
    found = [state for word, some in table.items() if word is not search.Standing.ANY for state in some]
    assert sorted(found) == sorted(table[search.Standing.ANY]) == sorted(states)


def test_every_kind_of_record_is_in_every_list() -> None:
    kinds = {way.kind for way in PROCEDURES.values()}
    assert kinds == set(search.STATES) == set(search.KINDS.values()) == set(DESKS)
    # Each procedure at one desk only: a search opens the gate for those of all kinds at once.
    assert sorted(way.name for way in PROCEDURES.values()) == sorted(
        name for desk in DESKS.values() for name in desk.ways
    )
    assert set(FORMS) == set(typeset._PAGES)  # each can be had on paper
    assert all((typeset.FOLDER / name).is_file() for name in typeset._PAGES.values())
    prefixes = {(way.kind, way.feature) for way in PROCEDURES.values()}
    assert len(prefixes) == len(kinds)


def test_what_needs_a_signature_can_be_granted_or_only_done(way: Procedure) -> None:
    assert set(way.yes) <= way.signed
    assert way.yes or len(way.signed) <= 1, "which of these is the Yes?"


def test_whoever_decides_still_sees_it_once_it_is_decided(way: Procedure) -> None:
    unseen = way.deciding_roles - set(way.readers)
    assert not unseen or way.confidential or unseen == {school.Role.CHAIR_OF_GOVERNORS}


# ── what is kept ───────────────────────────────────────────────────────────────────────────────────────────────────

# Column → what is written into it. PostgreSQL refuses what is too long; SQLite takes it.
KEPT: Mapping[str, type[StrEnum]] = {
    "consent_decision.media": school.Media,
    "consent_decision.verdict": ledger.Verdict,
    "consent_source.method": ledger.Method,
    "content_form.about": content.About,
    "delivery.what": What,
    "filter_entry.kind": register.Kind,
    "filter_entry.state": register.State,
    "filter_step.event": register.Event,
    "look_up.media": school.Media,
    "look_up.purpose": answer.Purpose,
    "look_up_list.purpose": answer.Purpose,
    "outbox.notice": Notice,
    "person.standing": people.Standing,
    "policy_review.state": review.State,
    "policy_sign_off.role": school.Role,
    "policy_version.state": versions.State,
    "record_part.part": procedures.Part,
    "reminder_told.why": digest.Why,
    "role_change.event": role_changes.Event,
    "role_change.role": school.Role,
    "role_holder.role": school.Role,
    "training_proposal.state": training_rounds.State,
}
NO_RECORDS = {"outbox.state"}  # how a message travels
OF_SPINE = {"record.state", "record_step.came_from", "record_step.event"}  # of every procedure
LONGEST = 60


def test_every_state_and_event_that_is_kept_fits_its_column() -> None:
    declared.modules()  # every table is known only when all of them are loaded
    columns = {f"{table.name}.{column.name}": column for table in metadata.sorted_tables for column in table.c}
    moving = {name for name in columns if name.endswith((".state", ".event", ".came_from"))} - NO_RECORDS - OF_SPINE
    assert moving == {name for name in KEPT if name.endswith((".state", ".event", ".came_from"))}
    for name, kind in KEPT.items():
        column = columns[name].type
        assert isinstance(column, String)
        assert max(len(member.value) for member in kind) <= (column.length or 0), name


def test_every_procedure_fits_the_columns_of_the_spine(way: Procedure) -> None:
    words = {*type(way.first), *(event for _, event in way.steps)}
    assert max(len(word.value) for word in words) <= LONGEST
    assert len(way.name) <= 40
    assert len(way.kind) == 2
