"""Web servers that subscribe to SNS's topics, and what verifies their messages: somebody else's verifier, and AWS's
documented steps with Python's cryptography."""

import base64
import contextlib
import http.server
import json
import queue
import threading
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from sns_message_validator import SignatureVerificationFailureException, SNSMessageValidator
from test_sns import refused, topic

PATIENCE = 60
CERTIFICATES = r"^http://127\.0\.0\.1:\d+/SimpleNotificationService-[0-9a-f]{32}\.pem$"


class WebServer:
    """Keeps what is posted to it, and answers with the statuses that it is told, or else with 200."""

    def __init__(self):
        self.posted = queue.Queue()
        self.statuses = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.posted.put((self.headers, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Location", outer.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        """Headers, and the message."""
        headers, body = self.posted.get(timeout=PATIENCE)
        return headers, json.loads(body)


@contextlib.contextmanager
def web_server():
    server = WebServer()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()


def follow(link):
    with urllib.request.urlopen(link, timeout=PATIENCE) as answer:
        return answer.read().decode()


def subscribed(clients, arn, server, **attributes):
    """The ARN of a subscription that the server has confirmed, and the message that asked for it."""
    answer = clients.sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=server.url, Attributes=attributes)
    assert answer["SubscriptionArn"] == "pending confirmation", answer
    headers, asked = server.next()
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == asked["TopicArn"] == arn
    assert "<ConfirmSubscriptionResponse" in follow(asked["SubscribeURL"])
    (listed,) = clients.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    return listed["SubscriptionArn"], asked


def verified(message, hash_with):
    """As "Verifying the signatures of Amazon SNS messages" says it."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    certificate = x509.load_pem_x509_certificate(follow(message["SigningCertURL"]).encode())
    signature = base64.b64decode(message["Signature"])
    try:
        certificate.public_key().verify(signature, text.encode(), padding.PKCS1v15(), hash_with)
    except InvalidSignature:
        return False
    return True


def queue_for(clients, arn):
    """The URL and the ARN of a queue to which SNS may send for the topic."""
    url = clients.sqs.create_queue(QueueName=clients.name("outside"))["QueueUrl"]
    queue_arn = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, queue_arn


def test_a_web_server_confirms_and_is_told(clients):
    sns, arn = clients.sns, topic(clients)
    with web_server() as server:
        subscription, asked = subscribed(clients, arn, server)
        attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        assert attributes["PendingConfirmation"] == attributes["ConfirmationWasAuthenticated"] == "false"
        assert json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3
        counted = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        assert (counted["SubscriptionsConfirmed"], counted["SubscriptionsPending"]) == ("1", "0")
        again = sns.confirm_subscription(TopicArn=arn, Token=asked["Token"])
        assert again["SubscriptionArn"] == subscription
        refused("InvalidParameter", sns.confirm_subscription, TopicArn=arn, Token="2" * 224)

        attribute = {"kind": {"DataType": "String", "StringValue": "a"}}
        sent = sns.publish(TopicArn=arn, Message="one ł", Subject="s", MessageAttributes=attribute)
        headers, message = server.next()
        assert headers["x-amz-sns-message-type"] == message["Type"] == "Notification"
        assert headers["x-amz-sns-message-id"] == message["MessageId"] == sent["MessageId"]
        assert headers["x-amz-sns-subscription-arn"] == subscription
        assert headers["Content-Type"] == "text/plain; charset=UTF-8"
        assert (message["Message"], message["Subject"]) == ("one ł", "s")
        assert message["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}

        assert "<UnsubscribeResponse" in follow(message["UnsubscribeURL"])
        _, farewell = server.next()
        assert farewell["Type"] == "UnsubscribeConfirmation"
        assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []
        follow(farewell["SubscribeURL"])
        sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
        )
        sns.publish(TopicArn=arn, Message="two")
        headers, body = server.posted.get(timeout=PATIENCE)
        assert (headers["x-amz-sns-rawdelivery"], body) == ("true", "two")


def test_others_verify_what_is_signed_and_refuse_what_is_forged(clients):
    sns, arn = clients.sns, topic(clients)
    validator = SNSMessageValidator(cert_url_regex=CERTIFICATES)
    messages = []
    with web_server() as server:
        subscription, asked = subscribed(clients, arn, server)
        messages.append(asked)
        sns.publish(TopicArn=arn, Message="line\nline ł", Subject="s")
        sns.publish(TopicArn=arn, Message="plain")
        # Whoever has left gets nothing that was still under way.
        messages += [server.next()[1] for _ in range(2)]
        sns.unsubscribe(SubscriptionArn=subscription)
        messages.append(server.next()[1])
        assert {message["Type"] for message in messages} == {
            "SubscriptionConfirmation", "Notification", "UnsubscribeConfirmation",
        }
        for message in messages:
            validator.validate_message(message)
            assert verified(message, hashes.SHA1()) and not verified(message, hashes.SHA256())
            for name in ("Message", "MessageId", "Timestamp", "TopicArn"):
                forged = {**message, name: message[name] + "x"}
                try:
                    validator.validate_message(forged)
                except SignatureVerificationFailureException:
                    continue
                raise AssertionError(f"{name} of {message} was forged")

        sns.set_topic_attributes(TopicArn=arn, AttributeName="SignatureVersion", AttributeValue="2")
        subscribed(clients, arn, server)
        sns.publish(TopicArn=arn, Message="two")
        _, message = server.next()
        assert message["SignatureVersion"] == "2" and verified(message, hashes.SHA256())
        assert not verified({**message, "Message": "too"}, hashes.SHA256())


def test_a_queue_gets_what_is_signed_too(clients):
    arn = topic(clients)
    url, queue_arn = queue_for(clients, arn)
    clients.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    clients.sns.publish(TopicArn=arn, Message="m")
    (received,) = clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    message = json.loads(received["Body"])
    SNSMessageValidator(cert_url_regex=CERTIFICATES).validate_message(message)


def test_what_fails_comes_again_and_then_to_the_dead_letters(clients):
    arn = topic(clients)
    url, dead = queue_for(clients, arn)
    policy = {"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 1, "minDelayTarget": 1, "maxDelayTarget": 1}}
    attributes = {
        "DeliveryPolicy": json.dumps(policy),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead}),
    }
    with web_server() as server:
        subscribed(clients, arn, server, **attributes)
        # The second message: nobody follows where the answer points.
        for message, statuses in (("failed", [500, 503, 429]), ("moved", [302])):
            server.statuses[:] = statuses
            clients.sns.publish(TopicArn=arn, Message=message)
            for _ in range(len(statuses)):
                assert server.next()[1]["Message"] == message
            (received,) = clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
            clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
            assert json.loads(received["Body"])["Message"] == message
        assert server.posted.empty()


def test_messages_do_not_leave_the_machine(clients):
    arn = topic(clients)
    for endpoint in (
        "http://example.org/", "http://127.0.0.1.nip.io/", "http://localhost.example.org/", "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/",
        "http://localhost@example.org/", "http://127.1/", "http://2130706433/", "https://localhost/",
    ):
        refused("InvalidParameter", clients.sns.subscribe, TopicArn=arn, Protocol="http", Endpoint=endpoint)
    error = refused(
        "InvalidParameter", clients.sns.subscribe, TopicArn=arn, Protocol="http", Endpoint="http://example.org/"
    )
    assert "the sandbox sends messages to this machine only" in str(error)
    for protocol in ("https", "email", "email-json", "sms", "application", "firehose"):
        error = refused("InvalidParameter", clients.sns.subscribe, TopicArn=arn, Protocol=protocol, Endpoint="e")
        assert f"does not support Protocol={protocol}" in str(error)


def test_a_link_without_its_secret_does_nothing(clients):
    arn = topic(clients)
    with web_server() as server:
        _, asked = subscribed(clients, arn, server)
        for link in (
            asked["SubscribeURL"][:-1], asked["SigningCertURL"].replace(".pem", "0.pem"),
            f"{clients.endpoint}/?Action=DeleteTopic&TopicArn={arn}",
        ):
            try:
                follow(link)
            except urllib.error.HTTPError as error:
                assert error.code in (400, 403, 404), (link, error)
                continue
            raise AssertionError(link)
        page = urllib.request.Request(asked["SubscribeURL"], headers={"Sec-Fetch-Site": "cross-site"})
        try:
            urllib.request.urlopen(page, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            assert error.code == 403
        else:
            raise AssertionError("a page followed the link")
