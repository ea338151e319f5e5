"""Calls one function many times at once, each call from a thread of its own.

    crowd.py FUNCTION CALLS

The endpoint, keys and region come from AWS's own environment variables. All threads wait for the
last one to be there before they call. Prints one JSON document, a list with what each call answered:
`{"answer": ...}`, or `{"error": ..., "log": ...}` where the function failed or the call was refused.
"""

import base64
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

function, calls = sys.argv[1], int(sys.argv[2])
# Repeating a call would be one more turn.
config = Config(max_pool_connections=calls, read_timeout=120, retries={"total_max_attempts": 1})
client = boto3.client("lambda", config=config)
starting_line = threading.Barrier(calls)


def call(_):
    starting_line.wait()
    try:
        answer = client.invoke(FunctionName=function, LogType="Tail", Payload=b"{}")
    except (BotoCoreError, ClientError) as error:
        return {"error": str(error), "log": None}
    payload = json.load(answer["Payload"])
    if "FunctionError" in answer:
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        return {"error": payload, "log": log}
    return {"answer": payload}


with ThreadPoolExecutor(calls) as threads:
    json.dump(list(threads.map(call, range(calls))), sys.stdout)
