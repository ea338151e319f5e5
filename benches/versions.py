"""Measures whether a version of mafia is slower than another on the paths that people wait for.

    benches/versions OLD-CHECKOUT [--rounds 21]

The other version is built already. Each round is one life of a student with each version, in turns, in its
checkout: a new sandbox, first deployment, nothing to deploy, a patch of all functions, calls, logs, clean.
names.txt is edited, and put back at the end. Prints the medians as a Markdown table; the ratio is new : old.
"""

import argparse
import contextlib
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

from peers import ROOT

STEPS = [
    ("first start of a sandbox", ["sandbox", "start"]),
    ("first deployment", ["deploy"]),
    ("nothing to deploy", ["deploy"]),
    ("patch of five functions", ["deploy"]),
    ("new game", ["play", "new"]),
    ("state", ["play", "state"]),
    ("logs", ["logs"]),
    ("clean", ["clean"]),
    ("clean of nothing", ["clean"]),
]
PATCH = "patch of five functions"


class Student:
    """Works in one checkout, with its program."""

    def __init__(self, checkout):
        self.checkout, self.names = checkout, checkout / "names.txt"
        self.times = {name: [] for name, _ in STEPS}

    @contextlib.contextmanager
    def put_back(self):
        names = self.names.read_bytes()
        try:
            yield self
        finally:
            self.names.write_bytes(names)

    def run(self, state, *arguments):
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
        settings = {"MAFIA_STATE_DIR": str(state), "MAFIA_STACK": "bench", "MAFIA_YES": "1"}
        started = time.perf_counter()
        command = [self.checkout / "target/debug/mafia", *arguments]
        ran = subprocess.run(command, cwd=self.checkout, env=kept | settings, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"{self.checkout}: mafia {' '.join(arguments)}: {ran.stderr}")
        return (time.perf_counter() - started) * 1000

    def live(self, number):
        with tempfile.TemporaryDirectory(prefix="mafia-state-") as state:
            os.chmod(state, 0o700)
            for name, arguments in STEPS:
                if name == PATCH:
                    with self.names.open("a") as names:
                        names.write(f"Player{number}\n")
                self.times[name].append(self.run(state, *arguments))
            self.run(state, "sandbox", "stop")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=pathlib.Path, help="a checkout of the version to compare with")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    with contextlib.ExitStack() as ends:
        students = [ends.enter_context(Student(checkout).put_back()) for checkout in (options.old.resolve(), ROOT)]
        shuffled = random.Random(1)
        # The first round only warms up.
        for number in range(options.rounds + 1):
            for student in shuffled.sample(students, 2):
                student.live(number)
            if number == 0:
                for student in students:
                    for times in student.times.values():
                        times.clear()
    old, new = students
    print("| ms | old | new | new : old |\n|---|---|---|---|")
    for name, _ in STEPS:
        before, after = statistics.median(old.times[name]), statistics.median(new.times[name])
        print(f"| {name} | {before:.0f} | {after:.0f} | {after / before:.2f} |")


if __name__ == "__main__":
    main()
