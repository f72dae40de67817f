"""Fetches a file that somebody sent in a form, and brings one."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from bot.errors import BadFile, Busy, Misconfigured
from bot.logs import log
from handlers.slack.calling import CARRYING_SECONDS, Caller, NoReplyError

MOST_BYTES = 20 * 1024 * 1024
WAIT_SECONDS = 10.0  # for each packet
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def download(client: Caller, file: Mapping[str, Any]) -> bytes:
    """Return a file's content, fetched with the bot's token. Raises BadFile, Busy, Misconfigured.

    The token is sent to Slack's own hosts only, whatever address the payload or a redirect holds.
    """
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if not _is_slack(url, client.base_url):
        raise BadFile("Slack did not say where the file is. Please send it again.")
    try:
        found = client.errand("files.download", lambda: _fetched(client, url), longest=CARRYING_SECONDS)
    except NoReplyError as error:
        raise Busy("The file could not be fetched from Slack just now. Please try again in a minute.") from error
    if found is None:
        log.error("a file is nowhere")
        raise BadFile("Slack did not say where the file is. Please send it again.")
    # Without the scope files:read Slack sends its log-in page, with status 200.
    if "text/html" in found.kind:
        raise Misconfigured(
            "Lanyard may not read files yet: the IT lead must add the scope files:read to the Slack app."
        )
    if len(found.content) > MOST_BYTES:
        raise BadFile("The file is larger than 20 MB. Is it the right file?")
    return found.content


class _Found(NamedTuple):
    kind: str  # as its sender calls it
    content: bytes  # one byte more than is taken, at the most


def _fetched(client: Caller, url: str) -> _Found | None:
    """Follow Slack to where the file lies; None where that is too far, or no place to go. Raises OSError."""
    for _ in range(1 + MOST_REDIRECTS):
        is_slack = _is_slack(url, client.base_url)
        if not is_slack and urlsplit(url).scheme != "https":
            return None
        headers = {"Authorization": f"Bearer {client.token}"} if is_slack else {}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - checked
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=WAIT_SECONDS) as response:
                return _Found(response.headers.get("content-type", ""), response.read(MOST_BYTES + 1))
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code not in REDIRECTS:
                    raise
                url = urljoin(url, answer.headers.get("location", ""))
    return None


def upload(client: Caller, url: str, content: bytes) -> None:
    """Send a file's content to where Slack has said. Raises NoReplyError: it may or may not have come."""
    if not _is_slack(url, client.base_url):
        raise NoReplyError("not an address of Slack's")
    headers = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=content, headers=headers, method="POST")  # noqa: S310 - checked

    def sent() -> None:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=WAIT_SECONDS):
            pass

    client.errand("files.upload", sent, longest=CARRYING_SECONDS)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nobody blindly: a redirect would take the token to another host."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        """Refuse."""


def _is_slack(url: str, base_url: str) -> bool:
    """Return whether an address is Slack's own, or that of the Slack we were told to use (SLACK_API_URL)."""
    asked, own = urlsplit(url), urlsplit(base_url)
    if asked.netloc == own.netloc:
        return asked.scheme == own.scheme
    host = asked.hostname or ""
    return asked.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
