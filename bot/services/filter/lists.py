"""The filter register as files: the lists to paste into the filter, why each line is there, and the whole of it."""

from collections.abc import Callable, Mapping

from bot.context import Context
from bot.rules.documents import File, What
from bot.rules.filter import register as rules
from bot.rules.filter.register import Kind, RegisterEntry
from bot.services.filter import register
from bot.sheets import writing
from storage.filter import register as entries


def filter_list(context: Context, kind: Kind) -> bytes:
    """Return one of the filter's lists as it should be today, one line each, in UTF-8. Raises Refused."""
    return rules.smoothwall_text(_exported(context, f"{kind} list"), kind, context.today()).encode()


def reasons(context: Context) -> bytes:
    """Return why each line is in the filter, as CSV. Raises Refused."""
    return rules.reasons_csv(_exported(context, "reasons"), context.today())


def whole(context: Context) -> bytes:
    """Return the whole register, with what was taken out again, as a workbook. Raises Refused."""
    found = _exported(context, "register")
    return writing.write_xlsx(
        "Filter register", tuple(_COLUMNS), [[get(e) for get in _COLUMNS.values()] for e in found]
    )


def _list(kind: Kind) -> Callable[[Context, str], File]:
    return lambda context, *_: File(f"{kind.value}-{context.today():%Y-%m-%d}.txt", filter_list(context, kind))


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.BLOCKED: _list(Kind.BLOCKED),
    What.ALLOWED: _list(Kind.ALLOWED),
    What.REASONS: lambda context, *_: File(f"filter-reasons-{context.today()}.csv", reasons(context)),
    What.REGISTER: lambda context, *_: File(f"filter-register-{context.today()}.xlsx", whole(context)),
}

_COLUMNS: Mapping[str, Callable[[RegisterEntry], writing.Cell]] = {
    "number": lambda each: f"{register.KIND}-{each.number}",
    "blocked or allowed": lambda each: each.kind.value,
    "entry": lambda each: each.entry,
    "state": lambda each: each.state.value,
    "since": lambda each: each.since,
    "reason": lambda each: each.reason,
    "record": lambda each: each.record,
    "decided by": lambda each: each.decided_by,
    "decided on": lambda each: each.decided_on,
    "expires on": lambda each: each.expires_on,
    "applied on": lambda each: each.applied_on,
}


def _exported(context: Context, what: str) -> list[RegisterEntry]:
    register.allowed(context, rules.VIEWERS)
    with context.begin() as tx:
        tx.audit("register.exported", what)
        return register.seen(tx.connection, context, entries.every(tx.connection, tx.school_id))
