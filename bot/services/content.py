"""Reports of inappropriate content: told to the right people and nobody else, completed and signed. §5.5, 6.7, 7.3."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import school_day, spoken_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import content as rules
from bot.rules import deciding
from bot.rules.consent.form import read_reasons
from bot.rules.content import About, Event, Illegal, State
from bot.rules.filter import register as register_rules
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import entry_for
from bot.rules.filter.register import Kind, RegisterEntry
from bot.rules.overview import READERS, Answered, Figures, SchoolDays, may_be_counted
from bot.rules.people import Person
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.reminders.week import WEEK, Week
from bot.rules.turns import Asker, Line, Waiting
from bot.services.filter import register
from storage import content, numbers, school
from storage.content import Report
from storage.filter import register as register_storage

KIND = "CR"
REMINDED = Plan(before_days=())  # from the day on which it has waited for too long
EVERY_NOTICE = (Notice.CONTENT_WAITS, Notice.CONTENT_TOLD, Notice.CONTENT_STANDS)


@dataclass(frozen=True, slots=True)
class View:
    """A report as one person may see it."""

    report: Report
    reporter: str
    completer: str  # "" while it waits
    waits_for: tuple[str, ...]  # () where nobody at the school may deal with it
    may_complete: bool
    may_block: bool = False  # whether its addresses may go into the register, which those it concerns would read
    entries: tuple[RegisterEntry, ...] = ()  # what became of its addresses in the filter

    @property
    def name(self) -> str:
        """Return the record's name: CR-3."""
        return f"{KIND}-{self.report.number}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is odd about the addresses, each thing once."""
        return tuple(filter(None, dict.fromkeys(read_address(url).warning for url in self.report.urls)))

    @property
    def proposed(self) -> tuple[str, ...]:
        """Return the lines for the filter that fit the addresses, each once."""
        return tuple(dict.fromkeys(entry_for(read_address(url)) for url in self.report.urls))


def report(context: Context, about: About, fields: Mapping[str, str], *, form_id: str) -> View:
    """Take a report in. Raises BadInput with a message a field. The same form twice makes one report."""
    form = rules.read(fields)
    urls = [address.url for address in form.urls]
    return _take_in(context, about, Illegal.NO, form.individual, urls, form.nature, form_id)


def report_illegal(context: Context, about: About, *, form_id: str) -> View:
    """Record only that perhaps illegal material was met: no address, no words about it, nothing of it (UKCIS)."""
    return _take_in(context, about, Illegal.PERHAPS, "", (), "", form_id)


def get(context: Context, number: int) -> View:
    """Return a report for its reporter, those who deal with it and the headteacher who is told. Raises NotFound.

    To anybody else, and above all to whom it is about, it does not exist.
    """
    with context.look() as tx:
        return _view(tx, context.person, _get(tx, number))


def complete(context: Context, number: int, fields: Mapping[str, str]) -> View:
    """Write down the action taken, sign, and have the site blocked (§7.3). Raises BadInput, Conflict, NotFound.

    `fields`: "action", "signature"; "lines" for the filter, one on each line, and "reasons" for them, "" for none.
    """
    person = context.person
    done = _read_completion(fields, person)
    with context.begin() as tx:
        found = _get(tx, number)
        view = _view(tx, person, found)
        to = rules.next_state(found.state, Event.COMPLETE)
        if not view.may_complete:
            raise Refused("This report is not yours to complete.")
        by, action, signed = person.person_id, done.action, done.signature
        if not content.complete(tx.connection, found, to=to, action=action, by=by, at=tx.now, signature=signed):
            raise Conflict("Somebody else was quicker. Nothing of yours was changed.")
        if view.may_block:
            register.propose(tx, Kind.BLOCKED, done.lines, reason=done.reasons, record=view.name, by=person)
        tx.audit("content.completed", view.name)
        tx.told_otherwise(number, *EVERY_NOTICE)
        reporter = [each for each in tx.everybody() if each.person_id == found.reporter_id != person.person_id]
        tx.notify(Notice.CONTENT_STANDS, number, reporter, occasion="completed")
        tx.reminders_changed(f"content-{number}-waits-")
        return _view(tx, person, _get(tx, number))


@dataclass(frozen=True, slots=True)
class _Completion:
    action: str
    signature: str
    lines: tuple[str, ...]
    reasons: str


def _read_completion(fields: Mapping[str, str], person: Person) -> _Completion:
    """Read the second half of the form. Raises BadInput with a message for each field."""
    wrong: dict[str, str] = {}
    action = rules.read_text(
        fields.get("action", ""), "action", "Say what you have done: blocked, spoke to, passed on …", wrong
    )
    lines: tuple[str, ...] = ()
    signature = reasons = ""
    try:
        signature = deciding.read_signature(fields.get("signature", ""), person)
    except BadInput as error:
        wrong |= error.fields
    try:
        lines = tuple(line.text for line in register_rules.read_lines(fields.get("lines", "")))
        reasons = read_reasons(fields.get("reasons", "")) if lines else ""
    except BadInput as error:
        wrong |= error.fields
    if wrong:
        raise BadInput("Something on the form needs another look.", fields=wrong)
    return _Completion(action, signature, lines, reasons)


def waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    """Return the reports that a person has to complete, the oldest first."""
    if person.holds(*rules.COMPLETERS):
        for found in content.in_state(tx.connection, tx.school_id, State.AWAITING_ACTION):
            if person.person_id in {completer.person_id for completer in _completers(tx, found)}:
                name = f"{KIND}-{found.number}"
                yield Waiting("content", name, "content.open", str(found.number), found.reported_at)


def next_in_line(tx: Look, notice: Notice, number: int) -> Line | None:
    """Return who completes a report as it stands now: nobody whom it is about, or who made it (KCSIE)."""
    found = content.get(tx.connection, tx.school_id, number)
    if notice is not Notice.CONTENT_WAITS or found is None or found.state is not State.AWAITING_ACTION:
        return None
    groups = rules.groups(tx.everybody(), found.about, found.reporter_id, found.subjects)
    return Line(tuple(groups), Asker(Notice.CONTENT_STANDS, number, found.reporter_id))


def week(tx: Look, person: Person, monday: date) -> Week:
    """Return what a person may know of what was reported or completed in the week before a Monday, or waits."""
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    known = [
        told
        for told in content.since(tx.connection, tx.school_id, first)
        if rules.may_know(person, tx.everybody(), told.about, told.reporter_id, told.subjects, tx.absent())
    ]
    return Week(
        reports=tuple(
            Waiting("content", f"{KIND}-{told.number}", "content.open", str(told.number), told.reported_at)
            for told in known
            if told.completed_at is None
        ),
        reported=sum(first <= told.reported_at < before for told in known),
        dealt_with=sum(told.completed_at is not None and first <= told.completed_at < before for told in known),
    )


def figures(tx: Look, first: date, _days: SchoolDays) -> Figures:
    """Return the reports that may be counted: none of which any reader of the overview must not learn."""
    zone = tx.school.timezone
    readers = [person for person in tx.everybody() if person.is_here and person.roles & READERS]
    return Figures(
        reports=tuple(
            Answered(school_day(told.reported_at, zone), told.completed_at and school_day(told.completed_at, zone))
            for told in content.since(tx.connection, tx.school_id, tx.midnight(first))
            if may_be_counted(told.about, told.subjects, readers)
        )
    )


def _waiting_for(tx: Look, reader: Person | None) -> list[Report]:
    """Return the reports that wait for anybody, or those of which one person may be reminded."""
    reporter_id = reader.person_id if reader and not reader.holds(*rules.COMPLETERS) else None
    return content.in_state(tx.connection, tx.school_id, State.AWAITING_ACTION, reporter_id=reporter_id)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return what has waited for two school days, for those who complete it and for nobody else.

    Where nobody is left who could (the chair has gone, and it is about the headteacher), for the reporter alone.
    """
    for found in _waiting_for(tx, reader):
        day = school_day(found.reported_at, tx.school.timezone)
        due = tx.school.calendar.school_days_after(day, deciding.REMIND_AFTER.days)
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        doers = [person.person_id for person in _completers(tx, found)]
        words = {"name": f"{KIND}-{found.number}", "since": spoken_day(day), "is_nobodys": not doers}
        # One about head and chair was for nobody from the start, and its reporter was told so then.
        for person_id in doers or ([found.reporter_id] if rules.LINE[found.about] else []):
            yield Item(
                feature="content",
                key=f"content-{found.number}-waits",
                person_id=person_id,
                due=due,
                stage=stage,
                words=words,
                action="content.open",
                value=str(found.number),
                takers=frozenset(),
                anchor=day,
                is_private=True,  # whom it is about may be the headteacher
            )


def _take_in(
    context: Context,
    about: About,
    illegal: Illegal,
    individual: str,
    urls: Sequence[str],
    nature: str,
    form_id: str,
) -> View:
    reporter = context.person
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # the same form may be delivered twice at once
        number = content.number_of_form(tx.connection, tx.school_id, form_id)
        if number is None:
            about = rules.effective(about, individual, tx.everybody())
            subjects = rules.subjects(about, individual, tx.everybody())
            told = rules.told(tx.everybody(), about, reporter.person_id, subjects)
            number = numbers.following(tx.connection, tx.school_id, KIND)
            content.add(
                tx.connection,
                tx.school_id,
                number=number,
                reporter_id=reporter.person_id,
                at=tx.now,
                about=about,
                perhaps_illegal=illegal is Illegal.PERHAPS,
                individual=individual,
                urls=urls,
                nature=nature,
                form_id=form_id,
                subjects=subjects,
                head_told_at=tx.now if told else None,
            )
            tx.audit("content.reported", f"{KIND}-{number}")
            _tell(tx, about, number, reporter, subjects)
        return _view(tx, reporter, _get(tx, number))


def _tell(tx: Transaction, about: About, number: int, reporter: Person, subjects: Collection[int]) -> None:
    everybody = tx.everybody()
    completers = rules.completers(everybody, about, reporter.person_id, subjects, tx.absent())
    ids = {each.person_id for each in completers}
    heads = [each for each in rules.told(everybody, about, reporter.person_id, subjects) if each.person_id not in ids]
    tx.notify(Notice.CONTENT_WAITS, number, completers)
    tx.notify(Notice.CONTENT_TOLD, number, heads)
    tx.notify(Notice.CONTENT_STANDS, number, [reporter])


def _view(tx: Look, person: Person, found: Report) -> View:
    return _views(tx, person, [found])[0]


def _views(tx: Look, person: Person, reports: Sequence[Report]) -> list[View]:
    records = {f"{KIND}-{each.number}" for each in reports}
    entries: dict[str, list[RegisterEntry]] = {name: [] for name in records}
    for entry in register_storage.of_records(tx.connection, tx.school_id, records) if records else ():
        entries[entry.record].append(entry)
    return [_seen(tx, person, each, entries[f"{KIND}-{each.number}"]) for each in reports]


def _seen(tx: Look, person: Person, found: Report, entries: Sequence[RegisterEntry]) -> View:
    everybody = tx.everybody()
    names = {each.person_id: each.name for each in everybody}
    completers = _completers(tx, found)
    may_complete = person.person_id in {each.person_id for each in completers}
    took_part = {found.reporter_id, found.completed_by, *(each.person_id for each in completers)}
    told = {each.person_id for each in rules.told(everybody, found.about, found.reporter_id, found.subjects)}
    if person.person_id not in took_part | told:
        raise NotFound("There is no such report of yours.")
    return View(
        found,
        reporter=names[found.reporter_id],
        completer=names.get(found.completed_by or 0, ""),
        waits_for=tuple(each.name for each in completers) if found.state is State.AWAITING_ACTION else (),
        may_complete=may_complete and found.state is State.AWAITING_ACTION,
        may_block=bool(found.urls)
        and not rules.is_confidential(found.about)
        and not _is_read_by_subjects(found, everybody),
        entries=tuple(entries),
    )


def _is_read_by_subjects(found: Report, everybody: Sequence[Person]) -> bool:
    return any(each.person_id in found.subjects and each.holds(*register_rules.VIEWERS) for each in everybody)


def _completers(tx: Look, found: Report) -> tuple[Person, ...]:
    """Return who completes a report; where all of them are on long absence, those too who stand in."""
    return rules.completers(tx.everybody(), found.about, found.reporter_id, found.subjects, tx.absent())


def _get(tx: Look, number: int) -> Report:
    found = content.get(tx.connection, tx.school_id, number)
    if found is None:
        raise NotFound("There is no such report of yours.")
    return found
