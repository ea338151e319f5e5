"""Measures messages in the sandbox beside ministack: through a topic to two functions, and through a queue.

    benches/events [--rounds 5] [--messages 1000]

Rounds are interleaved, so that whatever else the machine does hits both alike; what counts is the ratio of the
medians. The client is boto3 for both, in eight threads, and it takes a part of every time.
"""

import argparse
import concurrent.futures
import contextlib
import json
import pathlib
import tempfile
import time

import table
from peers import MAFIA
from servers import Ministack, STACK, Sandbox, show

LAB = f"{STACK}-word-count"
BATCH = 10
THREADS = 8
# So many that transactions on one word seldom meet.
WORDS = 100
PATIENCE = 300


def batches(numbers):
    return [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]


def at_once(work, parts):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))


class Topic:
    """The word counter: each message goes to a function that counts its word, and to one that logs it."""

    def __init__(self, server):
        server.run(MAFIA, "deploy", "--lab", "word-count", "-p", "SlackToken=token-of-a-bench")
        self.sns, self.tables = server.client("sns"), server.client("dynamodb")
        outputs = server.client("cloudformation").describe_stacks(StackName=LAB)["Stacks"][0]["Outputs"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        self.topic, self.table = outputs["TopicArn"], outputs["TableName"]
        self.counted = 0

    def count(self):
        items = self.tables.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return sum(int(item["count"]["N"]) for item in items)

    def publish(self, numbers):
        def entry(number):
            message = {"id": f"{time.monotonic_ns()}-{number}", "text": f"word{number % WORDS}"}
            return {"Id": str(number), "Message": json.dumps(message)}

        answer = self.sns.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=list(map(entry, numbers)))
        assert not answer.get("Failed"), answer["Failed"]

    def seconds(self, messages):
        self.counted += 10 * messages
        started = time.perf_counter()
        at_once(self.publish, batches(range(messages)))
        while self.count() < self.counted:
            assert time.perf_counter() - started < PATIENCE, f"{self.count()} of {self.counted} after {PATIENCE} s"
            time.sleep(0.05)
        return time.perf_counter() - started


class Queue:
    """Messages are sent, received and deleted in batches."""

    def __init__(self, server):
        self.sqs = server.client("sqs")
        self.url = self.sqs.create_queue(QueueName="bench")["QueueUrl"]

    def send(self, numbers):
        entries = [{"Id": str(number), "MessageBody": f"message {number}"} for number in numbers]
        answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        assert not answer.get("Failed"), answer["Failed"]

    def take(self, _):
        taken = 0
        while received := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=BATCH).get("Messages"):
            entries = [{"Id": str(at), "ReceiptHandle": it["ReceiptHandle"]} for at, it in enumerate(received)]
            self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
            taken += len(received)
        return taken

    def seconds(self, messages):
        started = time.perf_counter()
        at_once(self.send, batches(range(messages)))
        taken = sum(at_once(self.take, range(THREADS)))
        assert taken == messages, f"{taken} of {messages} were received"
        return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=1000)
    options = parser.parse_args()
    tools = options.server.resolve()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        servers = [stack.enter_context(server) for server in (Sandbox(folder), Ministack(folder, tools))]
        table.begin()
        for title, make in (("a topic to two functions", Topic), ("a queue, in batches of ten", Queue)):
            works = {server.name: make(server) for server in servers}
            times = {}
            for _ in range(options.rounds):
                for name, work in works.items():
                    times.setdefault(name, []).append(work.seconds(options.messages))
            show(f"{options.messages} messages through {title}", times)


if __name__ == "__main__":
    main()
