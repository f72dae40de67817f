"""Training in Slack. Policy §9."""

from handlers.training import own

NOTICES = own.NOTICES
ROUTES = own.ROUTES
