"""Clients of three queues, which go on when the server is gone for a moment.

    queues.py

The endpoint, keys and region come from AWS's own environment variables. A hundred messages are sent to each
queue, in batches that are sent again until they are accepted. Two of the queues are received from here, the
third one invokes a function. Prints `ready` before it sends, and at its end one JSON document: what was `accepted` and what was `received`, by queue,
and the `ids` that each message of the FIFO queue was received with.
"""

import json
import pathlib
import tempfile
import threading
import time

from patient import TRUST, bundles, client, deadline, until_done

QUEUES = ("jobs", "jobs.fifo", "work")
accepted = {queue: [] for queue in QUEUES}
received = {queue: [] for queue in QUEUES}
ids = {}


def prepared(handled):
    sqs, iam, functions = client("sqs"), client("iam"), client("lambda")
    attributes = {"VisibilityTimeout": "2"}
    urls = {}
    for queue in QUEUES:
        fifo = {"FifoQueue": "true"} if queue.endswith(".fifo") else {}
        made = until_done(sqs.create_queue, QueueName=queue, Attributes={**attributes, **fifo})
        urls[queue] = made["QueueUrl"]
    until_done(iam.create_role, RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    until_done(iam.attach_role_policy, RoleName="worker", PolicyArn=policy)
    role = until_done(iam.get_role, RoleName="worker")["Role"]["Arn"]
    work = f"""
        with open({str(handled)!r}, "a") as file:
            file.writelines(record["body"] + "\\n" for record in event["Records"])
        answer = None
    """
    function = {"FunctionName": "worker", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role}
    until_done(functions.create_function, **function, Timeout=2, Code={"ZipFile": bundles.python(work)})
    source = until_done(sqs.get_queue_attributes, QueueUrl=urls["work"], AttributeNames=["QueueArn"])
    source = source["Attributes"]["QueueArn"]
    until_done(functions.create_event_source_mapping, FunctionName="worker", EventSourceArn=source)
    return urls


def send(queue, url):
    sqs = client("sqs")
    for start in range(0, 100, 5):
        bodies = [f"{number % 3} {number}" for number in range(start, start + 5)]
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
        if queue.endswith(".fifo"):
            for entry, body in zip(entries, bodies):
                entry.update(MessageGroupId=body.split()[0], MessageDeduplicationId=body.replace(" ", "-"))
        done = until_done(sqs.send_message_batch, QueueUrl=url, Entries=entries)
        assert len(done["Successful"]) == 5, done
        accepted[queue] += bodies
        time.sleep(0.1)


def is_whole(queue):
    return len(accepted[queue]) == 100 and set(accepted[queue]) <= set(received[queue])


def receive(queue, url):
    sqs = client("sqs")
    wanted = {"QueueUrl": url, "MaxNumberOfMessages": 4, "WaitTimeSeconds": 1}
    while not is_whole(queue):
        messages = until_done(sqs.receive_message, **wanted).get("Messages", [])
        for message in messages:
            received[queue].append(message["Body"])
            if queue.endswith(".fifo"):
                ids.setdefault(message["Body"], set()).add(message["MessageId"])
        entries = [{"Id": str(index), "ReceiptHandle": it["ReceiptHandle"]} for index, it in enumerate(messages)]
        if entries:
            until_done(sqs.delete_message_batch, QueueUrl=url, Entries=entries)
        assert time.monotonic() < deadline, f"{queue} is not whole"


def main():
    with tempfile.TemporaryDirectory() as folder:
        handled = pathlib.Path(folder) / "handled"
        handled.touch()
        urls = prepared(handled)
        print("ready", flush=True)
        threads = [threading.Thread(target=send, args=item) for item in urls.items()]
        threads += [threading.Thread(target=receive, args=(queue, urls[queue])) for queue in QUEUES[:2]]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or not is_whole("work"):
            received["work"] = handled.read_text().split("\n")
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    print(json.dumps({"accepted": accepted, "received": received, "ids": {k: sorted(v) for k, v in ids.items()}}))


if __name__ == "__main__":
    main()
