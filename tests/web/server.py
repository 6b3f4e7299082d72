"""Serves the sample app under the real server: `python -m tests.web.server FOLDER BIND`."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Response, request

from portal import logs
from portal.access import public
from portal.clock import now
from portal.serving import serve
from portal.uploads import accepts_text
from tests.web.sample import make_sample, make_settings


def main() -> None:
    folder, bind = Path(sys.argv[1]), sys.argv[2]
    logs.configure(now, with_time=False)
    app = make_sample(
        make_settings(folder, f"sqlite:///{folder}/mailbox.db", origin="http://127.0.0.1"), now
    )
    app.add_url_rule("/slow", "slow", public(_slow))
    app.add_url_rule(
        "/broken", "broken", public(lambda: Response(_breaks(), mimetype="text/plain"))
    )
    app.add_url_rule("/illegal", "illegal", public(_illegal))
    app.add_url_rule("/echo", "echo", public(accepts_text(1000)(_echo)), methods=["GET"])
    serve(app, bind, side="sample")


def _slow() -> Response:
    time.sleep(1)
    return Response("slow but whole", mimetype="text/plain")


def _breaks() -> Iterator[bytes]:
    yield b"first"
    raise ValueError("canary in a stream")


def _illegal() -> Response:
    response = Response("x", mimetype="text/plain")
    response.headers._list.append(("X-Illegal", "canary\r\nSet-Cookie: planted=1"))
    return response


def _echo() -> Response:
    return Response(f"{request.scheme} {request.host} {request.path}", mimetype="text/plain")


if __name__ == "__main__":
    main()
