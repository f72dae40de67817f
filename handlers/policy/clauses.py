"""How clauses look, wherever they are quoted: with their number, in full, and over several pages where need be."""

from collections.abc import Sequence

from bot.rules.policy.clauses import Clause, Section
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block

VIEW = page("policy/view")
PAGE_BLOCKS, PAGE_LETTERS = 60, 20_000  # of one page: Slack takes 100 blocks


def quoted(section: Section, clause: Clause) -> list[Block]:
    """Quote one clause in full, where its section is not named otherwise: number, headings, text and list."""
    return _quoted(clause, clause.number or section.number, (section.heading, clause.heading), section.heading)


def quoted_below(section: Section, clause: Clause) -> list[Block]:
    """The same below the heading of its section."""
    return _quoted(clause, clause.number, (clause.heading,), None)


def _quoted(clause: Clause, number: str, above: Sequence[str], statement: str | None) -> list[Block]:
    headings = [heading for heading in above if heading and number]
    told = {"number": number, "statement": statement, "heading": " · ".join(headings)}
    return blocks.sections(VIEW.text("clause", lines=tidy(clause.whole), **told))


def tidy(text: str) -> list[str]:
    """Return the lines of a text that say something, each without blank space to spare."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()] or ["…"]


def pages(groups: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Lay groups of blocks out on pages; a group is parted only where it is longer than a page."""
    found = [blocks.Sheet(PAGE_BLOCKS, PAGE_LETTERS)]
    for group in groups:
        if not found[-1].takes(group):
            found.append(blocks.Sheet(PAGE_BLOCKS, PAGE_LETTERS))
            if not found[-1].takes(group):
                found += _parted(group)
    return [sheet.blocks for sheet in found if sheet.blocks]


def _parted(group: Sequence[Block]) -> list[blocks.Sheet]:
    found = [blocks.Sheet(PAGE_BLOCKS, PAGE_LETTERS)]
    for block in group:
        if not found[-1].takes([block]):
            found.append(blocks.Sheet(PAGE_BLOCKS, PAGE_LETTERS))
            found[-1].takes([block])
    return found


def turning(action: str, value: str, at: int, count: int) -> list[Block]:
    """Say which page this is, with buttons to turn it. `value` comes back with the page's number behind a colon."""
    if count < 2:
        return []
    buttons = []
    if at > 0:
        buttons.append(blocks.Button(VIEW.text("back"), f"{action}:back", value=f"{value}:{at - 1}"))
    if at < count - 1:
        buttons.append(blocks.Button(VIEW.text("on"), f"{action}:on", value=f"{value}:{at + 1}", style="primary"))
    return [blocks.Context(VIEW.text("page", page=at + 1, pages=count)), blocks.actions(*buttons)]
