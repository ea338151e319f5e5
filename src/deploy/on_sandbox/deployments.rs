//! The least that makes a stack match, done.

use futures_util::future::join_all;

use super::*;
use crate::deploy::bundle_key::bundle_key;
use crate::deploy::deployer::Deployer;
use crate::deploy::{ArtifactBucket, artifact_bucket, drifted, list, observe};

const NEITHER: [(&str, Action); 2] = [("01-one", Action::Unchanged), ("02-two", Action::Unchanged)];

#[tokio::test]
async fn a_new_game_is_created_with_the_workshop_that_it_needs() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let wanted = with_parameters(&[("Players", "7")]);
    let (result, events) = deployed_with_events(&sandbox, &wanted, &both).await;
    let deployment = result.expect("it is deployed");
    let created = [("01-one", Action::Created), ("02-two", Action::Created)];
    assert_eq!(actions(&deployment), (Action::Created, created.to_vec()));
    assert_eq!((deployment.dry_run, deployment.undecided), (false, false));
    let one = &deployment.functions[0];
    assert_eq!(one.bytes, both[0].zip.len());
    assert_eq!(one.digest, both[0].digest.to_string());
    assert_eq!(deployment.recovered, None);
    let creations = events.iter().filter(|it| matches!(it, EventKind::Creating));
    assert_eq!(creations.count(), 2, "the workshop and the game");
    let uploads = events.iter().filter_map(|it| match it {
        EventKind::Uploading { function, bytes } => Some((function.as_str(), *bytes)),
        _ => None,
    });
    let sizes = [("01-one", both[0].zip.len()), ("02-two", both[1].zip.len())];
    // They go side by side.
    let mut uploads: Vec<_> = uploads.collect();
    uploads.sort_unstable();
    assert_eq!(uploads, sizes);

    let game = stack(&sandbox, GAME).await;
    assert_eq!(game.parameters["Players"], "7");
    assert_eq!(game.parameters["Attic"], "no");
    assert_eq!(game.tags["mafia:owner"], "user/ann");
    let bucket = super::artifact_bucket(&sandbox).await;
    let keys = sandbox.cloud.keys(&bucket, "games/").await;
    assert_eq!(
        keys.expect("no failure"),
        Some(vec!["games/game".to_owned()])
    );
    let found = artifact_bucket(&sandbox.cloud, WORKSHOP).await;
    let found = found.expect("no failure");
    assert_eq!(found.name(), Some(bucket.as_str()));
    let there = ArtifactBucket::There {
        name: bucket,
        objects: 2,
    };
    assert_eq!(found, there);
    let digests = both.iter().map(|it| it.digest.to_string());
    assert_eq!(code(&sandbox).await, digests.collect::<Vec<_>>());
}

#[tokio::test]
async fn only_what_differs_is_changed() {
    let sandbox = Sandbox::start().await;
    let first = bundles("1", "2");
    deployed(&sandbox, &request(), &first).await;
    let same = deployed(&sandbox, &request(), &first).await;
    assert_eq!(actions(&same), (Action::Unchanged, NEITHER.to_vec()));

    let second = bundles("1", "two");
    let (result, events) = deployed_with_events(&sandbox, &request(), &second).await;
    let patched = result.expect("it is deployed");
    let one_of_two = [("01-one", Action::Unchanged), ("02-two", Action::Patched)];
    assert_eq!(actions(&patched), (Action::Patched, one_of_two.to_vec()));
    assert!(patched.functions[0].milliseconds.is_none());
    assert!(patched.functions[1].milliseconds.is_some());
    let [EventKind::Patching { function, bytes }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (function.as_str(), *bytes),
        ("game-02-two", second[1].zip.len())
    );

    let players = with_parameters(&[("Players", "7")]);
    let updated = deployed(&sandbox, &players, &second).await;
    assert_eq!(actions(&updated), (Action::Updated, NEITHER.to_vec()));
    // A patch is news to CloudFormation.
    let changed: Vec<_> = updated.changes.iter().map(|it| &it.logical_id).collect();
    assert_eq!(changed, ["One", "Two"]);
    let game = stack(&sandbox, GAME).await;
    assert_eq!(game.parameters["Players"], "7");

    // With new code at once; what was given once stays.
    let attic = with_parameters(&[("Attic", "yes")]);
    let third = bundles("one", "two");
    let updated = deployed(&sandbox, &attic, &third).await;
    let one_of_two = [("01-one", Action::Updated), ("02-two", Action::Unchanged)];
    assert_eq!(actions(&updated), (Action::Updated, one_of_two.to_vec()));
    let game = stack(&sandbox, GAME).await;
    assert_eq!(game.parameters["Players"], "7");
    let digests = third.iter().map(|it| it.digest.to_string());
    assert_eq!(code(&sandbox).await, digests.collect::<Vec<_>>());
}

#[tokio::test]
async fn only_code_is_compared_without_a_template() {
    let sandbox = Sandbox::start().await;
    let only_code = || Request {
        template: None,
        ..request()
    };
    let missing = refused(&sandbox, &only_code(), &bundles("1", "2")).await;
    assert!(
        matches!(missing, DeployError::NoStack { .. }),
        "{missing:?}"
    );
    deployed(&sandbox, &request(), &bundles("1", "2")).await;
    let patched = deployed(&sandbox, &only_code(), &bundles("one", "2")).await;
    assert_eq!(patched.action, Action::Patched);
    // Without a template nothing says that it is to be there.
    sandbox.cloud.delete_function_by_hand("game-02-two").await;
    let gone = refused(&sandbox, &only_code(), &bundles("one", "2")).await;
    let DeployError::FunctionMissing { stack, function } = gone else {
        panic!("{gone:?}");
    };
    assert_eq!((stack.as_str(), function.as_str()), (GAME, "game-02-two"));
}

/// Whatever it would do, a dry run says it and does nothing.
#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let sandbox = Sandbox::start().await;
    let dry = |request: Request| Request {
        dry_run: true,
        ..request
    };
    let would = deployed(&sandbox, &dry(request()), &bundles("1", "2")).await;
    let created = [("01-one", Action::Created), ("02-two", Action::Created)];
    assert_eq!(actions(&would), (Action::Created, created.to_vec()));
    assert!(would.dry_run);
    let stacks = sandbox.cloud.stacks().await.expect("no failure");
    assert!(stacks.is_empty(), "{stacks:?}");
    let none = artifact_bucket(&sandbox.cloud, WORKSHOP).await;
    assert_eq!(none.expect("no failure"), ArtifactBucket::NotCreated);

    deployed(&sandbox, &request(), &bundles("1", "2")).await;
    let before = stack(&sandbox, GAME).await;
    let would = deployed(&sandbox, &dry(request()), &bundles("1", "2")).await;
    assert_eq!(actions(&would), (Action::Unchanged, NEITHER.to_vec()));
    let would = deployed(&sandbox, &dry(request()), &bundles("1", "two")).await;
    let one_of_two = [("01-one", Action::Unchanged), ("02-two", Action::Patched)];
    assert_eq!(actions(&would), (Action::Patched, one_of_two.to_vec()));
    let players = dry(with_parameters(&[("Players", "7")]));
    let would = deployed(&sandbox, &players, &bundles("1", "two")).await;
    assert_eq!(actions(&would), (Action::Updated, one_of_two.to_vec()));
    let changed: Vec<_> = would.changes.iter().map(|it| &it.logical_id).collect();
    assert_eq!(changed, ["One"]);
    // Nothing depends on the order of lines.
    let (head, resources) = TEMPLATE.split_once("Resources:").expect("both");
    let other_order = format!("Resources:{resources}{head}");
    let would = deployed(
        &sandbox,
        &dry(with_template(&other_order)),
        &bundles("1", "2"),
    )
    .await;
    assert_eq!(would.action, Action::Unchanged);
    let full = Request {
        full: true,
        ..dry(request())
    };
    let would = deployed(&sandbox, &full, &bundles("1", "2")).await;
    assert_eq!(actions(&would), (Action::Unchanged, NEITHER.to_vec()));
    let after = stack(&sandbox, GAME).await;
    assert_eq!(
        (before.changed, before.parameters),
        (after.changed, after.parameters)
    );
    assert_eq!(
        code(&sandbox).await[1],
        bundles("1", "2")[1].digest.to_string()
    );
}

#[tokio::test]
async fn what_somebody_deleted_or_changed_is_brought_back() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    // There is nothing to bring back in a new stack.
    let full = || Request {
        full: true,
        ..request()
    };
    let created = deployed(&sandbox, &full(), &both).await;
    assert_eq!(created.action, Action::Created);

    sandbox.cloud.set_memory_by_hand("game-01-one", 512).await;
    let (result, events) = deployed_with_events(&sandbox, &request(), &both).await;
    assert_eq!(result.expect("it is deployed").action, Action::Updated);
    let by_hand = events.iter().find_map(|it| match it {
        EventKind::ChangedByHand(changed) => Some(changed),
        _ => None,
    });
    let by_hand = by_hand.expect("it is said");
    assert_eq!(by_hand[0].function, "game-01-one");
    assert_eq!(by_hand[0].settings, ["MemorySize"]);
    let one = sandbox.cloud.function("game-01-one").await;
    let one = one.expect("no failure").expect("it is there");
    assert_eq!(one.settings["MemorySize"], 256);

    sandbox.cloud.delete_function_by_hand("game-02-two").await;
    let functions = ["01-one", "02-two"].map(str::to_owned);
    let observed = observe(&sandbox.cloud, GAME, &functions, true, false).await;
    let observed = observed.expect("no failure");
    assert_eq!(observed.deleted, ["game-02-two".to_owned()].into());
    assert!(observed.functions["game-01-one"].is_some());
    assert!(observed.functions["game-02-two"].is_none());
    assert_eq!(observed.template, Some(Template::new(TEMPLATE)));
    let restored = deployed(&sandbox, &request(), &both).await;
    let one_of_two = [("01-one", Action::Unchanged), ("02-two", Action::Created)];
    assert_eq!(actions(&restored), (Action::Updated, one_of_two.to_vec()));

    // A table is missed by --full alone.
    let resources = sandbox.cloud.resources(GAME).await.expect("no failure");
    let table = resources.iter().find(|it| it.logical_id == "Table");
    let table = &table.expect("it is there").physical_id;
    sandbox.cloud.delete_table_by_hand(table).await;
    let game = stack(&sandbox, GAME).await;
    let drift = drifted(&sandbox.cloud, &game).await.expect("no failure");
    let gone: Vec<_> = drift.iter().map(|it| &it.resource.logical_id).collect();
    assert_eq!(gone, ["Table"]);
    let restored = deployed(&sandbox, &full(), &both).await;
    assert_eq!(restored.action, Action::Updated);
    let drift = drifted(&sandbox.cloud, &game).await.expect("no failure");
    assert_eq!(drift, []);
    let same = deployed(&sandbox, &full(), &both).await;
    assert_eq!(same.action, Action::Unchanged);
}

#[tokio::test]
async fn an_artifact_bucket_that_somebody_deleted_is_created_again() {
    let sandbox = Sandbox::start().await;
    deployed(&sandbox, &request(), &bundles("1", "2")).await;
    let bucket = super::artifact_bucket(&sandbox).await;
    sandbox.cloud.delete_bucket_by_hand(&bucket).await;
    let gone = artifact_bucket(&sandbox.cloud, WORKSHOP).await;
    let gone = gone.expect("no failure");
    assert_eq!(gone.name(), None);
    let name = bucket.clone();
    assert_eq!(gone, ArtifactBucket::Gone { name });
    let players = with_parameters(&[("Players", "7")]);
    let (result, events) = deployed_with_events(&sandbox, &players, &bundles("1", "2")).await;
    assert_eq!(result.expect("it is deployed").action, Action::Updated);
    let said = events.iter().find_map(|it| match it {
        EventKind::BucketGone { bucket } => Some(bucket),
        _ => None,
    });
    assert_eq!(said, Some(&bucket));
    let again = super::artifact_bucket(&sandbox).await;
    assert_eq!(
        stack(&sandbox, GAME).await.parameters["ArtifactBucket"],
        again
    );
    assert_ne!(again, bucket);
}

#[tokio::test]
async fn a_bundle_with_other_contents_than_its_key_says_is_stored_again() {
    let sandbox = Sandbox::start().await;
    let ours = bundles("1", "2");
    deployed(&sandbox, &request(), &ours).await;
    let bucket = super::artifact_bucket(&sandbox).await;
    let key = bundle_key("01-one", &ours[0].digest);
    let forged = bundle("01-one", "somebody else's").zip;
    let put = sandbox.cloud.put_object(&bucket, &key, forged).await;
    put.expect("whoever may store bundles may do that");
    let other = Request {
        stack: "other".to_owned(),
        ..request()
    };
    let (result, events) = deployed_with_events(&sandbox, &other, &ours).await;
    assert_eq!(result.expect("it is deployed").action, Action::Created);
    let stored = events.iter().filter_map(|it| match it {
        EventKind::Uploading { function, .. } => Some(function.as_str()),
        _ => None,
    });
    assert_eq!(stored.collect::<Vec<_>>(), ["01-one"]);
    let digest = ours[0].digest.as_str();
    let has = sandbox.cloud.has_object_of(&bucket, &key, digest).await;
    assert!(has.expect("no failure"));
    let found = sandbox.cloud.function("other-01-one").await;
    let found = found.expect("no failure").expect("it is there");
    assert_eq!(found.code_sha256, digest);
}

/// As a reset of a class takes it.
#[tokio::test]
async fn code_that_only_the_bucket_has_is_taken_if_it_is_what_its_key_says() {
    let sandbox = Sandbox::start().await;
    let ours = bundles("1", "2");
    deployed(&sandbox, &request(), &ours).await;
    let mut release = request().release(&ours);
    for code in &mut release.code {
        code.zip = None;
    }
    let deploying = async |stack: &str| {
        let other = Request {
            stack: stack.to_owned(),
            ..request()
        };
        let prepared = Prepared::new(&sandbox.cloud, &release, &silent);
        deploy(&prepared, &other.destination(), None).await
    };
    let created = deploying("other").await.expect("the bucket has it");
    assert_eq!(created.action, Action::Created);

    let bucket = super::artifact_bucket(&sandbox).await;
    let key = bundle_key("01-one", &ours[0].digest);
    let forged = bundle("01-one", "somebody else's").zip;
    let put = sandbox.cloud.put_object(&bucket, &key, forged).await;
    put.expect("whoever may store bundles may do that");
    let refused = deploying("third").await.expect_err("it is another's");
    assert!(
        matches!(&refused, DeployError::NoCode { function, .. } if function == "01-one"),
        "{refused:?}"
    );
    assert!(
        sandbox
            .cloud
            .stack("third")
            .await
            .expect("no failure")
            .is_none()
    );
}

#[tokio::test]
async fn several_games_are_deployed_at_once_and_listed_with_their_owners() {
    let sandbox = Sandbox::start().await;
    let names = ["ann", "ben", "cem"].map(str::to_owned);
    let both = bundles("1", "2");
    let release = request().release(&both);
    let prepared = Prepared::new(&sandbox.cloud, &release, &silent);
    let destinations = names.map(|stack| Request { stack, ..request() }.destination());
    let created = destinations.iter().map(|it| deploy(&prepared, it, None));
    for created in join_all(created).await {
        assert_eq!(created.expect("it is created").action, Action::Created);
    }

    let listed = list(&sandbox.cloud, &owner("ben")).await.expect("listed");
    let names: Vec<_> = listed.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["ann", "ben", "cem", "workshop"]);
    let game = &listed[0];
    let workshop = &listed[3];
    assert_eq!(game.owner.as_deref(), Some("user/ann"));
    assert_eq!((game.yours, workshop.yours), (false, false));
    assert_eq!(
        (game.role.to_string(), workshop.role.to_string()),
        ("game".to_owned(), "workshop".to_owned())
    );
    assert_eq!(game.status, "CREATE_COMPLETE");
    assert!(game.changed.is_some_and(|seconds| seconds > 1_700_000_000));
    let listed = list(&sandbox.cloud, &owner("ann")).await.expect("listed");
    assert!(listed[0].yours && !listed[3].yours);
}

/// Not every server brings back what a drift-aware change set would.
#[tokio::test]
async fn what_is_still_missing_after_an_update_is_named() {
    let sandbox = Sandbox::start().await;
    let (wanted, both) = (request(), bundles("1", "2"));
    deployed(&sandbox, &wanted, &both).await;
    let game = stack(&sandbox, GAME).await;
    let (release, destination) = (wanted.release(&both), wanted.destination());
    let prepared = Prepared::new(&sandbox.cloud, &release, &silent);
    let deployer = Deployer {
        prepared: &prepared,
        destination: &destination,
        report: prepared.report(GAME),
    };
    sandbox.cloud.set_memory_by_hand("game-01-one", 512).await;
    // It is there, if with another setting.
    let restored = deployer.check_restored(&game).await;
    restored.expect("nothing is missing");
    sandbox.cloud.delete_function_by_hand("game-02-two").await;
    let missing = deployer.check_restored(&game).await;
    let missing = missing.expect_err("a function is missing");
    let told = "stack game has lost Two (AWS::Lambda::Function): deleted outside CloudFormation";
    assert_eq!(missing.to_string(), told);
}
