"""`python -m portal --instance DIR --bind 127.0.0.1:8080`: serve the informants' side."""

import argparse
import sys
from pathlib import Path

from portal import logs
from portal.app import create_app
from portal.clock import now
from portal.maintenance import EVERY, jobs
from portal.organisation import ProfileError
from portal.serving import BindError, serve
from portal.settings import SettingsError, load_portal

CANNOT_START = 2


def main() -> int:
    """Read the settings, then serve; what is wrong with them is said line by line, with what to do."""
    parser = argparse.ArgumentParser(prog="python -m portal", description="Serve the portal.")
    parser.add_argument("--instance", type=Path, required=True, help="the instance's folder")
    parser.add_argument("--bind", default="127.0.0.1:8080", help="loopback address, or unix:/path")
    chosen = parser.parse_args()
    try:
        settings = load_portal(chosen.instance.absolute())
        logs.configure(now, with_time=False)
        app = create_app(settings)
        serve(
            app,
            chosen.bind,
            threads=settings.threads,
            jobs=jobs(app.extensions["ishonch"]),
            every=EVERY,
        )
    except (SettingsError, ProfileError) as error:
        print(*error.problems, sep="\n", file=sys.stderr)  # noqa: T201
    except BindError as error:
        print(error, file=sys.stderr)  # noqa: T201
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
