use std::collections::BTreeMap;

use super::*;
use crate::names::function_name;

const MANIFEST: &str = "\
[package]
name = \"game\"

# What `mafia deploy` deploys.
[package.metadata.mafia]
template = \"template.yaml\"

[package.metadata.mafia.functions]
one = \"01-one\" # the first
";

/// A package with the game's template, and the function `06-day-report` as far as `parts` has it.
fn half_made(parts: &[PartKind], json: bool) -> (Outline, String, String) {
    let game = include_str!("../../templates/game.yaml");
    let game = match json {
        true => format!(
            "{:#}",
            mafia_sandbox::read_template(game).expect("a template")
        ),
        false => game.to_owned(),
    };
    let mut outline = Outline {
        manifest: "Cargo.toml".into(),
        template: "template.yaml".into(),
        functions: BTreeMap::from([("judgement".to_owned(), "05-judgement".to_owned())]),
        binaries: vec!["judgement".to_owned()],
        has_support: true,
    };
    let whole = Addition::of(&outline, (MANIFEST, &game), "day-report", None).expect("it is added");
    let mut manifest = MANIFEST.to_owned();
    if parts.contains(&PartKind::Program) {
        outline.binaries.push("day-report".to_owned());
    }
    if parts.contains(&PartKind::Listed) {
        outline
            .functions
            .insert(whole.binary.clone(), whole.name.clone());
        manifest = whole.manifest.expect("it was not listed");
    }
    // The template with these parts only.
    let full = Template::new(whole.template.expect("it changes"));
    let read = Template::new(game.as_str());
    let snippets = Snippets { template: &read };
    let item = |section: &str, name: &str, kind| {
        let value = full
            .section_item(section, name)
            .expect("it was added")
            .clone();
        parts.contains(&kind).then(|| (name.to_owned(), value))
    };
    let parameters: Vec<_> = item("Parameters", "DayReportCode", PartKind::Parameter)
        .into_iter()
        .collect();
    let resources = [
        item("Resources", "DayReportLogs", PartKind::LogGroup),
        item("Resources", "DayReport", PartKind::Function),
    ];
    let resources: Vec<_> = resources.into_iter().flatten().collect();
    let template = with_items(&snippets, &parameters, &resources).expect("it is understood");
    (outline, manifest, template)
}

const ALL: [PartKind; 5] = [
    PartKind::Program,
    PartKind::Listed,
    PartKind::Parameter,
    PartKind::LogGroup,
    PartKind::Function,
];

#[test]
fn whatever_is_there_the_rest_is_added() {
    for json in [false, true] {
        let (_, _, complete) = half_made(&ALL, json);
        let complete = Template::new(complete.as_str());
        for bits in 0..32 {
            let has = |number: usize| bits >> number & 1 == 1;
            let parts: Vec<PartKind> = (0..5).filter(|it| has(*it)).map(|it| ALL[it]).collect();
            let (mut outline, manifest, template) = half_made(&parts, json);
            let added = Addition::of(&outline, (&manifest, &template), "day-report", None);
            let added = added.unwrap_or_else(|error| panic!("{parts:?}: {error:?}"));
            assert_eq!(added.name, "06-day-report", "{parts:?}");
            for part in &added.parts {
                assert_eq!(
                    part.missing,
                    !parts.contains(&part.kind),
                    "{parts:?}: {part:?}"
                );
            }
            let manifest = added.manifest.unwrap_or(manifest);
            let template = added.template.unwrap_or(template);
            assert!(
                manifest.ends_with("# the first\nday-report = \"06-day-report\"\n"),
                "{manifest}"
            );
            let read = Template::new(template.as_str());
            for section in ["Parameters", "Resources"] {
                let differing = complete.differing(section, &read);
                assert!(differing.is_empty(), "{parts:?}: {differing:?}\n{template}");
            }
            // Once more, nothing is missing.
            outline.binaries.push("day-report".to_owned());
            outline
                .functions
                .insert("day-report".to_owned(), added.name);
            let again = Addition::of(&outline, (&manifest, &template), "day-report", None);
            let again = again.expect("it is complete");
            assert_eq!((again.manifest, again.template), (None, None));
            assert!(again.parts.iter().all(|part| !part.missing));
        }
    }
}

#[test]
fn comments_and_layout_stay() {
    let (_, _, template) = half_made(&ALL, false);
    let game = include_str!("../../templates/game.yaml");
    let mut left = template.lines();
    for line in game.lines() {
        assert!(left.any(|it| it == line), "{line} is gone");
    }
    let added = "\
  DayReport:
    Type: AWS::Lambda::Function
    Properties:
      Architectures: [!Ref Architecture]
";
    assert!(template.contains(added), "{template}");
    let declared = Template::new(template.as_str());
    let values = Values::new(&declared, "ann", &NamedValues::new());
    let found = functions(&declared, &values);
    let name = function_name("ann", "06-day-report");
    let found = found.iter().find(|it| it.name == Named::Is(name.clone()));
    assert_eq!(found.and_then(|it| it.code), Some("DayReportCode"));
}

#[test]
fn what_is_not_understood_is_shown_instead() {
    let outline = half_made(&[], false).0;
    let flow = "Parameters: {A: {Type: String}}\nResources: {}\n";
    let refused = Addition::of(&outline, (MANIFEST, flow), "day-report", None);
    match refused {
        Err(AdditionError::Template { snippet }) => {
            assert!(
                snippet.starts_with("Parameters:\n  DayReportCode:\n"),
                "{snippet}"
            );
        }
        other => panic!("{other:?}"),
    }
    let inline = "[package.metadata.mafia]\nfunctions = { one = \"01-one\" }\n";
    let game = include_str!("../../templates/game.yaml");
    assert_eq!(
        Addition::of(&outline, (inline, game), "day-report", None),
        Err(AdditionError::Manifest {
            line: "day-report = \"06-day-report\"".to_owned()
        })
    );
}

#[test]
fn a_number_is_the_next_one_unless_it_is_given() {
    let (outline, manifest, template) = half_made(&[], false);
    let name = |number| {
        let added = Addition::of(&outline, (&manifest, &template), "day-report", number);
        added.expect("it is added").name
    };
    assert_eq!(name(None), "06-day-report");
    assert_eq!(name(Some(9)), "09-day-report");
}
