//! What DynamoDB's operations act on.
//!
//! Source: its page in the Service Authorization Reference, and "Using IAM with DynamoDB
//! transactions" and "IAM policies with PartiQL" in the Developer Guide.

use std::ops::Range;
use std::vec;

use serde_json::Value;

use super::DynamoDb;
use super::condition_keys;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

/// Operations on the table itself.
pub fn table(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, arn(text(parameters, "TableName")))]
}

/// Operations on its items. A query or a scan of an index is on the index alone.
pub fn items(tables: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    let table = text(parameters, "TableName");
    let index = parameters["IndexName"].as_str();
    vec![on_items(tables, action, table, index, parameters)]
}

pub fn batch(tables: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    let requests = parameters["RequestItems"].as_object().into_iter().flatten();
    requests
        .map(|(table, part)| on_items(tables, action, table, None, part))
        .collect()
}

/// Each item needs what it would need by itself.
pub fn transaction(tables: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    const ITEMS: [(&str, &str); 5] = [
        ("ConditionCheck", "dynamodb:ConditionCheckItem"),
        ("Delete", "dynamodb:DeleteItem"),
        ("Get", "dynamodb:GetItem"),
        ("Put", "dynamodb:PutItem"),
        ("Update", "dynamodb:UpdateItem"),
    ];
    let enclosing = action.trim_start_matches("dynamodb:");
    let items = parameters["TransactItems"].as_array().into_iter().flatten();
    items
        .flat_map(|item| {
            ITEMS.iter().filter_map(|(kind, action)| {
                let part = item.get(kind)?;
                let access = on_items(tables, action, part["TableName"].as_str()?, None, part);
                Some(access.with("dynamodb:EnclosingOperation", Some(enclosing)))
            })
        })
        .collect()
}

fn on_items(
    tables: &DynamoDb,
    action: &'static str,
    table: &str,
    index: Option<&str>,
    part: &Value,
) -> Access {
    let arn = arn(table);
    let mut access = match index {
        Some(index) => Access::new(action, format!("{arn}/index/{index}")),
        None => Access::new(action, arn),
    };
    let key = tables.partition_key(table, index);
    access.context = condition_keys::keys(action, part, key.as_deref());
    access
}

/// Of PartiQL: one statement, or several.
pub fn statements(tables: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    let several = ["Statements", "TransactStatements"].map(|name| parameters[name].as_array());
    let several = several.into_iter().flatten().flatten();
    let one = parameters.get("Statement").map(|_| parameters);
    several
        .chain(one)
        .map(|part| {
            let found = of_statement(text(part, "Statement"));
            // The library may still understand it.
            found.map_or_else(|| Access::any(action), |found| found.access(tables, part))
        })
        .collect()
}

/// What a statement of PartiQL is about.
#[derive(Debug, PartialEq, Eq)]
struct Statement<'a> {
    action: &'static str,
    table: &'a str,
    index: Option<&'a str>,
    text: &'a str,
}

/// `SELECT … FROM "table"."index" …`, `INSERT INTO "table" …`, `UPDATE "table" …`,
/// `DELETE FROM "table" …`, each with or without the quotation marks.
fn of_statement(text: &str) -> Option<Statement<'_>> {
    let (action, mut tokens) = up_to_table(text)?;
    let table = tokens.next()?.trim_matches('"');
    let index = match (tokens.next(), tokens.next()) {
        (Some("."), Some(index)) => Some(index.trim_matches('"')),
        _ => None,
    };
    Some(Statement {
        action,
        table,
        index,
        text,
    })
}

impl Statement<'_> {
    fn resource(&self) -> String {
        let table = arn(self.table);
        match self.index {
            Some(index) => format!("{table}/index/{index}"),
            None => table,
        }
    }

    fn access(&self, tables: &DynamoDb, part: &Value) -> Access {
        let mut access = Access::new(self.action, self.resource());
        let key = tables.partition_key(self.table, self.index);
        let value = key.and_then(|key| key_value(self.text, &key, &part["Parameters"]));
        let is_scan = value.is_none().to_string();
        access.context.set("dynamodb:FullTableScan", is_scan);
        access.with("dynamodb:LeadingKeys", value)
    }
}

/// The value that a statement has for a partition key: `key = 'value'`, `key = ?` with its parameter, or
/// `'key': 'value'` of an item. None where it has alternatives.
fn key_value(statement: &str, key: &str, parameters: &Value) -> Option<String> {
    let tokens = tokens(statement);
    if tokens.iter().any(|token| token.eq_ignore_ascii_case("OR")) {
        return None;
    }
    let is_name = |token: &str| token.trim_matches(['"', '\'']) == key;
    let at = tokens
        .windows(2)
        .position(|pair| is_name(pair[0]) && ["=", ":"].contains(&pair[1]))?;
    match *tokens.get(at + 2)? {
        "?" => {
            let earlier = tokens[..at].iter().filter(|token| **token == "?").count();
            let parameter = &parameters[earlier];
            let kinds = ["S", "N", "B"].iter();
            let mut values = kinds.filter_map(|kind| parameter[kind].as_str());
            values.next().map(str::to_owned)
        }
        literal => Some(literal.trim_matches('\'').to_owned()),
    }
}

/// Where in a statement its table is, with the quotation marks.
pub fn table_of_statement(statement: &str) -> Option<Range<usize>> {
    let (_, mut tokens) = up_to_table(statement)?;
    let table = tokens.next()?;
    let start = table.as_ptr().addr() - statement.as_ptr().addr();
    Some(start..start + table.len())
}

/// The action of a statement, and its tokens from the table on.
fn up_to_table(statement: &str) -> Option<(&'static str, vec::IntoIter<&str>)> {
    let mut tokens = tokens(statement).into_iter();
    let verb = tokens.next()?.to_ascii_uppercase();
    let (action, before_table) = match verb.as_str() {
        "SELECT" => ("dynamodb:PartiQLSelect", Some("FROM")),
        "INSERT" => ("dynamodb:PartiQLInsert", Some("INTO")),
        "UPDATE" => ("dynamodb:PartiQLUpdate", None),
        "DELETE" => ("dynamodb:PartiQLDelete", Some("FROM")),
        _ => return None,
    };
    if let Some(keyword) = before_table {
        tokens.find(|token| token.eq_ignore_ascii_case(keyword))?;
    }
    Some((action, tokens))
}

/// Words, texts and names with their quotation marks, and other characters one by one.
fn tokens(statement: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || "_-:".contains(c);
        let end = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// Of the operations on tags.
pub fn resource(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "ResourceArn"))]
}

pub fn any(_: &DynamoDb, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}

/// A table may be named by its ARN.
fn arn(table: &str) -> String {
    if table.starts_with("arn:") {
        table.to_owned()
    } else {
        DynamoDb::table_arn(table)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_is_on_its_table_or_index() {
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/players";
        let of = |statement: &str| {
            let statement = of_statement(statement)?;
            let resource = statement.resource().strip_prefix(arn)?.to_owned();
            Some((statement.action, resource))
        };
        let select = Some(("dynamodb:PartiQLSelect", String::new()));
        assert_eq!(of("SELECT * FROM players WHERE Name = ?"), select);
        assert_eq!(of("select a,'FROM' from\"players\""), select);
        let indexed = Some(("dynamodb:PartiQLSelect", "/index/Masked".to_owned()));
        assert_eq!(of(r#"SELECT * FROM "players"."Masked""#), indexed);
        let insert = Some(("dynamodb:PartiQLInsert", String::new()));
        assert_eq!(of("INSERT INTO players VALUE {'Name': 'a'}"), insert);
        let update = Some(("dynamodb:PartiQLUpdate", String::new()));
        assert_eq!(of(r#"UPDATE "players" SET a = 1"#), update);
        let delete = Some(("dynamodb:PartiQLDelete", String::new()));
        assert_eq!(of("DELETE FROM players WHERE a = 1"), delete);
        assert_eq!(of("DROP players"), None);
        assert_eq!(of("SELECT"), None);
    }

    #[test]
    fn a_statement_has_the_value_of_a_partition_key() {
        let parameters = serde_json::json!([{ "N": "1" }, { "S": "ann" }]);
        let of = |statement: &str| key_value(statement, "Owner", &parameters);
        let ann = Some("ann".to_owned());
        assert_eq!(of("SELECT * FROM t WHERE Owner = 'ann' AND Id > 1"), ann);
        assert_eq!(of(r#"SELECT * FROM "t" WHERE Id = ? AND "Owner"=?"#), ann);
        assert_eq!(of("INSERT INTO t VALUE {'Id': ?, 'Owner': ?}"), ann);
        assert_eq!(of("INSERT INTO t VALUE {'Owner':'ann'}"), ann);
        assert_eq!(
            of("SELECT * FROM t WHERE Owner = 'ann' OR Owner = 'bob'"),
            None
        );
        assert_eq!(of("SELECT * FROM t"), None);
        assert_eq!(of("SELECT * FROM t WHERE Owner"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_statement_or_none(text: String) {
            let statement = format!("SELECT {text}");
            let _ = of_statement(&statement);
            let _ = key_value(&statement, "a", &Value::Null);
        }
    }
}
