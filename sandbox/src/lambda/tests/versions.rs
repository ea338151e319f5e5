//! Versions published, listed, run and deleted.

use super::*;

fn versions(listed: &Value) -> Vec<&str> {
    let versions = listed["Versions"].as_array().expect("a list").iter();
    let versions = versions.map(|version| version["Version"].as_str().expect("a text"));
    versions.collect()
}

#[tokio::test]
async fn a_version_stays_as_it_was_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let mut new = game();
    new["Publish"] = value!(true);
    let first = call(&lambda, "CreateFunction", new).await.expect("made");
    assert_eq!(first["Version"], "1");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:game:1";
    assert_eq!(first["FunctionArn"], arn);
    let publish = async |more: Value| {
        let mut request = named("game");
        let more = more.as_object().expect("an object").clone();
        request.as_object_mut().expect("one").extend(more);
        call(&lambda, "PublishVersion", request).await
    };
    let same = publish(value!({ "Description": "new" })).await.expect("it");
    assert_eq!(same, first, "nothing has changed");

    let other = value!({ "FunctionName": "game", "ZipFile": zip(b"two"), "Publish": true });
    let second = call(&lambda, "UpdateFunctionCode", other)
        .await
        .expect("new");
    assert_eq!(second["Version"], "2");
    let slower = value!({ "FunctionName": "game", "Timeout": 9 });
    call(&lambda, "UpdateFunctionConfiguration", slower)
        .await
        .expect("changed");
    let wrong = publish(value!({ "CodeSha256": first["CodeSha256"] })).await;
    assert!(wrong.expect_err("old code").message.contains("CodeSHA256"));
    let third = publish(value!({ "Description": "third" }))
        .await
        .expect("new");
    assert_eq!(
        (&third["Version"], &third["Description"]),
        (&value!("3"), &value!("third"))
    );

    let get = async |qualifier: &str| {
        let request = value!({ "FunctionName": "game", "Qualifier": qualifier });
        call(&lambda, "GetFunctionConfiguration", request).await
    };
    assert_eq!(get("1").await.expect("there"), first);
    assert_eq!(get("3").await.expect("there")["Timeout"], 9);
    assert_eq!(get("$LATEST").await.expect("there")["Description"], "");
    for none in ["4", "0", "01", "prod"] {
        assert_eq!(
            get(none).await.expect_err(none).code,
            "ResourceNotFoundException"
        );
    }
    assert_eq!(stored(folder.path()).0, 2, "the zips of all versions");
    let run = FunctionRef::parse("game:1", None).expect("a version");
    let revision = lambda.revision(&run).await.expect("it is unpacked");
    let bootstrap = revision.code.folder().join("bootstrap");
    assert_eq!(std::fs::read(bootstrap).expect("unpacked"), b"one");
    assert_eq!((&*revision.version, &*revision.arn), ("1", arn));
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_deleted_one_by_one_or_with_their_function() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    for code in [&b"two"[..], b"three", b"four"] {
        let change = value!({ "FunctionName": "game", "ZipFile": zip(code), "Publish": true });
        call(&lambda, "UpdateFunctionCode", change)
            .await
            .expect("new");
    }
    let list = async |request: Value| call(&lambda, "ListVersionsByFunction", request).await;
    let whole = list(named("game")).await.expect("listed");
    assert_eq!(versions(&whole), ["$LATEST", "1", "2", "3"]);
    assert_eq!(whole["NextMarker"], Value::Null);
    let mut request = value!({ "FunctionName": "game", "MaxItems": 1 });
    let mut found = Vec::new();
    loop {
        let page = list(request.clone()).await.expect("a page");
        found.extend(versions(&page).into_iter().map(str::to_owned));
        match &page["NextMarker"] {
            Value::Null => break,
            marker => request["Marker"] = marker.clone(),
        }
    }
    assert_eq!(found, ["$LATEST", "1", "2", "3"]);
    for wrong in [value!({ "Marker": "x" }), value!({ "MaxItems": 0 })] {
        let mut request = named("game");
        let wrong = wrong.as_object().expect("an object").clone();
        request.as_object_mut().expect("one").extend(wrong);
        assert!(list(request).await.is_err());
    }
    let all = call(
        &lambda,
        "ListFunctions",
        value!({ "FunctionVersion": "ALL" }),
    )
    .await;
    assert_eq!(
        all.expect("listed")["Functions"].as_array().map(Vec::len),
        Some(4)
    );

    let of = |version: &str| value!({ "FunctionName": "game", "Qualifier": version });
    call(&lambda, "DeleteFunction", of("2"))
        .await
        .expect("deleted");
    let gone = call(&lambda, "DeleteFunction", of("2"))
        .await
        .expect_err("gone");
    assert_eq!(gone.code, "ResourceNotFoundException");
    let left = list(named("game")).await.expect("listed");
    assert_eq!(versions(&left), ["$LATEST", "1", "3"]);
    assert_eq!(stored(folder.path()).0, 2);
    let permission = value!({ "FunctionName": "game", "Qualifier": "1", "StatementId": "s",
        "Action": "lambda:InvokeFunction", "Principal": "*" });
    let refused = call(&lambda, "AddPermission", permission)
        .await
        .expect_err("none");
    assert!(refused.message.contains("versions have no"), "{refused}");
    call(&lambda, "DeleteFunction", named("game"))
        .await
        .expect("deleted");
    assert_eq!(stored(folder.path()).0, 0);
    call(&lambda, "CreateFunction", game())
        .await
        .expect("made again");
    let fresh = list(named("game")).await.expect("listed");
    assert_eq!(versions(&fresh), ["$LATEST"]);
}
