//! Layers: published, attached, deleted.

use super::*;

fn layer(program: &[u8]) -> Value {
    value!({
        "LayerName": "shared",
        "Description": "a library",
        "CompatibleRuntimes": ["provided.al2023"],
        "Content": { "ZipFile": zip(program) },
    })
}

fn version(number: u64) -> Value {
    value!({ "LayerName": "shared", "VersionNumber": number })
}

fn with_layers(function: &Value, layers: &[&str]) -> Value {
    let mut function = function.clone();
    function["Layers"] = value!(layers);
    function
}

const ONE: &str = "arn:aws:lambda:us-east-1:000000000000:layer:shared:1";
const TWO: &str = "arn:aws:lambda:us-east-1:000000000000:layer:shared:2";

async fn refused(lambda: &Lambda, operation: &'static str, parameters: Value) -> Fault {
    let refused = call(lambda, operation, parameters).await;
    refused.expect_err("refused")
}

#[tokio::test]
async fn a_layer_has_versions_that_are_listed_and_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let first = call(&lambda, "PublishLayerVersion", layer(b"one")).await;
    let first = first.expect("published");
    assert_eq!(first["LayerVersionArn"], ONE);
    let second = call(&lambda, "PublishLayerVersion", layer(b"two")).await;
    assert_eq!(second.expect("published")["Version"], 2);

    let found = call(&lambda, "GetLayerVersion", version(1))
        .await
        .expect("found");
    assert_eq!(
        found["Content"]["CodeSha256"],
        first["Content"]["CodeSha256"]
    );
    let by_arn = call(&lambda, "GetLayerVersionByArn", value!({ "Arn": TWO })).await;
    assert_eq!(by_arn.expect("found")["Version"], 2);

    let layers = call(&lambda, "ListLayers", value!({}))
        .await
        .expect("listed");
    assert_eq!(layers["Layers"][0]["LatestMatchingVersion"]["Version"], 2);
    let page = value!({ "LayerName": "shared", "MaxItems": 1 });
    let newest = call(&lambda, "ListLayerVersions", page)
        .await
        .expect("listed");
    assert_eq!(newest["LayerVersions"][0]["Version"], 2);
    let rest = value!({ "LayerName": "shared", "Marker": newest["NextMarker"] });
    let rest = call(&lambda, "ListLayerVersions", rest)
        .await
        .expect("listed");
    assert_eq!(rest["LayerVersions"][0]["Version"], 1);
    assert!(rest.get("NextMarker").is_none());
    let other = value!({ "CompatibleRuntime": "python3.13" });
    let none = call(&lambda, "ListLayers", other).await.expect("listed");
    assert_eq!(none["Layers"], value!([]));

    for _ in 0..2 {
        call(&lambda, "DeleteLayerVersion", version(2))
            .await
            .expect("deleted");
    }
    assert_eq!(stored(folder.path()).0, 1);
    let gone = refused(&lambda, "GetLayerVersion", version(2)).await;
    assert_eq!(gone.code, "ResourceNotFoundException");
    let third = call(&lambda, "PublishLayerVersion", layer(b"two")).await;
    assert_eq!(
        third.expect("published")["Version"],
        3,
        "numbers are not used again"
    );
}

#[tokio::test]
async fn a_layer_that_is_attached_at_once_is_unpacked_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let unpacked = || -> Vec<_> {
        let folders = std::fs::read_dir(folder.path().join("code")).expect("a folder");
        folders.map(|it| it.expect("one").file_name()).collect()
    };
    let published = call(&lambda, "PublishLayerVersion", layer(b"a library")).await;
    published.expect("published");
    let at_first = unpacked();
    assert_eq!(at_first.len(), 1);
    let made = call(&lambda, "CreateFunction", with_layers(&game(), &[ONE])).await;
    made.expect("made");
    assert!(unpacked().contains(&at_first[0]));

    let second = call(&lambda, "PublishLayerVersion", layer(b"another")).await;
    assert_eq!(second.expect("published")["Version"], 2);
    assert_eq!(unpacked().len(), 3);
    call(&lambda, "DeleteLayerVersion", version(2))
        .await
        .expect("deleted");
    assert_eq!(unpacked().len(), 2, "nobody will use it");
}

#[tokio::test]
async fn a_function_keeps_a_layer_that_is_deleted_until_it_drops_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let published = call(&lambda, "PublishLayerVersion", layer(b"one")).await;
    published.expect("published");
    let made = call(&lambda, "CreateFunction", with_layers(&game(), &[ONE])).await;
    let made = made.expect("made");
    assert_eq!(made["Layers"][0]["Arn"], ONE);
    let program = revision(&lambda).layers[0].folder().join("bootstrap");
    assert_eq!(std::fs::read(program).expect("unpacked"), b"one");

    call(&lambda, "DeleteLayerVersion", version(1))
        .await
        .expect("deleted");
    let gone = refused(&lambda, "GetLayerVersion", version(1)).await;
    assert_eq!(gone.code, "ResourceNotFoundException");
    let other = with_layers(&named("other"), &[ONE]);
    let other = refused(&lambda, "UpdateFunctionConfiguration", other).await;
    assert!(other.message.contains("other"), "no function: {other}");

    // It is there for the function, also after a restart.
    drop(lambda);
    let lambda = opened(folder.path());
    let code = value!({ "FunctionName": "game", "ZipFile": zip(b"three") });
    call(&lambda, "UpdateFunctionCode", code)
        .await
        .expect("updated");
    assert_eq!(revision(&lambda).layers.len(), 1);
    let same = with_layers(&named("game"), &[ONE]);
    let same = call(&lambda, "UpdateFunctionConfiguration", same).await;
    same.expect("its own layer");
    assert_eq!(stored(folder.path()).0, 2);

    let none = with_layers(&named("game"), &[]);
    let none = call(&lambda, "UpdateFunctionConfiguration", none).await;
    assert!(none.expect("updated").get("Layers").is_none());
    assert_eq!(stored(folder.path()).0, 1);
    let lost = with_layers(&named("game"), &[ONE]);
    let lost = refused(&lambda, "UpdateFunctionConfiguration", lost).await;
    assert_eq!(lost.message, format!("Layer version {ONE} does not exist."));
}

#[tokio::test]
async fn layers_that_cannot_be_attached_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    for program in [b"one", b"two"] {
        let published = call(&lambda, "PublishLayerVersion", layer(program)).await;
        published.expect("published");
    }
    for (layers, told) in [
        (vec![ONE; 6], "more than 5 layers"),
        (vec![ONE, TWO], "Two different versions of the same layer"),
        (vec!["shared"], "the ARN of a layer version"),
        (
            vec!["arn:aws:lambda:us-east-1:111111111111:layer:a:1"],
            "layers of other accounts",
        ),
    ] {
        let refused = refused(&lambda, "CreateFunction", with_layers(&game(), &layers)).await;
        assert!(refused.message.contains(told), "{layers:?}: {refused}");
    }
    let mut nameless = layer(b"one");
    nameless["LayerName"] = value!("a b");
    let refused = refused(&lambda, "PublishLayerVersion", nameless).await;
    assert_eq!(refused.code, "ValidationException");
}
