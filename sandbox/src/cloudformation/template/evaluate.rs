//! Calls to intrinsic functions become their values.

use std::cell::Cell;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::intrinsic::{Attribute, Intrinsic};
use super::path::Path;
use super::scope::Scope;
use super::sub::Piece;

/// What only the stack can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// `Ref` of the resource with this logical id.
    Ref(&'a str),
    /// `Fn::GetAtt`: logical id and attribute.
    Att(&'a str, &'a str),
    /// `Fn::ImportValue`: the export with this name.
    Import(&'a str),
}

pub type Resolver<'a> = dyn Fn(Reference<'_>) -> Result<Value, String> + 'a;

/// How many bytes the functions of one value may make. (A template of a few lines can double a text
/// at each of its levels.)
const MAX_PRODUCED: usize = 4 << 20;

const ZONES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// The evaluation of one value.
pub struct Evaluation<'a> {
    scope: &'a Scope,
    resolver: &'a Resolver<'a>,
    produced: Cell<usize>,
}

impl<'a> Evaluation<'a> {
    pub fn new(scope: &'a Scope, resolver: &'a Resolver<'a>) -> Self {
        Self {
            scope,
            resolver,
            produced: Cell::new(0),
        }
    }

    /// None where it is `AWS::NoValue`.
    pub fn value(&self, value: &Value, path: &Path) -> Result<Option<Value>, String> {
        if let Some(intrinsic) = Intrinsic::read(value).map_err(|error| path.wrong(error))? {
            let made = self.call(&intrinsic, path)?;
            self.charge(made.as_ref(), path)?;
            return Ok(made);
        }
        Ok(Some(match value {
            Value::Array(items) => {
                let mut evaluated = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    evaluated.extend(self.value(item, &path.index(index))?);
                }
                Value::Array(evaluated)
            }
            Value::Object(entries) => {
                let mut evaluated = Map::new();
                for (key, value) in entries {
                    if let Some(value) = self.value(value, &path.key(key))? {
                        evaluated.insert(key.clone(), value);
                    }
                }
                Value::Object(evaluated)
            }
            plain => plain.clone(),
        }))
    }

    /// As a text; the error names `what` is none.
    pub fn text(&self, value: &Value, path: &Path, what: &str) -> Result<String, String> {
        let evaluated = self.value(value, path)?;
        evaluated
            .as_ref()
            .and_then(text)
            .ok_or_else(|| path.wrong(format!("Template error: {what} must be a string")))
    }

    fn charge(&self, made: Option<&Value>, path: &Path) -> Result<(), String> {
        let produced = self.produced.get() + made.map_or(0, size);
        self.produced.set(produced);
        Self::room(produced, path)
    }

    fn room(bytes: usize, path: &Path) -> Result<(), String> {
        if bytes > MAX_PRODUCED {
            return Err(path.wrong(format!(
                "Template error: the result is longer than {MAX_PRODUCED} bytes"
            )));
        }
        Ok(())
    }

    fn call(&self, intrinsic: &Intrinsic, path: &Path) -> Result<Option<Value>, String> {
        Ok(Some(match intrinsic {
            Intrinsic::Ref(name) => {
                let value = self.reference(name, path)?;
                return Ok((!value.is_null()).then_some(value));
            }
            Intrinsic::If {
                condition,
                then,
                otherwise,
            } => {
                let holds = self.scope.holds(condition);
                let holds = holds.map_err(|error| path.wrong(error))?;
                return self.value(if holds { then } else { otherwise }, path);
            }
            Intrinsic::Select { index, list } => return self.select(index, list, path),
            Intrinsic::FindInMap { keys, default } => return self.find(*keys, *default, path),
            // In a policy, say; what a condition is made of is not evaluated here.
            Intrinsic::Condition(name) => {
                Value::Object(Map::from_iter([("Condition".to_owned(), (*name).into())]))
            }
            Intrinsic::GetAtt {
                resource,
                attribute,
            } => match attribute {
                Attribute::Name(name) => self.attribute(resource, name, path)?,
                Attribute::Computed(value) => {
                    let name = self.text(value, path, "the attribute of Fn::GetAtt")?;
                    self.attribute(resource, &name, path)?
                }
            },
            Intrinsic::Sub { pieces, variables } => self.sub(pieces, *variables, path)?.into(),
            Intrinsic::Join { delimiter, list } => self.join(delimiter, list, path)?.into(),
            Intrinsic::Split { delimiter, text } => {
                let text = self.text(text, path, "the second parameter of Fn::Split")?;
                Self::room(text.matches(delimiter).count() * size(&Value::Null), path)?;
                text.split(delimiter).map(Value::from).collect()
            }
            Intrinsic::Base64(value) => {
                let text = self.text(value, path, "the parameter of Fn::Base64")?;
                BASE64_STANDARD.encode(text).into()
            }
            Intrinsic::GetAzs(region) => self.zones(region, path)?,
            Intrinsic::ImportValue(name) => {
                let name = self.text(name, path, "the parameter of Fn::ImportValue")?;
                self.resolve(Reference::Import(&name), path)?
            }
            Intrinsic::ToJsonString(value) => {
                let value = self.value(value, path)?.unwrap_or(Value::Null);
                value.to_string().into()
            }
            Intrinsic::Length(list) => self.list(list, path, "Fn::Length")?.len().into(),
            Intrinsic::Equals(..) | Intrinsic::And(_) | Intrinsic::Or(_) | Intrinsic::Not(_) => {
                return Err(path.wrong(OUTSIDE_CONDITIONS));
            }
        }))
    }

    fn resolve(&self, reference: Reference, path: &Path) -> Result<Value, String> {
        (self.resolver)(reference).map_err(|error| path.wrong(error))
    }

    fn reference(&self, name: &str, path: &Path) -> Result<Value, String> {
        match self.scope.get(name) {
            Some(value) => Ok(value),
            None => self.resolve(Reference::Ref(name), path),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str, path: &Path) -> Result<Value, String> {
        self.resolve(Reference::Att(resource, attribute), path)
    }

    fn sub(
        &self,
        pieces: &[Piece],
        variables: Option<&Map<String, Value>>,
        path: &Path,
    ) -> Result<String, String> {
        let mut own = Map::new();
        for (name, value) in variables.into_iter().flatten() {
            let text = self.text(value, path, &format!("the variable {name} of Fn::Sub"))?;
            own.insert(name.clone(), text.into());
        }
        let mut whole = String::new();
        for piece in pieces {
            let (name, value) = match piece {
                Piece::Text(text) => {
                    whole.push_str(text);
                    continue;
                }
                Piece::Name(name) => match own.get(*name) {
                    Some(value) => (name, value.clone()),
                    None => (name, self.reference(name, path)?),
                },
                Piece::Attribute {
                    whole: name,
                    resource,
                    attribute,
                } => match own.get(*name) {
                    Some(value) => (name, value.clone()),
                    None => (name, self.attribute(resource, attribute, path)?),
                },
            };
            let text = text(&value).ok_or_else(|| {
                path.wrong(format!(
                    "Template error: ${{{name}}} of Fn::Sub must be a string"
                ))
            })?;
            whole.push_str(&text);
            if whole.len() > MAX_PRODUCED {
                break;
            }
        }
        Ok(whole)
    }

    fn join(&self, delimiter: &str, list: &Value, path: &Path) -> Result<String, String> {
        let items = self.list(list, path, "Fn::Join")?;
        let texts: Option<Vec<String>> = items.iter().map(text).collect();
        let texts = texts.ok_or_else(|| {
            path.wrong("Template error: every item that Fn::Join joins must be a string")
        })?;
        let delimiters = texts.len().saturating_mul(delimiter.len());
        Self::room(delimiters, path)?;
        Ok(texts.join(delimiter))
    }

    fn list(&self, value: &Value, path: &Path, function: &str) -> Result<Vec<Value>, String> {
        match self.value(value, path)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(path.wrong(format!("Template error: {function} requires a list"))),
        }
    }

    fn select(&self, index: &Value, list: &Value, path: &Path) -> Result<Option<Value>, String> {
        let index = self.text(index, path, "the index of Fn::Select")?;
        let position: usize = index.parse().map_err(|_| {
            path.wrong(format!(
                "Template error: Fn::Select requires a list argument with two elements: an integer \
                 index and a list; `{index}` is not an index"
            ))
        })?;
        let mut items = self.list(list, path, "Fn::Select")?;
        if position >= items.len() {
            return Err(path.wrong(format!(
                "Template error: Fn::Select cannot select nonexistent value at index {position}"
            )));
        }
        Ok(Some(items.swap_remove(position)))
    }

    fn find(
        &self,
        keys: [&Value; 3],
        default: Option<&Value>,
        path: &Path,
    ) -> Result<Option<Value>, String> {
        let mut names = Vec::with_capacity(keys.len());
        for key in keys {
            names.push(self.text(key, path, "every parameter of Fn::FindInMap")?);
        }
        match (self.scope.find(&names[0], &names[1], &names[2]), default) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(default)) => self.value(default, path),
            (None, None) => Err(path.wrong(format!(
                "Template error: Unable to get mapping for {}",
                names.join("::")
            ))),
        }
    }

    fn zones(&self, region: &Value, path: &Path) -> Result<Value, String> {
        let own = &self.scope.pseudo.region;
        let region = self.text(region, path, "the parameter of Fn::GetAZs")?;
        if !region.is_empty() && region != *own {
            return Err(path.wrong(format!(
                "Template error: Fn::GetAZs supports only the region {own}, not `{region}`"
            )));
        }
        Ok(ZONES.iter().map(|zone| format!("{own}{zone}")).collect())
    }
}

pub const OUTSIDE_CONDITIONS: &str =
    "Template error: Fn::And, Fn::Equals, Fn::Not and Fn::Or can only be used in Conditions";

/// A scalar as CloudFormation writes it into a text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn size(value: &Value) -> usize {
    const ANY: usize = 16;
    match value {
        Value::String(text) => ANY + text.len(),
        Value::Array(items) => ANY + items.iter().map(size).sum::<usize>(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| key.len() + size(value));
            ANY + entries.sum::<usize>()
        }
        _ => ANY,
    }
}
