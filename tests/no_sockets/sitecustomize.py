"""Imported by every Python that has this folder in its PYTHONPATH, before anything else: forbids sockets to it.

Python's own use of the network is refused and written to the file ``SOCKET_LOG``. On Linux the kernel ends every
process that makes an internet socket, in whatever language, children as well; IPv6 does not exist there, for urllib3
makes such a socket when it is imported to find out just that.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from pathlib import Path
from typing import Any

GUARDED = {
    "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.bind",
}  # fmt: skip
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Number of the architecture and of its system call ``socket``."""


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in GUARDED:
        return
    at_object = event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}
    if at_object and not isinstance(arguments[-1], tuple):
        return  # the name of a Unix socket is no tuple
    if event == "socket.bind" and arguments[1] == ("::1", 0):
        return  # how urllib3 asks where the kernel is not asked
    with Path(os.environ["SOCKET_LOG"]).open("a") as log:
        print(sys.argv, event, arguments, file=log)
    raise SystemExit(f"{event} {arguments}")


def forbid_internet_sockets() -> None:
    """By a filter of system calls (seccomp), which nothing takes away again."""
    architecture, call = MACHINES[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    no_such_family, end_of_process, allowed = 0x00050000 | 97, 0x80000000, 0x7FFF0000
    program = [
        (load, 0, 0, 4), (equal, 0, 7, architecture), (load, 0, 0, 0), (equal, 0, 5, call), (load, 0, 0, 16),
        (equal, 2, 0, 2), (equal, 0, 2, 10), (answer, 0, 0, no_such_family), (answer, 0, 0, end_of_process),
        (answer, 0, 0, allowed),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    # struct sock_fprog: how many lines, and where they are
    filter_ = ctypes.create_string_buffer(struct.pack("HL", len(program), ctypes.addressof(code)))
    if prctl(38, 1, 0, 0, 0) or prctl(22, 2, filter_):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


if "SOCKET_LOG" in os.environ:  # so that a test may import this without losing its own sockets
    sys.addaudithook(guard)
    if sys.platform == "linux" and platform.machine() in MACHINES:
        forbid_internet_sockets()
