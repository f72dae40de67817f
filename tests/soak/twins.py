"""Two schools alike but for what one of them knows in confidence: everything that one person is shown of each.

What only chance or Slack makes is called by the order in which it comes: Slack's own handles (windows, messages, files,
triggers, blocks; the ends of our fields' names, made from a window's), the tokens of buttons, the marks of messages and
the drawn numbers of confidential records. When a workbook was made, by the machine's own clock, is left out: no more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import zip_longest
from typing import Any
from zipfile import ZipFile, is_zipfile

from sqlalchemy import select

from bot.context import Context
from bot.errors import Refused
from bot.rules import breaches as breach_rules
from bot.rules import content as rules
from bot.rules import search as search_rules
from bot.rules.breaches import Kind as Sort
from bot.rules.breaches import Whose, Written
from bot.rules.content import About, Event
from bot.rules.documents import What
from bot.rules.people import Person
from bot.rules.procedures import Procedure, Sight
from bot.rules.school import Role
from bot.services import breaches, content, records, relatives, search
from bot.services.desks import DESKS
from bot.services.documents import deliveries
from bot.services.search import Format
from storage import records as storage
from tests import declared
from tests.content.test_content_subjects import with_roles
from tests.people import ANN, BEN, CARA, DEV, GWEN, HANA, STAFF, Someone
from tests.school import School, acting
from tests.soak.collecting import PROSE, Collector

REPORTER = GWEN
RELATED_PUPIL, RELATED_CLASS = "Fatima van Dijk", ""
PLACES = "https://hidden.example/{}"
MORNINGS = ((27, 8), (30, 8))  # November 2026: Friday, when others are reminded, and the Monday of a new week
ENDS = "relatives.end"  # whoever takes somebody off their list is no relative any more, and may know from then on
WRITTEN = "docProps/core.xml"  # when a workbook was made, by the machine's own clock
Lines = list[str]
Diary = dict[str, Lines]  # moment → everything that somebody was shown, as it was sent

CONFIDENTIAL: Mapping[str, Procedure] = {way.name: way for way in declared.procedures().values() if way.confidential}


# ── what is known in confidence ────────────────────────────────────────────────────────────────────────────────────


def reports(school: School, who: Someone, related: Someone) -> Iterator[tuple[str, int]]:
    """Report everything that is about somebody, and may be kept from them: whom it is about, named or by their office.

    `related`: a colleague of whose family they are. Yields the kind and the number of each record.
    """
    reporter, mine, theirs = acting(school, REPORTER), acting(school, who).person, acting(school, related).person
    for place, (about, name, colleagues) in enumerate(_about(mine, theirs)):
        fields = {"individual": name, "urls": PLACES.format(place), "nature": PROSE}
        made = content.report(reporter, about, fields, form_id=f"twin {place}", colleagues=colleagues)
        yield rules.KIND, made.record.number
        if name != RELATED_PUPIL:  # of what may be illegal no name is kept
            made = content.report_illegal(reporter, about, form_id=f"illegal {place}", colleagues=colleagues)
            yield rules.KIND, made.record.number
    if mine.holds(Role.CHAIR_OF_GOVERNORS):
        for take_in in (_report, content.report_illegal):
            made = take_in(reporter, About.COORDINATOR, form_id=f"wider {take_in.__name__}")
            widen(school, made.record.number, who)
            yield rules.KIND, made.record.number


def _report(context: Context, about: About, *, form_id: str) -> content.View:
    return content.report(
        context, about, {"urls": PLACES.format(form_id.split(maxsplit=1)[0]), "nature": PROSE}, form_id=form_id
    )


def _about(who: Person, related: Person) -> Iterator[tuple[About, str, tuple[int, ...]]]:
    for about in About:
        yield about, who.name, (who.person_id,)
        if who.roles & rules.BARRED[about]:
            yield about, "", ()
    yield About.STAFF, related.name, (related.person_id,)
    for about in (About.PUPIL, About.UNKNOWN):
        yield about, RELATED_PUPIL, ()


def deal_with(school: School, number: int) -> None:
    """Have a report completed, with a line for the filter, and printed, if anybody can."""
    for someone in STAFF:
        context = acting(school, someone)
        with context.look() as tx:
            found = storage.get(tx.connection, tx.school_id, rules.KIND, number)
            assert found is not None
            if Event.COMPLETE not in records.may(tx, rules.PROCEDURES, found, context.person):
                continue
        done = {"action": PROSE, "signature": someone.name}
        blocked = {"lines": f"n{number}.hidden.example", "reasons": PROSE}
        content.complete(context, number, {**done, **blocked}, token=found.token)
        deliveries.ask(context, What.FORM, f"{rules.KIND}-{number}", press_id=f"print {number}")
        return


def widen(school: School, number: int, also: Someone) -> None:
    """Have a report found to be about somebody else as well, if anybody can."""
    for someone in STAFF:
        context = acting(school, someone)
        with context.look() as tx:
            found = storage.get(tx.connection, tx.school_id, rules.KIND, number)
            assert found is not None
            may = Event.COMPLETE in records.may(tx, rules.PROCEDURES, found, context.person)
        if may:
            content.also_about(context, number, acting(school, also).person.person_id, token=found.token)
            return


def breaches_of(school: School, who: Someone, related: Someone) -> Iterator[tuple[str, int]]:
    """Log a breach that somebody has caused, and one that somebody of their family has. Yields kind and number."""
    written = Written(Sort.SENT, (Whose.CHILDREN,), (), 3, school.clock.instant, PROSE, "", "")
    for someone in (who, related):
        caused_by = acting(school, someone).person.person_id
        made = breaches.log(acting(school, REPORTER), written, caused_by=caused_by, form_id=f"breach {someone.name}")
        yield breach_rules.KIND, made.record.number


def decide_on(school: School, number: int) -> None:
    """Have a breach decided on and printed, if anybody can."""
    for someone in STAFF:
        context = acting(school, someone)
        with context.look() as tx:
            found = storage.get(tx.connection, tx.school_id, breach_rules.KIND, number)
            assert found is not None
            may = breach_rules.Event.REPORT in records.may(tx, breach_rules.PROCEDURES, found, context.person)
        if may:
            written = {"reasons": PROSE, "signature": someone.name, "risk": "likely"}
            seen = {"token": found.token, "shown_for": found.state}
            breaches.act(context, number, breach_rules.Event.REPORT, written, **seen)
            deliveries.ask(context, What.FORM, f"{breach_rules.KIND}-{number}", press_id=f"print {number}")
            return


# Kind of confidential record → what makes every one of them that is kept from somebody, and what then becomes of one.
MADE: Mapping[str, Callable[[School, Someone, Someone], Iterator[tuple[str, int]]]] = {
    rules.KIND: reports,
    breach_rules.KIND: breaches_of,
}
DEALT_WITH: Mapping[str, Callable[[School, int], None]] = {
    rules.KIND: deal_with,
    breach_rules.KIND: decide_on,
}


def kept_from(school: School, kind: str, number: int, who: Someone) -> str:
    """Return the procedure of a record; it is a mistake of this test if it is not kept from somebody."""
    context = acting(school, who)
    with context.look() as tx:
        ways = DESKS[kind].ways
        found = storage.get(tx.connection, tx.school_id, kind, number)
        assert found is not None
        known = records.facts(tx, ways, found)
        person = context.person
        is_denied = person.person_id in known.denied | known.related or person.roles & known.procedure.denied
        assert is_denied, (found.procedure, who.name)
        assert records.sight(tx, ways, found, person) is Sight.NONE
        return found.procedure


# ── what somebody is shown ─────────────────────────────────────────────────────────────────────────────────────────


class Watch:
    """Everything that Lanyard sends to one person, in the order in which it goes."""

    def __init__(self, school: School, who: Someone) -> None:
        self._school, self._who = school, who
        self._calls, self._revision = len(school.slack.calls), school.slack.revision
        self._files: set[str] = set()

    def since(self, answers: Lines = []) -> Lines:  # noqa: B006 - never changed
        """Return what was sent since this was asked last. `answers`: what they were answered directly."""
        slack, place = self._school.slack, self._school.slack.dm_of(self._who.user_id)
        calls, self._calls = slack.calls[self._calls :], len(slack.calls)
        mine = [call for call in calls if self._is_shown(call.method, call.args, place)]
        lines = [_line(call.method, call.args) for call in mine]
        private = [each for each in slack.visible(self._who.user_id, since=self._revision) if each.only_for]
        self._revision = slack.revision
        lines += [_line("private", [each.fallback, each.blocks]) for each in private]
        for file in slack.shared_with(self._who.user_id):
            if file.id not in self._files:
                lines.append(_line("file", [file.name, file.mimetype, file.alternative, _content(file.content)]))
        self._files |= {file.id for file in slack.shared_with(self._who.user_id)}
        return [*lines, *(_line("answer", answer) for answer in answers)]

    def _is_shown(self, method: str, args: Mapping[str, Any], place: str) -> bool:
        if method.startswith("views."):  # nobody else does anything in Slack
            return args.get("user_id") in {None, self._who.user_id}
        return method.startswith("chat.") and args.get("channel") == place


def _line(what: str, said: Any) -> str:
    return f"{what} {json.dumps(said, ensure_ascii=False, sort_keys=True)}"


def _content(content: bytes) -> str:
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as parts:  # a workbook
            return "\n".join(f"{name}: {parts.read(name).decode()}" for name in parts.namelist() if name != WRITTEN)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return hashlib.sha256(content).hexdigest()


HANDLE = re.compile(
    r"\b(?:trigger\.|response|VH|V|h|b|F|Ev)\d{5,}\b|\b\d{10}\.\d{6}\b"
    r"|(?<=\d:)[\w-]{12}(?![\w-])|(?<=token\\\":\\\")[\w-]{12}(?![\w-])"
    r'|(?<="key": ")[0-9a-f]{32}|(?<=~)[0-9a-f]{8}\b'
)


def named_in_order(lines: Lines, numbers: set[int]) -> Lines:
    """Return lines in which whatever chance or Slack has made is called by the order in which it comes.

    `numbers`: those of confidential records, which are drawn.
    """
    drawn = "|".join(map(str, sorted(numbers))) or "none"
    chance, names = re.compile(rf"{HANDLE.pattern}|(?<![\d.])(?:{drawn})(?![\d.])"), dict[str, str]()
    return [chance.sub(lambda met: names.setdefault(met[0], f"⟨{len(names)}⟩"), line) for line in lines]


# ── two schools ────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(school: School, who: Someone, related: Someone) -> None:
    """Have every office held by somebody of its own, and somebody's family declared."""
    apart = {(HANA.email, "e_safety_coordinator")}
    with_roles(school, away=apart, given={(CARA.email, "e_safety_coordinator")})
    person = acting(school, related).person
    relatives.declare(acting(school, who), person.person_id, RELATED_PUPIL, RELATED_CLASS)
    for someone in STAFF:
        school.home(someone)
    school.deliver()


class Twin:
    """A school on some mornings, seen by one person. `knows`: whether there is anything about them in confidence."""

    def __init__(self, school: School, about: Someone, *, knows: bool, reader: Someone | None = None) -> None:
        """Prepare it. `reader`: who looks, if it is not the person themselves."""
        self.school, self._about, self._knows = school, about, knows
        self._reader = reader or about
        self._related = DEV if about is not DEV else ANN
        self.diary: Diary = {}
        self.made: list[tuple[str, int]] = []
        self.ways: set[str] = set()
        self.numbers: set[int] = set()
        self.probed: list[str] = []
        prepare(school, about, self._related)
        self._watch = Watch(school, self._reader)

    def _drawn(self) -> set[int]:
        """Return the drawn numbers of all confidential records."""
        kinds = {way.kind for way in CONFIDENTIAL.values()}
        with self.school.database.read() as connection:
            row = storage.record.c
            return set(connection.execute(select(row.number).where(row.kind.in_(kinds))).scalars())

    def live(self, probed: Sequence[str] = ()) -> None:
        """Have the days go by. `probed`: the names of records that the reader asks for; else of hidden ones."""
        self._clock(25, 10)
        if self._knows:
            self._make()
        self._clock(25, 11)
        self.school.deliver()
        self._look("told")
        self.probed = [*probed] or [f"{kind}-{number}" for kind, number in self.made[:2]]
        self.diary["probed"] = [*self._probe(self.probed)]
        if self._knows:
            self._deal_with()
        self._clock(25, 13)
        self.school.deliver()
        self._others()
        self._clock(25, 14)
        self.school.deliver()
        self._look("later")
        for day, hour in MORNINGS:
            self._clock(day, hour)
            self.school.tick()
            self._look(f"morning of the {day}th")
        self._walk()
        self.numbers = self._drawn()

    def _clock(self, day: int, hour: int) -> None:
        self.school.clock.instant = datetime(2026, 11, day, hour, tzinfo=UTC)

    def _make(self) -> None:
        for make in MADE.values():
            self.made += make(self.school, self._about, self._related)
        self.ways |= {kept_from(self.school, *each, self._about) for each in self.made}

    def _deal_with(self) -> None:
        """Move half of them on, so that there are open and done ones."""
        for kind, number in self.made[::2]:
            DEALT_WITH[kind](self.school, number)

    def _others(self) -> None:
        """Have others go on with their work, in which numbers are given."""
        from tests.access import test_access as access
        from tests.content.test_content import report
        from tests.permissions import test_permissions as permissions

        access.ask(self.school, BEN, **{"Full URL": "https://later.example"})
        report(self.school, BEN)
        permissions.ask(self.school, BEN, permissions.WIFI)

    def _look(self, moment: str) -> None:
        self.school.home(self._reader)
        self.diary[moment] = self._watch.since()

    def _probe(self, names: Sequence[str]) -> Iterator[str]:
        """Yield what a search finds, and brings as a list, for words that only hidden records hold."""
        context = acting(self.school, self._reader)
        for word in (*names, "hidden.example", PROSE):
            asked = search_rules.read(search_rules.Scope.ALL, {"words": word})
            try:
                yield str(search.look(context, asked))
                if word == PROSE:
                    yield search.export(context, asked.written(), Format.CSV).decode()
            except Refused as refused:
                yield str(refused)

    def _walk(self) -> None:
        self._clock(30, 9)
        walk = Collector(self.school, (self._reader,), each=1, but={ENDS})
        walk.walk()
        self.diary["everything"] = self._watch.since(walk.stage.answers)
        self.school.deliver()
        self.diary["files"] = self._watch.since()


def interference(one: Twin, other: Twin) -> dict[str, tuple[str, str]]:
    """Return moment → the first that was shown in one of two schools and not in the other, where they differ."""
    numbers, found = one.numbers | other.numbers, {}
    for moment in one.diary:
        mine, theirs = (named_in_order(each.diary[moment], numbers) for each in (one, other))
        if mine != theirs:
            pairs = zip_longest(mine, theirs, fillvalue="")
            found[moment] = _apart(*next(pair for pair in pairs if pair[0] != pair[1]))
    return found


def _apart(one: str, other: str) -> tuple[str, str]:
    """Return two texts from shortly before the place on from which they differ."""
    at = max(
        0, next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0) - 150
    )
    return one[at : at + 400], other[at : at + 400]
