"""Measures the edit loop: one line in one function is saved, until the function answers in the new way.

    benches/layouts [--rounds 15] [--program target/debug/mafia]

Each round edits the same line twice, in turns: `cargo build` of that function alone, and `mafia watch` in a sandbox
of its own. The other rows are of functions that share a library and of functions that each have all that they need: bytes
of the bundle, first call, memory, as Lambda reports it and with what is shared divided. The files are put back at the end.
Prints the medians as a Markdown table.
"""

import argparse
import base64
import contextlib
import os
import pathlib
import re
import signal
import statistics
import subprocess
import tempfile
import time

import boto3

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "labs/game/src/bin/night-turn.rs"
TEMPLATE = ROOT / "templates/game.yaml"
LAYERS = "      Layers: !If [HasLibrary, [!Ref Library], !Ref AWS::NoValue]\n"
LINE = '"Night, time to sleep",\n            "Mafia awakes"'
FUNCTION = "edit-03-night-turn"


class Sandbox:
    """A sandbox with the game, and mafia in it."""

    def __init__(self, program, folder):
        self.program = program
        self.environment = os.environ | {"MAFIA_STATE_DIR": folder, "MAFIA_STACK": "edit"}

    def mafia(self, *arguments):
        command = [self.program, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{command}: {done.stderr}")
        return done.stdout

    def watch(self):
        command = [self.program, "watch"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def client(self):
        lines = self.mafia("sandbox", "env").splitlines()
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        return boto3.client(
            "lambda",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )


def without_library(template):
    """A template in which not all functions have layers."""
    assert LAYERS in template
    return template.replace(LAYERS, "", 1)


def save(words):
    text = SOURCE.read_text()
    new = re.sub(r'"Night, time to sleep[^"]*",\n            "Mafia awakes"', LINE.replace("sleep", f"sleep{words}", 1), text)
    assert new != text
    SOURCE.write_text(new)


@contextlib.contextmanager
def put_back():
    before = {path: path.read_text() for path in (SOURCE, TEMPLATE)}
    try:
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


def night(client):
    """The answer, and how long the call took in milliseconds."""
    began = time.monotonic()
    answer = client.invoke(FunctionName=FUNCTION, Payload=b"{}", LogType="Tail")
    took = 1000 * (time.monotonic() - began)
    payload = answer["Payload"].read().decode()
    return payload, took, answer


def memory(answer):
    log = base64.b64decode(answer["LogResult"]).decode()
    return int(re.search(r"Max Memory Used: (\d+) MB", log)[1])


def cargo():
    began = time.monotonic()
    subprocess.run(["cargo", "build", "--quiet", "--bin", "night-turn"], cwd=ROOT, check=True)
    return time.monotonic() - began


def watched(watch, client, words):
    began = time.monotonic()
    save(words)
    line = watch.stdout.readline()
    live = time.monotonic() - began
    payload, took, answer = night(client)
    assert words.strip() in payload or "won" in payload, (line, payload)
    return live, time.monotonic() - began, took, memory(answer)


def first_calls(client, sandbox, rounds):
    """Milliseconds of first calls, and the memory, after changes of the configuration."""
    calls, used = [], []
    for number in range(rounds):
        client.update_function_configuration(FunctionName=FUNCTION, Description=f"round {number}")
        sandbox.mafia("play", "new")
        _, took, answer = night(client)
        calls.append(took)
        used.append(memory(answer))
    return statistics.median(calls), statistics.median(used)


def proportional(folder):
    """The median memory of the functions that run, in MB: what several have in common is divided among them."""
    sizes = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(process.joinpath("exe").readlink()).startswith(f"{folder}/code/"):
                used = process.joinpath("smaps_rollup").read_text()
                sizes.append(int(re.search(r"^Pss: +(\d+) kB", used, re.MULTILINE)[1]) / 1024)
    return statistics.median(sizes)


def all_functions(sandbox):
    for turn in ("new", "state", "night", "day"):
        sandbox.mafia("play", turn)


def bundle(client):
    return client.get_function(FunctionName=FUNCTION)["Configuration"]["CodeSize"]


def measured(client, sandbox, folder, rounds):
    calls = first_calls(client, sandbox, rounds)
    all_functions(sandbox)
    return bundle(client), *calls, proportional(folder)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--program", default=str(ROOT / "target/debug/mafia"))
    arguments = arguments.parse_args()
    built, live, answered, calls = [], [], [], []
    with tempfile.TemporaryDirectory() as folder, put_back():
        template = TEMPLATE.read_text()
        sandbox = Sandbox(arguments.program, folder)
        sandbox.mafia("deploy")
        sandbox.mafia("play", "new")
        client = sandbox.client()
        watch = sandbox.watch()
        try:
            watch.stdout.readline()
            cargo()
            for number in range(arguments.rounds):
                sandbox.mafia("play", "new")
                # Cargo asks the compiler anew when it is run in another way than the last time.
                watched(watch, client, f" {number} before")
                sandbox.mafia("play", "new")
                one = watched(watch, client, f" {number}")
                live.append(one[0])
                answered.append(one[1])
                calls.append(one[2])
                watch.send_signal(signal.SIGSTOP)
                cargo()
                save(f" {number} again")
                built.append(cargo())
                watch.send_signal(signal.SIGCONT)
                watch.stdout.readline()
            rows = {"shared": measured(client, sandbox, folder, arguments.rounds)}
        finally:
            watch.terminate()
            watch.wait()
        TEMPLATE.write_text(without_library(template))
        sandbox.mafia("deploy")
        rows["all in each"] = measured(client, sandbox, folder, arguments.rounds)
        sandbox.mafia("sandbox", "stop")
    build, seen, answer = (statistics.median(it) for it in (built, live, answered))
    print("| from the save | median | to `cargo build` |\n|---|---|---|")
    print(f"| `cargo build` of the function | {build:.2f} s | 1 |")
    print(f"| `mafia watch` says that it is live | {seen:.2f} s | {seen / build:.2f} |")
    print(f"| the new answer | {answer:.2f} s | {answer / build:.2f} |")
    print(f"\n{arguments.rounds} rounds; spread of the ratio:", end=" ")
    ratios = sorted(a / b for a, b in zip(answered, built))
    print(f"{ratios[0]:.2f} to {ratios[-1]:.2f}, median {statistics.median(ratios):.2f}")
    print("\n| functions | bundle | first call | memory | shared parts divided |\n|---|---|---|---|---|")
    for name, (size, call, used, own) in rows.items():
        print(f"| {name} | {size / 1000:.0f} kB | {call:.0f} ms | {used:.0f} MB | {own:.1f} MB |")


if __name__ == "__main__":
    main()
