//! The names of tables in requests and responses: ARNs in place of names, and names that the library has
//! under others (see [`stored_name`](super::stored_name)). Source: `TableName` in DynamoDB's API reference.

use serde_json::{Map, Value};

use super::access::table_of_statement;
use super::stored_name::StoredNames;
use crate::arn::{Arn, Foreign};
use crate::fault::Fault;

/// The parts of a request or a response whose keys are tables' names or ARNs.
const KEYED_BY_TABLE: [&str; 5] = [
    "ItemCollectionMetrics",
    "RequestItems",
    "Responses",
    "UnprocessedItems",
    "UnprocessedKeys",
];
/// The parts of a response that name tables otherwise.
const NAMING_TABLES: [&str; 4] = [
    "ConsumedCapacity",
    "Table",
    "TableDescription",
    "TimeToLiveDescription",
];

/// What a request calls tables, and what the library does.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    arns: Vec<(String, String)>,
    stored: Vec<(String, String)>,
}

/// Replaces ARNs in a request by names, and names by those of the library. Fails where an ARN is that of
/// a table elsewhere.
pub fn resolve(parameters: &mut Value, stored: &StoredNames) -> Result<Names, Fault> {
    let mut names = Names::default();
    names.resolve_members(parameters, stored)?;
    for list in ["TransactItems", "Statements", "TransactStatements"] {
        let items = parameters.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            names.resolve_members(item, stored)?;
            for (_, action) in item.as_object_mut().into_iter().flatten() {
                names.resolve_members(action, stored)?;
            }
        }
    }
    if let Some(Value::Object(tables)) = parameters.get_mut("RequestItems") {
        *tables = std::mem::take(tables)
            .into_iter()
            .map(|(table, items)| Ok((names.resolve(table, stored)?, items)))
            .collect::<Result<_, Fault>>()?;
    }
    Ok(names)
}

/// The tables that a request names, whatever it does with them.
pub fn mentioned(parameters: &Value) -> Vec<String> {
    let lists = ["TransactItems", "Statements", "TransactStatements"].iter();
    let items = lists
        .filter_map(|list| parameters[list].as_array())
        .flatten();
    let actions = items.clone().filter_map(Value::as_object).flatten();
    let parts = [parameters]
        .into_iter()
        .chain(items)
        .chain(actions.map(|(_, part)| part));
    let named = parts.filter_map(|part| {
        let statement = || {
            let statement = part["Statement"].as_str()?;
            Some(statement[table_of_statement(statement)?].trim_matches('"'))
        };
        part["TableName"].as_str().or_else(statement)
    });
    let keyed = parameters["RequestItems"].as_object().into_iter().flatten();
    let named = named.chain(keyed.map(|(table, _)| table.as_str()));
    named.map(str::to_owned).collect()
}

impl Names {
    fn resolve(&mut self, table: String, stored: &StoredNames) -> Result<String, Fault> {
        let name = match name(&table)? {
            None => table,
            Some(name) => {
                let name = name.to_owned();
                self.arns.push((table, name.clone()));
                name
            }
        };
        Ok(match stored.find(&name) {
            None => name,
            Some(stored) => {
                self.store(&name, &stored);
                stored
            }
        })
    }

    /// Notes that the library calls the table `stored`.
    pub fn store(&mut self, name: &str, stored: &str) {
        self.stored.push((name.to_owned(), stored.to_owned()));
    }

    fn resolve_members(
        &mut self,
        parameters: &mut Value,
        stored: &StoredNames,
    ) -> Result<(), Fault> {
        if let Some(Value::String(table)) = parameters.get_mut("TableName") {
            *table = self.resolve(std::mem::take(table), stored)?;
        }
        if let Some(Value::String(arn)) = parameters.get_mut("ResourceArn")
            && let Some(name) = name(arn)?
            && let Some(stored) = stored.find(name)
        {
            self.store(name, &stored);
            *arn = arn.replacen(&format!("table/{name}"), &format!("table/{stored}"), 1);
        }
        if let Some(Value::String(statement)) = parameters.get_mut("Statement")
            && let Some(range) = table_of_statement(statement)
            && let name = statement[range.clone()].trim_matches('"').to_owned()
            && let Some(stored) = stored.find(&name)
        {
            self.store(&name, &stored);
            statement.replace_range(range, &format!("\"{stored}\""));
        }
        Ok(())
    }

    /// Puts the names of the request back into the response.
    pub fn restore(&self, response: &mut Value) {
        for member in NAMING_TABLES {
            if let Some(described) = response.get_mut(member) {
                self.restore_texts(described);
            }
        }
        for member in KEYED_BY_TABLE {
            if let Some(Value::Object(tables)) = response.get_mut(member) {
                *tables = std::mem::take(tables)
                    .into_iter()
                    .map(|(table, items)| (self.arn(self.name(&table)), items))
                    .collect::<Map<String, Value>>();
            }
        }
    }

    /// As [`restore`](Self::restore), in an error.
    pub fn restore_fault(&self, mut fault: Fault) -> Fault {
        fault.message = self.name(&fault.message);
        if let Some(reasons) = fault.members.get_mut("CancellationReasons") {
            for reason in reasons.as_array_mut().into_iter().flatten() {
                if let Some(Value::String(message)) = reason.get_mut("Message") {
                    *message = self.name(message);
                }
            }
        }
        fault
    }

    fn restore_texts(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.name(text),
            Value::Array(values) => values
                .iter_mut()
                .for_each(|value| self.restore_texts(value)),
            Value::Object(members) => {
                let values = members.values_mut();
                values.for_each(|value| self.restore_texts(value));
            }
            _ => {}
        }
    }

    /// `text` with the names of tables in place of those that the library calls them.
    fn name(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, stored) in &self.stored {
            text = text.replace(stored, name);
        }
        text
    }

    fn arn(&self, table: String) -> String {
        let named = self.arns.iter().find(|(_, name)| *name == table);
        named.map_or(table, |(arn, _)| arn.clone())
    }
}

/// The name in the ARN of a table; `None` if the text is no such ARN.
fn name(text: &str) -> Result<Option<&str>, Fault> {
    let Some(arn) = Arn::parse(text) else {
        return Ok(None);
    };
    match arn.check_owner("dynamodb") {
        Ok(()) => Ok(arn.resource.strip_prefix("table/")),
        Err(Foreign::Service) => Ok(None),
        Err(Foreign::Account) => Err(Fault::invalid(
            "AccessDeniedException",
            format!("the caller is not authorized to use {text}: it belongs to another account"),
        )),
        Err(Foreign::Region) => Err(Fault::invalid(
            "ResourceNotFoundException",
            format!("Requested resource not found: {text} is in another region"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arns_are_resolved_and_restored() {
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/players";
        let mut request = json!({
            "TableName": arn,
            "RequestItems": { (arn): {}, "others": {} },
            "TransactItems": [{ "Put": { "TableName": arn } }, { "Get": { "TableName": "others" } }],
        });
        let names = resolve(&mut request, &StoredNames::default()).expect("its own");
        assert_eq!(
            request,
            json!({
                "TableName": "players",
                "RequestItems": { "players": {}, "others": {} },
                "TransactItems": [
                    { "Put": { "TableName": "players" } },
                    { "Get": { "TableName": "others" } },
                ],
            })
        );
        let mut response = json!({ "Responses": { "players": [], "others": [] }, "Items": [] });
        names.restore(&mut response);
        assert_eq!(
            response,
            json!({ "Responses": { (arn): [], "others": [] }, "Items": [] })
        );
    }

    #[test]
    fn tables_of_others_are_not_taken_for_those_with_the_same_name() {
        for (arn, code) in [
            (
                "arn:aws:dynamodb:us-east-1:123456789012:table/players",
                "AccessDeniedException",
            ),
            (
                "arn:aws:dynamodb:eu-west-1:000000000000:table/players",
                "ResourceNotFoundException",
            ),
        ] {
            for mut request in [
                json!({ "TableName": arn }),
                json!({ "ResourceArn": arn }),
                json!({ "RequestItems": { (arn): {} } }),
                json!({ "TransactItems": [{ "Delete": { "TableName": arn } }] }),
            ] {
                let refused = resolve(&mut request, &StoredNames::default());
                assert_eq!(refused.expect_err("another's").code, code, "{request}");
            }
        }
    }

    #[test]
    fn requests_of_any_shape_stay_as_they_are() {
        for request in [
            json!(null),
            json!([]),
            json!({ "TableName": 1, "RequestItems": [], "TransactItems": {} }),
            json!({ "TransactItems": [1, { "Put": 1 }, { "Put": { "TableName": "arn:" } }] }),
        ] {
            let mut resolved = request.clone();
            assert_eq!(
                resolve(&mut resolved, &StoredNames::default()),
                Ok(Names::default())
            );
            assert_eq!(resolved, request);
        }
    }
}
