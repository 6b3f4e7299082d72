"""The server both sides run under: gunicorn, one worker process of many threads, on a loopback port or a unix socket.

One process, so that the rations of `limits.py` are the whole instance's; threads, so that a slow sender holds up nobody else
(D5). gunicorn has its own words for a request it cannot read, and its own log lines with addresses in them: both are
replaced here (E1, B8). It is started by a program, never configured by a file or the environment.
"""

import ctypes
import os
import resource
import socket
import struct
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.http.errors import (  # type: ignore[attr-defined] # newer than its stubs
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

from portal.headers import CSP, HEADERS
from portal.logs import log_event
from portal.maintenance import INTERVAL, Job, Maintenance

THREADS = 64
# How long a connection may give or take nothing at all. Over Tor a minute's silence happens; an hour of it is an attack.
SILENCE_SECONDS = 60
GRACE_SECONDS = 30
KEEP_ALIVE_SECONDS = 15
_MEMORY = Path("/dev/shm")  # noqa: S108 - only the worker's unlinked heartbeat file, so that no disk write delays it
_NOT_DUMPABLE = 4  # PR_SET_DUMPABLE, linux/prctl.h
_ARENA_MAX = -8  # M_ARENA_MAX, malloc.h of the GNU C library


class BindError(ValueError):
    """Where to listen is neither a loopback address with a port nor a unix socket."""


def serve(
    app: Flask,
    bind: str,
    *,
    threads: int = THREADS,
    side: str = "portal",
    jobs: Sequence[Job] = (),
    every: timedelta = INTERVAL,
) -> None:
    """Serve until SIGTERM, then answer what is under way and exit with status 0. Does not return.

    `bind` is `127.0.0.1:PORT`, `[::1]:PORT` or `unix:/path`; TLS and the outer address are a proxy's or Tor's business.
    `jobs` run beside the answering: at start, and then each time `every` has passed. Raises BindError. The app is made
    before, so that what is wrong with the settings is found before the port opens.
    """
    _check_bind(bind)
    _seal_process()
    _share_memory()
    wsgi.Response = _AnonymousResponse  # type: ignore[misc] # gunicorn has no setting for it
    maintenance = Maintenance((*jobs, _give_memory_back), every)
    _Server(app, bind, threads, side, maintenance).run()


class _Server(BaseApplication):
    """gunicorn, configured here and nowhere else."""

    def __init__(
        self, app: Flask, bind: str, threads: int, side: str, maintenance: Maintenance
    ) -> None:
        self._app = app
        self._side = side
        self._maintenance = maintenance
        self._settings = {
            "bind": bind,
            "workers": 1,
            "worker_class": _Worker,
            "threads": threads,
            # Beyond the threads: those that wait for a request, or for a thread.
            "worker_connections": threads * 8,
            "timeout": SILENCE_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
            "umask": 0o077,
            "logger_class": _ReducedLogger,
            "accesslog": None,
            "control_socket_disable": True,
            # No header of anybody's may set the scheme, the address or the path (B11), not even a proxy's.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "header_map": "drop",
            "http_protocols": "h1",
            "proc_name": f"ishonch-{side}",
            "when_ready": lambda _arbiter: _open_socket(bind),
            "post_worker_init": self._started,
            "worker_exit": self._stopped,
        }
        super().__init__()

    def load_config(self) -> None:
        """Set the settings above."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Give the app."""
        return self._app

    def _started(self, _worker: ThreadWorker) -> None:
        """Begin in the worker what has to live in it: threads do not survive a fork."""
        log_event("started", side=self._side, version="1")
        self._maintenance.start()

    def _stopped(self, _arbiter: Any, _worker: ThreadWorker) -> None:
        self._maintenance.stop()
        log_event("stopped", side=self._side)


class _Worker(ThreadWorker):
    """A thread worker that gives up on silent connections, and says nothing of its own to anybody."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, with an end to how long it may be silent."""
        silence = struct.pack("ll", SILENCE_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, silence)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, silence)
        super().enqueue_req(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer what never became a request; gunicorn would quote it in a page, and log the address it came from."""
        if not _is_unreadable(exc):
            log_event("unexpected", error=exc)
        client.setblocking(False)  # noqa: FBT003 - the socket's own signature
        try:
            client.send(_refusal(_status_of(exc)))
        except OSError:
            return  # whoever it was has gone


class _AnonymousResponse(wsgi.Response):
    """A response that does not say which server made it."""

    def default_headers(self) -> list[str]:
        """Leave out the Server header."""
        headers: Iterable[str] = super().default_headers()
        return [header for header in headers if not header.startswith("Server:")]


class _ReducedLogger(Logger):
    """gunicorn's loggers without handlers of their own: what they say goes through the allow-list."""

    def setup(self, cfg: Config) -> None:
        """Take the handlers away and let the records through to the root logger."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel("WARNING")


def _is_unreadable(error: BaseException) -> bool:
    """Say whether what came in was no request; a header that went out wrong is a fault of ours."""
    ours = (InvalidResponseHeader, InvalidResponseHeaderName)
    return isinstance(error, ParseException) and not isinstance(error, ours)


def _status_of(error: BaseException) -> str:
    if not _is_unreadable(error):
        return "500 Internal Server Error"
    if isinstance(error, LimitRequestLine):
        return "414 URI Too Long"
    if isinstance(error, LimitRequestHeaders):
        return "431 Request Header Fields Too Large"
    return "400 Bad Request"


def _refusal(status: str) -> bytes:
    """Write a whole answer by hand, with the same headers as every other (B8)."""
    body = status.encode() + b"\n"
    headers = {
        **HEADERS,
        "Content-Security-Policy": CSP,
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def _check_bind(bind: str) -> None:
    """Refuse to listen where the network could hear: what comes in here is not encrypted any more."""
    host, _, port = bind.rpartition(":")
    loopback = host in {"127.0.0.1", "[::1]", "localhost"} and port.isdecimal()
    if not loopback and not bind.startswith("unix:/"):
        raise BindError(f"{bind}: give 127.0.0.1:PORT or unix:/absolute/path")


def _open_socket(bind: str) -> None:
    """Let the group of the socket's folder connect: the proxy or Tor is another user than this side."""
    if bind.startswith("unix:"):
        Path(bind.removeprefix("unix:")).chmod(0o660)


def _seal_process() -> None:
    """Keep what is in memory in memory: no core file, no look from another process of this user (E19)."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)


def _share_memory() -> None:
    """Let all threads take memory from one place: else each keeps for itself what its last key derivation needed (D16)."""
    _allocator("mallopt", _ARENA_MAX, 1)


def _give_memory_back() -> None:
    """Return to the system what a busy hour needed and a quiet one does not."""
    _allocator("malloc_trim", 0)


def _allocator(function: str, *arguments: int) -> None:
    """Tell the GNU C library's allocator something; others have no such functions, and need none."""
    if call := getattr(ctypes.CDLL(None), function, None):
        call(*arguments)
