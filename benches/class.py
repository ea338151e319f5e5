"""Measures the commands on a class, on the sandbox and beside the AWS CLI.

    benches/class [--students 1 10 30 100 300] [--rounds 5] [--beside 30]

On the sandbox: `mafia class up`, `status` and `clean`, for classes of these sizes, each in a sandbox of its own.
On ministack, in one run and in turns: `mafia class up` for 30 students, and `aws cloudformation deploy` under
`xargs -P 8` for the same 30 stacks. The functions are built before; their bundles are in a bucket before the
AWS CLI starts, while `mafia class up` uploads them. Prints the medians as Markdown tables, and ratios.
"""

import argparse
import contextlib
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import boto3

from peers import MAFIA, ROOT
from servers import Ministack, Sandbox

TEMPLATE = ROOT / "templates/game.yaml"
CLASS = "bench"
BUCKET = "bundles"
PARALLEL = 8
COMMANDS = ["up", "status", "clean"]


def names(students):
    return [f"s{number:03}" for number in range(1, students + 1)]


class Class:
    """A class of so many students on a server."""

    def __init__(self, server, students):
        self.server, self.students = server, students
        self.roster = server.folder / "roster.toml"
        tables = "".join(f'\n[[student]]\nname = "{name}"\n' for name in names(students))
        self.roster.write_text(f'class = "{CLASS}"\n{tables}')

    def run(self, command):
        """Seconds that the command took."""
        return self.server.run(MAFIA, "class", command, "--roster", self.roster)[0]


class AwsCli:
    """The same stacks by the AWS CLI, many at the same time."""

    def __init__(self, server, students, tools):
        self.server, self.students, self.tools = server, students, tools
        keys = {name.lower(): value for name, value in server.keys.items()}
        client = lambda service: boto3.client(
            service, endpoint_url=server.url, region_name="us-east-1", **keys
        )
        self.stacks, self.objects = client("cloudformation"), client("s3")
        self.parameters = []

    def takes_bundles_of(self, stack):
        """Copies the bundles that a stack of the class has, while it is there."""
        found = self.stacks.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
        values = {it["ParameterKey"]: it["ParameterValue"] for it in found}
        self.objects.create_bucket(Bucket=BUCKET)
        source = values["ArtifactBucket"]
        for name, key in values.items():
            if name.endswith("Code"):
                body = self.objects.get_object(Bucket=source, Key=key)["Body"].read()
                self.objects.put_object(Bucket=BUCKET, Key=key, Body=body)
        values["ArtifactBucket"] = BUCKET
        self.parameters = [f"{name}={value}" for name, value in values.items() if value]

    def up(self):
        command = [
            str(self.tools / "aws"), "cloudformation", "deploy",
            "--template-file", str(TEMPLATE),
            "--capabilities", "CAPABILITY_IAM",
            "--parameter-overrides", *self.parameters,
            "--stack-name",
        ]
        stacks = "\n".join(f"cli-{name}" for name in names(self.students))
        started = time.perf_counter()
        done = subprocess.run(
            ["xargs", "-P", str(PARALLEL), "-n", "1", *command],
            input=stacks, env=self.server.environment, capture_output=True, text=True,
        )
        if done.returncode != 0:
            sys.exit(f"the AWS CLI failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return time.perf_counter() - started

    def clean(self):
        for name in names(self.students):
            self.stacks.delete_stack(StackName=f"cli-{name}")
        for name in names(self.students):
            waiter = self.stacks.get_waiter("stack_delete_complete")
            waiter.wait(StackName=f"cli-{name}", WaiterConfig={"Delay": 1})


def on_the_sandbox(sizes, rounds, folder):
    """Seconds of each command, by the size of the class."""
    times = {command: {size: [] for size in sizes} for command in COMMANDS}
    shuffled = random.Random(1)
    with contextlib.ExitStack() as ends:
        classes = []
        for size in sizes:
            (place := folder / f"of-{size}").mkdir()
            classes.append(Class(ends.enter_context(Sandbox(place)), size))
        # The first round only warms up.
        for number in range(rounds + 1):
            for one in shuffled.sample(classes, len(classes)):
                for command in COMMANDS:
                    took = one.run(command)
                    if number > 0:
                        times[command][one.students].append(took)
    return times


def beside_the_aws_cli(students, rounds, folder, tools):
    ours, theirs = [], []
    with Ministack(folder, tools) as server:
        group, cli = Class(server, students), AwsCli(server, students, tools)
        group.run("up")
        cli.takes_bundles_of(f"mafia-{CLASS}-{names(1)[0]}")
        group.run("clean")
        for _ in range(rounds):
            ours.append(group.run("up"))
            group.run("clean")
            theirs.append(cli.up())
            cli.clean()
    return ours, theirs


def table(heads, rows):
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--students", type=int, nargs="*", default=[1, 10, 30, 100, 300], help="the sizes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beside", type=int, default=30, help="students beside the AWS CLI; 0 leaves that out")
    options = parser.parse_args()
    sizes, tools = options.students, options.server.resolve()
    with tempfile.TemporaryDirectory(prefix="mafia-class-") as folder:
        folder = pathlib.Path(folder)
        if sizes:
            times = on_the_sandbox(sizes, options.rounds, folder)
            heads = ["s", *(f"{size} student{'s' * (size > 1)}" for size in sizes)]
            heads += [f"{size} : {sizes[0]}, for each student" for size in sizes[1:]]
            rows = []
            for command, of_sizes in times.items():
                medians = [statistics.median(of_sizes[size]) for size in sizes]
                each = [median / size for median, size in zip(medians, sizes)]
                ratios = [f"{one / each[0]:.2f}" for one in each[1:]]
                rows.append([f"`mafia class {command}`", *(f"{it:.2f}" for it in medians), *ratios])
            table(heads, rows)
        if options.beside:
            ours, theirs = beside_the_aws_cli(options.beside, options.rounds, folder, tools)
            ours, theirs = statistics.median(ours), statistics.median(theirs)
            aws = f"`aws cloudformation deploy` under `xargs -P {PARALLEL}`"
            heads = [f"{options.beside} students on ministack", "s", "times as long"]
            rows = [["`mafia class up`", f"{ours:.2f}", "1.0"], [aws, f"{theirs:.2f}", f"{theirs / ours:.1f}"]]
            table(heads, rows)


if __name__ == "__main__":
    main()
