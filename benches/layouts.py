"""Measures the edit loop: one line in one function is saved, until the function answers in the new way.

    benches/layouts [--rounds 15]

Each round edits the same line twice, in turns: `cargo build` of that function alone, and `mafia watch` in a sandbox
of its own. The other rows are of functions that share a library and of functions that each have all that they need: bytes
of the bundle, first call, memory, as Lambda reports it and with what is shared divided. Prints the medians as a Markdown
table.
"""

import argparse
import base64
import contextlib
import pathlib
import re
import signal
import statistics
import subprocess
import tempfile
import time

import game
from peers import MAFIA
from servers import Sandbox

LAYERS = "      Layers: !If [HasLibrary, [!Ref Library], !Ref AWS::NoValue]\n"
NIGHT = f"{game.STACK}-03-night-turn"


def without_library(template):
    """A template in which not all functions have layers."""
    assert LAYERS in template
    return template.replace(LAYERS, "", 1)


def night(client):
    """The answer, and how long the call took in milliseconds."""
    began = time.monotonic()
    answer = client.invoke(FunctionName=NIGHT, Payload=b"{}", LogType="Tail")
    return answer, 1000 * (time.monotonic() - began)


def memory(answer):
    log = base64.b64decode(answer["LogResult"]).decode()
    return int(re.search(r"Max Memory Used: (\d+) MB", log)[1])


def watched(watch, edits, answer):
    """Seconds from a save until it is said to be live, and until it is answered."""
    began = time.monotonic()
    said = edits.save()
    watch.stdout.readline()
    live = time.monotonic() - began
    game.until_it_says(said, answer)
    return live, time.monotonic() - began


def measure_edits(sandbox, edits, rounds):
    environment, answer = sandbox.own_environment, game.invoked(sandbox)
    built, live, answered = [], [], []
    with game.watching([MAFIA, "watch"], environment, subprocess.PIPE, subprocess.DEVNULL) as watch:
        watch.stdout.readline()
        for _ in range(rounds):
            # Cargo asks the compiler anew when it is run in another way than the last time.
            watched(watch, edits, answer)
            seen, answer_came = watched(watch, edits, answer)
            live.append(seen)
            answered.append(answer_came)
            watch.send_signal(signal.SIGSTOP)
            game.build(environment)
            edits.save()
            built.append(game.build(environment))
            watch.send_signal(signal.SIGCONT)
            watch.stdout.readline()
    return built, live, answered


def first_calls(client, environment, rounds):
    """Milliseconds of first calls, and the memory, after changes of the configuration."""
    calls, used = [], []
    for number in range(rounds):
        client.update_function_configuration(FunctionName=NIGHT, Description=f"round {number}")
        game.run(environment, MAFIA, "play", "new")
        answer, took = night(client)
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


def measured(sandbox, rounds):
    client, environment = sandbox.client("lambda"), sandbox.own_environment
    calls = first_calls(client, environment, rounds)
    for turn in ("new", "state", "night", "day"):
        game.run(environment, MAFIA, "play", turn)
    size = client.get_function(FunctionName=NIGHT)["Configuration"]["CodeSize"]
    return size, *calls, proportional(sandbox.state)


def show_edits(built, live, answered):
    build, seen, answer = (statistics.median(it) for it in (built, live, answered))
    print("| from the save | median | to `cargo build` |\n|---|---|---|")
    print(f"| `cargo build` of the function | {build:.2f} s | 1 |")
    print(f"| `mafia watch` says that it is live | {seen:.2f} s | {seen / build:.2f} |")
    print(f"| the new answer | {answer:.2f} s | {answer / build:.2f} |")
    print(f"\n{len(built)} rounds; spread of the ratio:", end=" ")
    ratios = sorted(a / b for a, b in zip(answered, built))
    print(f"{ratios[0]:.2f} to {ratios[-1]:.2f}, median {statistics.median(ratios):.2f}")


def show_layouts(rows):
    print("\n| functions | bundle | first call | memory | shared parts divided |\n|---|---|---|---|---|")
    for name, (size, call, used, own) in rows.items():
        print(f"| {name} | {size / 1000:.0f} kB | {call:.0f} ms | {used:.0f} MB | {own:.1f} MB |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=15)
    rounds = arguments.parse_args().rounds
    game.make_anew()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, Sandbox(pathlib.Path(folder)) as sandbox:
        game.run(sandbox.own_environment, MAFIA, "deploy")
        with game.Edits() as edits:
            show_edits(*measure_edits(sandbox, edits, rounds))
        game.run(sandbox.own_environment, MAFIA, "deploy")
        rows = {"shared": measured(sandbox, rounds)}
        game.TEMPLATE.write_text(without_library(game.TEMPLATE.read_text()))
        game.run(sandbox.own_environment, MAFIA, "deploy")
        rows["all in each"] = measured(sandbox, rounds)
    show_layouts(rows)


if __name__ == "__main__":
    main()
