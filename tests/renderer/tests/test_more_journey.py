"""*More*, by clicks, in Chromium: what is chosen there takes the window's place, at a desk and on a phone.

The other client's page does nothing where a button inside a window is pressed, so these journeys are played here.
"""

import pytest

from tests.people import ANN, OLU
from tests.renderer.visitor import Visitor

HEADERS = "UPN,Legal Forename,Legal Surname,Registration Group,Year Group,Date of Birth,School website - Photo"


def test_relatives_are_declared(visitor: Visitor) -> None:
    visitor.home(OLU)
    visitor.press("More")
    visitor.press("My relatives")
    visitor.window("My relatives")
    visitor.see("Your list is empty")
    visitor.fill({"Or a pupil": "Nobody Atall"})
    visitor.submit()
    assert list(visitor.errors()) == ["name"]
    visitor.fill({"A colleague": "Dev Mistry", "Or a pupil": "Kai Chen"})
    visitor.submit()
    visitor.see("Kai Chen, 3H")
    assert "Dev Mistry\n\nTake off" in visitor.top.locator(".section").all_inner_texts()


@pytest.mark.policy("4.3")
def test_rows_of_the_roll_are_looked_at_and_applied(visitor: Visitor) -> None:
    visitor.home(OLU)
    visitor.press("More")
    visitor.press("Import the roll")
    visitor.window("Import the roll")
    visitor.fill({"Or paste": f"{HEADERS}\nP895541125561,Kai,Chen,3H,3,21/05/2019,No"})
    visitor.submit()
    visitor.window("What would change")
    visitor.see("A Yes becomes a No for 1 use")
    visitor.submit()
    visitor.window("The roll is imported")
    visitor.close()

    visitor.command(ANN, "/consent Kai Chen 3H for website")
    visitor.message("photo: do not use")
