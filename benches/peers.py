"""Measures `mafia` beside cargo-lambda and SAM CLI: the same jobs, on one ministack, in one run.

Run it through `benches/run`, which installs the peers and builds `mafia`. Rounds are interleaved,
so that whatever else the machine does hits all alike; what counts is the ratio of the medians.

The job: names.txt has one more name than before, nothing has to be compiled. `mafia deploy` looks at
the whole project and patches all five functions; the peers put one function's code in place and are
told which. Two times count: until the tool returns, and until the server says that calls run the new
code. A tool that does not wait for the second returns early and is no further.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
NAMES = ROOT / "names.txt"
# The program to measure.
MAFIA = pathlib.Path(os.environ.get("MAFIA_PROGRAM") or TARGET / "debug/mafia").resolve()
BINARY = TARGET / "debug/judgement"
FUNCTION = "judgement"
STACK = "bench"
FIVE = [f"{STACK}-{name}" for name in ("01-new-game", "02-game-state", "03-night-turn", "04-day-turn", "05-judgement")]

SAM_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Judgement:
    Type: AWS::Serverless::Function
    Metadata: {SkipBuild: true}
    Properties:
      FunctionName: bench-sam-judgement
      CodeUri: bundle/
      Handler: bootstrap
      Runtime: provided.al2023
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def ministack(tools, folder):
    """A ministack of our own; yields its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": url,
    }
    log = open(folder / "ministack.log", "wb")
    server = subprocess.Popen([tools / "ministack"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).read()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"ministack does not start: {(folder / 'ministack.log').read_text()[-2000:]}")
                time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait(20)


class Bench:
    def __init__(self, tools, folder, url):
        self.tools, self.folder, self.url = tools, folder, url
        self.environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if key in os.environ},
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
            "SAM_CLI_TELEMETRY": "0",
            "MAFIA_STACK": STACK,
            "MAFIA_YES": "1",
        }
        self.bundle = folder / "bundle"
        self.bundle.mkdir()
        shutil.copy(BINARY, self.bundle / "bootstrap")
        shutil.copy(NAMES, self.bundle / "names.txt")
        (folder / "template.yaml").write_text(SAM_TEMPLATE)
        # Where `cargo lambda deploy` looks for what `cargo lambda build` made.
        built = folder / "target/lambda" / FUNCTION
        built.mkdir(parents=True)
        shutil.copy(BINARY, built / "bootstrap")
        (folder / "src").mkdir()
        (folder / "src/main.rs").write_text("fn main() {}\n")
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "{FUNCTION}"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n'
        )

    def run(self, *command, cwd=None):
        """Seconds that the command took; it must succeed."""
        started = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.folder,
            env=self.environment,
            input="y\n",  # SAM CLI asks whether this is a development stack.
            capture_output=True,
            text=True,
            timeout=300,
        )
        took = time.perf_counter() - started
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}")
        return took

    def function(self, name):
        """The function as the server sees it."""
        with urllib.request.urlopen(f"{self.url}/2015-03-31/functions/{name}") as answer:
            return json.load(answer)["Configuration"]

    def wait_until_live(self, name):
        deadline = time.monotonic() + 60
        while self.function(name)["LastUpdateStatus"] != "Successful":
            if time.monotonic() > deadline:
                sys.exit(f"{name} does not settle")
            time.sleep(0.002)

    def mafia(self, *arguments):
        return self.run(MAFIA, *arguments, cwd=ROOT)

    def cargo_lambda(self):
        return self.run(
            self.tools / "cargo-lambda", "lambda", "deploy", FUNCTION,
            "--role", "arn:aws:iam::000000000000:role/bench",
            "--include", self.bundle / "names.txt",
        )  # fmt: skip

    def sam(self, *arguments):
        return self.run(self.tools / "sam", "sync", "--stack-name", "bench-sam", *arguments)

    def add_name(self, number):
        for names in (NAMES, self.bundle / "names.txt"):
            with open(names, "a") as file:
                file.write(f"Benchmark{number}\n")


def changed(bench, functions, deploy):
    """Seconds until `deploy` returned, and until all functions run the new code."""
    before = [bench.function(name)["CodeSha256"] for name in functions]
    started = time.perf_counter()
    deploy()
    returned = time.perf_counter() - started
    for name in functions:
        bench.wait_until_live(name)
    live = time.perf_counter() - started
    for name, digest in zip(functions, before, strict=True):
        if bench.function(name)["CodeSha256"] == digest:
            sys.exit(f"{name} still runs its old code")
    return returned, live


def measure_deploys(bench, rounds):
    bench.mafia("deploy")
    bench.cargo_lambda()
    bench.sam("--no-dependency-layer")
    jobs = {
        "mafia deploy, five functions": (FIVE, lambda: bench.mafia("deploy")),
        "cargo lambda deploy, one function": ([FUNCTION], bench.cargo_lambda),
        "sam sync --code, one function": (
            ["bench-sam-judgement"],
            lambda: bench.sam("--code", "--resource-id", "Judgement"),
        ),
    }
    times = {name: [] for name in jobs}
    for number in range(rounds):
        bench.add_name(number)
        for name, (functions, deploy) in jobs.items():
            times[name].append(changed(bench, functions, deploy))
    returned = {name: [pair[0] for pair in pairs] for name, pairs in times.items()}
    live = {name: [pair[1] for pair in pairs] for name, pairs in times.items()}
    return returned, live


def measure_versions(bench, rounds):
    jobs = {
        "mafia --version": [MAFIA, "--version"],
        "cargo-lambda lambda --version": [bench.tools / "cargo-lambda", "lambda", "--version"],
    }
    times = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            started = time.perf_counter()
            # With a limit, Python would look after whole milliseconds whether it has ended.
            subprocess.run(command, env=bench.environment, capture_output=True, check=True)
            times[name].append(time.perf_counter() - started)
    return times


def show(title, times):
    """A row for each peer: the first of the times is mafia's."""
    (_, ours), *others = times.items()
    for name, theirs in others:
        table.row(title, ours, f"`{name}`", theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the bin folder with the peers")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    original = NAMES.read_bytes()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder:
        folder = pathlib.Path(folder)
        with ministack(options.server.resolve(), folder) as url:
            bench = Bench(options.peers.resolve(), folder, url)
            try:
                returned, live = measure_deploys(bench, options.rounds)
                versions = measure_versions(bench, options.rounds * 4)
                bench.mafia("clean")
            finally:
                NAMES.write_bytes(original)
    show("new names.txt in five functions, until calls run it: `mafia deploy`", live)
    show("the same, until the tool returns", returned)
    show("`mafia --version`", versions)


if __name__ == "__main__":
    main()
