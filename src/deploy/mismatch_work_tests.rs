//! Whoever follows the hints gets to a stack that deploys.

use std::collections::BTreeMap;

use mafia_sandbox::read_template;
use serde_json::{Value, json};

use super::tests::words;
use super::*;

/// What a student has, at some point of adding, renaming or removing a function.
#[derive(Clone, Debug, PartialEq)]
struct Work {
    template: Value,
    /// Names by binary.
    listed: BTreeMap<String, String>,
    binaries: Vec<String>,
    values: NamedValues,
    json: bool,
}

impl Work {
    fn check(&self) -> Result<(), (String, Vec<String>, String)> {
        let functions = self.listed.iter();
        let functions: Vec<_> = functions
            .map(|(binary, name)| (name.as_str(), binary.as_str()))
            .collect();
        let binaries = self.binaries.iter().map(String::as_str);
        let unlisted: Vec<_> = binaries
            .filter(|it| !self.listed.contains_key(*it))
            .collect();
        let project = Project::example(&functions, &unlisted);
        let comment = if self.json { "" } else { "# YAML\n" };
        let template = Template::new(format!("{comment}{}", self.template));
        check(&project, &template, "ann", &self.values).map_err(words)
    }

    /// Does what a hint says; false where it does not say what to write.
    fn follow(&mut self, hint: &str, snippet: &str) -> bool {
        let quoted: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
        let after = |words: &str| {
            let rest = hint.split_once(words)?.1;
            rest.split([' ', '`', ',', '=']).next().map(str::to_owned)
        };
        let mut done = false;
        if hint.contains("add this") || hint.contains("add the resource") {
            self.merge(&read(snippet, self.json));
            done = true;
        }
        if let Some(program) = hint.contains("write the program").then(|| quoted[0]) {
            let binary = program
                .trim_start_matches("src/bin/")
                .trim_end_matches(".rs");
            self.binaries.push(binary.to_owned());
        }
        for line in quoted.iter().filter(|it| it.contains(" = \"")) {
            let (binary, name) = line.split_once(" = ").expect("a pair");
            self.listed
                .insert(binary.to_owned(), name.trim_matches('"').to_owned());
            done = true;
        }
        if let Some(resource) = after("resource ").filter(|_| !snippet.contains("Resources")) {
            let line = quoted
                .iter()
                .find(|it| it.contains("Ref ") || it.contains("Sub") || it.contains("\"Ref\""));
            let line = line.expect("a line").to_string();
            let line = if self.json {
                format!("{{{line}}}")
            } else {
                line
            };
            let line = read(&line, self.json);
            let properties = &mut self.template["Resources"][&resource]["Properties"];
            for (key, value) in line.as_object().expect("a property") {
                let holder = if key == "S3Key" {
                    &mut properties["Code"]
                } else {
                    &mut *properties
                };
                holder[key] = value.clone();
            }
            done = true;
        }
        if let Some(function) = after("remove the function ") {
            self.remove("Resources", &function);
        }
        if let Some(parameter) = after("the parameter ").filter(|_| hint.contains("remove")) {
            self.remove("Parameters", &parameter);
            done = true;
        }
        if hint.contains("or remove `") {
            self.listed.remove(quoted[0]);
            done = true;
        }
        if let Some(parameter) = after("--parameter ") {
            self.values.insert(parameter, "x".to_owned());
            done = true;
        }
        done
    }

    fn merge(&mut self, part: &Value) {
        for section in ["Parameters", "Resources"] {
            for (name, item) in part[section].as_object().into_iter().flatten() {
                assert!(
                    self.template[section].get(name).is_none(),
                    "{name} is there already: {self:?}"
                );
                self.template[section][name] = item.clone();
            }
        }
    }

    fn remove(&mut self, section: &str, name: &str) {
        let items = self.template[section].as_object_mut().expect("a section");
        assert!(items.remove(name).is_some(), "no {name} to remove");
    }

    /// Each listed function is there once, with its own parameter, and no parameter lacks a value.
    fn assert_deploys(&self) {
        let template = Template::new(self.template.to_string());
        let found = functions(&template, &Values::new(&template, "ann", &self.values));
        for name in self.listed.values() {
            let full = Named::Is(function_name("ann", name));
            let codes: Vec<_> = found
                .iter()
                .filter(|it| it.name == full)
                .map(|it| it.code)
                .collect();
            assert_eq!(codes, [Some(code_parameter(name).as_str())], "{self:?}");
        }
        for declared in &found {
            let code = declared.code.expect("a parameter");
            assert!(template.declares(code), "{self:?}");
        }
        let names = |it: &Declared<'_>| found.iter().filter(|other| other.name == it.name).count();
        assert!(
            found
                .iter()
                .all(|it| it.name == Named::Invented || names(it) == 1),
            "{self:?}"
        );
    }
}

fn read(text: &str, json: bool) -> Value {
    if json {
        serde_json::from_str(text).expect("JSON for JSON")
    } else {
        read_template(text).unwrap_or_else(|error| panic!("{error:?}: {text}"))
    }
}

fn function(name: Option<&str>, code: &str) -> Value {
    let mut properties = json!({ "Code": { "S3Bucket": "b", "S3Key": { "Ref": code } } });
    if let Some(name) = name {
        properties["FunctionName"] = json!({ "Fn::Sub": format!("${{AWS::StackName}}-{name}") });
    }
    json!({ "Type": "AWS::Lambda::Function", "Properties": properties })
}

/// Every state on the way from no second function to one, to one of another name, and back; with a stack
/// that has its parameters and without one.
fn every_work() -> Vec<Work> {
    let mut works = Vec::new();
    let listings = [
        None,
        Some(("two", "02-two")),
        Some(("two", "02-deux")),
        Some(("deux", "02-deux")),
    ];
    let names = [Some("02-two"), Some("02-deux"), None];
    let codes = ["TwoCode", "DeuxCode"];
    let mut resources = vec![None];
    resources.extend(
        names
            .iter()
            .flat_map(|name| codes.map(|code| Some(function(*name, code)))),
    );
    for (listed, resource) in listings
        .iter()
        .flat_map(|it| resources.iter().map(move |r| (it, r)))
    {
        for bits in 0..32 {
            let bit = |number: u32| bits >> number & 1 == 1;
            let mut template = json!({
                "Parameters": { "OneCode": { "Type": "String" } },
                "Resources": { "One": function(Some("01-one"), "OneCode") },
            });
            for (number, code) in (0..).zip(codes) {
                if bit(number) {
                    template["Parameters"][code] = json!({ "Type": "String" });
                }
            }
            if let Some(resource) = resource {
                template["Resources"]["Two"] = resource.clone();
            }
            let known = (2..).zip(codes).filter(|(number, _)| bit(*number));
            let mut work = Work {
                template,
                listed: BTreeMap::from([("one".to_owned(), "01-one".to_owned())]),
                binaries: vec!["one".to_owned()],
                values: known
                    .map(|(_, code)| (code.to_owned(), "k".to_owned()))
                    .collect(),
                json: works.len() % 2 == 0,
            };
            if let Some((binary, name)) = listed {
                work.listed.insert((*binary).to_owned(), (*name).to_owned());
                work.binaries.push((*binary).to_owned());
            }
            if bit(4) && !work.binaries.iter().any(|it| it == "two") {
                work.binaries.push("two".to_owned());
            }
            works.push(work);
        }
    }
    works
}

#[test]
fn whoever_follows_the_hints_gets_to_a_stack_that_deploys() {
    for (number, start) in every_work().into_iter().enumerate() {
        // The first hint each time, the last, or any.
        for choice in 0..4 {
            let mut work = start.clone();
            let mut steps = Vec::new();
            while let Err((message, hints, snippet)) = work.check() {
                let before = work.clone();
                let from = match choice {
                    0 => 0,
                    1 => hints.len() - 1,
                    _ => (number * 7 + steps.len() * 3 + choice) % hints.len(),
                };
                let mut order = hints.iter().cycle().skip(from).take(hints.len());
                let followed = order.find(|hint| work.follow(hint, &snippet));
                steps.push((message, followed.cloned()));
                assert!(steps.len() < 9, "no end: {steps:#?}\nfrom {start:#?}");
                assert_ne!(work, before, "nothing to do: {steps:#?}");
            }
            work.assert_deploys();
        }
    }
}
