"""HTTP that can be cancelled while it waits, and the hub's refusals in words."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from hiprompt_core.errors import DownloadFailed

# huggingface_hub (2.4) is not used for this: its download gives no way to stop between two chunks of a stalled
# connection, compares only the length of what came over plain HTTP, and refuses for good once HF_HUB_OFFLINE was set at
# its import, as it is in this program.

TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as dropped."""
TICK = 0.1
"""Seconds between two answers to the caller while nothing arrives."""
CHUNK = 2**20
Tick = Callable[[], None]
"""Called every ``TICK`` seconds at the latest; may raise ``Cancelled``."""


class Dropped(Exception):
    """The connection broke or the server was not ready; worth another try."""


def endpoint() -> str:
    """The hub's address, or that of a mirror, by huggingface_hub's own environment variable."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def address(repository: str, revision: str, file: str) -> str:
    return f"{endpoint()}/{repository}/resolve/{quote(revision, safe='')}/{quote(file)}"


def _token() -> str:
    """What the user's own ``hf auth login`` left, if anything."""
    if token := os.environ.get("HF_TOKEN"):
        return token.strip()
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    try:
        return Path(os.environ.get("HF_TOKEN_PATH") or home / "token").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def fetch(url: str, tick: Tick, start: int = 0) -> Iterator[bytes]:
    """The bytes at an address from ``start`` on; the first item is empty and says so when the server begins at 0.

    Yields:
        ``b""`` first if and only if the server does not go on from ``start``, then the content.

    Raises:
        DownloadFailed: the hub refuses; the problem says why.
        Dropped: the connection broke.
        Cancelled: by ``tick``, within ``TICK`` seconds whatever the connection does.
    """
    request = Request(url, headers={"User-Agent": "hiprompt-desktop"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    if token := _token():
        # not for the servers that the hub sends us on to
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    reader = _Reader(request)
    reader.start()
    try:
        while True:
            tick()
            try:
                item = reader.items.get(timeout=TICK)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise _in_words(item, url)
            yield item
    finally:
        reader.stopped.set()


class _Reader(threading.Thread):
    """Waits for the network in place of the caller, who leaves it alone to end by itself when cancelled."""

    def __init__(self, request: Request) -> None:
        super().__init__(name="download", daemon=True)
        self.items: queue.Queue[bytes | BaseException | None] = queue.Queue(maxsize=4)
        self.stopped = threading.Event()
        self._request = request

    def run(self) -> None:
        try:
            with _opener().open(self._request, timeout=TIMEOUT) as response:
                if self._request.has_header("Range") and response.status != 206:
                    self._give(b"")
                while not self.stopped.is_set() and (part := response.read1(CHUNK)):
                    self._give(part)
            self._give(None)
        except BaseException as error:
            self._give(error)

    def _give(self, item: bytes | BaseException | None) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self.items.put(item, timeout=TICK)
                return


@functools.cache  # reading the certificates takes a tenth of a second
def _opener() -> OpenerDirector:
    import certifi

    context = ssl.create_default_context()  # with the certificates of the system, as companies install them
    context.load_verify_locations(certifi.where())
    return build_opener(HTTPSHandler(context=context), _Redirects())


class _Redirects(HTTPRedirectHandler):
    """Keeps the login on the hub itself, which sends us on to its own cache for small files."""

    def redirect_request(self, req: Request, *arguments: Any) -> Request | None:
        following = super().redirect_request(req, *arguments)
        login = req.unredirected_hdrs.get("Authorization")
        if following and login and (following.type, following.host) == (req.type, req.host):
            following.add_unredirected_header("Authorization", login)
        return following


def _in_words(error: BaseException, url: str) -> BaseException:
    if isinstance(error, HTTPError):
        with error:
            return _refusal(error, url)
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        problem = f"The identity of {endpoint()} cannot be proved: {reason.verify_message}."
        return DownloadFailed(problem, "Check the clock and the proxy of this computer.")
    broke = isinstance(reason, (TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError))
    if isinstance(error, URLError) and not broke:
        problem = f"{endpoint()} cannot be reached ({getattr(reason, 'strerror', None) or reason})."
        return DownloadFailed(problem, "Check the connection of this computer to the internet.")
    if isinstance(reason, (OSError, HTTPException)):
        return Dropped(str(reason) or type(reason).__name__)
    return error


def _refusal(error: HTTPError, url: str) -> Exception:
    """By the hub's ``X-Error-Code`` header, as huggingface_hub's ``hf_raise_for_status`` reads it."""
    code = error.headers.get("X-Error-Code", "")
    path = url.removeprefix(endpoint()).removeprefix("/api/models").strip("/")
    repository = "/".join(path.split("/")[:2]).split("?")[0]
    page = f"{endpoint()}/{repository}"
    if code == "GatedRepo":
        problem = f"The authors of {repository} give it only to those who accept their terms."
        return DownloadFailed(problem, f"Accept them at {page}, log in with 'hf auth login', then try again.")
    if code == "RevisionNotFound":
        return DownloadFailed(f"{repository} has no such revision.", f"Look at {page} for those that it has.")
    if code == "EntryNotFound":
        return DownloadFailed(f"{repository} has no file {path.split('/', 4)[-1]} any more.", "Start again.")
    if code == "RepoNotFound" or error.code in {401, 403, 404}:
        # to those who are not logged in, the hub tells no difference between the two
        problem = f"There is no model {repository} on {endpoint()}, or it is private."
        return DownloadFailed(problem, "Check its name; for a private one, log in with 'hf auth login'.")
    if error.code == 416:
        return Dropped("the part that is here is longer than the file")
    if error.code == 429 or error.code >= 500:
        return Dropped(f"the server answered {error.code}")
    return DownloadFailed(f"{endpoint()} answered {error.code} {error.reason}.", "Try again later.")
