"""Who is whom: two rows that are one person are joined, and where Lanyard cannot know it, the office is asked.

Until the office has answered, whoever came is a member of staff and nothing more: no role, no class, nothing of whoever
had the address before. Decision 0020.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.changes import SightChanged
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.buttons import ANY_BUTTON, is_its_own, value_of
from bot.rules.people import Person, Standing
from bot.rules.relays import Telling, telling
from bot.rules.school import Role
from bot.rules.staff.persons import Answer, Doubt, is_nowhere, namesakes, nowhere
from bot.rules.turns import Line, Waiting
from bot.wording import page
from storage import school
from storage.people import accounts, joining, people, questions
from storage.people.questions import Question

# Who knows people: the first of these roles that anybody else holds is asked, any of them may answer. [K]
ANSWERERS = (Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
ANSWERED = "Somebody else has answered this already. Nothing of yours was changed."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the names of the two, and the addresses that they have now, "" where one has none."""

    question: Question
    newcomer: str
    earlier: str
    addresses: tuple[str, str]

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return value_of(self.question.question_id, self.question.asked_at)


# ── joining and doubting, in the transaction of what made it needed ────────────────────────────────────────────────


def join(tx: Transaction, gone: Person, into: Person) -> None:
    """Make two people one: what is kept from either is kept from that one from now on. The school must be locked."""
    for number in questions.settle(tx.connection, tx.school_id, gone.person_id, into.person_id, tx.now):
        tx.told_otherwise(number, Notice.PERSON_ASKED)
    joining.join(tx.connection, tx.school_id, gone, into, tx.now)
    tx.audit("persons.joined", f"persons {gone.person_id} and {into.person_id}")
    tx.kept.clear()  # the staff in memory are from before this
    tx.changed(SightChanged(into.person_id))


def succeed(tx: Transaction, earlier: Person) -> None:
    """Free an address for whoever uses it now: nothing of whoever had it before passes on by itself."""
    values = {"email": nowhere("left", earlier.person_id), "standing": Standing.LEFT, "checked_at": tx.now}
    people.change(tx.connection, tx.school_id, earlier.person_id, **values)
    accounts.had(tx.connection, tx.school_id, earlier.email, earlier.person_id, tx.now)
    tx.audit("people.succeeded", f"person {earlier.person_id}")


def doubt(tx: Transaction, newcomer_id: int, earlier_id: int, address: str) -> None:
    """Ask the office whether somebody is whoever had their address before. The school must be locked."""
    people.change(tx.connection, tx.school_id, newcomer_id, perhaps=earlier_id)
    _ask(tx, newcomer_id, earlier_id, address, Doubt.ADDRESS)


def ask_of_namesakes(tx: Transaction) -> None:
    """Ask once about any two people with the same name whether they are one. The school must be locked.

    Until somebody has answered each keeps what is theirs, and counts as a relative of the other: neither decides on
    what the other asks for, or learns of what speaks of the other.
    """
    known = questions.asked_about(tx.connection, tx.school_id)
    for newer, earlier in namesakes(tx.everybody()):
        if {newer.person_id, earlier.person_id} not in known:
            _ask(tx, newer.person_id, earlier.person_id, newer.email, Doubt.NAME)
            for each in (newer, earlier):
                tx.changed(SightChanged(each.person_id))


def tick(context: Context) -> None:
    """Ask about people who now have the same name: by the staff list, or from before Lanyard asked about names."""
    with context.look() as tx:
        alike = namesakes(tx.everybody())
        if not alike:
            return
        known = questions.asked_about(tx.connection, tx.school_id)
    if any({newer.person_id, earlier.person_id} not in known for newer, earlier in alike):
        with context.begin() as tx:
            school.lock(tx.connection, tx.school_id)
            ask_of_namesakes(tx)


def _ask(tx: Transaction, newcomer_id: int, earlier_id: int, address: str, why: Doubt) -> None:
    both = {"newcomer_id": newcomer_id, "earlier_id": earlier_id}
    number = questions.ask(tx.connection, tx.school_id, **both, address=address, at=tx.now, why=why)
    tx.audit("persons.asked", f"question {number}")
    tx.kept.clear()
    asked: tuple[Person, ...] = next(_groups(tx.everybody(), both.values()), ())
    tx.notify(Notice.PERSON_ASKED, number, asked)


# ── answering ──────────────────────────────────────────────────────────────────────────────────────────────────────


def get(context: Context, number: int, token: str | None = ANY_BUTTON) -> Asked:
    """Return one question, answered or not. Raises NotFound, Refused."""
    with context.look() as tx:
        return _get(tx, context.person, number, token)


def answer(context: Context, number: int, token: str, said: Answer) -> Asked:
    """Say who it is. Raises Conflict, NotFound, Refused.

    The same person keeps everything, and everything is still kept from them; somebody else has nothing but the roles of
    the address. Whoever had the address before may be in doubt themselves: then that is the next question.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two may answer at once
        asked = _get(tx, context.person, number, token).question
        newcomer = people.by_id(tx.connection, tx.school_id, asked.newcomer_id)
        is_open = newcomer and (asked.why is Doubt.NAME or newcomer.perhaps == asked.earlier_id)
        earlier = people.by_id(tx.connection, tx.school_id, asked.earlier_id) if is_open else None
        by, is_same = context.person.person_id, said is Answer.SAME
        if not newcomer or not earlier:
            raise Conflict(ANSWERED)
        if not questions.answer(tx.connection, tx.school_id, number, is_same=is_same, by=by, at=tx.now):
            raise Conflict(ANSWERED)
        if is_same:
            join(tx, newcomer, earlier)
        else:
            _tell_apart(tx, newcomer, earlier, asked)
        tx.told_otherwise(number, Notice.PERSON_ASKED)
        return _get(tx, context.person, number, token)


def _tell_apart(tx: Transaction, newcomer: Person, earlier: Person, asked: Question) -> None:
    people.change(tx.connection, tx.school_id, newcomer.person_id, perhaps=None)
    tx.audit("persons.told_apart", f"question {asked.question_id}")
    tx.kept.clear()
    if earlier.perhaps and asked.why is Doubt.ADDRESS:
        doubt(tx, newcomer.person_id, earlier.perhaps, asked.address)
    for each in (newcomer, earlier):
        tx.changed(SightChanged(each.person_id))


def _get(tx: Look, person: Person, number: int, token: str | None) -> Asked:
    found = questions.get(tx.connection, tx.school_id, number)
    if not person.holds(*ANSWERERS) or (found and person.person_id in found.both):
        raise Refused("The office answers this, and nobody answers about themselves.")
    if found is None or not is_its_own(token, found.asked_at):
        raise NotFound("There is no such question.")
    names = people.names(tx.connection, tx.school_id)
    both = (tx.person(found.newcomer_id), tx.person(found.earlier_id))
    addresses = tuple("" if each is None or is_nowhere(each.email) else each.email for each in both)
    return Asked(found, names[found.newcomer_id], names[found.earlier_id], addresses)  # type: ignore[arg-type]


# ── whom it waits for ──────────────────────────────────────────────────────────────────────────────────────────────


def waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    """Yield the questions that somebody may answer."""
    if not person.holds(*ANSWERERS):
        return
    known = {each.person_id: each for each in tx.everybody()}
    for asked in questions.unanswered(tx.connection, tx.school_id):
        newcomer = known.get(asked.newcomer_id)
        is_open = newcomer and (asked.why is Doubt.NAME or newcomer.perhaps)
        if newcomer and is_open and person.person_id not in asked.both:
            name = page("persons/view").text(
                "waits_name" if asked.why is Doubt.NAME else "waits_address", name=newcomer.name
            )
            yield Waiting("persons", name, "persons.open", value_of(asked.question_id, asked.asked_at), asked.asked_at)


def next_in_line(tx: Look, _notice: Notice, number: int) -> Line | None:
    """Return who can answer a question that could not be delivered; None: it is answered."""
    found = questions.get(tx.connection, tx.school_id, number)
    if found is None or found.is_same is not None:
        return None
    return Line(tuple(_groups(tx.everybody(), found.both)))


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield the questions that nobody has answered yet, for those who may answer them."""
    for asked in questions.unanswered(tx.connection, tx.school_id) if tx.outside() else ():
        first: tuple[Person, ...] = next(_groups(tx.everybody(), asked.both), ())
        yield telling(tx.reach(), Notice.PERSON_ASKED, asked.question_id, ANSWERERS, asked=first, barred=asked.both)


def _groups(everybody: Iterable[Person], both: Collection[int]) -> Iterator[tuple[Person, ...]]:
    here = [person for person in everybody if person.is_here and person.person_id not in both]
    for role in ANSWERERS:
        if group := tuple(person for person in here if person.holds(role)):
            yield group
