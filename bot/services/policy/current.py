"""The policy's versions in memory: the one in force under the settings' number, any other for good."""

from dataclasses import dataclass, field
from typing import Any

from bot.context import Context
from bot.rules.policy.changes import Change, changes
from bot.rules.policy.clauses import Policy
from bot.rules.policy.ours import Correspondence
from bot.rules.policy.search import Index
from storage.policy import versions
from storage.policy.versions import Version


@dataclass(frozen=True, slots=True)
class InForce:
    """The version in force, ready to be asked. `ours`: where it has the clauses of ours."""

    version: Version
    index: Index
    ours: Correspondence
    drawn: dict[int, Any] = field(default_factory=dict)  # place of a clause → how it is shown; it goes with the version


def in_force(context: Context) -> InForce | None:
    """Return the version in force. Raises Busy.

    A new one raises the settings' number in the same transaction, and that number comes with every request.
    """

    def read() -> InForce | None:
        with context.database.look() as connection:
            found = versions.in_force(connection, context.school.school_id)
            if found is None:
                return None
            policy = versions.document(connection, found)
            return InForce(found, Index(policy), Correspondence(policy))

    key = ("policy", context.school.school_id, context.school.settings_version)
    kept: InForce | None = context.database.memory.get(key, read, lambda kept: kept.index.weight if kept else 0)
    return kept


def document(context: Context, version: Version) -> Policy:
    """Return the words of any version, which never change. Raises Busy."""

    def read() -> Policy:
        with context.database.look() as connection:
            return versions.document(connection, version)

    kept: Policy = context.database.memory.get(("policy version", version.version_id), read)
    return kept


def changes_of(context: Context, version: Version) -> tuple[Change, ...]:
    """Return what a version changed against the one that it replaced; nothing for the first. Raises Busy."""

    def read() -> tuple[Change, ...]:
        if version.replaces is None:
            return ()
        with context.database.look() as connection:
            old = versions.get(connection, context.school.school_id, version.replaces)
        return changes(document(context, old), document(context, version)) if old else ()

    kept: tuple[Change, ...] = context.database.memory.get(("policy changes", version.version_id), read)
    return kept
