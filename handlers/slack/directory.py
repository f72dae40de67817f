"""What Slack knows about people and places: who is a full member, and who else is in the room."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import Busy, Misconfigured, NotFound
from bot.rules.people import Standing, standing
from handlers.slack import incoming, shape
from handlers.slack.calling import Caller, NoReplyError, not_accepted, part, trouble, worded

REMEMBERED_SECONDS = 300.0  # a room's members are asked for again after five minutes
NO_ACCOUNT = {"user_not_found", "user_not_visible"}  # an answer, as against none
SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_shared", "is_org_shared")  # with another organisation
PAGE = 200  # Slack's advice for users.list and conversations.members


class Home(NamedTuple):
    """Where the bot is installed. `ids`: by which school.toml may name it; `scopes`: none where Slack says nothing."""

    name: str
    team_id: str
    ids: frozenset[str]
    is_whole_grid: bool  # an Enterprise Grid: the token is for each of its workspaces
    scopes: frozenset[str]

    def is_of(self, workspace: str) -> bool:
        """Return whether the token is for a workspace."""
        return self.is_whole_grid or workspace in self.ids


class Directory:
    """Asks Slack, and remembers rooms for a short while."""

    def __init__(self, client: Caller, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._remembered: dict[tuple[str, str], tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def user(self, user_id: str) -> Mapping[str, Any]:
        """Return a Slack user object. Raises Busy; NotFound where Slack answers that it has no such account."""
        try:
            return _account(part(self._client.users_info(user=user_id), "user"))
        except SlackApiError as error:
            if worded(error) in NO_ACCOUNT:
                raise NotFound(NO_ANSWER) from error
            raise Busy(NO_ANSWER) from error
        except NoReplyError as error:
            raise Busy(NO_ANSWER) from error

    def user_by_email(self, email: str) -> Mapping[str, Any] | None:
        """Return the Slack user with this address, None if there is none. Raises Busy, in words for the IT lead."""
        try:
            return _account(part(self._client.users_lookupByEmail(email=email), "user"))
        except SlackApiError as error:
            if worded(error) == "users_not_found":
                return None
            raise Busy(NOT_LOOKED_UP.format(trouble=trouble(error))) from error
        except NoReplyError as error:
            raise Busy(NOT_LOOKED_UP.format(trouble=trouble(error))) from error

    def workspace(self) -> Home:
        """Return the workspace whose token we have. Raises Misconfigured, in words for the IT lead."""
        try:
            answer = self._client.auth_test()
        except SlackClientError as error:
            raise Misconfigured(not_accepted("SLACK_BOT_TOKEN", error)) from error
        said = answer.data if isinstance(answer.data, Mapping) else {}
        ids = frozenset(str(said[name]) for name in ("team_id", "enterprise_id") if said.get(name))
        scopes = str(answer.headers.get("x-oauth-scopes", "")).split(",")
        return Home(
            str(said.get("team") or "?"),
            str(said.get("team_id") or "?"),
            ids,
            is_whole_grid=bool(said.get("is_enterprise_install")),
            scopes=frozenset(filter(None, map(str.strip, scopes))),
        )

    def members(self) -> list[Mapping[str, Any]]:
        """Return every account of the workspace, those that are closed too. Raises Busy, in words for the IT lead."""
        try:
            return [_account(user) for user in self._pages("users_list", "members")]
        except (SlackApiError, NoReplyError) as error:
            raise Busy(trouble(error)) from error

    def is_private_place(self, team_id: str, user_id: str, channel_id: str) -> bool:
        """Return whether pupil data may be answered here: our direct message, or a room of this school's staff only.

        Whatever cannot be seen into (a private room without the bot, somebody else's direct message) is not private.
        """
        if channel_id.startswith("D"):
            return bool(channel_id == self._remember("im", user_id, lambda: self._own_message_channel(user_id)))
        return bool(self._remember("room", channel_id, lambda: self._is_staff_room(team_id, channel_id)))

    def forget(self) -> None:
        """Ask about every room again."""
        with self._lock:
            self._remembered.clear()

    def _own_message_channel(self, user_id: str) -> str:
        try:
            return str(part(self._client.conversations_open(users=user_id), "channel", "id"))
        except (SlackApiError, NoReplyError):
            return ""

    def _is_staff_room(self, team_id: str, channel_id: str) -> bool:
        try:
            room = part(self._client.conversations_info(channel=channel_id), "channel")
            if not isinstance(room, Mapping) or any(room.get(mark) for mark in SHARED):
                return False
            members = set(map(str, self._pages("conversations_members", "members", channel=channel_id)))
            outsiders = self._remember("outsiders", team_id, lambda: self._outsiders(team_id))
        except (SlackApiError, NoReplyError):
            return False
        return not outsiders.intersection(members)

    def _outsiders(self, team_id: str) -> frozenset[str]:
        """Return the guests and strangers of the workspace. Bots see no answer that is private, and are left out."""
        users = map(_account, self._pages("users_list", "members"))
        return frozenset(
            user["id"]
            for user in users
            if standing(user, team_id) is Standing.OUTSIDER and not user.get("is_bot") and user["id"] != "USLACKBOT"
        )

    def _pages(self, method: str, key: str, **arguments: Any) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            answer = getattr(self._client, method)(limit=PAGE, cursor=cursor, **arguments)
            page = part(answer, key)
            if not isinstance(page, list):
                raise NoReplyError(f"an answer without {key}")
            found += page
            more = answer.get("response_metadata")
            cursor = str(more.get("next_cursor") or "") if isinstance(more, Mapping) else ""
            if not cursor:
                return found

    def _remember(self, kind: str, key: str, ask: Callable[[], Any]) -> Any:
        with self._lock:
            known = self._remembered.get((kind, key))
        if known and self._seconds() - known[0] < REMEMBERED_SECONDS:
            return known[1]
        answer = ask()
        if answer or kind == "outsiders":  # "cannot see into it" may be mended within the minute: asked again
            with self._lock:
                self._remembered[kind, key] = (self._seconds(), answer)
        return answer


def _account(user: Any) -> Mapping[str, Any]:
    """Return an account that Slack tells of. Raises NoReplyError for anything else."""
    if not shape.is_account(user):
        raise NoReplyError("an answer without an account")
    return incoming.account(user)


NO_ANSWER = "Slack did not say who you are just now. Nothing was changed: try again in a minute."
NOT_LOOKED_UP = (
    "Slack did not say whose addresses these are ({trouble}), so nothing of the school was changed. "
    "Run: python -m bot doctor"
)
