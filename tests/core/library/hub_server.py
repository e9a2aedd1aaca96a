"""A server on this computer that speaks the hub's protocol, and misbehaves when told to."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BIG = 1000
"""From so many bytes on, files are kept in LFS, with a SHA-256."""


class Hub:
    """One repository ``someone/model``; attributes say how it behaves."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.licence = "openrail++"
        self.gated: str | bool = False
        self.refusal: tuple[int, str] | None = None
        """Status and X-Error-Code of files, from the CDN on."""
        self.missing: tuple[int, str] | None = None
        """Status and X-Error-Code of the repository."""
        self.drops: list[int] = []
        """After how many bytes the next answers with weights break."""
        self.damaged = 0
        """How many of the next answers with weights carry a wrong byte."""
        self.busy = 0
        """How many of the next answers are 503."""
        self.ranges = True
        self.stalls = False
        self.ended = threading.Event()
        self.requests: list[tuple[str, str | None, str | None]] = []
        """Path, Range and Authorization."""

    def info(self) -> dict[str, Any]:
        siblings = []
        for name, content in self.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            one: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git}
            if len(content) >= BIG:
                one["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            siblings.append(one)
        card = {"license": self.licence}
        return {"id": "someone/model", "sha": COMMIT, "gated": self.gated, "cardData": card, "siblings": siblings}


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        resolve = f"/someone/model/resolve/{COMMIT}/"
        self.hub.requests.append((path, self.headers["Range"], self.headers["Authorization"]))
        if self.hub.busy:
            self.hub.busy -= 1
            self._refuse(503, "")
        elif path.startswith("/api/models/someone/model/revision/"):
            if self.hub.missing:
                self._refuse(*self.hub.missing)
            elif path.endswith(("/main", COMMIT)):
                self._answer(json.dumps(self.hub.info()).encode())
            else:
                self._refuse(404, "RevisionNotFound")
        elif path.startswith(resolve):
            self._resolve(path.removeprefix(resolve))
        elif path.startswith("/api/resolve-cache/"):
            self._answer(self.hub.files[path.removeprefix("/api/resolve-cache/")])
        elif path.startswith("/cdn/"):
            self._send_big(self.hub.files[path.removeprefix("/cdn/")], path.endswith(".safetensors"))
        else:
            self._refuse(401, "RepoNotFound")

    def _resolve(self, name: str) -> None:
        content = self.hub.files.get(name)
        if self.hub.refusal:
            self._refuse(*self.hub.refusal)
        elif content is None:
            self._refuse(404, "EntryNotFound")
        elif len(content) < BIG:
            self.send_response(307)
            self.send_header("Location", f"/api/resolve-cache/{name}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_response(302)
            # another name of the same computer, as the CDN is another host
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/cdn/{name}")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send_big(self, content: bytes, weights: bool) -> None:
        wanted = self.headers["Range"]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.hub.ranges else 0
        body = content[start:]
        if self.hub.damaged and weights:
            self.hub.damaged -= 1
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = self.hub.drops.pop(0) if self.hub.drops and weights else len(body)
        self.wfile.write(body[:end])
        if self.hub.stalls and weights:
            self.hub.ended.wait(10)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def serve(hub: Hub) -> Iterator[str]:
    """The address of the server while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        hub.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
        end = time.monotonic() + 2
        while time.monotonic() < end and any(one.name == "download" for one in threading.enumerate()):
            time.sleep(0.02)
