"""Measures cold starts and memory of new-game beside the same in Python with boto3, both behind the sandbox's Runtime API.

    benches/run, or target/outside/bin/python benches/starts.py --peers … [--rounds 11]

The Python function runs on AWS's own runtime interface client. What counts is what the REPORT lines of the calls say.
"""

import argparse
import base64
import io
import pathlib
import re
import tempfile
import time
import zipfile

import table
from peers import MAFIA, NAMES, ROOT
from servers import STACK, Sandbox

RUST = f"{STACK}-01-new-game"
PYTHON = f"{RUST}-in-python"
WAIT = {"Delay": 0.05, "MaxAttempts": 400}


def zipped(python):
    bootstrap = zipfile.ZipInfo("bootstrap")
    bootstrap.external_attr = 0o755 << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr(bootstrap, f"#!/bin/sh\nexec {python} -m awslambdaric new_game.handler\n")
        zip.write(ROOT / "benches/new_game.py", "new_game.py")
        zip.write(NAMES, "names.txt")
    return written.getvalue()


def created(client, python):
    """A function in Python with the settings of the one in Rust."""
    like = client.get_function_configuration(FunctionName=RUST)
    client.create_function(
        FunctionName=PYTHON,
        Runtime="provided.al2023",
        Role=like["Role"],
        Handler="new_game.handler",
        Code={"ZipFile": zipped(python)},
        Environment=like["Environment"],
        MemorySize=like["MemorySize"],
        Timeout=30,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=PYTHON, WaiterConfig=WAIT)


def cold(client, function):
    """A first call: seconds until it was ready, seconds until it had answered, and MB."""
    variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    variables["ROUND"] = str(time.monotonic_ns())
    client.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig=WAIT)
    answer = client.invoke(FunctionName=function, Payload=b"{}", LogType="Tail")
    report = base64.b64decode(answer["LogResult"]).decode()
    if "FunctionError" in answer:
        raise SystemExit(f"{function} failed: {answer['Payload'].read().decode()}\n{report}")
    told = lambda what: float(re.search(rf"\t{what}: ([0-9.]+)", report)[1])
    started = told("Init Duration") / 1000
    return started, started + told("Duration") / 1000, told("Max Memory Used")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the bin folder with awslambdaric")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, Sandbox(pathlib.Path(folder)) as sandbox:
        sandbox.run(MAFIA, "deploy")
        client = sandbox.client("lambda")
        created(client, options.peers.absolute() / "python")
        starts = {RUST: [], PYTHON: []}
        for _ in range(options.rounds):
            for function, measured in starts.items():
                measured.append(cold(client, function))
    columns = {function: list(zip(*measured, strict=True)) for function, measured in starts.items()}
    for at, (what, unit) in enumerate((("cold start of new-game (init)", "s"), ("its first answer", "s"), ("its memory", "MB"))):
        table.row(what, columns[RUST][at], "Python with boto3", columns[PYTHON][at], unit=unit)


if __name__ == "__main__":
    main()
