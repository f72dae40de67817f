"""What Slack remembers: people, channels, messages and files of one workspace. No HTTP in here.

Everything handed out is a frozen snapshot; what changes is replaced. `SlackError` is an answer with ok: false.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

from tests.slack.reading import lines, readable
from tests.slack.rules import Json


class SlackError(Exception):
    """Slack says no: `error` is its code, `details` go into the answer beside it."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


def escaped(text: str) -> str:
    """What somebody typed, or is called, as Slack passes it on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class User:
    """A member, guest, bot or stranger, as the workspace knows them."""

    id: str
    name: str
    email: str
    real_name: str
    team_id: str
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    is_owner: bool = False
    tz: str = "Europe/London"
    teams: tuple[str, ...] = ()  # on an Enterprise Grid: every workspace that they belong to
    hides_address: bool = False  # a workspace may keep addresses to itself, whatever the scopes

    def to_slack(self, scopes: frozenset[str]) -> Json:
        """The user object. A deactivated person's has no roles, and the address needs a scope of its own."""
        names = {"real_name": escaped(self.real_name), "display_name": escaped(self.name)}
        profile: Json = {**names, "team": self.team_id}
        if "users:read.email" in scopes and not self.is_bot and not self.hides_address:
            profile["email"] = escaped(self.email)
        shared: Json = {"id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted}
        shared |= {"profile": profile, "is_bot": self.is_bot, "is_app_user": False, "updated": 0}
        if self.teams:
            shared["enterprise_user"] = {"id": self.id, "enterprise_id": "E0TRUST", "teams": list(self.teams)}
        if self.deleted:
            return shared
        roles = ("is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "tz")
        shared |= {role: getattr(self, role) for role in roles} | {"is_primary_owner": False}
        shared["real_name"] = escaped(self.real_name)
        return shared | ({"is_stranger": True} if self.is_stranger else {})


@dataclass(frozen=True)
class Channel:
    """A public or private channel, or (with `dm_with`) one person's conversation with the bot."""

    id: str
    name: str
    members: frozenset[str]
    is_private: bool = False
    is_ext_shared: bool = False
    bot_is_member: bool = True
    dm_with: str | None = None
    is_archived: bool = False

    @property
    def needs_scope(self) -> str:
        """The scope for reading about it."""
        return "im:read" if self.dm_with else "groups:read" if self.is_private else "channels:read"

    def to_slack(self) -> Json:
        """The conversation object."""
        if self.dm_with:
            return {"id": self.id, "is_im": True, "user": self.dm_with, "is_org_shared": False}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": self.bot_is_member,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "num_members": len(self.members),
        }


class UserMarks(TypedDict, total=False):
    """What may be said about a person beside their names and address."""

    team_id: str
    is_restricted: bool
    is_ultra_restricted: bool
    is_bot: bool
    deleted: bool
    is_stranger: bool
    is_admin: bool
    is_owner: bool
    tz: str
    teams: tuple[str, ...]
    hides_address: bool


class ChannelMarks(TypedDict, total=False):
    """What may be said about a channel beside its name and members."""

    is_private: bool
    is_ext_shared: bool
    bot_is_member: bool
    is_archived: bool


@dataclass(frozen=True)
class Message:
    """One state of one message. `only_for`: the single person who can see it, if it is ephemeral."""

    channel: str
    ts: str
    author: str
    fallback: str
    blocks: list[Json]
    revision: int
    only_for: str | None = None
    thread_ts: str | None = None
    edited: bool = False
    metadata: Json | None = None  # shown to apps that ask for it, never to people
    names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def text(self) -> str:
        """What its reader sees: the blocks, or `text` where there are none."""
        return "\n".join(lines(self.blocks, self.names)) if self.blocks else readable(self.fallback, self.names)

    def to_slack(self) -> Json:
        """The message object of payloads and answers."""
        body: Json = {"type": "message", "ts": self.ts, "user": self.author, "text": self.fallback}
        body |= {"blocks": copy.deepcopy(self.blocks)} if self.blocks else {}
        body |= {"thread_ts": self.thread_ts} if self.thread_ts else {}
        return body | ({"edited": {"user": self.author, "ts": self.ts}} if self.edited else {})


@dataclass(frozen=True)
class StoredFile:
    """An uploaded file with its content."""

    id: str
    name: str
    mimetype: str
    content: bytes
    owner: str
    url: str
    shared_in: str = ""  # the conversation in which the bot shared it
    alternative: str = ""  # what a screen reader says of a picture

    def to_slack(self) -> Json:
        """The file object, as in the state of a file_input."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2].lower(),
            "user": self.owner,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "url_private": self.url,
            "url_private_download": f"{self.url}?download=1",
        }


class World:
    """One workspace. All its methods may be called from several threads."""

    def __init__(self, now: Callable[[], datetime], *, team_id: str, bot_user_id: str) -> None:
        self.now = now
        self.team_id = team_id
        self.bot_user_id = bot_user_id
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, StoredFile] = {}  # begun, and shown to nobody yet
        self.names: dict[str, str] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self.violations: list[str] = []
        self.revision = 0
        self._serial = 0
        self._apps = 0  # how often the app was made anew

    def violate(self, where: str, problem: str) -> None:
        """Remember something that must not happen."""
        self.violations.append(f"{where}: {problem}")

    def serial(self, prefix: str = "") -> str:
        """The next identifier; never the same twice."""
        with self.lock:
            self._serial += 1
            return f"{prefix}{self._serial:05d}"

    def timestamp(self) -> str:
        """A message's ts: seconds by the fake's clock, and a running number that keeps the order."""
        return f"{int(self.now().timestamp())}.{self.serial():0>6}"

    def add_user(
        self, user_id: str, name: str, email: str, *, real_name: str | None = None, **marks: Unpack[UserMarks]
    ) -> User:
        """Add a person, to the bot's own team unless `team_id` says otherwise."""
        with self.lock:
            all_marks: UserMarks = {"team_id": self.team_id, **marks}
            user = User(user_id, name, email, real_name or name, **all_marks)
            self.users[user_id] = user
            self.names[user_id] = user.real_name
            return user

    def change_user(self, user_id: str, **changes: Any) -> User:
        """Deactivate, promote, rename…: any field of User."""
        with self.lock:
            self.users[user_id] = replace(self.users[user_id], **changes)
            self.names[user_id] = self.users[user_id].real_name
            return self.users[user_id]

    def add_channel(
        self, channel_id: str, name: str, members: Iterable[str] = (), **marks: Unpack[ChannelMarks]
    ) -> Channel:
        """Add a channel. The bot is a member unless told otherwise."""
        with self.lock:
            self.channels[channel_id] = Channel(channel_id, name, frozenset(members), **marks)
            return self.channels[channel_id]

    def change_channel(self, channel_id: str, **changes: Any) -> Channel:
        """Any field of Channel; members may be any collection."""
        if "members" in changes:
            changes["members"] = frozenset(changes["members"])
        with self.lock:
            self.channels[channel_id] = replace(self.channels[channel_id], **changes)
            return self.channels[channel_id]

    def dm_of(self, user_id: str) -> str:
        """The id of a person's conversation with the bot; the same every time."""
        channel_id = f"D{user_id[1:]}{self._apps or ''}"
        with self.lock:
            if channel_id not in self.channels:
                self.channels[channel_id] = Channel(channel_id, "directmessage", frozenset({user_id}), dm_with=user_id)
        return channel_id

    def make_app_anew(self) -> None:
        """The app is removed and made once more: it has other conversations with everybody, and none of the old."""
        with self.lock:
            self._apps += 1
            self.channels = {key: channel for key, channel in self.channels.items() if not channel.dm_with}

    def post(self, channel: str, author: str, body: Json, *, only_for: str | None = None) -> Message:
        """Keep a new message. Whether it may be posted is for the caller to know."""
        with self.lock:
            self.revision += 1
            message = Message(
                channel=channel,
                ts=self.timestamp(),
                author=author,
                fallback=str(body.get("text", "")),
                blocks=self.with_ids(body.get("blocks") or []),
                revision=self.revision,
                only_for=only_for,
                thread_ts=body.get("thread_ts"),
                names=self.names,
                metadata=body.get("metadata"),
            )
            self.messages[channel, message.ts] = message
            return message

    def edit(self, message: Message, body: Json) -> Message:
        """Replace the content of a message."""
        with self.lock:
            self.revision += 1
            content: Json = {"fallback": str(body.get("text", "")), "blocks": self.with_ids(body.get("blocks") or [])}
            changed = replace(message, **content, edited=True, revision=self.revision)
            self.messages[message.channel, message.ts] = changed
            return changed

    def remove(self, message: Message) -> None:
        """Take a message away; nobody sees it any more."""
        with self.lock:
            self.revision += 1
            self.messages.pop((message.channel, message.ts), None)

    def say(self, user_id: str, channel: str, text: str) -> Message:
        """A person writes in a channel. `text` is what they typed."""
        return self.post(channel, user_id, {"text": escaped(text)})

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """A copy in which Slack has named the blocks that the app left without a block_id."""
        return [{**copy.deepcopy(block), "block_id": block.get("block_id") or self.serial("b")} for block in blocks]

    def sees(self, user_id: str, message: Message) -> bool:
        """Whether this person can read a message: it is in their channel and, if ephemeral, addressed to them."""
        channel = self.channels.get(message.channel)
        if channel is None or message.only_for not in (None, user_id):
            return False
        return user_id in channel.members or message.only_for == user_id or not (channel.is_private or channel.dm_with)

    def visible(self, user_id: str, *, since: int = 0, channel: str | None = None) -> Iterator[Message]:
        """What this person can read, oldest change first. `since`: only what changed after that revision."""
        with self.lock:
            everything = sorted(self.messages.values(), key=lambda message: message.revision)
        for message in everything:
            if message.revision > since and channel in (None, message.channel) and self.sees(user_id, message):
                yield message

    def history(self, channel: str) -> list[Message]:
        """What an administrator's export of the channel shows: every message but the ephemeral ones."""
        with self.lock:
            kept = [m for m in self.messages.values() if m.channel == channel and m.only_for is None]
        return sorted(kept, key=lambda message: message.ts)
