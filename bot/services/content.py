"""Reports of inappropriate content: told to the right people and nobody else, completed and signed. §5.5, 6.7, 7.3."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.clock import school_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, Refused
from bot.notices import Notice
from bot.rules import content as rules
from bot.rules import deciding
from bot.rules.content import FEATURE, KIND, PROCEDURES, About, Event, Illegal, State
from bot.rules.filter import register as register_rules
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import Entry, entry_for
from bot.rules.filter.register import Kind, RegisterEntry
from bot.rules.forms import Wrong, read_reasons
from bot.rules.overview import READERS, Answered, Figures, SchoolDays, may_be_counted
from bot.rules.people import Person
from bot.rules.procedures import DENIED, Facts, Part, Sight, is_among
from bot.rules.relays import Telling
from bot.rules.reminders.week import WEEK, Week
from bot.rules.school import Role
from bot.rules.staff.colleagues import might_be
from bot.rules.turns import Waiting
from bot.services import record_turns, records
from bot.services.filter import register
from bot.services.record_views import Desk, FiledRecord, RecordView, Value
from storage import content as forms
from storage import records as storage
from storage.consent import roll
from storage.content import Form
from storage.filter import register as register_storage
from storage.records import Record, Step
from storage.spine import record_figures, record_texts
from storage.spine.record_search import Said, Which
from storage.statements.constants import has_id_of

CLOSED = tuple(state for state in State if state not in rules.OPEN)
MOST_OPENED = 1000  # to look for words in what is sealed
INDIVIDUAL, NATURE = "individual", "nature"  # the texts that are sealed, besides the action taken


@dataclass(frozen=True, slots=True)
class Report:
    """The reporter's half with its words, and what became of its addresses in the filter.

    `may_block`: whether the addresses may go into the register, which those from whom it is kept would read.
    """

    about: About
    perhaps_illegal: bool
    urls: tuple[str, ...]
    head_told_at: datetime | None
    individual: str  # "" not known
    nature: str
    entries: tuple[RegisterEntry, ...]
    may_block: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is odd about the addresses, each thing once."""
        return tuple(filter(None, dict.fromkeys(read_address(url).warning for url in self.urls)))

    @property
    def proposed(self) -> tuple[str, ...]:
        """Return the lines for the filter that fit the addresses, each once."""
        return tuple(dict.fromkeys(entry_for(read_address(url)) for url in self.urls))


View = RecordView[Report]


def completion(filed: FiledRecord[Report]) -> Step | None:
    """Return how a report was completed, with the action taken as its words; None while it waits."""
    return next((step for step in filed.steps if step.event == Event.COMPLETE), None)


def taken(filed: FiledRecord[Report]) -> Step | None:
    """Return who has said that they have a report that may not wait, and when; None where they stepped out since."""
    out = {person_id for part, person_id in filed.record.parts if part in DENIED}
    said = (step for step in reversed(filed.steps) if step.event == Event.TAKE)
    return next((step for step in said if step.person_id not in out), None)


def is_nobodys_yet(view: View) -> bool:
    """Return whether everybody was asked about a report that may not wait, and nobody has said that they have it."""
    return (
        view.form.perhaps_illegal
        and view.state is State.AWAITING_ACTION
        and view.record.next_at is None
        and taken(view) is None
    )


def may_take(view: View) -> bool:
    """Return whether the reader may say “I have it”: of possibly illegal material that nobody has yet."""
    return view.form.perhaps_illegal and Event.TAKE in view.may and taken(view) is None


def may_complete(view: View) -> bool:
    """Return whether the reader of a report may complete it."""
    return Event.COMPLETE in view.may


def _reports(tx: Look, found: Sequence[Record]) -> dict[int, Report]:
    ids = [record.record_id for record in found]
    known, texts = forms.of_records(tx.connection, ids), record_texts.of_records(tx.connection, tx.sealing, ids)
    lines: dict[str, list[RegisterEntry]] = {}
    for entry in register_storage.of_records(tx.connection, tx.school_id, {record.name for record in found}):
        lines.setdefault(entry.record, []).append(entry)
    return {
        record.record_id: Report(
            **{name: getattr(known[record.record_id], name) for name in Form.__slots__},
            individual=texts[record.record_id].get((0, INDIVIDUAL), ""),
            nature=texts[record.record_id].get((0, NATURE), ""),
            entries=tuple(lines.get(record.name, ())),
            may_block=bool(known[record.record_id].urls) and not _is_read_by_whom_it_is_kept_from(tx, record),
        )
        for record in found
    }


def _is_read_by_whom_it_is_kept_from(tx: Look, found: Record) -> bool:
    """Return whether anybody of whom a report speaks, or of their family, reads the filter's list."""
    known = records.facts(tx, PROCEDURES, found)
    concerned = [each for each in tx.everybody() if each.person_id in known.related | known.subjects]
    return rules.leaves_no_trace(found.procedure) or any(each.holds(*register_rules.VIEWERS) for each in concerned)


def _fields(found: FiledRecord[Report]) -> Mapping[str, Value]:
    return {"individual": found.form.individual, "urls": "\n".join(found.form.urls), "nature": found.form.nature}


def _says(tx: Look, word: str, which: Which, most: int = MOST_OPENED) -> Said:
    """Return the condition that a word occurs in a report, and whether older ones were not looked into.

    Reports are sealed: of those that may be seen and fit, only the newest are opened. `most`: how many, 0 for all.
    """
    newest = which.newest(tx.connection, tx.school_id, most)
    written = record_texts.of_records(tx.connection, tx.sealing, newest)
    found = forms.at_addresses(tx.connection, newest, word)
    folded = word.casefold()
    found.update(
        record_id for record_id, texts in written.items() if any(folded in text.casefold() for text in texts.values())
    )
    return has_id_of(storage.record.c.id, found), bool(most) and len(newest) == most


DESK: Desk[Report] = Desk(
    PROCEDURES,
    forms=_reports,
    columns={"individual": "individual", "urls": "address", "nature": "content"},
    fields=_fields,
    title="Content report",
    clauses="§5.5, 6.7, 7.3",
    says=_says,
    gone="There is no such report of yours.",
)


def meant(context: Context, individual: str) -> list[Person]:
    """Return the colleagues whom a name on a form may mean: its reporter is asked, for nobody is guessed."""
    with context.look() as tx:
        others = [person for person in tx.everybody() if person.person_id != context.person.person_id]
    return might_be(individual, others)


def report(
    context: Context, about: About, fields: Mapping[str, str], *, form_id: str, colleagues: Collection[int] = ()
) -> View:
    """Take a report in. Raises BadInput with a message for each field. The same form twice makes one report.

    `colleagues`: those whom its reporter has chosen, or said that the name on it means.
    """
    form = rules.read(fields)
    urls = [address.url for address in form.urls]
    texts = {INDIVIDUAL: form.individual, NATURE: form.nature}
    return _take_in(context, about, Illegal.NO, urls=urls, texts=texts, colleagues=colleagues, form_id=form_id)


def report_illegal(context: Context, about: About, *, form_id: str, colleagues: Collection[int] = ()) -> View:
    """Record only that somebody met possibly illegal material: no address, no words about it, nothing of it (UKCIS)."""
    return _take_in(context, about, Illegal.PERHAPS, urls=(), texts={}, colleagues=colleagues, form_id=form_id)


def complete(context: Context, number: int, fields: Mapping[str, str], *, token: str) -> View:
    """Write down the action taken, sign, and have the site blocked (§7.3). Raises BadInput, Conflict, NotFound.

    `fields`: "action", "signature"; "lines" for the filter, one on each line, and "reasons" for them, "" for none.
    """
    person = context.person
    done = _read_completion(fields, person)
    with context.begin() as tx:
        before = DESK.seen(tx, person, number, token)
        DESK.way(before.record).next_state(before.state, Event.COMPLETE)
        if not may_complete(before):
            raise Refused("This report is not yours to complete.")
        if before.form.may_block:
            register.propose(tx, Kind.BLOCKED, done.lines, reason=done.reasons, record=before.name, by=person)
        signed = {"words": done.action, "signature": done.signature}
        now, _ = records.step(tx, PROCEDURES, before.record, Event.COMPLETE, by=person, **signed)
        return DESK.view(tx, person, now)


def take(context: Context, number: int, *, token: str) -> View:
    """Say “I have it”: the next in line is not asked any more, and whoever was asked sees who has it.

    Raises Conflict where somebody else has it, NotFound, Refused.
    """
    person = context.person
    with context.begin() as tx:
        found = DESK.seen(tx, person, number, token)
        if (before := taken(found)) is not None and Event.TAKE in found.may:
            if before.person_id == person.person_id:
                return found
            raise Conflict(f"{found.names[before.person_id or 0]} has it already.")
        DESK.way(found.record).next_state(found.state, Event.TAKE)
        if not may_take(found):
            raise Refused("This is not yours to take.")
        now, _ = records.step(tx, PROCEDURES, found.record, Event.TAKE, by=person)
        return DESK.view(tx, person, now)


def step_aside(context: Context, number: int, *, token: str) -> tuple[str, ...]:
    """Have somebody else complete a report, whoever is next; returns who that is. Raises NotFound, Refused.

    Whoever steps aside knows no more of it from then on. The reason is nobody's business, and is not asked for.
    """
    with context.begin() as tx:
        found = _completed_by(tx, context.person, number, token)
        now = records.add_part(tx, PROCEDURES, found.record, Part.RECUSED, context.person)
        now = _go_on(tx, found, now)
        return tuple(person.name for person in records.asked(tx, PROCEDURES, now))


def colleagues(context: Context) -> list[Person]:
    """Return the colleagues whom a report may also be about."""
    with context.look() as tx:
        others = (person for person in tx.everybody() if person.person_id != context.person.person_id)
        # Somebody whom only school.toml names, and who holds no role by now, was named by mistake.
        return [person for person in others if not person.is_named_only or person.roles - {Role.STAFF}]


def also_about(context: Context, number: int, person_id: int | None, *, token: str) -> View | tuple[str, ...]:
    """Write down that a report is also about a colleague, who learns no more of it from then on.

    Returns the report. Where whoever acts may no longer know of it either, as when it goes to the chair alone because
    it is about the headteacher: the names of those who deal with it now, () for nobody. Raises BadInput for
    "colleague", NotFound, Refused.
    """
    with context.begin() as tx:
        found = _completed_by(tx, context.person, number, token)
        colleague = tx.person(person_id) if person_id else None
        if colleague is None or colleague.person_id == context.person.person_id:
            raise BadInput("Nobody.", fields={"colleague": "Choose a colleague. If it is you, press “Step aside”."})
        if colleague.person_id == found.record.asker_id:  # reporters keep sight of what they wrote
            raise BadInput("Nobody.", fields={"colleague": "This is who reported it. Speak to them in person."})
        way = rules.also_about(found.record.procedure, colleague, tx.everybody())
        now = records.add_part(tx, PROCEDURES, found.record, Part.SUBJECT, colleague, way=way)
        now = _go_on(tx, found, now)
        if records.sight(tx, PROCEDURES, now, context.person) > Sight.NONE:
            return DESK.view(tx, context.person, now)
        return tuple(person.name for person in records.asked(tx, PROCEDURES, now))


def _go_on(tx: Transaction, before: View, now: Record) -> Record:
    """Ask for somebody else to say soon that they have it, where whoever had it may not any more, or nobody had it."""
    nobody_has_it = before.form.perhaps_illegal and taken(replace(before, record=now)) is None
    return records.hurry(tx, now) if nobody_has_it else now


def _completed_by(tx: Look, person: Person, number: int, token: str) -> View:
    """Return a report that somebody may complete. Raises NotFound, Refused."""
    found = DESK.seen(tx, person, number, token)
    if not may_complete(found):
        raise Refused("This report is not yours to complete.")
    return found


@dataclass(frozen=True, slots=True)
class _Completion:
    action: str
    signature: str
    lines: tuple[str, ...]
    reasons: str


def _read_completion(fields: Mapping[str, str], person: Person) -> _Completion:
    """Read the second half of the form. Raises BadInput with a message for each field."""
    form, none = Wrong(fields), tuple[Entry, ...]()
    done = "Say what you have done: blocked, spoke to, passed on …"
    action = form.text("action", done, most=rules.LONGEST)
    signature = form.of("signature", lambda written: deciding.read_signature(written, person), "")
    lines = tuple(line.text for line in form.of("lines", register_rules.read_lines, none))
    reasons = form.of("reasons", read_reasons, "") if lines else ""
    form.raise_if_any()
    return _Completion(action, signature, lines, reasons)


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────────


def week(tx: Look, person: Person, monday: date) -> Week:
    """Return what a person may know of what was reported or completed in the week before a Monday, or waits."""
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    known = record_figures.since(
        tx.connection, tx.school_id, KIND, rules.OPEN, CLOSED, first, records.visible(tx, PROCEDURES, person)
    )
    return Week(
        reports=tuple(
            Waiting(FEATURE, found.name, DESK.opens, records.value_of(found), found.asked_at)
            for found in known
            if found.state in rules.OPEN
        ),
        reported=sum(first <= found.asked_at < before for found in known),
        dealt_with=sum(found.state not in rules.OPEN and first <= found.waits_since < before for found in known),
    )


def figures(tx: Look, first: date, _days: SchoolDays) -> Figures:
    """Return the reports that may be counted: none that is kept from any reader of the overview."""
    zone = tx.school.timezone
    readers = [person for person in tx.everybody() if person.is_here and person.roles & READERS]
    # Who may know is not asked of one person here, but of all who read the overview.
    every = record_figures.since(tx.connection, tx.school_id, KIND, rules.OPEN, CLOSED, tx.midnight(first))
    return Figures(
        reports=tuple(
            Answered(
                school_day(found.asked_at, zone),
                None if found.state in rules.OPEN else school_day(found.waits_since, zone),
            )
            for found in every
            if may_be_counted(found.procedure, records.facts(tx, PROCEDURES, found).kept_from, readers)
        )
    )


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield every report for the headteachers outside Slack to be told of (§6.7), except those about them."""
    if not tx.outside():
        return
    for found in storage.in_states(tx.connection, tx.school_id, KIND, set(rules.OPEN)):
        way, in_line = PROCEDURES[found.procedure], record_turns.telling(tx, PROCEDURES, found)
        if way.readers.get(Role.HEADTEACHER):
            told = record_turns.telling(tx, PROCEDURES, found, Notice.CONTENT_TOLD, (Role.HEADTEACHER,))
            known = {each.person.person_id for each in in_line.outside}
            yield replace(told, outside=tuple(each for each in told.outside if each.person.person_id not in known))


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _take_in(
    context: Context,
    about: About,
    illegal: Illegal,
    *,
    urls: Sequence[str],
    texts: Mapping[str, str],
    colleagues: Collection[int],
    form_id: str,
) -> View:
    reporter = context.person
    with context.begin() as tx:
        everybody, individual = tx.everybody(), texts.get(INDIVIDUAL, "")
        chosen = [person for person in everybody if person.person_id in colleagues]
        if len(chosen) < len(set(colleagues)):  # nobody is kept out by a number that is nobody's
            raise Conflict("The colleague whom you chose has changed meanwhile. Please choose again.")
        about = rules.effective(about, chosen, everybody)
        way = rules.way_of(about, perhaps_illegal=illegal is Illegal.PERHAPS)
        subjects = rules.subjects(about, chosen, everybody) - {reporter.person_id}  # it is their own word
        named = roll.named(tx.connection, tx.school_id, tx.today) if individual else []
        pupils = rules.pupils(individual, about, named)
        parts = frozenset((Part.SUBJECT, person_id) for person_id in subjects)
        known = Facts(way, way.first, reporter.person_id, parts, 1, frozenset(pupils), tx.relatives())
        heads = rules.told(everybody, way, known.kept_from | {reporter.person_id})

        def keep(record_id: int) -> None:
            forms.add(
                tx.connection,
                tx.school_id,
                record_id,
                about=about,
                perhaps_illegal=illegal is Illegal.PERHAPS,
                urls=urls,
                head_told_at=tx.now if heads else None,
            )

        whom = records.Concerned(subjects, pupils)
        found = records.take_in(
            tx, way, origin=f"form {form_id}", keep=keep, texts=texts, concerns=whom, asker=reporter
        )
        if illegal is Illegal.PERHAPS and found.asked_at == tx.now:  # not of a form that was delivered twice
            found = records.hurry(tx, found)
        asked = records.asked(tx, PROCEDURES, found)
        tx.notify(Notice.CONTENT_TOLD, found.number, [head for head in heads if not is_among(head, asked)])
        return DESK.view(tx, reporter, found)
