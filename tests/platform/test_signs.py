"""`&`, `<` and `>` come from Slack as entities: what people write and are called is kept as they write it."""

import pytest

from tests.access.test_access import FORM
from tests.people import ANN
from tests.school import School, acting
from tests.slack.forms import find_input

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has to do with it


@pytest.mark.parametrize("typed", ["https://a.example/x?p=1&q=2", "https://a.example/x?p=1&amp;q=2", "a < b > c &lt;"])
def test_what_is_typed_after_a_command_arrives_as_it_was_typed(school: School, typed: str) -> None:
    form = school.command(ANN, "/request-access", typed).view
    assert form is not None
    _, element = find_input(form.blocks, "url")
    assert element["initial_value"] == typed


def test_an_address_with_such_a_sign_is_recorded_as_it_is(school: School) -> None:
    address = "https://a.example/x?p=1&q=2"
    form = school.command(ANN, "/request-access", address).view
    school.submit(ANN, form, {name: value for name, value in FORM.items() if name != "Full URL"})
    with school.database.read() as connection:
        assert connection.exec_driver_sql("select url from access_form").scalars().all() == [address]


def test_a_name_with_such_a_sign_is_kept_as_it_is(school: School) -> None:
    school.slack.add_user("U0NEW", "new", "new@huntington.example", real_name="Ada & Co <ICT>")
    school.people.command("U0NEW", "/lanyard", channel=None)
    with school.database.read() as connection:
        names = {row[0] for row in connection.exec_driver_sql("select name from person")}
    assert "Ada & Co <ICT>" in names
    assert acting(school, ANN).person.name == ANN.name
