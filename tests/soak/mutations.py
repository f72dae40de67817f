"""What may be wrong with a payload: each way of being wrong takes a body and changes one place in it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.slack.rules import Json

Place = tuple[Any, Any, str]  # what holds it, its key there, its path for people
LONG = 100_000  # letters
HOSTILE = (
    "<!channel>",
    "<https://evil.example|Click>",
    "&lt;&amp;",
    "\u202egnp.\u200f\u2066",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "👩‍👩‍👧‍👦" * 40,
    "`*_~>",
    "{{ 7 * 7 }}",
    "'; DROP TABLE person;--",
    "\n" * 200,
    " ",
    "%s%n",
    "＜!here＞",
)
NUMBERS = ("0", "-1", str(10**30), "１２", "²", "1e3", " 7", "999999999", "2147483648", "0x1", "NaN")
VALUES = (*NUMBERS, "3:token", "::", ":", "1:", ":1", "1:2:3:4", "AR-1", "AR-999999999", "CR-0", "person:0", "every:9")
METADATA = ("{", "[]", "null", '"x"', "{}", '{"number":1}', '{"number":"1"}', '{"number":null}', "[" * 3000)
OTHERS: tuple[Any, ...] = (5, -1, 10**30, 1.5, True, False, [], {}, [None], ["x"], {"a": 1}, "x", "", [[]], {"id": {}})
USERS = ("U0OZ", "U0GUS", "U0NOBODY", "USLACKBOT", "", "u0ann", "<@U0HANA>", "U0ANN", "U0HANA")
TEAMS = ("T0OTHER", "", "E0GRID", "<!channel>")
DAYS = ("2026-02-30", "0001-01-01", "9999-12-31", "２０２６-１１-２３", "soon", "2026-11-23T09:00", "20261123", "")
# Whatever only says how something looked: Slack sends it back, and nothing reads it.
DRAWN = {"text", "label", "hint", "placeholder", "confirm", "title", "style", "close", "submit"}
# Slack's own handles: another text there is one that Slack has never given, and it says so when it is used.
HANDLES = {"trigger_id", "response_url", "hash", "view.id", "event.user"}


def mutated(body: Json, chance: random.Random, pool: Sequence[Json]) -> tuple[Any, list[str]]:
    """Return a body with one to four things wrong, and what they are. `pool`: other bodies, to take parts from."""
    wrong: Any = copy.deepcopy(body)
    done: list[str] = []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        mutate = chance.choice(EVERY)
        done.append(mutate(wrong, chance, pool))
    if chance.random() < 0.02:
        return _not_json(wrong, chance), [*done, "body: no object"]
    return wrong, done


def replaces_a_handle(done: Sequence[str]) -> bool:
    """Tell whether one of Slack's own handles may have been replaced."""
    return any(each.partition(" ")[0].endswith(tuple(HANDLES)) or each.startswith("view ") for each in done)


def _not_json(body: Any, chance: random.Random) -> Any:
    written = json.dumps(body)
    texts = ("", "{", "null", "[]", "5", '"x"', "\ud7ff", "[" * 5000, written[: len(written) // 2], written + "}")
    return chance.choice(texts)


def _places(node: Any, path: str = "") -> Iterator[Place]:
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = [*node.items()]
    elif isinstance(node, list):
        children = [*enumerate(node)]
    for key, value in children:
        if key in DRAWN and path:
            continue
        here = f"{path}.{key}" if path else str(key)
        yield node, key, here
        yield from _places(value, here)


def _any(body: Any, chance: random.Random, wanted: Callable[[Any, Any], bool] = lambda _key, _value: True) -> Place:
    """Choose a place: one of the view's blocks less often than others, for there are many of them."""
    found = [place for place in _places(body) if wanted(place[1], place[0][place[1]])]
    few = [place for place in found if ".blocks." not in place[2]]
    if few and chance.random() < 0.8:
        found = few
    return chance.choice(found) if found else ({"": ""}, "", "nowhere")


def _put(place: Place, value: Any, what: str) -> str:
    holder, key, path = place
    holder[key] = value
    return f"{path} {what}"


def _dropped(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    holder, key, path = _any(body, chance)
    del holder[key]
    return f"{path} left out"


def _null(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    return _put(_any(body, chance), None, "null")


def _other_type(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    value = chance.choice(OTHERS)
    return _put(_any(body, chance), copy.deepcopy(value), f"= {value!r}"[:40])


def _text(texts: Callable[[random.Random], str]) -> Callable[[Any, random.Random, Sequence[Json]], str]:
    def mutate(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
        text = texts(chance)
        return _put(_any(body, chance, lambda _key, value: isinstance(value, str)), text, f"= {text[:30]!r}")

    return mutate


def _entered(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    """What somebody enters, types or presses is what handlers read most: hostile, odd or long."""
    entered = {"value", "selected_date", "private_metadata", "action_id", "block_id", "callback_id"}
    if "command" in body:
        entered = {"text"}
    text = chance.choice((*HOSTILE, *VALUES, *DAYS, "x" * LONG))
    return _put(_any(body, chance, lambda key, _value: key in entered), text, f"= {text[:30]!r}")


def _metadata(body: Any, chance: random.Random, pool: Sequence[Json]) -> str:
    others = [view["private_metadata"] for each in pool if (view := each.get("view")) and view.get("private_metadata")]
    text = chance.choice((*METADATA, *others))
    return _put(_any(body, chance, lambda key, _value: key == "private_metadata"), text, f"= {text[:60]!r}")


def _inside_metadata(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    place = _any(body, chance, lambda key, value: key == "private_metadata" and str(value).startswith("{"))
    try:
        kept = json.loads(place[0][place[1]])
        holder, key, path = chance.choice(list(_places(kept)))
    except (ValueError, IndexError, TypeError, RecursionError):
        return "nothing kept"
    holder[key] = chance.choice((*OTHERS, *VALUES, *HOSTILE, *DAYS, None))
    return _put(place, json.dumps(kept), f"{path} = {holder[key]!r}"[:60])


def _forged(body: Any, chance: random.Random, pool: Sequence[Json]) -> str:
    """Press with the value of another button, or send another form under this name."""
    others = [action["value"] for each in pool for action in each.get("actions", ()) if action.get("value")]
    value = chance.choice((*VALUES, *others))
    return _put(_any(body, chance, lambda key, _value: key == "value"), value, f"= {value[:40]!r}")


def _other_view(body: Any, chance: random.Random, pool: Sequence[Json]) -> str:
    views = [each["view"] for each in pool if each.get("view")]
    if not isinstance(body.get("view"), dict) or not views:
        return "no view"
    other = chance.choice(views)
    parts = chance.sample(("state", "blocks", "private_metadata", "callback_id", "type"), 2)
    # Of another type is another window: Slack knows by its id which one it is.
    for part in (*parts, *(("id", "hash") if "type" in parts else ())):
        body["view"][part] = copy.deepcopy(other.get(part))
    return f"view.{' and '.join(parts)} of another"


def _not_offered(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    def chosen(key: Any, value: Any) -> bool:
        return key in {"selected_option", "selected_options"} and bool(value or key == "selected_options")

    holder, key, path = _any(body, chance, chosen)
    value = chance.choice((*VALUES, *HOSTILE, "x" * LONG))
    option: Any = {"text": {"type": "plain_text", "text": "?"}, "value": value}
    several = chance.choice(([option], [option, option], [option] * 300, []))
    return _put((holder, key, path), several if key == "selected_options" else option, f"= {value[:30]!r}")


def _empty_state(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    if not isinstance(body.get("view"), dict):
        return "no view"
    body["view"]["state"] = chance.choice(({"values": {}}, {}, None, {"values": None}, {"values": []}))
    return "view.state empty"


def _whose(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    """Somebody else's, or another workspace's."""
    if chance.random() < 0.7:
        text, keys = chance.choice(USERS), {"user_id", "user"}
    else:
        text, keys = chance.choice(TEAMS), {"team_id", "team"}
    holder, key, path = _any(body, chance, lambda key, _value: key in keys)
    if isinstance(holder[key], dict):
        holder, key, path = holder[key], "id", f"{path}.id"
    return _put((holder, key, path), text, f"= {text!r}")


def _list(body: Any, chance: random.Random, _pool: Sequence[Json]) -> str:
    place = _any(body, chance, lambda _key, value: isinstance(value, list))
    value = place[0][place[1]] or [None]
    changed = chance.choice((value * 2, value[::-1], value[:-1], [*value, None], value * 150))
    return _put(place, copy.deepcopy(changed[:400]), "more or fewer")


EVERY: tuple[Callable[[Any, random.Random, Sequence[Json]], str], ...] = (
    _dropped,
    _dropped,
    _null,
    _null,
    _other_type,
    _other_type,
    _text(lambda chance: chance.choice(HOSTILE)),
    _text(lambda chance: chance.choice((*NUMBERS, *DAYS))),
    _text(lambda _chance: "x" * LONG),
    _entered,
    _entered,
    _metadata,
    _inside_metadata,
    _inside_metadata,
    _forged,
    _other_view,
    _not_offered,
    _empty_state,
    _whose,
    _list,
)
