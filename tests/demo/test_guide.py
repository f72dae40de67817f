"""The card's steps, every one played against the running demo as somebody new would do it."""

import json
import re
import signal
from collections.abc import Iterator

import pytest

from tests.browser.local_slack import LocalSlack
from tests.browser.workspace import PEOPLE, PROJECT, Json, LocalSlackError
from tests.demo.card import _answer
from tests.demo.guide import GUIDED, OTHERS, Fill, Place, Press, Step, Type, everybody
from tests.demo.test_tour import URL, open_demo, stop

PATIENCE = 15.0  # seconds
SCREEN = 25  # lines of a page that are seen before anybody scrolls
STEPS = [(persona.name, step) for persona in everybody() for step in persona.steps]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalSlack, str]]:
    """The local Slack of a demo whose tour is over, and all that the demo has said. It is stopped in the end."""
    folder = tmp_path_factory.mktemp("demo")
    with open_demo(folder) as (process, said):
        found = URL.search(said)
        assert found
        yield LocalSlack(folder / "guest", port=int(found[1])), said
        stop(process, said, signal.SIGTERM)
    assert '"event": "stopped"' in (folder / "bot.log").read_text().splitlines()[-1]


def test_everybody_is_named_and_the_three_have_a_few_steps(opened: tuple[LocalSlack, str]) -> None:
    assert {persona.name for persona in everybody()} == {person.real_name for person in PEOPLE}
    assert {persona.role.split()[0] for persona in GUIDED} == {"teacher", "school", "headteacher,"}
    assert all(3 <= len(persona.steps) <= 5 for persona in GUIDED)
    assert all(len(persona.steps) == 1 for persona in OTHERS)
    card = _words(opened[1].split("Now you")[1])
    for name, step in STEPS:
        assert name in card
        for word in (step.why, *_labels(step)):
            assert _words(word) in card


# One test for all of it: what a step leaves behind is there for the next, as it is for whoever follows the card.
def test_every_step_can_be_done(opened: tuple[LocalSlack, str]) -> None:
    slack, _ = opened
    for name, step in STEPS:
        _play(slack, name, step)


def test_the_readmes_first_question_has_the_answer_that_stands_there(opened: tuple[LocalSlack, str]) -> None:
    first_screen = "".join((PROJECT / "README.md").read_text(encoding="utf-8").splitlines(keepends=True)[:SCREEN])
    question = first_screen.split("```")[1].strip()
    quoted = [line.removeprefix(">") for line in first_screen.splitlines() if line.startswith(">")]
    (said,) = opened[0].command("ann", question)
    answer = [block.get("text", block) for block in said["blocks"] if block["type"] != "actions"]
    texts = [part["text"] if "text" in part else part["elements"][0]["text"] for part in answer]
    assert _plain(" ".join(quoted)) == _plain(" ".join(texts))


def test_a_step_whose_button_is_not_there_fails(opened: tuple[LocalSlack, str]) -> None:
    for place in (Place.HOME, Place.MESSAGES, Place.STAFFROOM):
        with pytest.raises(LocalSlackError, match="button"):
            _play(opened[0], "Hana Rees", Step("", place, (Press("Launch"),)), patience=0.1)


def _play(slack: LocalSlack, name: str, step: Step, patience: float = PATIENCE) -> None:
    """Do a step as it stands on the card, and see what it promises. Raises LocalSlackError."""
    for act in step.acts:
        match act:
            case Type(command):
                assert step.place is Place.STAFFROOM
                slack.command(name, command)
            case Press():
                assert slack.current_view() is None, "buttons inside a window do nothing in the local Slack"
                _press(slack, name, step.place, act, patience)
            case Fill(answers, label):
                _fill(slack, name, answers, label)
    if step.see:
        slack.wait_until(lambda: step.see in _screen(slack, name, step.place) or None, f"{step.see!r} ({step.why})")
    if step.gone:
        slack.wait_until(lambda: step.gone not in json.dumps(slack.home_of(name)) or None, f"no {step.gone!r}")
    if slack.current_view():
        slack.close_view(name)


def _fill(slack: LocalSlack, name: str, answers: tuple[tuple[str, str | tuple[str, ...]], ...], label: str) -> None:
    view = slack.wait_for_view()
    assert view["submit"]["text"] == label
    questions = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    assert {question for question, _ in answers} <= set(questions)
    # As the local Slack's own page sends it, which forgets what was filled in beforehand.
    values = {question: answer if isinstance(answer, str) else list(answer) for question, answer in answers}
    outcome = slack.submit_view(name, values, keep_initial=False)
    assert outcome.errors == {}


def _press(slack: LocalSlack, name: str, place: Place, press: Press, patience: float) -> None:
    if place is Place.HOME:
        slack.press_home(name, _button(slack.open_home(name)["blocks"], press)["action_id"])
        return
    channel = "staffroom" if place is Place.STAFFROOM else name

    def newest() -> Json | None:
        hits = [message for message in slack.messages(channel) if _holds(message.get("blocks", []), press)]
        return hits[-1] if hits else None

    # It may still be on its way: Lanyard writes to nobody more than once a second.
    message = slack.wait_until(newest, f"the button {press}", patience)
    slack.press(name, press.label, channel=channel, ts=message["ts"])


def _holds(blocks: list[Json], press: Press) -> bool:
    labels = [element["text"]["text"] for block in blocks for element in _buttons(block)]
    return press.label in labels and press.near in json.dumps(blocks, ensure_ascii=False)


def _button(blocks: list[Json], press: Press) -> Json:
    """Return the button beside these words: in the same block, or in the one below them."""
    for before, block in zip([{}, *blocks], blocks, strict=False):
        for element in _buttons(block):
            beside = json.dumps([before.get("text"), block.get("text")], ensure_ascii=False)
            if element["text"]["text"] == press.label and press.near in beside:
                return element
    raise LocalSlackError(f"there is no button {press}")


def _buttons(block: Json) -> list[Json]:
    elements = [*block.get("elements", []), *filter(None, [block.get("accessory")])]
    return [element for element in elements if element.get("type") == "button"]


def _screen(slack: LocalSlack, name: str, place: Place) -> str:
    """Return what is to be read: the open window, else the newest message there."""
    shown: Json | None = slack.current_view()
    if shown is None and place is not Place.HOME:
        shown = slack.messages("staffroom" if place is Place.STAFFROOM else name)[-1]
    return json.dumps(shown, ensure_ascii=False).replace("*", "")


def _labels(step: Step) -> Iterator[str]:
    """Yield all that the card has to say of a step."""
    for act in step.acts:
        match act:
            case Type(command):
                yield command
            case Press(label, near):
                yield from (f"[ {label} ]", near)
            case Fill(answers, label):
                yield from (question for question, _ in answers)
                yield from (_answer(answer) for _, answer in answers)
                yield f"[ {label} ]"


def _plain(text: str) -> str:
    """Return text without the marks for bold and for the end of a line."""
    return _words(re.sub(r"[*\\]", "", text))


def _words(text: str) -> str:
    """Return text without the card's frame and line ends."""
    return re.sub(r"[\s│]+", " ", text).strip()
