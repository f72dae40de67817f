"""To whom somebody is related at school: declared by themselves, seen by nobody else, and used by the gate alone.

It bars only the person who declares it: they neither learn of records that speak of a relative nor decide what a
relative has asked for. Nobody else is told why. Policy §7.5; KCSIE: nobody handles what concerns their own family.
"""

from dataclasses import dataclass

from bot.changes import SightChanged
from bot.context import Context, Transaction
from bot.errors import BadInput, NotFound
from bot.rules.names.folding import fold
from bot.rules.names.index import Named
from bot.rules.people import Person, Standing
from storage.consent import roll
from storage.people import relatives

MOST = 50  # more are a slip


@dataclass(frozen=True, slots=True)
class Relative:
    """One relative, as whoever declared them sees it. `who`: "Dev Mistry" or "Kit Smith, 3B"."""

    relative_id: int
    who: str
    is_pupil: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """Whom somebody has declared, and the colleagues whom they could."""

    relatives: tuple[Relative, ...]
    colleagues: tuple[Person, ...]


def mine(context: Context) -> Declared:
    """Return whom this very person has declared."""
    with context.look() as tx:
        person, everybody = context.person, tx.everybody()
        known = relatives.of_person(tx.connection, tx.school_id, person.person_id)
        names = {each.person_id: each.name for each in everybody}
        pupils = {each.pupil_id: each for each in roll.named(tx.connection, tx.school_id, tx.today)}
        return Declared(
            tuple(
                Relative(each.relative_id, names[each.colleague_id], is_pupil=False)
                if each.colleague_id
                else Relative(each.relative_id, _called(pupils[each.pupil_id or 0]), is_pupil=True)
                for each in known
            ),
            tuple(each for each in everybody if each.standing is Standing.STAFF and each.person_id != person.person_id),
        )


def declare(context: Context, colleague_id: int | None, name: str, class_name: str) -> Declared:
    """Declare a colleague or a pupil, or one of each. Raises BadInput with a message for each field.

    `name`: a pupil's first name and surname; `class_name`: "" unless there are several of that name.
    """
    with context.begin() as tx:
        person = context.person
        known = relatives.of_person(tx.connection, tx.school_id, person.person_id)
        if len(known) >= MOST:
            raise BadInput("Too many.", fields={"name": f"You can name at most {MOST}. Take one off the list first."})
        if colleague_id is not None and all(each.person_id != colleague_id for each in tx.everybody()):
            raise BadInput("Nobody.", fields={"colleague": "Choose a colleague."})
        if colleague_id in {None, person.person_id} and not name.strip():
            raise BadInput("Nobody.", fields={"colleague": "Choose a colleague, or write a pupil's name below."})
        pupil_id = _pupil(tx, name, class_name) if name.strip() else None
        there = {(each.colleague_id, each.pupil_id) for each in known}
        if colleague_id not in {None, person.person_id} and (colleague_id, None) not in there:
            relatives.add(tx.connection, tx.school_id, person.person_id, tx.now, colleague_id=colleague_id)
        if pupil_id is not None and (None, pupil_id) not in there:
            relatives.add(tx.connection, tx.school_id, person.person_id, tx.now, pupil_id=pupil_id)
        tx.audit("relatives.declared", f"person {person.person_id}")
        tx.changed(SightChanged(person.person_id))
    return mine(context)


def end(context: Context, relative_id: int) -> Declared:
    """Take somebody off the list again. Raises NotFound: nobody else's list is there."""
    with context.begin() as tx:
        person_id = context.person.person_id
        if not relatives.end(tx.connection, tx.school_id, person_id, relative_id, tx.now):
            raise NotFound("This is not on your list any more.")
        tx.audit("relatives.ended", f"person {person_id}")
        tx.changed(SightChanged(person_id))
    return mine(context)


def _pupil(tx: Transaction, name: str, class_name: str) -> int:
    """Return the pupil who is called so: nobody is guessed. Raises BadInput for "name" or "class"."""
    wanted, in_class = fold(name), fold(class_name)
    every = roll.named(tx.connection, tx.school_id, tx.today)
    called = [each for each in every if wanted in {_full(each), fold(f"{each.legal_forename} {each.legal_surname}")}]
    found = [each for each in called if not in_class or fold(each.class_name) == in_class]
    if len(found) == 1:
        return found[0].pupil_id
    if not called:
        said = "Nobody on the roll has that name. Write the first name and surname as they are on the roll."
        raise BadInput("Nobody.", fields={"name": said})
    said = (
        "Nobody of this name is in that class."
        if in_class
        else "More than one pupil has this name. Write the class too."
    )
    raise BadInput("Which?", fields={"class": said})


def _full(pupil: Named) -> str:
    return fold(f"{pupil.forename} {pupil.surname}")


def _called(pupil: Named) -> str:
    return f"{pupil.forename} {pupil.surname}, {pupil.class_name}"
