"""Whether a school holds any record; and removing one that holds none, with all that `setup` and lists have written."""

from sqlalchemy import MetaData, Table, delete, exists, select
from sqlalchemy.engine import Connection

from storage.audit import audit
from storage.calendar import period
from storage.filter import register
from storage.numbers import number
from storage.people.accounts import former_address, known_account
from storage.people.people import person, role_holder, teaches
from storage.posting.surfaces import surface, surface_custodian
from storage.reactions import owed
from storage.school import school
from storage.training.completions import kind_table

# What comes back from school.toml, the staff list and the terms, or counts for nothing by itself.
_COMES_BACK = {
    table.name
    for table in (
        *(person, role_holder, teaches, former_address, known_account, kind_table, period, number, owed),
        *(surface, surface_custodian),  # those that somebody has added stand in the trail
    )
}
# Of these only what nobody did in Slack comes back. Every other table is records.
_BY = {
    column.table.name: column.name
    for column in (audit.c.actor_id, register.entry.c.decided_by, register.step.c.person_id)
}


def _of_schools(connection: Connection) -> list[Table]:
    """Return every table whose rows belong to a school, as the database has them: what others point at comes first."""
    there = MetaData()
    there.reflect(connection)
    return [table for table in there.sorted_tables if "school_id" in table.c]


def records(connection: Connection, school_id: int) -> list[str]:
    """Return in which tables a school holds records, in words."""
    kept = []
    for table in _of_schools(connection):
        mine = table.c.school_id == school_id
        if table.name in _BY:
            mine &= table.c[_BY[table.name]].is_not(None)
        if table.name not in _COMES_BACK and connection.execute(select(exists().where(mine))).scalar_one():
            kept.append(table.name.replace("_", " "))
    return kept


def remove(connection: Connection, school_id: int) -> None:
    """Remove a school that holds no records, and whatever is left of it."""
    for table in reversed(_of_schools(connection)):
        connection.execute(delete(table).where(table.c.school_id == school_id))
    connection.execute(delete(school).where(school.c.id == school_id))
