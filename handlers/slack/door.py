"""The web address that Slack posts to. What cannot even be read is refused there, signed or not."""

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest

from bot.logs import log, where
from handlers.slack import shape

MALFORMED = 400  # Slack shows whoever asked that the app did not answer; it never sends what comes to this


class Door(SlackRequestHandler):
    """Bolt's own, but that it survives what Bolt cannot read."""

    def dispatch(self, request: WsgiHttpRequest) -> BoltResponse:
        """Hand a request to Bolt."""
        try:
            read = BoltRequest(body=request.get_body(), query=request.query_string, headers=request.get_headers())
        except Exception:
            # Bolt reads a body before it looks who signed it, and stumbles over whatever is not as Slack writes it.
            log.info("unreadable", where=where())
            return BoltResponse(status=MALFORMED, body="")
        if read.body.get("type") == "event_callback" and not shape.is_event(read.body.get("event")):
            return BoltResponse(status=MALFORMED, body="")
        return self.app.dispatch(read)
