//! Policy documents and their statements.

use serde_json::Value;

use super::condition::{Condition, SYNTAX, texts};
use super::decision::Request;
use super::pattern::{Pattern, Variables, variables};
use super::principal::{Named, Principals};

/// The version whose policies have variables.
const WITH_VARIABLES: &str = "2012-10-17";

/// What a policy says. Without checks: who stores one checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub effect: Effect,
    /// Only policies of resources have it.
    principals: Option<Principals>,
    actions: List,
    /// Trust policies do not have it: they are about their role.
    resources: Option<List>,
    conditions: Vec<Condition>,
    has_variables: bool,
}

/// Such as `Action`, or if negated `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    items: Vec<String>,
    is_negated: bool,
}

impl List {
    fn read(statement: &Value, element: &str) -> Result<Option<Self>, String> {
        let Some((element, is_negated)) = either(statement, element) else {
            return Ok(None);
        };
        let items = texts(element);
        if items.is_empty() {
            return Err(SYNTAX.to_owned());
        }
        Ok(Some(Self { items, is_negated }))
    }

    fn has(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.items.iter().any(|item| is_it(item)) != self.is_negated
    }
}

/// The element of a statement, and whether it is negated.
fn either<'a>(statement: &'a Value, element: &str) -> Option<(&'a Value, bool)> {
    let given = |name: &str| statement.get(name).filter(|it| !it.is_null());
    let negated = given(&format!("Not{element}"));
    let plain = given(element).map(|it| (it, false));
    plain.or(negated.map(|it| (it, true)))
}

impl Document {
    /// Fails with what is wrong.
    pub fn read(document: &Value) -> Result<Self, String> {
        let has_variables = document["Version"] == WITH_VARIABLES;
        let statements = match &document["Statement"] {
            Value::Array(statements) => statements.as_slice(),
            statement @ Value::Object(_) => std::slice::from_ref(statement),
            _ => return Err("it has no Statement".to_owned()),
        };
        let read = |statement| Statement::read(statement, has_variables);
        Ok(Self {
            statements: statements.iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    /// Fails with what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Self::read(&document)
    }

    /// Of a policy without principals.
    pub fn has(&self, effect: Effect, request: &Request<'_>) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|it| it.effect == effect && it.is_about(request))
    }

    /// Of a policy with principals: how closely an allowing statement names who makes the request.
    pub fn allows_whom(&self, request: &Request<'_>) -> Option<Named> {
        let allowing = self.statements.iter();
        let allowing = allowing.filter(|it| it.effect == Effect::Allow);
        let named = allowing.filter_map(|it| {
            let named = it.principals.as_ref()?.allowed(request.principal)?;
            it.is_about(request).then_some(named)
        });
        named.max()
    }

    /// Of a policy with principals.
    pub fn denies_whom(&self, request: &Request<'_>) -> bool {
        self.statements.iter().any(|it| {
            let principals = it.principals.as_ref();
            it.effect == Effect::Deny
                && principals.is_some_and(|them| them.denies(request.principal))
                && it.is_about(request)
        })
    }
}

impl Statement {
    fn read(statement: &Value, has_variables: bool) -> Result<Self, String> {
        let effect = match statement["Effect"].as_str() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("the Effect of a Statement must be Allow or Deny".to_owned()),
        };
        let principals = either(statement, "Principal");
        let actions = List::read(statement, "Action")?;
        Ok(Self {
            effect,
            principals: principals
                .map(|(element, negated)| Principals::read(element, negated))
                .transpose()?,
            actions: actions.ok_or("Policy statement must contain actions.")?,
            resources: List::read(statement, "Resource")?,
            conditions: Condition::read(&statement["Condition"])?,
            has_variables,
        })
    }

    /// Whether it is about the request's action, resource and context.
    pub fn is_about(&self, request: &Request<'_>) -> bool {
        let variables = self.variables(request);
        let action = request.action.to_ascii_lowercase();
        let is_action =
            |pattern: &str| Pattern::new(&pattern.to_ascii_lowercase()).matches(&action);
        let is_resource = |text: &str| {
            let pattern = Pattern::resolved(text, variables);
            pattern.is_some_and(|it| it.is_any() || it.matches_arn(request.resource))
        };
        let is_on_it = match &self.resources {
            Some(resources) => resources.has(is_resource),
            None => action.starts_with("sts:"),
        };
        let mut conditions = self.conditions.iter();
        self.actions.has(is_action)
            && is_on_it
            && conditions.all(|condition| condition.is_met(request.context, variables))
    }

    fn variables<'a>(&self, request: &Request<'a>) -> Variables<'a> {
        if self.has_variables {
            Variables::Of(request.context)
        } else {
            Variables::Unknown
        }
    }

    /// The keys that its conditions and variables ask for.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.iter().flat_map(|them| &them.items);
        let of_resources = resources
            .filter(|_| self.has_variables)
            .flat_map(|text| variables(text));
        of_resources.chain(self.conditions.iter().flat_map(Condition::keys))
    }
}
