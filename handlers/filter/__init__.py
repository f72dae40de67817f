"""The filter register in Slack. Policy §7."""

from handlers.filter import register

NOTICES = register.NOTICES
ROUTES = register.ROUTES
