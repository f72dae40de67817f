"""The headteacher's week as blocks: in short for her Monday message and for Home, and whole for the window."""

from collections.abc import Iterator, Sequence

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.rules.reminders.week import Week
from bot.rules.turns import Waiting
from bot.wording import Wording, lines, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import standing

VIEW = page("monday/view")
SHOWN = 12  # requests, and reports, in the window
SHOWN_KINDS = 4  # kinds of training in the message


# ── in short ───────────────────────────────────────────────────────────────────────────────────────────────────────


def summary(week: Week, context: Context) -> list[Block]:
    """Return the week in three lines, each with the one next step, for a message."""
    first, last = spoken_day(week.first), spoken_day(week.last)
    instant = spoken_instant(context.now(), context.school.timezone)
    return [
        blocks.Section(VIEW.text("heading", first=first, last=last), accessory=opener()),
        blocks.Section(_waits(week), accessory=_oldest(week)),
        blocks.Section(_overdue(week), accessory=_worst(week)),
        blocks.Section(_happened(week), accessory=blocks.Button(VIEW.text("all"), "records.open")),
        blocks.Context(VIEW.text("as_of", instant=instant)),
        blocks.Divider(),
    ]


def opener() -> blocks.Element:
    """Return the button that opens the window."""
    return blocks.Button(VIEW.text("open_week"), "monday.open")


def _waits(found: Week) -> Wording:
    counts = {"decisions": len(found.decisions), "reports": len(found.reports)}
    counts |= {"filter": found.filter, "letters": found.letters}
    return VIEW.text("waits", count=found.waits, parts=_counted(counts))


def _overdue(found: Week) -> Wording:
    parts = [VIEW.text("training", name=each.name, count=each.count) for each in found.training[:SHOWN_KINDS]]
    if more := sum(each.count for each in found.training[SHOWN_KINDS:]):
        parts.append(VIEW.text("more_training", count=more))
    parts += _counted({"reading": found.reading})
    if found.review_since:
        parts.append(VIEW.text("review", since=spoken_day(found.review_since), is_open=found.review_open))
    return VIEW.text("overdue", count=found.overdue, parts=parts)


def _happened(found: Week) -> Wording:
    return VIEW.text("happened", parts=_what_happened(found))


def _what_happened(found: Week) -> list[Wording]:
    names = ("asked", "decided", "reported", "dealt_with", "trained", "read")
    return _counted({name: getattr(found, name) for name in names})


def _counted(counts: dict[str, int]) -> list[Wording]:
    return [VIEW.text(name, count=count) for name, count in counts.items() if count]


def _oldest(found: Week) -> blocks.Element | None:
    """Return the button to what has waited longest; else to the filter's list."""
    waiting = min((*found.decisions, *found.reports), key=lambda waiting: waiting.since, default=None)
    if waiting:
        return blocks.Button(VIEW.text("longest"), waiting.action, value=waiting.value, style="primary")
    return _filter() if found.filter else None


def _worst(found: Week) -> blocks.Element | None:
    """Return the button to what only the head can set going, else to those who are late."""
    if found.review_since and not found.review_open:
        return _review()
    if found.training:
        return _who(found.training[0].key)
    if found.reading:
        return _readers()
    return _review() if found.review_since else None


# ── whole ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(week: Week) -> list[Block]:
    """Return the week with everything in it, for the window."""
    return [
        blocks.Section(VIEW.text("waits_heading", count=week.waits)),
        *(list(_all_waiting(week)) or [_nothing()]),
        blocks.Divider(),
        blocks.Section(VIEW.text("overdue_heading", count=week.overdue)),
        *(list(_all_overdue(week)) or [_nothing()]),
        blocks.Divider(),
        blocks.Section(_list(week)),
        blocks.actions(
            blocks.Button(VIEW.text("all"), "records.open"), blocks.Button(VIEW.text("overview"), "overview.open")
        ),
    ]


def _nothing() -> Block:
    return blocks.Section(VIEW.text("nothing"))


def _all_waiting(found: Week) -> Iterator[Block]:
    yield from _records(found.decisions)
    yield from _records(found.reports)
    if found.filter:
        yield blocks.Section(VIEW.text("filter_line", count=found.filter), accessory=_filter())
    if found.letters:
        yield blocks.Section(VIEW.text("letters_line", count=found.letters))


def _records(found: Sequence[Waiting]) -> Iterator[Block]:
    for number, waiting in enumerate(found[:SHOWN]):
        button = blocks.Button(VIEW.text("open"), f"{waiting.action}:{number}", value=waiting.value)
        told = {"what": standing.kind(waiting.feature), "since": spoken_day(waiting.since.date())}
        said = VIEW.text("waiting", name=waiting.name, **told)
        yield blocks.Section(said, accessory=button)
    if len(found) > SHOWN:
        yield blocks.Context(VIEW.text("more", count=len(found) - SHOWN))


def _all_overdue(found: Week) -> Iterator[Block]:
    if found.review_since:
        line = VIEW.text("review_line", since=spoken_day(found.review_since), is_open=found.review_open)
        yield blocks.Section(line, accessory=_review())
    if found.reading:
        yield blocks.Section(VIEW.text("reading_line", count=found.reading), accessory=_readers())
    for each in found.training:
        line = VIEW.text("training_line", name=each.name, count=each.count)
        yield blocks.Section(line, accessory=_who(each.key))


def _list(found: Week) -> Wording:
    heading = VIEW.text("happened_heading", first=spoken_day(found.first), last=spoken_day(found.last))
    told = [VIEW.text("list_line", line=each) for each in _what_happened(found)] or [VIEW.text("nothing_happened")]
    return lines([heading, *told])


def _filter() -> blocks.Element:
    return blocks.Button(VIEW.text("open_list"), "register.open:waiting")


def _review() -> blocks.Element:
    return blocks.Button(VIEW.text("see_review"), "policy.review")


def _who(kind: str) -> blocks.Element:
    return blocks.Button(VIEW.text("who"), "training.late", value=kind)


def _readers() -> blocks.Element:
    return blocks.Button(VIEW.text("who_read"), "acknowledgement.progress")
