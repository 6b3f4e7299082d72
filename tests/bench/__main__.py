"""Every measurement in one run, each beside its floor on this same machine: `python -m tests.bench`."""

import sys
from importlib import import_module

BENCHES = ("bench_crypto", "bench_upload", "bench_intake", "bench_start")


def main() -> None:
    """Print them one after the other."""
    sys.argv[1:] = []
    for name in BENCHES:
        print(f"\n== {name.removeprefix('bench_')}", flush=True)
        import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
