//! Code: replaced, lost, and unpacked again.

use super::*;

#[tokio::test]
async fn new_code_takes_the_place_of_the_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    let before = revision(&lambda);
    let update = |zip: &str, revision: &Value| value!({ "FunctionName": "game", "ZipFile": zip, "RevisionId": revision });
    let seen = &made["RevisionId"];

    let mut trial = update(&zip(b"two"), seen);
    trial["DryRun"] = value!(true);
    let tried = call(&lambda, "UpdateFunctionCode", trial)
        .await
        .expect("ok");
    assert_eq!(tried["RevisionId"], *seen);
    assert_ne!(tried["CodeSha256"], made["CodeSha256"]);
    assert_eq!(stored(folder.path()), (1, 1));

    let patched = call(&lambda, "UpdateFunctionCode", update(&zip(b"two"), seen))
        .await
        .expect("patched");
    assert_ne!(patched["RevisionId"], *seen);
    assert_eq!(patched["CodeSha256"], tried["CodeSha256"]);
    assert_ne!(revision(&lambda).id, before.id);
    // What uses a revision keeps its folder.
    assert_eq!(stored(folder.path()), (1, 2));
    drop(before);
    assert_eq!(stored(folder.path()), (1, 1));

    let late = call(&lambda, "UpdateFunctionCode", update(&zip(b"three"), seen)).await;
    let late = late.expect_err("it was changed");
    assert_eq!(late.code, "PreconditionFailedException");
    let broken = update("bm8gemlw", &patched["RevisionId"]);
    let broken = call(&lambda, "UpdateFunctionCode", broken).await;
    assert_eq!(
        broken.expect_err("no zip").code,
        "InvalidParameterValueException"
    );
    assert_eq!(stored(folder.path()), (1, 1));
}

#[tokio::test]
async fn code_that_is_lost_while_the_sandbox_runs_is_unpacked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let mut game = game();
    game["Code"]["ZipFile"] = zip(b"#!/bin/sh\nexit 3\n").into();
    call(&lambda, "CreateFunction", game).await.expect("made");
    for lose in [
        (|bootstrap: &Path| std::fs::remove_file(bootstrap)) as fn(&Path) -> std::io::Result<()>,
        |bootstrap| {
            std::fs::remove_file(bootstrap)?;
            std::fs::write(bootstrap, "#!/bin/sh\nexit 4\n")
        },
        |bootstrap| std::fs::remove_dir_all(bootstrap.ancestors().nth(2).expect("a folder")),
    ] {
        lose(&revision(&lambda).code.bootstrap()).expect("lost");
        let response = invoked(&lambda).await;
        let payload = String::from_utf8_lossy(&response.payload);
        assert!(payload.contains("exit status 3"), "{payload}");
    }
}

#[tokio::test]
async fn functions_survive_a_restart_and_are_unpacked_when_they_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    drop(lambda);
    let lambda = opened(folder.path());
    assert_eq!(stored(folder.path()), (1, 0));
    let function_ref = FunctionRef::parse("game", None).expect("a name");
    let revision = lambda.revision(&function_ref).await.expect("it is there");
    assert_eq!(revision.variables["TABLE"], "players");
    assert_eq!(revision.id, made["RevisionId"]);
    assert_eq!(stored(folder.path()), (1, 1));
}
