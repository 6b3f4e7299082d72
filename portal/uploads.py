"""Request bodies of both apps: files are sealed while they arrive, never in clear on a disk (D7).

A view that takes files says so, and to whom they are sealed:

    @accepts_files(seal_to=recipients_of_this_filing)
    def report():
        request.form                   # what was typed, in every case
        request.sealed_files.files     # tuple[SealedFile]: sealed, durable, staged
        request.sealed_files.fault     # None, or why files are missing: "this was not received"
        request.sealed_files.keep()    # taken over: a row or a draft is going to name them

**When `seal_to(fields)` is called.** Once, at the first byte of the first file, with the text
fields that came before it; so a form puts `csrf_token`, `submission`, `draft` and all its text in
front. A request without a file never calls it, and neither does one whose CSRF token is not right,
whose announced length is too large, or for which the disk is too full: no key derivation and no
byte of disk is spent on them (A9, B1, D6). For intake it makes the dossier identity and the token,
or restores both from the draft, derives the mailbox identity (the one derivation of the request),
remembers them on `flask.g` for the view, and answers with the two recipients. It answers None if
this sender may send no files here, and may raise `portal.limits.Busy`: then nothing is stored, the
text is kept and the fault is `busy`.

**What a view may rely on.** The body is parsed once, whoever asks first for `request.form` (the
CSRF check does, before the view). After a fault the rest is read and dropped, up to twice the
limit, so that the browser shows the page; text fields are still collected; files that were
complete before the fault stay in `files`. A body that breaks off, or is no form, is 400 and leaves
nothing. Staged files the view did not `keep()` are removed when the request ends, also by an
exception. In a view: `keep()`, commit the row, then `blobs.publish(ids)`.

**Limits** count bytes as they arrive, whatever the headers claim (D1): the files of a report
together with those its draft already holds, their number, all text, fields, parts and part headers
(D2), and the free space the disk must keep (D6). A view that declares nothing gets a small body
without files.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from flask import Flask, Request, current_app, request
from flask_wtf.csrf import validate_csrf
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream
from wtforms import ValidationError

from portal.blobs import DirectoryBlobs
from portal.multipart import (
    MAX_FIELDS,
    BoundedBody,
    Part,
    clean_text,
    multipart_parts,
    urlencoded_fields,
)
from portal.sealed_files import (
    BYTES_PER_CHARACTER,
    SMALL_BODY,
    Destination,
    Fault,
    FileIntake,
    SealedFile,
    SealedFiles,
    UploadLimits,
)

__all__ = [
    "Destination",
    "Fault",
    "SealTo",
    "SealedFile",
    "SealedFiles",
    "SealingRequest",
    "UploadLimits",
    "accepts_files",
    "accepts_text",
    "init_app",
]

EXTENSION = "ishonch.uploads"
URLENCODED_GROWTH = 3  # a byte is written %XX
# Read at most twice what is allowed, and this much in any case, so that a page can follow.
LEAST_BOUND = 1024 * 1024

View = TypeVar("View", bound=Callable[..., Any])


class SealTo(Protocol):
    """Answers, from the text so far, to whom to seal; None: this sender may send no files."""

    def __call__(self, fields: MultiDict[str, str], /) -> Destination | None:
        """Give the destination. May raise `portal.limits.Busy`."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """What the application lends to its requests."""

    blobs: DirectoryBlobs
    limits: UploadLimits


@dataclass(frozen=True, slots=True)
class BodyRules:
    """What a view declared: characters of text beyond a small form, and to whom it seals files."""

    characters: int = 0
    seal_to: SealTo | None = None

    @property
    def text_bytes(self) -> int:
        """Bytes all text fields of a multipart body may have."""
        return SMALL_BODY + self.characters * BYTES_PER_CHARACTER

    @property
    def urlencoded_bytes(self) -> int:
        """Bytes a urlencoded body may have."""
        return SMALL_BODY + self.characters * BYTES_PER_CHARACTER * URLENCODED_GROWTH


def init_app(app: Flask, blobs: DirectoryBlobs, limits: UploadLimits) -> None:
    """Let the app's views take files, into this store and within these limits."""
    app.request_class = SealingRequest
    app.extensions[EXTENSION] = Uploads(blobs, limits)


def accepts_files(seal_to: SealTo) -> Callable[[View], View]:
    """Declare that a view takes files, and text up to the app's limit."""
    return _declare(BodyRules(seal_to=seal_to))


def accepts_text(characters: int) -> Callable[[View], View]:
    """Declare that a view takes that much text, but no files."""
    return _declare(BodyRules(characters))


def _declare(rules: BodyRules) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        cast("Any", view).body_rules = rules
        return view

    return decorate


class SealingRequest(Request):
    """The request of both apps: `form` as ever, `sealed_files` in place of `files`."""

    # What `get_data` and `stream` may read, should anything ask for the raw body.
    _max_content_length = SMALL_BODY

    @property
    def sealed_files(self) -> SealedFiles:
        """The files of this request; asking for them parses the body."""
        self._load_form_data()
        return cast("SealedFiles", self.__dict__["sealed"])

    def close(self) -> None:
        """End the request, whichever way it went: files nobody took over are removed."""
        if sealed := self.__dict__.get("sealed"):
            sealed.close()
        super().close()

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        # Set first: a refused body is not read a second time by whoever renders the refusal.
        sealed = SealedFiles()
        self.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict(), sealed=sealed)
        self.__dict__["form"] = ImmutableMultiDict(_FormReader(self, sealed).read())


def sealed_files() -> SealedFiles:
    """Give the files of the request being answered."""
    return cast("SealingRequest", request).sealed_files


class _FormReader:
    """Reads the body of one request: text into `fields`, files into the store."""

    def __init__(self, request: Request, sealed: SealedFiles) -> None:
        uploads: Uploads = current_app.extensions[EXTENSION]
        self._request = request
        self._sealed = sealed
        self._rules = _rules_of(request, uploads.limits)
        self._fields: MultiDict[str, str] = MultiDict()
        self._files = FileIntake(
            sealed, uploads.blobs, uploads.limits, self._destination, request.content_length or 0
        )
        limit = self._rules.urlencoded_bytes + (uploads.limits.total if self._rules.seal_to else 0)
        self._room = self._rules.text_bytes
        self._body = BoundedBody(
            get_input_stream(request.environ), max(LEAST_BOUND, 2 * limit), request.content_length
        )

    def read(self) -> MultiDict[str, str]:
        """Parse the body; raises RequestEntityTooLarge or BadRequest."""
        try:
            self._parse()
        except RequestEntityTooLarge:
            # Read on, so that the browser shows the answer.
            with suppress(HTTPException):
                self._body.drain()
            if self._sealed.fault is None:
                raise
        return self._fields

    def _parse(self) -> None:
        if self._request.mimetype == "multipart/form-data":
            self._parse_multipart()
        elif self._request.mimetype == "application/x-www-form-urlencoded":
            for name, value in urlencoded_fields(self._body, self._rules.urlencoded_bytes):
                self._fields.add(name, value)

    def _parse_multipart(self) -> None:
        boundary = self._request.mimetype_params.get("boundary", "").encode()
        for part in multipart_parts(self._body, boundary):
            if part.filename is None:
                self._add(part.name, self._text_of(part))
            else:
                self._take_file(part, part.filename)

    def _text_of(self, part: Part) -> str:
        value = bytearray()
        for data in part.content:
            self._room -= len(data)
            if self._room < 0:
                raise RequestEntityTooLarge
            value += data
        return value.decode(errors="replace")

    def _take_file(self, part: Part, name: str) -> None:
        self._files.begin(name)
        for data in part.content:
            if self._rules.seal_to is None:  # a view that declared no files gets none
                raise RequestEntityTooLarge
            self._files.take(data, last=False)
        if self._rules.seal_to is not None:
            self._files.take(b"", last=True)

    def _add(self, name: str, value: str) -> None:
        self._fields.add(clean_text(name), clean_text(value))
        if len(self._fields) > MAX_FIELDS:
            raise RequestEntityTooLarge

    def _destination(self) -> Destination | None:
        """Ask the view to whom to seal, but only for a form of ours (B1)."""
        if self._rules.seal_to is None or not _is_our_form(self._fields):
            return None
        return self._rules.seal_to(self._fields)


def _rules_of(request: Request, limits: UploadLimits) -> BodyRules:
    """Find what the matched view declared; 404s and undeclared views get a small form."""
    view = current_app.view_functions.get(request.endpoint or "")
    rules: BodyRules = getattr(view, "body_rules", BodyRules())
    return BodyRules(limits.text, rules.seal_to) if rules.seal_to else rules


def _is_our_form(fields: MultiDict[str, str]) -> bool:
    """Check the CSRF token among the fields so far; the app checks the whole request once more."""
    if "csrf" not in current_app.extensions or not current_app.config["WTF_CSRF_ENABLED"]:
        return True
    try:
        validate_csrf(fields.get(current_app.config["WTF_CSRF_FIELD_NAME"]))
    except ValidationError:
        return False
    return True
