"""Every window that changes where it is, as Slack changes it: what was entered stays under the same ids.

What is used was found by walking through the routes (`collecting`), so that a new window is walked through by itself.
"""

from collections import Counter
from pathlib import Path

import pytest

from handlers.requests import Kind
from tests.slack.forms import State
from tests.slack.rules import Json
from tests.slack.views import View
from tests.soak.outsiders import opened
from tests.soak.soaking import Judge, Soak
from tests.soak.staging import Stage

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has to do with it

Ids = tuple[str, str]  # block_id, action_id


def questions(view: View) -> dict[Ids, Json]:
    """Return what is asked in a window, with what the window is about: an answer to one is no answer to another."""
    about = {"form": view.callback_id, "metadata": view.private_metadata}
    return {
        (block["block_id"], block["element"]["action_id"]): {**block, **about}
        for block in view.blocks
        if block["type"] == "input"
    }


def kept(before: State, after: View) -> set[Ids]:
    """Return under which ids Slack keeps what was entered."""
    entered = {(block_id, action_id) for block_id, elements in before.items() for action_id in elements}
    return entered & set(questions(after))


def test_no_answer_stands_for_another_question(kind: str, soak: Soak, tmp_path: Path) -> None:
    changed, stayed, wrong = Counter[str](), Counter[str](), list[str]()
    with opened(soak, tmp_path / "walked.db") as school:
        judge = Judge(Stage(school))
        for seed in soak.seeds:
            staged = judge.stage.stage(seed)
            before = staged.place
            if not isinstance(before, View) or not before.is_modal or not questions(before):
                continue
            _, problems = judge.send(staged, staged.body)
            way = f"{seed.way} {seed.name}"
            wrong += [f"{way}: {problem}" for problem in problems]
            after = school.slack.views.find(before.id)
            if after is None or after.hash == before.hash or not questions(after):
                continue
            changed[way] += 1
            for ids in kept(seed.state, after):
                stayed[way] += 1
                if seed.way == Kind.FORM.value:
                    wrong.append(f"{way}: what was sent still stands under {ids}")
                elif questions(before).get(ids) != questions(after)[ids]:
                    wrong.append(f"{way}: under {ids} something else is asked now")
    assert wrong == []
    assert len([way for way in changed if way.startswith("form ")]) >= 10
    assert sum(changed.values()) >= 40
    assert sum(stayed.values()) >= 4  # what was half typed, after a press
