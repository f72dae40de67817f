"""The breach log: who has to know is told at once, at any hour; 72 hours run from awareness. Policy §4.14."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from bot.clock import school_day, spoken_instant
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import breaches as rules
from bot.rules import clocks, redaction
from bot.rules.breaches import (
    DECISIONS,
    KIND,
    NOTES,
    PROCEDURE,
    PROCEDURES,
    TO_DO,
    Event,
    Form,
    State,
    Written,
)
from bot.rules.consent import ledger as ledger_rules
from bot.rules.consent.ledger import State as Stands
from bot.rules.content import named_in
from bot.rules.documents import File, What
from bot.rules.forms import LONGEST_REASONS
from bot.rules.overview import READERS, Answered, Figures
from bot.rules.people import Person
from bot.rules.posting.posts import Task as PostTask
from bot.rules.procedures import RECORD_NAME, deciders
from bot.rules.redaction import Redaction
from bot.rules.reminders.week import Week
from bot.rules.school import Role
from bot.services import record_turns, records
from bot.services.record_views import Desk, FiledRecord, RecordView, Value
from bot.wording import page
from storage import records as storage
from storage.breaches import breaches
from storage.consent import ledger, roll
from storage.posting import posts, surfaces
from storage.records import Record
from storage.spine import record_tasks, record_texts
from storage.spine.record_search import Said, Which
from storage.spine.record_tasks import Task
from storage.statements.constants import has_id_of

FORM, VIEW, FILE = page("breaches/form"), page("breaches/view"), page("breaches/file")
HAPPENED, CONTAINED, DELAY = "happened", "contained", "delay"  # the texts that are sealed, besides those of its steps
CAME_FROM = "came from"
CLOCK = "clock"  # a task for each warning: "clock 0"
MOST_OPENED = 1000  # to look for words in what is sealed
GONE = "There is no such breach for you."


@dataclass(frozen=True, slots=True)
class Breach(Form):
    """A breach with its words. `came_from`: "PO-9", "" from nothing; `tasks`: what is to be done, and was."""

    happened: str = ""
    contained: str = ""
    delay: str = ""
    reporter: str = ""
    came_from: str = ""
    tasks: tuple[Task, ...] = ()

    @property
    def decide_by(self) -> datetime:
        """Return until when the Commissioner is to be told."""
        return rules.decide_by(self.aware_at)

    @property
    def open_tasks(self) -> tuple[Event, ...]:
        """Return what is still to be done before it may be closed."""
        return tuple(
            each for each in rules.TASKS if any(task.what == each and task.done_at is None for task in self.tasks)
        )


View = RecordView[Breach]


def _forms(tx: Look, found: Sequence[Record]) -> Mapping[int, Breach]:
    ids = [each.record_id for each in found]
    forms, texts = breaches.of_records(tx.connection, ids), record_texts.of_records(tx.connection, tx.sealing, ids)
    names = records.names(tx)
    made = {}
    for record_id, form in forms.items():
        kept = {field.name: getattr(form, field.name) for field in fields(Form)}
        words = {name: text for (step, name), text in texts[record_id].items() if not step}
        linked = record_tasks.linked(tx.connection, record_id, CAME_FROM)
        others = storage.of_ids(tx.connection, tx.school_id, linked, storage.record.c.id > 0)
        made[record_id] = Breach(
            **kept,
            happened=words.get(HAPPENED, ""),
            contained=words.get(CONTAINED, ""),
            delay=words.get(DELAY, ""),
            reporter=names.get(form.reporter_id, ""),
            came_from=", ".join(each.name for each in others),
            tasks=tuple(record_tasks.tasks(tx.connection, record_id)),
        )
    return made


def _fields(found: FiledRecord[Breach]) -> Mapping[str, Value]:
    form = found.form
    return {
        "what": FORM.text(f"kind_{form.kind.name.lower()}"),
        "happened": form.happened,
        "whose": ", ".join(FORM.text(f"whose_{each}") for each in form.whose),
        "people": "" if form.people is None else str(form.people),
        "data": ", ".join(FORM.text(f"data_{each.name.lower()}") for each in form.data),
        "contained": form.contained,
        "delay": form.delay,
        "came_from": form.came_from,
    }


def _says(tx: Look, word: str, which: Which, most: int = MOST_OPENED) -> Said:
    """Return the condition that a word occurs in a breach, and whether older ones were not looked into."""
    newest = which.newest(tx.connection, tx.school_id, most)
    written = record_texts.of_records(tx.connection, tx.sealing, newest)
    folded = word.casefold()
    found = {each for each, texts in written.items() if any(folded in text.casefold() for text in texts.values())}
    return has_id_of(storage.record.c.id, found), bool(most) and len(newest) == most


DESK: Desk[Breach] = Desk(
    PROCEDURES,
    forms=_forms,
    columns={
        "what": "what",
        "happened": "content",
        "whose": "whose data",
        "people": "how many",
        "data": "what data",
        "contained": "risks and control measures",
        "delay": "reasons for delay",
        "came_from": "came from",
    },
    fields=_fields,
    title="Data breach",
    clauses="§4.14",
    says=_says,
    gone=GONE,
)


# ── logging it ─────────────────────────────────────────────────────────────────────────────────────────────────────


def log(
    context: Context, written: Written, *, caused_by: int | None, form_id: str, came_from: tuple[str, str] = ("", "")
) -> View:
    """Log a breach, and tell who deals with it. The same form twice makes one. Raises BadInput, NotFound.

    `caused_by`: a colleague, who never learns of it here and never decides on it; the reporter themselves, who may see
    it and does not decide. `came_from`: the record's name, and the token of its button.
    """
    reporter = context.person
    with context.begin() as tx:
        colleague = tx.person(caused_by) if caused_by else None
        if caused_by and colleague is None:
            raise BadInput("Nobody.", fields={"colleague": "Choose a colleague, or nobody."})
        is_own = colleague is not None and colleague.person_id == reporter.person_id
        sees_all = bool(reporter.roles & {*rules.READERS}) and not is_own
        other = _linked(tx, *came_from)
        subjects = [colleague.person_id] if colleague and not is_own else []
        form = Form(written.kind, written.whose, written.data, written.people, written.aware_at, reporter.person_id)
        texts = {HAPPENED: written.happened, CONTAINED: written.contained, DELAY: written.delay}

        def keep(record_id: int) -> None:
            breaches.add(tx.connection, tx.school_id, record_id, form)
            _set_tasks(tx, record_id, written)

        found = records.take_in(
            tx,
            PROCEDURE,
            origin=f"breach {form_id}",
            keep=keep,
            texts={name: text for name, text in texts.items() if text},
            concerns=records.Concerned(subjects=subjects, pupils=_concerned(tx, written.happened, other)),
            asker=None if sees_all else reporter,  # whoever may decide is not barred by having been the first to know
        )
        if found.asked_at == tx.now:
            if other:
                _link(tx, found, other)
            found = records.hurry(tx, found)
        return DESK.view(tx, reporter, found)


def _set_tasks(tx: Transaction, record_id: int, written: Written) -> None:
    for event in TO_DO:
        record_tasks.add_task(tx.connection, tx.school_id, record_id, event, None)
    if written.contained:
        record_tasks.do_task(tx.connection, record_id, Event.CONTAIN, by=tx.actor_id, at=tx.now)
    told = clocks.warned_at(clocks.BREACH_TO_ICO, rules.decide_by(written.aware_at))
    for number, at in enumerate(told):
        if at > tx.now:
            record_tasks.add_task(tx.connection, tx.school_id, record_id, f"{CLOCK} {number}", at)


def _linked(tx: Look, name: str, token: str) -> Record | None:
    """Return the record that a breach comes from; None where the button is none of its own."""
    called = RECORD_NAME.fullmatch(name)
    other = storage.get(tx.connection, tx.school_id, called[1], int(called[2])) if called else None
    return other if other is not None and other.token == token else None


def _concerned(tx: Look, happened: str, other: Record | None) -> frozenset[int]:
    """Return the pupils whose relatives do not deal with it: named in full, or in a post without a Yes."""
    found = set(named_in(happened, roll.named(tx.connection, tx.school_id, tx.today)))
    forms = posts.posts.of_records(tx.connection, [other.record_id]) if other else {}
    for post_id, form in forms.items():
        use_key = next(
            each.use_key for each in surfaces.every(tx.connection, tx.school_id) if each.surface_id == form.surface_id
        )
        shown = posts.pupils(tx.connection, [post_id])[post_id]
        for pupil_id, (on_roll, decisions) in ledger.standing(tx.connection, tx.school_id, shown, tx.today).items():
            mine = [each for each in decisions if each.matter == (use_key, form.medium)]
            if ledger_rules.state(mine, on_roll, tx.today) is not Stands.YES:
                found.add(pupil_id)
    return frozenset(found)


def _link(tx: Transaction, found: Record, other: Record) -> None:
    """Note which record it came from; of a post it need not be weighed any more whether it is a breach."""
    record_tasks.link(tx.connection, tx.school_id, found, other, CAME_FROM, tx.now)
    if record_tasks.do_task(tx.connection, other.record_id, PostTask.BREACH, by=tx.actor_id, at=tx.now):
        tx.audit("posting.breach_weighed", other.name)
        tx.told_otherwise(other.number, Notice.POSTING_STANDS)


def colleagues(context: Context) -> list[Person]:
    """Return everybody who may have caused it."""
    with context.look() as tx:
        return [person for person in tx.everybody() if person.is_here and not person.is_named_only]


# ── dealing with it ────────────────────────────────────────────────────────────────────────────────────────────────


def act(context: Context, number: int, event: Event, written: Mapping[str, str], **seen: str) -> View:
    """Do one thing with a breach: take it, decide, note something, close or reopen it, as `Desk.act`.

    `written`: "note" of what is noted; "reasons", "signature", "risk" and "advice" of a decision, and "delay" where it
    comes late. Raises BadInput, Conflict, NotFound, Refused.
    """
    if event in NOTES:
        return _note(context, number, event, written, seen["token"])
    if event in DECISIONS:
        written = _with_grounds(context, number, seen["token"], event, written)

    def also(tx: Transaction, view: View, event: Event, _reasons: str) -> Breach:
        if event is Event.REPORT:
            record_tasks.open_task(tx.connection, tx.school_id, view.record.record_id, Event.FOLLOW_UP)
        elif event in {Event.DO_NOT_REPORT, Event.NO_BREACH}:
            record_tasks.do_task(tx.connection, view.record.record_id, Event.FOLLOW_UP, by=tx.actor_id, at=tx.now)
        if event is Event.CLOSE and (left := view.form.open_tasks):
            said = " and ".join(VIEW.text(each.name.lower()) for each in left)
            raise Conflict(f"Still to do before it can be closed: {said}.")
        return view.form

    return DESK.act(context, number, event, written, also=also, **seen)


def _note(context: Context, number: int, event: Event, written: Mapping[str, str], token: str) -> View:
    words = written.get("note", "").strip()
    if sum(map(str.isalnum, words)) < 3:
        raise BadInput("Please write a sentence.", fields={"note": "Please write a sentence."})
    if len(words) > rules.LONGEST:
        raise BadInput("Too long.", fields={"note": f"Please use at most {rules.LONGEST} letters."})
    with context.begin() as tx:
        view = DESK.seen(tx, context.person, number, token)
        DESK.way(view.record).next_state(view.state, event)
        if event not in view.may:
            raise Refused("This is not yours to write down.")
        done, _ = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=words)
        record_tasks.do_task(tx.connection, done.record_id, event, by=tx.actor_id, at=tx.now)
        return DESK.view(tx, context.person, done)


def _with_grounds(
    context: Context, number: int, token: str, event: Event, written: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what was written with how likely harm is, whose advice was taken and why it is late, in the reasons."""
    view = DESK.get(context, number, token)
    grounds = []
    if event is not Event.NO_BREACH:
        risk = written.get("risk", "")
        if risk not in RISKS:
            raise BadInput("Choose one.", fields={"risk": "Choose one."})
        if event is Event.DO_NOT_REPORT and risk != RISKS[0]:
            said = "Where harm is likely the Information Commissioner has to be told. Choose again, or report it."
            raise BadInput(said, fields={"risk": said})
        grounds.append(VIEW.text(f"risk_{risk}"))
    if written.get("advice", "").strip():
        grounds.append(VIEW.text("advised", advice=written["advice"].strip()))
    if event is Event.REPORT and rules.is_late(view.form.aware_at, context.now()):
        if not written.get("delay", "").strip():
            said = "It is more than 72 hours: the Commissioner asks why."
            raise BadInput(said, fields={"delay": said})
        grounds.append(VIEW.text("delayed", delay=written["delay"].strip()))
    reasons, left = written.get("reasons", "").strip(), LONGEST_REASONS - len("\n".join(["", *grounds]))
    if len(reasons) > left:
        said = f"Please use at most {left} letters: this has {len(reasons)}."
        raise BadInput(said, fields={"reasons": said})
    return {**written, "reasons": "\n".join([reasons, *grounds]) if reasons else ""}


RISKS = ("unlikely", "likely", "high")  # UK GDPR Art 33 and 34


# ── its clock ──────────────────────────────────────────────────────────────────────────────────────────────────────


def tick(context: Context) -> None:
    """Tell who deals with it that its 72 hours run out; once it is decided nobody is told any more. Raises Busy."""
    with context.look() as tx:
        is_due = any(_due(tx))
    if is_due:
        with context.begin() as tx:
            for what, record_id in list(_due(tx)):
                record_tasks.do_task(tx.connection, record_id, what, by=None, at=tx.now)
                (found,) = storage.of_ids(tx.connection, tx.school_id, [record_id], storage.record.c.id > 0)
                tx.notify(Notice.BREACH_CLOCK, found.number, _told_by_clock(tx, found), occasion=what)


def _told_by_clock(tx: Look, found: Record) -> list[Person]:
    """Return who still has to decide, or to tell the Commissioner; nobody once that is done."""
    if found.state == State.OPEN:
        return records.asked(tx, PROCEDURES, found)
    tasks = record_tasks.tasks(tx.connection, found.record_id)
    is_owed = any(task.what == Event.FOLLOW_UP and task.done_at is None for task in tasks)
    if found.state != State.TO_REPORT or not is_owed:
        return []
    known = records.facts(tx, PROCEDURES, found)
    return list(deciders(known, Event.FOLLOW_UP, tx.everybody(), tx.absences()))


def _due(tx: Look) -> Iterator[tuple[str, int]]:
    for number in range(len(clocks.BREACH_TO_ICO.warns) + 1):
        what = f"{CLOCK} {number}"
        for record_id, due in record_tasks.open_tasks(tx.connection, tx.school_id, what).items():
            if due is not None and due <= tx.now:
                yield what, record_id


# ── the file for the Commissioner ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Draft:
    """The Commissioner's form as far as it is known, in its order. `names`: those replaced in it, as written."""

    name: str
    text: str
    names: tuple[str, ...]


def draft(context: Context, number: int, token: str | None = records.ANY_BUTTON) -> Draft:
    """Return what the Commissioner asks, answered as far as it is known, with no name of the roll or the staff in it.

    For whoever deals with it. Raises NotFound, Refused.
    """
    with context.look() as tx:
        view = _dealt_with(tx, context, number, token)
        names = _names(tx)
        text = "\n\n".join(f"{heading}\n{answer}" for heading, answer in _answers(tx, view, names) if answer)
        written = [view.form.happened, view.form.contained, view.form.delay, *(step.words for step in view.steps)]
        return Draft(view.name, text, names.found(written))


@dataclass(frozen=True, slots=True)
class Letter:
    """What those whose data it is may be told, with no name of the roll or the staff in it. `dpo`: whom to ask."""

    happened: str
    contained: str
    learnt: str
    dpo: str


def letter(context: Context, number: int, token: str) -> Letter:
    """Return what a letter to the parents may say: UK GDPR Art 34. For whoever deals with it. Raises as `draft`."""
    with context.look() as tx:
        view = _dealt_with(tx, context, number, token)
        names = _names(tx)
        noted = {event: [step.words for step in view.steps if step.event == event] for event in NOTES}
        contained = "\n".join(filter(None, [view.form.contained, *noted[Event.CONTAIN]]))
        (dpo, *_) = [each.name for each in tx.everybody() if each.holds(Role.DATA_PROTECTION_OFFICER)] or [""]
        learnt = "\n".join(noted[Event.LEARN])
        return Letter(names.apply(view.form.happened), names.apply(contained), names.apply(learnt), dpo)


def _dealt_with(tx: Look, context: Context, number: int, token: str | None) -> View:
    """Return a breach for whoever deals with it. Raises NotFound, Refused."""
    view = DESK.seen(tx, context.person, number, token)
    if not context.person.roles & {*rules.LINE} or view.record.asker_id == context.person.person_id:
        raise Refused("This is for whoever deals with it.")
    return view


def _names(tx: Look) -> Redaction:
    """Return what takes out every name of the roll, former and legal ones too, and of everybody who works here."""
    children = [
        name
        for each in roll.named(tx.connection, tx.school_id, tx.today)
        for name in (
            f"{each.forename} {each.surname}",
            f"{each.legal_forename} {each.legal_surname}",
            *each.former,
        )
    ]
    return redaction.of(children, [person.name for person in tx.everybody() if not person.is_nameless])


def _answers(tx: Look, view: View, names: Redaction) -> Iterator[tuple[str, str]]:
    """Yield the questions of the Commissioner's form in their order, each with what is known.

    `names`: are taken out of what people wrote; dates and the school's name are left as they are.
    """
    form, zone = view.form, tx.school.timezone
    notes: dict[str, list[str]] = {}
    for step in view.steps:
        notes.setdefault(step.event, []).append(f"{spoken_instant(step.at, zone)}: {names.apply(step.words)}")
    decided = [each for event in DECISIONS for each in notes.get(event, ())]
    named = _fields(view)
    yield FILE.text("reference"), view.name
    yield FILE.text("kind"), FILE.text("follow_up" if notes.get(Event.FOLLOW_UP) else "initial")
    yield FILE.text("happened"), f"{named['what']}. {names.apply(form.happened)}"
    yield FILE.text("cyber"), FILE.text("cyber_yes" if form.kind is rules.Kind.BROKEN_INTO else "cyber_no")
    yield FILE.text("aware"), spoken_instant(form.aware_at, zone)
    yield FILE.text("logged"), spoken_instant(view.record.asked_at, zone)
    yield FILE.text("delay"), names.apply(form.delay)
    yield FILE.text("data"), str(named["data"] or "")
    yield FILE.text("people"), str(named["people"] or FILE.text("unknown"))
    yield FILE.text("whose"), str(named["whose"] or "")
    yield FILE.text("consequences"), "\n".join(decided)
    yield FILE.text("contained"), "\n".join([names.apply(form.contained), *notes.get(Event.CONTAIN, ())]).strip()
    yield FILE.text("learnt"), "\n".join(notes.get(Event.LEARN, ()))
    yield FILE.text("told"), "\n".join(notes.get(Event.TELL_PEOPLE, ()))
    yield FILE.text("since"), "\n".join(notes.get(Event.FOLLOW_UP, ()))
    yield FILE.text("school"), tx.school.name


def _file(context: Context, written: str) -> File:
    called = RECORD_NAME.fullmatch(written)
    if called is None or called[1] != KIND:
        raise NotFound(GONE)
    found = draft(context, int(called[2]))
    with context.begin() as tx:
        tx.audit("breaches.file_made", found.name)
    return File(f"{found.name}.txt", found.text.encode())


FILES: Mapping[What, Callable[[Context, str], File]] = {What.BREACH: _file}


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────────


def week(tx: Look, person: Person, _monday: object) -> Week:
    """Return what waits for a person's decision."""
    return Week(decisions=record_turns.waiting(tx, PROCEDURES, person, DESK.opens))


def figures(tx: Look, first: date, _days: object) -> Figures:
    """Return what was logged since a day, and when it was decided on; none that is kept from anybody who gets it.

    Counted for some and not for others, two copies side by side would tell of it.
    """
    since = (storage.record.c.kind == KIND) & (storage.record.c.asked_at >= tx.midnight(first))
    readers = {person.person_id for person in tx.everybody() if person.is_here and person.holds(*READERS)}
    zone = tx.school.timezone
    return Figures(
        breaches=tuple(
            Answered(
                school_day(found.asked_at, zone),
                None if found.state == State.OPEN else school_day(found.waits_since, zone),
            )
            for found in storage.unordered(tx.connection, tx.school_id, since)
            if not readers & records.facts(tx, PROCEDURES, found).kept_from
        )
    )
