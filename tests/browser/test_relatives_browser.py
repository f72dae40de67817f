"""My relatives, in Chromium: Olu declares a colleague and a pupil, and reads them back."""

from tests.browser.screen import Screen


def test_relatives_are_declared(screen: Screen) -> None:
    screen.as_person("Olu Adeyemi")
    screen.home()
    screen.press("More")
    screen.form("More")
    screen.press("My relatives")
    screen.form("My relatives")
    screen.see("Your list is empty")
    screen.fill_modal({"Or a pupil": "Nobody Atall"})
    assert screen.submit() != {}
    screen.fill_modal({"A colleague": "Dev Mistry", "Or a pupil": "Jamie Nowak"})
    assert screen.submit() == {}
    screen.see("Jamie Nowak, 3B")
