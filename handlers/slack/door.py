"""The web address that Slack posts to: what Slack has not signed, or what is too large, is not read there."""

from http import HTTPStatus

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest
from slack_sdk.signature import SignatureVerifier

from bot.logs import log, where
from handlers.slack import shape

LARGEST = 1_000_000  # bytes of a body; a form with every field full is a tenth of it
MALFORMED = 400  # Slack shows whoever asked that the app did not answer; it never sends what comes to this


class Door(SlackRequestHandler):
    """Bolt's own, but that it looks who signed a body before it reads it, and survives what cannot be read."""

    def __init__(self, app: App, path: str, signing_secret: str) -> None:
        super().__init__(app, path)
        self._signatures = SignatureVerifier(signing_secret)

    def dispatch(self, request: WsgiHttpRequest) -> BoltResponse:
        """Hand a request to Bolt, once it is known to be Slack's."""
        headers = request.get_headers()
        length = str(headers.get("content-length") or "0")
        if not length.isdecimal() or int(length) > LARGEST:
            return BoltResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, body="")
        try:
            body = request.get_body()
            if not self._is_signed(body, headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")):
                return BoltResponse(status=HTTPStatus.UNAUTHORIZED, body="")
            read = BoltRequest(body=body, query=request.query_string, headers=headers)
        except Exception:
            # Bolt stumbles over whatever is not as Slack writes it.
            log.info("unreadable", where=where())
            return BoltResponse(status=MALFORMED, body="")
        if read.body.get("type") == "event_callback" and not shape.is_event(read.body.get("event")):
            return BoltResponse(status=MALFORMED, body="")
        return self.app.dispatch(read)

    def _is_signed(self, body: str, stamp: object, signature: object) -> bool:
        if not isinstance(stamp, str) or not isinstance(signature, str) or not stamp.isdecimal():
            return False
        return self._signatures.is_valid(body, stamp, signature)
