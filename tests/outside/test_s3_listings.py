"""The listings of S3 as boto3 sees them."""

import hashlib

from s3_support import a_bucket, refused


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


def test_an_empty_delimiter_is_none(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a/b", Body=b"x")
        for listing in (clients.s3.list_objects, clients.s3.list_objects_v2):
            answer = listing(Bucket=name, Delimiter="")
            assert "Delimiter" not in answer
            assert [it["Key"] for it in answer["Contents"]] == ["a/b"]


def test_a_marker_inside_of_a_folder_is_after_the_folder(clients):
    s3 = clients.s3
    with a_bucket(clients) as name:
        for key in ("a/1", "a/2", "b"):
            s3.put_object(Bucket=name, Key=key, Body=b"x")
            s3.create_multipart_upload(Bucket=name, Key=key)
        for listing, marker, entries in (
            (s3.list_objects, "Marker", "Contents"),
            (s3.list_object_versions, "KeyMarker", "Versions"),
            (s3.list_multipart_uploads, "KeyMarker", "Uploads"),
        ):
            answer = listing(Bucket=name, Delimiter="/", **{marker: "a/1"})
            assert "CommonPrefixes" not in answer, marker
            assert [it["Key"] for it in answer[entries]] == ["b"]
        # Unlike a key to start after.
        answer = s3.list_objects_v2(Bucket=name, Delimiter="/", StartAfter="a/1")
        assert answer["CommonPrefixes"] == [{"Prefix": "a/"}]


def test_versions_have_the_checksums_that_objects_have(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"x", ChecksumAlgorithm="SHA256")
        answer = clients.s3.list_object_versions(Bucket=name)
        assert answer["VersionIdMarker"] == "" and answer["KeyMarker"] == ""
        version = answer["Versions"][0]
        assert version["ChecksumAlgorithm"] == ["SHA256"]
        assert version["ChecksumType"] == "FULL_OBJECT"


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


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")


def test_keys_with_control_characters_are_listed_and_deleted(clients):
    s3 = clients.s3
    keys = [f"a{chr(code)}b" for code in (1, 8, 9, 10, 11, 13, 27, 31, 127, 0x9B, 0x202E, 0xFFFE)]
    with a_bucket(clients) as name:
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=key.encode())
        for operation in ("list_objects_v2", "list_objects"):
            pages = s3.get_paginator(operation).paginate(Bucket=name, PaginationConfig={"PageSize": 3})
            assert [it["Key"] for page in pages for it in page["Contents"]] == keys
        assert [it["Key"] for it in s3.list_object_versions(Bucket=name)["Versions"]] == keys
        for key in keys:
            assert s3.get_object(Bucket=name, Key=key)["Body"].read() == key.encode()
            s3.delete_object(Bucket=name, Key=key)
        assert "Contents" not in s3.list_objects_v2(Bucket=name)
