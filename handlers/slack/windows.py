"""A window that is changed where it is: which of its questions are the same as before, and which are new ones.

Slack keeps what was entered in an input whose ids stay the same when a view is updated, whatever the new view says
(views.update: "preserving input entry"). After a press that is welcome: what was half typed stays. After a form was
sent, the next view asks something else, and an old answer must never stand for a new question. So every input of such
a view gets a name of its own: `choice~4f2a91`. Features know it as `choice`, before and after.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from handlers.slack.draw import Drawn

MARK = "~"  # parts a field's name from what makes it new; no name of ours has it
NOT_OFFERED = "Please choose one of these."


def name(block_id: str) -> str:
    """Return the name by which a feature knows an input: `choice` of `choice~4f2a91`."""
    return block_id.partition(MARK)[0]


def inputs(view: Mapping[str, Any]) -> Iterator[Drawn]:
    """Return the inputs of a view, as it was shown."""
    return (block for block in view.get("blocks") or () if block["type"] == "input")


def ids(view: Mapping[str, Any]) -> dict[str, str]:
    """Return name → block id of the inputs of a view, as it was shown."""
    return {name(block["block_id"]): block["block_id"] for block in inputs(view)}


def asked_next(view: Drawn, before: Mapping[str, Any]) -> Drawn:
    """Return the view that follows on a form that was sent, in which nothing that was entered there still stands.

    A form that asks nothing of what the one before asked has no need of new names, unless it is the same form again:
    whatever it asked some windows ago might come back.
    """
    again = view.get("callback_id") == before.get("callback_id")
    return asked_anew(view, str(before["hash"])) if again or ids(view).keys() & ids(before).keys() else view


def asked_anew(view: Drawn, after: str) -> Drawn:
    """Return a view in which every input is new. `after`: something that this person's window never was before."""
    mark = hashlib.sha256(after.encode()).hexdigest()[:8]
    return _renamed(view, {block["block_id"]: f"{block['block_id']}{MARK}{mark}" for block in inputs(view)})


def asked_still(view: Drawn, before: Mapping[str, Any]) -> Drawn:
    """Return a view in which the inputs that were there before keep what was entered."""
    return _renamed(view, ids(before))


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
