"""An instance in a folder, made once and copied for each test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework import demo
from casework.instance import Addresses, write_settings
from portal.clock import now

ADDRESSES = Addresses(portal_origin="http://127.0.0.1:1", office_origin="http://127.0.0.1:2")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration that was made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("made") / "demo"
    mask = os.umask(0o077)
    demo.prepare(folder, portal_port=1, office_port=2, now=now())
    os.umask(mask)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Iterator[Path]:
    """An instance with one account for each role, as its owner left it."""
    copy = shutil.copytree(made, tmp_path / "instance")
    mask = os.umask(0o077)
    write_settings(copy, ADDRESSES)
    yield copy
    os.umask(mask)
