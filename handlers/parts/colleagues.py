"""Choosing a colleague: a list while it is short enough for Slack, else a picker that asks while somebody types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.rules.names.folding import fold
from bot.rules.people import Person
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Element, Option
from handlers.requests import OLD_FORM, read_number


def picker(action: str, placeholder: Wording, people: Sequence[Person], *, chosen: Person | None = None) -> Element:
    """Return a picker; its block has to be called "colleague"."""
    if 0 < len(people) <= blocks.OPTIONS:  # Slack takes no empty list: with no colleagues, a picker
        initial = str(chosen.person_id) if chosen else None
        return blocks.pick(action, [option(person) for person in people], initial=initial)
    return blocks.Suggest(action, placeholder, initial=(option(chosen),) if chosen else ())


def suggestions(people: Iterable[Person], typed: str) -> list[Option]:
    """Return the choices that fit what was typed."""
    wanted = fold(typed)
    return [option(person) for person in people if wanted in fold(person.name)][: blocks.OPTIONS]


def chosen(fields: Mapping[str, Any]) -> int | None:
    """Return the id of the person who was chosen, not to be trusted yet. Raises BadInput."""
    written = fields.get("colleague")
    return read_number(written, OLD_FORM) if written else None


def option(person: Person) -> Option:
    """Return a colleague as a choice."""
    return blocks.Option(page("reminders/form").text("person", name=person.name), str(person.person_id))
