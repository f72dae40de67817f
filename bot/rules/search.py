"""Looking through requests and reports: what they are narrowed to. Policy §5.5, 5.7, 5.9, 7.3, 7.5."""

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from bot.errors import BadInput
from bot.rules import access, breaches, content, permissions
from bot.rules.forms import Wrong
from bot.rules.posting import posts, take_downs

LONGEST_WORDS = 200


class Scope(enum.StrEnum):
    """Whose records are looked through."""

    MINE = "mine"
    ALL = "all"  # all that this person may see
    POSTED = "posted"  # the posts that this person may see: their own, or of the places that they look after, or all


class Kind(enum.StrEnum):
    """Which of the forms."""

    ANY = "both"  # as it was called while there were two: older messages say so
    ACCESS = "access"
    CONTENT = "content"
    PERMISSION = "permission"
    POST = "post"
    TAKE_DOWN = "take_down"
    BREACH = "breach"


class Standing(enum.StrEnum):
    """How records of every kind stand, in one list of words."""

    ANY = "any"
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    ENDED = "ended"


ACCESS_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    Standing.ANY: tuple(access.State),
    Standing.WAITING: access.OPEN,
    Standing.APPROVED: (access.State.APPROVED,),
    Standing.REJECTED: (access.State.REJECTED,),
    Standing.WITHDRAWN: (access.State.WITHDRAWN,),
    Standing.COMPLETED: (),
    Standing.ENDED: (),
}
CONTENT_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    **dict.fromkeys(Standing, ()),
    Standing.ANY: tuple(content.State),
    Standing.WAITING: (content.State.AWAITING_ACTION,),
    Standing.COMPLETED: (content.State.COMPLETED,),
}
PERMISSION_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    Standing.ANY: tuple(permissions.State),
    Standing.WAITING: tuple(permissions.WAITING),
    Standing.APPROVED: (permissions.State.PERMITTED,),
    Standing.REJECTED: (permissions.State.NOT_PERMITTED, permissions.State.LAPSED),
    Standing.WITHDRAWN: (permissions.State.WITHDRAWN,),
    Standing.COMPLETED: (),
    Standing.ENDED: (permissions.State.REVOKED, permissions.State.OVER),
}
POST_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    **dict.fromkeys(Standing, ()),
    Standing.ANY: tuple(posts.State),
    Standing.APPROVED: (posts.State.PUBLISHED,),
    Standing.ENDED: (posts.State.TAKEN_DOWN,),
}
TAKE_DOWN_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    **dict.fromkeys(Standing, ()),
    Standing.ANY: tuple(take_downs.State),
    Standing.WAITING: (take_downs.State.OPEN, take_downs.State.AWAITING_HEAD),
    Standing.COMPLETED: (take_downs.State.DONE,),
    Standing.ENDED: (take_downs.State.CONSENT_IS_BACK,),
}
BREACH_STATES: Mapping[Standing, tuple[enum.StrEnum, ...]] = {
    **dict.fromkeys(Standing, ()),
    Standing.ANY: tuple(breaches.State),
    Standing.WAITING: (breaches.State.OPEN,),
    Standing.APPROVED: (breaches.State.TO_REPORT,),
    Standing.REJECTED: (breaches.State.NOT_REPORTED,),
    Standing.WITHDRAWN: (breaches.State.NO_BREACH,),
    Standing.COMPLETED: (breaches.State.CLOSED,),
}
KINDS: Mapping[Kind, str] = {
    Kind.ACCESS: access.KIND,
    Kind.CONTENT: content.KIND,
    Kind.PERMISSION: permissions.KIND,
    Kind.POST: posts.KIND,
    Kind.TAKE_DOWN: take_downs.KIND,
    Kind.BREACH: breaches.KIND,
}
STATES: Mapping[str, Mapping[Standing, tuple[enum.StrEnum, ...]]] = {
    access.KIND: ACCESS_STATES,
    content.KIND: CONTENT_STATES,
    permissions.KIND: PERMISSION_STATES,
    posts.KIND: POST_STATES,
    take_downs.KIND: TAKE_DOWN_STATES,
    breaches.KIND: BREACH_STATES,
}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `first`, `last`: days of asking or reporting, both included; `words`: all must occur."""

    scope: Scope
    kind: Kind = Kind.ANY
    standing: Standing = Standing.ANY
    first: date | None = None
    last: date | None = None
    words: str = ""

    @property
    def states(self) -> dict[str, tuple[enum.StrEnum, ...]]:
        """Return kind of record → the states that fit, of the kinds that are looked through."""
        these = [kind for kind in STATES if self.kind is Kind.ANY or KINDS.get(self.kind) == kind]
        return {kind: STATES[kind][self.standing] for kind in these if STATES[kind][self.standing]}

    def written(self) -> str:
        """Return it as text that `again` reads."""
        return json.dumps({name: str(value or "") for name, value in asdict(self).items()}, ensure_ascii=False)


def again(written: str) -> Search:
    """Return what `Search.written` gave. Raises BadInput for anything else."""
    try:
        fields = {str(name): str(value) for name, value in json.loads(written).items()}
        return read(Scope(fields.pop("scope")), fields)
    except (ValueError, KeyError, AttributeError) as error:
        raise BadInput("That button is out of date. Please open the list again.") from error


def read(scope: Scope, fields: Mapping[str, str]) -> Search:
    """Read "kind", "standing", "first", "last" (YYYY-MM-DD) and "words". Raises BadInput with a message for each."""
    form = Wrong(fields)
    first, last = form.day_if_any("first"), form.day_if_any("last")
    form.check("last", not (first and last) or first <= last, "The last day lies before the first.")
    words = " ".join(form.written("words").split())
    form.check("words", len(words) <= LONGEST_WORDS, f"Please use at most {LONGEST_WORDS} letters.")
    form.raise_if_any()
    try:
        kind, standing = Kind(fields.get("kind") or Kind.ANY), Standing(fields.get("standing") or Standing.ANY)
        kind = Kind.POST if scope is Scope.POSTED else kind
    except ValueError as error:
        raise BadInput("That list is out of date. Please open it again.") from error
    return Search(scope, kind, standing, first, last, words)
