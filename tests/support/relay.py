"""A real SMTP server on the loopback: it takes every mail and keeps it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default


class _Talk(socketserver.StreamRequestHandler):
    server: "Relay"

    def handle(self) -> None:
        self._say("220 relay.example")
        for line in iter(self.rfile.readline, b""):
            word = line.split()[0].upper().decode() if line.strip() else ""
            self.server.said.append(word)
            if word == "DATA":
                self._take()
            elif word == "RCPT" and self.server.refuses:
                self._say("450 not now")
            else:
                self._say({"EHLO": "250 relay.example", "QUIT": "221 bye"}.get(word, "250 ok"))
            if word == "QUIT":
                return

    def _take(self) -> None:
        self._say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=default))
        self._say("250 taken")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Relay(socketserver.ThreadingTCPServer):
    """What came, and whether it refuses everybody for now."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[Message] = []
        self.said: list[str] = []
        self.refuses = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@contextmanager
def relaying() -> Iterator[Relay]:
    """Serve mail meanwhile."""
    with Relay() as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield relay
        relay.shutdown()
        thread.join()
