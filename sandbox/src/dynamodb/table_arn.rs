//! ARNs in place of tables' names, which are all that the library takes. Source: `TableName` in
//! DynamoDB's API reference.

use serde_json::{Map, Value};

use crate::arn::Arn;

/// The parts of a request or a response whose keys are tables' names or ARNs.
const KEYED_BY_TABLE: [&str; 5] = [
    "ItemCollectionMetrics",
    "RequestItems",
    "Responses",
    "UnprocessedItems",
    "UnprocessedKeys",
];

/// The ARNs that a request names tables by, and the names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<(String, String)>);

/// Replaces the ARNs in a request by names.
pub fn resolve(parameters: &mut Value) -> Names {
    let mut names = Names::default();
    names.resolve_member(parameters);
    let items = parameters.get_mut("TransactItems");
    for item in items.and_then(Value::as_array_mut).into_iter().flatten() {
        for (_, action) in item.as_object_mut().into_iter().flatten() {
            names.resolve_member(action);
        }
    }
    if let Some(Value::Object(tables)) = parameters.get_mut("RequestItems") {
        *tables = std::mem::take(tables)
            .into_iter()
            .map(|(table, items)| (names.resolve(table), items))
            .collect();
    }
    names
}

impl Names {
    fn resolve(&mut self, table: String) -> String {
        match name(&table) {
            None => table,
            Some(name) => {
                let name = name.to_owned();
                self.0.push((table, name.clone()));
                name
            }
        }
    }

    fn resolve_member(&mut self, parameters: &mut Value) {
        if let Some(Value::String(table)) = parameters.get_mut("TableName") {
            *table = self.resolve(std::mem::take(table));
        }
    }

    /// Puts the ARNs of the request back where the response has the names as keys.
    pub fn restore(&self, response: &mut Value) {
        for member in KEYED_BY_TABLE {
            if let Some(Value::Object(tables)) = response.get_mut(member) {
                *tables = std::mem::take(tables)
                    .into_iter()
                    .map(|(table, items)| (self.arn(table), items))
                    .collect::<Map<String, Value>>();
            }
        }
    }

    fn arn(&self, table: String) -> String {
        let named = self.0.iter().find(|(_, name)| *name == table);
        named.map_or(table, |(arn, _)| arn.clone())
    }
}

fn name(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "dynamodb")?;
    arn.resource.strip_prefix("table/")
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
        let names = resolve(&mut request);
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
    fn requests_of_any_shape_stay_as_they_are() {
        for request in [
            json!(null),
            json!([]),
            json!({ "TableName": 1, "RequestItems": [], "TransactItems": {} }),
            json!({ "TransactItems": [1, { "Put": 1 }, { "Put": { "TableName": "arn:" } }] }),
        ] {
            let mut resolved = request.clone();
            assert_eq!(resolve(&mut resolved), Names::default());
            assert_eq!(resolved, request);
        }
    }
}
