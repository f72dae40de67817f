"""The commands that a person types. Each module puts its own into `app`, in the order in which `--help` names them."""

from bot.commands import running, lists, records  # isort: skip
from bot.commands import slips
from bot.commands.shared import app

__all__ = ["app", "lists", "records", "running", "slips"]
