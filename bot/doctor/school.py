"""One school: who holds which role and can be reached, and whether lists, policy, training and terms are in."""

import shlex
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from bot.clock import now, school_day, spoken_day
from bot.context import Context
from bot.doctor import roles
from bot.doctor.findings import SET_UP, Findings, listed
from bot.doctor.workspace import Accounts
from bot.notices import PRIVATE
from bot.rules.calendar import school_year
from bot.rules.people import Person, Standing
from bot.rules.school import SLACK, School
from bot.services import relays
from bot.services.features import tellings
from storage import audit, reactions
from storage.consent import roll
from storage.engine import Database
from storage.outbox import outcomes
from storage.people import people
from storage.policy import versions
from storage.training import completions

TERMS_AHEAD = timedelta(weeks=4)  # before a school year begins, its terms should be known


def examine(database: Database, school: School, accounts: Accounts | None, found: Findings) -> None:
    """Examine one school. `accounts`: what Slack says of its workspace now; None where it was not asked."""
    found.fine(f"{school.name}, the school of the workspace {school.workspace}:")
    with database.look() as connection:
        everybody = people.every(connection, school.school_id)
        roles.examine(connection, school, everybody, accounts, found)
        _officer(school, found)
        _staff(connection, school, everybody, accounts, found)
        _roll(connection, school, found)
        _policy(connection, school, found)
        _training(connection, school, found)
        _calendar(school, found)
        _messages(connection, school, everybody, found)
        _owed(connection, school, found)
        if audit.first_broken(connection, school.school_id):
            found.wrong("The audit trail was altered. Run: python -m bot audit verify, and tell the DPO.")
    with Context(database, school, now, {}).look() as tx:
        if count := relays.untellable(tx, tellings):
            found.know(f"Of {count} things they have to be told, nobody here may tell.")


def _officer(school: School, found: Findings) -> None:
    if school.designated_officer:
        found.fine("Local authority designated officer (LADO): how to reach them is known.")
    else:
        found.wrong(
            "Local authority designated officer (LADO): [contacts] designated_officer is empty in school.toml. Write "
            f"name, phone and e-mail there. {SET_UP}"
        )


def _staff(
    connection: Connection, school: School, everybody: list[Person], accounts: Accounts | None, found: Findings
) -> None:
    mend = found.to_run("import-staff staff.csv --apply")
    record = people.staff_record(connection, school.school_id)
    if not any(row.facts[1] or row.facts[2] or row.facts[3] for row in record.values()):
        found.wrong(f"The staff list is not imported. {mend}")
        return
    staff = [each for each in everybody if each.standing is Standing.STAFF]
    found.fine(f"Staff: {_people(len(staff))}.")
    without = [each for each in staff if each.front == SLACK and not _has_account(each, accounts)]
    if without:
        found.know(
            f"No Slack account, so Lanyard cannot tell them anything: {listed(each.name for each in without)}. Invite "
            f"them, or correct their address on the staff list. {mend}"
        )
    if accounts and (unknown_accounts := accounts.unknown(everybody)):
        found.know(
            f"Slack hides the address of {listed(unknown_accounts)}, so nobody knows who of the staff list they are. "
            f"Write the address of their account there. {mend}"
        )
    on_roll = roll.class_names(connection, school.school_id) - {""}
    unknown = sorted({name for each in staff for name in each.classes} - on_roll) if on_roll else []
    if unknown:
        found.know(f"No pupil is in {listed(unknown)} of the staff list. Write a class as the roll writes it. {mend}")


def _has_account(person: Person, accounts: Accounts | None) -> bool:
    return person.is_here if accounts is None else accounts.lives(person)


def _roll(connection: Connection, school: School, found: Findings) -> None:
    pupils = roll.count(connection, school.school_id)
    if not pupils:
        found.wrong(f"The roll is empty. {found.to_run('import-roll roll.csv --apply')}")
        return
    classes = roll.classes(connection, school.school_id, school_day(now(), school.timezone))
    if classes:
        found.fine(f"Roll: {pupils} pupils in {len(classes)} {'class' if len(classes) == 1 else 'classes'}.")
        return
    found.know(
        f"Roll: {pupils} pupils, and no class. A child is found by name only, and no lesson is due in any class. Have "
        f"the roll exported with its classes. {found.to_run('import-roll roll.csv --apply')}"
    )


def _policy(connection: Connection, school: School, found: Findings) -> None:
    version = versions.in_force(connection, school.school_id)
    if version:
        found.fine(f"Policy: version {version.label}, approved on {spoken_day(version.approved_on)}.")
        return
    label, day = school.policy.version or "2026-11", school.policy.approved or date(2026, 11, 23)
    command = f"import-policy policy.docx --version {shlex.quote(label)} --approved {day} --apply"
    found.wrong(f"The policy is not imported, so /policy finds nothing. {found.to_run(command)}")


def _training(connection: Connection, school: School, found: Findings) -> None:
    if not school.training:
        found.know(f"No [[training]] is in school.toml, so nobody is reminded of any. Write it there. {SET_UP}")
        return
    recorded = sum(count for _, count in completions.counted(connection, school.school_id).values())
    if recorded:
        found.fine(f"Training: {recorded} {'completion' if recorded == 1 else 'completions'} on record.")
    else:
        found.know(
            "No past training is imported, so everybody will be told that all of theirs is due. "
            f"{found.to_run('import-training past.csv --apply')}"
        )


def _calendar(school: School, found: Findings) -> None:
    """Say for which school year no terms are known: this one, or one that is about to begin."""
    today = school_day(now(), school.timezone)
    unknown = {school_year(day): None for day in (today, today + TERMS_AHEAD) if not school.calendar.is_known(day)}
    for year in unknown:
        found.know(
            f"No terms are known for the school year {year}/{(year + 1) % 100:02}, so every weekday but bank holidays "
            f"counts as a school day. {found.to_run('import-terms terms.csv --apply')}"
        )
    if not unknown:
        last = max(each.last for each in school.calendar.periods)
        found.fine(f"Terms: the calendar is known up to {spoken_day(last)}.")


def _messages(connection: Connection, school: School, everybody: Iterable[Person], found: Findings) -> None:
    lost = len(outcomes.undelivered(connection, school.school_id))
    if not lost:
        found.fine("Messages: none was given up on.")
        return
    count = f"{lost} {'message was' if lost == 1 else 'messages were'} given up on"
    unreached = outcomes.unreached(connection, school.school_id)
    if not unreached:
        found.know(f"{count}. Everybody concerned was reached since. Slack's word for why is in the log.")
        return
    # Whom nothing reached but what is confidential is counted, and not named.
    named = unreached & outcomes.unreached(connection, school.school_id, leave_out=PRIVATE)
    names = [each.name for each in everybody if each.person_id in named]
    whom = listed(names) if names else f"{len(unreached)} of the staff"
    found.wrong(
        f"{count}, and since then nothing has reached {whom}. Home shows them what waits. Look whether their Slack "
        "account lives. Run: python -m bot tick"
    )


def _owed(connection: Connection, school: School, found: Findings) -> None:
    for feature, since in reactions.all_owed(connection, school.school_id).items():
        day = spoken_day(school_day(since, school.timezone))
        found.know(
            f"{feature} has not followed a change of {day} yet; the next tick makes up for it. "
            "If this stays, send your log to whoever looks after Lanyard. Run: python -m bot tick"
        )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
