"""Runs the checks in this folder: AWS's own clients against the server that the environment names.

    run.py [NAME...]

Each `test_*.py` holds functions `test_*(clients)`. The endpoint, keys and region come from AWS's own
variables, as `mafia sandbox env` prints them. A NAME runs only what has it in its name. Prints a line
for each check, and the count; exits with 1 when one failed.
"""

import importlib
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback
import uuid

import boto3
from botocore.config import Config

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PATIENCE = 120
SERVICES = (
    "apigateway", "cloudformation", "cognito-idp", "dynamodb", "events", "iam", "lambda", "logs", "s3", "scheduler", "sns",
    "sqs", "sts",
)
# Where the attribute cannot have the service's name.
ATTRIBUTES = {"cognito-idp": "cognito", "lambda": "lambda_"}


class Clients:
    """boto3's clients and AWS's command-line tools, all for the same server."""

    def __init__(self):
        self.environment = dict(os.environ)
        self.endpoint = os.environ["AWS_ENDPOINT_URL"]
        for service in SERVICES:
            setattr(self, ATTRIBUTES.get(service, service), self.client(service))

    def client(self, service, **settings):
        """Fails at once, rather than to try again and again."""
        config = Config(retries={"total_max_attempts": 1}, **settings.pop("config", {}))
        return boto3.client(service, config=config, **settings)

    @staticmethod
    def name(prefix):
        """A name that no other check uses."""
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    def aws(self, *arguments, **options):
        """What the AWS CLI printed, read as JSON where it is."""
        return self.tool(pathlib.Path(sys.executable).parent / "aws", *arguments, **options)

    def tool(self, program, *arguments, fails=False, cwd=None, environment=None):
        done = subprocess.run(
            [str(word) for word in (program, *arguments)],
            env={**self.environment, **(environment or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        said = f"{pathlib.Path(program).name} {' '.join(map(str, arguments))}:\n{done.stdout}\n{done.stderr}"
        assert (done.returncode != 0) == fails, f"exit code {done.returncode} of {said}"
        if fails:
            return done.stderr
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return done.stdout


def checks(wanted):
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            called = f"{path.stem}.{name}"
            if name.startswith("test_") and (not wanted or any(word in called for word in wanted)):
                yield called, function


def main():
    sys.path.insert(0, str(HERE))
    clients = Clients()
    passed, failed = 0, []
    for name, check in checks(sys.argv[1:]):
        started = time.monotonic()
        try:
            check(clients)
            passed += 1
            print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception:
            failed.append(name)
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
