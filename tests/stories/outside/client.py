"""One call through boto3, without retries.

    client.py SERVICE METHOD '{"Parameter": "value"}'

The endpoint, keys and region come from AWS's own environment variables. Prints one JSON document:
`{"answer": ..., "status": ...}`, or `{"exception": ..., "code": ..., "status": ...}` when botocore
raised. A parameter named `Body`, `ZipFile` or `Payload` is text and sent as bytes.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

BYTES = ("Body", "Payload", "ZipFile")


def readable(value):
    return value.read().decode(errors="replace") if hasattr(value, "read") else str(value)


def main():
    service, method, parameters = sys.argv[1:]
    parameters = json.loads(parameters)
    for name in BYTES:
        if name in parameters:
            parameters[name] = parameters[name].encode()
    once = Config(retries={"total_max_attempts": 1})
    call = getattr(boto3.client(service, config=once), method)
    try:
        answer = call(**parameters)
        said = {"answer": answer, "status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    except ClientError as error:
        said = {
            "exception": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    except (BotoCoreError, ResponseParserError) as error:
        said = {"exception": type(error).__name__}
    json.dump(said, sys.stdout, default=readable)


main()
