"""The fake's Web API is as strict as Slack's: tried with the real client."""

from __future__ import annotations

import urllib.request
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.bot import ANN, GONE, HANA, HEADS, OZ, STAFF, Bot, Clock, Json, buttons, refused, says
from tests.slack.fake import FakeSlack
from tests.slack.people import Workspace


def test_users_are_found_by_id_and_address_and_in_pages(bot: Bot, fake: FakeSlack) -> None:
    fake.page_limit = 2
    first = bot.client.users_list(limit=100)
    everybody = [user["id"] for page in first for user in page["members"]]
    assert everybody == [fake.bot_user_id, ANN, HANA, OZ, GONE]
    assert bot.client.users_info(user=ANN)["user"]["profile"]["email"] == "ann@school.example"
    assert bot.client.users_info(user=OZ)["user"]["is_stranger"] is True
    assert bot.client.users_lookupByEmail(email="Ann@school.example")["user"]["id"] == ANN
    assert refused(bot.client.users_lookupByEmail, email="gone@school.example") == "users_not_found"
    assert refused(bot.client.users_info, user="U0NOBODY") == "user_not_found"


def test_a_wrong_token_and_a_missing_scope_are_refused(bot: Bot, fake: FakeSlack) -> None:
    assert refused(WebClient(token="xoxb-other", base_url=fake.api_url).auth_test) == "invalid_auth"
    assert refused(bot.client.conversations_info, channel=STAFF) == "missing_scope"
    fake.scopes = frozenset({"channels:read"})
    assert bot.client.conversations_info(channel=STAFF)["channel"]["name"] == "staff"
    assert refused(bot.client.chat_postMessage, channel=STAFF, text="Hello") == "missing_scope"


def test_an_unknown_method_is_a_violation(bot: Bot, fake: FakeSlack) -> None:
    assert refused(bot.client.reactions_add, channel=STAFF, name="tada", timestamp="1.2") == "unknown_method"
    assert fake.violations == ["reactions.add: unknown_method"]


def test_a_private_channel_without_the_bot_does_not_exist_for_it(bot: Bot, fake: FakeSlack) -> None:
    fake.scopes |= {"groups:read", "channels:read"}
    assert refused(bot.client.conversations_info, channel=HEADS) == "channel_not_found"
    assert refused(bot.client.conversations_members, channel=HEADS) == "channel_not_found"
    assert refused(bot.client.chat_postMessage, channel=HEADS, text="x", unfurl_links=False) == "channel_not_found"
    assert bot.client.conversations_members(channel=STAFF)["members"] == [ANN, HANA, fake.bot_user_id]


def test_direct_messages_go_to_one_stable_channel_and_not_to_the_deactivated(bot: Bot, fake: FakeSlack) -> None:
    channel = bot.client.conversations_open(users=ANN)["channel"]["id"]
    assert channel == fake.dm_of(ANN) == bot.client.conversations_open(users=[ANN])["channel"]["id"]
    assert refused(bot.client.conversations_open, users=GONE) == "user_disabled"
    assert refused(bot.client.chat_postMessage, channel=GONE, text="x", unfurl_links=False) == "channel_not_found"


def test_history_is_what_an_export_shows(bot: Bot, fake: FakeSlack, slack: Workspace) -> None:
    posted = bot.client.chat_postMessage(channel=STAFF, text="AR-7 <@U0ANN> &amp; co", unfurl_links=False)
    bot.client.chat_postEphemeral(channel=STAFF, user=ANN, text="Only Ann")
    bot.client.chat_update(channel=STAFF, ts=posted["ts"], text="AR-7 is done")
    assert [message.text for message in fake.history(STAFF)] == ["AR-7 is done"]
    assert slack.message(ANN, "Only Ann").only_for == ANN
    with pytest.raises(AssertionError, match="can read no message"):
        slack.message(HANA, "Only Ann")
    assert refused(bot.client.chat_update, channel=STAFF, ts="1.2", text="x") == "message_not_found"
    assert refused(bot.client.chat_postEphemeral, channel=STAFF, user=OZ, text="x") == "user_not_in_channel"


def test_an_update_without_blocks_keeps_the_old_ones(bot: Bot, fake: FakeSlack) -> None:
    posted = bot.client.chat_postMessage(
        channel=STAFF, text="AR-7", blocks=[says("AR-7"), buttons("Approve")], unfurl_links=False
    )
    bot.client.chat_update(channel=STAFF, ts=posted["ts"], text="Done")
    assert "[Approve]" in fake.history(STAFF)[0].text
    bot.client.chat_update(channel=STAFF, ts=posted["ts"], text="Done", blocks=[])
    assert fake.history(STAFF)[0].text == "Done"


@pytest.mark.parametrize("text", ["Hello <!channel>", "R & B", "x" * 4001])
def test_a_bad_message_is_refused_and_remembered(bot: Bot, fake: FakeSlack, text: str) -> None:
    assert refused(bot.client.chat_postMessage, channel=STAFF, text=text, unfurl_links=False) == "invalid_blocks"
    assert len(fake.violations) == 1
    assert fake.history(STAFF) == []


def test_links_must_not_unfold(bot: Bot, fake: FakeSlack) -> None:
    bot.client.chat_postMessage(channel=STAFF, text="Hello")
    assert fake.violations == ["chat.postMessage: unfurl_links: must be false, so that no link shows its page"]


def test_posts_can_be_limited_by_channel(bot: Bot, fake: FakeSlack, clock: Clock) -> None:
    fake.post_interval = timedelta(seconds=1)
    post: Json = {"channel": STAFF, "text": "Hello", "unfurl_links": False}
    bot.client.chat_postMessage(**post)
    with pytest.raises(SlackApiError) as refusal:
        bot.client.chat_postMessage(**post)
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "1"
    clock.forward(seconds=1)
    assert bot.client.chat_postMessage(**post)["ok"]


def test_faults_come_as_often_as_asked_and_then_stop(bot: Bot, fake: FakeSlack) -> None:
    client = WebClient(token=fake.token, base_url=fake.api_url, retry_handlers=[])
    post: Json = {"channel": STAFF, "text": "Hello", "unfurl_links": False}
    fake.fail_next("chat.postMessage", error="fatal_error", times=2)
    fake.fail_next("chat.postMessage", status=500)
    fake.fail_next("chat.postMessage", retry_after=7)
    assert [refused(client.chat_postMessage, **post) for _ in range(4)] == [
        "fatal_error",
        "fatal_error",
        "internal_error",
        "ratelimited",
    ]
    fake.fail_next("chat.postMessage", drop_connection=True)
    with pytest.raises(ConnectionError):
        client.chat_postMessage(**post)
    assert fake.history(STAFF) == []
    fake.fail_next("chat.postMessage", lose_reply=True)
    with pytest.raises(ConnectionError):
        client.chat_postMessage(**post)
    assert len(fake.history(STAFF)) == 1
    assert client.chat_postMessage(**post)["ok"]


def test_files_need_the_token_and_the_scope(fake: FakeSlack) -> None:
    file = fake.add_file("proof of it.pdf", b"%PDF", ANN)
    assert (file["mimetype"], file["size"], file["filetype"]) == ("application/pdf", 4, "pdf")
    assert download(file, fake.token) == ("application/pdf", b"%PDF")
    assert download(file, "xoxb-other")[0].startswith("text/html")
    fake.scopes -= {"files:read"}
    assert b"Sign in" in download(file, fake.token)[1]


def download(file: Json, token: str) -> tuple[str, bytes]:
    request = urllib.request.Request(file["url_private_download"], headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
        return answer.headers["Content-Type"], answer.read()
