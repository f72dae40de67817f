"""The Home tab: one screen of a phone for a teacher, one and a half for anybody, in the usual state of things."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.clock import school_time, spoken_day, spoken_instant
from bot.rules.consent.form import RECORDERS
from bot.rules.people import called
from bot.rules.reminders import week
from bot.services import home
from bot.services.consent.gaps import Completeness
from bot.services.consent.roll_pieces import HowFar
from bot.services.home import Overview
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.home import doors, lines, more
from handlers.parts import checked, roles, standing
from handlers.parts.records import Pages
from handlers.requests import Home, Reply, Request

HOME, ABSENCES, PERSONS, MONDAY = page("home/view"), page("absences/view"), page("persons/view"), page("monday/view")
REMINDERS = page("reminders/home")
NOON, EVENING = 12, 18  # o'clock at the school
SHOWN_CHECKS = 2
SHOWN, SHOWN_WAITING, SHOWN_MINE, SHOWN_NAMES = 3, home.DECIDED_SHOWN, 2, 15  # lines of a kind


def show(pages: Sequence[Pages[Any]], request: Request) -> Reply:
    """Show the Home tab as this person's roles want it."""
    overview = home.overview(request.context)
    jobs = [blocks.actions(*row)] if (row := doors.main_jobs(request.person)) else []
    leads = bool(request.person.roles & week.READERS)  # whose main job is what waits
    shown = [
        *_greeting(request),
        *_unreached(overview),
        *([] if leads else jobs),
        *_waits(request, overview, pages),
        *_checks(request, overview),
        *_filter(overview),
        *_due(request, overview),
        *_school(overview),
        *(jobs if leads else []),
        *_record(request, overview),
        *_mine(request, overview),
        *_away(request, overview),
        blocks.actions(blocks.Button(HOME.text("more"), "home.more")),
        *_footer(request),
    ]
    return Home(blocks.HomeTab(tuple(shown)))


def _greeting(request: Request) -> Iterator[Block]:
    hour = school_time(request.context.now(), request.school.timezone).hour
    part = "morning" if hour < NOON else "afternoon" if hour < EVENING else "evening"
    yield blocks.Header(HOME.text("hello", part=part, name=called(request.person.name)))
    if request.person.perhaps:
        yield blocks.Section(PERSONS.text("home"))


def _unreached(overview: Overview) -> Iterator[Block]:
    """Colleagues whom Lanyard cannot write to: otherwise nobody would know."""
    if overview.unreached:
        names, others = overview.unreached[:SHOWN_NAMES], max(0, len(overview.unreached) - SHOWN_NAMES)
        yield blocks.Section(HOME.text("unreached", names=names, more=others))


# ── what waits, and what is due ────────────────────────────────────────────────────────────────────────────────────


def heading(overview: Overview) -> Block:
    """Return how many things wait."""
    return blocks.Section(HOME.text("waiting", count=len(overview.waiting) + len(lines.questions(overview))))


def _waits(request: Request, overview: Overview, pages: Sequence[Pages[Any]]) -> Iterator[Block]:
    """What waits for this person, the longest waiting first, decided where it stands as in the message about it."""
    if not overview.waiting and not lines.questions(overview):
        if overview.week is not None:
            yield heading(overview)
        return
    yield heading(overview)
    decided_here = {each.desk.feature: each for each in pages}
    groups = list(lines.waits(request, overview, decided_here))
    for group in groups[:SHOWN_WAITING]:
        yield from group
    if len(groups) > SHOWN_WAITING:
        yield _rest("more_waiting", len(groups) - SHOWN_WAITING, "waiting")


def _checks(request: Request, overview: Overview) -> Iterator[Block]:
    """The newest pictures that were checked and not posted yet."""
    for number, check in enumerate(overview.checks[:SHOWN_CHECKS]):
        open_it = blocks.Button(HOME.text("open"), f"posting.check_open:{number}", value=check.button)
        yield blocks.Section(checked.said(check, request.context.now()), accessory=open_it)


def _rest(block: str, count: int, which: str) -> Block:
    """Return the line that leads to the whole of a list."""
    opener = blocks.Button(HOME.text("see_all"), f"home.all:{which}", value=which)
    return blocks.Section(HOME.text(block, count=count), accessory=opener)


def _filter(overview: Overview) -> Iterator[Block]:
    if overview.filter:
        button = blocks.Button(HOME.text("filter_button"), "register.open:waiting")
        yield blocks.Section(HOME.text("filter_waits", count=len(overview.filter)), accessory=button)


def _due(request: Request, overview: Overview) -> Iterator[Block]:
    """What is due, the longest overdue first, and how much more."""
    every = list(lines.due(request, overview))
    yield from every[:SHOWN]
    if len(every) > SHOWN:
        see = blocks.Button(REMINDERS.text("all_button"), "reminders.all")
        yield blocks.Section(REMINDERS.text("more", count=len(every) - SHOWN), accessory=see)
    if overview.proposals:
        answer = blocks.Button(HOME.text("training_button"), "training.open")
        yield blocks.Section(HOME.text("proposals", count=overview.proposals), accessory=answer)


def _school(overview: Overview) -> Iterator[Block]:
    if overview.week is not None:
        see = blocks.Button(MONDAY.text("see"), "monday.open")
        yield blocks.Section(MONDAY.text("home", overdue=overview.week.overdue), accessory=see)


# ── the consent record ─────────────────────────────────────────────────────────────────────────────────────────────


def _record(request: Request, overview: Overview) -> Iterator[Block]:
    if overview.disputed:
        yield blocks.Section(HOME.text("disputed", count=len(overview.disputed)))
        yield from lines.disputed(overview.disputed[:SHOWN])
        if len(overview.disputed) > SHOWN:
            yield _rest("more_papers", len(overview.disputed) - SHOWN, "disputed")
    if overview.papers:
        yield blocks.Section(HOME.text("papers", count=len(overview.papers)))
        yield from lines.papers(request, overview.papers[:SHOWN])
        if len(overview.papers) > SHOWN:
            yield _rest("more_papers", len(overview.papers) - SHOWN, "papers")
    if overview.completeness is None or not request.person.holds(*RECORDERS):
        return
    if overview.unfinished:
        again = blocks.Button(HOME.text("import_button"), "imports.open")
        yield blocks.Section(_unfinished(request, overview.unfinished), accessory=again)
    if overview.missing:
        who = blocks.Button(HOME.text("missing_button"), "imports.leavers")
        yield blocks.Section(HOME.text("missing", count=overview.missing), accessory=who)
    yield _completeness(overview.completeness)


def _completeness(done: Completeness) -> Block:
    counts = {"pupils": done.pupils, "complete": done.complete, "partly": done.partly, "nothing": done.nothing}
    see: blocks.Element | None = blocks.Button(HOME.text("gaps_see"), "consent.gaps", spoken=HOME.text("gaps_spoken"))
    if not done.pupils:
        see = blocks.Button(HOME.text("import_button"), "imports.open:first")
    elif not done.partly and not done.nothing:
        see = None
    return blocks.Section(HOME.text("completeness", **counts), accessory=see)


def _unfinished(request: Request, way: HowFar) -> Wording:
    at = spoken_instant(way.at, request.context.school.timezone)
    return HOME.text("unfinished", at=at, done=way.done, children=way.children, is_at_work=way.is_at_work)


# ── what is mine ───────────────────────────────────────────────────────────────────────────────────────────────────


def _mine(request: Request, overview: Overview) -> Iterator[Block]:
    asked = lines.questions(overview)
    for number, view in enumerate([view for view in overview.mine if view not in asked][:SHOWN_MINE]):
        told = {"name": view.name, "since": lines.day(request, view.record.asked_at)}
        what = standing.kind(lines.desk(view).feature)
        text = HOME.text("request", what=what, state=lines.state(request, view), **told)
        opener = blocks.Button(HOME.text("open"), f"{lines.desk(view).opens}:mine{number}", value=view.button)
        yield blocks.Section(text, accessory=opener)


def _away(request: Request, overview: Overview) -> Iterator[Block]:
    if overview.is_away:
        yield blocks.Section(ABSENCES.text("home"), accessory=more.away(request))


def _footer(request: Request) -> Iterator[Block]:
    person = request.person
    who = {"school": request.school.name, "roles": roles.spoken(person.roles), "classes": ", ".join(person.classes)}
    yield blocks.Context(HOME.text("who", day=spoken_day(request.context.today()), **who))
