"""The policy in Slack: what it says, importing it, reading it, reviewing it. Policy §10."""

from handlers.policy import acknowledgement, search

NOTICES = {**search.NOTICES, **acknowledgement.NOTICES}
ROUTES = (*search.ROUTES, *acknowledgement.ROUTES)
