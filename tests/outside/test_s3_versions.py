"""Versions of objects in S3, as boto3 sees them."""

import hashlib

from s3_support import a_bucket, refused


def enable(s3, name, status="Enabled"):
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})


def all_versions(s3, name, page=1000, **more):
    """(key, version id, whether it is a delete marker, whether it is the latest), as they are listed."""
    pages = s3.get_paginator("list_object_versions")
    pages = pages.paginate(Bucket=name, PaginationConfig={"PageSize": page}, **more)
    found = []
    for answer in pages:
        listed = [(it, False) for it in answer.get("Versions", [])]
        listed += [(it, True) for it in answer.get("DeleteMarkers", [])]
        found += [(it["Key"], it["VersionId"], marker, it["IsLatest"]) for it, marker in listed]
    return found


def test_old_versions_stay(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        assert "VersionId" not in s3.put_object(**where, Body=b"0")
        enable(s3, name)
        first = s3.put_object(**where, Body=b"1", Tagging="n=1")["VersionId"]
        second = s3.put_object(**where, Body=b"2")["VersionId"]
        assert first != second
        for version, body in (("null", b"0"), (first, b"1"), (second, b"2")):
            got = s3.get_object(**where, VersionId=version)
            assert got["Body"].read() == body and got["VersionId"] == version
            assert s3.head_object(**where, VersionId=version)["VersionId"] == version
        assert s3.get_object(**where)["VersionId"] == second
        assert s3.get_object_tagging(**where, VersionId=first)["TagSet"] == [{"Key": "n", "Value": "1"}]
        s3.put_object_tagging(**where, VersionId=first, Tagging={"TagSet": []})
        assert s3.get_object_tagging(**where, VersionId=first)["TagSet"] == []
        attributes = s3.get_object_attributes(**where, VersionId=first, ObjectAttributes=["ETag"])
        assert attributes["ETag"] == hashlib.md5(b"1").hexdigest()
        copied = s3.copy_object(Bucket=name, Key="b", CopySource={**where, "VersionId": first})
        assert copied["CopySourceVersionId"] == first and copied["VersionId"]
        assert s3.get_object(Bucket=name, Key="b")["Body"].read() == b"1"
        with refused("NoSuchVersion", 404):
            s3.get_object(**where, VersionId="0" * 32)
        with refused("InvalidArgument", 400):
            s3.get_object(**where, VersionId="nonsense")


def test_a_delete_marker_hides_an_object(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        enable(s3, name)
        version = s3.put_object(**where, Body=b"1")["VersionId"]
        deleted = s3.delete_object(**where)
        marker = deleted["VersionId"]
        assert deleted["DeleteMarker"]
        with refused("NoSuchKey", 404):
            s3.get_object(**where)
        with refused("MethodNotAllowed", 405):
            s3.get_object(**where, VersionId=marker)
        assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
        listed = [("a", version, False, False), ("a", marker, True, True)]
        assert all_versions(s3, name) == listed
        with refused("BucketNotEmpty", 409):
            s3.delete_bucket(Bucket=name)
        # Without it, the object is there again.
        assert s3.delete_object(**where, VersionId=marker)["DeleteMarker"]
        assert s3.get_object(**where)["Body"].read() == b"1"
        many = {"Objects": [{"Key": "a"}, {"Key": "a", "VersionId": version}]}
        answer = s3.delete_objects(Bucket=name, Delete=many)["Deleted"]
        assert answer[0]["DeleteMarker"] and answer[0]["DeleteMarkerVersionId"]
        assert answer[1] == {"Key": "a", "VersionId": version}
        s3.delete_object(**where, VersionId=answer[0]["DeleteMarkerVersionId"])
        assert all_versions(s3, name) == []


def test_suspended_versioning_replaces_the_null_version(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a"}
        enable(s3, name)
        version = s3.put_object(**where, Body=b"1")["VersionId"]
        enable(s3, name, "Suspended")
        assert s3.put_object(**where, Body=b"2")["VersionId"] == "null"
        assert s3.put_object(**where, Body=b"3")["VersionId"] == "null"
        assert all_versions(s3, name) == [("a", "null", False, True), ("a", version, False, False)]
        deleted = s3.delete_object(**where)
        assert deleted["DeleteMarker"] and deleted["VersionId"] == "null"
        assert s3.get_object(**where, VersionId=version)["Body"].read() == b"1"
        s3.delete_object(**where, VersionId="null")
        assert s3.get_object(**where)["VersionId"] == version


def test_versions_come_in_pages(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        s3.put_object(Bucket=name, Key="b", Body=b"")
        enable(s3, name)
        versions = {
            key: [s3.put_object(Bucket=name, Key=key, Body=b"")["VersionId"] for _ in range(3)]
            for key in ("a", "b", "c/1", "c/2")
        }
        expected = [
            (key, version, False, number == 0)
            for key, ids in versions.items()
            for number, version in enumerate([*reversed(ids), *(["null"] if key == "b" else [])])
        ]
        for page in (1, 2, 3, 5, 1000):
            assert all_versions(s3, name, page) == expected, page
        assert all_versions(s3, name, 2, Delimiter="/") == [it for it in expected if it[0] in "ab"]
        folders = s3.list_object_versions(Bucket=name, Delimiter="/")
        assert folders["CommonPrefixes"] == [{"Prefix": "c/"}]
        after = s3.list_object_versions(Bucket=name, KeyMarker="a", VersionIdMarker=versions["a"][1])
        assert after["Versions"][0]["VersionId"] == versions["a"][0]
        after = s3.list_object_versions(Bucket=name, KeyMarker="b", VersionIdMarker="null")
        assert after["Versions"][0]["Key"] == "c/1"
        with refused("InvalidArgument", 400):
            s3.list_object_versions(Bucket=name, VersionIdMarker="null")


def test_uploads_make_versions(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        enable(s3, name)
        where = {"Bucket": name, "Key": "a"}
        first = s3.put_object(**where, Body=b"1")["VersionId"]
        upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        part = s3.upload_part(**upload, PartNumber=1, Body=b"2")
        parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert [it[1] for it in all_versions(s3, name)] == [done["VersionId"], first]
        again = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert again["VersionId"] == done["VersionId"]
        assert len(all_versions(s3, name)) == 2


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")
