"""The guard itself: nothing leaves this process."""

from __future__ import annotations

import socket

import pytest

from tests.offline import NetworkUsed


def test_look_ups_and_connections_are_refused() -> None:
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo("example.org", 443)
    with socket.socket() as tcp, pytest.raises(NetworkUsed):
        tcp.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(NetworkUsed):
        udp.sendto(b"x", ("192.0.2.1", 53))


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
