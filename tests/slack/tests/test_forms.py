"""Forms in the fake behave as in Slack: triggers, the stack, hashes, inputs, errors, type-ahead."""

from __future__ import annotations

import pytest
from slack_bolt import Ack, Respond
from slack_sdk.errors import SlackApiError

from tests.slack.bot import (
    ANN,
    FORM,
    HANA,
    Bot,
    Clock,
    Json,
    acks,
    buttons,
    choices,
    modal,
    opens,
    plain,
    refused,
    says,
)
from tests.slack.fake import FakeSlack
from tests.slack.people import Forged, Workspace
from tests.slack.views import View


@pytest.fixture
def form(bot: Bot, slack: Workspace) -> View:
    """Ann has the form in front of her."""
    bot.on["/form"] = opens(bot)
    view = slack.command(ANN, "/form").view
    assert view is not None
    return view


def test_triggers_live_three_seconds_and_work_once(bot: Bot, fake: FakeSlack, slack: Workspace, clock: Clock) -> None:
    errors: list[str] = []

    def listener(body: Json, ack: Ack, respond: Respond) -> None:
        ack()
        arguments = {"trigger_id": body["trigger_id"], "view": FORM}
        clock.forward(seconds=4 if body["text"] == "slow" else 3)
        if body["text"] != "slow":
            bot.client.views_open(**arguments)
        errors.append(refused(bot.client.views_open, **arguments))

    bot.on["/form"] = listener
    assert slack.command(ANN, "/form").view is not None
    assert slack.command(ANN, "/form", "slow").view is None
    assert errors == ["exchanged_trigger_id", "expired_trigger_id"]
    assert refused(bot.client.views_open, trigger_id="made.up", view=FORM) == "invalid_trigger_id"


def test_a_bad_view_is_refused_and_remembered(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    assert (
        refused(bot.client.views_open, trigger_id="x", view={**FORM, "title": plain("x" * 25)}) == "invalid_arguments"
    )
    assert fake.violations == ["views.open: title.text: 25 characters, at most 24"]


def test_a_form_sends_every_input(bot: Bot, fake: FakeSlack, slack: Workspace, form: View) -> None:
    bot.on["form"] = acks()
    bot.on["pupil"] = acks(options=choices("Jamie P"))
    assert slack.suggest(ANN, form, "Pupil", "Jam") == choices("Jamie P")
    file = fake.add_file("a.pdf", b"%PDF", ANN)
    entries = {"Full": "Ann", "Colour": "Green", "pupil": "Jamie P", "Places": ["Website", "Video"], "Evidence": file}
    answer = slack.submit(ANN, form, entries)
    values = {block: next(iter(inner.values())) for block, inner in bot.last["view"]["state"]["values"].items()}
    assert values["name"] == {"type": "plain_text_input", "value": "Ann"}
    assert values["why"] == {"type": "plain_text_input", "value": None}
    assert values["colour"]["selected_option"]["value"] == "green"
    assert values["pupil"]["selected_option"]["value"] == "jamie p"
    assert values["day"]["selected_date"] == "2026-09-01"
    assert len(values["ticks"]["selected_options"]) == 2
    assert values["proof"]["files"] == [file]
    assert (answer.view, fake.violations) == (None, [])
    with pytest.raises(AssertionError, match="not in front"):
        slack.submit(ANN, form, {"Full": "Ann"})


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({}, "Full name: is required"),
        ({"Full": "   "}, "Full name: is required"),
        ({"Full": "x" * 21}, "Full name: 21 characters"),
        ({"Full": "two\nlines"}, "has one line only"),
        ({"Full": "Ann", "Day": None}, "Day: is required"),
        ({"Full": "Ann", "Colour": "Blue"}, "not one choice"),
        ({"Full": "Ann", "Pupil": "Jamie P"}, "not one choice"),
        ({"Full": "Ann", "Nonsense": "x"}, "is not one input"),
        ({"Full": "Ann", "Evidence": {"filetype": "exe"}}, "only files of"),
    ],
)
def test_the_client_holds_a_bad_form_back(bot: Bot, slack: Workspace, form: View, entries: Json, reason: str) -> None:
    seen = len(bot.bodies)
    with pytest.raises(AssertionError, match=reason):
        slack.submit(ANN, form, entries)
    assert len(bot.bodies) == seen


def test_a_forged_form_gets_past_the_client(bot: Bot, slack: Workspace, form: View) -> None:
    bot.on["form"] = acks()
    entries = {"Full": Forged("x" * 99), "Pupil": Forged("P99")}
    slack.submit(ANN, form, entries, forge={"private_metadata": "AR-1"})
    values = bot.last["view"]["state"]["values"]
    assert values["pupil"]["pupil"]["selected_option"]["value"] == "P99"
    assert bot.last["view"]["private_metadata"] == "AR-1"


def test_errors_keep_the_form_and_what_was_typed(bot: Bot, fake: FakeSlack, slack: Workspace, form: View) -> None:
    bot.on["form"] = acks(response_action="errors", errors={"name": "Who is that?"})
    answer = slack.submit(ANN, form, {"Full": "Nobody"})
    assert answer.errors == {"name": "Who is that?"}
    assert "Who is that?" in answer.text
    slack.submit(ANN, answer, {})
    assert bot.last["view"]["state"]["values"]["name"]["name"]["value"] == "Nobody"
    bot.on["form"] = acks(response_action="errors", errors={"other": "Where?"})
    slack.submit(ANN, answer, {})
    assert fake.violations == ["view_submission: errors: 'other' is no input block of the form"]


def test_a_forms_answer_updates_pushes_and_clears(bot: Bot, fake: FakeSlack, slack: Workspace, form: View) -> None:
    bot.on["form"] = acks(response_action="update", view=modal(says("Step two")))
    updated = slack.submit(ANN, form, {"Full": "Ann"}).view
    assert updated is not None
    assert (updated.id, "Step two" in updated.text) == (form.id, True)
    assert updated.hash != form.hash
    bot.on["form"] = acks(response_action="push", view=modal(says("On top")))
    for _ in range(2):
        slack.submit(ANN, fake.views.stack(ANN)[-1])
    top = fake.views.stack(ANN)[-1]
    assert (top.root_id, top.previous_id) == (form.id, fake.views.stack(ANN)[1].id)
    slack.submit(ANN, top)
    assert fake.violations == ["view_submission: push_limit_reached"]
    bot.on["form"] = acks(response_action="clear")
    assert slack.submit(ANN, top).view is None


def test_a_forms_answer_is_checked(bot: Bot, fake: FakeSlack, slack: Workspace, form: View) -> None:
    bot.on["form"] = acks(response_action="update", view=modal(says("Hello <!here>")))
    slack.submit(ANN, form, {"Full": "Ann"})
    bot.on["form"] = acks("Thank you")
    slack.submit(ANN, form)
    assert ["raw '<'" in fake.violations[0], "response_action: None" in fake.violations[1]] == [True, True]


def test_the_stack_holds_three_views(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    errors: list[str] = []

    def push(body: Json, ack: Ack, respond: Respond) -> None:
        ack()
        try:
            bot.client.views_push(trigger_id=body["trigger_id"], view=modal(buttons("Deeper")))
        except SlackApiError as refusal:
            errors.append(refusal.response["error"])

    bot.on |= {"/form": opens(bot, modal(buttons("Deeper"))), "on_Deeper": push}
    answer = slack.command(ANN, "/form")
    for _ in range(3):
        answer = slack.press(ANN, answer, "Deeper")
    assert len(fake.views.stack(ANN)) == 3
    assert errors == ["push_limit_reached"]
    slack.close(ANN, answer)
    assert len(fake.views.stack(ANN)) == 2
    assert fake.views.stack(HANA) == []


def test_a_stale_hash_conflicts_and_a_closed_view_is_gone(bot: Bot, slack: Workspace, form: View) -> None:
    bot.client.views_update(view_id=form.id, hash=form.hash, view=modal(says("New")))
    update = {"view_id": form.id, "view": modal(says("Newer"))}
    assert refused(bot.client.views_update, hash=form.hash, **update) == "hash_conflict"
    slack.close(ANN, form)
    assert refused(bot.client.views_update, **update) == "not_found"


def test_closing_is_told_only_if_asked_for(bot: Bot, slack: Workspace) -> None:
    bot.on |= {"/form": opens(bot), "/told": opens(bot, {**FORM, "notify_on_close": True}), "form": acks()}
    assert slack.close(ANN, slack.command(ANN, "/form")) is None
    slack.command(ANN, "/told")
    slack.command(ANN, "/form")
    assert [body.get("type") for body in bot.bodies[-2:]] == ["view_closed", None]


def test_type_ahead_is_checked_and_not_asked_too_early(bot: Bot, fake: FakeSlack, slack: Workspace, form: View) -> None:
    bot.on["pupil"] = acks(options=choices(*[f"P{n}" for n in range(101)]))
    assert slack.suggest(ANN, form, "Pupil", "Ja") == []
    assert fake.violations == ["options: options: 101 items, at most 100"]
    with pytest.raises(AssertionError, match="too short"):
        slack.suggest(ANN, form, "Pupil", "J")
