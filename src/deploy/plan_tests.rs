use super::*;
use crate::cloud::{Caller, Status};
use crate::deploy::Owner;

const NAME: &str = "game-01-new-game";
const T1: &str = "\
Parameters: {Players: {Type: Number, Default: 10}, Idle: {Type: String, Default: x}}
Resources: {A: {Type: B, Properties: {P: !Ref Players}}}";
const T0: &str = "Resources: {A: {Type: C}}";

fn owner(name: &str) -> Owner {
    let caller = Caller {
        account: "1".to_owned(),
        arn: format!("arn:aws:iam::1:user/{name}"),
    };
    Owner::new(Some(&caller), None)
}

fn claim(name: &str) -> Claim {
    Claim::of(owner(name), false)
}

fn observed(status: &str, template: &str, code: &str) -> Observed {
    let deployed = DeployedFunction {
        code_sha256: code.to_owned(),
        revision: "r1".to_owned(),
        update: UpdateStatus::Done,
        settings: serde_json::Value::Null,
    };
    Observed {
        stack: Some(Stack {
            name: "game".to_owned(),
            id: "id".to_owned(),
            status: Status(status.to_owned()),
            reason: None,
            changed: None,
            protected: false,
            is_updated: false,
            tags: ownership::game_tags(None, "workshop", None, &claim("ann")),
            parameters: NamedValues::from([("Players".to_owned(), "10".to_owned())]),
            outputs: NamedValues::new(),
        }),
        functions: BTreeMap::from([(NAME.to_owned(), Some(deployed))]),
        template: Some(Template::new(template)),
        deleted: BTreeSet::new(),
    }
}

/// What is asked for in these tests, unless they say otherwise.
struct Wish {
    template: Option<Template>,
    parameters: NamedValues,
    code: BTreeMap<String, String>,
    full: bool,
    claim: Claim,
}

impl Wish {
    fn new() -> Self {
        Self {
            template: Some(Template::new(T1)),
            parameters: NamedValues::new(),
            code: BTreeMap::from([(NAME.to_owned(), "new".to_owned())]),
            full: false,
            claim: claim("ann"),
        }
    }

    fn with(parameters: &[(&str, &str)], full: bool) -> Self {
        let pairs = parameters.iter();
        Self {
            parameters: pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            full,
            ..Self::new()
        }
    }

    fn step(&self, observed: &Observed) -> Result<Step, DeployError> {
        next_step(
            observed,
            &Desired {
                stack: "game",
                template: self.template.as_ref(),
                parameters: &self.parameters,
                code: &self.code,
                library: "",
                full: self.full,
                claim: &self.claim,
                conditional: BTreeMap::new(),
            },
        )
    }
}

const UPDATE: Step = Step::Update(Against::LastUpdate);
const RESTORE: Step = Step::Update(Against::Reality);

#[test]
fn the_least_that_makes_the_stack_match() {
    let patch = Step::Patch(vec![NAME.to_owned()]);
    let anew = Step::Recover(Recovery::DeleteAndCreate);
    let back = Step::Recover(Recovery::ContinueRollback);
    let other = [("Players", "7")];
    for (status, template, code, parameters, full, expected) in [
        ("CREATE_COMPLETE", T1, "new", &[][..], false, Step::Nothing),
        (
            "UPDATE_COMPLETE",
            T1,
            "new",
            &[("Players", "10")],
            false,
            Step::Nothing,
        ),
        (
            "UPDATE_ROLLBACK_COMPLETE",
            T1,
            "old",
            &[],
            false,
            patch.clone(),
        ),
        ("UPDATE_ROLLBACK_COMPLETE", T1, "new", &[], false, RESTORE),
        ("CREATE_COMPLETE", T1, "new", &other, false, UPDATE),
        // Nothing in the template depends on it.
        (
            "CREATE_COMPLETE",
            T1,
            "new",
            &[("Idle", "y")],
            false,
            Step::Nothing,
        ),
        (
            "CREATE_COMPLETE",
            T1,
            "new",
            &[("Unknown", "y")],
            false,
            UPDATE,
        ),
        ("CREATE_COMPLETE", T0, "old", &[], false, UPDATE),
        ("CREATE_COMPLETE", "", "old", &[], false, UPDATE),
        ("UPDATE_FAILED", T1, "new", &[], false, UPDATE),
        ("CREATE_COMPLETE", T1, "new", &[], true, RESTORE),
        ("UPDATE_IN_PROGRESS", T1, "old", &[], false, Step::Wait),
        ("ROLLBACK_COMPLETE", T1, "old", &[], false, anew.clone()),
        ("DELETE_FAILED", T1, "old", &[], false, anew.clone()),
        ("CREATE_FAILED", T1, "old", &[], false, anew.clone()),
        ("REVIEW_IN_PROGRESS", T1, "old", &[], false, anew),
        ("UPDATE_ROLLBACK_FAILED", T1, "old", &[], false, back),
        ("DELETE_COMPLETE", T1, "old", &[], false, Step::Create),
    ] {
        let wish = Wish::with(parameters, full);
        let found = wish.step(&observed(status, template, code));
        let case = format!("{status}, template {template}, code {code}, {parameters:?}");
        assert_eq!(found.expect(&case), expected, "{case}");
    }
}

#[test]
fn a_change_that_did_not_end_well_is_patched_again() {
    let mut observed = observed("CREATE_COMPLETE", T1, "new");
    for update in [
        UpdateStatus::InProgress,
        UpdateStatus::Failed("broken".to_owned()),
    ] {
        if let Some(Some(deployed)) = observed.functions.get_mut(NAME) {
            deployed.update = update;
        }
        let step = Wish::new().step(&observed).expect("a step");
        assert_eq!(step, Step::Patch(vec![NAME.to_owned()]));
    }
}

#[test]
fn without_a_stack_one_is_created_unless_only_code_was_asked_for() {
    let mut wish = Wish::with(&[], true);
    let created = wish.step(&Observed::default()).expect("a step");
    assert_eq!(created, Step::Create);
    wish.template = None;
    let refused = wish.step(&Observed::default());
    assert!(matches!(refused, Err(DeployError::NoStack { .. })));
}

#[test]
fn a_foreign_stack_is_refused() {
    let mut foreign = observed("CREATE_COMPLETE", T1, "old");
    foreign.stack.as_mut().expect("a stack").tags.clear();
    let refused = Wish::new().step(&foreign);
    assert!(matches!(refused, Err(DeployError::ForeignStack { .. })));
}

#[test]
fn a_function_that_somebody_deleted_is_restored_and_one_that_never_was_is_missed() {
    let mut lost = observed("CREATE_COMPLETE", T1, "old");
    lost.functions.insert(NAME.to_owned(), None);
    let missed = Wish::new().step(&lost);
    assert!(matches!(missed, Err(DeployError::FunctionMissing { .. })));

    lost.deleted.insert(NAME.to_owned());
    assert_eq!(Wish::new().step(&lost).expect("a step"), RESTORE);
    // After the update it is not tried again.
    let mut only_code = Wish::new();
    only_code.template = None;
    let missed = only_code.step(&lost);
    assert!(matches!(missed, Err(DeployError::FunctionMissing { .. })));
}

#[test]
fn a_new_default_counts_for_a_stack_that_has_the_old_one() {
    const T2: &str = "\
Parameters: {Players: {Type: Number, Default: 12}, Idle: {Type: String, Default: x}}
Resources: {A: {Type: B, Properties: {P: !Ref Players}}}";
    let mut observed = observed("CREATE_COMPLETE", T1, "new");
    let mut wish = Wish::new();
    wish.template = Some(Template::new(T2));
    assert_eq!(wish.step(&observed).expect("a step"), UPDATE);
    for chosen in ["7", "12"] {
        let stack = observed.stack.as_mut().expect("a stack");
        stack
            .parameters
            .insert("Players".to_owned(), chosen.to_owned());
        assert_eq!(wish.step(&observed).expect("a step"), Step::Nothing);
    }
}

/// CloudFormation shows stars in its place, so whether it is another is not known.
#[test]
fn a_secret_that_is_given_is_always_sent() {
    let mut observed = observed("CREATE_COMPLETE", T1, "new");
    let stack = observed.stack.as_mut().expect("a stack");
    stack
        .parameters
        .insert("Secret".to_owned(), "****".to_owned());
    let step = |wish: Wish| wish.step(&observed).expect("a step");
    assert_eq!(step(Wish::with(&[("Secret", "x")], false)), UPDATE);
    assert_eq!(step(Wish::new()), Step::Nothing);
}

#[test]
fn a_stack_is_taken_over_by_an_update() {
    let observed = observed("CREATE_COMPLETE", T1, "new");
    let mut wish = Wish::new();
    wish.claim = Claim::of(owner("ben"), true);
    assert_eq!(wish.step(&observed).expect("a step"), UPDATE);
    wish.template = None;
    assert_eq!(wish.step(&observed).expect("a step"), Step::Nothing);

    let stack = observed.stack.as_ref().expect("a stack");
    let taken = ownership::game_tags(Some(stack), "workshop", None, &claim("ben"));
    assert_eq!(
        taken.get("mafia:owner").map(String::as_str),
        Some("user/ben")
    );
    let kept = ownership::game_tags(Some(stack), "workshop", None, &claim("ann"));
    assert_eq!(kept, stack.tags);
}

/// Whoever deploys it, a game of a class is its student's, and keeps its tags.
#[test]
fn a_game_of_a_class_is_of_whoever_was_given_its_name() {
    let mut observed = observed("CREATE_COMPLETE", T1, "old");
    let stack = observed.stack.as_mut().expect("a stack");
    let class = [("mafia:class", "monday"), ("mafia:student", "ann")];
    let tags = class.map(|(key, value)| (key.to_owned(), value.to_owned()));
    stack.tags.extend(tags);
    for (name, given, may) in [
        ("ben", Some("game"), true),
        ("ben", Some("game-2"), false),
        ("ben", None, false),
        // The instructor, whose the tag says it is.
        ("ann", Some("game"), true),
        ("ann", None, false),
    ] {
        let mut wish = Wish::new();
        let owner = owner(name).given(given.map(str::to_owned));
        wish.claim = Claim::of(owner, false);
        match wish.step(&observed) {
            Ok(step) => assert!(
                may && step == Step::Patch(vec![NAME.to_owned()]),
                "{given:?}"
            ),
            Err(error) => {
                let expected = "stack game belongs to the student ann of the class monday";
                assert!(!may && error.to_string() == expected, "{given:?}: {error}");
            }
        }
        wish.claim.adopts = true;
        assert!(wish.step(&observed).is_ok(), "{given:?}");
        let stack = observed.stack.as_ref();
        let kept = ownership::game_tags(stack, "workshop", None, &wish.claim);
        assert_eq!(Some(kept), stack.map(|stack| stack.tags.clone()));
    }
}

/// Stacks in every state, and whose they are: a dry run and a deployment ask this one function.
#[test]
fn every_state_and_owner_has_one_answer() {
    let statuses = [
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "CREATE_IN_PROGRESS",
        "DELETE_COMPLETE",
        "DELETE_FAILED",
        "DELETE_IN_PROGRESS",
        "IMPORT_COMPLETE",
        "REVIEW_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_FAILED",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_IN_PROGRESS",
    ];
    let ours = [("mafia:kind", "game"), ("mafia:owner", "user/ann")];
    let nobodys = [("mafia:kind", "game"), ("mafia:owner", "")];
    let bens = [("mafia:kind", "game"), ("mafia:owner", "user/ben")];
    let workshop = [("mafia:kind", "workshop")];
    for status in statuses {
        for (tags, from_here, refusal) in [
            (&ours[..], true, None),
            (&nobodys, true, None),
            (&ours[..1], true, None),
            (&bens, true, Some("Strangers")),
            (&[], true, Some("LostTags")),
            (&[], false, Some("ForeignStack")),
            (&workshop, false, Some("ForeignStack")),
        ] {
            let mut observed = observed(status, T1, "new");
            let stack = observed.stack.as_mut().expect("a stack");
            let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
            stack.tags = tags.iter().map(pair).collect();
            if from_here {
                let key = format!("bundles/01-new-game-{}.zip", "x".repeat(43));
                let code = [("ArtifactBucket", "b"), ("NewGameCode", &key)];
                stack.parameters.extend(code.iter().map(pair));
            }
            let mut wish = Wish::new();
            let refused = |wish: &Wish| match wish.step(&observed) {
                Err(DeployError::Strangers { .. }) => Some("Strangers"),
                Err(DeployError::LostTags { .. }) => Some("LostTags"),
                Err(DeployError::ForeignStack { .. }) => Some("ForeignStack"),
                Err(other) => panic!("{status} {tags:?}: {other}"),
                Ok(_) => None,
            };
            assert_eq!(refused(&wish), refusal, "{status} {tags:?}");
            wish.claim.adopts = true;
            let for_good = refusal.filter(|refusal| *refusal == "ForeignStack");
            assert_eq!(refused(&wish), for_good, "{status} {tags:?}, adopted");
            if for_good.is_some() {
                continue;
            }
            let step = wish.step(&observed).expect("a step");
            let phase = Status(status.to_owned()).phase();
            let takes_over = refusal.is_some() || status == "UPDATE_FAILED";
            let expected = match phase {
                Phase::InProgress => Step::Wait,
                Phase::RollbackFailed => Step::Recover(Recovery::ContinueRollback),
                Phase::Unusable => Step::Recover(Recovery::DeleteAndCreate),
                Phase::Deleted => Step::Create,
                Phase::Updatable if takes_over => UPDATE,
                Phase::Updatable if status == "UPDATE_ROLLBACK_COMPLETE" => RESTORE,
                Phase::Updatable => Step::Nothing,
            };
            assert_eq!(step, expected, "{status} {tags:?}");
            assert_eq!(
                step.comes_first(),
                !matches!(phase, Phase::Updatable | Phase::Deleted)
            );
        }
    }
}
