"""Says whether the school is ready for its staff: a line for each thing, with the command that mends what is missing.

What is looked at comes in the order in which an IT lead meets it: the machine, Slack, then each school.
"""

from bot.doctor import machine, school, workspace
from bot.doctor.findings import SET_UP, Findings, Mark
from bot.settings import environment

__all__ = ["Findings", "Mark", "examine"]


def examine() -> Findings:
    """Examine settings, database, Slack and every school. Nothing is changed. Raises Misconfigured for `PORT`."""
    found = Findings()
    settings = environment()
    machine.tokens(settings, found)
    database = machine.database(settings, found)
    schools = machine.schools(database) if database else []
    home, accounts = workspace.examine(settings, [each.workspace for each in schools], found)
    if database is None:
        return found
    if not schools:
        found.wrong(f"No school is set up. {SET_UP}")
    for each in schools:
        its_own = accounts if home is None or home.is_of(each.workspace) else None
        school.examine(database, each, its_own, found.of(each, of_several=len(schools) > 1))
    machine.life(database, schools, found)
    return found
