"""A person's roles, in the words that the school uses."""

from collections.abc import Iterable

from bot.rules.school import Role
from bot.wording import page


def spoken(roles: Iterable[Role], last: str = "and") -> str:
    """Return roles as people say them: "headteacher and E-Safety Co-ordinator"; "a member of staff" if that is all."""
    special = set(roles) - {Role.STAFF}
    words = [page("help/roles").text(role.value) for role in Role if role in (special or {Role.STAFF})]
    return f" {last} ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} {last} {words[-1]}"
