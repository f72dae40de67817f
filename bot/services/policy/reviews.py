"""The review of the policy: due, opened, signed by every reviewer, completed. Policy §10.1, 10.2."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from bot.clock import school_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import deciding, overview
from bot.rules.buttons import ANY_BUTTON, is_its_own
from bot.rules.calendar import NOTHING_KNOWN, Calendar
from bot.rules.overview import Figures, SchoolDays
from bot.rules.people import Person, Standing
from bot.rules.policy import review as rules
from bot.rules.policy.review import Event, State
from bot.rules.relays import Telling, telling
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.reminders.week import Week
from bot.rules.school import Role, School
from bot.rules.turns import Line
from storage import school
from storage.policy import versions
from storage.policy.versions import Review, SignOff

OPENERS = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # the deputy acts when the headteacher is away
TOLD = (Role.HEADTEACHER, Role.GOVERNOR)  # of a review that is due and that nobody has opened
MAY_SEE = frozenset({*rules.REVIEWERS, *OPENERS, Role.ADMIN_TEAM})
LONGEST = 2000  # letters of remarks


@dataclass(frozen=True, slots=True)
class Due:
    """When the next review is due. `since`: the day of the approval on which it rests; `label`: the version.

    `usual`: the same day without the school's calendar, which may move the end of a term.
    """

    on: date
    since: date
    label: str
    usual: date


@dataclass(frozen=True, slots=True)
class View:
    """A review as one person sees it: who has signed for whom, who is asked, and what this person may do."""

    review: Review
    label: str
    names: Mapping[int, str]
    waiting: Mapping[Role, tuple[str, ...]]  # for whom nobody has signed → who could; nobody holds a role: empty
    mine: tuple[Role, ...]  # for whom this person can sign now
    has_signed: bool
    may_call_off: bool


@dataclass(frozen=True, slots=True)
class Stands:
    """How the review stands for the whole school. `review`: the open one; `signed`, `waiting`: while it is open."""

    due: Due
    review: Review | None
    signed: tuple[Role, ...] = ()
    waiting: tuple[Role, ...] = ()


def stands(tx: Look) -> Stands | None:
    """Return how the review stands; None where neither settings nor a document say when it is due."""
    when = _due(tx.connection, tx.school)
    if when is None:
        return None
    found = versions.newest_review(tx.connection, tx.school_id, State.OPEN)
    if found is None:
        return Stands(when, None)
    waiting = rules.outstanding(found.signed(_label(tx.connection, tx.school)))
    signed = tuple(role for role in rules.REVIEWERS if role not in waiting)
    return Stands(when, found, signed, waiting)


def due(context: Context) -> Due | None:
    """Return when the next review is due; None where neither settings nor a document say. Raises Busy."""
    with context.database.look() as connection:
        return _due(connection, context.school)


def current(context: Context) -> Review | None:
    """Return the open review. Raises Busy."""
    with context.database.read() as connection:
        return versions.newest_review(connection, context.school.school_id, State.OPEN)


def get(context: Context, number: int, token: str | None = ANY_BUTTON) -> View:
    """Return a review for one who has to do with it. Raises NotFound, Busy."""
    with context.look() as tx:
        return _view(tx, context.person, _get(tx, context.person, number, token))


def open_review(context: Context) -> View:
    """Open the review and ask every reviewer to sign; an open one is returned. Raises Refused, Conflict."""
    person = context.person
    if not person.holds(*OPENERS):
        raise Refused("Only the headteacher or the deputy opens the policy's review.")
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        found = versions.newest_review(tx.connection, tx.school_id, State.OPEN)
        if found is None:
            when = _due(tx.connection, tx.school)
            if when is None:
                raise Conflict("There is no policy to review yet. Please import it first.")
            number = versions.open_review(
                tx.connection, tx.school_id, due=when.on, person_id=person.person_id, at=tx.now
            )
            tx.audit("policy.review_opened", f"review {number}")
            tx.reminders_changed("policy-review-")
            everybody = tx.everybody()
            tx.notify(Notice.POLICY_SIGN, number, rules.asked(everybody, ()))
            found = _get(tx, person, number)
        return _view(tx, person, found)


def sign(
    context: Context, number: int, token: str | None = ANY_BUTTON, *, shown_for: str, remarks: str, signature: str
) -> View:
    """Sign for every role that this person holds and nobody has signed for; the last one completes the review.

    `shown_for`: the version that the form was opened for. Raises BadInput, Conflict, NotFound.
    """
    person = context.person
    signed = deciding.read_signature(signature, person)
    if len(remarks) > LONGEST:
        raise BadInput(
            "Too long.", fields={"remarks": f"Please use at most {LONGEST} letters: this has {len(remarks)}."}
        )
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two reviewers may sign at once
        found = _get(tx, person, number, token)
        label = _label(tx.connection, tx.school)
        if label != shown_for:
            raise Conflict("There is a newer version of the policy by now. Please read that one, then sign.")
        mine = rules.signs_for(person, found.signed(label))
        if not mine and any(each.person_id == person.person_id and each.label == label for each in found.sign_offs):
            return _view(tx, person, found)  # the same form once more
        event = Event.SIGN if set(rules.outstanding(found.signed(label))) - set(mine) else Event.SIGN_LAST
        state = rules.next_state(found.state, event)
        if not mine:
            raise Conflict("Somebody else has signed for this by now. Nothing of yours is needed.")
        for role in mine:
            made = SignOff(role, label, person.person_id, tx.now, signed, remarks.strip())
            versions.sign(tx.connection, tx.school_id, found, made)
        tx.audit("policy.signed", f"review {number}")
        tx.reminders_changed("policy-review-")
        if state is State.COMPLETED:
            _end(tx, found, state, rules.years_later(tx.today, tx.school.policy.review_every_years))
        tx.told_otherwise(number, Notice.POLICY_SIGN)
        return _view(tx, person, _get(tx, person, number))


def call_off(context: Context, number: int, token: str | None = ANY_BUTTON) -> View:
    """End a review that was opened by mistake; it stays on record. Raises Conflict, NotFound, Refused."""
    person = context.person
    if not person.holds(*OPENERS):
        raise Refused("Only the headteacher or the deputy calls a review off.")
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        found = _get(tx, person, number, token)
        _end(tx, found, rules.next_state(found.state, Event.CALL_OFF), None)
        tx.told_otherwise(number, Notice.POLICY_SIGN)
        return _view(tx, person, _get(tx, person, number))


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return a reminder for the headteacher and the governors, where the review is due or overdue today.

    Once it is open they and the other reviewers are reminded until they have signed.
    """
    if reader and not reader.holds(*TOLD, *rules.REVIEWERS):
        return
    when = _due(tx.connection, tx.school)
    if when is None:
        return
    settings = tx.school.policy
    stage = reached(when.on, tx.today, Plan(before_days=settings.remind_before_days))
    if stage is None:
        return
    everybody = tx.everybody()
    found = versions.newest_review(tx.connection, tx.school_id, State.OPEN)
    told = rules.asked(everybody, found.signed(when.label)) if found else _told(everybody)
    words = {"title": settings.title, "label": when.label, "committee": settings.reviewed_by, "is_open": bool(found)}
    for person in told:
        yield Item(
            feature="policy",
            key=f"policy-review-{when.since:%Y-%m-%d}",
            person_id=person.person_id,
            due=when.on,
            stage=stage,
            words=words,
            action="policy.review",
            value=found.button if found else "",
            anchor=when.usual,
            is_private=not person.holds(Role.HEADTEACHER),  # she has the very same thing to do herself
        )


def next_in_line(tx: Look, notice: Notice, number: int) -> Line | None:
    """Return who can still sign an open review, instead of somebody who could not be told."""
    found = versions.get_review(tx.connection, tx.school_id, number)
    if notice is not Notice.POLICY_SIGN or found is None or found.state is not State.OPEN:
        return None
    asked = rules.asked(tx.everybody(), found.signed(_label(tx.connection, tx.school)))
    return Line((tuple(asked),) if asked else ())


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield whose signature the open review waits for, office by office: one holder of each is enough."""
    found = versions.newest_review(tx.connection, tx.school_id, State.OPEN) if tx.outside() else None
    if found is None:
        return
    signed, everybody = found.signed(_label(tx.connection, tx.school)), tx.everybody()
    asked = rules.asked(everybody, signed)
    for role in rules.outstanding(signed):
        yield telling(tx.reach(), Notice.POLICY_SIGN, found.number, (role,), asked=asked)


def week(tx: Look, _person: Person, _monday: date) -> Week:
    """Return since when the review has been overdue, and whether it is open."""
    review = stands(tx)
    if review is None:
        return Week()
    is_overdue = review.due.on < tx.today
    return Week(review_since=review.due.on if is_overdue else None, review_open=review.review is not None)


def figures(tx: Look, _first: date, _days: SchoolDays) -> Figures:
    """Return how the policy's review stands."""
    found = stands(tx)
    if found is None:
        return Figures()
    days_left = (found.due.on - tx.today).days
    return Figures(
        review=overview.Review(found.due.on, days_left, found.review is not None, found.signed, found.waiting)
    )


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _told(everybody: Sequence[Person]) -> list[Person]:
    return [each for each in everybody if each.standing is Standing.STAFF and each.holds(*TOLD)]


def _due(connection: Connection, found: School) -> Due | None:
    """What was said last counts: the settings, a version's approval, or a completed review."""
    settings, years = found.policy, found.policy.review_every_years
    version = versions.in_force(connection, found.school_id)
    completed = versions.newest_review(connection, found.school_id, State.COMPLETED)
    label = version.label if version else settings.version
    known: list[Due] = []
    if settings.approved:
        later = rules.years_later(settings.approved, years)
        on = _as_set(settings.next_review, found.calendar) or later
        usual = _as_set(settings.next_review, NOTHING_KNOWN) or later
        known.append(Due(on, settings.approved, label, usual))
    if version:
        later = rules.years_later(version.approved_on, years)
        known.append(Due(later, version.approved_on, label, later))
    if completed and completed.ended_at and (agreed := completed.next_review):
        known.append(Due(agreed, school_day(completed.ended_at, found.timezone), label, agreed))
    return max(known, key=lambda each: each.since, default=None)


def _as_set(written: str, calendar: Calendar) -> date | None:
    try:
        return rules.read_due(written, calendar)
    except ValueError:
        return None  # settings from before school.toml was checked for it


def _label(connection: Connection, found: School) -> str:
    version = versions.in_force(connection, found.school_id)
    return version.label if version else found.policy.version


def _end(tx: Transaction, found: Review, to: State, next_review: date | None) -> None:
    if not versions.end_review(tx.connection, found, to=to, at=tx.now, next_review=next_review):
        raise Conflict("Somebody else was quicker. Nothing of yours was changed.")
    tx.audit(f"policy.review_{to.name.lower()}", f"review {found.number}")


def _get(tx: Look, person: Person, number: int, token: str | None = ANY_BUTTON) -> Review:
    found = versions.get_review(tx.connection, tx.school_id, number)
    took_part = found is not None and any(each.person_id == person.person_id for each in found.sign_offs)
    if found is None or not is_its_own(token, found.opened_at) or not (took_part or person.roles & MAY_SEE):
        raise NotFound("There is no such review of yours.")
    return found


def _view(tx: Look, person: Person, found: Review) -> View:
    label, is_open = _label(tx.connection, tx.school), found.state is State.OPEN
    everybody = tx.everybody()
    signed = found.signed(label)
    waiting = {
        role: tuple(each.name for each in everybody if each.standing is Standing.STAFF and each.holds(role))
        for role in (rules.outstanding(signed) if is_open else ())
    }
    return View(
        review=found,
        label=label,
        names={each.person_id: each.name for each in everybody},
        waiting=waiting,
        mine=rules.signs_for(person, signed) if is_open else (),
        has_signed=any(each.person_id == person.person_id and each.label == label for each in found.sign_offs),
        may_call_off=is_open and person.holds(*OPENERS),
    )
