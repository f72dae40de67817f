"""The Web API methods that the fake knows, as one table: method → scope and function.

A function gets the fake and the arguments, and returns the fields of the answer; SlackError is a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.slack.block_kit import check_message, check_view
from tests.slack.rules import Json
from tests.slack.views import View
from tests.slack.world import Channel, Message, SlackError, User

if TYPE_CHECKING:
    from tests.slack.fake import FakeSlack

MESSAGE_FIELDS = frozenset({"token", "reply_broadcast", "metadata"})  # accepted beside what block_kit knows


@dataclass(frozen=True)
class Method:
    """One Web API method. `scope` is None where every token may call it, or where it depends on the channel."""

    scope: str | None
    run: Callable[[FakeSlack, Json], Json]


def check(slack: FakeSlack, checker: Callable[[Json], None], payload: Any, where: str, *, error: str) -> None:
    """Hold a payload against the checker: remember what is wrong, and refuse it as Slack would."""
    try:
        checker(payload)
    except AssertionError as wrong:
        slack.violate(where, str(wrong))
        raise SlackError(error, response_metadata={"messages": [f"[ERROR] {wrong}"]}) from wrong


def auth_test(slack: FakeSlack, args: Json) -> Json:
    """Who the token belongs to."""
    return {
        "url": f"https://{slack.team_domain}.slack.com/",
        "team": slack.team_domain,
        "team_id": slack.team_id,
        "user": "lanyard",
        "user_id": slack.bot_user_id,
        "bot_id": slack.bot_id,
        "is_enterprise_install": False,
    }


def users_info(slack: FakeSlack, args: Json) -> Json:
    """One person."""
    return {"user": _user(slack, args.get("user")).to_slack(slack.scopes)}


def users_list(slack: FakeSlack, args: Json) -> Json:
    """Everybody, a page at a time."""
    page, cursor = _page(slack, list(slack.users.values()), args)
    return {"members": [user.to_slack(slack.scopes) for user in page], **cursor}


def users_lookup_by_email(slack: FakeSlack, args: Json) -> Json:
    """One person by their address; Slack does not find the deactivated."""
    wanted = str(args.get("email", "")).casefold()
    for user in slack.users.values():
        if user.email.casefold() == wanted and not user.deleted and not user.is_bot:
            return {"user": user.to_slack(slack.scopes)}
    raise SlackError("users_not_found")


def conversations_open(slack: FakeSlack, args: Json) -> Json:
    """The bot's conversation with one person."""
    names = args.get("users") or ""
    ids = names if isinstance(names, list) else [one for one in str(names).split(",") if one]
    if not ids:
        raise SlackError("users_list_not_supplied")
    if len(ids) > 1:
        raise SlackError("missing_scope", needed="mpim:write", provided=",".join(sorted(slack.scopes)))
    user = _user(slack, ids[0])
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    return {"channel": {"id": slack.dm_of(user.id)}}


def conversations_info(slack: FakeSlack, args: Json) -> Json:
    """One channel that the bot can see."""
    return {"channel": _readable_channel(slack, args).to_slack()}


def conversations_members(slack: FakeSlack, args: Json) -> Json:
    """The members of a channel, a page at a time."""
    channel = _readable_channel(slack, args)
    own = {slack.bot_user_id} if channel.bot_is_member else set()
    page, cursor = _page(slack, sorted(channel.members | own), args)
    return {"members": page, **cursor}


def conversations_history(slack: FakeSlack, args: Json) -> Json:
    """The messages of a conversation, the newest first; ephemerals are in nobody's history."""
    channel = _readable_channel(slack, args)
    slack.demand("im:history" if channel.dm_with else "channels:history")
    with_metadata = str(args.get("include_all_metadata")).lower() == "true"
    messages = [
        message.to_slack() | ({"metadata": message.metadata} if with_metadata and message.metadata else {})
        for message in reversed(slack.history(channel.id))
    ]
    page, cursor = _page(slack, messages, args)
    return {"messages": page, **cursor}


def chat_post_message(slack: FakeSlack, args: Json) -> Json:
    """A new message by the bot."""
    body = _message_body(args)
    channel = _writable_channel(slack, args)
    check(slack, check_message, body, "chat.postMessage", error="invalid_blocks")
    if body.get("unfurl_links") is not False:
        slack.violate("chat.postMessage", "unfurl_links: must be false, so that no link shows its page")
    slack.spend_post(channel.id)
    if channel.dm_with in slack.refusing:
        raise SlackError(slack.refusing[channel.dm_with])
    metadata = args.get("metadata")
    kept = json.loads(metadata) if isinstance(metadata, str) else metadata
    message = slack.post(channel.id, slack.bot_user_id, {**body, "metadata": kept})
    return {"channel": channel.id, "ts": message.ts, "message": message.to_slack()}


def chat_update(slack: FakeSlack, args: Json) -> Json:
    """Change a message of the bot's. Blocks that are not sent stay as they are; an empty list removes them."""
    body = _message_body(args)
    message = slack.messages.get((str(args.get("channel")), str(args.get("ts"))))
    if str(args.get("channel")) not in slack.channels:
        raise SlackError("channel_not_found")
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if message.author != slack.bot_user_id:
        raise SlackError("cant_update_message")
    if body.get("blocks") == []:
        check(slack, check_message, {**_without(body, "blocks")}, "chat.update", error="invalid_blocks")
    else:
        check(slack, check_message, body, "chat.update", error="invalid_blocks")
    changed = slack.edit(message, {"blocks": message.blocks, **body})
    return {"channel": changed.channel, "ts": changed.ts, "text": changed.fallback, "message": changed.to_slack()}


def chat_post_ephemeral(slack: FakeSlack, args: Json) -> Json:
    """A message that only one member of the channel sees."""
    channel = _writable_channel(slack, args)
    user_id = str(args.get("user", ""))
    check(slack, check_message, _message_body(args), "chat.postEphemeral", error="invalid_blocks")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    slack.spend_post(channel.id)
    return {"message_ts": slack.post(channel.id, slack.bot_user_id, args, only_for=user_id).ts}


def views_open(slack: FakeSlack, args: Json) -> Json:
    """A new modal for whoever caused the trigger."""
    payload = _view_payload(slack, args, "views.open", "modal")
    return _view_answer(slack, slack.views.open(slack.views.use_trigger(args.get("trigger_id")), payload))


def views_push(slack: FakeSlack, args: Json) -> Json:
    """A modal on top of the one that the trigger came from."""
    payload = _view_payload(slack, args, "views.push", "modal")
    return _view_answer(slack, slack.views.push(slack.views.use_trigger(args.get("trigger_id")), payload))


def views_update(slack: FakeSlack, args: Json) -> Json:
    """Replace an open view. With `hash`, only if it has not changed since."""
    view_id = str(args.get("view_id") or args.get("external_id") or "")
    old = slack.views.find(view_id)
    payload = _view_payload(slack, args, "views.update", old.payload["type"] if old else None)
    return _view_answer(slack, slack.views.update(view_id, payload, args.get("hash")))


def views_publish(slack: FakeSlack, args: Json) -> Json:
    """Set somebody's Home tab."""
    payload = _view_payload(slack, args, "views.publish", "home")
    user = _user(slack, args.get("user_id"))
    return _view_answer(slack, slack.views.publish(user.id, payload, args.get("hash")))


def files_info(slack: FakeSlack, args: Json) -> Json:
    """One file."""
    file = slack.files.get(str(args.get("file")))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file.to_slack()}


def files_get_upload_url(slack: FakeSlack, args: Json) -> Json:
    """Announce a file."""
    name, length = str(args.get("filename") or ""), int(args.get("length") or 0)
    if not name or length < 1:
        raise SlackError("invalid_arguments")
    alternative = str(args.get("alt_txt") or "")
    if len(alternative) > 1000:
        raise SlackError("invalid_arguments")
    if name.endswith(".png") and not alternative:
        slack.violate("files.getUploadURLExternal", "alt_txt: a picture has to say what it shows")
    return slack.begin_upload(name, length, alternative)


def files_complete_upload(slack: FakeSlack, args: Json) -> Json:
    """Share files that were uploaded, in one conversation."""
    asked = args.get("files")
    files: list[Json] = json.loads(str(asked))
    channel = _writable_channel(slack, {"channel": args.get("channel_id")})
    for each in files:
        if each["id"] not in slack.uploads:
            raise SlackError("file_not_found")
        slack.files[each["id"]] = replace(slack.uploads.pop(each["id"]), shared_in=channel.id)
    return {"files": [slack.files[each["id"]].to_slack() for each in files]}


def files_delete(slack: FakeSlack, args: Json) -> Json:
    """Take a file of the bot's away."""
    file = slack.files.get(str(args.get("file")))
    if file is None:
        raise SlackError("file_not_found")
    if file.owner != slack.bot_user_id:
        raise SlackError("cant_delete_file")
    del slack.files[file.id]
    return {}


def apps_connections_open(slack: FakeSlack, args: Json) -> Json:
    """Where Socket Mode's line is to be opened."""
    if slack.exchange is None:
        raise SlackError("not_allowed")
    return {"url": slack.exchange.url}


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(None, apps_connections_open),
    "auth.test": Method(None, auth_test),
    "users.info": Method("users:read", users_info),
    "users.list": Method("users:read", users_list),
    "users.lookupByEmail": Method("users:read.email", users_lookup_by_email),
    "conversations.open": Method("im:write", conversations_open),
    "conversations.info": Method(None, conversations_info),
    "conversations.members": Method(None, conversations_members),
    "conversations.history": Method(None, conversations_history),
    "chat.postMessage": Method("chat:write", chat_post_message),
    "chat.update": Method("chat:write", chat_update),
    "chat.postEphemeral": Method("chat:write", chat_post_ephemeral),
    "views.open": Method(None, views_open),
    "views.push": Method(None, views_push),
    "views.update": Method(None, views_update),
    "views.publish": Method(None, views_publish),
    "files.info": Method("files:read", files_info),
    "files.getUploadURLExternal": Method("files:write", files_get_upload_url),
    "files.completeUploadExternal": Method("files:write", files_complete_upload),
    "files.delete": Method("files:write", files_delete),
}


def answer_response_url(slack: FakeSlack, key: str, body: Json) -> Message | None:
    """Somebody posts to a response_url. Returns the message that is now there, None if it was deleted."""
    url = slack.urls.use(key)
    check(slack, check_message, body, "response_url", error="invalid_payload")
    original = slack.messages.get(url.origin) if url.origin else None
    if body.get("delete_original"):
        if original:
            slack.remove(original)
        return None
    if "response_type" not in body:
        slack.violate("response_url", "response_type: must be given")
    if body.get("replace_original") and original:
        return slack.edit(original, body)
    only_for = None if body.get("response_type") == "in_channel" else url.user_id
    return slack.post(url.channel, slack.bot_user_id, body, only_for=only_for)


def _without(body: Json, *names: str) -> Json:
    return {name: value for name, value in body.items() if name not in names}


def _message_body(args: Json) -> Json:
    return _without(args, *MESSAGE_FIELDS)


def _user(slack: FakeSlack, user_id: Any) -> User:
    user = slack.users.get(str(user_id))
    if user is None:
        raise SlackError("user_not_found")
    return user


def _page(slack: FakeSlack, everything: list[Any], args: Json) -> tuple[list[Any], Json]:
    """One page and the cursor of the next. A caller that ignores the cursor loses people, as with Slack."""
    try:
        start = int(str(args.get("cursor") or "page:0").removeprefix("page:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + min(int(args.get("limit") or slack.page_limit), slack.page_limit)
    following = f"page:{end}" if end < len(everything) else ""
    return everything[start:end], {"response_metadata": {"next_cursor": following}}


def _readable_channel(slack: FakeSlack, args: Json) -> Channel:
    channel = slack.channels.get(str(args.get("channel")))
    if channel is None or (channel.is_private and not channel.bot_is_member):
        raise SlackError("channel_not_found")
    slack.demand(channel.needs_scope)
    return channel


def _writable_channel(slack: FakeSlack, args: Json) -> Channel:
    """Where the bot may write; a person's id means the conversation with them."""
    name = str(args.get("channel"))
    channel = slack.channels.get(slack.dm_of(name) if name in slack.users else name)
    if channel is None or (channel.is_private and not channel.bot_is_member):
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    if channel.dm_with and _is_deactivated(slack, channel.dm_with) and slack.refuses_deactivated:
        raise SlackError("channel_not_found")
    return channel


def _is_deactivated(slack: FakeSlack, user_id: str) -> bool:
    user = slack.users.get(user_id)
    return user is not None and user.deleted


def _view_payload(slack: FakeSlack, args: Json, method: str, kind: str | None) -> Json:
    payload = args.get("view")
    check(slack, check_view, payload, method, error="invalid_arguments")
    if not isinstance(payload, dict) or (kind and payload["type"] != kind):
        slack.violate(method, f"type: must be {kind}")
        raise SlackError("invalid_arguments")
    return payload


def _view_answer(slack: FakeSlack, view: View) -> Json:
    return {"view": view.to_slack(slack.team_id)}
