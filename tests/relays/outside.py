"""A school some of whose role holders have no account: named in school.toml, with a phone number or without."""

from typing import Any

from bot.rules.school import Role
from bot.school_file import SchoolFile, read_school
from bot.services.school import setting_up
from bot.services.school.setting_up import Roles
from tests.content.test_content import inbox
from tests.people import Someone
from tests.school import SAMPLE, School
from tests.slack.views import View

FAY = Someone("U0FAY", "Fay Okoro", "fay@dpo.example")  # the bought-in data protection officer
IDA = Someone("U0IDA", "Ida Marsh", "ida@governors.example")  # the chair of governors
NIA = Someone("U0NIA", "Nia Powell", "nia@safe.example")  # the safeguarding lead
PHONES = {FAY: "01632 960 101", IDA: "01632 960 102", NIA: "01632 960 103"}


def hold(school: School, holders: dict[Role, tuple[Someone, ...]], *, phones: bool = True, **more: Any) -> None:
    """Have these hold these roles, by a new `setup`. `more`: other tables of school.toml."""
    written = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    written["roles"] |= {role.value: [each.email for each in people] for role, people in holders.items()}
    named = {each for people in holders.values() for each in people if each in PHONES}
    if phones:
        written["phones"] = [{"email": each.email, "name": each.name, "phone": PHONES[each]} for each in sorted(named)]
    written |= more
    settings = SchoolFile.model_validate(written)
    look_up: Any = school.bot.router.directory.user_by_email
    plain = settings.model_dump(mode="json")
    setting_up.set_up(school.database, school.clock(), plain, settings.holders(), look_up, Roles.APPLIED)
    school.deliver()


def whom(school: School, who: Someone, words: str) -> View:
    """Return the window that says whom to tell, opened from the message with these words in it."""
    letter = school.people.message(who.user_id, words)
    for personal in (*(each.name for each in PHONES), *PHONES.values()):
        assert personal not in letter.text + letter.fallback
    view = school.press(who, letter, "Whom to phone").view
    assert view is not None
    return view


__all__ = ["FAY", "IDA", "NIA", "PHONES", "hold", "inbox", "whom"]
