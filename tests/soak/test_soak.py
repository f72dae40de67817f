"""Whatever a payload holds: answered or refused plainly, no mistake of ours in the log, nothing Slack would refuse."""

import json
from collections.abc import Iterator

import pytest

import handlers
from handlers.requests import Kind
from tests.people import ANN, HANA, OLU
from tests.school import School
from tests.slack.payloads import JSON
from tests.slack.rules import Json
from tests.soak.soaking import Judge, Soak
from tests.soak.staging import EVENT, Seed, Stage, Staged

SHARE, SEED = 600, 2026  # of the payloads that `make soak` sends

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # what is refused hangs on no database


@pytest.fixture
def judge(school: School) -> Judge:
    return Judge(Stage(school))


def test_every_way_in_is_tried_and_what_is_valid_is_taken(kind: str, soak: Soak) -> None:
    tried = {(seed.way, seed.name) for seed in soak.seeds}
    assert {(route.kind.value, route.name) for route in handlers.routes()} <= tried
    assert soak.not_taken == []


def test_a_share_of_the_soak(kind: str, soak: Soak) -> None:
    wrong = [str(each) for each in soak.run(SHARE, SEED)]
    assert wrong == []
    assert soak.sent == SHARE


# ── each kind of mishap that the soak has found ────────────────────────────────────────────────────────────────────


def ways(school: School) -> Iterator[Seed]:
    """Yield one way of each kind, with everything in it that is read."""
    window = school.command(OLU, "/consent-record", "Fatima van Dijk").view
    pick = school.command(OLU, "/consent-record").view
    assert window
    assert pick
    state = {"choice": {"choice": {"type": "static_select", "selected_option": {"value": "x"}}}}
    pressed = {"type": "button", "action_id": "ledger.task:history", "block_id": "b", "value": "history:1"}
    picked = {"action_id": "ledger.pupil", "block_id": "pupil", "value": "a"}
    opened = {"type": "app_home_opened", "user": OLU.user_id, "channel": "D0OLU", "tab": "home"}
    yield Seed(Kind.COMMAND.value, "/consent-record", OLU.user_id, said={"text": "Jamie"})
    yield Seed(Kind.BUTTON.value, "ledger.task", OLU.user_id, window, pressed)
    yield Seed(Kind.FORM.value, "ledger.record", OLU.user_id, window, state=state)
    yield Seed(Kind.CLOSED.value, "imports.apply", OLU.user_id, window, state=state)
    yield Seed(Kind.OPTIONS.value, "ledger.pupil", OLU.user_id, pick, picked)
    yield Seed(Kind.SHORTCUT.value, "ledger.form", OLU.user_id)
    yield Seed(Kind.HOME.value, "home", OLU.user_id, said=opened)


NEEDED = ("user", "user_id", "view", "actions", "trigger_id", "callback_id", "team_id", "event")


@pytest.mark.parametrize("wrong", [None, [], {}, 5, "\ud800"])
def test_what_has_not_the_shape_of_what_slack_sends_is_refused_plainly(judge: Judge, wrong: object) -> None:
    refused = 0
    for seed in ways(judge.stage.school):
        for name in NEEDED:
            staged = judge.stage.stage(seed)
            if name not in staged.body or (seed.way == Kind.COMMAND.value and wrong != "\ud800"):
                continue
            status, problems = judge.send(staged, {**staged.body, name: wrong})
            assert (status in {200, 400, 404}, problems) == (True, []), (seed.way, name)
            refused += status == 400
    assert refused >= 8


def view_of(staged: Staged, **changes: object) -> Json:
    return {**staged.body, "view": {**staged.body["view"], **changes}}


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("state", {"values": []}),
        ("state", {"values": {"choice": 5}}),
        ("state", {"values": {"choice": {"choice": {"selected_option": {}}}}}),
        ("blocks", [None]),
        ("blocks", [{"type": "input"}]),
        ("blocks", [{"type": "input", "block_id": "x", "element": {"type": "checkboxes", "options": [{}]}}]),
        ("private_metadata", {"number": 1}),
        ("hash", None),
        ("id", None),
    ],
)
def test_a_view_that_is_none_is_refused_plainly(judge: Judge, part: str, wrong: object) -> None:
    for seed in ways(judge.stage.school):
        if seed.way in {Kind.BUTTON.value, Kind.FORM.value, Kind.CLOSED.value}:
            staged = judge.stage.stage(seed)
            assert judge.send(staged, view_of(staged, **{part: wrong})) == (400, [])


def test_a_form_without_a_name_is_not_known(judge: Judge) -> None:
    for seed in ways(judge.stage.school):
        if seed.way in {Kind.FORM.value, Kind.CLOSED.value}:
            staged = judge.stage.stage(seed)
            assert judge.send(staged, view_of(staged, callback_id=None)) == (200, [])


def test_what_slack_leaves_empty_is_no_mistake(judge: Judge) -> None:
    for seed in ways(judge.stage.school):
        if seed.way in {Kind.BUTTON.value, Kind.FORM.value}:
            empty: tuple[Json | None, ...] = (None, {}, {"values": None}, {"values": {}})
            for state in empty:
                staged = judge.stage.stage(seed)
                assert judge.send(staged, view_of(staged, state=state)) == (200, [])


@pytest.mark.parametrize("content", ["", "{", "null", "5", "[]", '"x"', "[" * 5000, '{"enterprise": 5}'])
def test_what_cannot_be_read_is_refused_at_the_door(judge: Judge, content: str) -> None:
    status, answer = judge.stage.post(content, JSON)
    assert status in {400, 404}
    assert answer == ""


def test_a_form_without_the_field_that_is_wrong_says_it_all_the_same(judge: Judge) -> None:
    school = judge.stage.school
    window = school.press(OLU, school.more(OLU), "Import the roll").view
    staged = judge.stage.stage(Seed(Kind.FORM.value, "imports.read", OLU.user_id, window))
    assert judge.send(staged, view_of(staged, blocks=[], state={"values": {}})) == (200, [])
    shown = school.top(OLU)
    assert shown is not None
    assert "⚠️" in shown.text


def test_a_button_that_changes_its_window_opens_one_where_there_is_none(judge: Judge) -> None:
    school = judge.stage.school
    pressed = {"type": "button", "action_id": "register.turn", "block_id": "b", "value": "0"}
    school.home(HANA)
    home = Seed(Kind.BUTTON.value, "register.turn", HANA.user_id, school.slack.home(HANA.user_id), pressed)
    message = school.slack.post(school.slack.dm_of(HANA.user_id), school.slack.bot_user_id, {"text": "Hello"})
    for seed in (home, Seed(Kind.BUTTON.value, "register.turn", HANA.user_id, message, pressed)):
        staged = judge.stage.stage(seed)
        assert judge.send(staged, staged.body) == (200, [])
        shown = school.top(HANA)
        assert shown is not None
        assert shown.title == "Web filter"


@pytest.mark.parametrize("user", [None, "U0ANN", {}, {"id": 5}, {"id": "U0ANN", "profile": []}])
def test_a_change_of_nobody_changes_nobody(judge: Judge, user: object) -> None:
    school = judge.stage.school
    school.command(ANN, "/lanyard")
    seed = Seed(EVENT, "user_change", ANN.user_id, said={"type": "user_change", "user": user})
    staged = judge.stage.stage(seed)
    assert judge.send(staged, staged.body) == (200, [])


def test_no_half_of_a_letter_comes_to_the_database(judge: Judge) -> None:
    school = judge.stage.school
    form = school.press(ANN, school.command(ANN, "/training"), "Record", near="Online safety refresher").view
    assert form
    kept = json.loads(form.private_metadata)
    staged = judge.stage.stage(Seed(Kind.FORM.value, "training.record", ANN.user_id, form))
    forged = view_of(staged, private_metadata=json.dumps({**kept, "class": "\ud800", "person": 0}))
    assert judge.send(staged, forged) == (200, [])
