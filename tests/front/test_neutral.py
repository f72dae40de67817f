"""Whatever only Slack says is said in `handlers/slack/` alone: another front can stand beside it."""

import re

import pytest

from tests import declared

# What Slack calls its own things, and its libraries. "view_id" is no word of ours either, but for the re-view.
SLACK_SAYS = re.compile(
    r"slack_bolt|slack_sdk|block_id|action_id|callback_id|trigger_id|response_url|\bview_id|private_metadata"
    r"|mrkdwn|plain_text|static_select|radio_buttons|external_select|datepicker|file_input|response_action"
)
# Who starts the app, and asks Slack whether it is well set up.
STARTING = {"bot.app", "bot.serve", "bot.doctor.workspace", "bot.logs"}


def spoken_of_elsewhere() -> dict[str, str]:
    return {
        module.__name__: declared.text(module)
        for module in declared.modules()
        if not module.__name__.startswith("handlers.slack") and module.__name__ not in STARTING
    }


@pytest.mark.parametrize("name", spoken_of_elsewhere())
def test_what_only_slack_says_is_said_by_its_front_alone(name: str) -> None:
    assert SLACK_SAYS.findall(spoken_of_elsewhere()[name]) == []


def test_the_front_itself_says_it() -> None:
    fronts = [module for module in declared.modules() if module.__name__.startswith("handlers.slack")]
    said = {word for module in fronts for word in SLACK_SAYS.findall(declared.text(module))}
    assert {"block_id", "action_id", "callback_id", "trigger_id", "mrkdwn"} <= said
