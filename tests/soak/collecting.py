"""Finds valid payloads for every way in: uses whatever is shown, and what that leads to, and keeps how it was done."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import handlers
from handlers.requests import Kind
from tests import policies
from tests.consent.test_imports import sample
from tests.people import ANN, COL, HANA, OLU, OPEN_DAY, PRIYA, STAFFROOM, Someone
from tests.school import School
from tests.slack.controls import Control, pressable
from tests.slack.forms import KINDS
from tests.slack.payloads import Place
from tests.slack.rules import Json, every_option
from tests.slack.views import View
from tests.soak.staging import EVENT, Seed, Stage, filled
from tests.training.test_evidence import CERTIFICATE

PEOPLE = (HANA, OLU, ANN, PRIYA, COL)  # between them they hold every role
EACH = 2  # payloads kept for one person and one way in, of commands three times as many
TYPED = {
    "/consent": ("", "Jamie", "3B for website video", "Fatima van Dijk"),
    "/consent-record": ("", "Fatima van Dijk", "Jamie"),
    "/post-check": ("", "Fatima van Dijk, 3B for twitter photo"),
    "/policy": ("", "phone photos"),
    "/training": ("", "Ann"),
}
PROSE = "Because the class needs it."
# What a form asks for → a file that it takes.
FILES = {
    "csv": ("roll.csv", sample(lambda rows: rows.pop(1))),
    "docx": ("policy.txt", policies.text(policies.changed()).encode().replace(b"school", b"academy")),
    "pdf": ("course.pdf", CERTIFICATE),
}


class Collector:
    """Walks through a school, and keeps a seed of whatever is used."""

    def __init__(
        self, school: School, people: Sequence[Someone] = PEOPLE, each: int = EACH, but: Collection[str] = ()
    ) -> None:
        """Prepare a walk by these people. `each`: how often one of them uses the same way in; `but`: not these."""
        self.stage = Stage(school)
        self.seeds: list[Seed] = []
        self.wrong: list[tuple[Seed, int]] = []  # what is valid, and was not answered with 200
        self.knocked: list[str] = []  # ways in to which nothing led
        self._school, self._people, self._each, self._but = school, people, each, but
        self._used: Counter[tuple[str, str, str]] = Counter()
        self._seen: set[str] = set()
        self._ahead: deque[tuple[Someone, Place]] = deque()
        self._forms: deque[tuple[Someone, Seed]] = deque()  # to be sent when everything is looked at: they change it

    def walk(self) -> list[Seed]:
        """Return a seed or several for each way in."""
        still = {who.user_id: self._school.slack.views.top(who.user_id) for who in self._people}
        for who in self._people:
            if (place := still[who.user_id]) is not None:  # what the story has left open in front of them
                self._look(who, place)
            self._events(who)
            for route in handlers.routes():
                if route.kind is Kind.COMMAND:
                    for text in TYPED.get(route.name, ("",)):
                        self._use(who, Seed(route.kind.value, route.name, who.user_id, said={"text": text}))
                    if route.name in TYPED:  # where guests may look on
                        said = {"text": TYPED[route.name][-1], "channel": OPEN_DAY}
                        self._use(who, Seed(route.kind.value, route.name, who.user_id, said=said))
                elif route.kind is Kind.SHORTCUT:
                    self._use(who, Seed(route.kind.value, route.name, who.user_id))
            self._ahead += [(who, message) for message in self._school.people.inbox(who.user_id)]
        while self._ahead or self._forms:
            if self._ahead:
                self._look(*self._ahead.popleft())
            else:
                self._use(*self._forms.popleft())
        knocks = [*self._knocks()]
        self.knocked = [f"{seed.way} {seed.name}" for seed in knocks]
        return [*self.seeds, *knocks]

    def _events(self, who: Someone) -> None:
        opened = {"type": "app_home_opened", "user": who.user_id, "channel": STAFFROOM, "tab": "home"}
        self._use(who, Seed(Kind.HOME.value, "home", who.user_id, said=opened))
        user = self._school.slack.user_object(who.user_id)
        self._use(who, Seed(EVENT, "user_change", who.user_id, said={"type": "user_change", "user": user}))
        said = {"type": "message", "user": who.user_id, "channel": self._school.slack.dm_of(who.user_id), "text": "Hi"}
        said |= {"channel_type": "im", "ts": "1.2"}
        self._use(who, Seed(EVENT, "message", who.user_id, said=said))

    def _use(self, who: Someone, seed: Seed) -> list[Json]:
        """Use a way in unless it was used enough, and remember to look at what that shows; returns options."""
        key = (who.user_id, seed.way, _alike(str(seed.said.get("action_id", seed.name))))
        if seed.name in self._but or self._used[key] >= self._each * (3 if seed.way == Kind.COMMAND.value else 1):
            return []
        self._used[key] += 1
        self.seeds.append(seed)
        slack = self._school.slack
        before, staged = slack.revision, self.stage.stage(seed)
        sent = self.stage.send(staged, staged.body)
        if sent.status != 200:
            self.wrong.append((seed, sent.status))
        shown = [slack.views.top(who.user_id), slack.home(who.user_id), *slack.visible(who.user_id, since=before)]
        self._ahead += [(who, place) for place in shown if place is not None]
        return sent.options

    def _look(self, who: Someone, place: Place) -> None:
        key = json.dumps([who.user_id, place.blocks, _callback(place)], sort_keys=True)
        if key in self._seen:
            return
        self._seen.add(key)
        state = filled(place, lambda block, element: self._entered(who, place, block, element))
        for control in pressable(place.blocks):
            self._press(who, place, control, state)
        if isinstance(place, View) and place.payload.get("submit"):
            self._forms.append((who, Seed(Kind.FORM.value, place.callback_id, who.user_id, place, state=state)))
            other = filled(place, lambda block, element: self._entered(who, place, block, element, which=1))
            if other != state:
                self._forms.append((who, Seed(Kind.FORM.value, place.callback_id, who.user_id, place, state=other)))
            if place.payload.get("notify_on_close"):
                self._forms.append((who, Seed(Kind.CLOSED.value, place.callback_id, who.user_id, place, state=state)))

    def _press(self, who: Someone, place: Place, control: Control, state: Any) -> None:
        block, element = control.block, control.element
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
        action |= {name: element[name] for name in ("text", "value") if name in element}
        if options := every_option(element):
            action["selected_option"] = options[0]
        name = str(element["action_id"]).partition(":")[0]
        self._use(who, Seed(Kind.BUTTON.value, name, who.user_id, place, action, state))

    def _entered(self, who: Someone, place: Place, block: Json, element: Json, which: int = 0) -> Json | None:
        """Return what somebody enters; None leaves an input as it is shown. `which` of the choices, from 0 on."""
        kind, key = element["type"], KINDS[element["type"]].key
        if kind.endswith("external_select"):
            said = {"action_id": element["action_id"], "block_id": block["block_id"], "value": "a"}
            offered = self._use(who, Seed(Kind.OPTIONS.value, element["action_id"], who.user_id, place, said))
            return {"type": kind, key: offered[:1] if kind.startswith("multi") else offered[0]} if offered else None
        if kind == "file_input":
            name, content = next(file for asked, file in FILES.items() if asked in element["filetypes"])
            return {"type": kind, key: [self._school.slack.add_file(name, content, who.user_id)]}
        if kind == "plain_text_input" and not (element.get("initial_value") or block.get("optional")):
            return {"type": kind, key: who.name if block["block_id"].startswith("signature") else PROSE}
        if kind == "datepicker" and not element.get("initial_date") and not block.get("optional"):
            return {"type": kind, key: self._school.clock().date().isoformat()}
        if (options := every_option(element)) and "initial_option" not in element and "initial_options" not in element:
            chosen = options[min(which, len(options) - 1)]
            return {"type": kind, key: [chosen] if key.endswith("s") else chosen}
        return None

    def _knocks(self) -> Iterator[Seed]:
        """Yield, for a way in that nothing led to, the least that Slack would send."""
        known = {(seed.way, seed.name) for seed in self.seeds}
        for route in handlers.routes():
            if (route.kind.value, route.name) in known:
                continue
            place = self._school.slack.views.open(HANA.user_id, _window(route.name))
            block = place.blocks[0 if route.kind is Kind.BUTTON else 1]
            element = block["elements"][0] if route.kind is Kind.BUTTON else block["element"]
            said = {"action_id": route.name, "block_id": block["block_id"], "type": element["type"], "value": "1"}
            state = filled(place, lambda _block, _element: None)
            yield Seed(route.kind.value, route.name, HANA.user_id, place, said, state)


def _alike(action_id: str) -> str:
    """Return what is pressed, without the number of its row: "ledger.task:flag", but "access.open"."""
    name, _, which = action_id.partition(":")
    return action_id if which.isalpha() else name


def _callback(place: Place) -> str:
    return place.callback_id if isinstance(place, View) else ""


def _window(name: str) -> Json:
    """A window in which everything that can be pressed, sent or picked bears this name."""
    words = {"type": "plain_text", "text": "Knock"}
    picker = {"type": "external_select", "action_id": name, "placeholder": words, "min_query_length": 1}
    return {
        "type": "modal",
        "title": words,
        "submit": words,
        "callback_id": name,
        "notify_on_close": True,
        "blocks": [
            {"type": "actions", "elements": [{"type": "button", "action_id": name, "text": words, "value": "1"}]},
            {"type": "input", "block_id": "picked", "optional": True, "label": words, "element": picker},
        ],
    }
