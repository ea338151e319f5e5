"""Measures QuickBuild: how it patches a zip, and what of new code travels.

    benches/zips [--rounds 9] [--megabits 10]

The zip: one text is changed in a bundle of interpreted files of 10 MB. Python does what the function did in which
QuickBuild was first described: all files are read out of one zip and compressed into another. Both read the same
file and write one, in turns, and measure themselves without the start of their process.

The ways: `mafia deploy --quickbuild --explain` after an edit of a text and of logic, directly and through an uplink of so many
megabits a second. It edits a source file of this checkout, and puts it back. Prints medians and their ratios.
"""

import argparse
import contextlib
import json
import pathlib
import socket
import statistics
import subprocess
import sysconfig
import tempfile
import threading
import time
import zipfile

from peers import MAFIA, ROOT, TARGET
from servers import Sandbox

ZIPS = TARGET / "debug/examples/zips"
BYTES = 10_000_000
SOURCE = ROOT / "labs/game/src/bin/new-game.rs"
TEXT = "New game started with {}"
LOGIC = "let message = format!("
CHUNK = 64 * 1024


def make_bundle(path):
    """Python's own library, until the zip is large enough; returns the name of a file in it."""
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in sorted(library.rglob("*.py")) * 9:
            name = f"{len(bundle.namelist())}/{file.name}"
            bundle.writestr(name, file.read_bytes())
            if path.stat().st_size > BYTES:
                break
    return name


def patch(source, changes, target):
    """All of one zip into another, with other contents for some files; returns the seconds."""
    started = time.perf_counter()
    left = dict(changes)
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            contents = left.pop(entry.filename, None)
            after.writestr(entry, before.read(entry) if contents is None else contents)
        for name, contents in left.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            after.writestr(entry, contents)
    return time.perf_counter() - started


def same(left, right):
    with zipfile.ZipFile(left) as one, zipfile.ZipFile(right) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert all(one.read(name) == other.read(name) for name in one.namelist())


def measure_zips(folder, rounds):
    bundle, changes, ours, theirs = (folder / name for name in ("bundle.zip", "changes.json", "ours.zip", "theirs.zip"))
    name = make_bundle(bundle)
    changed = {name: "print('changed')\n", "added.py": "print('added')\n"}
    changes.write_text(json.dumps(changed))
    rust, python = [], []
    for _ in range(rounds):
        rust.append(float(subprocess.run([ZIPS, bundle, changes, ours], check=True, capture_output=True).stdout))
        python.append(patch(bundle, changed, theirs))
    same(ours, theirs)
    rust, python = statistics.median(rust), statistics.median(python)
    print(f"A file changed and one added in a zip of {bundle.stat().st_size / 1e6:.1f} MB:\n")
    print("| | seconds |\n|---|---|")
    print(f"| QuickBuild | {rust:.3f} |\n| Python's zipfile | {python:.3f} |")
    print(f"\nQuickBuild is {python / rust:.0f} times as fast.\n")


class Uplink:
    """A proxy that passes on so many bytes a second from the client, and all to it."""

    def __init__(self, port, per_second):
        self.port, self.per_second = port, per_second
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.turn, self.free = threading.Lock(), 0.0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port))
            for source, target, slow in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pump, args=(source, target, slow), daemon=True).start()

    def pump(self, source, target, slow):
        with contextlib.suppress(OSError):
            while piece := source.recv(CHUNK):
                if slow:
                    self.wait(len(piece))
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def wait(self, count):
        """All connections share the uplink."""
        with self.turn:
            self.free = max(self.free, time.monotonic()) + count / self.per_second
            until = self.free
        time.sleep(max(0.0, until - time.monotonic()))


@contextlib.contextmanager
def edited():
    """A function that edits the source in its text or in its logic, each time in another way, or in nothing."""
    original = SOURCE.read_text()
    numbers = iter(range(1, 1_000_000))

    def edit(what):
        number = next(numbers)
        extra = f"let message = if names.len() > {number} {{ names.concat() }} else {{ String::new() }} + &format!("
        old, new = {"a text": (TEXT, f"New game {number} with {{}}"), "logic": (LOGIC, extra), "nothing": ("", "")}[what]
        assert old in original
        SOURCE.write_text(original.replace(old, new) if old else original)

    try:
        yield edit
    finally:
        SOURCE.write_text(original)


def measure_ways(folder, rounds, megabits):
    with Sandbox(folder) as sandbox, edited() as edit:
        sandbox.run(MAFIA, "deploy")
        sandbox.run(MAFIA, "deploy", "--lab", "quickbuild")
        slow = Uplink(sandbox.port, megabits * 1e6 / 8)
        ways = {}
        for _ in range(rounds):
            for what in ("a text", "logic"):
                for through, url in (("directly", sandbox.url), (f"at {megabits} Mbit/s", slow.url)):
                    deploy = (MAFIA, "deploy", "--quickbuild")
                    edit("nothing")
                    sandbox.run(*deploy)
                    edit(what)
                    explained = sandbox.run(*deploy, "--explain", "--json", "--endpoint-url", url)[1]
                    found = json.loads(explained)["functions"][0]["ways"]
                    ways.setdefault((what, through), []).append(found)
        print("New code of one function, until Lambda has it (medians):\n")
        print("| edited | | in the request | through the bucket | QuickBuild |\n|---|---|---|---|---|")
        for (what, through), found in ways.items():
            cells = []
            for way in ("inline", "bucket", "quickbuild"):
                size = statistics.median(one[way]["bytes"] for one in found) / 1e3
                seconds = statistics.median(one[way]["milliseconds"] for one in found) / 1e3
                cells.append(f"{size:,.0f} kB, {seconds:.2f} s")
            print(f"| {what} | {through} | {' | '.join(cells)} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--megabits", type=float, default=10)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure_zips(pathlib.Path(folder), given.rounds)
        measure_ways(pathlib.Path(folder), max(1, given.rounds // 3), given.megabits)


if __name__ == "__main__":
    main()
