"""Nothing of a feature is forgotten: its routes and messages are in the lists, its reminders and files have words."""

import ast
import pkgutil
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import handlers
from bot.changes import SightChanged
from bot.notices import Notice
from bot.rules.breaches import Kind as Sort
from bot.rules.breaches import Whose, Written
from bot.rules.consent.looks import Narrowed
from bot.rules.documents import What
from bot.rules.procedures import Procedure, Turn
from bot.rules.reminders import week
from bot.rules.reminders.stages import Item
from bot.rules.school import Role
from bot.rules.search import Scope, Search
from bot.services import breaches, features, record_turns
from bot.services.documents import deliveries
from bot.wording import page
from handlers.parts.records import Pages
from handlers.requests import EVERYONE, Kind
from tests import declared
from tests.access.test_access import YES, ask, decide
from tests.filter.test_register import files
from tests.people import ANN, HANA, PRIYA
from tests.permissions.test_permissions import ask as ask_permission
from tests.school import School, acting
from tests.training.test_evidence import CERTIFICATE
from tests.training.test_training import REFRESHER, record

# By their names in the services, and those of what only gathers: reminders, deliveries.
FEATURES = {feature.name for feature in features.FEATURES} | {
    each.__name__.rpartition(".")[2] for each in handlers.FEATURES
}


def having(name: str) -> Iterator[ModuleType]:
    """Every module that gives this name itself."""
    return (module for module in declared.modules() if name in declared.assigned(module))


def test_every_route_that_is_declared_is_in_the_table() -> None:
    every = set(handlers.routes())
    for module in having("ROUTES"):
        assert set(module.ROUTES) <= every, module.__name__


def of_records() -> list[Pages[Any]]:
    """The pages of every kind of record, which ask for their words by what the procedure says."""
    named = ((module, name) for module in declared.modules() for name in declared.assigned(module))
    return [found for module, name in named if isinstance(found := vars(module)[name], Pages)]


# A window that is only looked at; an address; what is asked of Slack beside its methods.
NO_ROUTE = {"training.window", "slack.com", "files.download", "files.upload"}


def test_every_button_and_form_that_is_shown_leads_to_a_route_and_every_route_is_led_to() -> None:
    routes = {kind: {route.name for route in handlers.routes() if route.kind is kind} for kind in Kind}
    answered = routes[Kind.BUTTON] | routes[Kind.OPTIONS]
    forms, others, due = set[str](), set[str](), set[str]()
    for module in declared.modules():
        sent, named = _actions(declared.tree(module))
        forms |= sent
        if module.__name__.startswith("handlers."):
            others |= named
        else:
            due |= named  # of these only the buttons of reminders are shown: the others name what was done
    for pages in of_records():  # whose names are put together from the feature's
        forms |= {route.name for route in pages.routes() if route.kind is Kind.FORM}
        others |= {route.name for route in pages.routes() if route.kind is Kind.BUTTON}
    assert forms - NO_ROUTE == routes[Kind.FORM] >= routes[Kind.CLOSED]
    assert others - NO_ROUTE <= answered <= others | due


def _actions(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return what forms are sent as, and whatever else is named like a route: "access.open", "access.open:3"."""
    declaring = [
        node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ROUTES"
    ]
    sending = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "form"]
    left_out = {id(node) for each in (*declaring, *sending) for node in ast.walk(each)}
    others = (node for node in ast.walk(tree) if id(node) not in left_out)
    return set(_dotted(node for each in sending for node in ast.walk(each))), set(_dotted(others))


def _dotted(nodes: Iterable[ast.AST]) -> Iterator[str]:
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    for text in texts:
        if found := re.fullmatch(r"([a-z_]+\.[a-z_]+)(:.*)?", text):
            yield found[1]


def test_every_notice_is_of_a_feature_and_said_by_exactly_one() -> None:
    assert {notice.feature for notice in Notice} <= FEATURES
    said = Counter(notice for feature in handlers.FEATURES for notice in vars(feature).get("NOTICES", ()))
    assert said == Counter(Notice)
    assert set(handlers.letters()) == set(Notice)
    for module in having("NOTICES"):
        assert module.NOTICES.items() <= handlers.letters().items(), module.__name__


def test_everything_that_is_due_is_reminded_of() -> None:
    due: set[Callable[..., object]] = {
        value for module in declared.modules() if (value := vars(module).get("due_items")) is not None
    }
    nothing = features.Feature("nothing").due_items
    due.remove(record_turns.due_items)  # what the spine gives to its features by itself
    given = {feature.due_items for feature in features.FEATURES} - {nothing}
    own = {each.args[-1] if isinstance(each, partial) else each for each in given}
    assert due == own - {nothing}


@pytest.mark.parametrize("way", declared.procedures().values(), ids=declared.procedures())
def test_every_procedure_has_its_feature_to_which_the_spine_gives_all_it_has(way: Procedure) -> None:
    feature, nothing = features.NAMED[way.feature], features.Feature("nothing")
    for name in ("due_items", "waiting", "next_in_line", "tick", "derive"):
        assert getattr(feature, name) is not getattr(nothing, name), name
    assert SightChanged in feature.reacts
    assert {way.waits.feature, way.stands.feature} == {way.feature}


def test_every_reminder_has_its_words_and_its_button_and_no_words_are_left_over() -> None:
    words = {f"{feature}{part}" for feature in reminding() for part in ("", "_button")}
    assert words == set(page("reminders/items").blocks())
    assert reminding() <= FEATURES


def reminding() -> frozenset[str]:
    """Return the features of which something is due, but for the headteacher's week, which stands on top by itself."""
    return frozenset(_reminding()) - {week.FEATURE}


def _reminding() -> Iterator[str]:
    """Yield the feature of everything that is reminded of: what an `Item` is given first."""
    for module in declared.modules():
        for node in ast.walk(declared.tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Item.__name__:
                first = node.args[0] if node.args else next(kw.value for kw in node.keywords if kw.arg == "feature")
                if ast.unparse(first) == "way.feature":  # on the spine: the features of all procedures
                    yield from {way.feature for way in declared.procedures().values()}
                else:
                    yield str(declared.evaluated(first, vars(module)))


def test_every_role_has_words() -> None:
    assert set(page("help/roles").blocks()) == set(Role)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────

BEGINS = {"pdf": b"%PDF-", "xlsx": b"PK\x03\x04", "png": b"\x89PNG", "csv": b"\xef\xbb\xbf", "txt": b""}
SUBJECTS: Mapping[What, str] = {
    What.FORM: "AR-1",
    What.EVIDENCE: "1",
    What.LOOKS: Narrowed().written(),
    What.ROLL_NAMES: "import:1",
    What.RECORDS_CSV: Search(Scope.ALL).written(),
    What.RECORDS_XLSX: Search(Scope.ALL).written(),
}


def test_everything_that_can_be_had_as_a_file_comes_as_what_its_name_says(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    record(school, ANN, REFRESHER, {"Certificate": [school.slack.add_file("cert.pdf", CERTIFICATE, ANN.user_id)]})
    written = Written(Sort.LOST, (Whose.CHILDREN,), (), None, school.clock.instant, "A list was lost.", "", "")
    subjects = {**SUBJECTS, What.BREACH: breaches.log(acting(school, HANA), written, caused_by=None, form_id="1").name}
    for what in What:
        who = PRIYA if what is What.LOOKS else HANA  # nobody else has the log of who looked
        deliveries.ask(acting(school, who), what, subjects.get(what, ""), press_id=what)
        school.deliver()
        named = what.replace("-", "_")
        said = page("deliveries/view").text(named, subject=subjects.get(what, ""))
        assert f"{said} is here" in school.people.message(who.user_id, said).text
    brought = files(school, HANA) | files(school, PRIYA)
    assert len(brought) == len(What), "each has a name of its own"
    for name, content in brought.items():
        assert re.fullmatch(r"[A-Za-z0-9-]+\.[a-z]+", name)
        assert content.startswith(BEGINS[name.rpartition(".")[2]])
        assert content


def test_every_handler_but_those_in_slacks_own_folder_is_kept_from_slack() -> None:
    contracts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["tool"]["importlinter"]
    (kept,) = [each for each in contracts["contracts"] if each["name"] == "Only few modules speak to Slack itself"]
    every = {module.name for module in pkgutil.iter_modules(handlers.__path__, "handlers.")}
    assert every - {"handlers.slack"} <= set(kept["source_modules"])


@pytest.mark.parametrize("way", declared.procedures().values(), ids=declared.procedures())
def test_every_record_on_the_spine_is_reminded_of_in_words_of_its_own(way: Procedure) -> None:
    words = {"name": f"{way.kind}-7", "since": "Mon 23 Nov 2026", "is_due": True, "is_mine": True}
    said = {what: page("reminders/items").text(way.feature, what=what, **words) for what in ("waits", "nobodys")}
    assert f"*{way.kind}-7 waits for you*" in said["waits"]
    settled = {**words, "is_due": False, "is_mine": False}
    assert "wait" not in page("reminders/items").text(way.feature, what="waits", **settled)
    assert "nobody at the school can" in said["nobodys"]
    if way.asking:
        assert "question" in page("reminders/items").text(way.feature, what="question", **words)


@pytest.mark.parametrize("pages", of_records(), ids=lambda pages: pages.desk.kind)
def test_there_is_one_way_to_do_whatever_can_be_done_with_a_record(pages: Pages[Any]) -> None:
    """An event without a button is one that nobody could ever take."""
    of_buttons = Counter(event for events in pages.buttons.values() for event in events)
    for way in pages.desk.ways.values():
        for state, turns in way.turns.items():
            for event, whose in turns.items():
                is_answer = way.is_askers(state, event) and event in way.spoken
                assert of_buttons[event] == (0 if whose is Turn.CLOCK or is_answer else 1), event


@pytest.mark.parametrize("pages", of_records(), ids=lambda pages: pages.desk.kind)
def test_whoever_may_do_something_with_a_record_is_let_in_by_its_button(pages: Pages[Any]) -> None:
    routes = {route.name.partition(".")[2]: route.roles for route in pages.routes() if route.kind is Kind.BUTTON}
    for name, events in pages.buttons.items():
        for way in pages.desk.ways.values():
            assert way.roles(events) <= routes[name] or routes[name] == EVERYONE


def test_every_kind_but_the_confidential_is_on_the_home_of_whoever_asked(school: School) -> None:
    ask(school)
    ask_permission(school)
    home = school.home(ANN).text
    assert "AR-1" in home
    assert "PR-1" in home
