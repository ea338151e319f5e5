"""Multipart uploads to S3 as boto3 makes them."""

import base64
import hashlib
import io
import uuid
import zlib

from boto3.s3.transfer import TransferConfig

from s3_support import MIB, a_bucket, client_with, refused


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
            names = ("ETag", "ChecksumSHA256")
            parts = [
                {"PartNumber": number, **{name: part[name] for name in names}}
                for number, part in parts
            ]
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


def test_a_checksum_of_checksums_needs_those_of_the_parts(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        begun = s3.create_multipart_upload(**where, ChecksumAlgorithm="CRC32")
        upload = {**where, "UploadId": begun["UploadId"]}
        put = s3.upload_part(**upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
        part = {"PartNumber": 1, "ETag": put["ETag"]}
        with refused("InvalidRequest", 400):
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
        part["ChecksumCRC32"] = put["ChecksumCRC32"]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
        plain = client_with(clients, request_checksum_calculation="when_required")
        with refused("InvalidRequest", 400):
            plain.create_multipart_upload(**where, ChecksumType="FULL_OBJECT")


def test_an_upload_for_a_new_object_conflicts_with_a_deletion(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        s3.put_object(**where, Body=b"old")

        def uploaded():
            upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
            part = s3.upload_part(**upload, PartNumber=1, Body=b"x")
            parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]
            return {**upload, "MultipartUpload": {"Parts": parts}}

        upload = uploaded()
        with refused("PreconditionFailed", 412):
            s3.complete_multipart_upload(**upload, IfNoneMatch="*")
        s3.delete_object(**where)
        with refused("ConditionalRequestConflict", 409):
            s3.complete_multipart_upload(**upload, IfNoneMatch="*")
        s3.complete_multipart_upload(**uploaded(), IfNoneMatch="*")


def test_a_part_is_copied_from_inside_of_the_source(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        s3.put_object(Bucket=name, Key="a", Body=b"01234")
        upload = {"Bucket": name, "Key": "b"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        copy = {**upload, "PartNumber": 1, "CopySource": f"{name}/a"}
        with refused("InvalidArgument", 400):
            s3.upload_part_copy(**copy, CopySourceRange="bytes=0-5")
        copied = s3.upload_part_copy(**copy, CopySourceRange="bytes=1-4")["CopyPartResult"]
        assert copied["ETag"] == f'"{hashlib.md5(b"1234").hexdigest()}"'


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


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")
