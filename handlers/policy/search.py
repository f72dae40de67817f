"""`/policy`: what the school's own policy says, its sections, and its review."""

from collections.abc import Iterator

from bot.clock import school_day, spoken_day, spoken_instant
from bot.notices import Notice
from bot.rules.policy.clauses import Section
from bot.rules.policy.search import Entry
from bot.services.features import doors
from bot.services.policy import acknowledgement, documents, reviews
from bot.services.policy.documents import Answer, Overview
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Renders
from handlers.policy import clauses, importing, review
from handlers.requests import EVERYONE, Open, Reply, Request, Say, Update, button, command

VIEW, DOORS = page("policy/view"), page("policy/doors")
SHOWN_SECTIONS = 35  # of a message's fifty blocks
WORDS = 100  # letters of a question that are said again
ROOM, LETTERS = blocks.MESSAGE_BLOCKS - 5, blocks.MESSAGE_CHARACTERS - 500  # for quoted clauses


def ask(request: Request) -> Reply:
    """Quote what the policy says about some words; without words, show its sections."""
    if not request.text:
        return Say(VIEW.text("spoken_contents"), list(_contents(request)))
    answer = documents.search(request.context, request.text)
    if answer is None or not answer.found.entries:
        return Say(VIEW.text("spoken_contents"), list(_nothing(request, answer)))
    return Say(VIEW.text("spoken_found"), _answer(request, answer))


def open_contents(request: Request) -> Reply:
    """Show the sections in a window of their own: what was typed into a form below stays."""
    return Open(_contents_window(request))


def back_to_contents(request: Request) -> Reply:
    """Show the sections again, where one of them was read."""
    return Update(_contents_window(request))


def open_section(request: Request) -> Reply:
    """Show one section: in the window of the sections, for Slack takes no more than three."""
    return Update(_section(request)) if request.is_in_window else Open(_section(request))


def turn(request: Request) -> Reply:
    """Show another page of a section."""
    return Update(_section(request))


# ── what is shown ──────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(request: Request, answer: Answer) -> list[Block]:
    found, quoted = answer.found, 0
    shown: list[Block] = []
    room, left = ROOM, LETTERS
    for entry in found.entries:
        drawn, size = _drawn(answer, entry)
        if len(drawn) > room or size > left:
            break
        shown += drawn
        room, left, quoted = room - len(drawn), left - size, quoted + 1
    # A clause longer than a message, or a section: all of it is shown in a window.
    if not quoted or (found.is_section and quoted < found.count):
        shown.append(_opener(request, found.entries[0].section))
    counts = {"count": found.count, "quoted": quoted, "label": answer.label}
    kind = "found_section" if found.is_section else "found" if found.is_whole else "partly"
    told = VIEW.text(kind, words=request.text[:WORDS], number=found.number, **counts)
    return [blocks.Section(told), *shown, *_doors(request, answer)]


def _doors(request: Request, answer: Answer) -> list[Block]:
    """Return what this person can do about the one clause that was asked for, as buttons."""
    opens = doors(answer.ours, request.person)
    if not opens:
        return []
    buttons = [blocks.Button(DOORS.text(each.replace(".", "_")), each) for each in opens]
    return [blocks.Context(DOORS.text("intro")), blocks.actions(*buttons)]


def _drawn(answer: Answer, entry: Entry) -> tuple[list[Block], int]:
    """Return a clause as blocks, and how many letters they have: made when it is first quoted."""
    drawn: tuple[list[Block], int] | None = answer.drawn.get(entry.place)
    if drawn is None:
        quoted = clauses.quoted(entry.section, entry.clause)
        drawn = answer.drawn[entry.place] = quoted, blocks.characters(quoted)
    return drawn


def _nothing(request: Request, answer: Answer | None) -> Iterator[Block]:
    if answer is None:
        yield from _contents(request)
        return
    yield blocks.Section(VIEW.text("nothing", words=request.text[:WORDS]))
    yield from _sections(documents.overview(request.context))


def _contents_window(request: Request) -> Modal:
    return blocks.modal(VIEW.text("contents_title"), list(_contents(request)))


def _contents(request: Request) -> Iterator[Block]:
    found, settings = documents.overview(request.context), request.school.policy
    if found.version is None:
        yield blocks.Section(VIEW.text("no_document", title=settings.title, label=settings.version))
    else:
        since = found.version.in_force_at or found.version.imported_at
        values = {"label": found.version.label, "approved": spoken_day(found.version.approved_on)}
        since_day = spoken_day(school_day(since, request.school.timezone))
        yield blocks.Section(VIEW.text("contents", title=settings.title, since=since_day, **values))
    yield from _review_line(request)
    yield from _own(request, found)
    yield from _sections(found)
    yield from _buttons(request, found)


def _sections(found: Overview) -> Iterator[Block]:
    for place, section in enumerate(found.sections[:SHOWN_SECTIONS]):
        yield _section_line(found.version.number if found.version else 0, place, section)
    if len(found.sections) > SHOWN_SECTIONS:
        yield blocks.Context(VIEW.text("more_sections", count=len(found.sections) - SHOWN_SECTIONS))


def _review_line(request: Request) -> Iterator[Block]:
    due = reviews.due(request.context)
    if due is None:
        return
    late = "review_overdue" if due.on < request.context.today() else "review_due"
    kind = "review_open" if reviews.current(request.context) else late
    yield blocks.Section(VIEW.text(kind, on=spoken_day(due.on)))


def _own(request: Request, found: Overview) -> Iterator[Block]:
    if found.version is None:
        return
    if found.acknowledged_at:
        at = spoken_instant(found.acknowledged_at, request.school.timezone)
        yield blocks.Section(VIEW.text("acknowledged", at=at))
        return
    opener = blocks.Button(
        VIEW.text("acknowledge_button"), "acknowledgement.open", value=found.version.button, style="primary"
    )
    yield blocks.Section(VIEW.text("not_acknowledged"), accessory=opener)


def _buttons(request: Request, found: Overview) -> Iterator[Block]:
    row = []
    if found.version and request.person.holds(*acknowledgement.SEES_ALL):
        row.append(blocks.Button(VIEW.text("progress_button"), "acknowledgement.progress"))
    if request.person.roles & reviews.MAY_SEE:
        row.append(blocks.Button(VIEW.text("review_button"), "policy.review"))
    if request.person.holds(*documents.KEEPERS):
        row.append(blocks.Button(VIEW.text("import_button"), "policy.import"))
    if row:
        yield blocks.actions(*row)


def _section_line(number: int, place: int, section: Section) -> Block:
    told = {"number": section.number, "heading": section.heading}
    reader = blocks.Button(
        VIEW.text("read"), f"policy.section:{place}", value=f"{number}:{place}", spoken=VIEW.text("spoken_read", **told)
    )
    return blocks.Section(VIEW.text("section_line", **told), accessory=reader)


def _opener(request: Request, section: Section) -> Block:
    found = documents.overview(request.context)
    number = found.version.number if found.version else 0
    return _section_line(number, found.sections.index(section), section)


def _section(request: Request) -> Modal:
    number, place, at = request.numbers(3)
    version, section = documents.section(request.context, number, place)
    told = {"number": section.number, "heading": section.heading}
    groups = [clauses.quoted_below(section, clause) for clause in section.clauses]
    pages = clauses.pages(groups)
    at = min(at, len(pages) - 1)
    shown = [blocks.Header(VIEW.text("section_heading", **told)), *pages[at]]
    shown += clauses.turning("policy.turn", f"{version.number}:{place}", at, len(pages))
    shown.append(blocks.actions(blocks.Button(VIEW.text("back_to_contents"), "policy.back")))
    return blocks.modal(VIEW.text("section_title", **told), shown)


NOTICES: Renders = {Notice.POLICY_SIGN: review.letter}

ROUTES = (
    command("/policy", EVERYONE, ask, "What the school's policy says", "phone photos"),
    button("policy.contents", EVERYONE, open_contents),
    button("policy.section", EVERYONE, open_section),
    button("policy.back", EVERYONE, back_to_contents),
    button("policy.turn", EVERYONE, turn),
    *review.ROUTES,
    *importing.ROUTES,
)
