"""A long day of a sandbox: very many calls and deployments, and what they cost it in the end.

    benches/soak [--calls 100000] [--deploys 1000]

Calls and deployments take turns. Memory, open files, processes and the folder's size are told after
each tenth; the run fails when the second half has made any of them grow beyond what chance does.
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile
import time

from peers import MAFIA, NAMES
from servers import Sandbox

PARTS = 10
# How much more than at half-time is still flat.
TOLERATED = {"MB of memory": (1.15, 8), "open files": (1.0, 16), "processes": (1.0, 4), "MB on disk": (1.25, 24)}


def children(process):
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):
            found += (task / "children").read_text().split()
    return found


def folder_size(folder):
    sizes = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            sizes += path.stat().st_blocks * 512
    return sizes / 1e6


def figures(sandbox):
    process = sandbox.process.pid
    return {
        "MB of memory": sandbox.memory(),
        "open files": len(list(pathlib.Path(f"/proc/{process}/fd").iterdir())),
        "processes": len(children(process)),
        "MB on disk": folder_size(sandbox.state),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--deploys", type=int, default=1_000)
    options = parser.parse_args()
    original = NAMES.read_bytes()
    told = []
    with tempfile.TemporaryDirectory(prefix="mafia-soak-") as folder, Sandbox(pathlib.Path(folder)) as sandbox:
        try:
            sandbox.run(MAFIA, "deploy")
            sandbox.run(MAFIA, "play", "new")
            for part in range(1, PARTS + 1):
                started = time.monotonic()
                sandbox.calls(options.calls // PARTS, 8)
                for number in range(options.deploys // PARTS):
                    NAMES.write_bytes(original + f"Soak{part}x{number}\n".encode())
                    sandbox.run(MAFIA, "deploy")
                sandbox.calls(10, 1)
                told.append(figures(sandbox))
                line = ", ".join(f"{value:.0f} {name}" for name, value in told[-1].items())
                print(f"  part {part:2} of {PARTS} ({time.monotonic() - started:.0f} s): {line}", flush=True)
        finally:
            NAMES.write_bytes(original)
    half, end = told[PARTS // 2 - 1], told[-1]
    grown = [
        f"{name}: {half[name]:.0f} at half-time, {end[name]:.0f} at the end"
        for name, (factor, more) in TOLERATED.items()
        if end[name] > half[name] * factor + more
    ]
    if grown:
        sys.exit("it grows: " + "; ".join(grown))
    print("flat")


if __name__ == "__main__":
    main()
