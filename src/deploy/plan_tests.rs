use super::*;
use crate::cloud::{Caller, Status};

const NAME: &str = "game-01-new-game";
const T1: &str = "Parameters: {Players: {Type: Number, Default: 10}}\nResources: {A: {Type: B}}";
const T0: &str = "Resources: {A: {Type: C}}";

fn owner(name: &str) -> Owner {
    let caller = Caller {
        account: "1".to_owned(),
        arn: format!("arn:aws:iam::1:user/{name}"),
    };
    Owner::new(Some(&caller), None)
}

fn observed(status: &str, template: &str, code: &str) -> Observed {
    let deployed = DeployedFunction {
        code_sha256: code.to_owned(),
        revision: "r1".to_owned(),
        update: UpdateStatus::Done,
    };
    Observed {
        stack: Some(Stack {
            name: "game".to_owned(),
            id: "id".to_owned(),
            status: Status(status.to_owned()),
            reason: None,
            changed: None,
            protected: false,
            tags: ownership::game_tags(None, "workshop", &owner("ann")),
            parameters: NamedValues::from([("Players".to_owned(), "10".to_owned())]),
            outputs: NamedValues::new(),
        }),
        functions: BTreeMap::from([(NAME.to_owned(), Some(deployed))]),
        template: Some(template.to_owned()),
        deleted: BTreeSet::new(),
    }
}

/// What is asked for in these tests, unless they say otherwise.
struct Wish {
    template: Option<&'static str>,
    parameters: NamedValues,
    code: BTreeMap<String, String>,
    full: bool,
    owner: Owner,
}

impl Wish {
    fn new() -> Self {
        Self {
            template: Some(T1),
            parameters: NamedValues::new(),
            code: BTreeMap::from([(NAME.to_owned(), "new".to_owned())]),
            full: false,
            owner: owner("ann"),
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
                template: self.template,
                parameters: &self.parameters,
                code: &self.code,
                full: self.full,
                owner: &self.owner,
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
        ("UPDATE_ROLLBACK_COMPLETE", T1, "old", &[], false, patch),
        ("CREATE_COMPLETE", T1, "new", &other, false, UPDATE),
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
    const T2: &str =
        "Parameters: {Players: {Type: Number, Default: 12}}\nResources: {A: {Type: B}}";
    let mut observed = observed("CREATE_COMPLETE", T1, "new");
    let mut wish = Wish::new();
    wish.template = Some(T2);
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
    wish.owner = owner("ben");
    assert_eq!(wish.step(&observed).expect("a step"), UPDATE);
    wish.template = None;
    assert_eq!(wish.step(&observed).expect("a step"), Step::Nothing);

    let stack = observed.stack.as_ref().expect("a stack");
    let taken = ownership::game_tags(Some(stack), "workshop", &owner("ben"));
    assert_eq!(
        taken.get("mafia:owner").map(String::as_str),
        Some("user/ben")
    );
    let kept = ownership::game_tags(Some(stack), "workshop", &owner("ann"));
    assert_eq!(kept, stack.tags);
}
