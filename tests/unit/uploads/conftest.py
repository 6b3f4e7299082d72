"""A small app that takes files, and the means to send it any body."""

import io
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

from crypto.age import unseal
from crypto.padding import padme_length
from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.limits import Busy
from portal.uploads import (
    Destination,
    SealedFiles,
    SealingRequest,
    UploadLimits,
    accepts_files,
    accepts_text,
    init_app,
)

BOUNDARY = "xXboundaryXx"
LIMITS = UploadLimits(total=1024 * 1024, files=3, text=1000, free_space_floor=0)


@dataclass
class Desk:
    """The test's hold on the app: what `seal_to` answers, and what the view saw."""

    blobs: DirectoryBlobs
    client: FlaskClient
    app: Flask
    dossier: Identity = field(default_factory=Identity.generate)
    mailbox: Identity = field(default_factory=Identity.generate)
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: Any = None
    keeps: bool = True
    fails: bool = False
    form: dict[str, list[str]] = field(default_factory=dict)
    sealed: SealedFiles | None = None

    def seal_to(self, fields: MultiDict[str, str]) -> Destination | None:
        """Answer as the test says; note what fields were there."""
        self.asked.append(fields.to_dict())
        if self.answer is Busy:
            raise Busy
        if self.answer is None:
            return Destination((self.dossier.recipient, self.mailbox.recipient))
        return self.answer or None

    def view(self) -> str:
        """Look at the request as a view does."""
        assert isinstance(request._get_current_object(), SealingRequest)  # type: ignore[attr-defined]
        self.sealed = request.sealed_files  # type: ignore[attr-defined]
        self.form = request.form.to_dict(flat=False)
        if self.keeps:
            self.sealed.keep()
        if self.fails:
            raise ZeroDivisionError
        return "seen"

    def post(self, body: bytes, path: str = "/report", **environ: Any) -> int:
        """Send a multipart body; give the status."""
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        response = self.client.post(path, data=body, content_type=content_type, **environ)
        return response.status_code

    def post_chunked(self, body: bytes) -> int:
        """Send a multipart body without saying how long it is; give the status."""
        return self.stream(io.BytesIO(body))

    def stream(
        self,
        body: IO[bytes] | RawIOBase,
        content_type: str = f"multipart/form-data; boundary={BOUNDARY}",
        *,
        announced: int | None = None,
        terminated: bool = True,
    ) -> int:
        """Let the app read a body from a stream, as a server passes it on; give the status.

        `announced` is the Content-Length; a server that ends the stream itself says `terminated`.
        """
        # The builder is not told the type of a body: it would make up a boundary of its own.
        environ = EnvironBuilder(path="/report", method="POST").get_environ()
        environ |= {"CONTENT_TYPE": content_type, "wsgi.input": body}
        if announced is not None:
            environ["CONTENT_LENGTH"] = str(announced)
        if terminated:
            environ["wsgi.input_terminated"] = True
        _, status, _ = run_wsgi_app(self.app, environ, buffered=True)
        return int(status.split()[0])

    def received(self) -> SealedFiles:
        """Give what the view saw."""
        assert self.sealed is not None
        return self.sealed

    def opened(self, number: int = 0, identity: Identity | None = None) -> bytes:
        """Open a received file, and check its padding."""
        file = self.received().files[number]
        with self.blobs.open(file.blob.id) as sealed:
            data = sealed.read()
        assert len(data) == file.blob.sealed_size
        plain = unseal(data, identity or self.dossier)
        assert len(plain) == padme_length(file.size)
        assert not any(plain[file.size :])
        return plain[: file.size]

    def left(self) -> list[Path]:
        """List every file in the store."""
        return [path for path in self.blobs.root.rglob("*") if path.is_file()]


def text(name: str, value: str | bytes) -> bytes:
    """Make a text part."""
    raw = value.encode() if isinstance(value, str) else value
    return _part(f'form-data; name="{name}"', raw)


def file(name: str, data: bytes) -> bytes:
    """Make a file part."""
    return _part(f'form-data; name="files"; filename="{name}"', data)


def body(*parts: bytes) -> bytes:
    """Make a whole multipart body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(disposition: str, data: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n"
    return head.encode() + data + b"\r\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = tmp_path / "blobs"
    root.mkdir(mode=0o700)
    app = Flask(__name__)
    blobs = DirectoryBlobs(root)
    init_app(app, blobs, LIMITS)
    desk = Desk(blobs, app.test_client(), app)

    @app.post("/report")
    @accepts_files(desk.seal_to)
    def report() -> str:
        return desk.view()

    @app.post("/plain")
    def plain() -> str:
        return desk.view()

    @app.post("/long")
    @accepts_text(100_000)
    def long() -> str:
        return desk.view()

    return desk
