"""How long the portal takes to its first page, and what its processes weigh idle: `python -m tests.bench.bench_start [rounds]`.

Started as an installed one is: its modules are compiled already. The weight of a process is its share: pages that several
processes have in common count once (PSS); where that may not be read, its resident size stands in for it.
"""

import os
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.support.served import Served, make_instance
from tests.web.faults.visitor import Visitor

MB = 1e6


def measure_start(portal: Served) -> float:
    """Start it once; give the seconds from the process to the first whole page."""
    begun = time.perf_counter()
    portal.start()
    assert Visitor(portal.port).get("/en/").status == 200
    return time.perf_counter() - begun


def weigh(pid: int) -> tuple[float, float]:
    """Give a process's resident size and its share of what it has in common with others, in bytes."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    resident = share = int(status["VmRSS"].split()[0]) * 1024
    with suppress(PermissionError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        share = int(next(line for line in rollup if line.startswith("Pss:")).split()[1]) * 1024
    return resident, share


def main() -> None:
    """Print one measurement."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
        portal = make_instance(folder, f"sqlite:///{folder}/mailbox.db")
        seconds = []
        for _ in range(rounds + 1):
            seconds.append(measure_start(portal))
            weights = {"arbiter": weigh(portal.pid), "worker": weigh(portal.worker)}
            portal.stop()
    print(f"from process start to the first page: {statistics.median(seconds[1:]):.2f} s", end="")
    print(f" (best {min(seconds[1:]):.2f} s)")
    for process, (resident, share) in weights.items():
        print(
            f"  {process:8} idle {resident / MB:5.1f} MB resident, its share {share / MB:5.1f} MB"
        )


if __name__ == "__main__":
    main()
