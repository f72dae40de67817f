"""How clauses look, wherever they are quoted: with their number, in full, and over several pages where need be."""

from collections.abc import Iterator, Sequence

from bot.rules.policy import Clause, Section
from bot.wording import escape, page
from handlers import blocks
from handlers.blocks import Block

VIEW = page("policy/view")
PART = 2800  # letters of one paragraph, escaped: Slack takes 3,000, and every line gets a mark in front
PAGE_BLOCKS, PAGE_LETTERS = 60, 20_000  # of one page: Slack takes 100 blocks


def quoted(section: Section, clause: Clause) -> list[Block]:
    """Quote one clause in full: number, headings, text and list."""
    first, *more = parts(clause.whole)
    number = clause.number or section.number
    headings = [heading for heading in (section.heading, clause.heading) if heading and number]
    told = {"number": number, "statement": section.heading, "heading": " · ".join(headings)}
    shown = VIEW.text("clause", lines=first, **told)
    return [blocks.section(shown), *(blocks.section(VIEW.text("more_of_clause", lines=part)) for part in more)]


def parts(text: str) -> list[list[str]]:
    """Part a text into paragraphs that Slack takes, between lines or words, so that nothing is cut off."""
    found: list[list[str]] = [[]]
    size = 0
    for line in _lines(text):
        length = len(escape(line)) + 2
        if found[-1] and size + length > PART:
            found.append([])
            size = 0
        found[-1].append(line)
        size += length
    return found if found[0] else [["…"]]


def _lines(text: str) -> Iterator[str]:
    """Walk through the lines, each short enough; a word that is longer than a paragraph is broken."""
    for line in text.splitlines():
        words: list[str] = []
        size = 0
        for word in (piece for whole in line.split() for piece in _pieces(whole)):
            length = len(escape(word)) + 1
            if words and size + length > PART - 2:
                yield " ".join(words)
                words, size = [], 0
            words.append(word)
            size += length
        if words:
            yield " ".join(words)


def _pieces(word: str) -> Iterator[str]:
    most = PART // 6  # an & becomes five letters
    for start in range(0, len(word), most):
        yield word[start : start + most]


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
        buttons.append(blocks.button(VIEW.text("back"), f"{action}:back", value=f"{value}:{at - 1}"))
    if at < count - 1:
        buttons.append(blocks.button(VIEW.text("on"), f"{action}:on", value=f"{value}:{at + 1}", style="primary"))
    return [blocks.context(VIEW.text("page", page=at + 1, pages=count)), blocks.actions(*buttons)]
