"""Measures whether a sandbox gets slower with the number of stacks in it.

    benches/stacks [--stacks 3 30 300] [--rounds 21]

Each size is a sandbox of its own, with that many stacks of the game. Their bundles are tiny: nothing is
called. Rounds take turns among the sizes, so that whatever else the machine does hits all alike. Prints
the medians as a Markdown table, of the time that the client waits and of the sandbox's processor time;
the ratios compare with the first size.
"""

import argparse
import contextlib
import io
import pathlib
import random
import statistics
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

from peers import ROOT
from servers import Sandbox

TEMPLATE = (ROOT / "templates/game.yaml").read_text()
BUCKET = "artifacts"
FUNCTIONS = {
    "NewGameCode": "01-new-game",
    "GameStateCode": "02-game-state",
    "NightTurnCode": "03-night-turn",
    "DayTurnCode": "04-day-turn",
    "JudgementCode": "05-judgement",
}
PATIENCE = 120
# In one round.
DESCRIBED = 10


def bundle(text):
    """A zip with a program that does nothing."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, f"#!/bin/sh\n# {text}\n")
    return zipped.getvalue()


class ManyStacks:
    """A sandbox with that many stacks."""

    def __init__(self, sandbox, count):
        self.count, self.tasks = count, pathlib.Path(f"/proc/{sandbox.process.pid}/task")
        keys = {name.lower(): value for name, value in sandbox.keys.items()}
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)
        client = lambda service: boto3.client(
            service, endpoint_url=sandbox.url, region_name="us-east-1", config=config, **keys
        )
        self.stacks, self.functions = client("cloudformation"), client("lambda")
        self.logs = client("logs")
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for function in FUNCTIONS.values():
            s3.put_object(Bucket=BUCKET, Key=function, Body=bundle(function))

    def busy(self):
        """Milliseconds of processor time that the sandbox has used."""
        spent = 0
        for task in self.tasks.iterdir():
            with contextlib.suppress(OSError):
                spent += int((task / "schedstat").read_text().split()[0])
        return spent / 1e6

    def fill(self):
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(self.create, (f"student-{number}" for number in range(self.count))))

    def stack(self, name):
        return self.stacks.describe_stacks(StackName=name)["Stacks"][0]

    def settled(self, stack, wanted):
        deadline = time.monotonic() + PATIENCE
        while (status := self.stack(stack)["StackStatus"]) != wanted:
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
                sys.exit(f"{stack} came to {status}, not to {wanted}")
            time.sleep(0.005)

    def create(self, name):
        values = {"ArtifactBucket": BUCKET, **FUNCTIONS}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        created = self.stacks.create_stack(
            StackName=name, TemplateBody=TEMPLATE, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
        )
        self.settled(created["StackId"], "CREATE_COMPLETE")

    def patch(self, name, text):
        """As `mafia deploy` does after an edit of one function: it looks at the stack and at all
        functions, replaces the code of one, and looks at it again."""
        self.stack(name)
        seen = [self.functions.get_function(FunctionName=f"{name}-{function}") for function in FUNCTIONS.values()]
        edited = seen[0]["Configuration"]
        edited = {"FunctionName": edited["FunctionName"], "RevisionId": edited["RevisionId"]}
        self.functions.update_function_code(**edited, ZipFile=bundle(text))
        self.functions.get_function(FunctionName=edited["FunctionName"])

    def clean(self, name):
        """As `mafia clean` does with one stack, which it names; then it looks whether anything is left."""
        stack = self.stack(name)["StackId"]
        resources = self.stacks.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        self.stacks.delete_stack(StackName=stack)
        self.settled(stack, "DELETE_COMPLETE")
        for resource in resources:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                group = f"/aws/lambda/{resource['PhysicalResourceId']}"
                left = self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
                if left:
                    sys.exit(f"{group} is left")


class Times:
    """Of one kind of job: of each round, by the number of stacks."""

    def __init__(self, name):
        self.name, self.elapsed, self.busy = name, {}, {}

    def measure(self, sandbox, work, *arguments):
        started, busy = time.perf_counter(), sandbox.busy()
        work(*arguments)
        self.elapsed.setdefault(sandbox.count, []).append((time.perf_counter() - started) * 1000)
        self.busy.setdefault(sandbox.count, []).append(sandbox.busy() - busy)

    def row(self, name, times, sizes):
        medians = [statistics.median(times[size]) for size in sizes]
        ratios = [median / medians[0] for median in medians[1:]]
        cells = [f"{median:.1f}" for median in medians] + [f"{ratio:.2f}" for ratio in ratios]
        return f"| {' | '.join([name, *cells])} |"

    def rows(self, sizes):
        return [
            self.row(self.name, self.elapsed, sizes),
            self.row(f"{self.name}: processor time", self.busy, sizes),
        ]


def measure(sandboxes, rounds):
    names = f"{DESCRIBED} x DescribeStacks of one", "quick patch", "create", "clean"
    jobs = described, patched, created, cleaned = [Times(name) for name in names]
    shuffled = random.Random(1)
    # The first round only warms up.
    for number in range(rounds + 1):
        if number == 1:
            for job in jobs:
                job.elapsed.clear()
                job.busy.clear()
        for sandbox in shuffled.sample(sandboxes, len(sandboxes)):
            # What a deletion leaves to be done in the background belongs to no other size.
            time.sleep(0.1)
            student = f"student-{sandbox.count // 2}"
            described.measure(sandbox, lambda: [sandbox.stack(student) for _ in range(DESCRIBED)])
            patched.measure(sandbox, sandbox.patch, student, f"round {number}")
            created.measure(sandbox, sandbox.create, "extra")
            cleaned.measure(sandbox, sandbox.clean, "extra")
    return jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stacks", type=int, nargs="+", default=[3, 30, 300], help="the sizes")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    sizes = options.stacks
    with tempfile.TemporaryDirectory(prefix="mafia-stacks-") as folder, contextlib.ExitStack() as ends:
        sandboxes = []
        for size in sizes:
            (place := pathlib.Path(folder) / str(size)).mkdir()
            sandboxes.append(ManyStacks(ends.enter_context(Sandbox(place)), size))
        for sandbox in sandboxes:
            started = time.monotonic()
            sandbox.fill()
            print(f"{sandbox.count} stacks are there after {time.monotonic() - started:.0f} s", file=sys.stderr)
        jobs = measure(sandboxes, options.rounds)
    heads = ["ms", *(f"{size} stacks" for size in sizes), *(f"{size} : {sizes[0]}" for size in sizes[1:])]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for job in jobs:
        print(*job.rows(sizes), sep="\n")


if __name__ == "__main__":
    main()
