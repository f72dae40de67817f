"""Every kind of payload, with every field of it left out or null in turn: answered or refused plainly, nothing breaks.

The fields are those of the payload itself, however deep, so that a new one is tried by itself.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.requests import Kind
from tests.people import OLU
from tests.school import School
from tests.slack.rules import Json
from tests.soak.mutations import DRAWN, HANDLES
from tests.soak.soaking import Judge
from tests.soak.staging import EVENT, Seed, Stage
from tests.soak.test_soak import ways

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # what is refused hangs on no database

MISSING = object()
SOME = 2  # entries of a list that are tried; the others are of the same making


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each field of a payload, but for what only says how something looked."""
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = [(name, value) for name, value in node.items() if not path or name not in DRAWN]
    elif isinstance(node, list):
        children = list(enumerate(node[:SOME]))
    for name, value in children:
        yield (*path, name)
        yield from places(value, (*path, name))


def without(body: Json, path: tuple[Any, ...], instead: object) -> Json:
    """Return the payload with one field left out, or null."""
    changed: Any = copy.deepcopy(body)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    if instead is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = instead
    return changed  # type: ignore[no-any-return]


def every(school: School) -> list[Seed]:
    user = school.slack.user_object(OLU.user_id)
    said = {"user": OLU.user_id, "channel": school.slack.dm_of(OLU.user_id), "channel_type": "im", "text": "Hello"}
    return [
        *ways(school),
        Seed(EVENT, "user_change", OLU.user_id, said={"type": "user_change", "user": user}),
        Seed(EVENT, "message", OLU.user_id, said={"type": "message", "ts": "1.2", **said}),
    ]


@pytest.mark.parametrize("instead", [MISSING, None], ids=["left out", "null"])
def test_a_field_that_is_missing_breaks_nothing(school: School, instead: object) -> None:
    judge, wrong, tried = Judge(Stage(school)), list[str](), dict[str, int]()
    for seed in every(school):
        if instead is None and seed.way == Kind.COMMAND.value:
            continue  # a form has no null
        for path in places(judge.stage.stage(seed).body):
            staged = judge.stage.stage(seed)
            named = ".".join(map(str, path))
            is_handle = any(named.endswith(handle) for handle in HANDLES) or path[-1] in {"view", "user"}
            status, problems = judge.send(staged, without(staged.body, path, instead), is_handle_forged=is_handle)
            way = f"{seed.way} {seed.name}"
            tried[way] = tried.get(way, 0) + 1
            if status not in {200, 400, 404} or problems:
                wrong.append(f"{way}: {named}: {status} {problems}"[:300])
    assert wrong == []
    assert {seed.way for seed in every(school)} >= {each.value for each in Kind}
    assert min(tried.values()) >= 8, tried
