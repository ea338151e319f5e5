"""Clients of two topics, which go on when the server is gone for a moment.

    topics.py

The endpoint, keys and region come from AWS's own environment variables. A hundred messages are published to each
topic, in batches that are published again until they are accepted. A web server of this process subscribes to one
topic, and a FIFO queue to the other, a FIFO topic. Prints `ready` before it publishes, and at its end one JSON
document: what was `accepted` and what was `received`, by topic, and the `ids` that each message was received with from
the FIFO queue.
"""

import http.server
import json
import threading
import time
import urllib.request

from patient import client, deadline, until_done

TOPICS = ("news", "jobs.fifo")
accepted = {topic: [] for topic in TOPICS}
received = {topic: [] for topic in TOPICS}
ids = {}


class Subscriber(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if message["Type"] == "SubscriptionConfirmation":
            urllib.request.urlopen(message["SubscribeURL"], timeout=20).read()
        elif message["Type"] == "Notification":
            received["news"].append(message["Message"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def prepared(url):
    """The ARNs of the topics, and the URL of the queue."""
    sns, sqs = client("sns"), client("sqs")
    made = until_done(sqs.create_queue, QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})
    queue = made["QueueUrl"]
    shown = until_done(sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=["QueueArn"])
    endpoint = shown["Attributes"]["QueueArn"]
    arns = {}
    for topic in TOPICS:
        fifo = {"FifoTopic": "true"} if topic.endswith(".fifo") else {}
        arns[topic] = until_done(sns.create_topic, Name=topic, Attributes=fifo)["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": endpoint,
        "Condition": {"ArnEquals": {"aws:SourceArn": arns["jobs.fifo"]}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    until_done(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"Policy": policy})
    until_done(
        sns.subscribe,
        TopicArn=arns["jobs.fifo"],
        Protocol="sqs",
        Endpoint=endpoint,
        Attributes={"RawMessageDelivery": "true"},
    )
    until_done(sns.subscribe, TopicArn=arns["news"], Protocol="http", Endpoint=url)
    while True:
        (listed,) = until_done(sns.list_subscriptions_by_topic, TopicArn=arns["news"])["Subscriptions"]
        if listed["SubscriptionArn"] != "PendingConfirmation":
            return arns, queue
        assert time.monotonic() < deadline, "nobody confirms"
        time.sleep(0.05)


def publish(topic, arn):
    sns = client("sns")
    for start in range(0, 100, 5):
        bodies = [f"{number % 3} {number}" for number in range(start, start + 5)]
        entries = [{"Id": str(index), "Message": body} for index, body in enumerate(bodies)]
        if topic.endswith(".fifo"):
            for entry, body in zip(entries, bodies):
                entry.update(MessageGroupId=body.split()[0], MessageDeduplicationId=body.replace(" ", "-"))
        done = until_done(sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries)
        assert len(done["Successful"]) == 5, done
        accepted[topic] += bodies
        time.sleep(0.1)


def is_whole(topic):
    return len(accepted[topic]) == 100 and set(accepted[topic]) <= set(received[topic])


def receive(url):
    sqs = client("sqs")
    wanted = {"QueueUrl": url, "MaxNumberOfMessages": 4, "WaitTimeSeconds": 1, "VisibilityTimeout": 2}
    while not is_whole("jobs.fifo"):
        messages = until_done(sqs.receive_message, **wanted).get("Messages", [])
        for message in messages:
            received["jobs.fifo"].append(message["Body"])
            ids.setdefault(message["Body"], set()).add(message["MessageId"])
        entries = [{"Id": str(index), "ReceiptHandle": it["ReceiptHandle"]} for index, it in enumerate(messages)]
        if entries:
            until_done(sqs.delete_message_batch, QueueUrl=url, Entries=entries)
        assert time.monotonic() < deadline, "jobs.fifo is not whole"


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Subscriber)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arns, queue = prepared(f"http://localhost:{server.server_port}/")
    print("ready", flush=True)
    threads = [threading.Thread(target=publish, args=item) for item in arns.items()]
    threads.append(threading.Thread(target=receive, args=(queue,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while not is_whole("news") and time.monotonic() < deadline:
        time.sleep(0.05)
    print(json.dumps({"accepted": accepted, "received": received, "ids": {k: sorted(v) for k, v in ids.items()}}))


if __name__ == "__main__":
    main()
