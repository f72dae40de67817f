"""A window that is changed where it is: which of its questions are the same as before, and which are new ones.

Slack keeps what was entered in an input whose ids stay the same when a view is updated, whatever the new view says
(views.update: "preserving input entry"). Where a press leaves a question as it was, that is welcome: what was half
typed stays. An old answer must never stand for a new question, nor for the same one after it was sent. So every input
of a changed window gets a name of its own, `choice~4f2a91`, unless its question is still the same. Features know
it as `choice`, before and after.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any

from handlers.slack.draw import Drawn

MARK = "~"  # parts a field's name from what makes it new; no name of ours has it
AT_HOME = "at-home"  # what a window keeps that was opened from the Home tab, and whatever comes of it
METADATA = 3000  # characters. https://docs.slack.dev/reference/views/modal-views
NOT_OFFERED = "Please choose one of these."

_SHORTCODE = re.compile(r":[a-z0-9_+-]+:")  # as which Slack brings back a picture among letters
_ASKS = ("options", "option_groups", "hint", "initial")  # if it is gone, the question is another one


def name(block_id: str) -> str:
    """Return the name by which a feature knows an input: `choice` of `choice~4f2a91`."""
    return block_id.partition(MARK)[0]


def inputs(view: Mapping[str, Any]) -> Iterator[Drawn]:
    """Return the inputs of a view, as it was shown."""
    return (block for block in view.get("blocks") or () if block["type"] == "input")


def ids(view: Mapping[str, Any]) -> dict[str, str]:
    """Return name → block id of the inputs of a view, as it was shown."""
    return {name(block["block_id"]): block["block_id"] for block in inputs(view)}


def is_from_home(view: Mapping[str, Any]) -> bool:
    """Return whether a view is the Home tab, or a window that was opened from it."""
    return view.get("type") == "home" or AT_HOME in (view.get("private_metadata") or "")


def from_home(view: Drawn) -> Drawn:
    """Return a window that keeps that it was opened from the Home tab, if there is room for it."""
    kept = {**json.loads(view.get("private_metadata") or "{}"), AT_HOME: True}
    written = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return {**view, "private_metadata": written} if len(written) <= METADATA else view


def asked_anew(view: Drawn, after: str) -> Drawn:
    """Return a view in which every input is new. `after`: something that this person's window never was before."""
    mark = hashlib.sha256(after.encode()).hexdigest()[:8]
    return _renamed(view, {block["block_id"]: f"{block['block_id']}{MARK}{mark}" for block in inputs(view)})


def asked_still(view: Drawn, before: Mapping[str, Any], after: str) -> Drawn:
    """Return a view in which a question that is the same as before keeps what was entered; every other is new.

    It is the same if nothing of it has changed, nor what the window is about. `after`: as in `asked_anew`.
    """
    new = asked_anew(view, after)
    if any((view.get(about) or "") != (before.get(about) or "") for about in ("callback_id", "private_metadata")):
        return new
    shown = {name(block["block_id"]): block for block in inputs(before)}
    same = {
        block["block_id"]: shown[asked]["block_id"]
        for block in inputs(new)
        if (asked := name(block["block_id"])) in shown and _is_same(_question(block), _question(shown[asked]))
    }
    return _renamed(new, same)


def _question(block: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in block.items() if key != "block_id"}


def _is_same(drawn: Any, shown: Any) -> bool:
    """Compare what would be drawn with what Slack has brought back: it adds what we left out, and rewrites signs."""
    if isinstance(drawn, Mapping):
        if not isinstance(shown, Mapping):
            return False
        gone = any(key.startswith(_ASKS) and value and key not in drawn for key, value in shown.items())
        return not gone and all(_is_same(value, shown.get(key)) for key, value in drawn.items())
    if isinstance(drawn, list):
        return isinstance(shown, list) and len(drawn) == len(shown) and all(map(_is_same, drawn, shown))
    if isinstance(drawn, str):
        return isinstance(shown, str) and _letters(drawn) == _letters(shown)
    return bool(drawn == shown)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, _SHORTCODE.sub("", unescape(text))))


def _renamed(view: Drawn, new: Mapping[str, str]) -> Drawn:
    def renamed(block: Drawn) -> Drawn:
        is_input = block["type"] == "input"
        return {**block, "block_id": new.get(block["block_id"], block["block_id"])} if is_input else block

    return {**view, "blocks": [renamed(block) for block in view["blocks"]]}


def was_offered(element: Mapping[str, Any], chosen: str | Iterable[Any]) -> bool:
    """Return whether a choice was among those that an element shows; one that asks while somebody types shows none."""
    options, groups = element.get("options"), element.get("option_groups")
    if options is None and groups is None:
        return True
    options = [*(options or ()), *(each for group in groups or () for each in group["options"])]
    offered = {option["value"] for option in options}
    return {chosen} <= offered if isinstance(chosen, str) else set(chosen) <= offered
