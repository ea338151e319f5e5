"""Calls through boto3, one after the other and without retries.

    client.py '[["SERVICE", "METHOD", {"Parameter": "value"}], ...]'

The endpoint, keys and region come from AWS's own environment variables. Prints one JSON document, a
list with `{"answer": ..., "status": ...}` for each call, or `{"exception": ..., "code": ...,
"status": ...}` where botocore raised. A parameter named `Body`, `ZipFile` or `Payload` is text and
sent as bytes.
"""

import functools
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

BYTES = ("Body", "Payload", "ZipFile")


@functools.cache
def client(service):
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}))


def outcome(service, method, parameters):
    for name in BYTES:
        if name in parameters:
            parameters[name] = parameters[name].encode()
    try:
        answer = getattr(client(service), method)(**parameters)
        return {"answer": answer, "status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    except ClientError as error:
        return {
            "code": error.response["Error"]["Code"],
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    except (BotoCoreError, ResponseParserError) as error:
        return {"exception": type(error).__name__}


def readable(value):
    return value.read().decode(errors="replace") if hasattr(value, "read") else str(value)


calls = json.loads(sys.argv[1])
json.dump([outcome(*call) for call in calls], sys.stdout, default=readable)
