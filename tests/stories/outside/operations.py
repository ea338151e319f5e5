"""A client of the lab `operations`.

    operations.py STACK WHAT

The endpoint, keys and region come from AWS's own environment variables. WHAT is one of the functions below whose
names have no underscore. Each prints one JSON document.
"""

import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE = 240
# Of the file of prices, about.
MEGABYTES = 100
PRICES = 1_200
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=60, s3={"addressing_style": "path"})
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def client(service, **keys):
    return boto3.client(service, config=CONFIG, **keys)


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} never comes"
        time.sleep(0.1)


def outputs(stack):
    found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def items(table):
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def event(user, number, action="login"):
    return json.dumps({"UserId": user, "EventId": str(number), "Action": action, "At": 1_700_000_000 + number})


def send(stack, bodies):
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    client("sqs").send_message_batch(QueueUrl=outputs(stack)["IngestQueueUrl"], Entries=entries)


def recorded(stack):
    """The users and ids of the events in the audit log."""
    found = items(outputs(stack)["TableName"])
    keys = [(item["UserId"]["S"], item["EventId"]["S"]) for item in found]
    return sorted([user, key[len("event#") :]] for user, key in keys if key.startswith("event#"))


def queue(stack):
    """A batch with a poisoned message: what is recorded, and what ends in the dead-letter queue."""
    bodies = [event("ann", 1), event("ann", 2, "logout"), "poison", event("bob", 3), event("bob", 4)]
    send(stack, bodies)
    dead = []

    def letters():
        url = outputs(stack)["DeadLettersUrl"]
        for message in client("sqs").receive_message(QueueUrl=url).get("Messages", []):
            dead.append(message["Body"])
        return dead

    until(letters, "the poisoned message")
    return {"dead": dead, "recorded": recorded(stack), "comment": comment_of_what_comes_again(stack)}


def comment_of_what_comes_again(stack):
    """What is left of the comment on an event when the worker gets its message once more."""
    dynamodb, found = client("dynamodb"), outputs(stack)
    key = {"UserId": {"S": "ann"}, "EventId": {"S": "event#1"}}
    dynamodb.update_item(
        TableName=found["TableName"],
        Key=key,
        UpdateExpression="SET #comment = :text",
        ExpressionAttributeNames={"#comment": "Comment"},
        ExpressionAttributeValues={":text": {"S": "mine"}},
    )
    queue = client("sqs").get_queue_attributes(QueueUrl=found["IngestQueueUrl"], AttributeNames=["QueueArn"])
    record = {"messageId": "1", "eventSource": "aws:sqs", "eventSourceARN": queue["Attributes"]["QueueArn"], "body": event("ann", 1)}
    payload = json.dumps({"Records": [record]})
    answer = client("lambda").invoke(FunctionName=f"{stack}-01-queue-worker", Payload=payload)
    assert json.load(answer["Payload"]) == {"batchItemFailures": []}
    item = dynamodb.get_item(TableName=found["TableName"], Key=key, ConsistentRead=True)["Item"]
    return item.get("Comment", {}).get("S")


def jobs(stack):
    """What the jobs of cron have left: the summaries, and a backup."""

    def summaries():
        found = [item for item in items(outputs(stack)["TableName"]) if item["EventId"]["S"] == "summary"]
        summary = {item["UserId"]["S"]: item["Counts"]["M"] for item in found}
        return len(summary) == 2 and summary

    counts = until(summaries, "the summaries")
    counts = {user: {action: int(count["N"]) for action, count in of.items()} for user, of in counts.items()}
    s3, bucket = client("s3"), outputs(stack)["BucketName"]
    listed = until(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="backup/").get("Contents"), "the backup")
    backup = json.loads(s3.get_object(Bucket=bucket, Key=listed[0]["Key"])["Body"].read())
    return {"counts": counts, "backup": len(backup)}


@contextlib.contextmanager
def _users(policies):
    """Keys of new users by name; each has one policy, or none."""
    iam, keys = client("iam"), {}
    for user, policy in policies.items():
        iam.create_user(UserName=user)
        if policy:
            iam.attach_user_policy(UserName=user, PolicyArn=policy)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    yield keys
    for user, policy in policies.items():
        # A policy that users have cannot be deleted with its stack.
        if policy:
            iam.detach_user_policy(UserName=user, PolicyArn=policy)
        iam.delete_access_key(UserName=user, AccessKeyId=keys[user]["aws_access_key_id"])
        iam.delete_user(UserName=user)


def audit(stack):
    """What the API answers: to users, to one whom no policy allows it, without a signature, and to a page that
    asks whether it may."""
    found = outputs(stack)
    api = found["ApiUrl"].split("//")[1].split(".")[0]
    port = ENDPOINT.rsplit(":", 1)[1]
    url = f"http://{api}.execute-api.localhost:{port}/prod/v1/audit/aws"

    def ask(method="GET", keys=None):
        request = AWSRequest(method, url)
        if keys:
            SigV4Auth(Credentials(*keys.values()), "execute-api", "us-east-1").add_auth(request)
        headers = {**request.headers, "Host": f"{api}.execute-api.localhost:{port}"}
        request = urllib.request.Request(f"{ENDPOINT}/prod/v1/audit/aws", method=method, headers=headers)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read().decode()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return {"status": answer.status, "headers": headers, "body": json.loads(body) if body else None}

    with _users({"ann": found["UserPolicyArn"], "bob": found["UserPolicyArn"], "eve": None}) as keys:
        answers = {user: ask(keys=of_user) for user, of_user in keys.items()}
    return {**answers, "nobody": ask(), "preflight": ask("OPTIONS")}


def users(stack):
    """What two users may do with their own items and files, and with those of the other.

    One is called as the folder of the backups is, which is nobody's.
    """
    found = outputs(stack)
    policy = found["UserPolicyArn"]
    with _users({"ann": policy, "backup": policy}) as keys:
        return _separated(found, keys)


def _separated(found, keys):
    bucket, table = found["BucketName"], found["TableName"]
    for user in keys:
        client("s3").put_object(Bucket=bucket, Key=f"users/{user}/note", Body=user.encode())

    def allowed(call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in ("AccessDenied", "AccessDeniedException"), error
            return False
        return True

    may = {}
    for user in keys:
        dynamodb, s3 = client("dynamodb", **keys[user]), client("s3", **keys[user])
        for owner in keys:
            of = {"TableName": table, "Key": {"UserId": {"S": owner}, "EventId": {"S": "summary"}}}
            query = {
                "TableName": table,
                "KeyConditionExpression": "UserId = :user",
                "ExpressionAttributeValues": {":user": {"S": owner}},
                "ProjectionExpression": "UserId, EventId",
                "Select": "SPECIFIC_ATTRIBUTES",
            }
            limits = ("ProjectionExpression", "Select")
            everything = {name: value for name, value in query.items() if name not in limits}
            comment = {
                "UpdateExpression": "SET #comment = :text",
                "ExpressionAttributeNames": {"#comment": "Comment"},
                "ExpressionAttributeValues": {":text": {"S": "mine"}},
            }
            forged = {**comment, "ExpressionAttributeNames": {"#comment": "Counts"}}
            may[f"{user} of {owner}"] = {
                "reads the item": allowed(dynamodb.get_item, **of, ProjectionExpression="UserId, Counts"),
                "queries": allowed(dynamodb.query, **query),
                "queries everything": allowed(dynamodb.query, **everything),
                "comments": allowed(dynamodb.update_item, **of, **comment),
                "comments and reads everything": allowed(dynamodb.update_item, **of, **comment, ReturnValues="ALL_NEW"),
                "forges counts": allowed(dynamodb.update_item, **of, **forged),
                "reads the file": allowed(s3.get_object, Bucket=bucket, Key=f"users/{owner}/note"),
                "writes a file": allowed(s3.put_object, Bucket=bucket, Key=f"users/{owner}/from-{user}", Body=b""),
                "lists the folder": allowed(s3.list_objects_v2, Bucket=bucket, Prefix=f"users/{owner}/"),
            }
        may[f"{user} of all"] = {
            "scans": allowed(dynamodb.scan, TableName=table),
            "lists the bucket": allowed(s3.list_objects_v2, Bucket=bucket),
            "lists the backups": allowed(s3.list_objects_v2, Bucket=bucket, Prefix="backup/"),
            "writes a backup": allowed(s3.put_object, Bucket=bucket, Key="backup/forged.json", Body=b""),
        }
    return may


def _offer(number):
    sku = f"SKU{number:06}"
    rate = {
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "rateType": "Fixed",
        "description": f"$0.{number:06} per hour",
        "beginRange": "0",
        "endRange": "Inf",
        "unit": "Hrs",
        "effectiveDate": "2015-10-01T00:00:00Z",
        "pricePerUnit": {"USD": f"0.{number:06}0000"},
    }
    offer = {"offerTermCode": "JRTCKXETXF", "sku": sku, "priceDimensions": {rate["rateCode"]: rate}}
    return json.dumps(sku) + ":" + json.dumps({f"{sku}.JRTCKXETXF": offer})


class _File:
    """A file of prices, made while it is read. Nearly all of it are products."""

    def __init__(self, megabytes, prices):
        self.pieces, self.rest, self.size = self._pieces(megabytes, prices), b"", 0

    @staticmethod
    def _pieces(megabytes, prices):
        yield b'{"formatVersion":"v1.0","products":{'
        attributes = {f"attribute{number}": "x" * 60 for number in range(100)}
        product = json.dumps({"sku": "P", "attributes": attributes}).encode()
        for number in range(megabytes * 1_000_000 // len(product)):
            yield b'%s"P%d":%s' % (b"," if number else b"", number, product)
        yield b'},"terms":{"OnDemand":{'
        for number in range(prices):
            yield (("," if number else "") + _offer(number)).encode()
        yield b"}}}"

    def read(self, size=-1):
        wanted = size if size and size > 0 else 1 << 62
        parts, length = [self.rest], len(self.rest)
        while length < wanted:
            piece = next(self.pieces, None)
            if piece is None:
                break
            parts.append(piece)
            length += len(piece)
        everything = b"".join(parts)
        self.rest = everything[wanted:]
        self.size += min(len(everything), wanted)
        return everything[:wanted]


def pricing(stack):
    """How large the file was, how many prices came, and how much memory the function used at most, in MB."""
    found, file = outputs(stack), _File(MEGABYTES, PRICES)
    client("s3").upload_fileobj(file, found["BucketName"], "prices/ec2 of 2015.json")
    until(lambda: len(items(found["PricesName"])) >= PRICES, "the last price")
    group = f"/aws/lambda/{stack}-04-pricing"

    def reports():
        pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [it["message"] for page in pages for it in page["events"]]
        return [line for line in lines if line.startswith("REPORT")]

    report = until(reports, "the report")[-1]
    used = report.split("Max Memory Used: ")[1].split(" MB")[0]
    return {"bytes": file.size, "prices": len(items(found["PricesName"])), "megabytes": int(used)}


def failed(stack):
    """What is reported of a file that is none."""
    found = outputs(stack)
    client("s3").put_object(Bucket=found["BucketName"], Key="prices/none.json", Body=b"[1, 2")
    letters = []

    def reports():
        messages = client("sqs").receive_message(QueueUrl=found["DeadLettersUrl"]).get("Messages", [])
        letters.extend(json.loads(message["Body"]) for message in messages if message["Body"] != "poison")
        return letters

    report = until(reports, "the report")[0]
    return {
        "condition": report["requestContext"]["condition"],
        "count": report["requestContext"]["approximateInvokeCount"],
        "key": report["requestPayload"]["Records"][0]["s3"]["object"]["key"],
        "error": report["responsePayload"]["errorMessage"],
    }


def _until_done(call, **parameters):
    """The answer, from a server that may be gone for a moment."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return call(**parameters)
        except (BotoCoreError, ClientError) as error:
            assert time.monotonic() < deadline, error
            time.sleep(0.1)


def lives(stack):
    """Sends events and files of prices while the server is killed and started again: what never came."""
    found = _until_done(lambda: outputs(stack))
    sqs, s3 = client("sqs"), client("s3")
    print("ready", flush=True)
    expected = []
    for number in range(60):
        body = event("eve", number)
        _until_done(sqs.send_message, QueueUrl=found["IngestQueueUrl"], MessageBody=body)
        expected.append(["eve", str(number)])
        if number % 10 == 0:
            file = "".join(['{"terms":{"OnDemand":{', _offer(number), "}}}"]).encode()
            _until_done(s3.put_object, Bucket=found["BucketName"], Key=f"prices/{uuid.uuid4()}.json", Body=file)
        time.sleep(0.05)
    prices = [f"SKU{number:06}" for number in range(0, 60, 10)]

    def missing():
        events = _until_done(lambda: recorded(stack))
        skus = {item["Sku"]["S"] for item in _until_done(lambda: items(found["PricesName"]))}
        return [it for it in expected if it not in events] + [sku for sku in prices if sku not in skus]

    deadline = time.monotonic() + PATIENCE
    while missing() and time.monotonic() < deadline:
        time.sleep(0.2)
    return {"missing": missing()}


def mappings(stack):
    """The event source mappings: the queues and the functions."""
    found = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    last = lambda arn: arn.split(":")[-1].removeprefix(f"{stack}-")
    found = {last(it["EventSourceArn"]): last(it["FunctionArn"]) for it in found}
    variables = client("lambda").get_function_configuration(FunctionName=f"{stack}-02-cron")
    return {"mappings": found, "variables": sorted(variables["Environment"]["Variables"])}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[2]](sys.argv[1])))
