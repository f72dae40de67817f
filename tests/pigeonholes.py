"""A front without Slack: the pigeonholes in the staffroom. What is put in lies there until it is put in otherwise."""

from dataclasses import dataclass

from bot.services.outbox.messenger import NotDelivered
from storage.outbox.queue import Place
from tests.people import Someone


def account_of(who: Someone) -> str:
    """Return whose pigeonhole it is: longer than any id of Slack's."""
    return f"the pigeonhole of {who.name} in the staffroom, second row from above, beside the kettle"


@dataclass(frozen=True)
class Note:
    """A letter, as pigeonholes show it. `earlier`: what it says where a later one follows."""

    text: str
    earlier: str = ""

    @property
    def as_earlier(self) -> "Note | None":
        return Note(self.earlier) if self.earlier else None


class Pigeonholes:
    """Whatever is put in, by whom it is for; and what goes wrong next."""

    front = "pigeonholes"

    def __init__(self) -> None:
        self.notes: dict[Place, str] = {}
        self.keys: dict[Place, str] = {}
        self.files: set[str] = set()
        self.refused: dict[str, NotDelivered] = {}  # account → why nothing can be put in
        self.asked: list[str] = []  # what was asked of us, in order
        self.before: list[BaseException] = []  # each raised once, before anything is done
        self.afterwards: list[BaseException] = []  # each raised once, when it has been done

    def post(self, account: str, letter: Note, *, key: str) -> Place:
        self._begin("post", account)
        place = Place(account, f"note {len(self.notes) + 1}")
        self.notes[place], self.keys[place] = letter.text, key
        self._end()
        return place

    def update(self, account: str, place: Place, letter: Note) -> None:
        self._begin("update", account)
        assert place in self.notes
        self.notes[place] = letter.text
        self._end()

    def find(self, account: str, *, key: str) -> Place | None:
        self._begin("find", account)
        return next((place for place, known in self.keys.items() if known == key), None)

    def delete(self, file_id: str) -> bool:
        self._begin("delete", "")
        self.files.discard(file_id)
        return True

    def of(self, who: Someone) -> list[str]:
        """Return what lies in somebody's pigeonhole, the oldest first."""
        return [text for place, text in self.notes.items() if place.conversation == account_of(who)]

    def _begin(self, what: str, account: str) -> None:
        self.asked.append(what)
        if account in self.refused:
            raise self.refused[account]
        if self.before:
            raise self.before.pop(0)

    def _end(self) -> None:
        if self.afterwards:
            raise self.afterwards.pop(0)


class Killed(BaseException):
    """The process ends here and now: nothing of ours catches it."""
