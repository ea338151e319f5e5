"""Buckets of S3 and their configuration, as boto3 sees them."""

import datetime
import urllib.parse
import uuid

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from s3_support import a_bucket, fetched, keys_of, refused


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
        listed = clients.s3.list_buckets(Prefix=one)["Buckets"]
        assert [bucket["BucketArn"] for bucket in listed] == [f"arn:aws:s3:::{one}"]
        assert clients.s3.head_bucket(Bucket=one)["BucketArn"] == f"arn:aws:s3:::{one}"


def test_names_and_places_of_buckets_are_checked(clients):
    s3 = clients.s3
    for name in ["aa", "Upper", "a_b", "192.168.1.1", "xn--a", "a..b", "-abc"]:
        path = urllib.parse.quote(name)
        request = AWSRequest("PUT", f"{clients.endpoint}/{path}", data=b"")
        S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
        status, body = fetched(request.url, "PUT", b"", dict(request.headers))
        assert status == 400 and b"InvalidBucketName" in body, (name, body)
    for location, code in (
        ("eu-central-1", "IllegalLocationConstraintException"),
        ("us-east-1", "InvalidLocationConstraint"),
        ("nowhere", "InvalidLocationConstraint"),
    ):
        with refused(code, 400):
            s3.create_bucket(
                Bucket="somewhere-else",
                CreateBucketConfiguration={"LocationConstraint": location},
            )
    with refused("NotImplemented", 501):
        s3.create_bucket(Bucket="locked-by-nobody", ObjectLockEnabledForBucket=True)


def test_a_bucket_is_private(clients):
    with a_bucket(clients) as name:
        acl = clients.s3.get_bucket_acl(Bucket=name)
        assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
        assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
        with refused("AccessControlListNotSupported", 400):
            clients.s3.put_object(Bucket=name, Key="a", Body=b"", ACL="public-read")
        with refused("AccessDenied", 403):
            clients.s3.get_object(Bucket=name, Key="a", ExpectedBucketOwner="1" * 12)


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
        for wrong in (tags[:1] * 2, [{"Key": "aws:a", "Value": ""}]):
            with refused("InvalidTag", 400):
                s3.put_bucket_tagging(**bucket, Tagging={"TagSet": wrong})
        s3.put_bucket_tagging(**bucket, Tagging={"TagSet": []})
        with refused("NoSuchTagSet", 404):
            s3.get_bucket_tagging(**bucket)
        s3.put_bucket_tagging(**bucket, Tagging={"TagSet": tags})
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
        put = s3.put_object(**bucket, Key="a", Body=b"x")
        for answer in (put, s3.head_object(**bucket, Key="a"), s3.get_object(**bucket, Key="a")):
            assert answer["ServerSideEncryption"] == "aws:kms"
            assert answer["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:000000000000:key/k"
        own = s3.put_object(**bucket, Key="a", Body=b"x", ServerSideEncryption="AES256")
        assert own["ServerSideEncryption"] == "AES256" and "SSEKMSKeyId" not in own
        with refused("MalformedXML", 400):
            rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}]
            s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": rules})
        s3.delete_bucket_encryption(**bucket)
        put = s3.put_object(**bucket, Key="a", Body=b"x")
        assert put["ServerSideEncryption"] == "AES256"

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


def test_a_bucket_has_the_ownership_that_it_is_made_with(clients):
    s3, name = clients.s3, f"test-{uuid.uuid4().hex}"
    with refused("MalformedXML", 400):
        s3.create_bucket(Bucket=name, ObjectOwnership="Nobody")
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    controls = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.delete_bucket(Bucket=name)


def test_a_bucket_has_the_tags_that_it_is_made_with(clients):
    s3, name = clients.s3, f"test-{uuid.uuid4().hex}"
    tags = [{"Key": "a", "Value": "1 & 2"}, {"Key": "b", "Value": ""}]
    with refused("InvalidTag", 400):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": tags[:1] * 2})
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": tags})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == tags
    s3.delete_bucket(Bucket=name)


def test_no_bucket_has_object_lock(clients):
    with a_bucket(clients) as name:
        with refused("ObjectLockConfigurationNotFoundError", 404):
            clients.s3.get_object_lock_configuration(Bucket=name)
        with refused("NoSuchBucket", 404):
            clients.s3.get_object_lock_configuration(Bucket=f"{name}-x")


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
        for wrong in ({"Status": "enabled"}, {"Expiration": {"Days": 0}}, {"ID": "c"}):
            with refused("MalformedXML" if "Status" in wrong else "InvalidArgument", 400):
                s3.put_bucket_lifecycle_configuration(
                    Bucket=name,
                    LifecycleConfiguration={"Rules": [{**rules[0], **wrong}, rules[2]]},
                )
        expected = 'rule-id="c"'
        put = s3.put_object(Bucket=name, Key="a", Body=b"")
        assert expected in put["Expiration"] and put["Expiration"].startswith('expiry-date="')
        assert s3.get_object(Bucket=name, Key="a")["Expiration"] == put["Expiration"]
        assert s3.head_object(Bucket=name, Key="a")["Expiration"] == put["Expiration"]
        s3.delete_bucket_lifecycle(Bucket=name)
        with refused("NoSuchLifecycleConfiguration", 404):
            s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_web_sites(clients):
    with a_bucket(clients) as name:
        s3 = clients.s3
        with refused("NoSuchWebsiteConfiguration", 404):
            s3.get_bucket_website(Bucket=name)
        website = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
        s3.put_bucket_website(Bucket=name, WebsiteConfiguration=website)
        read = s3.get_bucket_website(Bucket=name)
        assert {key: read[key] for key in website} == website, read
        with refused("InvalidArgument", 400):
            s3.put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "a/b"}})
        s3.delete_bucket_website(Bucket=name)
        with refused("NoSuchWebsiteConfiguration", 404):
            s3.get_bucket_website(Bucket=name)


def test_other_operations_are_named(clients):
    with a_bucket(clients) as name:
        for call in (
            lambda: clients.s3.get_bucket_logging(Bucket=name),
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


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")
