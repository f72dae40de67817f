"""Draws neutral shapes as HTML. What is longer than Slack has room for is cut where Slack cuts it, and marked so."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.clock import spoken_day
from bot.wording import Wording
from handlers import blocks as shapes
from handlers.blocks import Block, Element, Option
from handlers.requests import Entered
from tests.renderer.markup import Html, joined, marked, tag

# Letters that Slack shows of each (https://docs.slack.dev/reference/block-kit): so the sheets show what is cut there.
HEADER, TITLE, BUTTON, OPTION, PLACEHOLDER = 150, 24, 75, 75, 150
NO_DAY = "Choose a day"
FIELD = "field."  # before the name of everything that a form holds


@dataclass(frozen=True)
class State:
    """What a form holds while it is open, and what was wrong with it. `known`: value → what a picker called it."""

    place: str  # tells the ids of one window or message from those of another
    entered: Mapping[str, Entered] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Option] = field(default_factory=dict)


def drawn(shown: Sequence[Block], state: State) -> Html:
    """Return the blocks of a message, a window or Home."""
    return joined(*(_BLOCKS[type(block)](block, state) for block in shown))


def short(text: Wording, most: int) -> Html:
    """Return a label as long as it may be; one that was cut says so to whoever looks for it."""
    cut = shapes.cut(text, most)
    return joined(cut) if cut == text else tag("span", cut, data_cut=text)


# ── blocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _section(block: shapes.Section, state: State) -> Html:
    beside = tag("div", _element(block.accessory, state), class_="beside") if block.accessory else None
    return tag("div", tag("div", marked(block.text), class_="text"), beside, class_="section")


def _actions(block: shapes.Actions, state: State) -> Html:
    return tag("div", *(_element(element, state) for element in block.elements), class_="actions")


def _field(block: shapes.Field, state: State) -> Html:
    """A label, what is filled in, and below it the hint and what is wrong: read out together with the field."""
    name = f"{state.place}.{block.name}"
    error = state.errors.get(block.name)
    told = [f"{name}.{part}" for part, said in (("hint", block.hint), ("error", error)) if said]
    about = _About(block.name, name, state, " ".join(told) or None, wrong=bool(error))
    is_group = isinstance(block.element, shapes.Tick) or _is_radio(block.element)
    optional = tag("span", " (optional)", class_="optional") if block.optional else None
    label = joined(block.label, optional)
    heading = tag("legend", label) if is_group else tag("label", label, for_=name)
    hint = tag("p", block.hint, class_="hint", id=f"{name}.hint") if block.hint else None
    wrong = tag("p", error, class_="error", id=f"{name}.error", role="alert") if error else None
    inside = (heading, _INPUTS[type(block.element)](block.element, about), wrong, hint)
    kept = {"class_": "field", "data_name": block.name}
    if is_group:
        return tag("fieldset", *inside, aria_describedby=about.told, **kept)
    return tag("div", *inside, **kept)


_BLOCKS: Mapping[type, Callable[[Any, State], Html]] = {
    shapes.Section: _section,
    shapes.Header: lambda block, _: tag("h2", short(block.text, HEADER)),
    shapes.Context: lambda block, _: tag("div", marked(block.text), class_="small"),
    shapes.Divider: lambda _block, _: tag("hr"),
    shapes.Actions: _actions,
    shapes.Field: _field,
}


# ── what is pressed ────────────────────────────────────────────────────────────────────────────────────────────────


def pressed(action: str, value: str = "") -> str:
    """Return what a page sends for a press."""
    return json.dumps({"action": action, "value": value})


def _element(element: Element, state: State) -> Html:
    if isinstance(element, shapes.Button):
        return _button(element, state)
    if isinstance(element, shapes.Choose):
        return _select(element, _Pressed(element.action, state))
    if isinstance(element, shapes.PickDay):
        return _day(element, _Pressed(element.action, state))
    raise TypeError(f"nothing of the kind is pressed: {type(element).__name__}")


def _button(button: shapes.Button, state: State) -> Html:
    sent = pressed(button.action, button.value)
    style = f"button {button.style or ''}".strip()
    spoken = {"aria_label": button.spoken, "class_": style}
    label = short(button.text, BUTTON)
    if not button.confirm:
        return tag("button", label, name="press", value=sent, formnovalidate=True, **spoken)
    asks = f"{state.place}.{button.action}.sure"
    return joined(tag("button", label, type="button", data_asks=asks, **spoken), _sure(button.confirm, asks, sent))


def _sure(confirm: shapes.Confirm, name: str, sent: str) -> Html:
    """A question before a button acts."""
    no = tag("button", confirm.no, type="button", class_="button", data_closes=name)
    yes = tag("button", confirm.yes, name="press", value=sent, class_="button primary", formnovalidate=True)
    title, text = tag("h2", confirm.title, id=f"{name}.title"), tag("p", confirm.text)
    foot = tag("div", no, yes, class_="foot")
    return tag("dialog", title, text, foot, id=name, aria_labelledby=f"{name}.title")


# ── what is filled in ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _About:
    """A field: its name, its id on the page, what the form holds, and what is read out with it."""

    field: str
    place: str
    state: State
    told: str | None
    wrong: bool

    @property
    def attributes(self) -> dict[str, Any]:
        return {
            "name": f"{FIELD}{self.field}",
            "id": self.place,
            "aria_describedby": self.told,
            "aria_invalid": "true" if self.wrong else None,
        }

    def value(self, initial: object) -> Any:
        """Return what was entered, or what the field begins with."""
        return self.state.entered.get(self.field, initial)


@dataclass(frozen=True)
class _Pressed:
    """A picker that acts as soon as something is chosen."""

    action: str
    state: State

    @property
    def attributes(self) -> dict[str, Any]:
        return {"name": f"chosen.{self.action}", "data_acts": pressed(self.action), "aria_label": "Choose"}

    def value(self, initial: object) -> Any:
        return initial


def _is_radio(element: Element) -> bool:
    return isinstance(element, shapes.Choose) and not element.is_list


def _choose(choose: shapes.Choose, about: _About) -> Html:
    return _select(choose, about) if choose.is_list else _boxes("radio", choose.options, about, {choose.initial})


def _select(choose: shapes.Choose, about: _About | _Pressed) -> Html:
    chosen = about.value(choose.initial)
    nothing = tag("option", choose.placeholder or "Choose", value="", selected=not chosen)
    offered = [
        tag("option", shapes.cut(option.text, OPTION), value=option.value, selected=option.value == chosen)
        for option in choose.options
    ]
    return tag("select", nothing, *offered, **about.attributes)


def _tick(tick: shapes.Tick, about: _About) -> Html:
    return _boxes("checkbox", tick.options, about, tick.initial)


def _boxes(kind: str, options: Sequence[Option], about: _About, initial: object) -> Html:
    chosen = about.value(initial)
    chosen = {chosen} if isinstance(chosen, str) else set(chosen)
    shown = []
    for number, option in enumerate(options):
        box = f"{about.place}.{number}"
        ticked = tag(
            "input", type=kind, name=f"{FIELD}{about.field}", id=box, value=option.value, checked=option.value in chosen
        )
        more = tag("span", short(option.description, OPTION), class_="more") if option.description else None
        shown.append(tag("div", ticked, tag("label", short(option.text, OPTION), more, for_=box), class_="box"))
    return tag("div", *shown, class_="boxes")


def _write(write: shapes.Write, about: _About) -> Html:
    value = str(about.value(write.initial))
    asks = shapes.cut(write.placeholder, PLACEHOLDER) if write.placeholder else None
    if write.lines:
        return tag("textarea", f"\n{value}", rows=3, placeholder=asks, **about.attributes)  # HTML swallows the first
    return tag("input", type="text", value=value, placeholder=asks, autocomplete="off", **about.attributes)


def _day(day: shapes.PickDay, about: _About | _Pressed) -> Html:
    """A day, written as everywhere in Lanyard: a browser would write it as its own machine does."""
    value = str(about.value(day.initial or ""))
    shown = spoken_day(date.fromisoformat(value)) if value else NO_DAY
    return tag("span", tag("input", type="date", value=value, **about.attributes), class_="day", data_shown=shown)


def _upload(upload: shapes.Upload, about: _About) -> Html:
    return tag("input", type="file", accept=",".join(f".{kind}" for kind in upload.kinds), **about.attributes)


def _suggest(suggest: shapes.Suggest, about: _About) -> Html:
    """A picker that asks while somebody types; what is chosen stands before it and is sent with the form."""
    chosen = about.value([option.value for option in suggest.initial])
    known = {option.value: option for option in suggest.initial} | dict(about.state.known)
    values = [chosen] if isinstance(chosen, str) else chosen
    picked = [_picked(about.field, known[value]) for value in values if value in known]
    name = {**about.attributes, "name": None}
    typed = tag(
        "input",
        type="text",
        role="combobox",
        autocomplete="off",
        aria_expanded="false",
        aria_controls=f"{about.place}.offered",
        placeholder=shapes.cut(suggest.placeholder, PLACEHOLDER),
        **name,
    )
    offered = tag("ul", role="listbox", id=f"{about.place}.offered", hidden=True)
    several = "several" if suggest.several else "one"
    return tag(
        *("div", tag("span", *picked, class_="picked"), typed, offered),
        class_="suggest",
        data_action=suggest.action,
        data_field=f"{FIELD}{about.field}",
        data_takes=several,
    )


def _picked(name: str, option: Option) -> Html:
    kept = tag("input", type="hidden", name=f"{FIELD}{name}", value=option.value)
    label = option.text
    return tag(
        "span", kept, label, tag("button", "×", type="button", aria_label=Wording(f"Remove {label}")), class_="chip"
    )


_INPUTS: Mapping[type, Callable[[Any, _About], Html]] = {
    shapes.Choose: _choose,
    shapes.Tick: _tick,
    shapes.Suggest: _suggest,
    shapes.Write: _write,
    shapes.PickDay: _day,
    shapes.Upload: _upload,
}
