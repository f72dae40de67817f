"""What Slack delivers, in the house's own words: what was typed, pressed, chosen, entered and brought back."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from bot.errors import BadInput
from handlers.requests import OLD_FORM, Entered, Kind, SentFile, Window
from handlers.slack import windows

Body = Mapping[str, Any]
Fetch = Callable[[Mapping[str, Any]], bytes]  # Slack's file object → its content

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of surrogate pairs


class Arrived(NamedTuple):
    """One request as Slack delivered it, before anybody is trusted."""

    kind: Kind
    name: str
    team_id: str
    user_id: str
    channel_id: str
    body: Body

    @property
    def is_in_modal(self) -> bool:
        """Return whether it comes from a form or a window."""
        return bool(view_of(self.body).get("type") == "modal")


def arrived(kind: Kind, body: Body) -> Arrived:
    """Return a request of a sound shape, by who and where, and the name of its route."""
    if kind is Kind.COMMAND:
        return _from(kind, str(body["command"]), body, body, str(body["user_id"]))
    if kind is Kind.HOME:
        return _from(kind, "home", body, body, str(body["event"]["user"]))
    names: Mapping[Kind, Callable[[], Any]] = {
        Kind.BUTTON: lambda: body["actions"][0]["action_id"],
        Kind.FORM: lambda: body["view"].get("callback_id") or "",
        Kind.CLOSED: lambda: body["view"].get("callback_id") or "",
        Kind.OPTIONS: lambda: body["action_id"],
        Kind.SHORTCUT: lambda: body["callback_id"],
    }
    # Several buttons that do the same in one block differ behind the colon: their ids must be unique there.
    name = str(names[kind]()).split(":", 1)[0]
    return _from(kind, name, body, body.get("team") or {}, str(body["user"]["id"]))


def at_home(before: Arrived) -> Arrived:
    """Return that somebody is to see their Home tab, as if they had opened it."""
    return Arrived(Kind.HOME, "home", before.team_id, before.user_id, "", {})


def _from(kind: Kind, name: str, body: Body, team: Body, user_id: str) -> Arrived:
    # `user.team_id` is not looked at: on an Enterprise Grid it is the home workspace, perhaps of a school that somebody
    # works for besides this one. Who belongs is judged by `rules.people.standing`.
    return Arrived(
        kind=kind,
        name=name,
        team_id=str(team.get("id") or body.get("team_id") or ""),
        user_id=user_id,
        channel_id=str(body.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        body=body,
    )


def read(body: Body) -> dict[str, Any]:
    """Return what was asked, by the names of `Request`. Raises BadInput for what no window of ours brings back."""
    action, view = _action(body), view_of(body)
    chosen = action.get("selected_option") or action
    return {
        "text": storable(as_written(str(body.get("text") or ""))).strip(),
        "value": storable(chosen.get("value") or action.get("selected_date") or ""),
        "typed": storable(body.get("value") or ""),
        "window": window(body),
        "metadata": _metadata(view),
        "pressed_at": str(action.get("action_ts") or ""),
        "request_id": f"{view.get('id', '')}:{view.get('hash', '')}",
    }


def view_of(body: Body) -> Body:
    """Return the view that was sent or in which something was pressed; {} outside a view."""
    found: Body = body.get("view") or {}
    return found


def window(body: Body) -> Window | None:
    """Return the form or window that was sent or pressed in; None for a message or the Home tab."""
    view = view_of(body)
    if view.get("type") != "modal":
        return None
    return Window(str(view["id"]), str(view.get("callback_id") or ""))


def entered(body: Body, fetch: Fetch) -> dict[str, Entered]:
    """Return field name → what was entered where the form asks for it, and nothing else that was sent with it.

    Raises BadInput for a choice that the form did not offer, or an answer of another kind than it asks for.
    """
    view = view_of(body)
    values: Body = (view.get("state") or {}).get("values") or {}
    found: dict[str, Entered] = {}
    for block in windows.inputs(view):
        name, shown = windows.name(block["block_id"]), block["element"]
        # Some Slack-alikes send nothing for an input that was left as it was shown.
        held = list((values.get(block["block_id"]) or {}).values())
        answer = _entered(held[-1], fetch) if held else _initial(shown)
        if not answer and not block.get("optional"):
            answer = _initial(shown)
        if answer and (_is_list(shown) != isinstance(answer, list) or not windows.was_offered(shown, answer)):
            raise BadInput(windows.NOT_OFFERED, fields={name: windows.NOT_OFFERED})
        found[name] = answer or ([] if _is_list(shown) else "")
    return found


def _is_list(element: Body) -> bool:
    """Return whether several things can be entered in an element."""
    return element["type"] in {"checkboxes", "file_input"} or element["type"].startswith("multi_")


def as_written(text: str) -> str:
    """Return a text as somebody wrote it: Slack writes `&`, `<` and `>` as entities, each of them once."""
    # The ampersand last: `&amp;lt;` is `&lt;`.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def account(user: Mapping[str, Any]) -> dict[str, Any]:
    """Return Slack's user object with the names as their bearers write them."""
    profile = {**(user.get("profile") or {})}
    for names, keys in ((read_user := {**user}, ("real_name",)), (profile, ("real_name", "email"))):
        names |= {key: as_written(names[key]) for key in keys if names.get(key)}
    return {**read_user, "profile": profile}


def storable(text: str) -> str:
    """Return a text without what no database takes; nobody can see it."""
    return _NO_TEXT.sub("", text)


def _action(body: Body) -> Body:
    pressed: Body = (body.get("actions") or ({},))[0]
    return pressed


def _metadata(view: Body) -> dict[str, Any]:
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, RecursionError) as error:
        raise BadInput(OLD_FORM) from error
    if not isinstance(kept, dict):
        raise BadInput(OLD_FORM)
    return {name: storable(value) if isinstance(value, str) else value for name, value in kept.items()}


def _entered(element: Body, fetch: Fetch) -> Entered:
    if element["type"] == "file_input":
        files = element.get("files") or ()
        return [SentFile(str(each.get("name") or "file"), partial(fetch, each)) for each in files]
    if "selected_options" in element:
        return [storable(chosen["value"]) for chosen in element["selected_options"] or ()]
    if element.get("selected_option"):
        return storable(element["selected_option"]["value"])
    return storable(element.get("value") or element.get("selected_date") or "")


def _initial(element: Body) -> Entered:
    if element.get("initial_option"):
        return str(element["initial_option"]["value"])
    if element.get("initial_options"):
        return [str(chosen["value"]) for chosen in element["initial_options"]]
    return str(element.get("initial_value") or element.get("initial_date") or "")
