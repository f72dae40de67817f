"""Who is whom: two rows that are one person are joined, and where Lanyard cannot know it, the office is asked.

Until the office has answered, whoever came is a member of staff and nothing more: no role, no class, nothing of whoever
had the address before. Decision 0020.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.changes import SightChanged
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.buttons import ANY_BUTTON, is_its_own, value_of
from bot.rules.people import Person, Standing
from bot.rules.school import Role
from bot.rules.staff.persons import Answer, nowhere
from bot.rules.turns import Line, Waiting
from bot.wording import page
from storage import school
from storage.people import accounts, joining, people, questions
from storage.people.questions import Question

# Who knows people: the first of these roles that anybody else holds is asked, any of them may answer. [K]
ANSWERERS = (Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
ANSWERED = "Somebody else has answered this already. Nothing of yours was changed."


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question with the names of whoever uses an address now, and of whoever had it before."""

    question: Question
    newcomer: str
    earlier: str

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return value_of(self.question.question_id, self.question.asked_at)


# ── joining and doubting, in the transaction of what made it needed ────────────────────────────────────────────────


def join(tx: Transaction, gone: Person, into: Person) -> None:
    """Make two people one: whatever is kept from either is kept from the one from now on. The school must be locked."""
    joining.join(tx.connection, tx.school_id, gone, into, tx.now)
    tx.audit("persons.joined", f"persons {gone.person_id} and {into.person_id}")
    tx.kept.clear()  # everybody was read before
    tx.changed(SightChanged(into.person_id))


def succeed(tx: Transaction, earlier: Person) -> None:
    """Free an address for whoever uses it now: of whoever had it before nothing passes on by itself."""
    values = {"email": nowhere("left", earlier.person_id), "standing": Standing.LEFT, "checked_at": tx.now}
    people.change(tx.connection, tx.school_id, earlier.person_id, **values)
    accounts.had(tx.connection, tx.school_id, earlier.email, earlier.person_id, tx.now)
    tx.audit("people.succeeded", f"person {earlier.person_id}")


def doubt(tx: Transaction, newcomer_id: int, earlier_id: int, address: str) -> None:
    """Ask the office whether somebody is whoever had their address before. The school must be locked."""
    people.change(tx.connection, tx.school_id, newcomer_id, perhaps=earlier_id)
    number = questions.ask(
        tx.connection, tx.school_id, newcomer_id=newcomer_id, earlier_id=earlier_id, address=address, at=tx.now
    )
    tx.audit("persons.asked", f"question {number}")
    tx.kept.clear()
    asked: tuple[Person, ...] = next(_groups(tx.everybody(), newcomer_id), ())
    tx.notify(Notice.PERSON_ASKED, number, asked)


# ── answering ──────────────────────────────────────────────────────────────────────────────────────────────────────


def get(context: Context, number: int, token: str | None = ANY_BUTTON) -> Doubt:
    """Return one question, answered or not. Raises NotFound, Refused."""
    with context.look() as tx:
        return _get(tx, context.person, number, token)


def answer(context: Context, number: int, token: str, said: Answer) -> Doubt:
    """Say who it is. Raises Conflict, NotFound, Refused.

    The same person keeps everything, and everything is still kept from them; somebody else has nothing but the roles of
    the address. Whoever had the address before may be in doubt themselves: then that is the next question.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two may answer at once
        asked = _get(tx, context.person, number, token).question
        newcomer = people.by_id(tx.connection, tx.school_id, asked.newcomer_id)
        earlier = newcomer and newcomer.perhaps and people.by_id(tx.connection, tx.school_id, newcomer.perhaps)
        by, is_same = context.person.person_id, said is Answer.SAME
        if not newcomer or not earlier:
            raise Conflict(ANSWERED)
        if not questions.answer(tx.connection, number, is_same=is_same, by=by, at=tx.now):
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
    if earlier.perhaps:
        doubt(tx, newcomer.person_id, earlier.perhaps, asked.address)
    tx.changed(SightChanged(newcomer.person_id))


def _get(tx: Look, person: Person, number: int, token: str | None) -> Doubt:
    found = questions.get(tx.connection, tx.school_id, number)
    if not person.holds(*ANSWERERS) or (found and found.newcomer_id == person.person_id):
        raise Refused("This is for the office to say, and not about oneself.")
    if found is None or not is_its_own(token, found.asked_at):
        raise NotFound("There is no such question.")
    names = people.names(tx.connection, tx.school_id)
    return Doubt(found, names[found.newcomer_id], names[found.earlier_id])


# ── whom it waits for ──────────────────────────────────────────────────────────────────────────────────────────────


def waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    """Yield the questions that somebody may answer."""
    if not person.holds(*ANSWERERS):
        return
    names = {each.person_id: each.name for each in tx.everybody() if each.perhaps}
    for asked in questions.unanswered(tx.connection, tx.school_id):
        if asked.newcomer_id in names and asked.newcomer_id != person.person_id:
            name = page("persons/view").text("waits", name=names[asked.newcomer_id])
            yield Waiting("persons", name, "persons.open", value_of(asked.question_id, asked.asked_at), asked.asked_at)


def next_in_line(tx: Look, _notice: Notice, number: int) -> Line | None:
    """Return who can answer a question that could not be delivered; None: it is answered."""
    found = questions.get(tx.connection, tx.school_id, number)
    if found is None or found.is_same is not None:
        return None
    return Line(tuple(_groups(tx.everybody(), found.newcomer_id)))


def _groups(everybody: Iterable[Person], newcomer_id: int) -> Iterator[tuple[Person, ...]]:
    here = [person for person in everybody if person.is_here and person.person_id != newcomer_id]
    for role in ANSWERERS:
        if group := tuple(person for person in here if person.holds(role)):
            yield group
