"""Laying the signed roster where the portal reads it: whole or not at all, whatever happens on the way."""

import os
from pathlib import Path

# Public keys and positions, believed for their signature alone: the portal's own user may read it.
_MODE = 0o644


def write_roster(path: Path, note: str) -> None:
    """Replace the roster file in one step."""
    waiting = path.with_name(path.name + ".new")
    with waiting.open("w", encoding="utf-8") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    waiting.chmod(_MODE)
    waiting.replace(path)
