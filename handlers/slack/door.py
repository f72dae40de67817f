"""The web address that Slack posts to: what Slack has not signed, or what is too large, is not read there."""

from collections.abc import Callable
from http import HTTPStatus

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest
from slack_sdk.signature import SignatureVerifier

from bot.logs import log, where
from handlers.slack import shape

LARGEST = 1_000_000  # bytes of a body; a form with every field full is a tenth of it
MALFORMED = 400  # Slack shows whoever asked that the app did not answer; it never sends what comes to this


def handed_on(app: App, read: Callable[[], BoltRequest]) -> BoltResponse:
    """Hand on what has surely come from Slack, whichever way it came."""
    try:
        request = read()
    except Exception:
        # Bolt stumbles over whatever is not as Slack writes it.
        log.info("unreadable", where=where())
        return BoltResponse(status=MALFORMED, body="")
    if request.body.get("type") == "event_callback" and not shape.is_event(request.body.get("event")):
        return BoltResponse(status=MALFORMED, body="")
    return app.dispatch(request)


class Door(SlackRequestHandler):
    """Bolt's own, except that it checks who signed a body before it reads it, and survives what cannot be read."""

    def __init__(self, app: App, path: str, signing_secret: str, heard: Callable[[], None] = lambda: None) -> None:
        """Take where Slack's requests go. `heard`: called when one is surely Slack's."""
        super().__init__(app, path)
        self._heard = heard
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
        except Exception:
            log.info("unreadable", where=where())
            return BoltResponse(status=MALFORMED, body="")
        self._heard()
        return handed_on(self.app, lambda: BoltRequest(body=body, query=request.query_string, headers=headers))

    def _is_signed(self, body: str, stamp: object, signature: object) -> bool:
        if not isinstance(stamp, str) or not isinstance(signature, str) or not stamp.isdecimal():
            return False
        return self._signatures.is_valid(body, stamp, signature)
