"""No test, and nothing a test starts in its own process, reaches beyond this machine (E20, E21)."""

import ipaddress
import socket
from typing import Any


class OutsideError(AssertionError):
    """Something tried to connect beyond the loopback."""


def guarded(connect: Any) -> Any:
    """Wrap `socket.connect` so that it refuses any address that is not of this machine."""

    def connect_here(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            raise OutsideError(f"a connection to {address[0]} was tried")
        return connect(self, address)

    return connect_here


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
