"""What is changed, and what is left as it is: no text, no type, no decorator."""

from tests.mutants.__main__ import PLACES
from tests.mutants.changes import changes
from tests.mutants.trying import ROOT, modules

MODULE = '''
LONGEST = 200  # letters
DECIDERS = {"head", "deputy"}

@frozen(True)
def may(person: "Person | None", days: int) -> bool:
    """Return whether 3 days are enough."""
    if person is None or person.left:
        raise Refused("Not yours: 7 days.")
    return days < 5
'''
MADE = [
    "LONGEST = 201  # letters",
    'DECIDERS = {"deputy"}',
    'DECIDERS = {"head"}',
    "if (person is None):",
    "if (person.left):",
    "if person is not None or person.left:",
    "pass",
    "return days < 6",
    "return days <= 5",
]


def test_bounds_conditions_and_members_are_changed_one_at_a_time_and_nothing_else_is() -> None:
    source = MODULE.encode()
    lines = MODULE.splitlines()
    made = [change.made(source).decode().splitlines() for change in changes(source)]
    new = [line.strip() for lines_made in made for line, was in zip(lines_made, lines, strict=True) if line != was]
    assert sorted(line.replace("'", '"') for line in new) == sorted(MADE)


def test_every_place_exists_and_has_something_to_change() -> None:
    for path in modules(PLACES):
        source = (ROOT / path).read_bytes()
        assert all(change.made(source) != source for change in changes(source))
    assert {path.partition("/")[0] for path in modules(PLACES)} == {"bot", "storage"}
