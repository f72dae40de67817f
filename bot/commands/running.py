"""Commands that set a school up and run Lanyard. Imports are lazy: serving must start fast."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import shared
from bot.commands.shared import Apply, app
from bot.errors import MENDABLE, Misconfigured

if TYPE_CHECKING:
    from bot.services.outbox.rounds import Delivers
    from bot.services.school.setting_up import SetUp
    from handlers.slack.directory import Directory, Home


LONGEST_SECONDS = 120.0  # of sending, in one tick


@app.command()
def setup(
    path: Annotated[Path, typer.Argument(help="The school's settings: school.toml.")],
    new_database: Annotated[
        bool, typer.Option("--new-database", help="Begin anew, without the records that lie in lanyard.db here.")
    ] = False,
    apply_roles: Annotated[
        bool, typer.Option("--apply-roles", help="Give and take away roles, too, at a school that is set up already.")
    ] = False,
    another_school: Annotated[
        bool, typer.Option("--another-school", help="Add a second school to a database that holds one.")
    ] = False,
) -> None:
    """Migrate the database, then create or update the school. A second run changes nothing.

    Changes of roles are only shown, unless --apply-roles says otherwise.
    """
    from bot.clock import now
    from bot.school_file import read_school
    from bot.services.school import forgetting, setting_up
    from storage import left_behind, migrate

    settings = read_school(path)
    directory = _directory()
    if directory:
        _refuse_another_workspace(path, settings.school.slack_team, directory.workspace())
    database = shared.opened()
    left = left_behind.warning(database)
    if left and not new_database:
        raise Misconfigured(left_behind.refused(left))
    for line in migrate.upgrade(database):
        typer.echo(line)
    if not another_school:
        forgetting.refuse_second(database, settings.school.slack_team)
    look_up = directory.user_by_email if directory else None
    roles = setting_up.Roles.APPLIED if apply_roles else setting_up.Roles.SHOWN
    done = setting_up.set_up(database, now(), settings.model_dump(mode="json"), settings.holders(), look_up, roles)
    if left:
        setting_up.begin_anew(database, now(), settings.school.slack_team)
        typer.echo(f"⚠ {left}")
    _tell(done, {each.email for each in settings.phones})
    if directory is None:
        typer.echo("SLACK_BOT_TOKEN is not set, so the addresses were not looked up in Slack.")


@app.command("forget-school")
def forget_school(
    workspace: Annotated[str, typer.Argument(help="The school's Slack workspace: T…")],
    apply: Apply = False,
) -> None:
    """Remove a school that holds no records, such as one that was set up by mistake."""
    from bot.clock import now
    from bot.services.school import forgetting

    database = shared.migrated()
    found = forgetting.empty_school_of(database, workspace)
    if not apply:
        typer.echo(f"{found.name} ({workspace}) holds no records. Nothing was changed yet. To remove it, add --apply")
        return
    forgetting.forget(database, now(), found)
    typer.echo(f"{found.name} ({workspace}) is removed.")


@app.command()
def run() -> None:
    """Run everything in one process: Socket Mode if SLACK_APP_TOKEN is set, else HTTP on PORT."""
    from bot import serve

    serve.run()


@app.command()
def web() -> None:
    """Answer Slack, and leave outbox and timetable to `worker`: any number of processes, on PostgreSQL."""
    from bot import serve

    serve.web()


@app.command()
def worker() -> None:
    """Send messages and keep the timetable, beside `web`: any number of processes, of which one leads."""
    from bot import serve

    serve.worker()


@app.command()
def tick(
    at: Annotated[str, typer.Option(help="An instant in school time, such as 2026-12-01T08:00; default now.")] = "",
) -> None:
    """Do what is due, say what was done, and stop."""
    from zoneinfo import ZoneInfo

    from bot import jobs
    from bot import status as status_of
    from bot.app import build
    from bot.clock import now
    from bot.services.school import housekeeping
    from bot.settings import environment
    from storage import keys

    database = shared.migrated()
    keys.check(database)
    try:
        asked = datetime.fromisoformat(at) if at else now()
    except ValueError:
        raise Misconfigured("--at needs an instant such as 2026-12-01T08:00") from None

    def instant(zone: str) -> datetime:
        return asked if asked.tzinfo else asked.replace(tzinfo=ZoneInfo(zone))

    settings = environment()
    bot = None
    if settings.slack_bot_token:
        began = now()  # the made-up clock goes on: a conversation takes one message a second
        clock = (lambda: instant("Europe/London") + (now() - began)) if at else now
        bot = build(settings, database=database, clock=clock)
        housekeeping.refresh_people(database, now, bot.router.directory)  # who is new here is reminded this very time
    for line in jobs.tick(database, instant):
        typer.echo(line)
    jobs.came_round(database, now())
    if bot:
        bot.clear_away()
        typer.echo(f"{_deliver(bot.sender)} messages sent or brought up to date")
        if waits := status_of.waits(database, instant("Europe/London")):
            typer.echo(waits)


@app.command()
def migrate(
    accept_lost: Annotated[
        bool, typer.Option("--accept-lost", help="Go on without what another LANYARD_KEY made, which is lost.")
    ] = False,
) -> None:
    """Bring the database to the newest shape."""
    from storage import left_behind
    from storage import migrate as migrations
    from storage.keys import Lost

    database = shared.opened()
    for line in migrations.upgrade(database, Lost.ACCEPTED if accept_lost else Lost.REFUSED) or [
        "The database was already up to date."
    ]:
        typer.echo(line)
    if left := left_behind.warning(database):
        typer.echo(f"⚠ {left}")


@app.command()
def status() -> None:
    """Say in five lines how Lanyard is, for a monitor. Exit status: 0 all is well, 1 somebody should look."""
    from bot import status as status_of
    from bot.clock import now

    found = status_of.of(shared.migrated(), now())
    for line in found.lines:
        typer.echo(line)
    if not found.is_well:
        raise typer.Exit(shared.SHOULD_LOOK)


@app.command()
def doctor() -> None:
    """Say whether the school is ready for its staff; name what is missing, and how to mend it."""
    from bot import doctor as examination

    found = examination.examine()
    for mark, line in found.lines:
        typer.echo(f"{mark} {line}")
    if found.wanting:
        things = "thing is" if found.wanting == 1 else "things are"
        typer.echo(f"Not ready yet: {found.wanting} {things} missing. Mend the lines with ✗, from above to below.")
        raise typer.Exit(MENDABLE)
    typer.echo("Ready: nothing that your staff need is missing.")


def _tell(done: "SetUp", phoned: Collection[str]) -> None:
    """Say what setting up did. `phoned`: the addresses of those whose phone number is known."""
    for change in done.changes:
        typer.echo(change)
    if done.roles_waiting:
        typer.echo("Roles would change. To change them, run it again with --apply-roles; those concerned are told:")
    for change in done.roles_waiting:
        typer.echo(f"  {change}")
    for remark in done.remarks:
        typer.echo(f"⚠ {remark}")
    if not done.changes and not done.roles_waiting:
        typer.echo("Everything is already as school.toml says: nothing changed.")
    for email in done.not_in_slack:
        if email in phoned:
            typer.echo(f"{email} has no Slack account here: somebody at the school is asked to tell them.")
            continue
        typer.echo(
            f"⚠ {email} holds a role but has no Slack account here. Check the address, or invite them. If they are to "
            "have none, add them to [[phones]]: somebody at the school is asked to tell them what they have to know."
        )


def _directory() -> "Directory | None":
    """Return what is asked of Slack about accounts; None where there is no token."""
    from bot.settings import environment

    if not environment().slack_bot_token:
        return None
    from bot.app import slack_client
    from handlers.slack.directory import Directory

    return Directory(slack_client(environment()))


def _refuse_another_workspace(path: Path, workspace: str, home: "Home") -> None:
    """Refuse settings of another workspace than the token's: they would make a school that nobody ever reaches."""
    if not home.is_of(workspace):
        raise Misconfigured(
            f"{path}: slack_team is {workspace}, but SLACK_BOT_TOKEN belongs to the workspace {home.name} "
            f'({home.team_id}). Nothing was changed. Write slack_team = "{home.team_id}", or put the token of '
            f"{workspace} into .env"
        )


def _deliver(sender: "Delivers") -> int:
    """Send what is due, and wait where somebody is told several things; returns how many messages.

    Not for ever: a Slack that asks for time again and again is left alone, and what then waits is told.
    """
    import time

    from bot.services.outbox.rounds import Round

    ends = time.monotonic() + LONGEST_SECONDS
    taken = sender.deliver()
    while (pause := sender.pause(Round.EVERY)) < Round.EVERY and time.monotonic() < ends:
        time.sleep(pause.total_seconds())
        taken += sender.deliver()
    return taken
