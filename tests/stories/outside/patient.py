"""boto3's clients for a server that may be gone for a moment.

The endpoint, keys and region come from AWS's own environment variables.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "outside"))

import boto3
import bundles
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

__all__ = ["TRUST", "bundles", "client", "deadline", "until_done"]
PATIENCE = 120
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
# Of the roles of functions.
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# What the server says of what was made by a request whose answer was lost.
MADE = ("EntityAlreadyExists", "ResourceConflictException", "ResourceInUseException")
deadline = time.monotonic() + PATIENCE


def client(service):
    return boto3.client(service, config=CONFIG)


def until_done(call, **parameters):
    """The answer, or none where it was done before."""
    while True:
        try:
            return call(**parameters)
        except (BotoCoreError, ClientError) as error:
            response = getattr(error, "response", None) or {}
            if response.get("Error", {}).get("Code", "") in MADE:
                return None
            assert time.monotonic() < deadline, error
            time.sleep(0.02)
