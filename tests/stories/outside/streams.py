"""A client that writes to three tables, and functions that read their streams, which go on when the server is gone
for a moment.

    streams.py

The endpoint, keys and region come from AWS's own environment variables. A hundred changes are made to each table, one
after the other and each again until it is done. A function notes the changes of each stream, of one of them in three
lanes. Of the third, a function gathers the changes in tumbling windows. Prints `ready` before it writes, and at its end
one JSON document: what was `written` and what was `handled`, by table, and the `windows`, each with its start and the
numbers of its changes.
"""

import json
import pathlib
import tempfile
import threading
import time

from patient import TRUST, bundles, client, deadline, until_done

POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
LANES = {"one": 1, "three": 3}
WINDOWS = "windows"
TABLES = (*LANES, WINDOWS)
CHANGES = 100
written = {table: [] for table in TABLES}
NOTES = """
with open({path!r}, "a") as file:
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        file.write(image["Key"]["S"] + " " + image["Number"]["N"] + "\\n")
answer = None
"""
GATHERS = """
images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
numbers = event["state"].get("numbers", []) + [int(image["Number"]["N"]) for image in images]
if event["isFinalInvokeForWindow"]:
    with open({path!r}, "a") as file:
        file.write(json.dumps([event["window"]["start"], numbers]) + "\\n")
answer = {{"state": {{"numbers": numbers}}}}
"""


def prepared(folder):
    dynamodb, iam, functions = client("dynamodb"), client("iam"), client("lambda")
    until_done(iam.create_role, RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    until_done(iam.attach_role_policy, RoleName="worker", PolicyArn=POLICY)
    role = until_done(iam.get_role, RoleName="worker")["Role"]["Arn"]
    for table in TABLES:
        until_done(
            dynamodb.create_table,
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "Key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "Key", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        stream = until_done(dynamodb.describe_table, TableName=table)["Table"]["LatestStreamArn"]
        handled = folder / table
        handled.touch()
        work = (GATHERS if table == WINDOWS else NOTES).format(path=str(handled))
        function = {"FunctionName": table, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role}
        until_done(functions.create_function, **function, Code={"ZipFile": bundles.python(work)})
        until_done(
            functions.create_event_source_mapping,
            FunctionName=table,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            BatchSize=7,
            ParallelizationFactor=LANES.get(table, 1),
            TumblingWindowInSeconds=2 if table == WINDOWS else 0,
        )


def write(table):
    dynamodb = client("dynamodb")
    for number in range(CHANGES):
        key = f"key-{number % 5}"
        item = {"Key": {"S": key}, "Number": {"N": str(number)}}
        # A write that comes again after a kill changes nothing, and is no change.
        until_done(dynamodb.put_item, TableName=table, Item=item)
        written[table].append(f"{key} {number}")
        time.sleep(0.02)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepared(folder)
        print("ready", flush=True)
        threads = [threading.Thread(target=write, args=(table,)) for table in TABLES]
        for thread in threads:
            thread.start()

        def lines(table):
            return [line for line in (folder / table).read_text().split("\n") if line]

        def windows():
            return [json.loads(line) for line in lines(WINDOWS)]

        def is_whole(table):
            if table == WINDOWS:
                # The end of a window may come twice.
                return sum(map(len, dict(windows()).values())) >= CHANGES
            return len(written[table]) == CHANGES and set(written[table]) <= set(lines(table))

        while any(thread.is_alive() for thread in threads) or not all(map(is_whole, TABLES)):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        handled = {table: lines(table) for table in LANES}
        report = {"written": written, "handled": handled, "windows": windows()}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
