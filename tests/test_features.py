"""Nothing of a feature is forgotten: its routes and messages are in the lists, its reminders and files have words."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

import handlers
from bot.notices import Notice
from bot.rules import monday
from bot.rules.records import Scope, Search
from bot.rules.reminders import Item
from bot.rules.school import Role
from bot.services import deliveries, reminders
from bot.services.deliveries import What
from bot.wording import page
from tests import declared
from tests.people import ANN, HANA
from tests.school import School, acting
from tests.test_access import YES, ask, decide
from tests.test_register import files
from tests.test_training import REFRESHER, record
from tests.test_training_evidence import CERTIFICATE

FEATURES = {feature.__name__.rpartition(".")[2] for feature in handlers.FEATURES}


def having(name: str) -> Iterator[ModuleType]:
    """Every module that gives this name itself."""
    return (module for module in declared.modules() if name in declared.assigned(module))


def test_every_route_that_is_declared_is_in_the_table() -> None:
    every = set(handlers.routes())
    for module in having("ROUTES"):
        assert set(module.ROUTES) <= every, module.__name__


def test_every_notice_is_of_a_feature_and_said_by_exactly_one() -> None:
    assert {notice.feature for notice in Notice} <= FEATURES
    said = Counter(notice for feature in handlers.FEATURES for notice in vars(feature).get("NOTICES", ()))
    said.update(list(handlers.deliveries.notices("a key")))
    assert said == Counter(Notice)
    assert set(handlers.letters("a key")) == set(Notice)
    for module in having("NOTICES"):
        assert module.NOTICES.items() <= handlers.letters("a key").items(), module.__name__


def test_everything_that_is_due_is_reminded_of() -> None:
    due: set[Callable[..., object]] = {
        value for module in declared.modules() if (value := vars(module).get("due_items")) is not None
    }
    assert due == set(reminders.SOURCES)


def test_every_reminder_has_its_words_and_its_button_and_no_words_are_left_over() -> None:
    words = {f"{feature}{part}" for feature in reminding() for part in ("", "_button")}
    assert words == set(page("reminders/items").blocks())
    assert reminding() <= FEATURES


def reminding() -> frozenset[str]:
    """Return the features of which something is due, but for the headteacher's week, which stands on top by itself."""
    return frozenset(_reminding()) - {monday.FEATURE}


def _reminding() -> Iterator[str]:
    """Yield the feature of everything that is reminded of: what an `Item` is given first."""
    for module in declared.modules():
        for node in ast.walk(declared.tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Item.__name__:
                first = node.args[0] if node.args else next(kw.value for kw in node.keywords if kw.arg == "feature")
                yield str(declared.evaluated(first, vars(module)))


def test_every_role_has_words() -> None:
    assert set(page("help/roles").blocks()) == set(Role)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────

BEGINS = {"pdf": b"%PDF-", "xlsx": b"PK\x03\x04", "png": b"\x89PNG", "csv": b"\xef\xbb\xbf", "txt": b""}
SUBJECTS: Mapping[What, str] = {
    What.FORM: "AR-1",
    What.EVIDENCE: "1",
    What.RECORDS_CSV: Search(Scope.ALL).written(),
    What.RECORDS_XLSX: Search(Scope.ALL).written(),
}


def test_everything_that_can_be_had_as_a_file_comes_as_what_its_name_says(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    record(school, ANN, REFRESHER, {"Certificate": [school.slack.add_file("cert.pdf", CERTIFICATE, ANN.user_id)]})
    for what in What:
        deliveries.ask(acting(school, HANA), what, SUBJECTS.get(what, ""), press_id=what)
        school.deliver()
        named = what.replace("-", "_")
        said = page("deliveries/view").text(named, subject=SUBJECTS.get(what, ""))
        assert f"{said} is here" in school.people.message(HANA.user_id, said).text
    brought = files(school, HANA)
    assert len(brought) == len(What), "each has a name of its own"
    for name, content in brought.items():
        assert re.fullmatch(r"[A-Za-z0-9-]+\.[a-z]+", name)
        assert content.startswith(BEGINS[name.rpartition(".")[2]])
        assert content
