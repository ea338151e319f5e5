//! Whatever is sent as a template, there is an answer.

use proptest::prelude::*;

use super::*;

/// Templates to spoil, between them with everything that the language has.
const TEMPLATES: [&str; 3] = [
    include_str!("../../../../../templates/workshop.yaml"),
    "
Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
Parameters:
  P: {Type: Number, Default: 2, MinValue: 1, AllowedValues: [1, 2]}
  L: {Type: CommaDelimitedList, Default: 'a,b', AllowedPattern: '[a-z]+'}
Mappings: {M: {a: {b: c}}}
Conditions:
  A: !Or [!Condition B, !Not [!Equals [!Ref P, '2']]]
  B: !And [!Equals [c, !FindInMap [M, a, b]], !Equals [!Join ['', !Ref L], ab]]
Globals: {Function: {Timeout: 3, Tags: {a: b}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://b/k
      Handler: h
      Runtime: r
      Policies: [X, {S3ReadPolicy: {BucketName: !Ref B}}, !If [A, {Statement: []}, !Ref AWS::NoValue]]
  B:
    Type: AWS::S3::Bucket
    Condition: B
    DependsOn: T
    Properties:
      One: !Sub ['${x}-${T.Arn}-${!y}', {x: !Select [0, !Split ['-', !GetAtt T.Arn]]}]
      Two: !If [A, !Base64 {Ref: AWS::Region}, !GetAZs '']
      Three: !ToJsonString {a: !Length {Ref: L}}
  T: {Type: AWS::Serverless::SimpleTable, DeletionPolicy: Retain}
Outputs:
  O: {Value: !ImportValue x, Condition: A, Export: {Name: !Sub '${AWS::StackName}'}}
",
    r#"{"Resources": {"A": {"Type": "T", "Properties": {"X": [1, -2.5, true, {"Ref": "AWS::StackId"}]}}},
 "Outputs": {"O": {"Value": {"Fn::Sub": ["${A}${b}", {"b": "\u00e9\\n"}]}}}}"#,
];

/// Bits that templates are made of, to put where they don't belong.
const BITS: [&str; 24] = [
    "!Ref ",
    "!Sub ",
    "!If [",
    "Fn::Sub: ",
    "Ref: ",
    "${",
    "}",
    "{",
    "[",
    "]",
    "\n",
    "  ",
    "- ",
    ": ",
    "'",
    "\"",
    "|\n",
    "#",
    "&a ",
    "*a",
    "null",
    "\t",
    "é",
    "? ",
];

/// All that is done with a template; what comes out is not looked at.
fn through(body: &str) {
    if let Ok(state) = desired(body, &[]) {
        for id in state.resources.keys() {
            let _ = state.properties(id, &there);
        }
        let _ = state.outputs(&there);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_an_answer(body in "\\PC*") {
        through(&body);
    }

    #[test]
    fn any_heap_of_bits_has_an_answer(bits in prop::collection::vec(prop::sample::select(&BITS[..]), 0..60)) {
        through(&bits.concat());
    }

    #[test]
    fn spoilt_templates_have_an_answer(
        template in prop::sample::select(&TEMPLATES[..]),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(&BITS[..])),
            1..4,
        ),
    ) {
        let mut body: Vec<char> = template.chars().collect();
        for (index, removed, bit) in changes {
            let start = index.index(body.len());
            let end = (start + removed).min(body.len());
            body.splice(start..end, bit.chars());
        }
        through(&body.into_iter().collect::<String>());
    }

    #[test]
    fn shuffled_values_have_an_answer(
        template in prop::sample::select(&TEMPLATES[..]),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let mut body = read(template).expect("a template");
        let mut places = Vec::new();
        collect(&body, &mut String::new(), &mut places);
        let moved = body.pointer(&places[from.index(places.len())]).cloned();
        let place = body.pointer_mut(&places[to.index(places.len())]);
        *place.expect("it is there") = moved.expect("it is there");
        through(&body.to_string());
    }
}

/// The JSON pointers of all values within `value`.
fn collect(value: &Value, at: &mut String, places: &mut Vec<String>) {
    places.push(at.clone());
    let length = at.len();
    let mut descend = |key: &str, value: &Value| {
        *at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        collect(value, at, places);
        at.truncate(length);
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                descend(&index.to_string(), item);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                descend(key, value);
            }
        }
        _ => {}
    }
}

#[test]
fn the_templates_to_spoil_are_sound() {
    for template in TEMPLATES {
        let state = desired(template, &[]).expect("a desired state");
        for id in state.resources.keys() {
            state.properties(id, &there).expect("properties");
        }
    }
}

#[test]
fn the_deepest_template_needs_little_stack() {
    let deep = |function: &str| {
        let levels = (reading::MAX_DEPTH - 4) / 2;
        let nested = format!("{function} [").repeat(levels) + "x" + &"]".repeat(levels);
        format!(
            "{{Transform: AWS::LanguageExtensions, Resources: {{A: {{Type: T, Properties: {{X: \
             {nested}}}}}}}}}"
        )
    };
    let conditions = {
        let levels = (reading::MAX_DEPTH - 4) / 2;
        let nested = "!Not [".repeat(levels) + "!Equals [a, b]" + &"]".repeat(levels);
        format!("Conditions: {{C: {nested}}}\nResources: {{A: {{Type: T}}}}")
    };
    let bodies = [deep("!ToJsonString"), conditions];
    let thread = std::thread::Builder::new().stack_size(512 << 10);
    let done = thread.spawn(move || {
        for body in bodies {
            desired(&body, &[]).expect("a desired state");
            through(&body);
        }
    });
    done.expect("a thread").join().expect("it had enough stack");
}

#[test]
fn long_lists_of_conditions_and_resources_are_no_recursion() {
    let conditions: String = (0..20_000)
        .map(|number| format!("  C{number}: !Not [!Condition C{}]\n", number + 1))
        .collect();
    let resources: String = (0..499)
        .map(|number| format!("  R{number}: {{Type: T, DependsOn: R{}}}\n", number + 1))
        .collect();
    let body = format!(
        "Conditions:\n{conditions}  C20000: !Equals [a, b]\nResources:\n{resources}  R499: {{Type: T}}"
    );
    let state = desired(&body, &[]).expect("a desired state");
    assert_eq!(state.resources.len(), 500);
}
