"""S3 as boto3 sees it: objects, listings, uploads in parts, configuration, and who may ask."""

import base64
import contextlib
import datetime
import hashlib
import http.client
import io
import urllib.parse
import uuid
import zlib

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
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
            for version in page.get("Versions", []):
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


# Buckets


def test_buckets_are_made_found_and_deleted(clients):
    s3, name = clients.s3, f"test-{uuid.uuid4().hex}"
    with refused("404"):
        s3.head_bucket(Bucket=name)
    made = s3.create_bucket(Bucket=name)
    assert made["Location"] == f"/{name}"
    try:
        s3.create_bucket(Bucket=name)
        raise AssertionError("a bucket was made twice")
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    buckets = {bucket["Name"]: bucket for bucket in s3.list_buckets()["Buckets"]}
    age = datetime.datetime.now(datetime.timezone.utc) - buckets[name]["CreationDate"]
    assert abs(age.total_seconds()) < 60
    s3.get_waiter("bucket_exists").wait(Bucket=name)
    s3.put_object(Bucket=name, Key="a", Body=b"")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=name)
    s3.delete_object(Bucket=name, Key="a")
    s3.delete_bucket(Bucket=name)
    s3.get_waiter("bucket_not_exists").wait(Bucket=name)
    try:
        s3.list_objects_v2(Bucket=name)
        raise AssertionError("a bucket that is gone was listed")
    except s3.exceptions.NoSuchBucket:
        pass


def test_buckets_are_listed_in_pages(clients):
    with a_bucket(clients) as one, a_bucket(clients) as two:
        pages = clients.s3.get_paginator("list_buckets")
        pages = pages.paginate(Prefix="test-", PaginationConfig={"PageSize": 1})
        names = [bucket["Name"] for page in pages for bucket in page["Buckets"]]
        assert names == sorted(names) and {one, two} <= set(names)


def test_names_and_places_of_buckets_are_checked(clients):
    s3 = clients.s3
    for name in ["aa", "Upper", "a_b", "192.168.1.1", "xn--a", "a..b", "-abc"]:
        path = urllib.parse.quote(name)
        request = AWSRequest("PUT", f"{clients.endpoint}/{path}", data=b"")
        S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
        status, body = fetched(request.url, "PUT", b"", dict(request.headers))
        assert status == 400 and b"InvalidBucketName" in body, (name, body)
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(
            Bucket="somewhere-else",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )


def test_a_bucket_is_private(clients):
    with a_bucket(clients) as name:
        acl = clients.s3.get_bucket_acl(Bucket=name)
        assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
        assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
        with refused("AccessControlListNotSupported", 400):
            clients.s3.put_object(Bucket=name, Key="a", Body=b"", ACL="public-read")
        with refused("AccessDenied", 403):
            clients.s3.get_object(Bucket=name, Key="a", ExpectedBucketOwner="1" * 12)


# Objects


def test_an_object_comes_back_as_it_was_put(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        put = s3.put_object(
            Bucket=name,
            Key="a/b",
            Body=b"contents",
            ContentType="text/plain",
            ContentLanguage="en",
            ContentEncoding="identity",
            ContentDisposition="inline",
            CacheControl="no-store",
            Expires=datetime.datetime(2040, 1, 2, 3, 4, 5),
            Metadata={"Colour": "green", "place": "Zürich".encode("ascii", "replace").decode()},
            Tagging="x=1&y=2",
        )
        etag = f'"{hashlib.md5(b"contents").hexdigest()}"'
        assert put["ETag"] == etag
        got = s3.get_object(Bucket=name, Key="a/b")
        head = s3.head_object(Bucket=name, Key="a/b")
        assert got["Body"].read() == b"contents"
        for answer in (got, head):
            assert answer["ETag"] == etag
            assert answer["ContentLength"] == 8
            assert answer["ContentType"] == "text/plain"
            assert answer["ContentLanguage"] == "en"
            assert answer["ContentEncoding"] == "identity"
            assert answer["ContentDisposition"] == "inline"
            assert answer["CacheControl"] == "no-store"
            assert answer["ExpiresString"] == "Mon, 02 Jan 2040 03:04:05 GMT"
            assert answer["Metadata"] == {"colour": "green", "place": "Z?rich"}
            assert answer["AcceptRanges"] == "bytes"
            assert "StorageClass" not in answer
        assert got["TagCount"] == 2
        assert got["LastModified"].microsecond == 0
        s3.put_object(Bucket=name, Key="a/b", Body=b"other")
        again = s3.get_object(Bucket=name, Key="a/b")
        assert again["Body"].read() == b"other"
        assert again["ContentType"] == "binary/octet-stream"
        assert again["Metadata"] == {}
        s3.delete_object(Bucket=name, Key="a/b")
        s3.delete_object(Bucket=name, Key="a/b")
        try:
            s3.get_object(Bucket=name, Key="a/b")
            raise AssertionError("an object that is gone was read")
        except s3.exceptions.NoSuchKey as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        with refused("404"):
            s3.head_object(Bucket=name, Key="a/b")
        with refused("NoSuchBucket"):
            s3.get_object(Bucket=f"{name}-x", Key="a/b")
        with refused("NoSuchBucket"):
            s3.put_object(Bucket=f"{name}-x", Key="a/b", Body=b"")


def test_keys_are_any_text(clients):
    s3 = clients.s3
    keys = ["a b", "a+b", "a%2Fb", "a//b", "/a", "ä/日本/😀", "a?b&c=d#e", "a\tb", "it's \"<&>\"", "~.-_*()"]
    keys.append("é" * 512)
    with a_bucket(clients) as name:
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=key.encode())
            assert s3.get_object(Bucket=name, Key=key)["Body"].read() == key.encode(), key
        listed = [it["Key"] for it in s3.list_objects_v2(Bucket=name)["Contents"]]
        assert listed == sorted(keys, key=str.encode)
        with refused("KeyTooLongError", 400):
            s3.put_object(Bucket=name, Key="x" * 1025, Body=b"")
        many = [{"Key": key} for key in keys]
        deleted = s3.delete_objects(Bucket=name, Delete={"Objects": many})
        assert sorted(it["Key"] for it in deleted["Deleted"]) == sorted(keys)
        assert "Errors" not in deleted


def test_parts_of_an_object_are_read(clients):
    s3 = clients.s3
    contents = bytes(range(256)) * 5000
    size = len(contents)
    with a_bucket(clients) as name:
        s3.put_object(Bucket=name, Key="a", Body=contents)

        def read(wanted):
            return s3.get_object(Bucket=name, Key="a", Range=wanted)

        first = read("bytes=0-0")
        assert first["Body"].read() == contents[:1]
        assert first["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert first["ContentRange"] == f"bytes 0-0/{size}"
        assert read("bytes=700-300000")["Body"].read() == contents[700:300001]
        assert read("bytes=1000000-")["Body"].read() == contents[1000000:]
        assert read("bytes=-10")["Body"].read() == contents[-10:]
        assert read(f"bytes=-{size * 2}")["Body"].read() == contents
        assert read(f"bytes=10-{size * 2}")["ContentLength"] == size - 10
        with refused("InvalidRange", 416):
            read(f"bytes={size}-")
        head = s3.head_object(Bucket=name, Key="a", Range="bytes=5-9")
        assert head["ContentLength"] == 5
        assert head["ResponseMetadata"]["HTTPStatusCode"] == 206
        s3.put_object(Bucket=name, Key="empty", Body=b"")
        assert s3.get_object(Bucket=name, Key="empty")["Body"].read() == b""
        with refused("InvalidRange", 416):
            s3.get_object(Bucket=name, Key="empty", Range="bytes=0-")


def test_conditions_of_reads(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        etag = s3.put_object(Bucket=name, Key="a", Body=b"1")["ETag"]
        modified = s3.head_object(Bucket=name, Key="a")["LastModified"]
        before = modified - datetime.timedelta(seconds=1)
        for read in (s3.get_object, s3.head_object):
            where = {"Bucket": name, "Key": "a"}
            read(**where, IfMatch=etag)
            read(**where, IfMatch="*")
            read(**where, IfNoneMatch='"other"')
            read(**where, IfModifiedSince=before)
            read(**where, IfUnmodifiedSince=modified)
            failed = "412" if read == s3.head_object else "PreconditionFailed"
            with refused(failed, 412):
                read(**where, IfMatch='"other"')
            with refused(failed, 412):
                read(**where, IfUnmodifiedSince=before)
            with refused("304", 304):
                read(**where, IfNoneMatch=etag)
            with refused("304", 304):
                read(**where, IfModifiedSince=modified)
        s3.get_object(Bucket=name, Key="a")["Body"].read()


def test_conditions_of_writes(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        s3.put_object(Bucket=name, Key="a", Body=b"1", IfNoneMatch="*")
        with refused("PreconditionFailed", 412):
            s3.put_object(Bucket=name, Key="a", Body=b"2", IfNoneMatch="*")
        etag = s3.head_object(Bucket=name, Key="a")["ETag"]
        s3.put_object(Bucket=name, Key="a", Body=b"3", IfMatch=etag)
        with refused("PreconditionFailed", 412):
            s3.put_object(Bucket=name, Key="a", Body=b"4", IfMatch=etag)
        with refused("NoSuchKey", 404):
            s3.put_object(Bucket=name, Key="b", Body=b"4", IfMatch=etag)
        assert s3.get_object(Bucket=name, Key="a")["Body"].read() == b"3"
        with refused("PreconditionFailed", 412):
            s3.delete_object(Bucket=name, Key="a", IfMatch=etag)
        s3.head_object(Bucket=name, Key="a")


def test_an_answer_can_be_asked_for_with_other_headers(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        s3.put_object(Bucket=name, Key="a", Body=b"1", ContentType="text/plain")
        got = s3.get_object(
            Bucket=name,
            Key="a",
            ResponseContentType="text/html",
            ResponseContentDisposition="attachment; filename=b",
            ResponseCacheControl="max-age=1",
        )
        assert got["ContentType"] == "text/html"
        assert got["ContentDisposition"] == "attachment; filename=b"
        assert got["CacheControl"] == "max-age=1"


def test_contents_are_checked(clients):
    # Without the retries, which botocore makes when it is told that a digest is bad.
    s3 = client_with(clients)
    body = b"contents"

    def crc(data):
        return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()

    def sha(name, data):
        return base64.b64encode(hashlib.new(name, data).digest()).decode()

    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        s3.put_object(**where, Body=body, ContentMD5=md5)
        with refused("BadDigest", 400):
            s3.put_object(**where, Body=b"other", ContentMD5=md5)
        with refused("InvalidDigest", 400):
            s3.put_object(**where, Body=body, ContentMD5="short")
        for member, value in {
            "ChecksumCRC32": crc(body),
            "ChecksumSHA1": sha("sha1", body),
            "ChecksumSHA256": sha("sha256", body),
        }.items():
            put = s3.put_object(**where, Body=body, **{member: value})
            assert put[member] == value and put["ChecksumType"] == "FULL_OBJECT"
            with refused("BadDigest", 400):
                s3.put_object(**where, Body=b"other", **{member: value})
            got = s3.get_object(**where, ChecksumMode="ENABLED")
            assert got[member] == value and got["Body"].read() == body
            attributes = s3.get_object_attributes(
                **where, ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"]
            )
            assert attributes["Checksum"][member] == value
            assert attributes["ETag"].strip('"') == hashlib.md5(body).hexdigest()
            assert attributes["ObjectSize"] == len(body)
            assert attributes["StorageClass"] == "STANDARD"
        # The published check value of CRC-64/NVME.
        check = {"ChecksumCRC64NVME": "rosUhgp5mIg="}
        assert s3.put_object(**where, Body=b"123456789", **check)["ChecksumType"] == "FULL_OBJECT"
        with refused("BadDigest", 400):
            s3.put_object(**where, Body=b"12345678", **check)
        check = {"ChecksumCRC32C": "4waSgw=="}
        s3.put_object(**where, Body=b"123456789", **check)
        head = s3.head_object(**where, ChecksumMode="ENABLED")
        assert head["ChecksumCRC32C"] == "4waSgw=="
        assert s3.get_object(**where)["Body"].read() == b"123456789"


def test_a_stream_without_checksums_gets_s3s_own(clients):
    plain = client_with(clients, request_checksum_calculation="when_required")
    with a_bucket(clients) as name:
        plain.put_object(Bucket=name, Key="a", Body=b"123456789")
        head = plain.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
        assert head["ChecksumCRC64NVME"] == "rosUhgp5mIg="


def test_objects_are_copied(clients):
    s3 = clients.s3
    with a_bucket(clients) as name, a_bucket(clients) as other:
        s3.put_object(
            Bucket=name, Key="a ä", Body=b"1", Metadata={"m": "1"}, ContentType="text/a", Tagging="t=1"
        )
        source = {"Bucket": name, "Key": "a ä"}
        copied = s3.copy_object(Bucket=other, Key="b", CopySource=source)["CopyObjectResult"]
        head = s3.head_object(Bucket=other, Key="b")
        assert copied["ETag"] == head["ETag"] == f'"{hashlib.md5(b"1").hexdigest()}"'
        assert head["Metadata"] == {"m": "1"} and head["ContentType"] == "text/a"
        assert s3.get_object_tagging(Bucket=other, Key="b")["TagSet"] == [{"Key": "t", "Value": "1"}]
        s3.copy_object(
            Bucket=other,
            Key="b",
            CopySource=source,
            MetadataDirective="REPLACE",
            Metadata={"n": "2"},
            TaggingDirective="REPLACE",
            Tagging="u=2",
            ChecksumAlgorithm="SHA256",
        )
        head = s3.head_object(Bucket=other, Key="b", ChecksumMode="ENABLED")
        assert head["Metadata"] == {"n": "2"} and head["ContentType"] == "binary/octet-stream"
        assert head["ChecksumSHA256"]
        assert s3.get_object_tagging(Bucket=other, Key="b")["TagSet"] == [{"Key": "u", "Value": "2"}]
        with refused("PreconditionFailed", 412):
            s3.copy_object(Bucket=other, Key="b", CopySource=source, IfNoneMatch="*")
        with refused("InvalidRequest", 400):
            s3.copy_object(**source, CopySource=source)
        s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE")
        s3.delete_object(**source)
        assert s3.get_object(Bucket=other, Key="b")["Body"].read() == b"1"
        with refused("NoSuchKey", 404):
            s3.copy_object(Bucket=other, Key="c", CopySource=source)
        with refused("PreconditionFailed", 412):
            s3.copy_object(
                Bucket=other,
                Key="c",
                CopySource={"Bucket": other, "Key": "b"},
                CopySourceIfNoneMatch=head["ETag"],
            )


def test_objects_are_deleted_together(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        for key in "abc":
            s3.put_object(Bucket=name, Key=key, Body=b"")
        objects = [{"Key": "a"}, {"Key": "missing"}, {"Key": "b", "VersionId": "unknown"}]
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects})
        assert [it["Key"] for it in answer["Deleted"]] == ["a", "missing"]
        assert [(it["Key"], it["Code"]) for it in answer["Errors"]] == [("b", "NoSuchVersion")]
        quiet = {"Objects": [{"Key": "b"}, {"Key": "c", "VersionId": "null"}], "Quiet": True}
        assert "Deleted" not in s3.delete_objects(Bucket=name, Delete=quiet)
        assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
        with refused("MalformedXML", 400):
            many = {"Objects": [{"Key": str(n)} for n in range(1001)]}
            s3.delete_objects(Bucket=name, Delete=many)


def test_tags_of_objects(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        s3.put_object(**where, Body=b"")
        assert s3.get_object_tagging(**where)["TagSet"] == []
        tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
        s3.put_object_tagging(**where, Tagging={"TagSet": tags})
        assert s3.get_object_tagging(**where)["TagSet"] == tags
        with refused("InvalidTag", 400):
            s3.put_object_tagging(**where, Tagging={"TagSet": tags[:1] * 2})
        s3.delete_object_tagging(**where)
        assert s3.get_object_tagging(**where)["TagSet"] == []
        with refused("NoSuchKey", 404):
            s3.get_object_tagging(Bucket=name, Key="b")


# Listings


def test_listings_have_folders_and_pages(clients):
    s3 = clients.s3
    keys = ["a.txt", "b/1", "b/2", "b/c/3", "d/", "e f/ü", "z"]
    with a_bucket(clients) as name:
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=b"x")

        def listed(operation, **asked):
            size = {"PageSize": asked.pop("page", 1000)}
            pages = s3.get_paginator(operation).paginate(Bucket=name, PaginationConfig=size, **asked)
            contents, prefixes = [], []
            for page in pages:
                contents += [it["Key"] for it in page.get("Contents", [])]
                prefixes += [it["Prefix"] for it in page.get("CommonPrefixes", [])]
            return contents, prefixes

        for operation in ("list_objects_v2", "list_objects"):
            for page in (1, 2, 3, 1000):
                assert listed(operation, page=page) == (keys, [])
                folders = (["a.txt", "z"], ["b/", "d/", "e f/"])
                assert listed(operation, page=page, Delimiter="/") == folders
                inside = (["b/1", "b/2"], ["b/c/"])
                assert listed(operation, page=page, Delimiter="/", Prefix="b/") == inside
                assert listed(operation, page=page, Prefix="e") == (["e f/ü"], [])
                assert listed(operation, page=page, Prefix="none") == ([], [])
        assert listed("list_objects_v2", StartAfter="b/2") == (keys[3:], [])
        assert listed("list_objects", Marker="b/2") == (keys[3:], [])

        first = s3.list_objects_v2(Bucket=name, MaxKeys=2, FetchOwner=True)
        assert first["KeyCount"] == 2 and first["IsTruncated"] and first["MaxKeys"] == 2
        entry = first["Contents"][0]
        assert entry["Size"] == 1 and entry["StorageClass"] == "STANDARD"
        assert entry["ETag"] == f'"{hashlib.md5(b"x").hexdigest()}"' and entry["Owner"]["ID"]
        with refused("InvalidArgument", 400):
            s3.list_objects_v2(Bucket=name, ContinuationToken="%%%")
        assert s3.list_objects_v2(Bucket=name, MaxKeys=0)["KeyCount"] == 0
        versions = s3.list_object_versions(Bucket=name, Prefix="b/", Delimiter="/")
        assert [it["Key"] for it in versions["Versions"]] == ["b/1", "b/2"]
        assert {it["VersionId"] for it in versions["Versions"]} == {"null"}
        assert versions["CommonPrefixes"] == [{"Prefix": "b/c/"}]


# Uploads in parts


def test_a_large_file_goes_up_in_parts_and_down_again(clients):
    contents = uuid.uuid4().bytes * (MIB + 3)
    with a_bucket(clients) as name:
        config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
        clients.s3.upload_fileobj(io.BytesIO(contents), name, "large", Config=config)
        head = clients.s3.head_object(Bucket=name, Key="large", ChecksumMode="ENABLED")
        assert head["ContentLength"] == len(contents)
        parts = [contents[at : at + 8 * MIB] for at in range(0, len(contents), 8 * MIB)]
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        assert head["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'
        back = io.BytesIO()
        clients.s3.download_fileobj(name, "large", back)
        assert back.getvalue() == contents
        second = clients.s3.get_object(Bucket=name, Key="large", PartNumber=2)
        assert second["PartsCount"] == len(parts) and second["Body"].read() == parts[1]
        with refused("InvalidPartNumber", 416):
            clients.s3.get_object(Bucket=name, Key="large", PartNumber=len(parts) + 1)
        # A copy is in one piece.
        clients.s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "large"})
        copy = clients.s3.head_object(Bucket=name, Key="copy")
        assert copy["ETag"] == f'"{hashlib.md5(contents).hexdigest()}"'
        # Or in parts.
        clients.s3.copy({"Bucket": name, "Key": "large"}, name, "parts", Config=config)
        assert clients.s3.head_object(Bucket=name, Key="parts")["ETag"] == head["ETag"]


def test_an_upload_is_completed_from_its_parts(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        begun = s3.create_multipart_upload(
            **where, ContentType="text/a", Metadata={"m": "1"}, ChecksumAlgorithm="SHA256"
        )
        upload = {**where, "UploadId": begun["UploadId"]}
        assert begun["ChecksumAlgorithm"] == "SHA256"
        large, small = b"a" * (5 * MIB), b"b"
        first = s3.upload_part(**upload, PartNumber=1, Body=large, ChecksumAlgorithm="SHA256")
        s3.upload_part(**upload, PartNumber=3, Body=b"old", ChecksumAlgorithm="SHA256")
        last = s3.upload_part(**upload, PartNumber=3, Body=small, ChecksumAlgorithm="SHA256")
        with refused("InvalidRequest", 400):
            s3.upload_part(**upload, PartNumber=2, Body=small, ChecksumAlgorithm="SHA1")
        with refused("InvalidArgument", 400):
            s3.upload_part(**upload, PartNumber=10_001, Body=small, ChecksumAlgorithm="SHA256")
        listed = s3.list_parts(**upload)
        assert [(it["PartNumber"], it["Size"]) for it in listed["Parts"]] == [(1, 5 * MIB), (3, 1)]
        pages = s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 1})
        assert [it["PartNumber"] for page in pages for it in page["Parts"]] == [1, 3]
        uploads = s3.list_multipart_uploads(Bucket=name)["Uploads"]
        assert [(it["Key"], it["UploadId"]) for it in uploads] == [("a", begun["UploadId"])]

        def complete(*parts, **more):
            parts = [{"PartNumber": number, "ETag": part["ETag"]} for number, part in parts]
            return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **more)

        with refused("InvalidPartOrder", 400):
            complete((3, last), (1, first))
        with refused("InvalidPart", 400):
            complete((1, first), (2, last))
        with refused("InvalidPart", 400):
            complete((1, last))
        with refused("MalformedXML", 400):
            complete()
        with refused("404"):
            s3.head_object(**where)
        done = complete((1, first), (3, last))
        assert done["ETag"].endswith('-2"') and done["Key"] == "a" and done["Bucket"] == name
        sums = [hashlib.sha256(part).digest() for part in (large, small)]
        whole = base64.b64encode(hashlib.sha256(b"".join(sums)).digest()).decode()
        assert done["ChecksumSHA256"] == f"{whole}-2" and done["ChecksumType"] == "COMPOSITE"
        # The answer may have been lost: the same request is answered once more.
        assert complete((1, first), (3, last))["ETag"] == done["ETag"]
        got = s3.get_object(**where)
        assert got["Body"].read() == large + small
        assert got["ContentType"] == "text/a" and got["Metadata"] == {"m": "1"}
        attributes = s3.get_object_attributes(**where, ObjectAttributes=["ObjectParts", "Checksum"])
        assert attributes["ObjectParts"]["TotalPartsCount"] == 2
        assert [it["Size"] for it in attributes["ObjectParts"]["Parts"]] == [5 * MIB, 1]
        try:
            s3.upload_part(**upload, PartNumber=1, Body=b"")
            raise AssertionError("an upload that is complete took a part")
        except s3.exceptions.NoSuchUpload:
            pass


def test_parts_must_be_large_and_uploads_can_be_aborted(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        parts = [
            {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=b"x")["ETag"]}
            for n in (1, 2)
        ]
        with refused("EntityTooSmall", 400):
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.abort_multipart_upload(**upload)
        with refused("NoSuchUpload", 404):
            s3.abort_multipart_upload(**upload)
        with refused("NoSuchUpload", 404):
            s3.list_parts(**upload)
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)
        # One that was forgotten does not keep the bucket.
        s3.create_multipart_upload(**where)
        with refused("NoSuchBucket", 404):
            s3.create_multipart_upload(Bucket=f"{name}-x", Key="a")


def test_uploads_under_way_are_listed_by_key(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        for key in ("b/2", "a", "b/1", "b/1"):
            s3.create_multipart_upload(Bucket=name, Key=key)
        pages = s3.get_paginator("list_multipart_uploads")
        pages = pages.paginate(Bucket=name, PaginationConfig={"PageSize": 1})
        keys = [it["Key"] for page in pages for it in page.get("Uploads", [])]
        assert keys == ["a", "b/1", "b/1", "b/2"]
        listed = s3.list_multipart_uploads(Bucket=name, Prefix="b/")
        assert len(listed["Uploads"]) == 3
        folders = s3.list_multipart_uploads(Bucket=name, Delimiter="/")
        assert [it["Key"] for it in folders["Uploads"]] == ["a"]
        assert folders["CommonPrefixes"] == [{"Prefix": "b/"}]


def test_a_whole_checksum_of_parts(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        begun = s3.create_multipart_upload(
            **where, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
        )
        upload = {**where, "UploadId": begun["UploadId"]}
        bodies = [b"a" * (5 * MIB), b"b"]
        parts = [
            {
                "PartNumber": n + 1,
                "ETag": s3.upload_part(
                    **upload, PartNumber=n + 1, Body=body, ChecksumAlgorithm="CRC32"
                )["ETag"],
            }
            for n, body in enumerate(bodies)
        ]
        with refused("BadDigest", 400):
            client_with(clients).complete_multipart_upload(
                **upload,
                MultipartUpload={"Parts": parts},
                ChecksumCRC32="AAAAAA==",
                ChecksumType="FULL_OBJECT",
            )
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        whole = zlib.crc32(b"".join(bodies)).to_bytes(4, "big")
        assert done["ChecksumCRC32"] == base64.b64encode(whole).decode()
        assert done["ChecksumType"] == "FULL_OBJECT"


# Configuration


def test_the_configuration_of_a_bucket_is_remembered(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        bucket = {"Bucket": name}
        assert "Status" not in s3.get_bucket_versioning(**bucket)
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
        assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})
        assert s3.get_bucket_versioning(**bucket)["Status"] == "Suspended"

        with refused("NoSuchTagSet", 404):
            s3.get_bucket_tagging(**bucket)
        tags = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}]
        s3.put_bucket_tagging(**bucket, Tagging={"TagSet": tags})
        assert s3.get_bucket_tagging(**bucket)["TagSet"] == tags
        s3.delete_bucket_tagging(**bucket)
        with refused("NoSuchTagSet", 404):
            s3.get_bucket_tagging(**bucket)

        with refused("NoSuchBucketPolicy", 404):
            s3.get_bucket_policy(**bucket)
        with refused("MalformedPolicy", 400):
            s3.put_bucket_policy(**bucket, Policy="no policy")
        policy = '{"Statement": [], "Version": "2012-10-17"}'
        s3.put_bucket_policy(**bucket, Policy=policy)
        assert s3.get_bucket_policy(**bucket)["Policy"] == policy.replace(" ", "")
        s3.delete_bucket_policy(**bucket)
        with refused("NoSuchBucketPolicy", 404):
            s3.get_bucket_policy(**bucket)


def test_the_protection_of_a_bucket_is_remembered(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        bucket = {"Bucket": name}
        rule = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        given = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"},
            "BucketKeyEnabled": True,
        }
        configuration = {"Rules": [given]}
        s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration=configuration)
        found = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]
        assert found == configuration
        s3.delete_bucket_encryption(**bucket)

        block = s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
        assert len(block) == 4 and all(block.values())
        block["BlockPublicPolicy"] = False
        s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=block)
        assert s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"] == block
        s3.delete_public_access_block(**bucket)
        with refused("NoSuchPublicAccessBlockConfiguration", 404):
            s3.get_public_access_block(**bucket)

        controls = s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]
        assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        s3.put_bucket_ownership_controls(**bucket, OwnershipControls=controls)
        assert s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"] == controls
        s3.delete_bucket_ownership_controls(**bucket)
        with refused("OwnershipControlsNotFoundError", 404):
            s3.get_bucket_ownership_controls(**bucket)


def test_the_lifecycle_of_a_bucket_is_remembered(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        with refused("NoSuchLifecycleConfiguration", 404):
            s3.get_bucket_lifecycle_configuration(Bucket=name)
        tag = {"Key": "k", "Value": "v"}
        rules = [
            {
                "ID": "a",
                "Status": "Enabled",
                "Filter": {"And": {"Prefix": "logs/", "Tags": [tag]}},
                "Expiration": {"Days": 30},
                "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
            },
            {"ID": "b", "Status": "Disabled", "Filter": {"Tag": tag}, "Expiration": {"Days": 1}},
            {"ID": "c", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}},
        ]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == rules
        s3.delete_bucket_lifecycle(Bucket=name)
        with refused("NoSuchLifecycleConfiguration", 404):
            s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_other_operations_are_named(clients):
    with a_bucket(clients) as name:
        for call in (
            lambda: clients.s3.get_bucket_website(Bucket=name),
            lambda: clients.s3.select_object_content(
                Bucket=name,
                Key="a",
                Expression="SELECT 1",
                ExpressionType="SQL",
                InputSerialization={"JSON": {"Type": "LINES"}},
                OutputSerialization={"JSON": {}},
            ),
            lambda: clients.s3.delete_bucket_metadata_configuration(Bucket=name),
            lambda: clients.s3.rename_object(Bucket=name, Key="b", RenameSource="a"),
        ):
            try:
                call()
                raise AssertionError("an operation was taken for another")
            except ClientError as error:
                assert error.response["Error"]["Code"] == "NotImplemented", error
                assert "it supports AbortMultipartUpload" in error.response["Error"]["Message"]
        clients.s3.head_bucket(Bucket=name)


# Who may ask


def link(clients, method="get_object", version="s3v4", **parameters):
    """A link that is good for a minute."""
    client = client_with(clients, signature_version=version)
    return client.generate_presigned_url(method, Params=parameters, ExpiresIn=60)


def test_a_link_works_for_whoever_has_it(clients):
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a b/ü"}
        # The second is what botocore makes unless it is told otherwise.
        for version in ("s3v4", None):
            put = link(clients, "put_object", version, **where)
            assert ("X-Amz-Signature" in put) == (version == "s3v4"), put
            assert fetched(put, "PUT", b"by link")[0] == 200
            get = link(clients, version=version, **where)
            assert fetched(get) == (200, b"by link")
            assert fetched(get, headers={"Range": "bytes=0-1"}) == (206, b"by")
            typed = link(clients, version=version, **where, ResponseContentType="text/plain")
            assert asked(typed).headers["content-type"] == "text/plain"
            assert fetched(link(clients, "delete_object", version, **where), "DELETE")[0] == 204
            assert fetched(get)[0] == 404


def test_a_link_is_for_one_request_only(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        clients.s3.put_object(Bucket=name, Key="b", Body=b"2")
        get = link(clients, Bucket=name, Key="a")
        old = link(clients, version=None, Bucket=name, Key="a")
        for forged in (
            get.replace("/a?", "/b?"),
            get.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
            get + "&response-content-type=text/html",
            get[:-1] + ("0" if get[-1] != "0" else "1"),
            old.replace("/a?", "/b?"),
            old.replace("Expires=", "Expires=1"),
            old.replace("Signature=", "Signature=A"),
            old + "&response-content-type=text/html",
        ):
            status, body = fetched(forged)
            assert status == 403 and b"SignatureDoesNotMatch" in body, (forged, body)
        assert fetched(old + "&attributes")[0] == 400
        for url in (get, old):
            assert fetched(url, "DELETE")[0] == 403
            assert fetched(url, "PUT", b"3")[0] == 403
        for version in ("s3v4", None):
            put = link(clients, "put_object", version, Bucket=name, Key="a")
            extended = {"x-amz-copy-source": f"{name}/b"}
            assert fetched(put, "PUT", b"", extended)[0] == 403
        assert fetched(get) == (200, b"1")


def test_a_link_ends(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")

        def dated(signed_at, seconds):
            request = AWSRequest("GET", f"{clients.endpoint}/{name}/a")
            signer = S3SigV4QueryAuth(keys_of(clients), "s3", "us-east-1", expires=seconds)
            stamp = signed_at.strftime("%Y%m%dT%H%M%SZ")
            request.context["timestamp"] = stamp
            signer._modify_request_before_signing(request)
            request.context["timestamp"] = stamp
            canonical = signer.canonical_request(request)
            text = signer.string_to_sign(request, canonical)
            signer._inject_signature_to_request(request, signer.signature(text, request))
            return fetched(request.url)

        old = client_with(clients).generate_presigned_url(
            "get_object", Params={"Bucket": name, "Key": "a"}, ExpiresIn=-1
        )
        status, body = fetched(old)
        assert status == 403 and b"Request has expired" in body, body
        now = datetime.datetime.now(datetime.timezone.utc)
        assert dated(now, 60)[0] == 200
        status, body = dated(now - datetime.timedelta(seconds=90), 60)
        assert status == 403 and b"Request has expired" in body, body
        status, body = dated(now + datetime.timedelta(minutes=20), 60)
        assert status == 403, body
        status, body = dated(now, 604_801)
        assert status == 400 and b"AuthorizationQueryParametersError" in body, body


def test_a_link_is_for_one_host(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        get = link(clients, Bucket=name, Key="a")
        host = urllib.parse.urlsplit(get).netloc
        assert fetched(get, headers={"Host": host})[0] == 200
        status, body = fetched(get, headers={"Host": host.replace("127.0.0.1", "localhost")})
        assert status == 403 and b"SignatureDoesNotMatch" in body
        status, body = fetched(get, headers={"Host": "example.org"})
        assert status == 403 and b"AccessDenied" in body
        old = link(clients, version=None, Bucket=name, Key="a")
        assert fetched(old, headers={"Host": "example.org"})[0] == 403


def test_unsigned_requests_are_refused(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        for method, path in (
            ("GET", f"/{name}/a"),
            ("GET", f"/{name}"),
            ("GET", "/"),
            ("PUT", f"/{name}/b"),
            ("DELETE", f"/{name}/a"),
            ("POST", f"/{name}?delete"),
        ):
            data = b"" if method in ("PUT", "POST") else None
            status, body = fetched(clients.endpoint + path, method, data)
            assert status == 403 and b"AccessDenied" in body, (method, path, body)
        # Nor what only looks as if it were signed.
        claim = "X-Amz-Credential=K/20260101/us-east-1/s3/aws4_request&X-Amz-SignedHeaders=host"
        for query in (f"{claim}&x-amz-signature=0", f"{claim}&X-Amz-Signature={'0' * 64}"):
            query += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Date=20260101T000000Z"
            assert fetched(f"{clients.endpoint}/{name}/a?{query}")[0] == 403
        form = {"content-type": "multipart/form-data; boundary=b"}
        status, _ = fetched(f"{clients.endpoint}/{name}?{claim}&X-Amz-Signature=0", "POST", b"--b", form)
        assert status == 501
        status, _ = fetched(f"{clients.endpoint}/{name}/a", headers={"Origin": "http://localhost"})
        assert status == 403


def test_requests_signed_with_other_keys_are_refused(clients):
    with refused("InvalidAccessKeyId", 403):
        client_with(clients, "AKIDUNKNOWN").list_buckets()
    with refused("SignatureDoesNotMatch", 403):
        client_with(clients, secret="wrong").list_buckets()
    with refused("InvalidToken", 400):
        client_with(clients, token="a-token").list_buckets()


def test_a_body_is_what_was_signed(clients):
    with a_bucket(clients) as name:
        request = AWSRequest("PUT", f"{clients.endpoint}/{name}/a", data=b"right")
        S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
        headers = dict(request.headers)
        status, body = fetched(request.url, "PUT", b"wrong", headers)
        assert status == 400 and b"XAmzContentSHA256Mismatch" in body, body
        with refused("404"):
            clients.s3.head_object(Bucket=name, Key="a")
        assert fetched(request.url, "PUT", b"right", headers)[0] == 200


def test_a_trailing_checksum(clients):
    with a_bucket(clients) as name:
        contents = b"some contents"

        def put(body, crc, length=None):
            value = base64.b64encode(zlib.crc32(crc).to_bytes(4, "big")).decode()
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:]))
            data = chunks + f"0\r\nx-amz-checksum-crc32:{value}\r\n\r\n".encode()
            headers = {
                "Content-Encoding": "aws-chunked",
                "X-Amz-Trailer": "x-amz-checksum-crc32",
                "X-Amz-Decoded-Content-Length": str(length or len(body)),
            }
            request = AWSRequest("PUT", f"{clients.endpoint}/{name}/a", data=data, headers=headers)
            request.context["checksum"] = {
                "request_algorithm": {"in": "trailer", "algorithm": "crc32"}
            }
            # Which botocore does over HTTPS only.
            request.url = request.url.replace("http:", "https:")
            S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
            url = request.url.replace("https:", "http:")
            assert request.headers["X-Amz-Content-SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
            return fetched(url, "PUT", data, dict(request.headers))

        status, body = put(contents, contents)
        assert status == 200, body
        head = clients.s3.get_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
        assert head["ChecksumCRC32"] and head["Body"].read() == contents
        assert "ContentEncoding" not in head
        status, body = put(contents, b"other")
        assert status == 400 and b"BadDigest" in body, body
        status, body = put(contents, contents, length=len(contents) + 1)
        assert status == 400 and b"IncompleteBody" in body, body


def test_a_refusal_arrives_although_the_body_is_large(clients):
    contents = b"x" * (20 * MIB)
    put = link(clients, "put_object", Bucket=f"test-{uuid.uuid4().hex}", Key="a")
    status, body = fetched(put, "PUT", contents)
    assert status == 404 and b"NoSuchBucket" in body, body
    status, body = fetched(put[:-1] + "x", "PUT", contents)
    assert status in (400, 403), body


def test_an_upload_that_breaks_off_leaves_nothing(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"before")
        url = urllib.parse.urlsplit(link(clients, "put_object", Bucket=name, Key="a"))
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", str(10 * MIB))
        connection.endheaders()
        connection.send(b"x" * (3 * MIB))
        connection.close()
        assert clients.s3.get_object(Bucket=name, Key="a")["Body"].read() == b"before"


def test_writes_at_the_same_time_all_count_and_one_wins(clients):
    from concurrent.futures import ThreadPoolExecutor

    s3 = clients.s3
    with a_bucket(clients) as name, ThreadPoolExecutor(8) as threads:

        def new(number):
            try:
                s3.put_object(Bucket=name, Key="one", Body=str(number), IfNoneMatch="*")
                return True
            except ClientError as error:
                assert error.response["Error"]["Code"] == "PreconditionFailed"
                return False

        assert sum(threads.map(new, range(16))) == 1

        def same(number):
            key = f"k{number % 4}"
            s3.put_object(Bucket=name, Key=key, Body=b"same contents")
            if number % 3 == 0:
                s3.delete_object(Bucket=name, Key=key)

        list(threads.map(same, range(48)))
        for number in range(4):
            s3.put_object(Bucket=name, Key=f"k{number}", Body=b"same contents")
        for number in range(4):
            got = s3.get_object(Bucket=name, Key=f"k{number}")
            assert got["Body"].read() == b"same contents"


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")
