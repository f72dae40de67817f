"""Every block of wording that the code asks for is there, whatever record it speaks of; and none is left over."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from functools import cache

from bot.notices import BY_OFFICE
from bot.reading.roll.named import News
from bot.rules import access, breaches, content, permissions, training, training_rounds
from bot.rules.consent import ledger, undo_import
from bot.rules.consent.answer import Purpose
from bot.rules.documents import What
from bot.rules.filter import register
from bot.rules.policy import changes, review
from bot.rules.posting import checks, take_downs
from bot.rules.school import Audience, Role
from bot.rules.search import Scope
from bot.services import reminders
from bot.services.breaches import RISKS
from bot.services.features import FEATURES
from bot.wording import TEMPLATES, page
from handlers import DECIDED_AT_HOME, deliveries
from handlers.parts import standing
from handlers.parts.checked import OPENERS
from handlers.posting.checks import PLACES
from handlers.search import OF_A_POST
from handlers.slack import mishaps
from tests import wordings
from tests.front.test_features import of_records, reminding


def by_name(before: str, *kinds: type[Enum]) -> frozenset[str]:
    """A block for each member, after its name: state_awaiting_head."""
    return frozenset(f"{before}{member.name.lower()}" for kind in kinds for member in kind)


def by_value(before: str, kind: type[StrEnum]) -> frozenset[str]:
    """A block for each member, after what is written for it: method_form."""
    return frozenset(f"{before}{member.value.replace(' ', '_').replace('-', '_')}" for member in kind)


def of_offices(before: str) -> frozenset[str]:
    """A block for everything that whoever holds an office is told of, and by a colleague if they have no account."""
    return frozenset(f"{before}{notice.name.lower()}" for notice in BY_OFFICE)


# How a request stands: as its own state says, or as what became of it in the filter.
STANDING = by_name("state_", access.State, register.State)
# Place → the blocks that it may ask for, where the text of the module alone does not tell.
AT_WORK: Mapping[str, frozenset[str]] = {
    "bot.services.documents.forms: f'state_{state.name.lower()}'": STANDING,
    "bot.services.documents.overview_words: role": by_value("", Role),
    "bot.services.school.setting_up: role": by_value("", Role),
    "handlers.policy.changes: change.kind.value": by_value("", changes.Kind),
    "handlers.content: f'state_{content.DESK.standing(record)}'": by_name("state_", content.State),
    "handlers.deliveries: block": frozenset({"removed", "ready", "empty", "sealed", *deliveries._NOT_MADE.values()}),
    "handlers.deliveries: found.what.replace('-', '_')": by_value("", What),
    "handlers.parts.standing: feature": standing.RECORDS,
    "handlers.home.lines: f'asks_{waiting.feature}'": frozenset(
        f"asks_{pages.desk.feature}" for pages in DECIDED_AT_HOME
    ),
    "handlers.consent.history: f'method_{occasion.method}'": by_value("method_", ledger.Method),
    "bot.services.permissions: f'what_{what}'": by_value("what_", permissions.What),
    "bot.services.consent.roll_names: what.value": by_value("", News),
    "handlers.consent.undo_import: f'built_{built.value}'": by_value("built_", undo_import.Built),
    "handlers.parts.checked: f'letter_{OPENERS[found.result.verdict]}'": frozenset(
        f"letter_{each}" for each in OPENERS.values()
    ),
    "handlers.posting.checks: checked.OPENERS[result.verdict]": frozenset(OPENERS.values()),
    "handlers.posting.checks: PLACES[place.verdict]": frozenset(PLACES.values()),
    "handlers.posting.checks: f'mend_{each}'": by_value("mend_", checks.Question),
    "handlers.posting.take_downs: f'outcome_{each.name.lower()}'": by_name("outcome_", take_downs.Outcome),
    "handlers.posting.take_downs: f'outcome_{item.line.outcome.name.lower()}'": by_name("outcome_", take_downs.Outcome),
    "handlers.posting.take_downs: f'state_{view.state.name.lower()}'": by_name("state_", take_downs.State),
    "handlers.search: f'title_{asked.scope}'": by_value("title_", Scope),
    "bot.services.breaches: each.name.lower()": frozenset(each.name.lower() for each in breaches.TO_DO),
    "bot.services.breaches: f'whose_{each}'": by_value("whose_", breaches.Whose),
    "bot.services.breaches: f'data_{each.name.lower()}'": by_name("data_", breaches.Data),
    "bot.services.breaches: f'kind_{form.kind.name.lower()}'": by_name("kind_", breaches.Kind),
    "bot.services.breaches: f'risk_{risk}'": frozenset(f"risk_{each}" for each in RISKS),
    "handlers.breaches: each.name.lower()": frozenset(each.name.lower() for each in breaches.TO_DO),
    "handlers.search: words": frozenset(words for _, words in OF_A_POST),
    "handlers.policy.search: each.replace('.', '_')": frozenset(
        door.opens.replace(".", "_") for feature in FEATURES for door in feature.clauses
    ),
    "handlers.policy.review: f'state_{found.state.name.lower()}'": by_name("state_", review.State),
    "handlers.policy.review: role.value": by_value("", Role),
    "handlers.filter.register: f'event_{step.event.name.lower()}'": by_name("event_", register.Event),
    "handlers.consent.looks: entry.purpose.value.replace(' ', '_')": by_value("", Purpose),
    "handlers.parts.filter_lines: label": frozenset({"allow", "block", "either"}),
    "handlers.reminders: each.name.lower()": by_name("", reminders.Later),
    "handlers.reminders: each.state.name.lower()": by_name("", reminders.State) - {"open"},
    "handlers.parts.reminded: entry.feature": reminding(),
    "handlers.parts.reminded: own": frozenset(f"{feature}_button" for feature in reminding()),
    "handlers.relays: f'kind_{found.relay.notice.name.lower()}'": of_offices("kind_"),
    "handlers.relays: f'need_{found.relay.notice.name.lower()}'": of_offices("need_"),
    "handlers.slack.mishaps: block": frozenset(mishaps._SAID_AS.values()),
    "handlers.slack.mishaps: what": frozenset({"unexpected", "undelivered"}),
    "handlers.training.register: f'for_{line.audience.value}'": by_value("for_", Audience),
    "handlers.training.rounds: f'state_{proposal.state.value}'": by_name("state_", training_rounds.State)
    - {"state_open"},
    "handlers.training.view: state.name.lower()": by_name("", training.State),
}


@cache
def asked() -> tuple[wordings.Asked, ...]:
    return tuple(wordings.asked())


def names(each: wordings.Asked) -> frozenset[str]:
    return AT_WORK[each.place] if each.names is None else each.names


def test_what_the_text_alone_does_not_tell_is_said_here() -> None:
    assert {each.place for each in asked() if each.names is None} == set(AT_WORK)


def test_every_block_that_is_asked_for_is_there() -> None:
    missing = {
        f"{each.place} of {found.name}": names(each) - set(found.blocks())
        for each in asked()
        for found in each.pages
        if not names(each) <= set(found.blocks())
    }
    assert missing == {}


def test_every_kind_of_record_has_words_for_whatever_its_procedure_says() -> None:
    missing = {pages.words.name: pages.wordings() - set(pages.words.blocks()) for pages in of_records()}
    assert len(missing) == 5
    assert {name: blocks for name, blocks in missing.items() if blocks} == {}


def test_a_list_of_all_forms_has_the_words_of_each() -> None:
    assert set(page("access/view").blocks()) >= STANDING
    assert set(page("content/view").blocks()) >= by_name("state_", content.State)
    assert set(page("permissions/view").blocks()) >= by_name("state_", permissions.State)


def test_no_wording_is_left_over() -> None:
    used: dict[str, set[str]] = {}
    for each in asked():
        for found in each.pages:
            used.setdefault(found.name, set()).update(names(each))
    every = [path.relative_to(TEMPLATES).with_suffix("").as_posix() for path in TEMPLATES.rglob("*.j2")]
    for pages in of_records():
        used.setdefault(pages.words.name, set()).update(pages.wordings())
    over = {name: set(page(name).blocks()) - used.get(name, set()) for name in sorted(every)}
    assert {name: blocks for name, blocks in over.items() if blocks} == {}
