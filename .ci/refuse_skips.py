"""Fail when a browser, Node or PostgreSQL test was skipped, or when fewer tests ran than any healthy run has."""

import sys
from xml.etree import ElementTree as ET

LEAST = 8000
MUST_RUN = ("browser", "journeys", "postgresql", "migrations", "crypto_age")


def main(path: str) -> int:
    """Read the JUnit report at `path`; give the exit code."""
    cases = list(ET.parse(path).iter("testcase"))  # noqa: S314 - our own report
    skipped = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("skipped") is not None
    ]
    refused = [name for name in skipped if any(word in name for word in MUST_RUN)]
    for name in refused:
        print(f"skipped, but must run: {name}")  # noqa: T201
    if len(cases) < LEAST:
        print(f"only {len(cases)} tests were collected")  # noqa: T201
    return 1 if refused or len(cases) < LEAST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
