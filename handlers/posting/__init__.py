"""The publish gate in Slack: checks, posts, what has to come down, and where pictures appear. Policy §4.5–4.13, 5.1."""

from handlers.posting import checks, earlier, posts, published, surfaces, take_downs

ROUTES = (*checks.ROUTES, *posts.ROUTES, *earlier.ROUTES, *published.ROUTES, *take_downs.ROUTES, *surfaces.ROUTES)
NOTICES = {**checks.NOTICES, **posts.NOTICES, **take_downs.NOTICES}
