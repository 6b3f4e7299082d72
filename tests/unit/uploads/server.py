"""A real gunicorn with the upload path behind it, and its floor: the same parse, written unsealed.

The tests that watch memory, temporary files and a killed process run against it, and the
benchmark too.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.datastructures import MultiDict
from werkzeug.wsgi import get_input_stream

from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.multipart import BoundedBody, multipart_parts
from portal.uploads import Destination, UploadLimits, accepts_files, init_app

BOUNDARY = "----canaryboundary7MA4YWxkTrZu0gW"
BLOCK = 1024 * 1024
START_SECONDS = 30


def sealing_app(root: str, *identities: str) -> Flask:
    """Take uploads as the portal does: sealed to the identities given, published at once."""
    app = Flask(__name__)
    blobs = DirectoryBlobs(Path(root))
    recipients = [Identity.parse(text).recipient for text in identities]
    init_app(app, blobs, UploadLimits())

    def seal_to(_: MultiDict[str, str]) -> Destination:
        return Destination(recipients)

    @app.post("/")
    @accepts_files(seal_to)
    def upload() -> Response:
        sealed = request.sealed_files  # type: ignore[attr-defined]
        sealed.keep()
        blobs.publish([file.blob.id for file in sealed.files])
        files = [{"id": f.blob.id, "size": f.size, "sha256": f.sha256} for f in sealed.files]
        return jsonify(files=files, fault=sealed.fault)

    return app


def floor_app(root: str, *_: str) -> Flask:
    """Parse the same body with the same splitter and write it in clear, with one fsync."""
    app = Flask(__name__)

    @app.post("/")
    def upload() -> Response:
        boundary = request.mimetype_params["boundary"].encode()
        body = BoundedBody(get_input_stream(request.environ), sys.maxsize)
        with (Path(root) / secrets.token_hex(16)).open("xb", buffering=0) as file:
            for part in multipart_parts(body, boundary):
                for data in part.content:
                    file.write(data)
            os.fsync(file.fileno())
        return jsonify(files=[], fault=None)

    return app


@dataclass(frozen=True)
class Server:
    """A running server: its master process, port, and temporary directory."""

    process: subprocess.Popen[bytes]
    port: int
    temporary: Path

    @property
    def worker(self) -> int:
        """The process id of its one worker."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def peak_memory(self) -> int:
        """Give the worker's peak resident memory so far, in bytes."""
        status = Path(f"/proc/{self.worker}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def kill(self) -> None:
        """SIGKILL the master, so that it starts no other worker, and the worker."""
        worker = self.worker
        self.process.kill()
        self.process.wait()
        with suppress(ProcessLookupError):
            os.kill(worker, 9)


@contextmanager
def serving(variant: str, root: Path, *identities: str) -> Iterator[Server]:
    """Run `sealing_app` or `floor_app` under gunicorn gthread until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ", ".join(repr(text) for text in (str(root), *identities))
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "gunicorn", f"{__name__}:{variant}({arguments})"]
        command += ["--worker-class", "gthread", "--threads", "8", "--bind", f"127.0.0.1:{port}"]
        command += ["--no-control-socket", "--log-level", "error", "--timeout", "120"]
        environment = {**os.environ, "TMPDIR": temporary}
        with subprocess.Popen(command, env=environment) as process:
            server = Server(process, port, Path(temporary))
            try:
                _wait(server)
                yield server
            finally:
                process.terminate()


def _wait(server: Server) -> None:
    """Wait for an answer: the port is open before there is a worker."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_SECONDS)
        with suppress(OSError), closing(connection):
            connection.request("GET", "/")
            connection.getresponse()
            return
        time.sleep(0.05)
    raise RuntimeError("gunicorn did not start")


class Upload:
    """One multipart upload of one file over a socket, sent piece by piece."""

    def __init__(self, server: Server, size: int) -> None:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="f.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.connection.putrequest("POST", "/")
        self.connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        self.connection.putheader("Content-Length", str(len(head) + size + len(self._tail)))
        self.connection.endheaders(head)

    def send(self, data: bytes) -> None:
        """Send bytes of the file."""
        self.connection.send(data)

    def finish(self) -> bytes:
        """End the body and give the answer's."""
        self.connection.send(self._tail)
        response = self.connection.getresponse()
        body = response.read()
        self.connection.close()
        assert response.status == 200, body
        return body


def upload(server: Server, size: int, block: bytes) -> float:
    """Upload `size` bytes of repeated `block`; give the seconds until the answer."""
    begin = time.monotonic()
    sending = Upload(server, size)
    for _ in range(size // len(block)):
        sending.send(block)
    sending.send(block[: size % len(block)])
    sending.finish()
    return time.monotonic() - begin
