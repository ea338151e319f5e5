"""What the checks of S3 share: buckets of their own, other clients, plain HTTP requests, links."""

import contextlib
import http.client
import urllib.parse
import uuid

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

MIB = 1 << 20


@contextlib.contextmanager
def a_bucket(clients):
    """A bucket of the test's own, gone afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    clients.s3.create_bucket(Bucket=name)
    try:
        yield name
    finally:
        for page in clients.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
                clients.s3.delete_object(
                    Bucket=name, Key=version["Key"], VersionId=version["VersionId"]
                )
        clients.s3.delete_bucket(Bucket=name)


@contextlib.contextmanager
def refused(code, status=None):
    """The client raises an error with this code."""
    try:
        yield
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        found = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status in (None, found), error
    else:
        raise AssertionError(f"nothing was refused with {code}")


def keys_of(clients):
    environment = clients.environment
    return Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])


def client_with(clients, key=None, secret=None, token=None, **config):
    environment = clients.environment
    return boto3.client(
        "s3",
        endpoint_url=clients.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key or environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def asked(url, method="GET", data=None, headers=None):
    """The answer to a plain HTTP request, as somebody without AWS's clients sends it."""
    url = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    target = url.path + (f"?{url.query}" if url.query else "")
    connection.request(method, target, body=data, headers=headers or {})
    response = connection.getresponse()
    response.body = response.read()
    connection.close()
    return response


def fetched(url, method="GET", data=None, headers=None):
    response = asked(url, method, data, headers)
    return response.status, response.body


def link(clients, method="get_object", version="s3v4", **parameters):
    """A link that is good for a minute."""
    client = client_with(clients, signature_version=version)
    return client.generate_presigned_url(method, Params=parameters, ExpiresIn=60)
