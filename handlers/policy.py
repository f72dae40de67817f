"""`/policy`: what the school's own policy says, its sections, and its review."""

from collections.abc import Iterator

from bot.clock import school_day, spoken_day, spoken_instant
from bot.errors import BadInput
from bot.notices import Notice
from bot.rules.policy import Section
from bot.rules.policy_search import Found
from bot.services import acknowledgement, policy, policy_review
from bot.services.policy import Overview
from bot.wording import page
from handlers import blocks, clauses, policy_import
from handlers import policy_review as review
from handlers.blocks import Block, View
from handlers.notices import Renders
from handlers.requests import EVERYONE, Open, Reply, Request, Say, Update, button, command

VIEW = page("policy/view")
SHOWN_SECTIONS = 35  # of a message's fifty blocks
WORDS = 100  # letters of a question that are said again
ROOM_BELOW = 4  # blocks under the quoted clauses


def ask(request: Request) -> Reply:
    """Quote what the policy says about some words; without words, show its sections."""
    if not request.text:
        return Say(VIEW.text("spoken_contents"), list(_contents(request)))
    found = policy.search(request.context, request.text)
    if found is None or not found.entries:
        return Say(VIEW.text("spoken_contents"), list(_nothing(request, found)))
    return Say(VIEW.text("spoken_found"), _answer(request, found))


def open_contents(request: Request) -> Reply:
    """Show the sections in a window."""
    return Open(blocks.modal(VIEW.text("contents_title"), list(_contents(request))))


def open_section(request: Request) -> Reply:
    """Show one section in a window."""
    return Open(_section(request))


def turn(request: Request) -> Reply:
    """Show another page of a section."""
    return Update(_section(request))


# ── what is shown ──────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(request: Request, found: Found) -> list[Block]:
    label = policy.label(request.context)
    told = VIEW.text("found" if found.is_whole else "partly", words=request.text[:WORDS], label=label)
    sheet = blocks.Sheet(blocks.MESSAGE_BLOCKS - ROOM_BELOW, blocks.MESSAGE_CHARACTERS - 500)
    sheet.takes([blocks.section(told)])
    shown = 0
    for entry in found.entries:
        if not sheet.takes(clauses.quoted(entry.section, entry.clause)):
            break
        shown += 1
    below: list[Block] = []
    if shown == 0:  # one clause longer than a message: its section is shown in a window
        below.append(_opener(request, found.entries[0].section))
    if found.count > max(shown, 1):
        below.append(blocks.context(VIEW.text("more", count=found.count - shown)))
    return sheet.blocks + below


def _nothing(request: Request, found: Found | None) -> Iterator[Block]:
    if found is not None:
        yield blocks.section(VIEW.text("nothing", words=request.text[:WORDS]))
    yield from _contents(request)


def _contents(request: Request) -> Iterator[Block]:
    found, settings = policy.overview(request.context), request.school.policy
    if found.version is None:
        yield blocks.section(VIEW.text("no_document", title=settings.title, label=settings.version))
    else:
        since = found.version.in_force_at or found.version.imported_at
        values = {"label": found.version.label, "approved": spoken_day(found.version.approved_on)}
        since_day = spoken_day(school_day(since, request.school.timezone))
        yield blocks.section(VIEW.text("contents", title=settings.title, since=since_day, **values))
    yield from _review_line(request)
    yield from _own(request, found)
    for place, section in enumerate(found.sections[:SHOWN_SECTIONS]):
        yield _section_line(found.version.number if found.version else 0, place, section)
    if len(found.sections) > SHOWN_SECTIONS:
        yield blocks.context(VIEW.text("more_sections", count=len(found.sections) - SHOWN_SECTIONS))
    yield from _buttons(request, found)


def _review_line(request: Request) -> Iterator[Block]:
    due = policy_review.due(request.context)
    if due is None:
        return
    late = "review_overdue" if due.on < request.context.today() else "review_due"
    kind = "review_open" if policy_review.current(request.context) else late
    yield blocks.section(VIEW.text(kind, on=spoken_day(due.on)))


def _own(request: Request, found: Overview) -> Iterator[Block]:
    if found.version is None:
        return
    if found.acknowledged_at:
        at = spoken_instant(found.acknowledged_at, request.school.timezone)
        yield blocks.section(VIEW.text("acknowledged", at=at))
        return
    opener = blocks.button(
        VIEW.text("acknowledge_button"), "acknowledgement.open", value=str(found.version.number), style="primary"
    )
    yield blocks.section(VIEW.text("not_acknowledged"), accessory=opener)


def _buttons(request: Request, found: Overview) -> Iterator[Block]:
    row = []
    if found.version and request.person.holds(*acknowledgement.SEES_ALL):
        row.append(blocks.button(VIEW.text("progress_button"), "acknowledgement.progress"))
    if request.person.roles & policy_review.MAY_SEE:
        row.append(blocks.button(VIEW.text("review_button"), "policy.review"))
    if request.person.holds(*policy.KEEPERS):
        row.append(blocks.button(VIEW.text("import_button"), "policy.import"))
    if row:
        yield blocks.actions(*row)


def _section_line(number: int, place: int, section: Section) -> Block:
    told = {"number": section.number, "heading": section.heading}
    reader = blocks.button(
        VIEW.text("read"), f"policy.section:{place}", value=f"{number}:{place}", spoken=VIEW.text("spoken_read", **told)
    )
    return blocks.section(VIEW.text("section_line", **told), accessory=reader)


def _opener(request: Request, section: Section) -> Block:
    found = policy.overview(request.context)
    number = found.version.number if found.version else 0
    return _section_line(number, found.sections.index(section), section)


def _section(request: Request) -> View:
    number, place, at = _numbers(request.value)
    version, section = policy.section(request.context, number, place)
    told = {"number": section.number, "heading": section.heading}
    groups = [clauses.quoted(section, clause) for clause in section.clauses]
    pages = clauses.pages(groups)
    at = min(at, len(pages) - 1)
    shown = [blocks.header(VIEW.text("section_heading", **told)), *pages[at]]
    shown += clauses.turning("policy.turn", f"{version.number}:{place}", at, len(pages))
    return blocks.modal(VIEW.text("section_title", **told), shown)


def _numbers(value: str) -> tuple[int, int, int]:
    written = [*value.split(":"), "0"][:3]
    if not all(each.isdecimal() and len(each) < 8 for each in written) or len(written) < 3:
        raise BadInput("That button is out of date. Type /policy again.")
    number, place, at = map(int, written)
    return number, place, at


NOTICES: Renders = {Notice.POLICY_SIGN: review.letter}

ROUTES = (
    command("/policy", EVERYONE, ask, "What the school's policy says", "phone photos"),
    button("policy.contents", EVERYONE, open_contents),
    button("policy.section", EVERYONE, open_section),
    button("policy.turn", EVERYONE, turn),
    *review.ROUTES,
    *policy_import.ROUTES,
)
