"""Measures what a student waits for after saving a file, beside Cargo alone and cargo-lambda.

    benches/run, or target/outside/bin/python benches/edits.py --server … --peers … [--rounds 11]

The job: one line of `new-game` says something else. What counts is when the function answers with it. The finished game is
in a folder of its own, as a student has it, which stays in target/ so that its dependencies are compiled once.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.request

import table
from peers import MAFIA, TARGET, free_port
from servers import Ministack, Sandbox

GAME = TARGET / "bench-game"
SOURCE = GAME / "functions/src/bin/new-game.rs"
SAID = "New game started with"
STACK = "mafia-bench"
FUNCTION = f"{STACK}-01-new-game"
PATIENCE = 120
GLANCE = 0.005


class Edits:
    """The file that is edited; each edit says something else. `with` puts the first text back."""

    def __init__(self):
        self.original, self.numbers = SOURCE.read_text(), itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        SOURCE.write_text(self.original)

    def save(self):
        """Returns what the function says from now on."""
        said = f"Edit {time.time_ns()}-{next(self.numbers)}: the game started with"
        SOURCE.write_text(self.original.replace(SAID, said))
        return said


def run(environment, *command):
    """Runs it in the game's folder; returns the seconds it took."""
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], cwd=GAME, env=environment, capture_output=True, text=True, timeout=1800
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - started


def until_it_says(said, answer):
    """Asks again and again, and returns when that was answered."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError):
            if said in answer():
                return
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing says “{said}”")
        time.sleep(GLANCE)


def invoked(server):
    """How the function in a server is called."""
    client = server.client("lambda")
    return lambda: client.invoke(FunctionName=FUNCTION, Payload=b"{}")["Payload"].read().decode()


@contextlib.contextmanager
def watching(command, environment, log):
    """A process that looks at the files until the end of the block."""
    process = subprocess.Popen(
        [str(word) for word in command], cwd=GAME, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def saved_to_answer(edits, answer, command, environment, log):
    """Seconds from a save until the answer to it, with a tool that watches and has settled."""
    with watching(command, environment, log):
        # It looks at the files, and runs what they say.
        until_it_says(edits.save(), answer)
        time.sleep(0.5)
        said = edits.save()
        saved = time.perf_counter()
        until_it_says(said, answer)
        return time.perf_counter() - saved


class CargoLambda:
    def __init__(self, tools, ministack):
        self.program, self.ministack = tools / "cargo-lambda", ministack
        # Zig is there as well, with which it links.
        self.environment = ministack.environment | {"PATH": f"{tools}:{ministack.environment['PATH']}"}

    def watch(self):
        """The command, its environment, and how it is called."""
        port = free_port()
        settings = self.ministack.client("lambda").get_function_configuration(FunctionName=FUNCTION)
        command = [self.program, "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", port]
        environment = self.environment | settings["Environment"]["Variables"]
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/new-game/invocations"

        def answer():
            return urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=60).read().decode()

        return command, environment, answer

    def deploy(self):
        """What a student types to have the edit in the account."""
        run(self.environment, self.program, "lambda", "build", "--release", "--bin", "new-game")
        run(
            self.environment, self.program, "lambda", "deploy", "new-game", "--binary-name", "new-game",
            "--role", "arn:aws:iam::000000000000:role/bench", "--include", "names.txt",
        )  # fmt: skip


def measured_deploy(edits, server, function, deploy):
    """Seconds from the save until the server says that calls run the new code."""
    client = server.client("lambda")
    edits.save()
    saved = time.perf_counter()
    deploy()
    client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 0.005, "MaxAttempts": 9999})
    return time.perf_counter() - saved


def measure(sandbox, ministack, peer, edits, rounds, log):
    seconds = {}
    note = lambda what, took: seconds.setdefault(what, []).append(took)
    answer = invoked(sandbox)
    peer.deploy()
    for _ in range(rounds):
        watch = [MAFIA, "watch"]
        note("watch", saved_to_answer(edits, answer, watch, sandbox.own_environment, log))
        edits.save()
        note("cargo", run(sandbox.own_environment, "cargo", "build", "--quiet", "--bin", "new-game"))
        command, environment, peer_answer = peer.watch()
        note("peer watches", saved_to_answer(edits, peer_answer, command, environment, log))
        note("deploy", measured_deploy(edits, ministack, FUNCTION, lambda: run(ministack.environment, MAFIA, "deploy")))
        note("peer deploys", measured_deploy(edits, ministack, "new-game", peer.deploy))
    for _ in range(rounds):
        note("nothing", run(sandbox.own_environment, MAFIA, "deploy"))
        note("cargo has nothing", run(sandbox.own_environment, "cargo", "build", "--quiet"))
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the bin folder with the peers")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    if not GAME.exists():
        subprocess.run([MAFIA, "init", GAME, "--finished"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        log = stack.enter_context(open(folder / "log", "ab"))
        sandbox = stack.enter_context(Sandbox(folder))
        ministack = stack.enter_context(Ministack(folder, options.server.resolve()))
        edits = stack.enter_context(Edits())
        run(sandbox.own_environment, MAFIA, "deploy")
        run(ministack.environment, MAFIA, "deploy")
        peer = CargoLambda(options.peers.resolve(), ministack)
        seconds = measure(sandbox, ministack, peer, edits, options.rounds, log)
    table.row("save of one line to its answer: `mafia watch`, sandbox", seconds["watch"], "`cargo build --bin` alone", seconds["cargo"])
    table.row("the same", seconds["watch"], "`cargo lambda watch`", seconds["peer watches"])
    table.row(
        "one line until calls run it: `mafia deploy`, ministack",
        seconds["deploy"], "`cargo lambda build --release` and `deploy`", seconds["peer deploys"],
    )  # fmt: skip
    table.row("`mafia deploy`, nothing changed, sandbox", seconds["nothing"], "`cargo build`, nothing to do", seconds["cargo has nothing"])


if __name__ == "__main__":
    main()
