"""Takes the network away from a Python process, for good and below every library."""

from __future__ import annotations

import sys
from typing import Any

LOOPBACK = ("127.", "localhost", "::1")
GUARDED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


class NetworkUsed(BaseException):
    """Not an Exception, so that no ``except Exception`` hides an attempt to reach the network."""


def block_network() -> None:
    """Raise ``NetworkUsed`` at every use of a socket but Unix sockets and loopback; cannot be undone."""
    sys.addaudithook(_guard)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in GUARDED:
        # (socket, address) for a socket's methods, (host, …) for a look-up
        target = arguments[-1] if event.startswith(("socket.connect", "socket.send")) else arguments[0]
        host = target[0] if isinstance(target, tuple) else target
        is_unix_path = not isinstance(target, tuple) and event in {"socket.connect", "socket.sendto", "socket.sendmsg"}
        if not is_unix_path and not str(host or "localhost").startswith(LOOPBACK):
            raise NetworkUsed(f"{event} {target!r}")
