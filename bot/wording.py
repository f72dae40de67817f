"""Renders what people read. Wording lives in `templates/<feature>/<page>.j2`; each page is a set of named blocks.

Every value is Slack-escaped on the way out, so that no name, word or address can become a mention or a link.
A name that a template uses and nobody gave is an error, never an empty space.
"""

from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context


class Wording(str):
    """Text that is ready for Slack: every value in it is escaped. Put into another page it stays as it is.

    Blocks take nothing else, and the type checker sees to it.
    """

    __slots__ = ()


TEMPLATES = Path(__file__).parent.parent / "templates"


def escape(value: object) -> str:
    """Return a value as text that Slack shows literally: without its three control characters."""
    if isinstance(value, Wording):
        return value
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(value: object) -> Wording:
    """Return what somebody wrote with Slack's bar beside every line: none of it can pass for words of ours."""
    return Wording("\n".join(f">{line}" for line in escape(value).splitlines()))


def struck(value: object) -> Wording:
    """Return text with each line struck through; what is quoted keeps its bar instead."""
    lines = escape(value).splitlines()
    return Wording("\n".join(f"~{line}~" if line and not line.startswith(">") else line for line in lines))


# Jinja's own autoescape is for HTML; Slack's escaping is `finalize`, applied to every value.
_environment = Environment(  # noqa: S701 # nosec B701
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    finalize=escape,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_environment.filters |= {"quoted": quoted, "struck": struck}


class Page:
    """One template: `page.text("title", name=…)` renders its block `title`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._path = f"{name}.j2"
        self._fixed: dict[str, Wording] = {}  # blocks that are rendered without values always say the same

    @cached_property
    def _template(self) -> Template:
        # Compiled at first use: a start must not wait for every page.
        return _environment.get_template(self._path)

    def text(self, block: str, **values: Any) -> Wording:
        """Return one block of wording, escaped, without surrounding blank space. KeyError: no such block."""
        if values:
            return self._rendered(block, values)
        if block not in self._fixed:
            self._fixed[block] = self._rendered(block, values)
        return self._fixed[block]

    def _rendered(self, block: str, values: dict[str, Any]) -> Wording:
        # The context as `Template.new_context` makes it, less what no page here uses: globals, inheritance, copies.
        context = Context(_environment, values, self._path, {})
        return Wording("".join(self._template.blocks[block](context)).strip())

    def blocks(self) -> tuple[str, ...]:
        """Return the names of all blocks on this page."""
        return tuple(self._template.blocks)


def lines(texts: Iterable[Wording]) -> Wording:
    """Return several pieces of wording, one on each line."""
    return Wording("\n".join(texts))


@cache
def page(name: str) -> Page:
    """Return a page of wording by its name, such as "consent/answer"."""
    return Page(name)
