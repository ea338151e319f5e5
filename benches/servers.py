"""Measures the embedded sandbox beside ministack: the same requests by the same client, in one run.

Run it through `benches/run`, which installs ministack and builds `mafia`. Rounds are interleaved, so
that whatever else the machine does hits both alike; what counts is the ratio of the medians.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3

import table
from peers import MAFIA, ROOT, TARGET, free_port

CALLS = TARGET / "debug/examples/calls"
STACK = "mafia-bench"
FUNCTION = f"{STACK}-02-game-state"


def first_answer(url, process, patience=60):
    """Waits until anything answers at the URL."""
    deadline = time.monotonic() + patience
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"nothing answers at {url}")
            time.sleep(0.001)


class Server:
    """A server process of our own; `with` starts and ends it."""

    def __init__(self, name, folder):
        self.name, self.folder, self.port = name, folder / name, free_port()
        self.folder.mkdir()
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def __enter__(self):
        started = time.perf_counter()
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.variables, stdout=log, stderr=log)
        first_answer(self.url + self.health, self.process)
        self.ready = time.perf_counter() - started
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    @property
    def environment(self):
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
        settings = {"AWS_ENDPOINT_URL": self.url, "MAFIA_ENDPOINT_URL": self.url, "MAFIA_STACK": STACK, "MAFIA_YES": "1"}
        return {**kept, **settings, **self.keys, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}

    def memory(self):
        """Resident, in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def run(self, *command):
        """Seconds that the command took, and what it printed."""
        started = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=600
        )
        if done.returncode != 0:
            sys.exit(f"{self.name}: {' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}")
        return time.perf_counter() - started, done.stdout

    def calls(self, count, concurrency, called=FUNCTION):
        return json.loads(self.run(CALLS, called, count, concurrency)[1])

    def url_of_state(self):
        """Where the API answers to `GET /game-state`."""
        return json.loads(self.run(MAFIA, "api", "list", "--json")[1])["address"] + "/game-state"

    def client(self, service):
        keys = {name.lower(): value for name, value in self.keys.items()}
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", **keys)

    def change(self):
        """The function's configuration, so that the next call is the first of a new revision."""
        client = self.client("lambda")
        variables = client.get_function_configuration(FunctionName=FUNCTION)["Environment"]["Variables"]
        variables["ROUND"] = str(time.monotonic_ns())
        client.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": variables})
        client.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})


class Ministack(Server):
    health = "/_ministack/health"

    def __init__(self, folder, tools):
        super().__init__("ministack", folder)
        self.command = [tools / "ministack"]
        self.variables = os.environ | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.url,
        }


class Sandbox(Server):
    health = "/_sandbox/health"

    def __init__(self, folder):
        super().__init__("sandbox", folder)
        state = self.folder / "state"
        self.command = [MAFIA, "sandbox", "start", "--foreground", "--port", str(self.port), "--state-dir", state]
        self.variables = os.environ
        self.state = state

    def __enter__(self):
        super().__enter__()
        keys = json.loads((self.state / "keys.json").read_text())
        self.keys = {"AWS_ACCESS_KEY_ID": keys["access_key_id"], "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}
        return self

    @property
    def own_environment(self):
        """For mafia, to which this is its own sandbox and not somebody's endpoint."""
        theirs = ("AWS_", "MAFIA_ENDPOINT_URL")
        kept = {name: value for name, value in self.environment.items() if not name.startswith(theirs)}
        return kept | {"MAFIA_TARGET": "sandbox", "MAFIA_STATE_DIR": str(self.state)}


def measure_ready(make, rounds):
    times = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder:
            for server in make(pathlib.Path(folder)):
                with server:
                    times.setdefault(server.name, []).append(server.ready)
    return times


def measure_stacks(servers, rounds):
    created, deleted = {}, {}
    for _ in range(rounds):
        for server in servers:
            created.setdefault(server.name, []).append(server.run(MAFIA, "deploy")[0])
            deleted.setdefault(server.name, []).append(server.run(MAFIA, "clean")[0])
    return created, deleted


def measure_calls(servers, rounds, count):
    first, warm, through_api, throughput = {}, {}, {}, {}
    for server in servers:
        server.run(MAFIA, "deploy", "--parameter", "Api=yes")
        server.run(MAFIA, "play", "new")
    for _ in range(rounds):
        for server in servers:
            server.change()
            first.setdefault(server.name, []).extend(ms / 1000 for ms in server.calls(1, 1)["milliseconds"])
    for _ in range(rounds):
        for server in servers:
            server.calls(3, 1)
            warm.setdefault(server.name, []).extend(ms / 1000 for ms in server.calls(count, 1)["milliseconds"])
            called = server.calls(count, 1, server.url_of_state())["milliseconds"]
            through_api.setdefault(server.name, []).extend(ms / 1000 for ms in called)
    for _ in range(rounds):
        for server in servers:
            server.calls(32, 16)
            throughput.setdefault(server.name, []).append(count * 4 / server.calls(count * 4, 16)["seconds"])
    return first, warm, through_api, throughput


def show(title, figures, **kind):
    """A row about what was measured with each server, by name."""
    table.row(title, figures["sandbox"], "ministack", figures["ministack"], **kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=200, help="warm calls in each round")
    options = parser.parse_args()
    tools = options.server.resolve()
    make = lambda folder: (Sandbox(folder), Ministack(folder, tools))
    show("sandbox: ready to serve", measure_ready(make, options.rounds * 2))
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, contextlib.ExitStack() as stack:
        servers = [stack.enter_context(server) for server in make(pathlib.Path(folder))]
        idle = {server.name: [server.memory()] for server in servers}
        show("sandbox: resident memory when idle", idle, unit="MB")
        created, deleted = measure_stacks(servers, options.rounds)
        show("sandbox: stack of the game: mafia deploy", created)
        show("sandbox: stack of the game: mafia clean", deleted)
        first, warm, through_api, throughput = measure_calls(servers, options.rounds, options.calls)
        show("sandbox: first call after a change of the configuration, p50", first)
        show("sandbox: warm call of game-state, p50", warm)
        show("sandbox: warm call of game-state, p99", warm, share=0.99)
        show("sandbox: warm GET /game-state through the API, p50", through_api)
        api_beside_call = through_api["sandbox"], "the direct call", warm["sandbox"]
        table.row("sandbox: warm GET /game-state through the API, p50", *api_beside_call)
        show("sandbox: calls a second, 16 at once", throughput, unit="/s", more_is_better=True)
        show("sandbox: resident memory after that", {server.name: [server.memory()] for server in servers}, unit="MB")


if __name__ == "__main__":
    main()
