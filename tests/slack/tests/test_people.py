"""People in the fake see, press and receive what Slack would let them: commands, buttons, Home, shortcuts, retries."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import Ack, Respond

from tests.slack.bot import ANN, HANA, HEADS, OZ, STAFF, Bot, Clock, Json, acks, buttons, choices, opens, says
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET, Forged, Sight, Workspace


def test_a_commands_answer_is_seen_by_one_person_only(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["/ask"] = acks(text="Yes", blocks=[says("Yes, *Jamie*"), buttons("More")], response_type="ephemeral")
    answer = slack.command(ANN, "/ask", "Jamie", channel=STAFF)
    assert (answer.status, answer.text, answer.private) == (200, "Yes, *Jamie*\n[More]", True)
    assert (bot.last["command"], bot.last["text"], bot.last["user_id"]) == ("/ask", "Jamie", ANN)
    assert fake.history(STAFF) == []
    with pytest.raises(AssertionError, match="cannot see"):
        slack.press(HANA, answer, "More")


@pytest.mark.parametrize("answer", [{"text": "Yes"}, {"text": "Yes", "response_type": "in_channel"}])
def test_a_commands_answer_must_be_private(bot: Bot, fake: FakeSlack, slack: Workspace, answer: Json) -> None:
    bot.on["/ask"] = acks(**answer)
    slack.command(ANN, "/ask")
    assert fake.violations == ["command: response_type: must be ephemeral"]


def test_nobody_listening_shows_as_404(slack: Workspace) -> None:
    assert slack.command(ANN, "/unknown").status == 404


def test_a_person_types_only_where_they_are(slack: Workspace) -> None:
    with pytest.raises(AssertionError, match="cannot type there"):
        slack.command(OZ, "/ask", channel=STAFF)


def test_a_button_in_an_ephemeral_replaces_and_deletes_it(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["/ask"] = acks(text="Yes", blocks=[says("Yes"), buttons("More", "Away")], response_type="ephemeral")
    bot.on["on_More"] = responds(text="More", blocks=[says("Much more"), buttons("Away")], replace_original=True)
    bot.on["on_Away"] = responds(delete_original=True)
    first = slack.command(ANN, "/ask")
    second = slack.press(ANN, first, "More")
    assert second.text == "Much more\n[Away]"
    assert "message" not in bot.last
    assert bot.last["container"]["is_ephemeral"] is True
    with pytest.raises(AssertionError, match="nothing to press"):
        slack.press(ANN, first, "More")
    assert slack.press(ANN, second, "Away").messages == ()
    assert slack.inbox(ANN) == []
    assert fake.violations == []


def responds(**answer: Any) -> Any:
    def listener(body: Json, ack: Ack, respond: Respond) -> None:
        ack()
        assert respond(**{"response_type": "ephemeral", **answer}).status_code == 200

    return listener


def test_a_response_url_works_five_times_and_for_thirty_minutes(
    bot: Bot, fake: FakeSlack, slack: Workspace, clock: Clock
) -> None:
    statuses: list[int] = []
    kept: list[Respond] = []

    def listener(body: Json, ack: Ack, respond: Respond) -> None:
        ack()
        kept.append(respond)
        statuses.extend(respond(text=str(n), response_type="ephemeral").status_code for n in range(6))

    bot.on["/ask"] = listener
    assert [message.text for message in slack.command(ANN, "/ask").messages] == ["0", "1", "2", "3", "4"]
    assert statuses == [200] * 5 + [404]
    clock.forward(minutes=31)
    late = kept[-1](text="Late", response_type="ephemeral")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


def test_a_response_url_is_checked(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["/ask"] = lambda body, ack, respond: (ack(), respond(text="Hi"), respond(text="<!here>"))
    slack.command(ANN, "/ask")
    assert [one.split(":")[1].strip() for one in fake.violations] == ["response_type", "text"]
    assert [message.text for message in slack.inbox(ANN)] == ["Hi"]


# Buttons, menus, Home


def test_buttons_are_found_by_what_people_see(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["on_Open"] = acks()
    bot.client.chat_postMessage(
        channel=ANN,
        text="Two",
        unfurl_links=False,
        blocks=[says("AR-7"), buttons("Open"), says("AR-8"), buttons("Open")],
    )
    message = slack.message(ANN, "AR-7")
    with pytest.raises(AssertionError, match="2 controls"):
        slack.press(ANN, message, "Open")
    slack.press(ANN, message, "Open", near="AR-8")
    assert bot.last["actions"][0]["block_id"] == message.blocks[3]["block_id"]
    assert bot.last["message"]["ts"] == message.ts
    slack.press(ANN, message, "Open", "forged", near="AR-7")
    assert bot.last["actions"][0]["value"] == "forged"
    slack.press(ANN, message, "Open", near="AR-7", forge={"action_id": "on_Open", "value": "P99"})
    assert bot.last["actions"][0]["value"] == "P99"
    with pytest.raises(AssertionError, match="cannot see"):
        slack.press(HANA, message, "Open", near="AR-7")
    assert slack.press(HANA, message, "Open", near="AR-7", sight=Sight.FORGED).status == 200


def test_a_screen_that_is_behind_can_still_be_pressed(bot: Bot, slack: Workspace) -> None:
    bot.on["on_Approve"] = lambda body, ack, respond: (
        ack(),
        bot.client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Done", blocks=[]),
    )
    bot.client.chat_postMessage(channel=ANN, text="AR-7", blocks=[buttons("Approve")], unfurl_links=False)
    message = slack.inbox(ANN)[0]
    assert slack.press(ANN, message, "Approve").text == "Done"
    assert slack.now(message).text == "Done"
    with pytest.raises(AssertionError, match="nothing to press"):
        slack.press(ANN, message, "Approve")
    assert slack.press(ANN, message, "Approve", sight=Sight.AS_SHOWN).status == 200


def test_menus_send_the_option_that_was_chosen(bot: Bot, slack: Workspace) -> None:
    bot.on |= {"menu": acks(), "more": acks(), "ticks": acks(), "when": acks()}
    elements = [
        {"type": "static_select", "action_id": "menu", "options": choices("Red", "Green")},
        {"type": "overflow", "action_id": "more", "options": choices("Copy")},
        {"type": "checkboxes", "action_id": "ticks", "options": choices("Web", "Film")},
        {"type": "datepicker", "action_id": "when"},
    ]
    bot.client.chat_postMessage(
        channel=ANN, text="x", blocks=[{"type": "actions", "elements": elements}], unfurl_links=False
    )
    message = slack.inbox(ANN)[0]
    slack.press(ANN, message, "Green")
    assert bot.last["actions"][0]["selected_option"]["value"] == "green"
    slack.press(ANN, message, "Copy")
    assert bot.last["actions"][0]["selected_option"]["value"] == "copy"
    slack.press(ANN, message, "Web")
    slack.press(ANN, message, "Film")
    assert [option["value"] for option in bot.last["actions"][0]["selected_options"]] == ["web", "film"]
    slack.press(ANN, message, "Web")
    assert [option["value"] for option in bot.last["actions"][0]["selected_options"]] == ["film"]
    slack.press(ANN, message, "when", "2026-09-02")
    assert bot.last["actions"][0]["selected_date"] == "2026-09-02"
    assert list(bot.last["state"]["values"][message.blocks[0]["block_id"]]) == ["menu", "ticks", "when"]
    with pytest.raises(AssertionError, match="not one choice"):
        slack.press(ANN, message, "menu", "Blue")
    slack.press(ANN, message, "menu", Forged("blue"))
    assert bot.last["actions"][0]["selected_option"]["value"] == "blue"


def test_home_is_published_opened_and_pressed(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    home = {"type": "home", "blocks": [says("Welcome"), buttons("New")]}
    bot.on["app_home_opened"] = lambda body, ack, respond: (ack(), bot.client.views_publish(user_id=ANN, view=home))
    bot.on["on_New"] = opens(bot)
    shown = slack.open_home(ANN)
    assert shown.text == "Welcome\n[New]"
    answer = slack.press(ANN, shown, "New")
    assert (answer.view is not None, bot.last["view"]["type"]) == (True, "home")
    with pytest.raises(AssertionError, match="no Home tab"):
        slack.open_home(HANA)


def test_a_body_in_a_buttons_acknowledgement_is_a_violation(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["on_Go"] = acks("Thank you")
    bot.client.chat_postMessage(channel=ANN, text="x", blocks=[buttons("Go")], unfurl_links=False)
    slack.press(ANN, slack.inbox(ANN)[0], "Go")
    assert fake.violations == ["acknowledgement: nobody will see its body: 'Thank you'"]


# Shortcuts, events, retries, tampering


def test_shortcuts_come_with_their_message(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on |= {"report_message": opens(bot), "report": opens(bot)}
    said = fake.say(HANA, STAFF, "Look <here> & there")
    assert said.text == "Look <here> & there"
    assert slack.shortcut(ANN, "report_message", said).view is not None
    assert bot.last["message"]["text"] == "Look &lt;here&gt; &amp; there"
    assert slack.shortcut(ANN, "report").view is not None
    secret = fake.say(HANA, HEADS, "For heads only")
    with pytest.raises(AssertionError, match="no menu"):
        slack.shortcut(ANN, "report_message", secret)


def test_a_retry_is_the_identical_request(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on |= {"user_change": acks(), "/form": opens(bot), "form": acks()}
    answer = slack.event("user_change", user=fake.user_object(ANN))
    slack.again(answer)
    assert bot.bodies[0] == bot.bodies[1]
    assert [number for number, _ in bot.retries] == [None, "1"]
    assert bot.retries[1] == ("1", "http_timeout")
    submitted = slack.submit(ANN, slack.command(ANN, "/form"), {"Full": "Ann"})
    assert slack.again(submitted).status == 200
    assert bot.bodies[-1] == bot.bodies[-2]


def test_tampered_requests_are_refused_by_bolt(bot: Bot, slack: Workspace) -> None:
    bot.on["/ask"] = acks()
    slack.age_seconds = 600
    assert slack.command(ANN, "/ask").status == 401
    slack.age_seconds = 0
    slack.signing_secret = "guessed"
    assert slack.command(ANN, "/ask").status == 401
    slack.signing_secret = SIGNING_SECRET
    slack.team_id = "T0FOREIGN"
    assert slack.command(ANN, "/ask").status == 200
    assert bot.last["team_id"] == "T0FOREIGN"


def test_strangers_carry_their_own_team(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    bot.on["on_Go"] = acks()
    fake.change_channel(STAFF, members=[ANN, OZ], is_ext_shared=True)
    bot.client.chat_postMessage(channel=STAFF, text="x", blocks=[buttons("Go")], unfurl_links=False)
    slack.press(OZ, fake.history(STAFF)[0], "Go")
    assert (bot.last["team"]["id"], bot.last["user"]["team_id"]) == (fake.team_id, "T0OTHER")
