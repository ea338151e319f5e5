"""What must be refused: a server that runs the programs it is sent answers its owner's clients only."""

import contextlib
import datetime
import http.client
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions

# A harmless request of each service, in its own protocol.
FORM = {"content-type": "application/x-www-form-urlencoded"}
REQUESTS = {
    "cloudformation": ("POST", "/", b"Action=ListStacks&Version=2010-05-15", FORM),
    "iam": ("POST", "/", b"Action=ListRoles&Version=2010-05-08", FORM),
    "sts": ("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM),
    "dynamodb": (
        "POST",
        "/",
        b"{}",
        {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"},
    ),
    "logs": (
        "POST",
        "/",
        b"{}",
        {"x-amz-target": "Logs_20140328.DescribeLogGroups", "content-type": "application/x-amz-json-1.1"},
    ),
    "lambda": ("GET", "/2015-03-31/functions", b"", {}),
    "apigateway": ("GET", "/restapis", b"", {}),
    "s3": ("GET", "/", b"", {}),
}


class Sender:
    def __init__(self, clients):
        self.host = urllib.parse.urlsplit(clients.endpoint).netloc
        self.keys = botocore.credentials.Credentials(
            clients.environment["AWS_ACCESS_KEY_ID"], clients.environment["AWS_SECRET_ACCESS_KEY"]
        )

    def signed(self, service, keys=None, at=None):
        """The headers of the service's request, signed."""
        method, path, body, headers = REQUESTS[service]
        request = botocore.awsrequest.AWSRequest(method, f"http://{self.host}{path}", data=body, headers=headers)
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        signer = kind(keys or self.keys, service, "us-east-1")
        signer.add_auth(request)
        if at is not None:
            request = botocore.awsrequest.AWSRequest(method, f"http://{self.host}{path}", data=body, headers=headers)
            now, botocore.auth.get_current_datetime = botocore.auth.get_current_datetime, lambda **_: at
            try:
                signer.add_auth(request)
            finally:
                botocore.auth.get_current_datetime = now
        return dict(request.headers)

    def send(self, service, headers, body=None, path=None, host=None):
        """The status and the text of the answer."""
        method, usual_path, usual_body, _ = REQUESTS[service]
        connection = http.client.HTTPConnection(self.host, timeout=10)
        headers = {**headers, "Host": host or self.host}
        # A server may answer and hang up before it has read all of a body that it does not take.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path or usual_path, usual_body if body is None else body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text


def test_what_is_signed_is_answered(clients):
    sender = Sender(clients)
    for service in REQUESTS:
        status, text = sender.send(service, sender.signed(service))
        assert status == 200, (service, status, text)


def test_unsigned_requests_are_refused(clients):
    sender = Sender(clients)
    for service, (_, _, _, headers) in REQUESTS.items():
        status, text = sender.send(service, headers)
        assert status == 403 and "signed" in text, (service, status, text)


def test_forged_requests_are_refused(clients):
    sender = Sender(clients)
    for service in REQUESTS:
        wrong = botocore.credentials.Credentials(sender.keys.access_key, "not the secret")
        status, text = sender.send(service, sender.signed(service, wrong))
        assert status == 403 and "ignature" in text, (service, status, text)
        stranger = botocore.credentials.Credentials("AKIASTRANGER00000000", sender.keys.secret_key)
        status, text = sender.send(service, sender.signed(service, stranger))
        assert status == 403, (service, status, text)
        with_token = botocore.credentials.Credentials(sender.keys.access_key, sender.keys.secret_key, "a token")
        status, text = sender.send(service, sender.signed(service, with_token))
        assert status in (400, 403), (service, status, text)
        assert sender.keys.secret_key not in text


def test_changed_requests_are_refused(clients):
    sender = Sender(clients)
    for service, (_, path, body, _) in REQUESTS.items():
        headers = sender.signed(service)
        status, text = sender.send(service, headers, path=f"{path}?extra=1")
        assert status == 403, (service, status, text)
        if body:
            status, text = sender.send(service, headers, body=body + b" ")
            assert status == 403, (service, status, text)


def test_old_and_future_requests_are_refused(clients):
    sender = Sender(clients)
    now = datetime.datetime.now(datetime.timezone.utc)
    for service in REQUESTS:
        for off in (datetime.timedelta(hours=-1), datetime.timedelta(hours=1)):
            status, text = sender.send(service, sender.signed(service, at=now + off))
            assert status == 403, (service, status, text)


def test_other_hosts_and_web_pages_are_refused(clients):
    sender = Sender(clients)
    for service in REQUESTS:
        headers = sender.signed(service)
        for host in ("example.org", "rebound.example.org:80", f"{sender.host}.example.org"):
            status, text = sender.send(service, headers, host=host)
            assert status == 403, (service, host, status, text)
        for origin in ("http://example.org", "null", f"http://{sender.host}"):
            status, text = sender.send(service, {**headers, "Origin": origin})
            assert status == 403 and "web page" in text, (service, origin, status, text)
    connection = http.client.HTTPConnection(sender.host, timeout=10)
    preflight = {"Origin": "http://example.org", "Access-Control-Request-Method": "POST"}
    connection.request("OPTIONS", "/", headers=preflight)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 403 and not answer.getheader("access-control-allow-origin")


def test_a_client_that_is_refused_before_it_sends_is_told_that_the_connection_ends(clients):
    host = urllib.parse.urlsplit(clients.endpoint).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest("PUT", "/bucket/key")
    connection.putheader("Expect", "100-continue")
    connection.putheader("Content-Length", "100")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.getheader("connection")) == (403, "close")


def test_links_of_s3_expire_and_hold_for_one_object(clients):
    bucket = clients.name("links")
    clients.s3.create_bucket(Bucket=bucket)
    for key in ("mine", "other"):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    signer = clients.client("s3", config={"signature_version": "s3v4"})
    link = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "mine"}, ExpiresIn=60)
    target = urllib.parse.urlsplit(link)
    get = lambda path, query: fetched(target.netloc, f"{path}?{query}")
    assert get(target.path, target.query) == (200, "mine")
    assert get(target.path.replace("mine", "other"), target.query)[0] == 403
    assert get(target.path, target.query.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))[0] == 403
    old = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "mine"}, ExpiresIn=1)
    time.sleep(2.1)
    assert get(target.path, urllib.parse.urlsplit(old).query)[0] == 403
    for key in ("mine", "other"):
        clients.s3.delete_object(Bucket=bucket, Key=key)
    clients.s3.delete_bucket(Bucket=bucket)


def fetched(host, target, headers={}):
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_requests_that_browsers_send_for_other_sites_are_refused(clients):
    sender = Sender(clients)
    for site in ("cross-site", "same-site"):
        for service in REQUESTS:
            headers = {**sender.signed(service), "Sec-Fetch-Site": site}
            status, text = sender.send(service, headers)
            assert status == 403 and "web page" in text, (service, site, status, text)
        assert fetched(sender.host, "/_sandbox/health", {"Sec-Fetch-Site": site})[0] == 403
    assert fetched(sender.host, "/_sandbox/health", {"Sec-Fetch-Site": "none"})[0] == 200


def test_apis_and_web_sites_have_hosts_of_their_own(clients):
    sender = Sender(clients)
    port = sender.host.rpartition(":")[2]
    api, site = f"abc123.execute-api.localhost:{port}", f"no-such-bucket.s3-website.localhost:{port}"
    for target, headers in [
        ("/prod/players", {"Host": api}),
        ("/prod/players", {"Host": api, "Origin": "http://example.org", "Sec-Fetch-Site": "cross-site"}),
        ("/_execute-api/abc123/prod/players", {}),
    ]:
        assert fetched(sender.host, target, headers) == (403, '{"message":"Forbidden"}'), (target, headers)
    for target, headers in [("/index.html", {"Host": site}), ("/_s3-website/no-such-bucket/index.html", {})]:
        status, text = fetched(sender.host, target, headers)
        assert status == 404 and "<li>Code: NoSuchBucket</li>" in text, (target, headers, status, text)


def test_no_plane_answers_for_the_other(clients):
    sender = Sender(clients)
    port = sender.host.rpartition(":")[2]
    api = f"abc123.execute-api.localhost:{port}"
    for service in REQUESTS:
        status, text = sender.send(service, sender.signed(service), host=api)
        assert (status, text) == (403, '{"message":"Forbidden"}'), (service, status, text)
    assert fetched(sender.host, "/_sandbox/health", {"Host": api})[0] == 403
    status, text = fetched(sender.host, "/prod/players")
    assert status == 403 and "not signed" in text, (status, text)
    for host in (f"abc123.execute-api.localhost.example.org:{port}", f"abc123.others.localhost:{port}"):
        status, text = fetched(sender.host, "/prod/players", {"Host": host})
        assert status == 403 and "Forbidden" not in text, (host, status, text)


def test_browsers_find_no_api_and_no_web_site_at_the_host_of_the_control_plane(clients):
    sender = Sender(clients)
    for path in ("/_execute-api/abc123/prod/", "/_s3-website/no-such-bucket/"):
        for headers in ({"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "null"}):
            status, text = fetched(sender.host, path, headers)
            assert status == 403 and "AccessDenied" in text, (path, headers, status, text)


def test_unknown_services_and_operations_are_named(clients):
    try:
        clients.client("kinesis").list_streams()
        raise AssertionError("there is no Kinesis")
    except botocore.exceptions.ClientError as error:
        assert "kinesis" in str(error) and "cloudformation" in str(error), error
    for client, call, settings in [
        (clients.cloudformation, "list_types", {}),
        (clients.dynamodb, "list_backups", {}),
        (clients.iam, "list_groups", {}),
        (clients.logs, "describe_queries", {}),
        (clients.lambda_, "list_code_signing_configs", {}),
        (clients.s3, "get_bucket_accelerate_configuration", {"Bucket": "anything"}),
    ]:
        try:
            getattr(client, call)(**settings)
            raise AssertionError(f"{call} is there after all: choose another")
        except botocore.exceptions.ClientError as error:
            assert "sandbox" in str(error), (call, error)


def test_large_and_broken_bodies_are_refused(clients):
    sender = Sender(clients)
    for service in ("cloudformation", "logs", "dynamodb"):
        status, text = sender.send(service, sender.signed(service), body=b"x" * (17 << 20))
        assert status == 413, (service, status, text[:200])


def test_the_health_check_tells_nothing(clients):
    status, text = fetched(Sender(clients).host, "/_sandbox/health")
    assert (status, text) == (200, "ready\n")
