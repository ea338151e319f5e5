"""Objects of S3 as boto3 sees them: written, read, copied, tagged, deleted."""

import base64
import datetime
import hashlib
import zlib

from botocore.exceptions import ClientError

from s3_support import a_bucket, client_with, refused


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
        assert got["TagCount"] == head["TagCount"] == 2
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
            assert attributes["ETag"] == hashlib.md5(body).hexdigest()
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
        assert [(it["Key"], it["Code"]) for it in answer["Errors"]] == [("b", "InvalidArgument")]
        quiet = {"Objects": [{"Key": "b"}, {"Key": "c", "VersionId": "null"}], "Quiet": True}
        assert "Deleted" not in s3.delete_objects(Bucket=name, Delete=quiet)
        assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
        with refused("MalformedXML", 400):
            many = {"Objects": [{"Key": str(n)} for n in range(1001)]}
            s3.delete_objects(Bucket=name, Delete=many)


def test_archived_objects_cannot_be_read(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        s3.put_object(**where, Body=b"x", StorageClass="GLACIER")
        assert s3.head_object(**where)["StorageClass"] == "GLACIER"
        with refused("InvalidObjectState", 403):
            s3.get_object(**where)
        with refused("ObjectNotInActiveTierError", 403):
            s3.copy_object(Bucket=name, Key="b", CopySource=where)
        s3.put_object(**where, Body=b"x", StorageClass="GLACIER_IR")
        assert s3.get_object(**where)["Body"].read() == b"x"
        with refused("InvalidStorageClass", 400):
            s3.put_object(**where, Body=b"x", StorageClass="OUTPOSTS")


def test_locks_are_not_ignored(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        with refused("InvalidRequest", 400):
            s3.put_object(**where, Body=b"x", ObjectLockMode="GOVERNANCE")
        with refused("InvalidArgument", 400):
            s3.delete_object(**where, BypassGovernanceRetention=True)


def test_errors_name_what_they_are_about(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}

        def error(call, **asked):
            try:
                call(**asked)
            except ClientError as error:
                return error.response["Error"]
            raise AssertionError("nothing was refused")

        assert error(s3.get_object, **where)["Key"] == "a"
        assert error(s3.list_objects_v2, Bucket=f"{name}-x")["BucketName"] == f"{name}-x"
        s3.put_object(**where, Body=b"x")
        twice = error(s3.put_object, **where, Body=b"x", IfNoneMatch="*")
        assert twice["Condition"] == "If-None-Match"
        other = error(s3.get_object, **where, IfMatch='"0"')
        assert other["Condition"] == "If-Match"


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
        for header, code in (
            ("a=1,b=2", "InvalidArgument"),
            ("a=1&a=2", "InvalidArgument"),
            ("aws:a=1", "InvalidTag"),
        ):
            with refused(code, 400):
                s3.put_object(**where, Body=b"", Tagging=header)
        s3.delete_object_tagging(**where)
        assert s3.get_object_tagging(**where)["TagSet"] == []
        with refused("NoSuchKey", 404):
            s3.get_object_tagging(Bucket=name, Key="b")


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
