"""Measures what a student waits for after saving a file, beside Cargo alone and cargo-lambda.

    benches/run, or target/outside/bin/python benches/edits.py --server … --peers … [--rounds 11] [--only deploys]

The job: one line of `new-game` says something else. What counts is when the function answers with it. A first round,
in which any of the tools may have to compile all crates, is not counted.
"""

import argparse
import contextlib
import pathlib
import tempfile
import time
import urllib.request

import game
import table
from game import FUNCTION, run, until_it_says
from peers import MAFIA, free_port
from servers import Ministack, Sandbox

# For a first round, in which all may be compiled.
LONG_PATIENCE = 1200


def saved_to_answer(edits, answer, command, environment, log, patience=game.PATIENCE):
    """Seconds from a save until the answer to it, with a tool that watches and has settled."""
    with game.watching(command, environment, log, log):
        # It looks at the files, and runs what they say.
        until_it_says(edits.save(), answer, patience)
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

        # A call that comes while cargo-lambda replaces the function may never be answered: it is made anew then, and
        # the second that it was waited for counts.
        def answer():
            return urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=1).read().decode()

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


def measure_watching(sandbox, peer, edits, rounds, log):
    watched, cargo, peer_watched = [], [], []
    answer, watch = game.invoked(sandbox), [MAFIA, "watch"]
    for number in range(rounds + 1):
        ours = saved_to_answer(edits, answer, watch, sandbox.own_environment, log)
        edits.save()
        alone = game.build(sandbox.own_environment)
        command, environment, peer_answer = peer.watch()
        theirs = saved_to_answer(edits, peer_answer, command, environment, log, LONG_PATIENCE)
        if number:
            watched.append(ours), cargo.append(alone), peer_watched.append(theirs)
    table.row("save of one line to its answer: `mafia watch`, sandbox", watched, "`cargo build --bin` alone", cargo)
    table.row("the same", watched, "`cargo lambda watch`", peer_watched)


def measure_deploys(ministack, peer, edits, rounds):
    deployed, peer_deployed = [], []
    peer.deploy()
    for _ in range(rounds):
        deploy = lambda: run(ministack.environment, MAFIA, "deploy")
        deployed.append(measured_deploy(edits, ministack, FUNCTION, deploy))
        peer_deployed.append(measured_deploy(edits, ministack, "new-game", peer.deploy))
    what = "one line until calls run it: `mafia deploy`, ministack"
    table.row(what, deployed, "`cargo lambda build --release` and `deploy`", peer_deployed)


def measure_nothing(sandbox, rounds):
    nothing, cargo = [], []
    for _ in range(rounds):
        nothing.append(run(sandbox.own_environment, MAFIA, "deploy"))
        cargo.append(run(sandbox.own_environment, "cargo", "build", "--quiet"))
    table.row("`mafia deploy`, nothing changed, sandbox", nothing, "`cargo build`, nothing to do", cargo)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the bin folder with the peers")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", choices=["watching", "deploys", "nothing"])
    options = parser.parse_args()
    game.make_anew()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        log = stack.enter_context(open(folder / "log", "ab"))
        sandbox = stack.enter_context(Sandbox(folder))
        ministack = stack.enter_context(Ministack(folder, options.server.resolve()))
        edits = stack.enter_context(game.Edits())
        run(sandbox.own_environment, MAFIA, "deploy")
        run(ministack.environment, MAFIA, "deploy")
        peer = CargoLambda(options.peers.resolve(), ministack)
        if options.only in (None, "watching"):
            measure_watching(sandbox, peer, edits, options.rounds, log)
        if options.only in (None, "deploys"):
            measure_deploys(ministack, peer, edits, options.rounds)
        if options.only in (None, "nothing"):
            measure_nothing(sandbox, options.rounds)


if __name__ == "__main__":
    main()
