"""The checker finds every breach of a limit, and what a hostile value could do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.slack.block_kit import check_message, check_options, check_view

Json = dict[str, Any]


def plain(text: str = "Words") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "Words") -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def choice(value: str, text: str | None = None, **more: Any) -> Json:
    return {"text": plain(text or f"Choice {value}"), "value": value, **more}


def section(text: Json | None = None, **more: Any) -> Json:
    return {"type": "section", "text": text or mrkdwn(), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def select(*options: Json, **more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": list(options) or [choice("1")], **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Reasons"), "element": element, **more}


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "words", **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "blocks": list(blocks), **more}


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}


def message(*blocks: Json, **more: Any) -> Json:
    return {"text": "Words", "blocks": list(blocks), **more}


CONFIRM = {"title": plain(), "text": plain(), "confirm": plain("Yes"), "deny": plain("No")}
TICKS = {"type": "checkboxes", "action_id": "ticks"}
FILE = {"type": "file_input", "action_id": "file"}
NUMBER = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}

GOOD_MODAL = modal(
    {"type": "header", "text": plain("Fish &amp; chips")},
    section(mrkdwn("See <https://example.org/a?b=1&amp;c=2|the page>, <@U1> at <!date^1700000000^{time}|noon>")),
    section(fields=[mrkdwn("*A*"), plain("B")], accessory=button(confirm=CONFIRM)),
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("small"), plain("print")]},
    actions(button(), select(choice("1"), initial_option=choice("1"))),
    entry(typed(multiline=True, max_length=3000, initial_value="<raw> & free"), hint=plain(), optional=True),
    entry({"type": "datepicker", "action_id": "day", "initial_date": "2026-02-28"}),
    entry({"type": "multi_external_select", "action_id": "many", "min_query_length": 2, "max_selected_items": 5}),
    entry({**TICKS, "options": [{"text": mrkdwn("*a*"), "value": "a"}]}),
    entry({**FILE, "filetypes": ["pdf"], "max_files": 10}),
    entry({**NUMBER, "min_value": "1", "max_value": "2"}, dispatch_action=True),
    private_metadata="x" * 3000,
)


def test_what_slack_takes_is_accepted() -> None:
    check_view(GOOD_MODAL)
    check_view(home(section(), actions(button())))
    check_message(message(section(), actions(button()), unfurl_links=False))
    check_message({"text": "", "delete_original": True})
    check_options({"options": []})
    check_options({"option_groups": [{"label": plain("3B"), "options": [choice("1")]}]})


BAD_VIEWS: list[tuple[Json, str]] = [
    (modal(section(), title=plain("x" * 25)), "title.text: 25 characters, at most 24"),
    (modal(section(), submit=plain("x" * 25)), "submit.text: 25 characters, at most 24"),
    (modal(section(), close=mrkdwn("Shut")), "close: must be a text object of type plain_text"),
    (modal(section(), private_metadata="x" * 3001), "private_metadata: 3001 characters, at most 3000"),
    (modal(section(), callback_id="x" * 256), "callback_id: 256 characters, at most 255"),
    (modal(section(), colour="red"), "unknown field colour"),
    ({"type": "modal", "blocks": [section()]}, "lacks title"),
    ({"type": "popup", "blocks": []}, "type: 'popup'"),
    (modal(*[{"type": "divider"}] * 101), "blocks: 101 items, at most 100"),
    (modal(), "blocks: 0 items, at least 1"),
    ({"type": "modal", "title": plain(), "blocks": [entry(typed())]}, "submit: is needed"),
    (home(entry({**FILE})), "'file_input' works in modals only"),
    (modal(*[section(mrkdwn("x" * 2900)) for _ in range(90)]), "bytes, at most 250000"),
    (modal(section(block_id="a"), section(block_id="a")), "two blocks with the block_id 'a'"),
    (modal(section(block_id="x" * 256)), "blocks[0].block_id: 256 characters"),
    (modal(actions(button(), button())), "two elements with the action_id 'go'"),
    (modal(actions(button(action_id="x" * 256))), "blocks[0].elements[0].action_id: 256 characters"),
    (modal(actions({"type": "button", "text": plain()})), "lacks action_id"),
    (modal(actions(*[button(action_id=f"b{n}") for n in range(26)])), "elements: 26 items, at most 25"),
    (modal(actions(button(text=plain("x" * 76)))), "elements[0].text.text: 76 characters, at most 75"),
    (modal(actions(button(value="x" * 2001))), "value: 2001 characters, at most 2000"),
    (modal(actions(button(style="loud"))), "'loud' is not one of"),
    (modal(actions(button(text=mrkdwn()))), "must be a text object of type plain_text"),
    (modal(actions(button(confirm={**CONFIRM, "title": plain("x" * 101)}))), "confirm.title.text: 101 characters"),
    (modal(actions(button(confirm={**CONFIRM, "text": plain("x" * 301)}))), "confirm.text.text: 301 characters"),
    (modal(actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)}))), "confirm.deny.text: 31 characters"),
    (modal(actions(typed())), "'plain_text_input' is no element for a actions block"),
    (modal(entry(button())), "'button' is no element for a input block"),
    (modal(section(mrkdwn("x" * 3001))), "text.text: 3001 characters, at most 3000"),
    (modal(section(fields=[plain()] * 11)), "fields: 11 items, at most 10"),
    (modal(section(fields=[plain("x" * 2001)])), "fields[0].text: 2001 characters, at most 2000"),
    (modal({"type": "section"}), "needs text or fields"),
    (modal(section({"type": "mrkdwn", "text": "a"})), "lacks verbatim"),
    (modal(section({**mrkdwn(), "verbatim": False})), "verbatim: False is not one of True"),
    (modal(section(mrkdwn("  "))), "text.text: is empty"),
    (modal({"type": "header", "text": plain("x" * 151)}), "at most 150"),
    (modal({"type": "header", "text": mrkdwn()}), "must be a text object of type plain_text"),
    (modal({"type": "context", "elements": [plain()] * 11}), "11 items, at most 10"),
    (modal({"type": "markdown", "text": "#"}), "'markdown' is no block for a modal"),
    (modal(entry(typed(), label=plain("x" * 2001))), "label.text: 2001 characters"),
    (modal(entry(typed(placeholder=plain("x" * 151)))), "placeholder.text: 151 characters, at most 150"),
    (modal(entry(typed(max_length=3001))), "max_length: 3001 is not between 1 and 3000"),
    (modal(entry(typed(min_length=9, max_length=8))), "min_length is above max_length"),
    (modal(entry(typed(multiline="yes"))), "multiline: must be true or false"),
    (modal(entry(typed(), optional="yes")), "optional: must be true or false"),
    (modal(entry(typed(focus_on_load=True)), entry(typed(focus_on_load=True))), "only one element"),
    (modal(entry(select(choice("1", "x" * 76)))), "options[0].text.text: 76 characters, at most 75"),
    (modal(entry(select(choice("x" * 151)))), "options[0].value: 151 characters, at most 150"),
    (modal(entry(select(choice("1", description=plain("x" * 76))))), "description.text: 76 characters"),
    (modal(entry(select(choice("1"), choice("1", "b")))), "two options with the value '1'"),
    (modal(entry(select(*[choice(str(n)) for n in range(101)]))), "options: 101 items, at most 100"),
    (modal(entry(select(choice("1"), initial_option=choice("2")))), "initial_option: is not one of the options"),
    (modal(entry({"type": "static_select", "action_id": "a"})), "needs exactly one of options, option_groups"),
    (modal(entry({**TICKS, "options": [choice(str(n)) for n in range(11)]})), "options: 11 items, at most 10"),
    (modal(entry({**TICKS, "options": [choice("a")], "initial_options": []})), "initial_options: 0 items, at least 1"),
    (modal(actions({"type": "overflow", "action_id": "o", "options": [choice(str(n)) for n in range(6)]})), "6 items"),
    (
        modal(entry({"type": "datepicker", "action_id": "d", "initial_date": "2026-02-30"})),
        "is not a day as YYYY-MM-DD",
    ),
    (modal(entry({"type": "datepicker", "action_id": "d", "initial_date": "1/2/2026"})), "is not a day as YYYY-MM-DD"),
    (modal(entry({**FILE, "max_files": 11})), "max_files: 11 is not between 1 and 10"),
    (modal(entry({"type": "external_select", "action_id": "e", "min_query_length": -1})), "min_query_length"),
    (modal(entry({"type": "external_select", "action_id": "e", "options": []})), "unknown field options"),
    (modal(entry({"type": "number_input", "action_id": "n"})), "lacks is_decimal_allowed"),
]


@pytest.mark.parametrize(("view", "problem"), BAD_VIEWS, ids=[problem[:50] for _, problem in BAD_VIEWS])
def test_a_breach_in_a_view_is_named_with_its_path(view: Json, problem: str) -> None:
    assert problem in problem_with(check_view, view)


BAD_MESSAGES: list[tuple[Json, str]] = [
    ({"blocks": [section()]}, "text: is missing"),
    (message(section(), text=""), "text: is empty"),
    (message(*[{"type": "divider"}] * 51), "blocks: 51 items, at most 50"),
    (message(*[section(mrkdwn("x" * 2700)) for _ in range(5)]), "13500 characters in all, at most 13200"),
    (message(entry(typed())), "'input' is no block for a message"),
    (message(section(), unfurl_links=True), "unfurl_links: True is not one of False"),
    (message(section(), attachments=[]), "unknown field attachments"),
    (message(section(), link_names=True), "unknown field link_names"),
    (message(section(), response_type="public"), "'public' is not one of"),
    (message(section(), text="Hello <!here>"), "text: raw '<'"),
]


@pytest.mark.parametrize(("payload", "problem"), BAD_MESSAGES, ids=[problem[:50] for _, problem in BAD_MESSAGES])
def test_a_breach_in_a_message_is_named(payload: Json, problem: str) -> None:
    assert problem in problem_with(check_message, payload)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"options": [choice(str(n)) for n in range(101)]}, "options: 101 items, at most 100"),
        ({"options": [choice("1"), choice("1", "b")]}, "two options with the value '1'"),
        ({"options": [], "option_groups": []}, "either options or option_groups"),
        ({}, "either options or option_groups"),
        ({"options": [choice("1", "Tom <3")]}, "raw '<'"),
    ],
)
def test_a_breach_in_type_ahead_is_named(payload: Json, problem: str) -> None:
    assert problem in problem_with(check_options, payload)


HOSTILE = ["<!channel>", "<!here|x>", "<#C1>", "<!subteam^S1>", "<javascript:x|y>", "<mailto:a@b.c>", "a < b", "R & B"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("kind", [plain, mrkdwn])
def test_unescaped_values_are_found_in_every_text(value: str, kind: Callable[[str], Json]) -> None:
    assert "raw '" in problem_with(check_view, home(section(kind(value))))


def test_markup_in_plain_text_would_be_shown_letter_for_letter() -> None:
    assert "raw '<'" in problem_with(check_view, home({"type": "header", "text": plain("For <@U1>")}))


def test_all_problems_are_reported_at_once() -> None:
    problems = problem_with(check_view, modal(section(mrkdwn("<#C1>")), title=plain("x" * 25)))
    assert len(problems.splitlines()) == 2


def problem_with(checker: Callable[[Json], None], payload: Json) -> str:
    """What the checker says."""
    with pytest.raises(AssertionError) as wrong:
        checker(payload)
    return str(wrong.value)
